"""Processes for everything that would hold up the event loop: Git, and texts that are long to compare.

pygit2 holds the interpreter's lock while it writes and syncs, so a thread would not do. There is one process that writes to repositories,
one that makes those fit for use that are opened, one that brings texts to the editors, one for looks into history, which may take long and
are stopped then, and two for what goes over whole sessions (searches, archives) and may be made to take long on purpose. All end with the server,
and a new writer waits until the writer of a killed server is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from code_together.errors import TooFast, Unavailable
from code_together.rooms.worker import Worker, start_forking

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

_SEARCHERS = 2
_READ_SECONDS = 60.0
_WRITE_SECONDS = 120.0
_REST_SECONDS = 600.0  # nothing is written to a repository after writing to it has hung
_TURN_SECONDS = 10.0  # how long an account's requests wait for each other, at least


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
        start_forking()
        self._writer = Worker(lock)
        self._opener = Worker(None)
        self._reader = Worker(None)
        self._looker = Worker(None)
        self._look_seconds = look_seconds
        self._searchers = [Worker(None) for _ in range(_SEARCHERS)]
        self._all = [self._writer, self._opener, self._reader, self._looker, *self._searchers]
        self._free_searchers: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        for worker in self._searchers:
            self._free_searchers.put_nowait(worker)
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._at: WeakValueDictionary[object, asyncio.Lock] = WeakValueDictionary()
        self._resting: dict[object, float] = {}
        self._writer_is_alone = False
        self._written: dict[object, int] = {}

    def written(self, repository: str) -> int:
        """How often something was written to a repository since the start."""
        return self._written.get(repository, 0)

    async def write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function of `git/` that writes to the repository that is its first argument. One that was begun is finished even if the caller no
        longer waits.

        Tried once more if the process dies, or is stopped as it does not come to an end: everything that writes to a repository may be repeated.
        Raises `Unavailable`: `worker_died` if it dies again, `took_too_long` if it hangs again. Then nothing is written to this repository for a
        while, so that others' revisions do not wait for it.
        """
        return await asyncio.shield(self._write(function, *args, **kwargs))

    async def _write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        repository = args[0] if args else None
        self._written[repository] = self._written.get(repository, 0) + 1
        async with self._busy_with(repository):
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
        worker = await self._free_searchers.get()
        started = monotonic()
        try:
            await worker.start(function)
            started = monotonic()
            async with asyncio.timeout(budget.left):
                return await worker.run(function, *args, **kwargs)
        except TimeoutError:
            worker.renew()
            raise Unavailable(
                f"This took longer than {budget.seconds:g} seconds and was stopped.", code="took_too_long"
            ) from None
        except asyncio.CancelledError:
            worker.renew()
            raise
        finally:
            budget.left -= monotonic() - started
            self._free_searchers.put_nowait(worker)

    def close(self) -> None:
        """Waits for what is under way, but for searches, and ends the processes (blocks)."""
        for worker in self._searchers:
            worker.stop_now()
        for worker in self._all:
            worker.close()

    def kill(self) -> None:
        """Ends the processes now, whatever they do."""
        for worker in self._all:
            worker.end()


def _hangs() -> Unavailable:
    return Unavailable(
        "Writing to the session's repository does not come to an end and was stopped; what was typed is safe. "
        "Is the disk damaged? See code-together verify.",
        code="took_too_long",
    )
