"""Edits that the server makes in someone's name (a restore, an upload, a replacement), through the same door as typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from code_together.ot.change import ChangeSet
from code_together.rooms import messages
from code_together.rooms.connection import Person
from code_together.session.document import Document

if TYPE_CHECKING:
    from code_together.rooms.room import Room


class Edits:
    """A room's hands: one client id for each person in whose name it edits."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._hands: dict[int, str] = {}

    async def make(self, document: Document, person: Person, version: int, changes: ChangeSet) -> None:
        """One edit, made on this version and mapped over what came since. Returns when it is durable."""
        hand = await self.hand(person)
        await self._room.turns.perform(lambda: self.push(document, person, hand, version, changes))
        await self._room.turns.durable()

    async def make_all(
        self, person: Person, edits: Sequence[tuple[Document, int, ChangeSet]]
    ) -> list[Document]:
        """Edits of several documents in one turn, each made on its version: all are in the journal or none (JR2).

        Gives the documents whose text has gone on since; nothing is done to them.
        """
        hand = await self.hand(person)
        gone_on: list[Document] = []

        def push_all() -> None:
            for document, version, changes in edits:
                if document.version == version:
                    self.push(document, person, hand, version, changes)
                else:
                    gone_on.append(document)

        await self._room.turns.perform(push_all)
        await self._room.turns.durable()
        return gone_on

    async def hand(self, person: Person) -> str:
        """The client id by which the room edits for this person."""
        if person.account not in self._hands:
            journal = self._room.around.journal
            self._hands[person.account] = await journal.new_client(self._room.session, person.account)
        return self._hands[person.account]

    def push(self, document: Document, person: Person, hand: str, version: int, changes: ChangeSet) -> None:
        """The same, for who is in the room's turn."""
        seq = document.seq_of(hand) + 1
        accepted = document.push(hand, person.account, version, seq, [changes], messages.now())
        messages.record(self._room, document, accepted, person, self._room.turns.open)
