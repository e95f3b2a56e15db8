"""One-time links by which someone sets a new password; the database has the SHA-256 of their secret only."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable

from code_together.config import Settings
from code_together.errors import Gone
from code_together.storage.accounts import Account, Accounts
from code_together.storage.database import Database
from code_together.storage.logins import hash_secret


class Resets:
    def __init__(
        self,
        database: Database,
        settings: Settings,
        accounts: Accounts,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._seconds = settings.reset_hours * 3600
        self._accounts = accounts
        self._clock = clock

    async def create(self, account: int) -> tuple[str, float]:
        """A new link for the account, in place of the one it had: (its secret, when it expires)."""
        secret = secrets.token_urlsafe(32)
        expires_at = self._clock() + self._seconds
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO resets (account_id, secret_hash, expires_at) VALUES (?, ?, ?)"
                " ON CONFLICT (account_id) DO UPDATE"
                " SET secret_hash = excluded.secret_hash, expires_at = excluded.expires_at",
                (account, hash_secret(secret), expires_at),
            )
        )
        return secret, expires_at

    async def use(self, secret: str, password: str) -> tuple[Account, list[bytes]]:
        """Give the link's account this password, and end its logins: (the account, the hashes of those).

        Of several at once one wins. Raises `Gone` (`reset_gone`) for a link that is used, expired, replaced or unknown, and
        what `Accounts.hash_password` raises: then the link is as good as before.
        """
        hashed, now = hash_secret(secret), self._clock()

        def find(connection: sqlite3.Connection) -> int | None:
            row = connection.execute(
                "SELECT account_id FROM resets JOIN accounts ON accounts.id = account_id AND NOT disabled"
                " WHERE secret_hash = ? AND expires_at > ?",
                (hashed, now),
            ).fetchone()
            return None if row is None else int(row[0])

        id = await self._database.read(find)  # before the hashing: a guess costs nothing
        account = None if id is None else await self._accounts.by_id(id)
        if account is None:
            raise _gone()
        kept = await self._accounts.hash_password(password, account.name)

        def work(connection: sqlite3.Connection) -> list[bytes]:
            if find(connection) != account.id:
                raise _gone()
            connection.execute("DELETE FROM resets WHERE account_id = ?", (account.id,))
            connection.execute("UPDATE accounts SET password = ? WHERE id = ?", (kept, account.id))
            rows = connection.execute(
                "DELETE FROM logins WHERE account_id = ? RETURNING id_hash", (account.id,)
            )
            return [login for (login,) in rows.fetchall()]

        return account, await self._database.write(work)


def _gone() -> Gone:
    return Gone(
        "This link was used or has expired. Ask whoever runs the server for another one.", code="reset_gone"
    )
