"""Worker processes: they do what is asked, die alone, and are replaced."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pygit2
import pytest

from code_together.errors import NotFound, TooFast, Unavailable
from code_together.git import repository
from code_together.rooms.worker import WorkFailed
from code_together.rooms.workers import Budget, Workers
from tests.git.making import put


def answer() -> int:
    return os.getpid()


def refuse() -> None:
    raise NotFound("There is no such thing.", code="no_thing")


def fall(how: str) -> None:
    if how == "library":
        pygit2.Repository("/nowhere")
    if how == "missing":
        raise KeyError("1111")

    class Local(Exception):
        pass

    raise Local("only here")


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def cut(file: Path) -> None:
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-8])


def wait_for_file(begun: str, go_on: str) -> None:
    """Says that it has begun, and ends when it may."""
    Path(begun).touch()
    while not os.path.exists(go_on):
        time.sleep(0.005)


def die_once(marker: str) -> str:
    """Dies the first time it is called, as a process that the system kills."""
    if not os.path.exists(marker):
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def hang(repository: str, times: int) -> str:
    """Never ends, the first few times it is called for a repository."""
    calls = Path(repository)
    calls.write_bytes((calls.read_bytes() if calls.exists() else b"") + b"x")
    if calls.stat().st_size <= times:
        time.sleep(60)
    return "done"


def name(repository: str) -> str:
    return repository


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


@pytest.mark.parametrize(
    ("how", "error", "said"),
    [
        ("library", WorkFailed, "not found"),
        ("missing", KeyError, "1111"),
        ("local", WorkFailed, "only here"),
    ],
)
async def test_errors_come_over(workers: Workers, how: str, error: type[Exception], said: str) -> None:
    """WN9: whatever is raised in a worker arrives, also what cannot be pickled; the worker goes on."""
    with pytest.raises(error, match=said):
        await workers.read(fall, how)
    assert await workers.read(answer)


async def test_a_writer_that_dies(workers: Workers, tmp_path: Path) -> None:
    """WN9: work whose process is killed is done again by a new one; the caller notices nothing."""
    assert await workers.write(die_once, str(tmp_path / "died")) == "done"


def parent() -> int:
    return os.getppid()


async def test_what_they_are_forked_from_dies(workers: Workers, tmp_path: Path) -> None:
    """WN9: a process whose fork server is killed ends with it, so that there are never two that write, and others take over."""
    writer, reader = await workers.write(answer), await workers.read(answer)
    begun, go_on = tmp_path / "begun", tmp_path / "go on"
    waiting = asyncio.create_task(workers.write(wait_for_file, str(begun), str(go_on)))
    await asyncio.to_thread(wait_for, begun.exists)
    os.kill(await workers.read(parent), signal.SIGKILL)
    for pid in (writer, reader):
        await asyncio.to_thread(wait_for, lambda pid=pid: ended(pid))
    go_on.touch()
    await waiting
    assert {await workers.write(answer), await workers.read(answer)}.isdisjoint({writer, reader})


async def test_killed_at_the_end(workers: Workers) -> None:
    """WN12: once all are ended nothing is begun again, not even what was under way: it would keep the server from ending."""
    under_way = asyncio.create_task(workers.write(sleep, 3_600))
    await asyncio.sleep(0.3)
    workers.kill()
    for late in (under_way, workers.write(answer), workers.read(answer)):
        with pytest.raises(Unavailable) as refused:
            await late
        assert refused.value.code == "stopping"


async def test_all_are_told_to_end_at_once(workers: Workers) -> None:
    """WN9: who stops a service signals all its processes; those of the server work on until it has no more for them."""
    writer, forked_from = await workers.write(answer), await workers.write(parent)
    for pid in (writer, forked_from):
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGINT)
    assert await workers.write(answer) == writer
    assert await workers.read(parent) == forked_from


def ended(pid: int) -> bool:
    """Whether there is no such process any more; a zombie is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_for(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.01)


async def test_a_look_that_takes_too_long(workers: Workers) -> None:
    """WN9: a look into history that takes too long is stopped with a sentence, and the next one is answered."""
    with pytest.raises(Unavailable) as refused:
        await workers.look(sleep, 60)
    assert refused.value.code == "took_too_long"
    assert await workers.read(answer)
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


