"""Whom comments mention, and who has read it."""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from code_together.storage import commentrows
from code_together.storage.commentrows import Comment
from code_together.storage.database import Database


class Mentions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, session: str, account: int, before: str | None, limit: int
    ) -> tuple[list[Comment], str | None]:
        """The comments that mention an account, the newest first, and the next page's `before`."""

        def work(connection: sqlite3.Connection) -> tuple[list[Comment], str | None]:
            columns = ", ".join(f"comments.{column.strip()}" for column in commentrows.COLUMNS.split(","))
            later = (
                ""
                if before is None
                else " AND (mention.at, comment_id) < (SELECT at, comment_id FROM comment_mentions"
                " WHERE session_id = :session AND account_id = :account AND comment_id = :before)"
            )
            rows = connection.execute(
                f"SELECT {columns} FROM comment_mentions AS mention JOIN comments"
                " ON comments.session_id = mention.session_id AND comments.id = comment_id"
                f" WHERE mention.session_id = :session AND mention.account_id = :account{later}"
                " ORDER BY mention.at DESC, comment_id DESC LIMIT :limit",
                {"session": session, "account": account, "before": before, "limit": limit + 1},
            ).fetchall()
            found = [commentrows.from_row(row) for row in rows[:limit]]
            return found, found[-1].id if len(rows) > limit else None

        return await self._database.read(work)

    async def unread(self, session: str, account: int) -> set[str]:
        """The comments that mention an account and that it has not read."""

        def work(connection: sqlite3.Connection) -> set[str]:
            rows = connection.execute(
                "SELECT comment_id FROM comment_mentions"
                " WHERE session_id = ? AND account_id = ? AND read_at IS NULL",
                (session, account),
            )
            return {id for (id,) in rows}

        return await self._database.read(work)

    async def mark_read(self, session: str, account: int, ids: Sequence[str] | None) -> None:
        """The account has read these mentions; None: all."""

        def work(connection: sqlite3.Connection) -> None:
            statement = (
                "UPDATE comment_mentions SET read_at = ?"
                " WHERE session_id = ? AND account_id = ? AND read_at IS NULL"
            )
            now = time.time()
            if ids is None:
                connection.execute(statement, (now, session, account))
            else:
                connection.executemany(
                    f"{statement} AND comment_id = ?", [(now, session, account, id) for id in ids]
                )

        await self._database.write(work)
