"""What the journal tells of a document's life: its updates as they were stored, and who made them when.

Pages are put together in the reader's thread from the stored bytes: nothing is decoded, however long the document's life was.
"""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from code_together.storage.accounts import Account
from code_together.storage.commentrows import Spot
from code_together.storage.database import Database
from code_together.storage.placeholders import placeholders

_PAGE_BYTES: Final = 2_000_000  # of stored changes, after which a page ends


@dataclass(frozen=True)
class Found:
    """A document: where it is, or was last, and how it was written there."""

    document: int
    path: str
    format: str
    deleted: bool


@dataclass(frozen=True)
class Start:
    """Where a playback begins: a version of the document that a revision holds."""

    version: int
    commit: str
    path: str
    format: str
    at: float


@dataclass(frozen=True)
class Stretch:
    """Consecutive updates: the version before the first, moments in milliseconds, and how many each account made."""

    version: int
    first_at: int
    last_at: int
    edits: list[tuple[Account, int]]


@dataclass(frozen=True)
class Played:
    """A document's life as far as the journal has it: the updates from `start.version` to `version`.

    `end` is the newest revision that holds it; None: none does.
    """

    document: int | None
    start: Start | None
    end: str | None
    version: int
    stretches: list[Stretch]


@dataclass(frozen=True)
class UpdatesPage:
    """`updates` is JSON: for each update `[milliseconds since `at`, its account's place in `accounts`, changes]`.

    `version` is that of the last one.
    """

    at: int
    accounts: list[Account]
    updates: bytes
    version: int
    more: bool


@dataclass(frozen=True)
class Event:
    """A chat message, or a comment on the document. `account` is None for who came with a push; `thread` and `line` are a comment's."""

    kind: Literal["chat", "comment"]
    id: str
    at: float
    account: Account | None
    author: str
    text: str
    thread: str | None
    line: int | None


Cursor = tuple[float, str, str]
"""Moment, kind and id of the last event of a page."""


