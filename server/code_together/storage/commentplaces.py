"""Where the texts are that comments speak of, as far as somebody has looked."""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from code_together.storage import commentrows
from code_together.storage.commentrows import Comment, Spot
from code_together.storage.database import Database


@dataclass(frozen=True)
class Placed:
    """Where a thread is now; without `place` its text is gone."""

    id: str
    document: int
    path: str
    version: int
    place: Spot | None


@dataclass(frozen=True)
class Stray:
    """A thread whose file is no document now: it was deleted, or came back, or was never opened. `path` is where the index has it."""

    id: str
    revision: str
    said_path: str
    path: str | None


class CommentPlaces:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def anchored(self, session: str, document: int, path: str) -> list[Comment]:
        """The threads that speak of a document, or of its path when nobody has looked yet which document that is."""
        return await self._threads(
            session, "deleted = 0 AND said IS NOT NULL AND (document_id = ? OR path = ?)", (document, path)
        )

    async def spoken_of(
        self, session: str, document: int | None, path: str, before: str | None, limit: int
    ) -> tuple[list[Comment], str | None]:
        """A page of the threads that may speak of a text that a document had, or a file of that path; the newest first, and the next `before`."""
        later = (
            ""
            if before is None
            else " AND (at, id) < (SELECT at, id FROM comments WHERE session_id = :session AND id = :before)"
        )

        def work(connection: sqlite3.Connection) -> tuple[list[Comment], str | None]:
            rows = connection.execute(
                f"SELECT {commentrows.COLUMNS} FROM comments AS thread WHERE session_id = :session AND id = thread"
                f" AND said IS NOT NULL AND (document_id = :document OR said_path = :path) AND {commentrows.SHOWN}{later}"
                " ORDER BY at DESC, id DESC LIMIT :limit",
                {
                    "session": session,
                    "document": document,
                    "path": path,
                    "before": before,
                    "limit": limit + 1,
                },
            ).fetchall()
            found = [commentrows.from_row(row) for row in rows[:limit]]
            return found, found[-1].id if len(rows) > limit else None

        return await self._database.read(work)

    async def outdated(self, session: str, document: int, path: str, limit: int) -> list[Comment]:
        """The newest threads of a document whose text is gone, and those of earlier files at its path."""
        return await self._threads(
            session,
            "deleted = 0 AND said IS NOT NULL AND (document_id = ? AND outdated = 1 OR path = ? AND document_id IS NOT ?)"
            " ORDER BY at DESC LIMIT ?",
            (document, path, document, limit),
        )

    async def _threads(self, session: str, which: str, values: tuple[Any, ...]) -> list[Comment]:
        def work(connection: sqlite3.Connection) -> list[Comment]:
            rows = connection.execute(
                f"SELECT {commentrows.COLUMNS} FROM comments WHERE session_id = ? AND id = thread AND {which}",
                (session, *values),
            )
            return [commentrows.from_row(row) for row in rows]

        return await self._database.read(work)

    async def place(self, session: str, places: Sequence[Placed]) -> None:
        """Notes where threads are now."""

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "UPDATE comments SET document_id = ?, path = ?, version = ?, place = ?, outdated = ?"
                " WHERE session_id = ? AND thread = ?",
                [
                    (
                        one.document,
                        one.path,
                        one.version,
                        one.place and one.place.dump(),
                        one.place is None,
                        session,
                        one.id,
                    )
                    for one in places
                ],
            )

        await self._database.write(work)

    async def move(self, session: str, paths: Mapping[int, str]) -> None:
        """Documents have other paths now."""

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "UPDATE comments SET path = ? WHERE session_id = ? AND thread IN"
                " (SELECT id FROM comments WHERE session_id = ? AND document_id = ? AND id = thread)",
                [(path, session, session, document) for document, path in paths.items()],
            )

        if paths:
            await self._database.write(work)

    async def strays(self, session: str, documents: Collection[int]) -> list[Stray]:
        """The threads that are in none of these documents, which are all that there are."""

        def work(connection: sqlite3.Connection) -> list[Stray]:
            rows = connection.execute(
                "SELECT id, revision, said_path, path FROM comments WHERE session_id = ? AND id = thread AND said_path IS NOT NULL"
                " AND (document_id IS NULL OR document_id NOT IN (SELECT value FROM json_each(?)))",
                (session, json.dumps(list(documents))),
            )
            return [Stray(*row) for row in rows]

        return await self._database.read(work)

    async def stray_to(self, session: str, paths: Mapping[str, str]) -> None:
        """The files of these threads, which are in no document, have these paths."""

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "UPDATE comments SET path = ? WHERE session_id = ? AND thread = ?",
                [(path, session, id) for id, path in paths.items()],
            )

        if paths:
            await self._database.write(work)

    async def documents(self, session: str) -> list[tuple[int, str]]:
        """Each document that is spoken of, with the path that the index has of it."""

        def work(connection: sqlite3.Connection) -> list[tuple[int, str]]:
            return connection.execute(
                "SELECT DISTINCT document_id, path FROM comments"
                " WHERE session_id = ? AND id = thread AND document_id IS NOT NULL AND path IS NOT NULL",
                (session,),
            ).fetchall()

        return await self._database.read(work)
