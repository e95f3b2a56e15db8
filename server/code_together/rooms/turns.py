"""The turns of a room, in which alone it changes (RM1).

    mailbox → one turn: everything that waits is sequenced → one journal transaction → messages to everyone

Sequencing does not wait for the disk: while a transaction is under way the next turn takes in what comes, and is written as soon as the disk
is free (JR2), and those are there who push as soon as they are answered. Nothing is said before it is durable; `Outbox` keeps that order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from code_together.errors import CodeTogetherError, Unavailable
from code_together.rooms.awaited import Awaited
from code_together.rooms.connection import Connection
from code_together.rooms.turn import Outbox, Turn
from code_together.session.protocol import ClientMessage
from code_together.storage.journal import Journal

Work = Callable[[], None]
Letter = tuple[Connection, ClientMessage] | Work


class Turns:
    """`handle` takes a client's message into a turn, `readers` gives the connections that have a document open, `typed` is called after
    something was accepted, and `failed` with what must not happen: a broken invariant, a failed transaction."""

    def __init__(
        self,
        journal: Journal,
        handle: Callable[[Connection, ClientMessage, Turn], None],
        readers: Callable[[int], Iterable[Connection]],
        typed: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.open = Turn()
        """The one that takes in what comes now."""
        self.ended = False
        self._journal = journal
        self._handle = handle
        self._readers = readers
        self._typed = typed
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._mailbox: list[Letter] = []
        self._due = False
        self._performing: set[asyncio.Future[None]] = set()
        self._outbox = Outbox(failed, self._written)
        self._awaited = Awaited(self._awaited_long_enough)

    def post(self, letter: Letter) -> None:
        """A message of a client, or something that is to be done in a turn; what is posted in one step of the event loop is one turn."""
        self._mailbox.append(letter)
        self._ask_for_turn()

    def post_first(self, letters: Iterable[Letter]) -> None:
        """Before everything that waits."""
        self._mailbox[:0] = letters
        self._ask_for_turn()

    async def perform(self, work: Work) -> None:
        """Does something in a turn, and waits until it is done. Raises what it raises."""
        done: asyncio.Future[None] = self._loop.create_future()

        def perform() -> None:
            try:
                work()
            except CodeTogetherError as error:
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(None)

        self.check_alive()
        self.post(perform)
        self._performing.add(done)
        try:
            await done
        finally:
            self._performing.discard(done)

    async def durable(self) -> None:
        """Waits until everything accepted so far is on the disk and on its way to everyone."""
        self.check_alive()
        self._end_turn()
        await self._outbox.all_durable()

    def check_alive(self) -> None:
        """Raises `Unavailable` (`room_failed`) once the room has ended."""
        if self.ended:
            raise _room_failed()

    def abandon(self, error: BaseException) -> None:
        """What is not said yet is not said any more; whoever waits until it is durable gets the error."""
        self._outbox.abandon(error)

    def end(self) -> None:
        """Nothing is taken in any more; whoever waits for a turn is told."""
        self.ended = True
        self._awaited.stop()
        for done in self._performing:
            if not done.done():
                done.set_exception(_room_failed())

    def _ask_for_turn(self) -> None:
        if not self._due:
            self._due = True
            self._loop.call_soon(self._take_all)

    def _take_all(self) -> None:
        self._due = False
        letters, self._mailbox = self._mailbox, []
        if self.ended:
            return
        try:
            self._take(letters)
        except Exception as error:
            self._failed(error)

    def _take(self, letters: Sequence[Letter]) -> None:
        turn = self.open
        accepted, answered = len(turn.entries), len(turn.answered)
        for letter in letters:
            if not isinstance(letter, tuple):
                letter()
            elif letter[0].joined and not letter[0].closed:
                self._handle(*letter, turn)
        if len(turn.entries) > accepted or turn.mark:
            self._typed()
        if len(turn.answered) > answered:
            self._awaited.pushed(connection for connection, _ in turn.answered[answered:])
        if not (turn.writes and (self._outbox.under_way or self._awaited.waits())):
            self._end_turn()

    def _written(self, turn: Turn) -> None:
        self._awaited.answered(connection for connection, _ in turn.answered)
        if not (self.open.writes and self._awaited.waits()):
            self._end_turn()

    def _awaited_long_enough(self) -> None:
        if not self._outbox.under_way:
            self._end_turn()

    def _end_turn(self) -> None:
        """What was taken in since the last turn's end goes to the disk, and then to everyone."""
        turn = self.open
        if turn.empty or self.ended:
            return
        self.open = Turn()
        for document in turn.changed():
            turn.say_updates(document, self._readers(document))
        if turn.writes:
            self._awaited.stop()
            turn.durable = self._journal.append(turn.entries, turn.mark)
        self._outbox.put(turn)


def _room_failed() -> Unavailable:
    return Unavailable("The session is being opened again; try once more.", code="room_failed")
