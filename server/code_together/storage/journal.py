"""The journal: every accepted update, and the marks that say which commit holds which versions."""

# ruff: noqa: S608 (the statements are put together of parts that are all here)
from __future__ import annotations

import asyncio
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import NamedTuple, TypeVar

from code_together.errors import Conflict, NotFound
from code_together.storage import clashes, sessions
from code_together.storage.clashes import Clash
from code_together.storage.database import Database

_Row = TypeVar("_Row", bound=tuple[object, ...])

_ROWS_A_STATEMENT = 32  # a statement each would be a change of hands between threads each
_MARKS_TRIED = 20  # of a session; the newest that is old enough will do but after a revision that was lost


class Entry(NamedTuple):
    """One accepted update, as a row of its table. `version` is the document's after it: the first update makes version 1."""

    document: int
    version: int
    client: str
    seq: int
    account: int
    at: int
    """Milliseconds since the epoch."""
    changes: bytes
    """The ChangeSet as JSON."""


@dataclass(frozen=True)
class MarkedDocument:
    """What a mark says of one document. `path` None: the file is deleted."""

    document: int
    path: str | None
    version: int
    format: str


@dataclass(frozen=True)
class Mark:
    """The note that `commit` holds certain versions of documents."""

    id: int
    commit: str
    at: float


@dataclass(frozen=True)
class NewMark:
    """A mark that is to be made: `commit` holds these versions of the session's documents. `clashes` are kept with it, or neither is."""

    session: str
    commit: str
    documents: Sequence[MarkedDocument]
    clashes: Sequence[Clash] = ()


