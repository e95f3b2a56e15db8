"""Processes for everything that would hold up the event loop: Git, and texts that are long to compare.

pygit2 holds the interpreter's lock while it writes and syncs, so a thread would not do. There is one process that writes to repositories,
one that makes those fit for use that are opened, one that brings texts to the editors, one for looks into history, which may take long and
are stopped then, and two for what goes over whole sessions (searches, archives) and may be made to take long on purpose. All end with the server,
and a new writer waits until the writer of a killed server is gone.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from functools import partial
from multiprocessing import connection
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from time import monotonic
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from code_together.errors import TooFast, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

_SEARCHERS = 2
_READ_SECONDS = 60.0
_WRITE_SECONDS = 120.0
_REST_SECONDS = 600.0  # nothing is written to a repository after writing to it has hung
_TURN_SECONDS = 10.0  # how long an account's requests wait for each other, at least
_NICE = 5  # where there is one core for all, typing comes first
_DISK_FAULTS = [os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)]
_held_locks: list[int] = []
# Forked from one process that has loaded what they need: there at once, and what was loaded is in memory once (decision 0021).
_forked = multiprocessing.get_context("forkserver")
_forked.set_forkserver_preload(["code_together.rooms.forkserver"])


def _begin(lock: str | None) -> None:
    """Runs first in a worker process."""
    from code_together.rooms import forkserver

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.umask(0o077)
    os.nice(_NICE)
    threading.Thread(target=_end_with_parent, args=(forkserver.gone(),), daemon=True).start()
    if lock is not None:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        _held_locks.append(descriptor)


def _end_with_parent(gone: int) -> None:
    """Also with the fork server, of which the server hears of this process: without it the server takes this one for dead, and its work for free."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel, gone])
    os._exit(1)


class WorkFailed(Exception):
    """An error of a worker that cannot be handed over itself; says what it was, and where."""


def _carried_out(work: Callable[[], T]) -> T:
    """Runs in a worker process. An error that could not be brought over from there (pygit2's own are of that kind) comes as one that can be."""
    try:
        return work()
    except Exception as error:
        if fault := _disk_fault(error):
            raise Unavailable(
                f"The server's disk takes nothing ({fault}); nothing was changed. Try again later.",
                code="not_saved",
            ) from None
        if _can_be_brought(error):
            raise
        raise WorkFailed("".join(traceback.format_exception(error))) from None


def _disk_fault(error: Exception) -> str | None:
    """What the system says if the disk, and not the work, is at fault. The git library tells it in words alone."""
    said = str(error)
    return next((fault for fault in _DISK_FAULTS if fault in said), None)


def _can_be_brought(error: Exception) -> bool:
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)  # noqa: S301 - it was made here
    except Exception:  # whatever a class does when it is pickled
        return False


