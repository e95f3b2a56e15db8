"""The durable side of a room: its repository's head, its files, and the order objects → mark → ref (WN1)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time

from code_together.errors import Unavailable
from code_together.git import repository, windows
from code_together.git.repository import Committed, FileChange, FileEntry, Person, WindowDocument
from code_together.rooms.workers import Workers
from code_together.storage.journal import Journal, Mark, MarkedDocument

log = logging.getLogger(__name__)

# What was accepted once is committed, however many parts mapping has made of it.
_ANY_NUMBER = 2**31


def history_unknown() -> Unavailable:
    """A repository that its journal knows nothing of."""
    return Unavailable(
        "The session's repository and its journal do not belong together. Restore both from one backup.",
        code="history_unknown",
    )


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass(slots=True)
class Checkpoint:
    """What the newest revision holds: its commit, its files, and the version of each document in it.

    Callers hold the room's repository lock: one job at a time writes to a repository.
    """

    session: str
    repository: str
    host: str
    workers: Workers
    journal: Journal
    head: str | None = None
    mark: int | None = None
    files: dict[str, FileEntry] = field(default_factory=dict)
    marked: dict[str, MarkedDocument] = field(default_factory=dict)
    settled: asyncio.Event = field(default_factory=_set_event)

    @classmethod
    async def open(
        cls,
        session: str,
        folder: Path,
        host: str,
        workers: Workers,
        journal: Journal,
        *,
        pushed_into: bool = False,
    ) -> Checkpoint:
        """Finds the newest revision that is whole and marked, after repairing what a crash may have left (WN2, WN10).

        `pushed_into`: git may be writing what is pushed just now; that is left alone.

        Raises `Unavailable` (`history_unknown`) if the repository has moved on without the journal.
        """
        self = cls(session, str(folder), host, workers, journal)
        for repair in await workers.prepare(repository.recover, self.repository, pushed_into=pushed_into):
            log.warning("repaired", extra={"fields": {"session": session, "what": repair}})
        marks = await journal.marks(session)
        mark = await self._settle(marks)
        self.head, self.mark = (mark.commit, mark.id) if mark else (None, None)
        # opening alone writes nothing: it must do on a disk that is full (P10)
        if marks and mark != marks[0]:
            await journal.drop_marks_after(session, self.mark)
        if mark:
            await self._read_files(mark)
        return self

    async def _settle(self, marks: Sequence[Mark]) -> Mark | None:
        write, path = self.workers.write, self.repository
        resumed = await self.workers.prepare(repository.resume, path, [mark.commit for mark in marks])
        for number in resumed.lost:
            fields = {"session": self.session, "commit": marks[number].commit}
            log.error("revision lost", extra={"fields": fields})
        if resumed.found is None:
            if resumed.head is None and not marks:
                return None
            raise history_unknown()
        mark = marks[resumed.found]
        if mark.commit != resumed.head:
            await write(repository.move_ref, path, mark.commit, resumed.head)
            await write(repository.trim_reflogs, path)
        return mark

    async def _read_files(self, mark: Mark) -> None:
        entries = await self.workers.read(repository.files, self.repository, mark.commit)
        self.files = {entry.path: entry for entry in entries}
        for document in await self.journal.state(self.session, mark.id):
            if document.path in self.files:
                self.marked[document.path] = document

    async def commit_window(
        self, documents: Sequence[WindowDocument], people: Sequence[Person], message: str | None
    ) -> Committed:
        """A window becomes commits; afterwards `head`, `files` and `marked` hold it."""
        committed = await self.workers.write(
            windows.commit_window,
            self.repository,
            self.head,
            list(documents),
            list(people),
            self.host,
            time(),
            message,
            _ANY_NUMBER,
        )
        last = {document.document: document for document in documents}
        marked = [
            MarkedDocument(
                done.document, last[done.document].path, last[done.document].last_version, done.format
            )
            for done in committed.documents
        ]
        await self._mark_and_move(committed.id, marked)
        for done, row in zip(committed.documents, marked, strict=True):
            path = last[done.document].path
            self.marked[path] = row
            executable = path in self.files and self.files[path].executable
            self.files[path] = FileEntry(path, done.size, False, done.blob, executable)
        return committed

    async def commit_files(
        self,
        changes: Sequence[FileChange],
        author: Person,
        message: str,
        marked: Sequence[MarkedDocument],
        source: str | None = None,
    ) -> Committed:
        """Files come, go or move in one revision; `marked` says what becomes of documents among them (path None: deleted).

        `source` is the revision from which some of them come back.
        """
        with self.changing():
            committed = await self.workers.write(
                repository.commit_files,
                self.repository,
                self.head,
                list(changes),
                author,
                self.host,
                time(),
                message,
                source,
            )
            await self._mark_and_move(committed.id, marked)
            await self._look_again(
                {path for change in changes for path in (change.path, change.old_path) if path is not None},
                marked,
            )
        return committed

    async def follow(
        self, commit: str, mark: int, touched: Iterable[str], marked: Sequence[MarkedDocument]
    ) -> None:
        """A revision is marked already: the branch moves there, and `head`, `files` and `marked` hold it."""
        first = self.head is None
        if commit != self.head:
            await self.workers.write(repository.move_ref, self.repository, commit, self.head)
        self.head, self.mark = commit, mark
        await self._look_again(None if first else set(touched), marked)

    async def _look_again(self, touched: set[str] | None, marked: Sequence[MarkedDocument]) -> None:
        """Files at these paths (None: all) are others now, and these documents are where their rows say."""
        read = self.workers.read
        assert self.head is not None
        if touched is None:
            entries = await read(repository.files, self.repository, self.head)
            kept_files = {}
        else:
            entries = await read(repository.entries, self.repository, self.head, sorted(touched))
            kept_files = {path: entry for path, entry in self.files.items() if path not in touched}
        self.files = kept_files | {entry.path: entry for entry in entries}
        moved = {row.document: row for row in marked}
        kept = (moved.pop(row.document, row) for row in list(self.marked.values()))
        self.marked = {row.path: row for row in (*kept, *moved.values()) if row.path is not None}

    @contextmanager
    def changing(self) -> Iterator[None]:
        """For as long as files are being replaced: who reads one to edit it looks again afterwards."""
        self.settled.clear()
        try:
            yield
        finally:
            self.settled.set()

    async def _mark_and_move(self, commit: str, marked: Sequence[MarkedDocument]) -> None:
        mark = await self.journal.mark(self.session, commit, marked)
        if commit != self.head:
            await self.workers.write(repository.move_ref, self.repository, commit, self.head)
        self.head, self.mark = commit, mark

    async def adopt(self, path: str, format: str) -> MarkedDocument:
        """Gives a text file that was never edited its document id, for good."""
        row = MarkedDocument(await self.journal.new_document(self.session), path, 0, format)
        assert self.mark is not None
        await self.journal.add_to_mark(self.mark, [row])
        self.marked[path] = row
        return row
