"""How a database gets this program's schema, and which databases are left alone."""

from __future__ import annotations

import os
import resource
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.migrations import Migrations

from code_together.errors import Unavailable
from code_together.storage import migrations, schema
from code_together.storage.database import Database
from code_together.storage.datafolder import FILE_NAME
from tests.storage.rows import in_table
from tests.storage.serving import SERVER, serve, stop


def contents(folder: Path) -> dict[str, bytes]:
    """What is written down: the database and its log. (The -shm file is shared memory, made anew by any reader.)"""
    found = {
        name: (folder / name).read_bytes()
        for name in (FILE_NAME, f"{FILE_NAME}-wal")
        if (folder / name).exists()
    }
    return {name: data for name, data in found.items() if data}


@pytest.mark.parametrize("opened", [Database.open, Database.open_beside])
def test_newer_database_is_refused(tmp_path: Path, opened: Callable[[Path], Database]) -> None:
    """JR6: a database that a newer program wrote is refused by name, and not one byte of it is written."""
    database = Database.open(tmp_path)
    database.submit(
        lambda connection: connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('code_together', 'm9999_from_the_future', '2099-01-01')"
        )
    ).result(10)
    database.close()
    before = contents(tmp_path)
    with pytest.raises(Unavailable, match="m9999_from_the_future") as caught:
        opened(tmp_path)
    assert caught.value.code == "newer_data"
    assert contents(tmp_path) == before
    with pytest.raises(Unavailable, match="m9999_from_the_future"):  # and the lock is free again
        Database.open(tmp_path)


def test_newer_database_after_a_crash_is_refused(tmp_path: Path) -> None:
    """JR6: nor is a write-ahead log that a newer program left behind taken into the database."""
    program = SERVER.replace(
        'print("open"',
        'database.submit(lambda c: c.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at)'
        " VALUES ('code_together', 'm9999_from_the_future', '2099-01-01')\")).result(10)\nprint(\"open\"",
    )
    stop(serve(tmp_path, program))
    before = contents(tmp_path)
    assert f"{FILE_NAME}-wal" in before
    with pytest.raises(Unavailable, match="m9999_from_the_future"):
        Database.open(tmp_path)
    assert contents(tmp_path) == before


