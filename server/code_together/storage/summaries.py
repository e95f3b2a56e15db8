"""What the list of sessions says of each without opening it. All of it can be made again from Git."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from code_together.storage.database import Database


@dataclass(frozen=True)
class LastEdit:
    """`account` is the account's name, None for somebody who came with a push; `path` None where it was several files, or one that is gone."""

    account: str | None
    name: str
    email: str
    at: float
    path: str | None


@dataclass(frozen=True)
class Summary:
    """How a session is at `revision` (None: it has none): its number of files, their languages, and who changed something last."""

    revision: str | None
    files: int
    languages: list[str]
    edit: LastEdit | None


class Summaries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, session: str, summary: Summary) -> None:
        """In place of what was kept. Nothing is kept of a session that is no longer there."""
        edit = summary.edit
        values = (
            summary.revision,
            summary.files,
            json.dumps(summary.languages),
            edit.account if edit else None,
            edit.name if edit else None,
            edit.email if edit else None,
            edit.at if edit else None,
            edit.path if edit else None,
        )
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO summaries"
                " (session_id, revision, files, languages, account, name, email, edited_at, path)"
                " SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM sessions WHERE id = ?",
                (*values, session),
            )
        )

    async def of(self, sessions: Iterable[str]) -> dict[str, Summary]:
        """Those of these sessions that have one. People have the names that their accounts have now."""
        wanted = json.dumps([*sessions])

        def work(connection: sqlite3.Connection) -> dict[str, Summary]:
            rows = connection.execute(
                "SELECT session_id, revision, files, languages, account, coalesce(display_name, summaries.name),"
                " email, edited_at, path FROM summaries LEFT JOIN accounts ON accounts.name = account"
                " WHERE session_id IN (SELECT value FROM json_each(?))",
                (wanted,),
            )
            return {row[0]: _summary(*row[1:]) for row in rows}

        return await self._database.read(work)

    async def revisions(self) -> dict[str, str | None]:
        """All sessions, each with the revision whose summary is kept; None also for those of which none is."""

        def work(connection: sqlite3.Connection) -> dict[str, str | None]:
            return dict(
                connection.execute(
                    "SELECT id, revision FROM sessions LEFT JOIN summaries ON session_id = id"
                ).fetchall()
            )

        return await self._database.read(work)


def _summary(
    revision: str | None,
    files: int,
    languages: str,
    account: str | None,
    name: str | None,
    email: str | None,
    at: float | None,
    path: str | None,
) -> Summary:
    edit = LastEdit(account, name or "", email or "", at, path) if at is not None else None
    return Summary(revision, files, json.loads(languages), edit)
