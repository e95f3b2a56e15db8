"""The live documents of a room: brought back from revision and journal when somebody needs them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import NotRequired, TypedDict

from code_together.errors import NotFound, Unavailable
from code_together.git import editable
from code_together.rooms.checkpoint import Checkpoint
from code_together.rooms.connection import Person
from code_together.rooms.surroundings import Surroundings
from code_together.session.document import Document, DocumentLimits, Update
from code_together.session.protocol import decode_changes
from code_together.storage.journal import Entry


class ListedFile(TypedDict):
    """A file as the API lists it. `doc` is the document's id once somebody has opened it, `blob` Git's of what is binary;
    `executable` is there where it is true."""

    path: str
    size: int
    binary: bool
    doc: NotRequired[int]
    blob: NotRequired[str]
    executable: NotRequired[bool]


class Documents:
    """Documents by id, and the people whose updates they hold."""

    def __init__(self, around: Surroundings, checkpoint: Checkpoint) -> None:
        self.loaded: dict[int, Document] = {}
        self.people: dict[int, Person] = {}
        self.closed = False
        self._around = around
        self._checkpoint = checkpoint
        self._loading: dict[str, asyncio.Task[Document]] = {}
        self._limits = DocumentLimits(units=around.settings.document_units)

    async def load_unfinished(self) -> bool:
        """Loads every document of which the journal holds more than the newest revision; whether there was one."""
        newest = await self._around.journal.last_versions(self._checkpoint.session)
        unfinished = [
            row.path
            for row in self._checkpoint.marked.values()
            if row.path is not None and newest.get(row.document, 0) > row.version
        ]
        for path in unfinished:
            await self.load(path)
        return bool(unfinished)

    def find(self, path: str | None, id: int | None) -> Document | None:
        """The document of this id, else the one at this path, if it is loaded. Raises `NotFound` if there is no such file."""
        path = self.path_of(id) or path
        if path is None or path not in self._checkpoint.files:
            raise NotFound(f"There is no file {path or id}.", code="no_document")
        row = self._checkpoint.marked.get(path)
        return self.loaded.get(row.document) if row else None

    def path_of(self, id: int | None) -> str | None:
        """Where a document is now, None if there is none of this id."""
        if id is None:
            return None
        if id in self.loaded:
            return self.loaded[id].path
        return next((row.path for row in self._checkpoint.marked.values() if row.document == id), None)

    async def load(self, path: str) -> Document:
        """The live document of a text file.

        Raises `NotFound` (`no_document`), `Conflict` (`not_text`, `document_too_large`), or `Unavailable`.
        """
        row = self._checkpoint.marked.get(path)
        if row and row.document in self.loaded:
            return self.loaded[row.document]
        if path not in self._loading:
            task = self._loading[path] = asyncio.create_task(self._load(path))
            task.add_done_callback(lambda _: self._loading.pop(path, None))
        return await asyncio.shield(self._loading[path])

    async def _load(self, path: str) -> Document:
        around, checkpoint = self._around, self._checkpoint
        while True:
            entry = checkpoint.files.get(path)
            if entry is None or checkpoint.head is None:
                raise NotFound(f"There is no file {path}.", code="no_document")
            row = checkpoint.marked.get(path)
            text, format = await around.workers.read(
                editable.text,
                checkpoint.repository,
                checkpoint.head,
                path,
                row.format if row else None,
                self._limits.units,
            )
            row = row or await checkpoint.adopt(path, format)
            await checkpoint.settled.wait()
            present = checkpoint.files.get(path)
            if present and present.blob == entry.blob and checkpoint.marked.get(path) == row:
                break  # nobody has replaced it while it was read
        seqs = await around.journal.seqs(row.document)
        document = Document(
            row.document, path, format, text, version=row.version, seqs=seqs, limits=self._limits
        )
        document.replay(await self._updates(row.document, row.version, None))
        if self.closed:
            raise Unavailable("The session is being opened again; try once more.", code="room_failed")
        self.loaded[document.id] = document
        return document

    async def remember(self, document: Document, version: int) -> bool:
        """Fetches updates after `version` that are no longer held. False if the journal does not reach back so far."""
        updates = await self._updates(document.id, version, document.first_held)
        if not updates or updates[0].version != version + 1:
            return False
        document.remember(updates)
        return True

    async def _updates(self, document: int, after: int, until: int | None) -> list[Update]:
        updates = [_update(entry) for entry in await self._around.journal.updates(document, after, until)]
        await self.know({update.account for update in updates})
        return updates

    async def know(self, accounts: Iterable[int]) -> None:
        """Sees to it that `people` has these accounts."""
        for id in set(accounts) - self.people.keys():
            if account := await self._around.accounts.by_id(id):
                self.people[id] = Person.of(account)

    def files(self) -> list[ListedFile]:
        """The files of the session as the contract lists them."""
        marked = self._checkpoint.marked
        listed = []
        for path, entry in sorted(self._checkpoint.files.items()):
            item = ListedFile(path=path, size=entry.size, binary=entry.binary)
            if path in marked:
                item["doc"] = marked[path].document
            elif entry.binary:
                item["blob"] = entry.blob
            if entry.executable:
                item["executable"] = True
            listed.append(item)
        return listed


def files_between(
    before: Mapping[str, ListedFile], files: Sequence[ListedFile]
) -> tuple[list[ListedFile], list[str]]:
    """Which of the files are new or otherwise than before, by path, and the paths of those that are there no more."""
    there = {one["path"] for one in files}
    return [one for one in files if before.get(one["path"]) != one], [
        path for path in before if path not in there
    ]


def _update(entry: Entry) -> Update:
    return Update(
        entry.version, entry.client, entry.seq, entry.account, entry.at, decode_changes(entry.changes)
    )
