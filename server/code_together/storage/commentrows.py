"""A comment as the index has it: one row of the database, read and written by `storage.comments` and its like."""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from typing import Any, Final

from code_together.session.lines import LineRange, Span


@dataclass(frozen=True)
class Spot:
    """A stretch of a text: in units, and in lines for people."""

    span: Span
    range: LineRange

    def dump(self) -> str:
        return json.dumps([*self.span, *astuple(self.range)])

    @classmethod
    def load(cls, text: str | None) -> Spot | None:
        if text is None:
            return None
        start, end, *range = json.loads(text)
        return cls((start, end), LineRange(*range))


@dataclass(frozen=True)
class Comment:
    """A comment as it stands now.

    `commit` is the one that its note is on, `line` its first line there. `account` is None for who came with a push, `author` the e-mail
    address; `at` is no later than when it came in
    then. `newest` is the timestamp of its newest line. `resolved` is what its own lines say (None: nothing), `settled` how its thread stands.
    `revision`, `said_path` and `said` are where it speaks; `said` is None when it speaks of a whole file. `document`, `path`, `version` and
    `place` are where that text is: at `version` of the document; `version` None says that nobody has looked yet.
    """

    id: str
    commit: str
    line: str
    parent: str | None
    thread: str
    account: int | None
    author: str
    at: float
    edited_at: float | None
    newest: int
    text: str
    resolved: bool | None
    settled: bool
    deleted: bool
    revision: str
    said_path: str | None
    said: Spot | None
    quote: str
    document: int | None = None
    path: str | None = None
    version: int | None = None
    place: Spot | None = None
    outdated: bool = False


COLUMNS: Final = (
    'id, "commit", line, parent, thread, account_id, author, at, edited_at, newest, text, resolved, settled,'
    " deleted, revision, said_path, said, quote, document_id, path, version, place, outdated"
)
_CONTENT: Final = (
    '"commit"', "line", "parent", "thread", "account_id", "author", "at", "edited_at", "newest", "text",
    "resolved", "settled", "deleted", "revision", "said_path", "said", "quote",
)  # fmt: skip
# Whoever is no account may claim any time; one that was to come when the comment came in is no later since.
_AT: Final = "at = iif(excluded.account_id IS NULL, min(at, excluded.at), excluded.at)"
_CHANGES: Final = ", ".join(_AT if column == "at" else f"{column} = excluded.{column}" for column in _CONTENT)
# Of a thread: something of it is left.
SHOWN: Final = (
    "(thread.deleted = 0 OR EXISTS (SELECT 1 FROM comments AS reply WHERE reply.session_id = thread.session_id"
    " AND reply.thread = thread.id AND reply.deleted = 0))"
)


def get(connection: sqlite3.Connection, session: str, id: str) -> Comment | None:
    """A comment of a session."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM comments WHERE session_id = ? AND id = ?", (session, id)
    ).fetchone()
    return None if row is None else from_row(row)


def thread(connection: sqlite3.Connection, session: str, id: str) -> list[Comment]:
    """A thread's comments, the first one first; nothing when all are deleted."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM comments WHERE session_id = ? AND thread = ? AND (deleted = 0 OR id = thread)"
        " ORDER BY id <> thread, at, id",
        (session, id),
    )
    found = [from_row(row) for row in rows]
    return found if len(found) > 1 or (found and not found[0].deleted) else []


def from_row(row: tuple[Any, ...]) -> Comment:
    """What a row of `COLUMNS` says."""
    comment = Comment(*row)
    return replace(
        comment,
        resolved=None if comment.resolved is None else bool(comment.resolved),
        settled=bool(comment.settled),
        deleted=bool(comment.deleted),
        said=Spot.load(row[16]),
        place=Spot.load(row[21]),
        outdated=bool(comment.outdated),
    )


def put(connection: sqlite3.Connection, session: str, comment: Comment) -> None:
    """Keeps a comment; of one that is known, what it says changes, not where it is."""
    row = (
        comment.id,
        comment.commit,
        comment.line,
        comment.parent,
        comment.thread,
        comment.account,
        comment.author,
        comment.at,
        comment.edited_at,
        comment.newest,
        comment.text,
        comment.resolved,
        comment.settled,
        comment.deleted,
        comment.revision,
        comment.said_path,
        comment.said and comment.said.dump(),
        comment.quote,
        comment.document,
        comment.path,
        comment.version,
        comment.place and comment.place.dump(),
        comment.outdated,
    )
    connection.execute(
        f"INSERT INTO comments (session_id, {COLUMNS}) VALUES ({', '.join('?' * (len(row) + 1))})"
        f" ON CONFLICT DO UPDATE SET {_CHANGES}",
        (session, *row),
    )


def mention(
    connection: sqlite3.Connection,
    session: str,
    id: str,
    accounts: Iterable[int],
    at: float,
    read_at: float | None = None,
) -> None:
    """Notes whom a comment mentions. Who it mentioned already is not called again; who it no longer mentions is forgotten."""
    called = set(accounts)
    for (account,) in connection.execute(
        "SELECT account_id FROM comment_mentions WHERE session_id = ? AND comment_id = ?", (session, id)
    ).fetchall():
        if account not in called:
            connection.execute(
                "DELETE FROM comment_mentions WHERE session_id = ? AND account_id = ? AND comment_id = ?",
                (session, account, id),
            )
    connection.executemany(
        "INSERT OR IGNORE INTO comment_mentions (session_id, account_id, comment_id, at, read_at)"
        " VALUES (?, ?, ?, ?, ?)",
        [(session, account, id, at, read_at) for account in called],
    )
