"""Whether the database is sound, and what else `verify` asks of it: what is held against Git, and what can be made again from there."""

# Only a constant list of columns and a constant number are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from code_together.errors import Unavailable
from code_together.session.revisions import Revision
from code_together.storage import migrations
from code_together.storage.commentrows import COLUMNS, Comment, from_row
from code_together.storage.database import Database
from code_together.storage.datafolder import is_damage
from code_together.storage.revisionrows import rows_of

_MOST: Final = 100  # lines that SQLite says of a broken file
_INDEXES: Final = (
    "comments", "comment_refs", "histories", "revisions", "revision_people", "revision_files",
)  # fmt: skip
"""The tables that can be made again from Git."""
_BELONGS: Final = (
    ("comments", "session_id", "sessions"), ("comment_refs", "session_id", "sessions"),
    ("histories", "session_id", "sessions"), ("revisions", "history_id", "histories"),
    ("revision_people", "history_id", "histories"), ("revision_files", "history_id", "histories"),
)  # fmt: skip
"""What their rows belong to; without it they go."""


@dataclass(frozen=True)
class Marked:
    """A row of a mark: its commit holds this version of a document. Without a path the file is gone there."""

    commit: str
    path: str | None
    version: int
    format: str


class Look:
    """What SQLite itself finds in a database that was not touched yet. `faults` has a sentence for each."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def __call__(self, connection: sqlite3.Connection) -> None:
        """Raises `Unavailable` (`database_broken`) when the database cannot be trusted."""
        try:
            rows = connection.execute(f"PRAGMA integrity_check({_MOST})").fetchall()
            said = [line.strip() for (text,) in rows for line in str(text).splitlines()]
            self.faults += [line for line in said if line != "ok" and not line.startswith("***")]
            if not self.faults:
                self.faults += _dangling(connection)
                return
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self.faults.append(f"{error}")
        raise Unavailable("The database is broken.", code="database_broken")


def _dangling(connection: sqlite3.Connection) -> Iterator[str]:
    counts: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        if table in _INDEXES:
            continue
        counts[table, parent] = counts.get((table, parent), 0) + 1
    for (table, parent), count in counts.items():
        yield f"{count} rows of {table} belong to rows of {parent} that are not there"


class Soundness:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def missing(self) -> tuple[list[str], list[str]]:
        """Tables that are not there and have to be, and what was not there and is made again, empty: tables of what Git has, and indexes.

        Of tables of what Git has rows go that belong to nothing.
        """
        with closing(sqlite3.connect(":memory:")) as fresh:
            migrations.migrate(fresh)
            expected = _schema(fresh)

        def work(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
            there = _schema(connection)
            lacking = {name: one for name, one in expected.items() if name not in there}
            lost = [name for name, (kind, _) in lacking.items() if kind == "table" and name not in _INDEXES]
            made = []
            for name, (kind, sql) in sorted(lacking.items(), key=lambda item: item[1][0] != "table"):
                if name in _INDEXES or (kind != "table" and not lost):
                    connection.execute(sql)
                    made.append(name)
            if not lost:
                for table, column, parent in _BELONGS:
                    connection.execute(f"DELETE FROM {table} WHERE {column} NOT IN (SELECT id FROM {parent})")
            return lost, made

        return await self._database.write(work)

    async def sessions(self) -> list[str]:
        return await self._database.read(
            lambda connection: [id for (id,) in connection.execute("SELECT id FROM sessions ORDER BY id")]
        )

    async def documents(self, session: str) -> dict[int, tuple[int, int] | None]:
        """The session's documents, each with its oldest and newest version in the journal; None for one without updates."""

        def work(connection: sqlite3.Connection) -> dict[int, tuple[int, int] | None]:
            rows = connection.execute(
                "SELECT id, (SELECT min(version) FROM updates WHERE document_id = documents.id),"
                " (SELECT max(version) FROM updates WHERE document_id = documents.id)"
                " FROM documents WHERE session_id = ? ORDER BY id",
                (session,),
            )
            return {id: None if oldest is None else (oldest, newest) for id, oldest, newest in rows}

        return await self._database.read(work)

    async def marked(self, document: int, mark: int) -> list[Marked]:
        """What the marks up to this one say of a document, oldest first."""

        def work(connection: sqlite3.Connection) -> list[Marked]:
            rows = connection.execute(
                'SELECT "commit", path, version, format FROM mark_documents JOIN marks ON marks.id = mark_id'
                " WHERE document_id = ? AND mark_id <= ? ORDER BY mark_id",
                (document, mark),
            )
            return [Marked(*row) for row in rows]

        return await self._database.read(work)

    async def uncounted(self, document: int) -> int:
        """How many clients have updates up to the newest mark beyond the number that it noted of them: sent again once the journal has
        forgotten them, those would be made twice."""

        def work(connection: sqlite3.Connection) -> int:
            (count,) = connection.execute(
                "SELECT count(*) FROM (SELECT client AS sender, max(seq) AS last FROM updates WHERE document_id = ?1"
                " AND version <= (SELECT version FROM mark_documents WHERE document_id = ?1 ORDER BY mark_id DESC LIMIT 1)"
                " GROUP BY client) WHERE last > coalesce((SELECT seq FROM client_seqs WHERE document_id = ?1"
                " AND client = sender), 0)",
                (document,),
            ).fetchone()
            return int(count)

        return await self._database.read(work)

    async def comments(self, session: str) -> tuple[list[Comment], set[str]]:
        """The comments in the index, and the commits on which lines wait to be written to Git."""

        def work(connection: sqlite3.Connection) -> tuple[list[Comment], set[str]]:
            rows = connection.execute(f"SELECT {COLUMNS} FROM comments WHERE session_id = ?", (session,))
            waiting = connection.execute(
                'SELECT "commit" FROM comment_lines WHERE session_id = ?', (session,)
            )
            return [from_row(row) for row in rows], {commit for (commit,) in waiting}

        return await self._database.read(work)

    async def same(self, session: str, revisions: Sequence[Revision], below: int | None) -> int | None:
        """Whether the index of the history has these revisions, newest first, just so, right below an ordinal (None: at its top).

        Gives the ordinal of the last, None if anything is otherwise.
        """

        def work(connection: sqlite3.Connection) -> int | None:
            row = connection.execute(
                "SELECT histories.id, max(ordinal) FROM histories LEFT JOIN revisions ON history_id = histories.id"
                " WHERE session_id = ?",
                (session,),
            ).fetchone()
            history, top = row
            ordinal = (0 if top is None else top + 1) if below is None else below
            for revision in revisions:
                ordinal -= 1
                if not _is_same(connection, history, ordinal, revision):
                    return None
            return ordinal

        return await self._database.read(work)

    async def begins_at(self, session: str, ordinal: int) -> bool:
        """Whether nothing in the index of the history is below an ordinal."""

        def work(connection: sqlite3.Connection) -> bool:
            (lowest,) = connection.execute(
                "SELECT min(ordinal) FROM revisions WHERE history_id = (SELECT id FROM histories WHERE session_id = ?)",
                (session,),
            ).fetchone()
            return bool(lowest == ordinal)

        return await self._database.read(work)


def _schema(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    rows = connection.execute("SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {name: (kind, sql) for name, kind, sql in rows if not name.startswith("sqlite_")}


def _is_same(connection: sqlite3.Connection, history: int, ordinal: int, revision: Revision) -> bool:
    rows, files = rows_of(revision)
    there = connection.execute(
        'SELECT place, "commit", parents, email, name, at, message, own, added, removed'
        " FROM revisions LEFT JOIN revision_people ON revision_people.id = person_id"
        " WHERE revisions.history_id = ? AND ordinal = ? ORDER BY place",
        (history, ordinal),
    ).fetchall()
    changed = connection.execute(
        "SELECT path, place, status, other, added, removed FROM revision_files WHERE history_id = ? AND ordinal = ?",
        (history, ordinal),
    ).fetchall()
    return there == rows and set(changed) == set(files) and len(changed) == len(files)
