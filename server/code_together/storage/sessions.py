"""Sessions and who may do what in them."""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import secrets
import sqlite3
import string
import time
from dataclasses import dataclass
from typing import Any, Final, Literal

from code_together.config import Settings
from code_together.errors import Conflict, NotFound, Unprocessable
from code_together.session.roles import Role, at_least
from code_together.storage.accounts import Account
from code_together.storage.database import Database
from code_together.storage.lines import clean_line

Visibility = Literal["private", "lan"]

VISIBILITIES: Final = ("private", "lan")
LAN_ROLES: Final = (Role.VIEWER.value, Role.EDITOR.value)
_ID_LETTERS: Final = string.ascii_lowercase + string.digits
_ID_LENGTH: Final = 12


@dataclass(frozen=True)
class SessionRow:
    """`visibility` is `private` (members only) or `lan`: every account has `lan_role`, viewer or editor."""

    id: str
    title: str
    visibility: Visibility
    archived: bool
    created_at: float
    active_at: float
    lan_role: str


_ROW: Final = "sessions.id, title, visibility, archived, sessions.created_at, sessions.active_at, lan_role"


class Sessions:
    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def create(self, title: str, visibility: Visibility, owner: int) -> SessionRow:
        """A new session with its first member. Raises `Unprocessable` (`bad_title`, `bad_visibility`)."""
        session = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
        title = self._title(title)
        _check_visibility(visibility)

        def work(connection: sqlite3.Connection) -> SessionRow:
            at = time.time()
            connection.execute(
                "INSERT INTO sessions (id, title, visibility, created_at, active_at) VALUES (?, ?, ?, ?, ?)",
                (session, title, visibility, at, at),
            )
            connection.execute(
                "INSERT INTO members (session_id, account_id, role, added_at) VALUES (?, ?, 'owner', ?)",
                (session, owner, at),
            )
            return SessionRow(session, title, visibility, False, at, at, Role.VIEWER)

        return await self._database.write(work)

    async def get(self, session: str) -> SessionRow | None:
        return await self._database.read(lambda connection: _get(connection, session))

    async def change(
        self,
        session: str,
        title: str | None = None,
        visibility: Visibility | None = None,
        archived: bool | None = None,
        lan_role: str | None = None,
    ) -> SessionRow:
        """Change what is given. Raises `Unprocessable` (`bad_title`, `bad_visibility`, `bad_role`) and `NotFound`."""
        if title is not None:
            title = self._title(title)
        if visibility is not None:
            _check_visibility(visibility)
        if lan_role is not None and lan_role not in LAN_ROLES:
            raise Unprocessable("Everyone on the network is a viewer or an editor.", code="bad_role")

        def work(connection: sqlite3.Connection) -> SessionRow:
            connection.execute(
                "UPDATE sessions SET title = coalesce(?, title), visibility = coalesce(?, visibility),"
                " archived = coalesce(?, archived), lan_role = coalesce(?, lan_role) WHERE id = ?",
                (title, visibility, archived, lan_role, session),
            )
            return _get(connection, session) or _raise_no_session()

        return await self._database.write(work)

    async def delete(self, session: str) -> bool:
        """Delete the session with its members, chat, marks and journal; False if there was none."""
        return await self._database.write(
            lambda connection: (
                connection.execute("DELETE FROM sessions WHERE id = ?", (session,)).rowcount == 1
            )
        )

    async def entered_by(self, session: str, account: int) -> tuple[SessionRow, str] | None:
        """The session, and the account's `role` in it; None if there is none of either."""

        def work(connection: sqlite3.Connection) -> tuple[SessionRow, str] | None:
            row = _get(connection, session)
            role = row and _better(role_of_member(connection, session, account), row)
            return (row, role) if row and role else None

        return await self._database.read(work)

    async def role(self, session: str, account: int) -> str | None:
        """The account's role as a member, or what the session gives to all if that is more; None if it has neither."""

        return await self._database.read(lambda connection: role_of(connection, session, account))

    async def members(self, session: str) -> list[tuple[Account, str]]:
        """The members with their roles, in the order in which they came."""

        def work(connection: sqlite3.Connection) -> list[tuple[Account, str]]:
            rows = connection.execute(
                f"SELECT {Account.COLUMNS}, role FROM members JOIN accounts ON accounts.id = account_id"
                " WHERE session_id = ? ORDER BY added_at, account_id",
                (session,),
            )
            return [(Account.from_row(row), row[-1]) for row in rows]

        return await self._database.read(work)

    async def set_role(self, session: str, account: int, role: str) -> None:
        """Make the account a member with this role, or change its role.

        Raises `Unprocessable` (`bad_role`), `NotFound` if the session or account is gone, `Conflict`
        (`last_owner`).
        """
        if role not in tuple(Role):
            raise Unprocessable(
                f"There is no role {role!r}; the roles are {', '.join(Role)}.", code="bad_role"
            )

        def work(connection: sqlite3.Connection) -> None:
            if role != Role.OWNER:
                _keep_an_owner(connection, session, account)
            try:
                set_member(connection, session, account, role)
            except sqlite3.IntegrityError:
                raise NotFound("There is no such session or account.") from None

        await self._database.write(work)

    async def remove(self, session: str, account: int) -> None:
        """End the membership. Raises `NotFound` if there is none, `Conflict` (`last_owner`)."""

        def work(connection: sqlite3.Connection) -> None:
            _keep_an_owner(connection, session, account)
            removed = connection.execute(
                "DELETE FROM members WHERE session_id = ? AND account_id = ?", (session, account)
            ).rowcount
            if not removed:
                raise NotFound("There is no such member in this session.")

        await self._database.write(work)

    async def of_account(self, account: int) -> list[tuple[SessionRow, str]]:
        """The sessions that the account sees, with its role: its own, and those open to the LAN.

        Those with the newest activity (a revision, a chat message) come first.
        """

        def work(connection: sqlite3.Connection) -> list[tuple[SessionRow, str]]:
            rows = connection.execute(
                f"SELECT {_ROW}, role FROM members JOIN sessions ON sessions.id = session_id"
                " WHERE account_id = :account"
                f" UNION ALL SELECT {_ROW}, lan_role FROM sessions WHERE visibility = 'lan'"
                " AND sessions.id NOT IN (SELECT session_id FROM members WHERE account_id = :account)"
                " ORDER BY active_at DESC, id",
                {"account": account},
            )
            return [
                (session, _better(row[-1], session) or row[-1]) for row in rows for session in [_row(row)]
            ]

        return await self._database.read(work)

    async def overview(
        self, offset: int, limit: int
    ) -> tuple[list[tuple[SessionRow, int, list[str]]], int | None]:
        """At most `limit` of all sessions, the newest activity first: (session, how many members, its owners' names).

        And the `offset` of the next page; None when there are no more.
        """

        def work(
            connection: sqlite3.Connection,
        ) -> tuple[list[tuple[SessionRow, int, list[str]]], int | None]:
            rows = connection.execute(
                f"SELECT {_ROW}, (SELECT count(*) FROM members WHERE session_id = sessions.id)"
                " FROM sessions ORDER BY active_at DESC, id LIMIT ? OFFSET ?",
                (limit + 1, offset),
            ).fetchall()
            page = [(_row(row), int(row[-1]), _owners(connection, row[0])) for row in rows[:limit]]
            return page, offset + limit if len(rows) > limit else None

        return await self._database.read(work)

    async def count(self) -> int:
        def work(connection: sqlite3.Connection) -> int:
            (count,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
            return int(count)

        return await self._database.read(work)

    def _title(self, title: str) -> str:
        return clean_line(title, self._settings.title_length, what="title", code="bad_title")


def note_activity(connection: sqlite3.Connection, session: str, at: float) -> None:
    """Something was made in the session; part of the transaction that keeps what it was."""
    connection.execute("UPDATE sessions SET active_at = ? WHERE id = ?", (at, session))


def _get(connection: sqlite3.Connection, session: str) -> SessionRow | None:
    row = connection.execute(f"SELECT {_ROW} FROM sessions WHERE id = ?", (session,)).fetchone()
    return None if row is None else _row(row)


def _row(row: tuple[Any, ...]) -> SessionRow:
    session, title, visibility, archived, created_at, active_at, lan_role = row[:7]
    return SessionRow(session, title, visibility, bool(archived), created_at, active_at, lan_role)


def role_of(connection: sqlite3.Connection, session: str, account: int) -> str | None:
    """`Sessions.role`, as a part of somebody's transaction."""
    row = _get(connection, session)
    return None if row is None else _better(role_of_member(connection, session, account), row)


def _better(role: str | None, session: SessionRow) -> str | None:
    """A member's role, or what the session gives to everyone, whichever allows more."""
    if session.visibility == "lan" and (role is None or not at_least(role, session.lan_role)):
        return session.lan_role
    return role


def role_of_member(connection: sqlite3.Connection, session: str, account: int) -> str | None:
    """The account's role as a member, or None."""
    row = connection.execute(
        "SELECT role FROM members WHERE session_id = ? AND account_id = ?", (session, account)
    ).fetchone()
    return None if row is None else str(row[0])


def set_member(connection: sqlite3.Connection, session: str, account: int, role: str) -> None:
    """Make the account a member, or change its role; part of somebody's transaction, who has checked that it may be."""
    connection.execute(
        "INSERT INTO members (session_id, account_id, role, added_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET role = excluded.role",
        (session, account, role, time.time()),
    )


def _owners(connection: sqlite3.Connection, session: str) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM members JOIN accounts ON accounts.id = account_id"
        " WHERE session_id = ? AND role = 'owner' ORDER BY added_at, account_id",
        (session,),
    )
    return [name for (name,) in rows]


def _keep_an_owner(connection: sqlite3.Connection, session: str, account: int) -> None:
    if role_of_member(connection, session, account) != Role.OWNER:
        return
    (owners,) = connection.execute(
        "SELECT count(*) FROM members WHERE session_id = ? AND role = 'owner'", (session,)
    ).fetchone()
    if owners == 1:
        raise Conflict(
            "This is the session's last owner. Make someone else an owner first.", code="last_owner"
        )


def _check_visibility(visibility: str) -> None:
    if visibility not in VISIBILITIES:
        raise Unprocessable(
            f"A session cannot be {visibility!r}; it is {' or '.join(VISIBILITIES)}.", code="bad_visibility"
        )


def _raise_no_session() -> SessionRow:
    raise NotFound("There is no such session.")
