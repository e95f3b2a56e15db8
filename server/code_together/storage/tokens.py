"""Access tokens: what scripts and git use in place of a password. The database has their SHA-256 only."""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import math
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Literal, get_args

from code_together.config import Settings
from code_together.errors import Unprocessable
from code_together.storage.database import Database
from code_together.storage.lines import clean_line
from code_together.storage.logins import hash_secret

Scope = Literal["read", "write"]

PREFIX: Final = "ct_"
"""Lets people, and programs that search for leaked secrets, know one when they see it."""
LONGEST_DAYS: Final = 3650.0
_DAY: Final = 86_400.0
_USED_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Token:
    """Times are seconds since the epoch. `expires_at` None: never; `last_used_at` None: not yet."""

    id: int
    account: int
    label: str
    scope: Scope
    created_at: float
    expires_at: float | None
    last_used_at: float | None


_COLUMNS: Final = "tokens.id, account_id, label, scope, tokens.created_at, expires_at, last_used_at"


class Tokens:
    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    async def create(
        self,
        account: int,
        label: str,
        scope: str,
        expires_days: float | None = None,
        made_with: int | None = None,
    ) -> tuple[int, str]:
        """A new token: (its id, its text, shown this once).

        `made_with` is the token that asks for it; the new one ends when that would, at the latest.
        Raises `Unprocessable` (`bad_label`, `bad_scope`, `bad_expiry`).
        """
        label = clean_line(label, self._settings.title_length, what="label", code="bad_label")
        if scope not in get_args(Scope):
            raise Unprocessable(f"There is no scope {scope!r}; it is read or write.", code="bad_scope")
        if expires_days is not None and not (
            math.isfinite(expires_days) and 0 < expires_days <= LONGEST_DAYS
        ):
            raise Unprocessable(
                f"A token lasts for more than 0 and up to {LONGEST_DAYS:.0f} days.", code="bad_expiry"
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        now = self._clock()
        expires_at = None if expires_days is None else now + expires_days * _DAY

        def work(connection: sqlite3.Connection) -> int:
            own = connection.execute("SELECT expires_at FROM tokens WHERE id = ?", (made_with,)).fetchone()
            ends = min((end for end in (expires_at, *(own or ())) if end is not None), default=None)
            cursor = connection.execute(
                "INSERT INTO tokens (account_id, label, scope, secret_hash, created_at, expires_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (account, label, scope, hash_secret(secret), now, ends),
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid

        return await self._database.write(work), secret

    async def find(self, secret: str) -> Token | None:
        """The token, unless its time is over or its account disabled. Notes its use once a minute at most."""
        if not secret.startswith(PREFIX):
            return None
        now = self._clock()
        parameters = (hash_secret(secret), now)

        def work(connection: sqlite3.Connection) -> Token | None:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM tokens JOIN accounts ON accounts.id = account_id AND NOT disabled"
                " WHERE secret_hash = ? AND (expires_at IS NULL OR expires_at > ?)",
                parameters,
            ).fetchone()
            return None if row is None else Token(*row)

        token = await self._database.read(work)
        if token is not None and (token.last_used_at is None or token.last_used_at <= now - _USED_SECONDS):
            id, account = token.id, token.account

            def note(connection: sqlite3.Connection) -> None:
                connection.execute("UPDATE tokens SET last_used_at = ? WHERE id = ?", (now, id))
                connection.execute("UPDATE accounts SET last_seen_at = ? WHERE id = ?", (now, account))

            self._database.submit(note)  # not waited for: a full disk must not keep people from reading
        return token

    async def standing(self, ids: Collection[int]) -> set[int]:
        """Those of the tokens that are there, whose time is not over, of accounts that are not disabled."""
        now = self._clock()

        def work(connection: sqlite3.Connection) -> set[int]:
            found: set[tuple[int]] = set()
            for id in ids:
                found.update(
                    connection.execute(
                        "SELECT tokens.id FROM tokens JOIN accounts ON accounts.id = account_id AND NOT disabled"
                        " WHERE tokens.id = ? AND (expires_at IS NULL OR expires_at > ?)",
                        (id, now),
                    )
                )
            return {id for (id,) in found}

        return await self._database.read(work)

    async def list(self, account: int) -> list[Token]:
        """The account's tokens, those whose time is over included, oldest first."""

        def work(connection: sqlite3.Connection) -> list[Token]:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM tokens WHERE account_id = ? ORDER BY id", (account,)
            )
            return [Token(*row) for row in rows]

        return await self._database.read(work)

    async def delete(self, account: int, id: int) -> bool:
        """Delete a token of the account; False if it has none with this id."""
        return await self._database.write(
            lambda connection: (
                connection.execute(
                    "DELETE FROM tokens WHERE account_id = ? AND id = ?", (account, id)
                ).rowcount
                == 1
            )
        )
