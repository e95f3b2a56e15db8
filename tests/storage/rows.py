"""What is in a table."""

from __future__ import annotations

import asyncio
import sqlite3

from code_together.storage.database import Database


def in_table(database: Database, table: str = "numbers") -> list[int]:
    def work(connection: sqlite3.Connection) -> list[int]:
        return [n for (n,) in connection.execute(f"SELECT n FROM {table} ORDER BY n")]

    return asyncio.run(database.read(work))
