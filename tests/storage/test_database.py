"""The writer thread and the readers, and who has the database open."""

from __future__ import annotations

import asyncio
import random
import resource
import signal
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from code_together.errors import Unavailable
from code_together.storage import database as database_module
from code_together.storage import schema
from code_together.storage.database import Database
from code_together.storage.datafolder import Lock
from tests.storage.rows import in_table


def insert(number: int, table: str = "numbers") -> Callable[[sqlite3.Connection], int]:
    def work(connection: sqlite3.Connection) -> int:
        connection.execute(f"INSERT INTO {table} (n) VALUES (?)", (number,))
        return number

    return work


@pytest.fixture
def numbers(database: Database) -> Database:
    """A database with a table of our own: a number once."""
    database.submit(lambda connection: connection.execute("CREATE TABLE numbers (n INTEGER UNIQUE)")).result()
    return database


def file_of(database: Database) -> str:
    row = database.submit(lambda connection: connection.execute("PRAGMA database_list").fetchone()).result(10)
    return str(row[2])


class Held:
    """Holds the writer thread inside a job, so that what is queued meanwhile waits together."""

    def __init__(self, database: Database) -> None:
        self._go = threading.Event()
        inside = threading.Event()

        def work(_: sqlite3.Connection) -> None:
            inside.set()
            assert self._go.wait(10)

        self.future = database.submit(work)
        assert inside.wait(10)

    def release(self) -> None:
        self._go.set()
        self.future.result(10)


def test_durable_settings(database: Database) -> None:
    """JR1: the writer has WAL and synchronous=FULL, and checks foreign keys."""

    def work(connection: sqlite3.Connection) -> list[object]:
        pragmas = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in pragmas]

    assert database.submit(work).result(10) == ["wal", 2, 1]


def test_group_commit(numbers: Database) -> None:
    """JR2: everything that waits at once shares one transaction."""
    statements: list[str] = []
    numbers.submit(lambda connection: connection.set_trace_callback(statements.append)).result(10)
    statements.clear()
    held = Held(numbers)
    futures = [numbers.submit(insert(n)) for n in range(50)]
    held.release()
    assert [future.result(10) for future in futures] == list(range(50))
    assert [s for s in statements if s.startswith("COMMIT")] == ["COMMIT"] * 2, (
        "the held one, then all others"
    )
    assert in_table(numbers) == list(range(50))


