"""What people say to each other in a session, and how far each of them has read."""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from code_together.config import Settings
from code_together.errors import Conflict, NotAllowed, NotFound, Unprocessable
from code_together.storage import sessions
from code_together.storage.accounts import Account
from code_together.storage.database import Database

# What one search looks at; the next one goes on from there.
_SEARCHED_MESSAGES: Final = 20_000
_SEARCHED_CHARACTERS: Final = 5_000_000

_END: Final = 2**63 - 1
_KEY_LENGTH: Final = 64


@dataclass(frozen=True)
class ChatMessage:
    """`deleted`: its text is gone, its place stays."""

    id: int
    account: Account
    at: float
    text: str
    edited_at: float | None = None
    deleted: bool = False


@dataclass(frozen=True)
class ChatPage:
    """Messages in their order, newest last. `older` is the `before` of the page in front, `newer` the `after` of the one behind."""

    messages: list[ChatMessage]
    older: int | None
    newer: int | None


@dataclass(frozen=True)
class Unread:
    """`read` is the last message that the account has read, 0 for none; the counts end at `Chat.MOST_UNREAD`."""

    read: int
    unread: int
    mentions: int


_COLUMNS: Final = f"{Account.COLUMNS}, chat.id, at, text, edited_at, deleted_by"


class Chat:
    MOST_UNREAD: Final = 1_000

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def add(
        self, session: str, account: int, text: str, key: str | None = None
    ) -> tuple[ChatMessage, bool]:
        """Keep a message, and say whether it is new: one with a key that the account has used before is the one of then.

        Raises `Unprocessable` (`bad_chat`) if it is blank, too long or not text.
        """
        self._check(text)
        if key is not None and not 0 < len(key) <= _KEY_LENGTH:
            raise Unprocessable(f"The key of a message has 1 to {_KEY_LENGTH} characters.", code="bad_chat")

        def work(connection: sqlite3.Connection) -> tuple[ChatMessage, bool]:
            at = time.time()
            if key is not None:
                known = connection.execute(
                    "SELECT id FROM chat WHERE session_id = ? AND account_id = ? AND key = ?",
                    (session, account, key),
                ).fetchone()
                if known:
                    return _get(connection, session, known[0])[0], False
            cursor = connection.execute(
                "INSERT INTO chat (session_id, account_id, at, text, key) VALUES (?, ?, ?, ?, ?)",
                (session, account, at, text, key),
            )
            sessions.note_activity(connection, session, at)
            assert cursor.lastrowid is not None
            return _get(connection, session, cursor.lastrowid)[0], True

        return await self._database.write(work)

    async def edit(self, session: str, id: int, account: int, text: str) -> ChatMessage:
        """Give one's own message another text; one that its author has deleted comes back with it.

        Raises `Unprocessable` (`bad_chat`), `NotFound` (`no_message`), `NotAllowed`, `Conflict` (`message_deleted`) if somebody
        else has deleted it.
        """
        self._check(text)

        def work(connection: sqlite3.Connection) -> ChatMessage:
            message, deleted_by = _get(connection, session, id)
            if message.account.id != account:
                raise NotAllowed("This message is somebody else's: only its author can change it.")
            if deleted_by not in (None, account):
                raise Conflict("An owner has deleted this message.", code="message_deleted")
            connection.execute(
                "UPDATE chat SET text = ?, edited_at = ?, deleted_by = NULL WHERE id = ?",
                (text, time.time(), id),
            )
            return _get(connection, session, id)[0]

        return await self._database.write(work)

    async def delete(self, session: str, id: int, account: int, *, of_others: bool) -> ChatMessage:
        """Take a message's text away; its place stays. `of_others`: also one of somebody else.

        Raises `NotFound` (`no_message`), `NotAllowed`.
        """

        def work(connection: sqlite3.Connection) -> ChatMessage:
            message, deleted_by = _get(connection, session, id)
            if message.account.id != account and not of_others:
                raise NotAllowed(
                    "This message is somebody else's: only its author or an owner can delete it."
                )
            # An owner's word stands: it does not become the author's own deletion, which could be taken back.
            if deleted_by is None or message.account.id != account:
                connection.execute("UPDATE chat SET text = '', deleted_by = ? WHERE id = ?", (account, id))
            return _get(connection, session, id)[0]

        return await self._database.write(work)

    async def page(
        self,
        session: str,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
    ) -> ChatPage:
        """At most `limit` messages: the newest, or those just before or after a message, or on both sides of one, with it."""

        def work(connection: sqlite3.Connection) -> ChatPage:
            if after is not None:
                return ChatPage(*_window(connection, session, after + 1, 0, limit))
            if around is not None:
                return ChatPage(*_window(connection, session, around, limit // 2, limit - limit // 2))
            return ChatPage(*_window(connection, session, _END if before is None else before, limit, 0))

        return await self._database.read(work)

    async def search(
        self, session: str, query: str, before: int | None, limit: int
    ) -> tuple[list[ChatMessage], int | None]:
        """Messages that hold every word of the query in any case, newest first, and the `before` with which the search goes on.

        One search looks at so many messages and no more; it may find nothing and yet have more to look at.
        """
        words = query.casefold().split()

        def work(connection: sqlite3.Connection) -> tuple[list[ChatMessage], int | None]:
            found: list[int] = []
            seen = characters = 0
            last: int | None = None
            for id, text in _texts(connection, session, _END if before is None else before):
                if len(found) >= limit or seen >= _SEARCHED_MESSAGES or characters >= _SEARCHED_CHARACTERS:
                    return [_get(connection, session, one)[0] for one in found], last
                seen, characters, last = seen + 1, characters + len(text), id
                folded = text.casefold()
                if all(word in folded for word in words):
                    found.append(id)
            return [_get(connection, session, one)[0] for one in found], None

        return await self._database.read(work) if words else ([], None)

    async def unread(self, session: str, account: Account) -> Unread:
        """How far the account has read, and how many messages of others there are since.

        Who has read nothing yet is as far as the chat was when they became a member; who is none, as far as it is now.
        """
        return await self._database.read(lambda connection: self._unread(connection, session, account))

    async def mark_read(self, session: str, account: Account, id: int) -> Unread:
        """The account has read up to this message; it never goes back."""

        def work(connection: sqlite3.Connection) -> Unread:
            connection.execute(
                "INSERT INTO chat_reads (session_id, account_id, message_id) VALUES (?, ?, min(?, ?))"
                " ON CONFLICT DO UPDATE SET message_id = max(message_id, excluded.message_id)",
                (session, account.id, id, _newest(connection, session)),
            )
            return self._unread(connection, session, account)

        return await self._database.write(work)

    def _unread(self, connection: sqlite3.Connection, session: str, account: Account) -> Unread:
        read = _read_position(connection, session, account.id)
        rows = connection.execute(
            "SELECT CASE WHEN instr(text, ?) THEN text ELSE '' END FROM chat"
            " WHERE session_id = ? AND id > ? AND account_id <> ? AND deleted_by IS NULL LIMIT ?",
            (f"@{account.name}", session, read, account.id, self.MOST_UNREAD),
        ).fetchall()
        return Unread(read, len(rows), sum(mentions(text, account.name) for (text,) in rows))

    def _check(self, text: str) -> None:
        longest = self._settings.chat_length
        if not text.strip():
            raise Unprocessable("A chat message cannot be empty.", code="bad_chat")
        if len(text) > longest:
            raise Unprocessable(
                f"The message has {len(text):,} characters; {longest:,} is the most.", code="bad_chat"
            )
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise Unprocessable(
                "The message holds NUL or half of a character and cannot be kept.", code="bad_chat"
            )


def mentions(text: str, name: str) -> bool:
    """Whether a text says `@name`."""
    return re.search(rf"(?<![\w@./-])@{re.escape(name)}(?![\w-])", text) is not None


def _window(
    connection: sqlite3.Connection, session: str, place: int, above: int, below: int
) -> tuple[list[ChatMessage], int | None, int | None]:
    """Messages before `place` and from it on, and the `before` and `after` of what is beyond them, None where nothing is."""
    select = f"SELECT {_COLUMNS} FROM chat JOIN accounts ON accounts.id = account_id WHERE session_id = ?"
    rows = [
        *reversed(
            connection.execute(
                f"{select} AND chat.id < ? ORDER BY chat.id DESC LIMIT ?", (session, place, above)
            ).fetchall()
        ),
        *connection.execute(
            f"{select} AND chat.id >= ? ORDER BY chat.id LIMIT ?", (session, place, below)
        ).fetchall(),
    ]
    messages = [_message(row) for row in rows]
    first, last = (messages[0].id, messages[-1].id) if messages else (place, place - 1)
    older = connection.execute(
        "SELECT 1 FROM chat WHERE session_id = ? AND id < ? LIMIT 1", (session, first)
    ).fetchone()
    newer = connection.execute(
        "SELECT 1 FROM chat WHERE session_id = ? AND id > ? LIMIT 1", (session, last)
    ).fetchone()
    return messages, first if older else None, last if newer else None


def _get(connection: sqlite3.Connection, session: str, id: int) -> tuple[ChatMessage, int | None]:
    """A message and who deleted it. Raises `NotFound` (`no_message`)."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM chat JOIN accounts ON accounts.id = account_id"
        " WHERE chat.id = ? AND session_id = ?",
        (id, session),
    ).fetchone()
    if row is None:
        raise NotFound("There is no such message in this chat.", code="no_message")
    return _message(row), row[-1]


def _message(row: tuple[object, ...]) -> ChatMessage:
    id, at, text, edited_at, deleted_by = row[-5:]
    assert isinstance(id, int)
    assert isinstance(at, float)
    assert isinstance(text, str)
    assert edited_at is None or isinstance(edited_at, float)
    return ChatMessage(id, Account.from_row(row), at, text, edited_at, deleted_by is not None)


def _texts(connection: sqlite3.Connection, session: str, before: int) -> Iterator[tuple[int, str]]:
    yield from connection.execute(
        "SELECT id, text FROM chat WHERE session_id = ? AND id < ? AND deleted_by IS NULL ORDER BY id DESC",
        (session, before),
    )


def _newest(connection: sqlite3.Connection, session: str) -> int:
    (newest,) = connection.execute(
        "SELECT coalesce(max(id), 0) FROM chat WHERE session_id = ?", (session,)
    ).fetchone()
    return int(newest)


def _read_position(connection: sqlite3.Connection, session: str, account: int) -> int:
    row = connection.execute(
        "SELECT message_id FROM chat_reads WHERE session_id = ? AND account_id = ?", (session, account)
    ).fetchone()
    if row is None:
        row = connection.execute(
            "SELECT (SELECT coalesce(max(id), 0) FROM chat WHERE session_id = ? AND at < added_at) FROM members"
            " WHERE session_id = ? AND account_id = ?",
            (session, session, account),
        ).fetchone()
    return int(row[0]) if row else _newest(connection, session)
