"""Processes for everything that would hold up the event loop: Git, and texts that are long to compare.

pygit2 holds the interpreter's lock while it writes and syncs, so a thread would not do. There is one process that writes to repositories,
one that brings texts to the editors, one for looks into history, which may take long and are stopped then, and two for what goes over whole
sessions (searches, archives) and may be made to take long on purpose. All end with the server, and a new writer waits until the writer of a
killed server is gone.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from time import monotonic
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from code_together.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

_SEARCHERS = 2
_held_locks: list[int] = []


def _begin(lock: str | None) -> None:
    """Runs first in a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.umask(0o077)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if lock is not None:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        _held_locks.append(descriptor)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


class _Pool:
    """One process that is replaced when it dies or is stopped."""

    def __init__(self, lock: Path | None) -> None:
        self._lock = lock
        self._executor = self._make()

    def _make(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(str(self._lock) if self._lock else None,),
        )

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        executor = self._executor
        try:
            future = executor.submit(function, *args, **kwargs)
        except BrokenProcessPool:
            self._replace(executor)
            future = self._executor.submit(function, *args, **kwargs)
        try:
            return await asyncio.wrap_future(future)
        except BrokenProcessPool:
            self._replace(executor)
            raise Unavailable(
                "A worker process ended in the middle of its work.", code="worker_died"
            ) from None

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


class Budget:
    """How long all that one request of an account has done may run, in seconds; waiting for a process does not count."""

    def __init__(self, account: int, seconds: float) -> None:
        self.account = account
        self.seconds = self.left = seconds


class Workers:
    """The worker processes of a server. `lock` is a file in the data folder that the writing one holds while it lives."""

    def __init__(self, lock: Path, *, look_seconds: float) -> None:
        self._writer = _Pool(lock)
        self._reader = _Pool(None)
        self._looker = _Pool(None)
        self._look_seconds = look_seconds
        self._searchers = [_Pool(None) for _ in range(_SEARCHERS)]
        self._free_searchers: asyncio.LifoQueue[_Pool] = asyncio.LifoQueue()
        for pool in self._searchers:
            self._free_searchers.put_nowait(pool)
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function of `git/` that writes. One that was begun is finished even if the caller no longer waits.

        Tried once more if the process dies: everything that writes to a repository may be repeated. Raises `Unavailable`
        (`worker_died`) if it dies again.
        """
        try:
            return await asyncio.shield(self._writer.run(function, *args, **kwargs))
        except Unavailable as error:
            if error.code != "worker_died":
                raise
            return await asyncio.shield(self._writer.run(function, *args, **kwargs))

    async def read(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function that reads or computes, and whose cost the limits of its input bound. Tried once more as `write`."""
        try:
            return await self._reader.run(function, *args, **kwargs)
        except Unavailable as error:
            if error.code != "worker_died":
                raise
            return await self._reader.run(function, *args, **kwargs)

    async def look(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a look into history. Raises `Unavailable` (`took_too_long`) after `look_seconds`, and stops it."""
        try:
            async with asyncio.timeout(self._look_seconds):
                return await self._looker.run(function, *args, **kwargs)
        except TimeoutError:
            self._looker.stop_now()
            raise Unavailable(
                f"This took longer than {self._look_seconds:g} seconds and was stopped.", code="took_too_long"
            ) from None

    async def search(self, budget: Budget, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function that goes over much of a session. Raises `Unavailable` (`took_too_long`) once its budget is used up.

        One account has one process at a time, so that nobody's slow pattern holds up all the others.
        """
        async with self._turns.setdefault(budget.account, asyncio.Lock()):
            pool = await self._free_searchers.get()
            started = monotonic()
            try:
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
        for pool in (self._writer, self._reader, self._looker, *self._searchers):
            pool.close()
