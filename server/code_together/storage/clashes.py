"""Places where a push and what was changed here met, kept until somebody settles them (PU10)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from code_together.storage.database import Database


@dataclass(frozen=True, slots=True)
class Clash:
    """`id` is the session's own, `people` the names of the accounts whom it concerns, `body` what they are told of it."""

    id: str
    people: Sequence[str]
    body: dict[str, Any]


class Clashes:
    """They are added with the mark of the push that made them: see `journal.NewMark`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, session: str) -> list[Clash]:
        """All of a session that are not settled, the oldest first."""

        def work(connection: sqlite3.Connection) -> list[Clash]:
            rows = connection.execute(
                "SELECT id, people, body FROM clashes WHERE session_id = ? ORDER BY number", (session,)
            )
            return [Clash(id, json.loads(people), json.loads(body)) for id, people, body in rows]

        return await self._database.read(work)

    async def drop(self, session: str, ids: Iterable[str]) -> None:
        """Forgets some; those that are not there are passed over."""
        rows = [(session, id) for id in ids]
        await self._database.write(
            lambda connection: connection.executemany(
                "DELETE FROM clashes WHERE session_id = ? AND id = ?", rows
            )
        )


def insert(connection: sqlite3.Connection, session: str, clashes: Iterable[Clash]) -> None:
    connection.executemany(
        "INSERT INTO clashes (session_id, id, people, body) VALUES (?, ?, ?, ?)",
        [(session, one.id, json.dumps(one.people), json.dumps(one.body)) for one in clashes],
    )