class Playback:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, session: str, document: int | None, path: str | None) -> Found | None:
        """The session's document of this id, else the last one that was at this path; None if no revision ever had it."""

        def work(connection: sqlite3.Connection) -> Found | None:
            id = document
            if id is None:
                row = connection.execute(
                    "SELECT document_id FROM documents JOIN mark_documents ON document_id = documents.id"
                    " WHERE session_id = ? AND path = ? ORDER BY mark_id DESC LIMIT 1",
                    (session, path),
                ).fetchone()
                id = row[0] if row else None
            row = connection.execute(
                "SELECT document_id, path, format, mark_id < (SELECT max(mark_id) FROM mark_documents"
                " WHERE document_id = documents.id)"
                " FROM documents JOIN mark_documents ON document_id = documents.id"
                " WHERE session_id = ? AND documents.id = ? AND path IS NOT NULL ORDER BY mark_id DESC LIMIT 1",
                (session, id),
            ).fetchone()
            if row is None:
                return None
            id, last, format, deleted = row
            return Found(id, last, format, bool(deleted))

        return await self._database.read(work)

    async def life(self, document: int, stretches: int) -> Played:
        """What there is of a document, in at most so many stretches."""

        def work(connection: sqlite3.Connection) -> Played:
            there = connection.execute(
                'SELECT version, "commit", path, format, at FROM mark_documents JOIN marks ON marks.id = mark_id'
                " WHERE document_id = ? AND path IS NOT NULL ORDER BY mark_id",
                (document,),
            ).fetchall()
            oldest, newest = connection.execute(
                "SELECT (SELECT min(version) FROM updates WHERE document_id = :id),"
                " (SELECT max(version) FROM updates WHERE document_id = :id)",
                {"id": document},
            ).fetchone()
            held = [Start(*row) for row in there if oldest is None or row[0] >= oldest - 1]
            end = there[-1][1] if there else None
            if not held:
                return Played(document, None, end, newest or 0, [])
            start = held[-1 if oldest is None else 0]
            version = max(start.version, newest or 0)
            return Played(
                document,
                start,
                end,
                version,
                _stretches(connection, document, start.version, version, stretches),
            )

        return await self._database.read(work)

    async def start_before(self, document: int, version: int) -> Start | None:
        """The newest revision's text at or before a version from which the journal is unbroken; None if there is none."""

        def work(connection: sqlite3.Connection) -> Start | None:
            row = connection.execute(
                'SELECT version, "commit", path, format, at FROM mark_documents JOIN marks ON marks.id = mark_id'
                " WHERE document_id = :id AND path IS NOT NULL AND version <= :version AND version >="
                " (SELECT min(version) - 1 FROM updates WHERE document_id = :id)"
                " ORDER BY version DESC, mark_id LIMIT 1",
                {"id": document, "version": version},
            ).fetchone()
            return Start(*row) if row else None

        return await self._database.read(work)

    async def updates(self, document: int, after: int, limit: int) -> UpdatesPage:
        """The updates that follow the version `after`: at most `limit`, and not much more than 2 MB of them."""

        def work(connection: sqlite3.Connection) -> UpdatesPage:
            rows = connection.execute(
                "SELECT version, account_id, at, changes FROM updates"
                " WHERE document_id = ? AND version > ? ORDER BY version LIMIT ?",
                (document, after, limit + 1),
            )
            places: dict[int, int] = {}
            pieces: list[bytes] = []
            start, last, size, more = 0, after, 0, False
            for version, account, at, changes in rows:
                if version != last + 1 or len(pieces) == limit or size > _PAGE_BYTES:
                    more = version == last + 1
                    break
                start = start or at
                pieces.append(b"[%d,%d,%b]" % (at - start, places.setdefault(account, len(places)), changes))
                last, size = version, size + len(changes)
            accounts = _accounts(connection, [*places])
            return UpdatesPage(
                start, [accounts[id] for id in places], b"[%b]" % b",".join(pieces), last, more
            )

        return await self._database.read(work)

    async def versions(self, documents: Sequence[int], commits: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Which of the documents each of these commits holds, and its version there, where the journal knows it."""

        def work(connection: sqlite3.Connection) -> dict[str, tuple[int, int]]:
            rows = connection.execute(
                'SELECT "commit", document_id, min(version) FROM mark_documents JOIN marks ON marks.id = mark_id'
                f" WHERE document_id IN ({placeholders(documents)}) AND path IS NOT NULL"
                f' AND "commit" IN ({placeholders(commits)}) GROUP BY 1, 2',
                (*documents, *commits),
            )
            return {commit: (document, version) for commit, document, version in rows}

        return await self._database.read(work)

    async def events(
        self,
        session: str,
        documents: Sequence[int],
        since: float,
        until: float,
        after: Cursor | None,
        limit: int,
    ) -> tuple[list[Event], bool]:
        """Chat messages and the documents' comments between two moments, in order, after `after`; and whether there are more."""

        def work(connection: sqlite3.Connection) -> tuple[list[Event], bool]:
            values = {
                "session": session,
                "since": since,
                "until": until,
                "limit": limit + 1,
            }
            values |= dict(zip(("at", "kind", "id"), after or (since, "", ""), strict=True))
            values |= {f"d{number}": document for number, document in enumerate(documents)}
            these = ", ".join(f":d{number}" for number in range(len(documents)))
            bounds = "at BETWEEN :since AND :until AND at >= :at"
            rows = connection.execute(
                "SELECT * FROM ("
                " SELECT 'chat' AS kind, CAST(id AS TEXT) AS id, at, account_id, '' AS author, text,"
                " NULL AS thread, NULL AS place"
                f" FROM chat WHERE session_id = :session AND {bounds} AND deleted_by IS NULL"
                " UNION ALL"
                " SELECT 'comment', id, at, account_id, author, text, thread,"
                " (SELECT said FROM comments AS root WHERE root.session_id = comments.session_id"
                " AND root.id = comments.thread)"
                f" FROM comments WHERE session_id = :session AND {bounds} AND deleted = 0 AND thread IN"
                f" (SELECT id FROM comments WHERE session_id = :session AND id = thread AND document_id IN ({these}))"
                ") WHERE (at, kind, id) > (:at, :kind, :id) ORDER BY at, kind, id LIMIT :limit",
                values,
            ).fetchall()
            accounts = _accounts(connection, {row[3] for row in rows if row[3] is not None})
            found = [
                Event(kind, id, at, accounts.get(account), author, text, thread, _line(place))
                for kind, id, at, account, author, text, thread, place in rows
            ]
            return found[:limit], len(found) > limit

        return await self._database.read(work)


def _stretches(
    connection: sqlite3.Connection, document: int, first: int, last: int, count: int
) -> list[Stretch]:
    """The updates after `first` up to `last`, in at most so many stretches of as many versions each."""
    size = max(1, -(-(last - first) // count))
    found: list[tuple[int, list[tuple[int, int, int, int]]]] = []
    for start in range(first, last, size):
        # One after another: a grouping of all of them at once has to sort them all.
        rows = connection.execute(
            "SELECT account_id, count(*), min(at), max(at) FROM updates"
            " WHERE document_id = ? AND version > ? AND version <= ? GROUP BY 1 ORDER BY 1",
            (document, start, min(start + size, last)),
        ).fetchall()
        if rows:
            found.append((start, rows))
    accounts = _accounts(connection, {row[0] for _, rows in found for row in rows})
    return [
        Stretch(
            start,
            min(first_at for _, _, first_at, _ in rows),
            max(last_at for _, _, _, last_at in rows),
            [(accounts[account], edits) for account, edits, _, _ in rows],
        )
        for start, rows in found
    ]


def _accounts(connection: sqlite3.Connection, ids: Sequence[int] | set[int]) -> dict[int, Account]:
    rows = connection.execute(
        f"SELECT {Account.COLUMNS} FROM accounts WHERE id IN ({placeholders(ids)})", (*ids,)
    )
    return {account.id: account for account in map(Account.from_row, rows)}


def _line(place: str | None) -> int | None:
    """The first line of what a comment speaks of, from 1."""
    spot = Spot.load(place)
    return spot.range.start_line if spot else None
