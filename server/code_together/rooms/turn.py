"""What a room has decided but not yet said: journal entries on their way to the disk, and messages that wait for them (JR1)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from code_together.rooms.connection import Connection
from code_together.session.document import Update
from code_together.session.protocol import encode_changes, update_piece, updates_frame
from code_together.storage.journal import Entry, NewMark


@dataclass(slots=True)
class Turn:
    """Collects what one turn accepts and whom it tells. `mark` is kept together with the entries, or none of them is."""

    entries: list[Entry] = field(default_factory=list)
    mark: NewMark | None = None
    durable: asyncio.Future[int | None] | None = None
    messages: list[tuple[tuple[Connection, ...], bytes, bool]] = field(default_factory=list)
    answered: list[tuple[Connection, int]] = field(default_factory=list)
    _pieces: dict[int, tuple[int, list[bytes]]] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether there is something for the disk in it."""
        return bool(self.entries or self.mark)

    @property
    def empty(self) -> bool:
        return not (self.entries or self.mark or self.messages or self.answered)

    def accept(self, document: int, updates: Iterable[Update], name: str) -> None:
        """Updates by the account of this name, to be kept and told."""
        for update in updates:
            changes = encode_changes(update.changes)
            self.entries.append(
                Entry(document, update.version, update.client, update.seq, update.account, update.at, changes)
            )
            _, pieces = self._pieces.setdefault(document, (update.version - 1, []))
            pieces.append(update_piece(update, name))

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
    """Turns in their order, each held until it and all before it are durable.

    `under_way` transactions are on their way to the disk. When one of them is there `written` is called with its turn, before that is said: the next
    turn is written while people are told of this one.
    """

    def __init__(self, failed: Callable[[BaseException], None], written: Callable[[Turn], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._held: deque[tuple[Turn, asyncio.Future[None] | None]] = deque()
        self._failed = failed
        self._written = written
        self._releasing = False
        self.under_way = 0

    def put(self, turn: Turn, waiter: asyncio.Future[None] | None = None) -> None:
        self._held.append((turn, waiter))
        if turn.durable is not None:
            self.under_way += 1
            turn.durable.add_done_callback(self._done)
        self.release()

    def _done(self, durable: asyncio.Future[int | None]) -> None:
        if not durable.cancelled():
            durable.exception()  # seen, though what failed first may end the room before this turn's time comes
        self.release()

    def release(self) -> None:
        if self._releasing:
            return  # `written` has put a turn: its time comes when what is before it is said
        self._releasing = True
        try:
            while self._held and self._say_first():
                pass
        finally:
            self._releasing = False

    def _say_first(self) -> bool:
        """Says the first turn that is held; False if it is not durable."""
        turn, waiter = self._held[0]
        if (durable := turn.durable) is not None:
            if not durable.done():
                return False
            self.under_way -= 1
            if error := durable.exception():
                self._failed(error)
                return False
        self._held.popleft()
        if durable is not None:
            self._written(turn)
        for connection, document in turn.answered:
            connection.pushing.discard(document)
        for targets, frame, asked_for in turn.messages:
            for target in targets:
                target.send(frame, asked_for=asked_for)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
        return True

    async def all_durable(self) -> None:
        """Waits until everything put so far is durable and said. Raises what made it fail."""
        waiter: asyncio.Future[None] = self._loop.create_future()
        self.put(Turn(), waiter)
        await waiter

    def abandon(self, error: BaseException) -> None:
        """Nothing more is said; whoever waits gets the error."""
        for _, waiter in self._held:
            if waiter is not None and not waiter.done():
                waiter.set_exception(error)
        self._held.clear()
