"""What an admin decides at run time; a setting is the default."""

from __future__ import annotations

import sqlite3
from typing import Annotated

from msgspec import Meta

from code_together.config import Settings
from code_together.errors import Unprocessable
from code_together.storage.database import Database

REGISTRATIONS = ("open", "invite", "closed")
Registration = Annotated[str, Meta(extra_json_schema={"enum": list(REGISTRATIONS)})]


class Options:
    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def registration(self) -> Registration:
        """Who may make an account now: `open`, `invite` or `closed`."""

        def work(connection: sqlite3.Connection) -> str | None:
            row = connection.execute("SELECT value FROM options WHERE name = 'registration'").fetchone()
            return None if row is None else str(row[0])

        return await self._database.read(work) or self._settings.registration

    async def set_registration(self, value: str) -> None:
        """Raises `Unprocessable` (`bad_registration`)."""
        if value not in REGISTRATIONS:
            raise Unprocessable(
                f"Registration is {', '.join(REGISTRATIONS)}, not {value!r}.", code="bad_registration"
            )
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO options (name, value) VALUES ('registration', ?)"
                " ON CONFLICT DO UPDATE SET value = excluded.value",
                (value,),
            )
        )