async def test_an_account_waits_for_itself_for_so_long(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SE10: many slow searches of one account do not pile up; who waits too long is told so."""
    monkeypatch.setattr("code_together.rooms.workers._TURN_SECONDS", 0.5)
    slow = asyncio.create_task(workers.search(Budget(1, 5), sleep, 60))
    await asyncio.sleep(0.1)
    with pytest.raises(TooFast):
        await workers.search(Budget(1, 0.5), answer)
    assert await workers.search(Budget(2, 5), answer)
    slow.cancel()


async def test_the_start_of_a_process_is_nobodys_time(workers: Workers) -> None:
    """SE10: to start its process costs a search nothing of its budget, at first and after another search was stopped."""
    for _ in range(2):
        budget = Budget(1, 30)
        begun = time.monotonic()
        await workers.search(budget, answer)
        assert 30 - budget.left < (time.monotonic() - begun) / 2, "nearly all of it is the start"
        budget.left = 0.1
        with pytest.raises(Unavailable):
            await workers.search(budget, sleep, 60)


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


async def test_the_loop_goes_on(workers: Workers, tmp_path: Path) -> None:
    """WN9: while a worker is busy the event loop is not: this work ends only when the loop has done something."""
    begun, go_on = tmp_path / "begun", tmp_path / "go on"
    work = asyncio.create_task(workers.write(wait_for_file, str(begun), str(go_on)))
    while not begun.exists():  # noqa: ASYNC110 -- another process makes it
        await asyncio.sleep(0.005)
    assert not work.done()
    go_on.touch()
    await work


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


async def test_damaged_files_are_not_read_for_ever(
    workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WN13: a loose object whose end is missing, which libgit2 never comes to the end of, stops with a sentence, and others are read."""
    path = str(tmp_path / "session.git")
    repository.create(path)
    commit = put(path, {"a": b"a text of some lines\n" * 40, "b": b"other\n"})
    (id,) = [entry.blob for entry in repository.files(path, commit) if entry.path == "a"]
    cut(Path(path, "objects", id[:2], id[2:]))
    assert await workers.read(repository.read, path, commit, "b") == b"other\n"
    monkeypatch.setattr("code_together.rooms.workers._READ_SECONDS", 1.0)
    with pytest.raises(Unavailable, match="Is the disk damaged") as stopped:
        await workers.read(repository.read, path, commit, "a")
    assert stopped.value.code == "took_too_long"
    monkeypatch.undo()
    assert await workers.read(repository.read, path, commit, "b") == b"other\n"


async def test_writing_that_hangs(workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """WN13: what does not come to an end is stopped and done once more; if it hangs again its repository rests, and others' go on."""
    monkeypatch.setattr("code_together.rooms.workers._WRITE_SECONDS", 2.0)
    assert await workers.write(hang, str(tmp_path / "once"), 1) == "done"
    for_ever = tmp_path / "for ever"
    hanging = [asyncio.create_task(workers.write(hang, str(for_ever), 99)) for _ in range(3)]
    assert await workers.write(name, "another") == "another"
    for each in hanging:
        with pytest.raises(Unavailable, match="what was typed is safe") as stopped:
            await each
        assert stopped.value.code == "took_too_long"
    assert for_ever.read_bytes() == b"xx"
    monkeypatch.setattr("code_together.rooms.workers.monotonic", lambda: time.monotonic() + 3_600)
    assert await workers.write(name, str(for_ever)) == str(for_ever)


async def test_opening_beside_writing(workers: Workers, tmp_path: Path) -> None:
    """WN13: a repository is made fit for use while another is written to; what is written to the same one comes first."""
    begun, go_on = tmp_path / "begun", tmp_path / "go on"
    assert await workers.prepare(name, "first") == "first"
    writing = asyncio.create_task(workers.write(wait_for_file, str(begun), str(go_on)))
    while not begun.exists():  # noqa: ASYNC110 -- another process makes it
        await asyncio.sleep(0.005)
    same = asyncio.create_task(workers.prepare(name, str(begun)))
    assert await workers.prepare(name, "other") == "other"
    assert not writing.done()
    assert not same.done()
    go_on.touch()
    await writing
    assert await same == str(begun)


async def test_what_waits_outlives_a_stop(workers: Workers, tmp_path: Path) -> None:
    """WN13: a process that dies takes nothing along that waits, also when somebody gives up waiting at that moment."""
    begun, go_on = tmp_path / "begun", tmp_path / "go on"
    first = asyncio.create_task(workers.read(wait_for_file, str(begun), str(go_on)))
    while not begun.exists():  # noqa: ASYNC110 -- another process makes it
        await asyncio.sleep(0.005)
    waiting = [asyncio.create_task(workers.read(answer)) for _ in range(6)]
    await asyncio.sleep(0)
    go_on.touch()
    waiting[3].cancel()
    workers._reader.stop_now()
    waiting[5].cancel()
    async with asyncio.timeout(30):
        await first
        found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(one, int) for one in found] == [True, True, True, False, True, False]


async def test_writes_are_counted(workers: Workers, tmp_path: Path) -> None:
    """UK4: it is known of each repository whether something was written to it."""
    path = str(tmp_path / "one.git")
    assert workers.written(path) == 0
    await workers.write(repository.create, path)
    await workers.read(repository.head, path)
    assert workers.written(path) == 1
    assert workers.written(str(tmp_path / "other.git")) == 0
