"""Changes of files on their way into the session: live edits where a text may be open, and one revision that holds them all.

    load → hold → prepare → the caller writes the revision → make: edits and mark in one transaction, then the ref → tell

While the texts are held, what is typed into them waits; so the revision, the journal and the screens hold the same text, whatever happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from code_together.errors import TooLarge
from code_together.git.changes import Change, Landing
from code_together.ot.change import ChangeSet
from code_together.ot.collab import rebase
from code_together.ot.merge import Clash
from code_together.rooms.connection import Person
from code_together.rooms.room import Room
from code_together.rooms.turn import Turn
from code_together.session.document import Document
from code_together.session.roles import Action, check_archived
from code_together.storage.clashes import Clash as KeptClash
from code_together.storage.journal import MarkedDocument, NewMark

HELD = 5.0  # seconds for which typing may wait at the most
_MOVES_TOLD = 20  # renamed files that open tabs follow


@dataclass(slots=True)
class LiveText:
    """A live text that is changed, by an edit of it as it is while it is held."""

    document: Document
    version: int
    edit: ChangeSet
    clashes: list[Clash]
    as_given: bool

    def map_over_typed(self) -> None:
        """The edit was made for the text of the newest revision; more may have been typed since."""
        for update in self.document.since(self.document.committed):
            (self.edit,), over = rebase([self.edit], update.changes)
            self.clashes = [
                Clash(over.map_pos(c.start, -1), over.map_pos(c.end, 1), c.ours, c.theirs)
                for c in self.clashes
            ]
            self.as_given = False


class Applying:
    """`documents` are the paths that were documents when the changes were planned. The caller holds the room's repository lock."""

    def __init__(
        self, room: Room, person: Person, changes: Sequence[Change], documents: frozenset[str]
    ) -> None:
        self._room = room
        self._person = person
        self._changes = changes
        self._documents = documents
        self._texts: dict[str, LiveText] = {}
        self._hand = ""

    @property
    def paths(self) -> list[str]:
        """Where what is changed is now."""
        return [change.path for change in self._changes if change.path is not None]

    def within(self, paths: Sequence[str], held: Sequence[Document]) -> bool:
        """Whether nothing but files at these paths is changed, and no text is edited but these."""
        texts = {document.path for document in held}
        return all(change.path is None or change.path in paths for change in self._changes) and all(
            change.path in texts for change in self._changes if change.edit is not None
        )

    async def load(self) -> None:
        """Brings the texts that are edited; before anything is held."""
        for change in self._changes:
            if change.path is not None and change.edit is not None:
                await self._room.documents.load(change.path)
        self._hand = await self._room.edits.hand(self._person)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[list[Document]]:
        """What is typed into the live documents among them waits until the end."""
        free = asyncio.Event()
        found: list[Document] = []
        room = self._room

        def hold() -> None:
            wanted = set(self.paths)
            for document in room.documents.loaded.values():
                if document.path in wanted:
                    found.append(document)
                    room.held[document.id] = free

        try:
            await room.turns.perform(hold)
            yield found
        finally:
            for document in found:
                room.held.pop(document.id, None)
            free.set()

    async def prepare(self) -> None:
        """Makes the edits fit what was typed since the newest revision."""
        for change in self._changes:
            if change.path is not None and change.edit is not None:
                document = await self._room.documents.load(change.path)
                text = LiveText(
                    document, document.version, change.edit, list(change.clashes), not change.merged
                )
                text.map_over_typed()
                self._texts[change.path] = text

    def landings(self) -> list[Landing]:
        """The files of the revision that holds the changes."""
        return [self._landing(change) for change in self._changes]

    def _landing(self, change: Change) -> Landing:
        text = self._texts.get(change.path) if change.path else None
        if text is None or text.as_given:
            return Landing(change.path, change.to, change.mode, change.blob)
        new = text.edit.apply(str(text.document.text))
        return Landing(change.path, change.to, change.mode, None, new, change.format)

    def clashes(self) -> Iterator[tuple[LiveText, Clash]]:
        return ((text, clash) for text in self._texts.values() for clash in text.clashes)

    async def make(
        self, commit: str, formats: dict[str, str], kept: Callable[[], Sequence[KeptClash]] = tuple
    ) -> bool:
        """The edits and the mark of the revision that holds them, in one turn; then the branch, and whoever has the documents open.

        `kept` gives, after the edits, what of their clashes is to be kept with the mark.

        False if the session is not as it was planned for any more; then nothing has changed. Raises `NotAllowed` (`archived`), `TooLarge`.
        """
        made: list[tuple[Turn, list[MarkedDocument]]] = []
        await self._room.turns.perform(lambda: made.extend(self._make(commit, formats, kept)))
        if made:
            await self._follow(commit, *made[0])
        return bool(made)

    def _make(
        self, commit: str, formats: dict[str, str], kept: Callable[[], Sequence[KeptClash]]
    ) -> list[tuple[Turn, list[MarkedDocument]]]:
        room = self._room
        check_archived(room.archived, Action.EDIT)
        marked = room.checkpoint.marked
        for change in self._changes:
            whole = change.blob is not None and change.edit is None
            if whole and change.path in marked and change.path not in self._documents:
                return []  # somebody opened it meanwhile: now it is a document, which an edit has to change
        units = room.around.settings.document_units
        for path, one in self._texts.items():
            if one.version != one.document.version:
                return []
            if one.edit.new_length > max(units, one.edit.length):
                raise TooLarge(
                    f"{path} would be longer than {units:,} characters.", code="document_too_large"
                )
        rows: list[MarkedDocument] = []
        for change in self._changes:
            row = marked.get(change.path) if change.path else None
            text = self._texts.get(change.path) if change.path else None
            if text is not None:
                document = text.document
                if not text.edit.is_identity:
                    room.edits.push(document, self._person, self._hand, document.version, text.edit)
                format = formats.get(change.to or "") or change.format or document.format
                rows.append(MarkedDocument(document.id, change.to, document.version, format))
            elif row is not None:
                gone = change.to is None or change.blob is not None
                rows.append(
                    MarkedDocument(row.document, None if gone else change.to, row.version, row.format)
                )
        clashes = kept()
        room.turns.open.mark = NewMark(room.session, commit, rows, clashes)
        room.clashes.add(clashes)
        return [(room.turns.open, rows)]

    async def _follow(self, commit: str, turn: Turn, rows: Sequence[MarkedDocument]) -> None:
        room = self._room
        try:
            await room.turns.durable()
            assert turn.durable is not None
            mark = turn.durable.result()
            assert mark is not None
            touched = {path for change in self._changes for path in (change.path, change.to) if path}
            await room.checkpoint.follow(commit, mark, touched, rows)
            for row in rows:
                await room.document_marked(row)
        except BaseException as error:
            room.fail(error)  # opened again, the session is where the journal says
            raise

    def tell(self, commit: str, message: str) -> None:
        """Tells everyone of the files as they are now, and of the revision."""
        room = self._room
        for change in self._changes:
            if change.to is not None and change.blob is not None and change.edit is None:
                room.touches.file(change.to, self._person)
        moved = [
            {"moved": {"from": change.path, "to": change.to}}
            for change in self._changes
            if change.path is not None and change.to is not None and change.path != change.to
        ]
        for one in moved[:_MOVES_TOLD] or [{}]:
            room.tell_files(commit, **one)
        room.comments.files_changed()
        landed = [change.to for change in self._changes]
        room.summary.edited(self._person, landed[0] if len(landed) == 1 else None)
        room.tell_revision(commit, [self._person], message)
