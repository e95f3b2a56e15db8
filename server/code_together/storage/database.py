"""The database: one writer thread for everything durable, and a few readers beside it.

Many rooms share one disk. Whoever has something to write queues a function; the writer takes all that waits
into one transaction, or, where one of them fails, each in a savepoint of its own, and tells nobody before the commit is on the
disk (JR1, JR2, JR4). While one commit is under way the next batch gathers, so that an idle server answers at once; where many rooms write at
once, the next transaction waits for a moment, and more of them share what the disk costs.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from code_together.errors import NotFound, Unavailable
from code_together.storage import schema
from code_together.storage.datafolder import FILE_NAME, LOCK_NAME, Lock, cannot_be_opened, private_folder

READERS: Final = 2
MANY: Final = 3
GATHERING_SECONDS: Final = 0.003
"""After a transaction with `MANY` functions or more the next begins so long after it began: most likely they came from several rooms, which
are not all to pay for one of their own. The turns of one room never are so many: it has one under way."""
BESIDE_SECONDS: Final = 0.5
"""How long a server waits for the lock, which the command line has while it looks at the schema."""

T = TypeVar("T")
_Outcome = tuple[Any, BaseException | None]

# What SQLite says when the disk, and not the statement, is at fault. Some of these undo the whole
# transaction by themselves.
_DISK_FAULTS: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_NOMEM,
    }
)


@dataclass(slots=True)
class Writes:
    """What the writer thread has done since the start. It alone changes this."""

    transactions: int = 0
    seconds: float = 0.0
    """Spent on them, the waiting for the disk included."""
    failed: int = 0
    failed_at: float | None = None
    """When (monotonic) the disk failed last, None since something was saved again."""


class _Job:
    """A function for the writer thread, and the future of whoever waits for it: an event loop's (`loop` says whose), or any thread's."""

    __slots__ = ("future", "loop", "outcome", "work")

    def __init__(
        self,
        work: Callable[[sqlite3.Connection], Any],
        future: Future[Any] | asyncio.Future[Any],
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.work = work
        self.future = future
        self.loop = loop
        self.outcome: _Outcome = (None, None)

    def begin(self) -> bool:
        """False if nobody wants it any more."""
        if isinstance(self.future, Future):
            return self.future.set_running_or_notify_cancel()
        return not self.future.cancelled()

    def tell(self) -> None:
        """In the thread of whoever waits for it, if that is an event loop."""
        if self.future.done():
            return  # cancelled while it was written
        result, error = self.outcome
        if error is None:
            self.future.set_result(result)
        else:
            self.future.set_exception(error)


def _tell_all(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        job.tell()


class Database:
    """SQLite in a data folder, opened with `open` (the server) or `open_beside` (the command line)."""

    def __init__(self, file: Path, lock: Lock | None) -> None:
        self._lock = lock
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self.writes = Writes()
        self._closing = False
        self._gate = threading.Lock()  # nothing is queued behind the None that ends the writer
        self._connection = schema.connect(file)
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._idle_readers: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        for _ in range(READERS):
            reader = schema.connect(file)
            reader.execute("PRAGMA query_only = ON")
            self._idle_readers.put(reader)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="storage-reader")
        self._writer = threading.Thread(target=self._write_until_closed, name="storage-writer", daemon=True)
        self._writer.start()

    @classmethod
    def open(cls, folder: Path, look: Callable[[sqlite3.Connection], None] | None = None) -> Database:
        """Open the data folder for its one server (JR5), made or brought up to date (JR6) and private (JR7).

        `look` is given the database that is there before anything is done to it, for reading; what it raises is raised.

        Raises `Unavailable`: `data_in_use` names the server that has it, `newer_data` says that a newer program wrote it,
        `not_upgraded` that it could not be brought up to date, `data_not_private` that it cannot be kept from others,
        `database_broken`, `database_missing`, `restore_broken_off` and `not_opened` what else is wrong with it.
        """
        folder = private_folder(folder)
        lock = Lock.take(folder, patience=BESIDE_SECONDS)
        try:
            if look is not None:
                with contextlib.closing(schema.connect_to_read(folder / FILE_NAME)) as connection:
                    look(connection)
            schema.has_database(folder)
            file = schema.prepared(folder)
            schema.reserve_log(file)
            return cls(file, lock)
        except BaseException as error:
            lock.free()
            if isinstance(error, sqlite3.Error | OSError):
                raise cannot_be_opened(folder, error) from error
            raise

    @classmethod
    def open_beside(cls, folder: Path, *, make: bool = True) -> Database:
        """Open the data folder for a short while, whether or not a server has it open.

        Without a server the database is brought up to date first, or made if `make`; with one it is taken as that server keeps it.
        Raises `Unavailable` as `open` does, and `older_data` if the server that has it open is an older program; `NotFound` (`no_data`) if
        there is no data folder and none is to be made.
        """
        folder = folder.absolute()
        # Beside a lock there may be a server that is just starting. Without one a folder that is somebody else's is not touched.
        if not make and not (folder / LOCK_NAME).exists() and not schema.has_database(folder):
            raise _no_data(folder)
        folder = private_folder(folder)
        try:
            return cls._open_beside(folder, make)
        except (sqlite3.Error, OSError) as error:
            raise cannot_be_opened(folder, error) from error

    @classmethod
    def _open_beside(cls, folder: Path, make: bool) -> Database:
        deadline = time.monotonic() + schema.BUSY_SECONDS
        while True:
            try:
                lock = Lock.take(folder)
            except Unavailable as error:
                if error.code != "data_in_use":
                    raise
                if schema.is_current(folder / FILE_NAME):
                    return cls(folder / FILE_NAME, None)
                if time.monotonic() > deadline:  # until then it may be a server that is just starting
                    if not (folder / FILE_NAME).exists():
                        raise
                    raise Unavailable(
                        f"The server that has the data folder {folder} open is older than this program. "
                        "Stop it, or use its own command line.",
                        code="older_data",
                    ) from None
                time.sleep(0.05)
            else:
                try:
                    if not schema.has_database(folder) and not make:
                        raise _no_data(folder)
                    file = schema.prepared(folder)
                finally:
                    lock.free()
                return cls(file, None)

    def describe_lock(self, address: str) -> None:
        """Say in the lock where this server is to be found, for whoever finds the data folder in use."""
        if self._lock is not None:
            self._lock.describe(address)

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue a function for the writer thread. The future has its result when that is on the disk.

        The function must only execute statements: it may not begin, commit or roll back, and it may be called a second time after what it
        did was undone; a cursor that it returns is not handed on. If it raises, what it did is undone, the future has its error, and the
        others of the same transaction stand (JR4). If the disk fails, the future of every function of the transaction has `Unavailable`
        (`not_saved`) and nothing of it is in the database (JR3).
        """
        future: Future[T] = Future()
        self._queue(_Job(work, future))
        return future

    def write(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """The same for the event loop that runs: all of its futures of one transaction are done in one of its steps."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue(_Job(work, future, loop))
        return future

    def _queue(self, job: _Job) -> None:
        with self._gate:
            if not self._closing:
                self._jobs.put(job)
                return
        job.future.set_exception(Unavailable("The server is stopping; nothing was saved.", code="not_saved"))

    async def others_wrote(self) -> int:
        """A number that is another one after another process (the command line) has written, and only then."""

        def work(connection: sqlite3.Connection) -> int:
            # it counts the commits of other connections, and nobody else in this process writes
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            return int(version)

        return await self.write(work)

    def waiting(self) -> int:
        """How many functions wait for the writer thread."""
        return self._jobs.qsize()

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function in a reader thread. It sees one moment's state, with every write answered before."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def close(self) -> None:
        """Finish what waits, then close. Calling it again does nothing."""
        with self._gate:
            if self._closing:
                return
            self._closing = True
            self._jobs.put(None)
        self._writer.join()
        self._readers.shutdown()
        for _ in range(READERS):
            self._idle_readers.get().close()
        self._connection.close()  # the last to close: it takes the write-ahead log back into the database
        if self._lock is not None:
            self._lock.free()

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._idle_readers.get()
        try:
            connection.execute("BEGIN")
            return work(connection)
        finally:
            connection.rollback()
            self._idle_readers.put(connection)

    def _write_until_closed(self) -> None:
        begun, together = 0.0, 0
        while (job := self._jobs.get()) is not None:
            if together >= MANY and (left := begun + GATHERING_SECONDS - time.monotonic()) > 0:
                time.sleep(left)
            begun = time.monotonic()
            batch = [job]
            with contextlib.suppress(Empty):
                while (job := self._jobs.get_nowait()) is not None:
                    batch.append(job)
            together = len(batch)
            self._write_batch([job for job in batch if job.begin()])
            if job is None:
                break

    def _write_batch(self, batch: list[_Job]) -> None:
        """One transaction for all of `batch`; the futures learn of it in their order, after the commit."""
        begun, changed = time.monotonic(), self._connection.total_changes
        outcomes: list[_Outcome]
        try:
            outcomes = self._run_together(batch) or self._run_apart(batch)
        except BaseException as failure:  # this thread outlives everything: whoever waits for it must be told
            self._roll_back()
            self._count(begun, failed=True, saved=False)
            outcomes = [(None, _not_saved(failure)) for _ in batch]
        else:
            refused = any(
                isinstance(error, Unavailable) and error.code == "not_saved" for _, error in outcomes
            )
            self._count(begun, failed=refused, saved=self._connection.total_changes > changed)
        told: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        for job, outcome in zip(batch, outcomes, strict=True):
            job.outcome = outcome
            if job.loop is None:
                job.tell()
            else:
                told.setdefault(job.loop, []).append(job)
        for loop, jobs in told.items():
            with contextlib.suppress(RuntimeError):  # it has been closed, and nobody waits
                loop.call_soon_threadsafe(_tell_all, jobs)

    def _count(self, begun: float, *, failed: bool, saved: bool) -> None:
        now = time.monotonic()
        self.writes.transactions += 1
        self.writes.seconds += now - begun
        self.writes.failed += failed
        if failed:
            self.writes.failed_at = now
        elif saved:
            self.writes.failed_at = None

    def _run_together(self, batch: list[_Job]) -> list[_Outcome] | None:
        """Runs all of `batch` as nearly every one goes: nothing fails. None if a function raised, with all that was done undone.

        Savepoints are left out: each statement is a change of hands with the event loop's thread, twice, and costs more of it than of SQLite.
        """
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            results = [_result(job.work, connection) for job in batch]
        except BaseException as error:
            if len(batch) > 1:
                self._roll_back()
                return None
            if not connection.in_transaction:
                raise
            connection.execute("ROLLBACK")
            return [(None, _not_saved(error) if _is_disk_fault(error) else error)]
        connection.execute("COMMIT")
        return [(result, None) for result in results]

    def _run_apart(self, batch: list[_Job]) -> list[_Outcome]:
        """Runs each of `batch` in a savepoint, so that what one does can be undone alone."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_run_in_savepoint(connection, job.work) for job in batch]
        connection.execute("COMMIT")
        return outcomes

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._connection.rollback()


def _no_data(folder: Path) -> NotFound:
    return NotFound(
        f"There is no data folder {folder}, or nothing is in it. Give the right one with --data; code-together serve and user add make a new one.",
        code="no_data",
    )


def _result(work: Callable[[sqlite3.Connection], Any], connection: sqlite3.Connection) -> Any:
    """What `work` gives, None for a cursor: freed in the thread of whoever waits, that would reset a statement that the writer is using."""
    result = work(connection)
    return None if isinstance(result, sqlite3.Cursor) else result


def _run_in_savepoint(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], Any]) -> _Outcome:
    """Run `work` in a savepoint: (its result, None), or (None, its error) with all that it did undone.

    Raises what `work` raised if SQLite has undone the whole transaction with it.
    """
    connection.execute("SAVEPOINT job")
    try:
        result = _result(work, connection)
    except BaseException as error:
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        return None, _not_saved(error) if _is_disk_fault(error) else error
    connection.execute("RELEASE job")
    return result, None


def _is_disk_fault(error: BaseException) -> bool:
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISK_FAULTS


def _not_saved(error: BaseException) -> Unavailable:
    public = Unavailable(
        f"The server could not save this ({error}); nothing was changed. Is its disk full?", code="not_saved"
    )
    public.__cause__ = error
    return public
