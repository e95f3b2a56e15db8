"""What of the comments is in Git: the lines that wait to be written to the notes, and the notes that the index was made of."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from code_together.storage import commentrows
from code_together.storage.commentrows import Comment
from code_together.storage.database import Database


@dataclass(frozen=True)
class Waiting:
    """A line on its way to Git, by an account."""

    number: int
    account: int
    commit: str
    line: str
    extra: str


class CommentLines:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, session: str, limit: int) -> list[Waiting]:
        """The oldest lines that are not in Git yet."""

        def work(connection: sqlite3.Connection) -> list[Waiting]:
            rows = connection.execute(
                'SELECT number, account_id, "commit", line, extra FROM comment_lines'
                " WHERE session_id = ? ORDER BY number LIMIT ?",
                (session, limit),
            )
            return [Waiting(*row) for row in rows]

        return await self._database.read(work)

    async def written(
        self, session: str, lines: Sequence[Waiting], refs: tuple[str | None, str | None]
    ) -> None:
        """These lines are in Git now, which makes the notes what `refs` are."""

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM comment_lines WHERE number = ?", [(line.number,) for line in lines]
            )
            _note_refs(connection, session, refs)

        await self._database.write(work)

    async def refs(self, session: str) -> tuple[str | None, str | None] | None:
        """The commits of the notes (comments, extras) that the index was made of; None if it never was."""

        def work(connection: sqlite3.Connection) -> tuple[str | None, str | None] | None:
            row: tuple[str | None, str | None] | None = connection.execute(
                "SELECT discuss, extras FROM comment_refs WHERE session_id = ?", (session,)
            ).fetchone()
            return row

        return await self._database.read(work)

    async def read_anew(
        self,
        session: str,
        comments: Sequence[tuple[Comment, Sequence[int]]],
        *,
        gone: Sequence[str] = (),
        unread: bool,
    ) -> None:
        """These comments, each with whom it mentions, are as the notes have them, and those of the ids `gone` are not there. Places that are known
        stay, and so does a comment on a commit for which lines wait: it is newer here.

        `unread`: mentions that come with it were not read yet.
        """

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM comments WHERE session_id = ? AND id = ?", [(session, id) for id in gone]
            )
            waiting = {
                commit
                for (commit,) in connection.execute(
                    'SELECT DISTINCT "commit" FROM comment_lines WHERE session_id = ?', (session,)
                )
            }
            read_at = None if unread else time.time()
            for comment, mentions in comments:
                if comment.commit in waiting and commentrows.get(connection, session, comment.id):
                    continue
                commentrows.put(connection, session, comment)
                commentrows.mention(connection, session, comment.id, mentions, comment.at, read_at)

        if comments or gone:
            await self._database.write(work)

    async def note_refs(self, session: str, refs: tuple[str | None, str | None]) -> None:
        """The index is what the notes say at these commits."""
        await self._database.write(lambda connection: _note_refs(connection, session, refs))


def wait(
    connection: sqlite3.Connection, session: str, account: int, commit: str, line: str, extra: str
) -> None:
    """Has a line wait to be written."""
    connection.execute(
        'INSERT INTO comment_lines (session_id, account_id, "commit", line, extra) VALUES (?, ?, ?, ?, ?)',
        (session, account, commit, line, extra),
    )


def _note_refs(connection: sqlite3.Connection, session: str, refs: tuple[str | None, str | None]) -> None:
    connection.execute(
        "INSERT INTO comment_refs (session_id, discuss, extras) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET discuss = excluded.discuss, extras = excluded.extras",
        (session, *refs),
    )
