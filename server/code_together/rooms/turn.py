"""What a room has decided but not yet said: journal entries on their way to the disk, and messages that wait for them (JR1)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

from code_together.rooms.connection import Connection
from code_together.session.document import Update
from code_together.session.protocol import encode_changes, update_piece, updates_frame
from code_together.storage.journal import Entry


@dataclass(slots=True)
class Turn:
    """Collects what one turn accepts and whom it tells."""

    entries: list[Entry] = field(default_factory=list)
    messages: list[tuple[tuple[Connection, ...], bytes, bool]] = field(default_factory=list)
    answered: list[tuple[Connection, int]] = field(default_factory=list)
    _pieces: dict[int, tuple[int, list[bytes]]] = field(default_factory=dict)

    def accept(self, document: int, updates: Iterable[Update], name: str) -> None:
        """Updates by the account of this name, to be kept and told."""
        for update in updates:
            changes = encode_changes(update.changes)
            self.entries.append(
                Entry(document, update.version, update.client, update.seq, update.account, update.at, changes)
            )
            _, pieces = self._pieces.setdefault(document, (update.version - 1, []))
            pieces.append(update_piece(update, name, changes))

    def changed(self) -> list[int]:
        """Documents with updates that no message carries yet."""
        return list(self._pieces)

    def say_updates(self, document: int, targets: Iterable[Connection]) -> None:
        """All that this turn accepted for the document so far becomes one message (RM2)."""
        if collected := self._pieces.pop(document, None):
            self.say(targets, updates_frame(document, *collected))

    def say(self, targets: Iterable[Connection], frame: bytes, *, asked_for: bool = False) -> None:
        self.messages.append((tuple(targets), frame, asked_for))


class Outbox:
    """Turns in their order, each held until it and all before it are durable."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._held: deque[tuple[Future[None] | None, Turn, asyncio.Future[None] | None]] = deque()
        self._failed = failed
        self.under_way = 0
        self.released = asyncio.Event()

    def put(
        self, turn: Turn, durable: Future[None] | None, waiter: asyncio.Future[None] | None = None
    ) -> None:
        self._held.append((durable, turn, waiter))
        if durable is not None:
            self.under_way += 1
            durable.add_done_callback(lambda _: self._loop.call_soon_threadsafe(self.release))
        self.release()

    def release(self) -> None:
        while self._held:
            durable, turn, waiter = self._held[0]
            if durable is not None:
                if not durable.done():
                    return
                self.under_way -= 1
                self.released.set()
                if error := durable.exception():
                    self._failed(error)
                    return
            self._held.popleft()
            for connection, document in turn.answered:
                connection.pushing.discard(document)
            for targets, frame, asked_for in turn.messages:
                for target in targets:
                    target.send(frame, asked_for=asked_for)
            if waiter is not None and not waiter.done():
                waiter.set_result(None)

    async def all_durable(self) -> None:
        """Waits until everything put so far is durable and said. Raises what made it fail."""
        waiter: asyncio.Future[None] = self._loop.create_future()
        self.put(Turn(), None, waiter)
        await waiter

    def abandon(self, error: BaseException) -> None:
        """Nothing more is said; whoever waits gets the error."""
        for _, _, waiter in self._held:
            if waiter is not None and not waiter.done():
                waiter.set_exception(error)
        self._held.clear()
