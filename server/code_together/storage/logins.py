"""Logins: what a browser's cookie stands for. It holds a random secret, the database its SHA-256 (AC3)."""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from code_together.config import Settings
from code_together.storage.accounts import Account
from code_together.storage.database import Database

_DAY: Final = 86_400.0
_TOUCH_SECONDS: Final = 60.0
_AGENT_LENGTH: Final = 300


@dataclass(frozen=True)
class Login:
    """Times are seconds since the epoch. `data` is what the web framework keeps with it."""

    hash: bytes
    account: Account
    data: dict[str, Any]
    created_at: float
    last_seen_at: float
    expires_at: float
    address: str
    agent: str

    @property
    def id(self) -> str:
        """What the login may be called by in public: it leads neither to the secret nor to its hash."""
        return hashlib.sha256(b"public id of a login\0" + self.hash).hexdigest()[:20]


_COLUMNS: Final = (
    f"{Account.COLUMNS}, id_hash, data, logins.created_at, logins.last_seen_at, expires_at, address, agent"
)


def hash_secret(secret: str) -> bytes:
    """What the database knows a login or token by. A plain hash will do: the secrets are 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class Logins:
    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._longest = settings.login_days * _DAY
        self._idle = settings.login_idle_days * _DAY
        self._clock = clock

    async def create(self, account: int, address: str, agent: str) -> str:
        """A new login, and its secret for the cookie. Those that have ended are swept out on the way."""
        secret = secrets.token_urlsafe(32)
        now = self._clock()
        row = (hash_secret(secret), account, now, now, now + self._longest, _clean(address), _clean(agent))

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM logins WHERE expires_at <= ?", (now,))
            connection.execute("DELETE FROM logins WHERE last_seen_at <= ?", (now - self._idle,))
            connection.execute(
                "INSERT INTO logins"
                " (id_hash, account_id, data, created_at, last_seen_at, expires_at, address, agent)"
                " VALUES (?, ?, '{}', ?, ?, ?, ?, ?)",
                row,
            )
            connection.execute("UPDATE accounts SET last_seen_at = ? WHERE id = ?", (now, account))

        await self._database.write(work)
        return secret

    async def find(self, secret: str) -> Login | None:
        """The login, unless it has ended or was not used for too long, or its account is disabled."""
        found = await self._select("id_hash = ?", hash_secret(secret))
        return found[0] if found else None

    async def of_account(self, account: int) -> list[Login]:
        """The logins of the account that stand, the last used first."""
        return await self._select("account_id = ?", account)

    def touch(self, login: Login) -> None:
        """Note that the login is in use, once a minute at the most. Returns before that is written.

        Nobody waits for it, and nobody hears if it fails: a full disk must not keep people from reading.
        """
        now = self._clock()
        if login.last_seen_at > now - _TOUCH_SECONDS:
            return

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE logins SET last_seen_at = ? WHERE id_hash = ?", (now, login.hash))
            connection.execute("UPDATE accounts SET last_seen_at = ? WHERE id = ?", (now, login.account.id))

        self._database.submit(work)

    async def save(self, secret: str, data: dict[str, Any]) -> None:
        """Keep `data` (JSON) with the login; nothing happens if it has ended."""
        parameters = (json.dumps(data), hash_secret(secret))
        await self._database.write(
            lambda connection: connection.execute("UPDATE logins SET data = ? WHERE id_hash = ?", parameters)
        )

    async def end(self, secret: str) -> None:
        """End the login, if it stands."""
        await self._end(hash_secret(secret))

    async def end_one(self, account: int, id: str) -> bytes | None:
        """End the account's login with this public id; gives its hash, None if there is no such login."""
        for login in await self.of_account(account):
            if login.id == id:
                await self._end(login.hash)
                return login.hash
        return None

    async def standing(self, hashes: Collection[bytes]) -> set[bytes]:
        """Those of the logins that still stand, of accounts that are not disabled."""
        now = self._clock()

        def work(connection: sqlite3.Connection) -> set[bytes]:
            found: set[tuple[bytes]] = set()
            for hash in hashes:
                found.update(
                    connection.execute(
                        "SELECT id_hash FROM logins JOIN accounts ON accounts.id = account_id AND NOT disabled"
                        " WHERE id_hash = ? AND expires_at > ? AND logins.last_seen_at > ?",
                        (hash, now, now - self._idle),
                    )
                )
            return {hash for (hash,) in found}

        return await self._database.read(work)

    async def end_all(self, account: int, except_secret: str | None = None) -> list[bytes]:
        """End the account's logins, all but that of `except_secret`; gives the hashes of those (AC4)."""
        kept = b"" if except_secret is None else hash_secret(except_secret)

        def work(connection: sqlite3.Connection) -> list[bytes]:
            rows = connection.execute(
                "DELETE FROM logins WHERE account_id = ? AND id_hash <> ? RETURNING id_hash", (account, kept)
            )
            return [hash for (hash,) in rows.fetchall()]

        return await self._database.write(work)

    async def _end(self, hash: bytes) -> None:
        await self._database.write(
            lambda connection: connection.execute("DELETE FROM logins WHERE id_hash = ?", (hash,))
        )

    async def _select(self, condition: str, value: bytes | int) -> list[Login]:
        now = self._clock()

        def work(connection: sqlite3.Connection) -> list[Login]:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM logins JOIN accounts ON accounts.id = account_id AND NOT disabled"
                f" WHERE {condition} AND expires_at > ? AND logins.last_seen_at > ? ORDER BY logins.last_seen_at DESC",
                (value, now, now - self._idle),
            )
            return [_login(row) for row in rows]

        return await self._database.read(work)


def _login(row: tuple[Any, ...]) -> Login:
    """From a row of `_COLUMNS`."""
    hash, data, *rest = row[Account.WIDTH :]
    return Login(hash, Account.from_row(row), json.loads(data), *rest)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")[:_AGENT_LENGTH]
