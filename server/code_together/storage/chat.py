"""What people say to each other in a session."""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from code_together.config import Settings
from code_together.errors import Unprocessable
from code_together.storage import sessions
from code_together.storage.accounts import Account
from code_together.storage.database import Database


@dataclass(frozen=True)
class ChatMessage:
    id: int
    account: Account
    at: float
    text: str


class Chat:
    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def add(self, session: str, account: int, text: str) -> ChatMessage:
        """Keep a message. Raises `Unprocessable` (`bad_chat`) if it is blank, too long or not text."""
        self._check(text)

        def work(connection: sqlite3.Connection) -> ChatMessage:
            at = time.time()
            cursor = connection.execute(
                "INSERT INTO chat (session_id, account_id, at, text) VALUES (?, ?, ?, ?)",
                (session, account, at, text),
            )
            sessions.note_activity(connection, session, at)
            row = connection.execute(
                f"SELECT {Account.COLUMNS} FROM accounts WHERE id = ?", (account,)
            ).fetchone()
            assert cursor.lastrowid is not None
            return ChatMessage(cursor.lastrowid, Account.from_row(row), at, text)

        return await self._database.write(work)

    async def page(
        self, session: str, before: int | None, limit: int
    ) -> tuple[list[ChatMessage], int | None]:
        """At most `limit` messages older than the message `before` (None: the newest), newest last.

        And the `before` of the next page; None when there are no older ones.
        """
        end = 2**63 - 1 if before is None else before

        def work(connection: sqlite3.Connection) -> tuple[list[ChatMessage], int | None]:
            rows = connection.execute(
                f"SELECT {Account.COLUMNS}, chat.id, at, text"
                " FROM chat JOIN accounts ON accounts.id = account_id"
                " WHERE session_id = ? AND chat.id < ? ORDER BY chat.id DESC LIMIT ?",
                (session, end, limit + 1),
            ).fetchall()
            messages = [ChatMessage(row[-3], Account.from_row(row), row[-2], row[-1]) for row in rows[:limit]]
            messages.reverse()
            return messages, messages[0].id if len(rows) > limit and messages else None

        return await self._database.read(work)

    def _check(self, text: str) -> None:
        longest = self._settings.chat_length
        if not text.strip():
            raise Unprocessable("A chat message cannot be empty.", code="bad_chat")
        if len(text) > longest:
            raise Unprocessable(
                f"The message has {len(text)} characters; {longest} is the most.", code="bad_chat"
            )
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise Unprocessable("The message holds half of a character and cannot be kept.", code="bad_chat")
