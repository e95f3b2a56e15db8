"""One live connection as a room sees it: who it is, what it has open, and a bounded queue in front of its transport."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Protocol, Self

from code_together.errors import CodeTogetherError
from code_together.session.protocol import ClientMessage, error_message
from code_together.storage.accounts import Account

# How fast a reader must at least be while one large frame (a long document) is on its way to it, in bytes a second.
_SLOWEST_READER = 50_000
_LARGE = 100_000


class Transport(Protocol):
    """What `http` provides: a WebSocket."""

    @property
    def congested(self) -> bool:
        """Whether more waits to be sent than should."""

    def write(self, message: bytes) -> None:
        """Sends a message, or keeps it until it can be sent; never waits."""

    async def drain(self) -> None:
        """Waits until it is not congested. Raises `ConnectionError` if it is lost."""

    async def close(self, code: int, reason: str) -> None: ...

    def abort(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Person:
    """An account as others see it."""

    account: int
    name: str
    display_name: str
    color: int

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(account.id, account.name, account.display_name, account.color)


class Connection:
    """`role_fixed`: a read token's connection stays a viewer's, whatever becomes of the account's role. `path` is the file that it says it
    looks at; `idle_since` the moment, by the event loop's clock, from which on it says nobody is at the keyboard.

    `send` never waits: to a reader that keeps up a message goes out at once; where the transport is congested it queues for the one
    writer task, and a reader that falls too far behind is dropped (RM3)."""

    def __init__(
        self,
        transport: Transport,
        person: Person,
        role: str,
        *,
        login: bytes | None = None,
        token: int | None = None,
        role_fixed: bool = False,
        queue_bytes: int,
        queue_seconds: float,
    ) -> None:
        self.person = person
        self.role = role
        self.login = login
        self.token = token
        self.role_fixed = role_fixed
        self.client = ""
        self.path: str | None = None
        self.idle_since: float | None = None
        self.documents: set[int] = set()
        self.pushing: set[int] = set()
        self.backlog: list[ClientMessage] | None = None
        self.joined = False
        self.files_delta = False  # it is told of files what is otherwise, not all of them
        self.closed = False
        self._transport = transport
        self._queue: deque[tuple[bytes, float, bool]] = deque()
        self._waiting = 0
        self._texts_waiting = 0
        self._drained = asyncio.Event()
        self._drained.set()
        self._queue_bytes = queue_bytes
        self._queue_seconds = queue_seconds
        self._patience = 0.0
        self._wake = asyncio.Event()
        self._ending: tuple[int, str] | None = None

    def send(self, frame: bytes, *, asked_for: bool = False) -> None:
        """Queues a frame. What the client asked for (the text of a document) may be of any size and does not count as falling behind; `ready`
        holds back a client that asks for more than it reads."""
        if self.closed or self._ending:
            return
        transport = self._transport
        if not self._queue and not transport.congested:
            if len(frame) > _LARGE:
                self._put(frame)
            else:
                transport.write(frame)
            return
        now = asyncio.get_running_loop().time()
        if asked_for:
            self._texts_waiting += len(frame)
            self._drained.clear()
        else:
            late = bool(self._queue) and now > max(self._queue[0][1] + self._queue_seconds, self._patience)
            if late or (self._queue and self._waiting + len(frame) > self._queue_bytes):
                self.drop()
                return
            self._waiting += len(frame)
        self._queue.append((frame, now, asked_for))
        self._wake.set()

    def _put(self, frame: bytes) -> None:
        if len(frame) > _LARGE:
            now = asyncio.get_running_loop().time()
            self._patience = now + self._queue_seconds + len(frame) / _SLOWEST_READER
        self._transport.write(frame)

    async def ready(self) -> None:
        """Waits until the client has read the texts it asked for, but for one queue's worth."""
        while self._texts_waiting > self._queue_bytes and not self.closed:
            self._drained.clear()
            await self._drained.wait()

    def fail(self, error: CodeTogetherError, *, doc: int | None = None) -> None:
        """Tells the client, then closes. The one way in which the server ends a connection that it can still talk to."""
        self.send(error_message(error, fatal=True, doc=doc))
        self.end(error.close_code, error.code)

    def refuse(self, error: CodeTogetherError, *, doc: int | None = None) -> None:
        """Tells the client; the connection lives on."""
        self.send(error_message(error, fatal=False, doc=doc))

    def end(self, code: int, reason: str) -> None:
        """Closes after what is queued has gone out."""
        self._ending = self._ending or (code, reason)
        self._wake.set()

    def drop(self) -> None:
        """Cuts a reader off that does not read."""
        self.closed = True
        self._queue.clear()
        self._transport.abort()
        self._wake.set()
        self._drained.set()

    async def write(self) -> None:
        """The one writer: sends what is queued until the connection ends. Runs as a task of the transport's."""
        while True:
            self._wake.clear()
            while self._queue:
                frame, _, asked_for = self._queue.popleft()
                if not asked_for:
                    self._waiting -= len(frame)
                self._put(frame)
                await self._transport.drain()
                if asked_for:
                    self._texts_waiting -= len(frame)
                    self._drained.set()
            if self.closed:
                return
            if self._ending:
                self.closed = True
                await self._transport.close(*self._ending)
                return
            await self._wake.wait()
