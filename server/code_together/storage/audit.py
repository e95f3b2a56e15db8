"""Who did what to accounts, sessions and the server: names and times, no secrets, nothing of what people wrote."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from code_together.config import Settings
from code_together.storage.database import Database

_DAY: Final = 86_400.0

Action = Literal[
    "account_made",
    "account_disabled",
    "account_enabled",
    "admin_given",
    "admin_taken",
    "password_changed",
    "reset_link_made",
    "password_reset",
    "logins_ended",
    "token_made",
    "token_ended",
    "registration_changed",
    "session_made",
    "session_renamed",
    "session_opened_to",
    "session_archived",
    "session_unarchived",
    "session_deleted",
    "member_added",
    "role_changed",
    "member_joined",
    "member_removed",
    "member_left",
    "restored",
    "reverted",
    "files_imported",
    "files_replaced",
    "invite_made",
    "invite_ended",
]


@dataclass(frozen=True)
class AuditEntry:
    """`actor` is the name of the account that did it, None for the server's own command line; `target` whom or what it was
    done to; `title` the session's at that time."""

    id: int
    at: float
    actor: str | None
    action: Action
    session: str | None
    title: str | None
    target: str | None
    detail: str | None


class Audit:
    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._kept = settings.audit_days * _DAY
        self._clock = clock

    async def add(
        self,
        action: Action,
        actor: str | None,
        *,
        session: tuple[str, str] | None = None,
        target: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Note what was done; `session` is its id and title. What is older than is kept is swept out on the way."""
        now = self._clock()
        id, title = session or (None, None)

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM audit WHERE at < ?", (now - self._kept,))
            connection.execute(
                "INSERT INTO audit (at, actor, action, session_id, session_title, target, detail)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (now, actor, action, id, title, target, detail),
            )

        await self._database.write(work)

    async def page(self, before: int | None, limit: int) -> tuple[list[AuditEntry], int | None]:
        """At most `limit` entries older than the entry `before` (None: the newest), newest first.

        And the `before` of the next page; None when there are no older ones.
        """
        end = 2**63 - 1 if before is None else before

        def work(connection: sqlite3.Connection) -> tuple[list[AuditEntry], int | None]:
            rows = connection.execute(
                "SELECT id, at, actor, action, session_id, session_title, target, detail FROM audit"
                " WHERE id < ? ORDER BY id DESC LIMIT ?",
                (end, limit + 1),
            ).fetchall()
            entries = [AuditEntry(*row) for row in rows[:limit]]
            return entries, entries[-1].id if len(rows) > limit and entries else None

        return await self._database.read(work)
