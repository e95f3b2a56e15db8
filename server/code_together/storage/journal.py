"""The journal: every accepted update, and the marks that say which commit holds which versions."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from code_together.errors import Conflict
from code_together.storage import sessions
from code_together.storage.database import Database


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted update. `version` is the document's after it: the first update makes version 1."""

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


class Journal:
    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, entries: Sequence[Entry]) -> Future[None]:
        """Keep one turn: all of its entries or none (JR2). The future is done when they are durable.

        Its error is `errors.Conflict` (`journal_gap`) if it does not follow what the journal holds, as after a turn whose
        transaction failed (JR8), `sqlite3.IntegrityError` if a version of a document is there already or its document or
        account is not (only this turn fails, JR4), and `errors.Unavailable` (`not_saved`) if the disk
        failed.
        """

        first: dict[int, int] = {}
        for entry in entries:
            first.setdefault(entry.document, entry.version)

        def work(connection: sqlite3.Connection) -> None:
            for document, version in first.items():
                _check_follows(connection, document, version)
            connection.executemany(
                "INSERT INTO updates (document_id, version, client, seq, account_id, at, changes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(e.document, e.version, e.client, e.seq, e.account, e.at, e.changes) for e in entries],
            )
            last = {(e.document, e.client): e.seq for e in entries}
            connection.executemany(
                "INSERT INTO client_seqs (document_id, client, seq) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)",
                [(document, client, seq) for (document, client), seq in last.items()],
            )

        return self._database.submit(work)

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
        """Issue a client id: 128 random bits, honoured only for this account in this session (RM4)."""
        client = secrets.token_urlsafe(16)
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO clients (id, session_id, account_id, created_at) VALUES (?, ?, ?, ?)",
                (client, session, account, time.time()),
            )
        )
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
                    "SELECT client, seq FROM client_seqs WHERE document_id = ?", (document,)
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

        def work(connection: sqlite3.Connection) -> int:
            at = time.time()
            cursor = connection.execute(
                'INSERT INTO marks (session_id, "commit", at) VALUES (?, ?, ?)', (session, commit, at)
            )
            assert cursor.lastrowid is not None
            _insert_marked(connection, cursor.lastrowid, documents)
            sessions.note_activity(connection, session, at)
            return cursor.lastrowid

        return await self._database.write(work)

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


def _check_follows(connection: sqlite3.Connection, document: int, version: int) -> None:
    before = connection.execute(
        "SELECT 1 FROM updates WHERE document_id = ? AND version = ?", (document, version - 1)
    ).fetchone()
    if version > 1 and before is None:
        raise Conflict(f"Document {document} has no version {version - 1} to follow.", code="journal_gap")


def _insert_marked(connection: sqlite3.Connection, mark: int, documents: Sequence[MarkedDocument]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO mark_documents (mark_id, document_id, path, version, format)"
        " VALUES (?, ?, ?, ?, ?)",
        [(mark, d.document, d.path, d.version, d.format) for d in documents],
    )
