"""The schema and its steps."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from sqlite_utils.migrations import Migrations

from code_together.storage import migrations
from code_together.storage.database import Database


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield connection


def tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_order_and_once(connection: sqlite3.Connection) -> None:
    """JR6: the steps are taken in their order, each once, and are known afterwards."""
    steps = migrations.pending(connection)
    assert steps == sorted(steps)
    assert steps[0] == "m0001_first_schema"
    migrations.migrate(connection)
    assert migrations.pending(connection) == []
    before = connection.total_changes
    migrations.migrate(connection)
    assert connection.total_changes == before
    assert migrations.unknown(connection) == []


def test_failing_step_leaves_nothing(connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """JR6: a step that fails in the middle undoes all that was to be done, tables and the steps before it included."""
    ours = Migrations("code_together")

    @ours()
    def m0001(db: Any) -> None:
        db.conn.execute("CREATE TABLE first (n INTEGER)")

    @ours()
    def m0002(db: Any) -> None:
        db.conn.execute("CREATE TABLE second (n INTEGER)")
        db.conn.execute("INSERT INTO second VALUES (1)")
        raise ValueError("no")

    monkeypatch.setattr(migrations, "migrations", ours)
    with pytest.raises(ValueError, match="no"):
        migrations.migrate(connection)
    assert tables(connection) == set()
    assert migrations.pending(connection) == ["m0001", "m0002"]


def test_looking_does_not_write(connection: sqlite3.Connection) -> None:
    """JR6: to ask what is pending or unknown writes nothing."""
    migrations.pending(connection)
    migrations.unknown(connection)
    assert tables(connection) == set()


def test_tables_are_strict(database: Database) -> None:
    """Every table of ours keeps its columns' types, and its foreign keys refer to what is there."""

    def work(connection: sqlite3.Connection) -> tuple[list[str], list[str], list[object]]:
        rows = connection.execute(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'"
        ).fetchall()
        mine = [(name, strict) for name, strict in rows if not name.startswith(("sqlite_", "_sqlite_"))]
        return (
            sorted(name for name, _ in mine),
            [name for name, strict in mine if not strict],
            connection.execute("PRAGMA foreign_key_check").fetchall(),
        )

    names, loose, broken = database.submit(work).result(10)
    assert loose == []
    assert broken == []
    assert names == [
        *(
            "accounts",
            "audit",
            "chat",
            "chat_reads",
            "clashes",
            "client_seqs",
            "clients",
            "comment_keys",
            "comment_lines",
        ),
        *("comment_mentions", "comment_refs", "comments", "documents", "histories"),
        *("invite_uses", "invites", "logins", "mark_documents", "marks", "members", "options", "resets"),
        *(
            "revision_files",
            "revision_people",
            "revisions",
            "seen",
            "sessions",
            "summaries",
            "tokens",
            "updates",
        ),
    ]


def test_foreign_keys_have_indices(database: Database) -> None:
    """What goes with a session or an account is found by an index, not by reading whole tables."""

    def work(connection: sqlite3.Connection) -> set[str]:
        bare = set()
        for table in tables(connection):
            leading = {
                connection.execute(
                    "SELECT name FROM pragma_index_info(?) WHERE seqno = 0", (index,)
                ).fetchone()[0]
                for (index,) in connection.execute(
                    "SELECT name FROM pragma_index_list(?)", (table,)
                ).fetchall()
            }
            keys = connection.execute(
                'SELECT "from", on_delete FROM pragma_foreign_key_list(?)', (table,)
            ).fetchall()
            bare |= {
                f"{table}.{column}" for column, rule in keys if rule == "CASCADE" and column not in leading
            }
        return bare

    assert database.submit(work).result(10) == set()
