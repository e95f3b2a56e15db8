"""Worker processes: they do what is asked, die alone, and are replaced."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from code_together.errors import NotFound, Unavailable
from code_together.rooms.workers import Budget, Workers


def answer() -> int:
    return os.getpid()


def refuse() -> None:
    raise NotFound("There is no such thing.", code="no_thing")


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def die_once(marker: str) -> str:
    """Dies the first time it is called, as a process that the system kills."""
    if not os.path.exists(marker):
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


@pytest.fixture
async def workers(tmp_path: Path) -> AsyncIterator[Workers]:
    workers = Workers(tmp_path / "lock", look_seconds=3)
    yield workers
    await asyncio.to_thread(workers.close)


async def test_work_is_done_elsewhere(workers: Workers) -> None:
    """WN9: writing and reading have a process each, and errors come back as they are."""
    writer, reader = await asyncio.gather(workers.write(answer), workers.read(answer))
    assert len({writer, reader, os.getpid()}) == 3
    with pytest.raises(NotFound) as refused:
        await workers.write(refuse)
    assert refused.value.code == "no_thing"


async def test_a_writer_that_dies(workers: Workers, tmp_path: Path) -> None:
    """WN9: work whose process is killed is done again by a new one; the caller notices nothing."""
    assert await workers.write(die_once, str(tmp_path / "died")) == "done"


async def test_a_look_that_takes_too_long(workers: Workers) -> None:
    """WN9: a look into history that takes too long is stopped with a sentence, and the next one is answered."""
    with pytest.raises(Unavailable) as refused:
        await workers.look(sleep, 60)
    assert refused.value.code == "took_too_long"
    assert await workers.read(answer)
    with suppress(Unavailable):  # the process may be just ending
        await workers.look(answer)
    assert await workers.look(answer)


async def test_searches_have_processes_of_their_own(workers: Workers) -> None:
    """SE10: one account's slow searches take one process, one after the other; others' searches and looks go on beside them."""
    await asyncio.gather(*(workers.search(Budget(account, 30), answer) for account in (1, 2)))
    slow = [asyncio.create_task(workers.search(Budget(1, 1), sleep, 60)) for _ in range(3)]
    await asyncio.sleep(0.1)
    assert await workers.search(Budget(2, 5), answer) != await workers.read(answer)
    for search in slow:
        with pytest.raises(Unavailable) as refused:
            await search
        assert refused.value.code == "took_too_long"
    assert await workers.search(Budget(1, 30), answer)


async def test_a_budget_is_for_all_batches(workers: Workers) -> None:
    """SE10: the time of a search is that of all its parts together."""
    budget = Budget(1, 30)
    await workers.search(budget, answer)
    budget.left = 1.0
    await workers.search(budget, sleep, 0.6)
    with pytest.raises(Unavailable):
        await workers.search(budget, sleep, 0.6)


async def test_a_search_that_nobody_waits_for(workers: Workers) -> None:
    """SE10: a search that is cancelled ends its process, and the next one has another."""
    first = await workers.search(Budget(1, 30), answer)
    search = asyncio.create_task(workers.search(Budget(1, 30), sleep, 60))
    await asyncio.sleep(0.1)
    search.cancel()
    with suppress(asyncio.CancelledError):
        await search
    pids = {await workers.search(Budget(1, 30), answer) for _ in range(3)}
    assert first not in pids


async def test_closing_does_not_wait_for_searches(tmp_path: Path) -> None:
    """SE10: a slow search does not hold up the end of the server."""
    workers = Workers(tmp_path / "lock", look_seconds=5)
    await workers.search(Budget(1, 30), answer)
    search = asyncio.create_task(workers.search(Budget(1, 60), sleep, 60))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        await asyncio.to_thread(workers.close)
        with pytest.raises(Unavailable):
            await search


async def test_the_loop_goes_on(workers: Workers) -> None:
    """WN9: while a worker is busy the event loop is not."""
    work = asyncio.create_task(workers.write(sleep, 0.4))
    longest, last = 0.0, time.monotonic()
    while not work.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert longest < 0.3


async def test_workers_end_with_a_killed_server(tmp_path: Path) -> None:
    """WN9: when the server is killed its writer goes too and lets go of the lock that the next one waits for."""
    program = (
        "import asyncio, sys, time; from pathlib import Path; from code_together.rooms.workers import Workers\n"
        "from tests.rooms.test_workers import answer\n"
        "async def main():\n"
        f"    workers = Workers(Path({str(tmp_path / 'lock')!r}), look_seconds=5)\n"
        "    print(await workers.write(answer), flush=True)\n"
        "    time.sleep(60)\n"
        "if __name__ == '__main__': asyncio.run(main())\n"
    )
    script = tmp_path / "program.py"
    script.write_text(program)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path])},
    )
    assert process.stdout is not None
    assert int(await asyncio.wait_for(process.stdout.readline(), 20)) != process.pid
    descriptor = os.open(tmp_path / "lock", os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    process.kill()
    await process.wait()
    async with asyncio.timeout(5):
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.02)
    os.close(descriptor)
