"""The index of comments, whose home is Git: what is said, changed and listed.

A comment is durable here before anybody sees it, and in Git a moment later. But for that moment, and for what somebody has read of mentions, all
of it can be made again from the notes.
"""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence

from code_together.errors import TooLarge
from code_together.storage import commentlines, commentrows, sessions
from code_together.storage.commentlines import CommentLines
from code_together.storage.commentplaces import CommentPlaces
from code_together.storage.commentrows import Comment
from code_together.storage.database import Database
from code_together.storage.mentions import Mentions


class Comments:
    """`lines`: what of them is in Git; `places`: where their texts are; `mentions`: whom they call."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.lines = CommentLines(database)
        self.places = CommentPlaces(database)
        self.mentions = Mentions(database)

    # One comment

    async def get(self, session: str, id: str) -> Comment | None:
        return await self._database.read(lambda connection: commentrows.get(connection, session, id))

    async def count(self, session: str) -> int:
        """How many comments a session has, with those that are deleted."""
        return await self._database.read(lambda connection: _count(connection, session))

    async def said(self, session: str, account: int, key: str) -> Comment | None:
        """The comment that an account has made with a key."""
        return await self._database.read(lambda connection: _said(connection, session, account, key))

    async def add(
        self,
        session: str,
        comment: Comment,
        account: int,
        extra: str,
        mentions: Iterable[int],
        most: int,
        key: str | None = None,
    ) -> Comment | None:
        """Keeps a new comment and the line that makes it; or gives the one that was there: made with that key, or the same in the same second.

        Raises `TooLarge` (`too_many_comments`) when the session has `most`.
        """

        def work(connection: sqlite3.Connection) -> Comment | None:
            if key is not None and (known := _said(connection, session, account, key)):
                return known
            if known := commentrows.get(connection, session, comment.id):
                return known
            if _count(connection, session) >= most:
                raise TooLarge(f"A session may have {most:,} comments.", code="too_many_comments")
            commentrows.put(connection, session, comment)
            commentlines.wait(connection, session, account, comment.commit, comment.line, extra)
            commentrows.mention(connection, session, comment.id, mentions, comment.at)
            if key is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO comment_keys (session_id, account_id, key, comment_id)"
                    " VALUES (?, ?, ?, ?)",
                    (session, account, key, comment.id),
                )
            sessions.note_activity(connection, session, comment.at)
            return None

        return await self._database.write(work)

    async def change(
        self, session: str, comment: Comment, account: int, line: str, extra: str, mentions: Iterable[int]
    ) -> None:
        """Keeps another state of a comment and the line that makes it; the state of its thread goes with its first comment's."""

        def work(connection: sqlite3.Connection) -> None:
            commentrows.put(connection, session, comment)
            if comment.id == comment.thread:
                connection.execute(
                    "UPDATE comments SET settled = ? WHERE session_id = ? AND thread = ?",
                    (comment.settled, session, comment.thread),
                )
            if comment.deleted:
                connection.execute(
                    "DELETE FROM comment_mentions WHERE session_id = ? AND comment_id = ?",
                    (session, comment.id),
                )
            commentlines.wait(connection, session, account, comment.commit, line, extra)
            commentrows.mention(connection, session, comment.id, mentions, time.time())

        await self._database.write(work)

    # Lists

    async def page(
        self,
        session: str,
        limit: int,
        *,
        before: str | None = None,
        path: str | None = None,
        open: bool | None = None,
        of: int | None = None,
        revision: str | None = None,
    ) -> tuple[list[Comment], str | None]:
        """At most `limit` threads, the newest first, each with its replies, and the next page's `before`.

        `path`: of this file; `open`: not resolved, or resolved; `of`: in which this account has written or is mentioned; `revision`: said in it.
        """
        conditions = ["thread.session_id = :session", "thread.id = thread.thread", commentrows.SHOWN]
        if path is not None:
            conditions.append("thread.path = :path")
        if open is not None:
            conditions.append(f"thread.settled = {0 if open else 1}")
        if revision is not None:
            conditions.append('thread."commit" = :revision')
        if before is not None:
            conditions.append(
                "(thread.at, thread.id) <"
                " (SELECT at, id FROM comments WHERE session_id = :session AND id = :before)"
            )
        if of is not None:
            conditions.append(
                "thread.id IN (SELECT thread FROM comments WHERE session_id = :session AND account_id = :of"
                " AND deleted = 0 UNION SELECT comments.thread FROM comment_mentions AS mention JOIN comments"
                " ON comments.session_id = mention.session_id AND comments.id = mention.comment_id"
                " WHERE mention.session_id = :session AND mention.account_id = :of)"
            )
        values = {
            "session": session,
            "path": path,
            "before": before,
            "of": of,
            "revision": revision,
            "limit": limit + 1,
        }

        def work(connection: sqlite3.Connection) -> tuple[list[Comment], str | None]:
            found = connection.execute(
                f"SELECT thread.id FROM comments AS thread WHERE {' AND '.join(conditions)}"
                " ORDER BY thread.at DESC, thread.id DESC LIMIT :limit",
                values,
            ).fetchall()
            threads = [id for (id,) in found[:limit]]
            comments = [comment for id in threads for comment in commentrows.thread(connection, session, id)]
            return comments, threads[-1] if len(found) > limit else None

        return await self._database.read(work)

    async def counts(self, session: str, commits: Sequence[str]) -> dict[str, int]:
        """How many comments each of these commits has, where it has any."""

        def work(connection: sqlite3.Connection) -> dict[str, int]:
            rows = connection.execute(
                'SELECT "commit", count(*) FROM comments WHERE session_id = ? AND deleted = 0'
                ' AND "commit" IN (SELECT value FROM json_each(?)) GROUP BY "commit"',
                (session, json.dumps(commits)),
            )
            return dict(rows.fetchall())

        return await self._database.read(work)

    async def thread(self, session: str, id: str) -> list[Comment]:
        """A thread's comments, the first one first."""
        return await self._database.read(lambda connection: commentrows.thread(connection, session, id))

    async def count_open(self, session: str) -> int:
        """How many threads are not resolved."""

        def work(connection: sqlite3.Connection) -> int:
            (count,) = connection.execute(
                "SELECT count(*) FROM comments AS thread WHERE session_id = ? AND id = thread"
                f" AND settled = 0 AND {commentrows.SHOWN}",
                (session,),
            ).fetchone()
            return int(count)

        return await self._database.read(work)


def _said(connection: sqlite3.Connection, session: str, account: int, key: str) -> Comment | None:
    row = connection.execute(
        "SELECT comment_id FROM comment_keys WHERE session_id = ? AND account_id = ? AND key = ?",
        (session, account, key),
    ).fetchone()
    return commentrows.get(connection, session, row[0]) if row else None


def _count(connection: sqlite3.Connection, session: str) -> int:
    row: tuple[int] = connection.execute(
        "SELECT count(*) FROM comments WHERE session_id = ?", (session,)
    ).fetchone()
    return row[0]