def older(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Migrations:
    """A data folder with one account whose schema is this program's, and a program that knows more steps: to be added to."""
    database = Database.open(folder)
    database.submit(
        lambda connection: connection.execute("INSERT INTO options VALUES ('who', 'was here')")
    ).result(10)
    database.close()
    ours = Migrations("code_together")
    ours._migrations = list(migrations.migrations._migrations)
    monkeypatch.setattr(migrations, "migrations", ours)
    return ours


def test_upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JR6: before an upgrade a private copy of the database is made, which the older program opens; the copy of the one before goes."""
    ours = older(tmp_path, monkeypatch)
    (tmp_path / f"{FILE_NAME}.before-m0003_invites").touch()

    @ours()
    def m9001_more(db: Any) -> None:
        db.conn.execute("DELETE FROM options")
        db.conn.execute("CREATE TABLE more (n INTEGER)")

    @ours()
    def m9002_rest(db: Any) -> None:
        db.conn.execute("INSERT INTO more VALUES (1)")

    database = Database.open(tmp_path)
    assert in_table(database, "more") == [1]
    database.close()
    copy = tmp_path / f"{FILE_NAME}.before-m9001_more"
    assert sorted(path.name for path in tmp_path.glob("*.before-*")) == [copy.name]
    assert copy.stat().st_mode & 0o777 == 0o600
    Database.open(tmp_path).close()  # once
    monkeypatch.undo()
    with pytest.raises(Unavailable) as caught:
        Database.open(tmp_path)
    assert caught.value.code == "newer_data"
    copy.rename(tmp_path / FILE_NAME)
    database = Database.open(tmp_path)
    assert database.submit(
        lambda connection: connection.execute("SELECT value FROM options").fetchall()
    ).result(10) == [("was here",)]
    database.close()


def test_upgrade_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JR6: when the second of two steps fails nothing is done, the sentence says so, and the older program opens the folder as before."""
    ours = older(tmp_path, monkeypatch)

    @ours()
    def m9001_more(db: Any) -> None:
        db.conn.execute("DELETE FROM options")

    @ours()
    def m9002_wrong(db: Any) -> None:
        db.conn.execute("INSERT INTO nowhere VALUES (1)")

    for _ in range(2):
        with pytest.raises(Unavailable, match=r"no such table: nowhere.*It is as it was") as caught:
            Database.open(tmp_path)
        assert caught.value.code == "not_upgraded"
    monkeypatch.undo()
    database = Database.open(tmp_path)
    assert database.submit(
        lambda connection: connection.execute("SELECT value FROM options").fetchall()
    ).result(10) == [("was here",)]
    database.close()


def test_upgrade_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JR6: without room for the copy there is no upgrade."""
    ours = older(tmp_path, monkeypatch)

    @ours()
    def m9001_more(db: Any) -> None:
        raise AssertionError

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, limits[1]))
    try:
        with pytest.raises(Unavailable) as caught:
            Database.open(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.code == "not_upgraded"
    assert list(tmp_path.glob("*.before-*")) == []


def insert(database: Database, name: str) -> None:
    database.submit(
        lambda connection: connection.execute(
            "INSERT INTO accounts (name, display_name, color, password, created_at) VALUES (?, 'x', 1, 'x', 0)",
            (name,),
        )
    ).result(10)


def accounts(database: Database) -> int:
    def count(connection: sqlite3.Connection) -> int:
        return int(connection.execute("SELECT count(*) FROM accounts").fetchone()[0])

    return database.submit(count).result(10)


def test_the_log_has_its_blocks(tmp_path: Path) -> None:
    """JR13: the log is there in its whole length before the first commit, which does not make it longer; a stop takes it away."""
    log = tmp_path / f"{FILE_NAME}-wal"
    database = Database.open(tmp_path)
    assert (log.stat().st_size, log.stat().st_mode & 0o777) == (schema.LOG_BYTES, 0o600)
    for number in range(1_500):  # beyond the first time that it goes back into the database
        insert(database, f"name{number}")
    assert log.stat().st_size == schema.LOG_BYTES
    assert accounts(database) == 1_500
    database.close()
    assert not log.exists()


def test_a_log_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    """JR13: what a killed server had not taken into the database is there after the next start, and so is what is in a log beside."""
    log = tmp_path / f"{FILE_NAME}-wal"
    program = SERVER.replace(
        'print("open"',
        'database.submit(lambda c: c.execute("INSERT INTO accounts (name, display_name, color, password, created_at)'
        " VALUES ('ann', 'x', 1, 'x', 0)\")).result(10)\nprint(\"open\"",
    )
    stop(serve(tmp_path, program))
    before = log.read_bytes()
    schema.reserve_log(tmp_path / FILE_NAME)
    assert log.read_bytes() == before
    database = Database.open(tmp_path)
    assert accounts(database) == 1
    database.close()


def test_a_log_that_comes_meanwhile_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JR13, P1: what the command line saves while a server makes its log is there; the two never are the same file."""
    Database.open(tmp_path).close()
    link = os.link
    beside: list[Database] = []

    def late(source: Path, target: Path) -> None:
        beside.append(Database.open_beside(tmp_path))
        insert(beside[0], "ann")
        link(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "link", late)
        schema.reserve_log(tmp_path / FILE_NAME)
    assert not list(tmp_path.glob("*.new"))
    insert(beside[0], "bob")
    database = Database.open_beside(tmp_path)
    assert accounts(database) == 2
    beside[0].close()
    database.close()
    database = Database.open(tmp_path)
    assert accounts(database) == 2
    assert database.submit(lambda c: c.execute("PRAGMA integrity_check").fetchone()).result(10) == ("ok",)
    database.close()


def test_no_room_for_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JR13: where the disk does not take so much nothing of it stays, and the log grows as it is needed."""
    log = tmp_path / f"{FILE_NAME}-wal"

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        schema.reserve_log(tmp_path / FILE_NAME)
    assert not log.exists()
    assert not list(tmp_path.glob("*.new"))
