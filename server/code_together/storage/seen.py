"""Up to where each person has seen each session: the newest revision when they were last there."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from code_together.storage.database import Database


@dataclass(frozen=True)
class Sight:
    """`revision` is None if the session had none then; `at` is the moment."""

    revision: str | None
    at: float


class Seen:
    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, session: str, accounts: Iterable[int], revision: str | None) -> None:
        """These people are going, at this revision. Nothing is kept of a session that is no longer there."""
        at = self._clock()
        rows = [(account, revision, at, session) for account in accounts]
        if not rows:
            return
        await self._database.write(
            lambda connection: connection.executemany(
                "INSERT OR REPLACE INTO seen (session_id, account_id, revision, at)"
                " SELECT id, ?, ?, ? FROM sessions WHERE id = ?",
                rows,
            )
        )

    async def last(self, session: str, account: int) -> Sight | None:
        """What the person had seen when they last went; None if they never were there."""

        def work(connection: sqlite3.Connection) -> Sight | None:
            row = connection.execute(
                "SELECT revision, at FROM seen WHERE session_id = ? AND account_id = ?", (session, account)
            ).fetchone()
            return None if row is None else Sight(*row)

        return await self._database.read(work)