async def test_many_gather(numbers: Database) -> None:
    """JR2: where many write at once the next transaction waits for a moment for more of them; one alone never waits."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)

    async def room(first: int) -> None:
        for n in range(first, first + 20):
            await numbers.write(insert(n))
            await asyncio.sleep(chance.random() * database_module.GATHERING_SECONDS)

    before = numbers.writes.transactions
    await asyncio.gather(*(room(1000 * k) for k in range(12)))
    assert numbers.writes.transactions - before < 12 * 20 / 2
    before = numbers.writes.transactions
    for n in range(20):
        await numbers.write(insert(-1 - n))
    assert numbers.writes.transactions - before == 20


async def test_one_loop_is_told_at_once(numbers: Database) -> None:
    """JR1: what is awaited in an event loop is answered in order, after the commit; what was given up meanwhile is left out."""
    held = Held(numbers)
    order: list[int] = []
    futures = [numbers.write(insert(n)) for n in range(5)]
    for n, future in enumerate(futures):
        future.add_done_callback(lambda _, n=n: order.append(n))
    futures[3].cancel()
    held.release()
    assert await asyncio.gather(*futures, return_exceptions=True) == [0, 1, 2, ANY, 4]
    assert order == [3, 0, 1, 2, 4]
    assert await asyncio.to_thread(in_table, numbers) == [0, 1, 2, 4]


def test_a_loop_that_has_ended(numbers: Database) -> None:
    """The writer thread outlives an event loop that waited for it."""
    held = Held(numbers)

    async def leave() -> None:
        numbers.write(insert(1))

    asyncio.run(leave())
    held.release()
    assert numbers.submit(insert(2)).result(10) == 2
    assert in_table(numbers) == [1, 2]


def test_results_in_order_after_commit(numbers: Database) -> None:
    """JR1: a future is done only when another connection can see its work; futures are done in their order."""
    order: list[tuple[int, int]] = []
    reader = sqlite3.connect(file_of(numbers), check_same_thread=False)
    held = Held(numbers)
    for n in range(5):

        def done(_: object, n: int = n) -> None:
            order.append((n, reader.execute("SELECT count(*) FROM numbers").fetchone()[0]))

        numbers.submit(insert(n)).add_done_callback(done)
    held.release()
    numbers.submit(lambda _: None).result(10)
    reader.close()
    assert order == [(n, 5) for n in range(5)]


def test_failing_job_fails_alone(numbers: Database) -> None:
    """JR4: a job that breaks a constraint is undone whole, and the others of its transaction stand."""

    def twice(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO numbers VALUES (20)")
        connection.execute("INSERT INTO numbers VALUES (1)")

    held = Held(numbers)
    futures: list[Future[Any]] = [numbers.submit(work) for work in (insert(1), twice, insert(2))]
    held.release()
    assert futures[0].result(10) == 1
    assert isinstance(futures[1].exception(10), sqlite3.IntegrityError)
    assert futures[2].result(10) == 2
    assert in_table(numbers) == [1, 2]


def test_any_exception_goes_to_its_future(numbers: Database) -> None:
    """JR4: an error of the job's own, even one that would end a program, reaches its caller; the thread lives on."""

    def exits(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO numbers VALUES (1)")
        raise SystemExit(3)

    assert isinstance(numbers.submit(exits).exception(10), SystemExit)
    assert numbers.submit(insert(2)).result(10) == 2
    assert in_table(numbers) == [2]


def test_failing_commit(numbers: Database) -> None:
    """JR3: if the commit fails nothing is kept, every future of the batch says so, and the thread lives on."""
    # a deferred constraint is looked at by COMMIT itself, which then fails as it does on a broken disk
    numbers.submit(
        lambda connection: connection.execute(
            "CREATE TABLE children (n INTEGER REFERENCES accounts(id) DEFERRABLE INITIALLY DEFERRED)"
        )
    ).result(10)
    held = Held(numbers)
    futures = [numbers.submit(insert(1)), numbers.submit(insert(9, "children")), numbers.submit(insert(2))]
    held.release()
    for future in futures:
        error = future.exception(10)
        assert isinstance(error, Unavailable)
        assert error.code == "not_saved"
    assert in_table(numbers) == []
    assert numbers.submit(insert(3)).result(10) == 3


def test_full_disk(numbers: Database) -> None:
    """JR3: a disk that takes no more fails the turn with `not_saved`; when it has room again all goes on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    numbers.submit(lambda connection: connection.execute("CREATE TABLE blobs (b BLOB)")).result(10)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        work = numbers.submit(
            lambda connection: connection.execute("INSERT INTO blobs VALUES (zeroblob(3000000))")
        )
        error = work.exception(10)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert isinstance(error, Unavailable)
    assert error.code == "not_saved"
    assert "nothing was changed" in error.message
    assert numbers.submit(insert(1)).result(10) == 1
    assert in_table(numbers) == [1]


def test_busy_database(numbers: Database) -> None:
    """JR3: while another process holds the database for too long, writing fails with `not_saved` and nothing else."""
    numbers.submit(lambda connection: connection.execute("PRAGMA busy_timeout = 50")).result(10)
    other = sqlite3.connect(file_of(numbers), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    error = numbers.submit(insert(1)).exception(10)
    other.execute("ROLLBACK")
    other.close()
    assert isinstance(error, Unavailable)
    assert error.code == "not_saved"
    assert numbers.submit(insert(2)).result(10) == 2


def test_cancelled_job_does_not_run(numbers: Database) -> None:
    """A job whose future is cancelled while it waits is left out; the others are not touched."""
    held = Held(numbers)
    gone, stays = numbers.submit(insert(1)), numbers.submit(insert(2))
    assert gone.cancel()
    held.release()
    assert stays.result(10) == 2
    with pytest.raises(CancelledError):
        gone.result(10)
    assert in_table(numbers) == [2]


async def test_no_cursor_leaves_the_writer(numbers: Database) -> None:
    """A cursor that is freed in another thread resets a statement that the writer may be using: it is never handed on."""
    write = lambda connection: connection.executemany("INSERT INTO numbers VALUES (?)", [(1,), (2,)])  # noqa: E731
    assert await numbers.write(write) is None
    held = Held(numbers)
    deleted = numbers.write(lambda connection: connection.execute("DELETE FROM numbers WHERE n = 1"))
    refused = numbers.write(insert(2))
    held.release()
    assert await deleted is None, "also where each is run by itself, since one failed"
    with pytest.raises(sqlite3.IntegrityError):
        await refused


async def test_write_and_read(database: Database) -> None:
    """A read sees every write that was answered before it; many at once are served."""
    await database.write(lambda connection: connection.execute("CREATE TABLE numbers (n INTEGER UNIQUE)"))
    for n in range(20):
        assert await database.write(insert(n)) == n
        count = lambda connection: connection.execute("SELECT count(*) FROM numbers").fetchone()[0]  # noqa: E731
        assert await asyncio.gather(*[database.read(count) for _ in range(5)]) == [n + 1] * 5


async def test_readers_cannot_write(database: Database) -> None:
    """A reader's connection refuses to write, and an error leaves it usable."""
    for _ in range(database_module.READERS + 1):
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await database.read(lambda connection: connection.execute("DELETE FROM accounts"))
    assert await database.read(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)


async def test_read_is_one_moment(numbers: Database) -> None:
    """All that one read sees is one moment's state, though something is written meanwhile."""

    def work(connection: sqlite3.Connection) -> list[int]:
        query = "SELECT count(*) FROM numbers"
        first = connection.execute(query).fetchone()[0]
        numbers.submit(insert(1)).result(10)
        return [first, connection.execute(query).fetchone()[0]]

    assert await numbers.read(work) == [0, 0]


def test_close_finishes_what_waits(tmp_path: Path) -> None:
    """Closing writes what waits, is harmless twice, frees the lock, and later work is refused with a sentence."""
    database = Database.open(tmp_path)
    database.submit(lambda connection: connection.execute("CREATE TABLE numbers (n INTEGER UNIQUE)"))
    futures = [database.submit(insert(n)) for n in range(200)]
    database.close()
    database.close()
    assert [future.result(0) for future in futures] == list(range(200))
    error = database.submit(insert(1)).exception(0)
    assert isinstance(error, Unavailable)
    assert "stopping" in error.message
    again = Database.open(tmp_path)
    assert in_table(again) == list(range(200))
    again.close()


def test_open_beside_a_server(tmp_path: Path) -> None:
    """The command line works beside a server: it takes no lock and sees, and writes, the same accounts."""
    server = Database.open(tmp_path)
    beside = Database.open_beside(tmp_path)
    server.submit(lambda connection: connection.execute("CREATE TABLE numbers (n INTEGER UNIQUE)")).result(10)
    assert beside.submit(insert(1)).result(10) == 1
    assert server.submit(insert(2)).result(10) == 2
    beside.close()
    assert in_table(server) == [1, 2]
    server.close()


def test_open_beside_without_a_server(tmp_path: Path) -> None:
    """Without a server the command line makes the database, and keeps no server from starting meanwhile."""
    beside = Database.open_beside(tmp_path)
    Database.open(tmp_path).close()
    beside.close()


def test_open_beside_waits_for_a_starting_server(tmp_path: Path) -> None:
    """A server that has the lock and not yet a database is waited for."""
    lock = Lock.take(tmp_path)
    timer = threading.Timer(0.2, schema.prepared, (tmp_path,))
    timer.start()
    Database.open_beside(tmp_path).close()
    timer.join()
    lock.free()


def test_open_beside_an_older_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JR6: beside a server with an older schema the command line refuses, and does not migrate under it."""
    server = Database.open(tmp_path)
    server.submit(lambda connection: connection.execute("DELETE FROM _sqlite_migrations")).result(10)
    monkeypatch.setattr(schema, "BUSY_SECONDS", 0.1)
    with pytest.raises(Unavailable) as caught:
        Database.open_beside(tmp_path)
    assert caught.value.code == "older_data"
    server.close()


def test_many_threads(numbers: Database) -> None:
    """JR2: jobs from many threads at once are each done once."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    ours = [chance.sample(range(k, 4_000, 8), 100) for k in range(8)]

    def submit(mine: list[int]) -> None:
        for n in mine:
            assert numbers.submit(insert(n)).result(10) == n

    threads = [threading.Thread(target=submit, args=(mine,)) for mine in ours]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert in_table(numbers) == sorted(n for mine in ours for n in mine)


async def test_others_wrote(tmp_path: Path) -> None:
    """AM6: the number changes when another process has written, and neither by itself nor by one's own writing."""
    database, beside = Database.open(tmp_path / "data"), Database.open_beside(tmp_path / "data")
    try:
        before = await database.others_wrote()
        await database.write(
            lambda connection: connection.execute("INSERT INTO options VALUES ('registration', 'open')")
        )
        await database.read(lambda connection: connection.execute("SELECT * FROM options").fetchall())
        assert await database.others_wrote() == before
        await beside.write(lambda connection: connection.execute("DELETE FROM options"))
        after = await database.others_wrote()
        assert after != before
        assert await database.others_wrote() == after
    finally:
        beside.close()
        database.close()


async def test_failures_of_the_disk_are_counted(tmp_path: Path) -> None:
    """OB3: a disk that is full is noticed, and that it takes something again."""
    database = Database.open(tmp_path)

    def state() -> tuple[int, bool]:
        return database.writes.failed, database.writes.failed_at is not None

    try:
        await database.write(lambda c: c.execute("CREATE TABLE t (x)"))
        assert state() == (0, False)
        (pages,) = await database.write(lambda c: c.execute("PRAGMA page_count").fetchone())
        await database.write(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone())
        with pytest.raises(Unavailable):
            await database.write(lambda c: c.execute("INSERT INTO t VALUES (randomblob(1000000))"))
        assert state() == (1, True)
        await database.write(lambda c: c.execute("SELECT 1").fetchone())
        assert state() == (1, True)
        await database.write(lambda c: c.execute("INSERT INTO t VALUES (1)"))
        assert state() == (1, False)
        assert database.writes.transactions >= 6
        assert database.waiting() == 0
    finally:
        database.close()
