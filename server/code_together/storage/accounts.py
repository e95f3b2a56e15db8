"""Accounts: who is known to this server."""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from code_together.config import Settings
from code_together.errors import Conflict, NotAllowed, NotFound, NotLoggedIn, Unprocessable
from code_together.storage.database import Database
from code_together.storage.lines import clean_line
from code_together.storage.passwords import Passwords

COLORS: Final = range(1, 9)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True)
class Account:
    """`color` is 1 to 8. A disabled account cannot log in; it stays, for what it wrote names it."""

    COLUMNS: ClassVar[str] = (
        "accounts.id, accounts.name, accounts.display_name, accounts.color, accounts.admin,"
        " accounts.disabled, accounts.created_at"
    )
    WIDTH: ClassVar[int] = 7
    """How many columns these are."""

    id: int
    name: str
    display_name: str
    color: int
    admin: bool
    disabled: bool
    created_at: float

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> Account:
        """From a row that begins with `COLUMNS`."""
        id, name, display_name, color, admin, disabled, created_at = row[: cls.WIDTH]
        return cls(id, name, display_name, color, bool(admin), bool(disabled), created_at)


class Accounts:
    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._passwords = Passwords(settings)

    async def create(
        self,
        name: str,
        password: str,
        display_name: str | None = None,
        admin: bool | None = None,
        also: Callable[[sqlite3.Connection, int], object] | None = None,
    ) -> Account:
        """A new account, with the colour that the fewest have. `admin` None: the first one is.

        `also` is done with the new account's id in the same transaction; if it raises there is no account.

        Raises `Unprocessable` (`bad_name`, `bad_display_name`, `weak_password`, `bad_password`), `Conflict`
        (`name_taken`) and `TooFast`.
        """
        if not _NAME.fullmatch(name):
            raise Unprocessable(
                "A name has 1 to 32 small letters a-z, digits, - and _, and begins with a letter or digit.",
                code="bad_name",
            )
        shown = self._display_name(name if display_name is None else display_name)
        if await self.by_name(name) is not None:  # before the hashing: a taken name costs nothing
            raise _name_taken(name)
        kept = await self._passwords.hash(password, name)

        def work(connection: sqlite3.Connection) -> Account:
            is_admin = _count(connection) == 0 if admin is None else admin
            try:
                cursor = connection.execute(
                    "INSERT INTO accounts (name, display_name, color, admin, password, created_at)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (name, shown, _least_used_color(connection), is_admin, kept, time.time()),
                )
            except sqlite3.IntegrityError:
                raise _name_taken(name) from None
            assert cursor.lastrowid is not None
            if also is not None:
                also(connection, cursor.lastrowid)
            return _by_id(connection, cursor.lastrowid)

        return await self._database.write(work)

    async def authenticate(self, name: str, password: str) -> Account:
        """The account, if the password is its own.

        Raises `NotLoggedIn` (`bad_login`), the same and after the same time for a wrong password, an
        unknown name and a disabled account (AC2); and `TooFast` if too many wait already.
        """

        def work(connection: sqlite3.Connection) -> tuple[Account, str] | None:
            row = connection.execute(
                f"SELECT {Account.COLUMNS}, password FROM accounts WHERE name = ?", (name,)
            ).fetchone()
            return None if row is None else (Account.from_row(row), row[-1])

        found = await self._database.read(work) if _NAME.fullmatch(name) else None
        right = await self._passwords.verify(password, None if found is None else found[1])
        if found is None or not right or found[0].disabled:
            raise NotLoggedIn("The name or the password is wrong.", code="bad_login")
        return found[0]

    async def password_stamp(self, name: str) -> bytes | None:
        """What changes whenever the account's password does, and tells nothing about it; None: no such account."""

        def work(connection: sqlite3.Connection) -> bytes | None:
            row = connection.execute("SELECT password FROM accounts WHERE name = ?", (name,)).fetchone()
            return None if row is None else hashlib.sha256(row[0].encode()).digest()

        return await self._database.read(work) if _NAME.fullmatch(name) else None

    async def by_id(self, id: int) -> Account | None:
        return await self._one("id", id)

    async def by_name(self, name: str) -> Account | None:
        return await self._one("name", name) if _NAME.fullmatch(name) else None

    async def all(self) -> list[Account]:
        """Every account, by name."""

        def work(connection: sqlite3.Connection) -> list[Account]:
            rows = connection.execute(f"SELECT {Account.COLUMNS} FROM accounts ORDER BY name")
            return [Account.from_row(row) for row in rows]

        return await self._database.read(work)

    async def count(self) -> int:
        return await self._database.read(_count)

    async def change(self, id: int, *, display_name: str | None = None, color: int | None = None) -> Account:
        """Change what is given. Raises `Unprocessable` (`bad_display_name`, `bad_color`) and `NotFound`."""
        shown = None if display_name is None else self._display_name(display_name)
        if color is not None and color not in COLORS:
            raise Unprocessable(f"There is no colour {color}; they are 1 to {COLORS[-1]}.", code="bad_color")

        def work(connection: sqlite3.Connection) -> Account:
            connection.execute(
                "UPDATE accounts SET display_name = coalesce(?, display_name), color = coalesce(?, color)"
                " WHERE id = ?",
                (shown, color, id),
            )
            return _by_id(connection, id)

        return await self._database.write(work)

    async def hash_password(self, password: str, name: str) -> str:
        """What is kept of a password. Raises `Unprocessable` (`weak_password`, `bad_password`) and `TooFast`."""
        return await self._passwords.hash(password, name)

    async def listed(
        self, search: str, after: str, limit: int
    ) -> tuple[list[tuple[Account, float | None]], str | None]:
        """At most `limit` accounts whose name or display name holds `search`, by name, with when each was seen last.

        And the `after` of the next page; None when there are no more.
        """

        def work(connection: sqlite3.Connection) -> tuple[list[tuple[Account, float | None]], str | None]:
            rows = connection.execute(
                f"SELECT {Account.COLUMNS}, last_seen_at FROM accounts"
                " WHERE name > :after AND (instr(name, lower(:search)) OR instr(lower(display_name), lower(:search)))"
                " ORDER BY name LIMIT :limit",
                {"after": after, "search": search, "limit": limit + 1},
            ).fetchall()
            page = [(Account.from_row(row), row[-1]) for row in rows[:limit]]
            return page, page[-1][0].name if len(rows) > limit and page else None

        return await self._database.read(work)

    async def administer(
        self, by: int, id: int, *, disabled: bool | None = None, admin: bool | None = None
    ) -> Account:
        """What an admin, who is still one, changes of another account; a disabled one's logins end.

        Of two admins who disable each other at once one stays. Raises `NotAllowed`, `NotFound`, `Conflict` (`own_account`).
        """
        if by == id:
            raise Conflict("Another admin must do that to your own account.", code="own_account")

        def work(connection: sqlite3.Connection) -> Account:
            actor = _by_id(connection, by)
            if actor.disabled or not actor.admin:
                raise NotAllowed("You are no admin any more.", code="not_admin")
            connection.execute(
                "UPDATE accounts SET disabled = coalesce(?, disabled), admin = coalesce(?, admin) WHERE id = ?",
                (disabled, admin, id),
            )
            if disabled:
                connection.execute("DELETE FROM logins WHERE account_id = ?", (id,))
            return _by_id(connection, id)

        return await self._database.write(work)

    async def disabled_among(self, ids: Collection[int]) -> set[int]:
        """Those of the accounts that are disabled."""

        def work(connection: sqlite3.Connection) -> set[int]:
            rows = connection.execute("SELECT id FROM accounts WHERE disabled")
            return {id for (id,) in rows} & set(ids)

        return await self._database.read(work)

    async def set_password(self, id: int, new: str) -> None:
        """Give the account another password; ending its logins is the caller's (AC4).

        Raises `Unprocessable` (`weak_password`, `bad_password`), `NotFound` and `TooFast`.
        """
        account = await self.by_id(id)
        if account is None:
            raise _no_account()
        kept = await self._passwords.hash(new, account.name)
        await self._database.write(
            lambda connection: connection.execute("UPDATE accounts SET password = ? WHERE id = ?", (kept, id))
        )

    async def appoint(self, id: int, admin: bool = True) -> None:
        """Make an account an administrator, or one no longer; for the shell, which needs nobody's leave."""
        await self._database.write(
            lambda connection: connection.execute("UPDATE accounts SET admin = ? WHERE id = ?", (admin, id))
        )

    async def disable(self, id: int, disabled: bool = True) -> None:
        """Keep the account from logging in, and end its logins; or let it in again. Raises `NotFound`."""

        def work(connection: sqlite3.Connection) -> None:
            if not connection.execute(
                "UPDATE accounts SET disabled = ? WHERE id = ?", (disabled, id)
            ).rowcount:
                raise _no_account()
            if disabled:
                connection.execute("DELETE FROM logins WHERE account_id = ?", (id,))

        await self._database.write(work)

    async def _one(self, column: str, value: int | str) -> Account | None:
        def work(connection: sqlite3.Connection) -> Account | None:
            row = connection.execute(
                f"SELECT {Account.COLUMNS} FROM accounts WHERE {column} = ?", (value,)
            ).fetchone()
            return None if row is None else Account.from_row(row)

        return await self._database.read(work)

    def _display_name(self, text: str) -> str:
        # < and > would end the name in a Git author
        return clean_line(
            text, self._settings.title_length, what="display name", code="bad_display_name", refused="<>"
        )


def _by_id(connection: sqlite3.Connection, id: int) -> Account:
    row = connection.execute(f"SELECT {Account.COLUMNS} FROM accounts WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise _no_account()
    return Account.from_row(row)


def _count(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM accounts").fetchone()
    return int(count)


def _least_used_color(connection: sqlite3.Connection) -> int:
    used: dict[int, int] = dict(
        connection.execute("SELECT color, count(*) FROM accounts GROUP BY color").fetchall()
    )
    return min(COLORS, key=lambda color: used.get(color, 0))


def _name_taken(name: str) -> Conflict:
    return Conflict(f"The name {name} is taken; choose another one.", code="name_taken")


def _no_account() -> NotFound:
    return NotFound("There is no such account.")