class _Pool:
    """One process that does one thing at a time, and is replaced when it dies or is stopped.

    What waits for its turn waits here and not in the executor: to stop the process ends what it is at, and nothing else. Who no longer waits for
    what has begun leaves it to its end; a future of an executor that is cancelled when the process dies would keep all others waiting for ever.
    """

    def __init__(self, lock: Path | None) -> None:
        self._lock = lock
        self._turn = asyncio.Lock()
        self._executor = self._make()
        self._started: ProcessPoolExecutor | None = None

    def _make(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=1,
            mp_context=_forked,
            initializer=_begin,
            initargs=(str(self._lock) if self._lock else None,),
        )

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.run_for(None, function, *args, **kwargs)

    async def run_for(
        self, seconds: float | None, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Stops the process, with a `TimeoutError`, when this alone has run for so many seconds."""
        await self._turn.acquire()
        job = asyncio.create_task(self._work(partial(function, *args, **kwargs), seconds))
        job.add_done_callback(self._worked)
        return await asyncio.shield(job)

    def _worked(self, job: asyncio.Task[T]) -> None:
        self._turn.release()
        _seen(job)

    async def _work(self, work: Callable[[], T], seconds: float | None) -> T:
        executor = self._executor
        try:
            future = await _submit(executor, work)
        except BrokenProcessPool:
            self._replace(executor)
            future = await _submit(self._executor, work)
        try:
            async with asyncio.timeout(seconds) as deadline:
                result = asyncio.wrap_future(future)
                result.add_done_callback(_seen)
                return await asyncio.shield(result)
        except TimeoutError:
            if deadline.expired():
                self.renew()
            raise
        except BrokenProcessPool:
            self._replace(executor)
            raise Unavailable(
                "A worker process ended in the middle of its work.", code="worker_died"
            ) from None

    async def start(self, function: Callable[..., object]) -> None:
        """Waits until its process is there and has loaded what this function needs, so that starting one is nobody's time."""
        while self._started is not (executor := self._executor):
            await self.run_again(None, _load, function)
            self._started = executor

    async def run_again(
        self, seconds: float | None, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`run_for`, and once more, in a new process, if the process dies meanwhile."""
        try:
            return await self.run_for(seconds, function, *args, **kwargs)
        except Unavailable as error:
            if error.code != "worker_died":
                raise
            return await self.run_for(seconds, function, *args, **kwargs)

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        if self._executor is broken:
            log.error("worker replaced")
            broken.shutdown(wait=False, cancel_futures=True)
            self._executor = self._make()

    def renew(self) -> None:
        """Kills the process and has another for what comes next."""
        self.stop_now()
        self._replace(self._executor)

    def stop_now(self) -> None:
        """Kills the process; what it was doing fails, the next call gets a new one."""
        executor = self._executor
        for process in list((executor._processes or {}).values()):
            process.kill()

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)


def _seen(future: asyncio.Future[T]) -> None:
    """Perhaps nobody waits for it any more: its error is no news then."""
    if not future.cancelled():
        future.exception()


async def _submit(executor: ProcessPoolExecutor, work: Callable[[], T]) -> Future[T]:
    """The first call starts the process, and waits for the fork server, which may have to load first: not on the event loop."""
    if executor._processes:
        return executor.submit(_carried_out, work)
    return await asyncio.to_thread(executor.submit, _carried_out, work)


def _hangs() -> Unavailable:
    return Unavailable(
        "Writing to the session's repository does not come to an end and was stopped; what was typed is safe. "
        "Is the disk damaged? See code-together verify.",
        code="took_too_long",
    )


def _load(function: Callable[..., object]) -> None:
    """What a process does first: to be handed the function it has loaded its module."""


class Budget:
    """How long all that one request of an account has done may run, in seconds; waiting for a process does not count."""

    def __init__(self, account: int, seconds: float) -> None:
        self.account = account
        self.seconds = self.left = seconds


class Workers:
    """The worker processes of a server. `lock` is a file in the data folder that the writing one holds while it lives.

    Making it raises `Unavailable` (`no_processes`).
    """

    def __init__(self, lock: Path, *, look_seconds: float) -> None:
        try:
            ensure_running()  # it loads while the server starts
        except OSError as error:  # its socket lies in the folder for temporary files
            raise Unavailable(
                f"The processes for Git cannot be started ({error.strerror or error}). Is there room in the folder for temporary files,"
                " and is its name (TMPDIR) shorter than 60 characters?",
                code="no_processes",
            ) from None
        self._writer = _Pool(lock)
        self._opener = _Pool(None)
        self._reader = _Pool(None)
        self._looker = _Pool(None)
        self._look_seconds = look_seconds
        self._searchers = [_Pool(None) for _ in range(_SEARCHERS)]
        self._free_searchers: asyncio.LifoQueue[_Pool] = asyncio.LifoQueue()
        for pool in self._searchers:
            self._free_searchers.put_nowait(pool)
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._at: WeakValueDictionary[object, asyncio.Lock] = WeakValueDictionary()
        self._resting: dict[object, float] = {}
        self._writer_is_alone = False

    async def write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function of `git/` that writes to the repository that is its first argument. One that was begun is finished even if the caller no
        longer waits.

        Tried once more if the process dies, or is stopped as it does not come to an end: everything that writes to a repository may be repeated.
        Raises `Unavailable`: `worker_died` if it dies again, `took_too_long` if it hangs again. Then nothing is written to this repository for a
        while, so that others' revisions do not wait for it.
        """
        return await asyncio.shield(self._write(function, *args, **kwargs))

    async def _write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._busy_with(args[0] if args else None):
            try:
                return await self._writer.run_again(_WRITE_SECONDS, function, *args, **kwargs)
            except TimeoutError:
                return await self._writer.run_again(_WRITE_SECONDS, function, *args, **kwargs)

    async def prepare(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function that makes a repository, its first argument, fit for use: beside what is written to others, which may take long.

        Raises `Unavailable` as `write` does.
        """
        if not self._writer_is_alone:  # that of a killed server may be writing still
            await self._writer.start(function)
            self._writer_is_alone = True
        return await asyncio.shield(self._prepare(function, *args, **kwargs))

    async def _prepare(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._busy_with(args[0] if args else None):
            return await self._opener.run_again(_WRITE_SECONDS, function, *args, **kwargs)

    @asynccontextmanager
    async def _busy_with(self, repository: object) -> AsyncIterator[None]:
        """One job at a time is in a repository, and none for a while after one has hung."""
        async with self._at.setdefault(repository, asyncio.Lock()):
            if self._resting.get(repository, 0.0) > monotonic():
                raise _hangs()
            try:
                yield
            except TimeoutError:
                log.error("writing hangs", extra={"fields": {"repository": str(repository)}})
                self._resting[repository] = monotonic() + _REST_SECONDS
                raise _hangs() from None

    async def read(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function that reads or computes, and whose cost the limits of its input bound. Tried once more as `write`.

        Raises `Unavailable` (`took_too_long`) after a minute of it, or two with its waiting, and stops it: of a damaged file that libgit2 reads
        for ever.
        """
        try:
            async with asyncio.timeout(2 * _READ_SECONDS):
                return await self._reader.run_again(_READ_SECONDS, function, *args, **kwargs)
        except TimeoutError:
            raise Unavailable(
                "Reading this took too long and was stopped. Is the disk damaged? See code-together verify.",
                code="took_too_long",
            ) from None

    async def look(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a look into history. Raises `Unavailable` (`took_too_long`) after `look_seconds`, and stops it."""
        return await self.look_for(self._look_seconds, function, *args, **kwargs)

    async def look_for(
        self, seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`look`, with less time; waiting for others' looks may take as long again. Tried once more if the process dies."""
        await self._looker.start(function)
        try:
            async with asyncio.timeout(2 * seconds):
                return await self._looker.run_again(seconds, function, *args, **kwargs)
        except TimeoutError:
            raise Unavailable(
                f"This took longer than {seconds:g} seconds and was stopped.", code="took_too_long"
            ) from None

    async def search(self, budget: Budget, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function that goes over much of a session.

        One account has one process at a time, so that nobody's slow pattern holds up all the others. Raises `Unavailable` (`took_too_long`)
        once its budget is used up, `TooFast` if what the account asked for before keeps it waiting for longer than that.
        """
        turn = self._turns.setdefault(budget.account, asyncio.Lock())
        try:
            async with asyncio.timeout(max(_TURN_SECONDS, budget.seconds)):
                await turn.acquire()
        except TimeoutError:
            raise TooFast("What you asked for before is still being worked on.", retry_after=10) from None
        try:
            return await self._search(budget, function, *args, **kwargs)
        finally:
            turn.release()

    async def _search(self, budget: Budget, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        pool = await self._free_searchers.get()
        started = monotonic()
        try:
            await pool.start(function)
            started = monotonic()
            async with asyncio.timeout(budget.left):
                return await pool.run(function, *args, **kwargs)
        except TimeoutError:
            pool.renew()
            raise Unavailable(
                f"This took longer than {budget.seconds:g} seconds and was stopped.", code="took_too_long"
            ) from None
        except asyncio.CancelledError:
            pool.renew()
            raise
        finally:
            budget.left -= monotonic() - started
            self._free_searchers.put_nowait(pool)

    def close(self) -> None:
        """Waits for what is under way, but for searches, and ends the processes (blocks)."""
        for pool in self._searchers:
            pool.stop_now()
        for pool in (self._writer, self._opener, self._reader, self._looker, *self._searchers):
            pool.close()

    def kill(self) -> None:
        """Ends the processes now, whatever they do."""
        for pool in (self._writer, self._opener, self._reader, self._looker, *self._searchers):
            pool.stop_now()
