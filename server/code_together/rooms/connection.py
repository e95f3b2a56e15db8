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


class _Backlog:
    """What waits for a reader that does not keep up. `texts` are the bytes in it that were asked for, `waiting` those of all else."""

    def __init__(self) -> None:
        self.queue: deque[tuple[bytes, float, bool]] = deque()
        self.waiting = 0
        self.texts = 0
        self.read = asyncio.Event()


class Connection:
    """`role_fixed`: a read token's connection stays a viewer's, whatever becomes of the account's role. `path` is the file that it says it
    looks at; `idle_since` the moment, by the event loop's clock, from which on it says nobody is at the keyboard. `answered_at` is the moment
    (monotonic) since which its last push is answered and no other has come, `at_once` how many came at once, one after the other.

    `send` never waits: to a reader that keeps up a message goes out at once; where the transport is congested it queues, for a task that
    lives as long as the reader is behind; and one that falls too far behind is dropped (RM3)."""

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
        self.answered_at: float | None = None
        self.at_once = 0
        self.backlog: list[ClientMessage] | None = None
        self.joined = False
        self.files_delta = False  # it is told of files what is otherwise, not all of them
        self.closed = False
        self._transport = transport
        self._behind: _Backlog | None = None
        self._queue_bytes = queue_bytes
        self._queue_seconds = queue_seconds
        self._patience = 0.0
        self._ending: tuple[int, str] | None = None
        self._writing: asyncio.Task[None] | None = None

    def send(self, frame: bytes, *, asked_for: bool = False) -> None:
        """Queues a frame. What the client asked for (the text of a document) may be of any size and does not count as falling behind; `ready`
        holds back a client that asks for more than it reads."""
        if self.closed or self._ending:
            return
        transport, behind = self._transport, self._behind
        if behind is None:
            if not transport.congested:
                if len(frame) > _LARGE:
                    self._put(frame)
                else:
                    transport.write(frame)
                return
            behind = self._behind = _Backlog()
        now = asyncio.get_running_loop().time()
        if asked_for:
            behind.texts += len(frame)
        else:
            late = bool(behind.queue) and now > max(behind.queue[0][1] + self._queue_seconds, self._patience)
            if late or (behind.queue and behind.waiting + len(frame) > self._queue_bytes):
                self.drop()
                return
            behind.waiting += len(frame)
        behind.queue.append((frame, now, asked_for))
        self._write_on()

    def _put(self, frame: bytes) -> None:
        if len(frame) > _LARGE:
            now = asyncio.get_running_loop().time()
            self._patience = now + self._queue_seconds + len(frame) / _SLOWEST_READER
        self._transport.write(frame)

    async def ready(self) -> None:
        """Waits until the client has read the texts it asked for, but for one queue's worth."""
        while (behind := self._behind) and behind.texts > self._queue_bytes and not self.closed:
            behind.read.clear()
            await behind.read.wait()

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
        self._write_on()

    def drop(self) -> None:
        """Cuts a reader off that does not read, or is lost: whoever waits for it to read waits no longer."""
        self.closed = True
        self._transport.abort()
        if behind := self._behind:
            behind.queue.clear()
            behind.read.set()

    async def ended(self) -> None:
        """After `end` or `drop`: waits until what was queued has gone out, and the connection is closed."""
        if self._writing is not None:
            await self._writing

    def _write_on(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        """The one writer of what is queued; after it, of the end if there is to be one."""
        try:
            if behind := self._behind:
                await self._catch_up(behind)
            if self._ending and not self.closed:
                self.closed = True
                await self._transport.close(*self._ending)
        except (ConnectionError, RuntimeError):  # it is lost; aiohttp says that in both ways
            self.drop()

    async def _catch_up(self, behind: _Backlog) -> None:
        while behind.queue:
            frame, _, asked_for = behind.queue.popleft()
            if not asked_for:
                behind.waiting -= len(frame)
            self._put(frame)
            await self._transport.drain()
            if asked_for:
                behind.texts -= len(frame)
                behind.read.set()
        self._behind = None