class Journal:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.kept = 0
        """Updates that were made durable since the start."""

    def append(self, entries: Sequence[Entry], mark: NewMark | None = None) -> asyncio.Future[int | None]:
        """Keep one turn: all of its entries, and its mark if it has one, or nothing (JR2).

        The future is done when they are durable; it gives the mark's id.

        Its error is `errors.Conflict` (`journal_gap`) if it does not follow what the journal holds, as after a turn whose
        transaction failed (JR8), `sqlite3.IntegrityError` if a version of a document is there already or its document or
        account is not (only this turn fails, JR4), and `errors.Unavailable` (`not_saved`) if the disk
        failed.
        """

        documents: dict[int, list[Entry]] = {}
        for entry in entries:
            documents.setdefault(entry.document, []).append(entry)

        def work(connection: sqlite3.Connection) -> int | None:
            for document, those in documents.items():
                for rows in _pieces(those):
                    _insert_updates(connection, document, rows)
            return _insert_mark(connection, mark) if mark else None

        future = self._database.write(work)
        future.add_done_callback(lambda done: self._count(done, len(entries)))
        return future

    def _count(self, done: asyncio.Future[int | None], updates: int) -> None:
        if not done.cancelled() and done.exception() is None:
            self.kept += updates

    async def new_document(self, session: str) -> int:
        """A document id that was never used and never will be for another file."""

        def work(connection: sqlite3.Connection) -> int:
            cursor = connection.execute(
                "INSERT INTO documents (session_id, created_at) VALUES (?, ?)", (session, time.time())
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid

        return await self._database.write(work)

    async def new_client(self, session: str, account: int) -> str:
        """Issue a client id: 128 random bits, honoured only for this account in this session (RM4). Raises `NotFound` (`no_session`)."""
        client = secrets.token_urlsafe(16)

        def work(connection: sqlite3.Connection) -> int:
            return connection.execute(
                "INSERT INTO clients (id, session_id, account_id, created_at)"
                " SELECT ?1, id, ?3, ?4 FROM sessions WHERE id = ?2",
                (client, session, account, time.time()),
            ).rowcount

        if not await self._database.write(work):
            raise NotFound("This session is no longer there.", code="no_session")
        return client

    async def client_owner(self, client: str) -> tuple[str, int] | None:
        """(session, account) that the id was issued to; None if it never was."""

        def work(connection: sqlite3.Connection) -> tuple[str, int] | None:
            row: tuple[str, int] | None = connection.execute(
                "SELECT session_id, account_id FROM clients WHERE id = ?", (client,)
            ).fetchone()
            return row

        return await self._database.read(work)

    async def updates(self, document: int, after: int, until: int | None = None) -> list[Entry]:
        """The entries with after < version <= until (None: all that there are), in order."""
        newest = 2**63 - 1 if until is None else until

        def work(connection: sqlite3.Connection) -> list[Entry]:
            rows = connection.execute(
                "SELECT document_id, version, client, seq, account_id, at, changes FROM updates"
                " WHERE document_id = ? AND version > ? AND version <= ? ORDER BY version",
                (document, after, newest),
            )
            return [Entry(*row) for row in rows]

        return await self._database.read(work)

    async def seqs(self, document: int) -> dict[str, int]:
        """For each client that ever pushed to the document: the number of its last accepted update (SQ4)."""
        return await self._database.read(
            lambda connection: dict(
                connection.execute(
                    "SELECT client, max(seq) FROM (SELECT client, seq FROM client_seqs WHERE document_id = ?1"
                    f" UNION ALL SELECT client, seq FROM updates WHERE document_id = ?1 AND version > {_MARKED})"
                    " GROUP BY client",
                    (document,),
                ).fetchall()
            )
        )

    async def last_versions(self, session: str) -> dict[int, int]:
        """For each document of the session its newest version in the journal; 0 for one without updates."""
        return await self._database.read(
            lambda connection: dict(
                connection.execute(
                    "SELECT id,"
                    " coalesce((SELECT max(version) FROM updates WHERE document_id = documents.id), 0)"
                    " FROM documents WHERE session_id = ?",
                    (session,),
                ).fetchall()
            )
        )

    async def mark(self, session: str, commit: str, documents: Sequence[MarkedDocument]) -> int:
        """Note that `commit` holds these versions (WN1). Gives the mark's id, greater than all before it."""

        new = NewMark(session, commit, documents)
        return await self._database.write(lambda connection: _insert_mark(connection, new))

    async def add_to_mark(self, mark: int, documents: Sequence[MarkedDocument]) -> None:
        """Add documents to a mark: files of its commit that got their document id only later."""
        await self._database.write(lambda connection: _insert_marked(connection, mark, documents))

    async def drop_marks_after(self, session: str, mark: int | None) -> None:
        """Forget the session's marks that are newer than `mark`; None: all of them."""
        await self._database.write(
            lambda connection: connection.execute(
                "DELETE FROM marks WHERE session_id = ? AND id > ?", (session, 0 if mark is None else mark)
            )
        )

    async def marks(self, session: str, limit: int = 1000) -> list[Mark]:
        """The session's marks, newest first."""

        def work(connection: sqlite3.Connection) -> list[Mark]:
            rows = connection.execute(
                'SELECT id, "commit", at FROM marks WHERE session_id = ? ORDER BY id DESC LIMIT ?',
                (session, limit),
            )
            return [Mark(*row) for row in rows]

        return await self._database.read(work)

    async def state(self, session: str, mark: int) -> list[MarkedDocument]:
        """What the session's documents were at a mark, by path: for each its newest row at or before it.

        Documents whose file is deleted there are left out.
        """

        def work(connection: sqlite3.Connection) -> list[MarkedDocument]:
            rows = connection.execute(
                "SELECT document_id, path, version, format"
                " FROM documents JOIN mark_documents ON document_id = documents.id"
                " WHERE session_id = ? AND path IS NOT NULL AND mark_id ="
                " (SELECT max(mark_id) FROM mark_documents WHERE document_id = documents.id AND mark_id <= ?)"
                " ORDER BY path",
                (session, mark),
            )
            return [MarkedDocument(*row) for row in rows]

        return await self._database.read(work)

    async def prunable(self, before: float) -> dict[str, list[Mark]]:
        """Sessions whose oldest updates may be older than a moment, each with its newest marks from before it, newest first."""

        def work(connection: sqlite3.Connection) -> dict[str, list[Mark]]:
            sessions = connection.execute(
                "SELECT DISTINCT session_id FROM documents WHERE"
                " (SELECT at FROM updates WHERE document_id = documents.id ORDER BY version LIMIT 1) < ? AND"
                " (SELECT count(*) FROM (SELECT 1 FROM updates WHERE document_id = documents.id LIMIT 2)) = 2",
                (before * 1000,),
            ).fetchall()
            marks = {}
            for (session,) in sessions:
                rows = connection.execute(
                    'SELECT id, "commit", at FROM marks WHERE session_id = ? AND at < ? ORDER BY id DESC LIMIT ?',
                    (session, before, _MARKS_TRIED),
                )
                marks[session] = [Mark(*row) for row in rows]
            return marks

        return await self._database.read(work)

    async def prune(self, session: str, mark: int, limit: int) -> int:
        """Forget the oldest updates of the session that `mark` holds, at most `limit`; how many it were (JR9).

        What is left of a document is unbroken, and its newest update always stays, for the next one to follow. The numbers
        that clients have reached are kept: its mark has noted them.
        """

        def work(connection: sqlite3.Connection) -> int:
            documents = connection.execute(
                "SELECT id, (SELECT version FROM mark_documents WHERE document_id = documents.id AND mark_id <= ?"
                " ORDER BY mark_id DESC LIMIT 1),"
                " (SELECT min(version) FROM updates WHERE document_id = documents.id),"
                " (SELECT max(version) FROM updates WHERE document_id = documents.id)"
                " FROM documents WHERE session_id = ?",
                (mark, session),
            ).fetchall()
            pruned = 0
            for document, marked, oldest, newest in documents:
                if marked is None or oldest is None:
                    continue
                last = min(marked, newest - 1, oldest - 1 + limit - pruned)
                if last >= oldest:
                    connection.execute(
                        "DELETE FROM updates WHERE document_id = ? AND version <= ?", (document, last)
                    )
                    pruned += last - oldest + 1
            return pruned

        return await self._database.write(work)

    async def document_at(self, session: str, commit: str, path: str) -> int | None:
        """The document that a path was in a commit that is marked; None if that is not known."""

        def work(connection: sqlite3.Connection) -> int | None:
            row = connection.execute(
                'WITH here AS (SELECT max(id) AS mark FROM marks WHERE session_id = ? AND "commit" = ?)'
                " SELECT document_id FROM here, documents JOIN mark_documents ON document_id = documents.id"
                " WHERE session_id = ? AND path = ? AND mark_id = (SELECT max(mark_id) FROM mark_documents"
                " WHERE document_id = documents.id AND mark_id <= here.mark)",
                (session, commit, session, path),
            ).fetchone()
            return None if row is None else int(row[0])

        return await self._database.read(work)


def _pieces(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    """Rows, as many at a time as one statement takes."""
    return (rows[first : first + _ROWS_A_STATEMENT] for first in range(0, len(rows), _ROWS_A_STATEMENT))


_INSERT_ONE = (
    "INSERT INTO updates (document_id, version, client, seq, account_id, at, changes)"
    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
    " WHERE ?2 <= 1 OR EXISTS (SELECT 1 FROM updates WHERE document_id = ?1 AND version = ?2 - 1)"
)
"""What `_insert` gives for one row, in half the time."""


@cache
def _insert(rows: int) -> str:
    values = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * rows)
    return (
        "INSERT INTO updates (document_id, version, client, seq, account_id, at, changes)"
        f" SELECT * FROM (VALUES {values})"
        " WHERE ? OR EXISTS (SELECT 1 FROM updates WHERE document_id = ? AND version = ?)"
    )


_MARKED = (
    "coalesce((SELECT version FROM mark_documents WHERE document_id = ?1 ORDER BY mark_id DESC LIMIT 1), 0)"
)
"""The version of a document that its newest mark has. Of the updates up to it the clients' numbers are in `client_seqs`."""

_REACH = (
    "INSERT INTO client_seqs (document_id, client, seq) SELECT document_id, client, max(seq) FROM updates"
    f" WHERE document_id = ?1 AND version > {_MARKED} AND version <= ?2 GROUP BY client"
    " ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)"
)


def _insert_updates(connection: sqlite3.Connection, document: int, rows: Sequence[Entry]) -> None:
    """Consecutive updates of one document, if they follow what is there. Raises `Conflict`."""
    before = rows[0].version - 1
    if len(rows) == 1:
        done = connection.execute(_INSERT_ONE, rows[0])
    else:
        parameters = [*chain.from_iterable(rows), before <= 0, document, before]
        done = connection.execute(_insert(len(rows)), parameters)
    if done.rowcount != len(rows):
        raise Conflict(f"Document {document} has no version {before} to follow.", code="journal_gap")


def _insert_mark(connection: sqlite3.Connection, mark: NewMark) -> int:
    at = time.time()
    cursor = connection.execute(
        'INSERT INTO marks (session_id, "commit", at) VALUES (?, ?, ?)', (mark.session, mark.commit, at)
    )
    assert cursor.lastrowid is not None
    _insert_marked(connection, cursor.lastrowid, mark.documents)
    clashes.insert(connection, mark.session, mark.clashes)
    sessions.note_activity(connection, mark.session, at)
    return cursor.lastrowid


def _insert_marked(connection: sqlite3.Connection, mark: int, documents: Sequence[MarkedDocument]) -> None:
    # Their updates may be forgotten from now on, but not the numbers: what is sent again must not be made twice.
    connection.executemany(_REACH, [(d.document, d.version) for d in documents if d.version])
    connection.executemany(
        "INSERT OR REPLACE INTO mark_documents (mark_id, document_id, path, version, format)"
        " VALUES (?, ?, ?, ?, ?)",
        [(mark, d.document, d.path, d.version, d.format) for d in documents],
    )
