"""A process that does one thing at a time, and is replaced when it dies or is stopped."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import connection
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import ParamSpec, TypeVar

from code_together import disk
from code_together.errors import Broken, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

_STARTS, _START_PAUSE = 10, 0.1
_NICE = 5  # where there is one core for all, typing comes first
_QUIET = "ignore:resource_tracker:UserWarning"
_held_locks: list[int] = []
# Forked from one process that has loaded what they need: there at once, and what was loaded is in memory once (decision 0021).
_forked = multiprocessing.get_context("forkserver")
_forked.set_forkserver_preload(["__main__", "code_together.rooms.forkserver"])


def start_forking() -> None:
    """Starts what worker processes are forked from, which loads meanwhile. Raises `Unavailable` (`no_processes`)."""
    # Once the server was killed Python's tracker would say, between the lines of the log, that it freed semaphores.
    if _QUIET not in sys.warnoptions:
        sys.warnoptions.append(_QUIET)
    try:
        ensure_running()
    except OSError as error:  # its socket lies in the folder for temporary files
        raise Unavailable(
            f"The processes for Git cannot be started ({error.strerror or error}). Is there room in the folder for temporary files,"
            " and is its name (TMPDIR) shorter than 60 characters?",
            code="no_processes",
        ) from None


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
    except Broken:
        raise  # it says what the disk, or what is on it, has
    except Exception as error:
        if fault := disk.fault(error):
            raise disk.takes_nothing(fault) from None
        if _can_be_brought(error):
            raise
        raise WorkFailed("".join(traceback.format_exception(error))) from None


def _can_be_brought(error: Exception) -> bool:
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)  # noqa: S301 - it was made here
    except Exception:  # whatever a class does when it is pickled
        return False


class Worker:
    """One process that does one thing at a time, and is replaced when it dies or is stopped.

    What waits for its turn waits here and not in the executor: to stop the process ends what it is at, and nothing else. Who no longer waits for
    what has begun leaves it to its end; a future of an executor that is cancelled when the process dies would keep all others waiting for ever.
    """

    def __init__(self, lock: Path | None) -> None:
        self._lock = lock
        self._turn = asyncio.Lock()
        self._executor = self._make()
        self._started: ProcessPoolExecutor | None = None
        self._ended = asyncio.Event()

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

    async def _begun(self, work: Callable[[], T]) -> Future[T]:
        """Hands it to the process, a new one where the last has died. Raises `Unavailable` (`worker_died`) if there is none to be had."""
        for _ in range(_STARTS):
            executor = self._executor
            try:
                return await _submit(executor, work)
            except BrokenProcessPool:
                self._replace(executor)
            except (OSError, EOFError):  # the fork server has died this moment, and does not show it yet
                self._replace(executor)
                await asyncio.sleep(_START_PAUSE)
        raise Unavailable("A worker process cannot be started.", code="worker_died")

    async def _work(self, work: Callable[[], T], seconds: float | None) -> T:
        if self._ended.is_set():
            raise Unavailable("The server is stopping.", code="stopping")
        future = await self._begun(work)
        executor = self._executor
        if self._ended.is_set():  # while the process was started
            self.stop_now()
        try:
            async with asyncio.timeout(seconds) as deadline:
                result = asyncio.wrap_future(future)
                result.add_done_callback(_seen)
                return await asyncio.shield(result)
        except Broken as error:
            log.error(error.code.replace("_", " "), extra={"fields": {"error": error.why}})
            raise
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

    def end(self) -> None:
        """Kills the process, and there will be no other: one that never comes to its end would keep the server from ending."""
        self._ended.set()
        self.stop_now()

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


def _load(function: Callable[..., object]) -> None:
    """What a process does first: to be handed the function it has loaded its module."""
