"""A disk that is full, fails, is slow, loses its power or comes back otherwise: nothing acknowledged is lost, what is not safe is refused."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from code_together.storage.datafolder import FILE_NAME
from tests.faults.crowd import Crowd
from tests.faults.injection import disk, injected, mounted, needs_mount, needs_strace, unmount
from tests.live import Person
from tests.process import ServerProcess

POWER_ROUNDS = int(os.environ.get("POWER_ROUNDS", "1"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)


async def health(person: Person) -> str:
    return str((await person.get("/healthz"))["status"])


async def until_well(person: Person) -> None:
    async with asyncio.timeout(30):
        while await health(person) != "ok":  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def until_refused(crowd: Crowd) -> None:
    """What is typed is not acknowledged, and the people are sent away."""
    async with asyncio.timeout(30):
        while not all(typist.tab.seen["error"] for typist in crowd.typists):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert {one["code"] for typist in crowd.typists for one in typist.tab.seen["error"]} <= {
        "not_saved",
        "room_failed",
    }


async def refuses(crowd: Crowd) -> None:
    """The server says that it is unwell, takes nothing, and still shows what it has."""
    assert await health(crowd.owner) == "degraded"
    where = f"/api/sessions/{crowd.session}"
    refused: Any = await crowd.owner.post(f"{where}/chat", {"text": "hello"}, 503)
    assert refused["error"]["code"] == "not_saved"
    assert b"first" in await crowd.owner.get(f"{where}/files/a.py")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data")
    yield server
    server.end()


@needs_mount
async def test_power_loss(tmp_path: Path) -> None:
    """F2, P1, WN2, WN10: what was not synced is gone, nothing acknowledged is, and history is made again."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    image = disk(tmp_path / "disk.img", 64)
    data = tmp_path / "data"
    server = ServerProcess(data, window_pause=0.05)
    data.mkdir()
    mount(image, data)
    try:
        await asyncio.to_thread(server.start)
        crowd = await Crowd.of(server, rng)
        lost = 0
        async with crowd.typing():
            for round in range(POWER_ROUNDS):
                await asyncio.sleep(rng.uniform(0.3, 1.5))
                os.kill(server.pid, signal.SIGSTOP)
                after = tmp_path / f"disk{round % 2}.img"
                await asyncio.to_thread(shutil.copyfile, image, after)
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(unmount, data)
                image = after
                mount(image, data)
                lost += crowd.lost()
                await asyncio.to_thread(server.start)
        said = await crowd.check()
    finally:
        server.end()
        unmount(data)
    print(f"{POWER_ROUNDS} power losses, {said}, {lost} acknowledged and lost")
    assert lost == 0


@needs_mount
async def test_full_disk(tmp_path: Path) -> None:
    """F3, JR3, P10: on a full disk nothing is half saved, the server says so, still shows what it has, and goes on by itself when there is room."""
    data = tmp_path / "data"
    server = ServerProcess(data)
    with mounted(data, "-t", "tmpfs", "-o", "size=20m", "tmpfs"):
        try:
            await asyncio.to_thread(server.start)
            crowd = await Crowd.of(server, random.Random(SEED))
            async with crowd.typing():
                await asyncio.sleep(0.3)
                with contextlib.suppress(OSError), (data / "filler").open("wb", buffering=0) as filler:
                    while True:
                        filler.write(bytes(4096))
                await until_refused(crowd)
                await refuses(crowd)
                (data / "filler").unlink()
                await until_well(crowd.owner)
            print(await crowd.check())
        finally:
            server.end()


@pytest.mark.long
@needs_mount
async def test_no_inodes(tmp_path: Path) -> None:
    """F4, JR10, P8: without room for another file no revision is made and nothing that is typed is refused; it is made when there is room."""
    data = tmp_path / "data"
    image = disk(tmp_path / "disk.img", 32, "-N", "256")
    server = ServerProcess(data, window_pause=60)
    with mounted(data, "-o", "loop", str(image)):
        try:
            await asyncio.to_thread(server.start)
            crowd = await Crowd.of(server, random.Random(SEED))
            number = 0
            with contextlib.suppress(OSError):
                for number in range(1_000):
                    (data / f"filler{number}").touch()
            async with crowd.typing():
                await asyncio.sleep(0.3)
            refused: Any = await crowd.owner.post(f"/api/sessions/{crowd.session}/revisions", None, 503)
            assert refused["error"]["code"] == "not_saved"
            assert all(not typist.tab.seen["error"] for typist in crowd.typists)
            for filler in data.glob("filler*"):
                filler.unlink()
            print(await crowd.check())
        finally:
            server.end()


@needs_strace
@pytest.mark.parametrize("calls", ["fdatasync,fsync", pytest.param("pwrite64", marks=pytest.mark.long)])
async def test_failing_disk(server: ServerProcess, calls: str) -> None:
    """F5, JR3, P10: when the disk says that it failed nothing is acknowledged; the server says so, and goes on when it works again."""
    await asyncio.to_thread(server.start)
    crowd = await Crowd.of(server, random.Random(SEED))
    async with crowd.typing():
        failing = injected(server.pid, calls, "error=EIO")
        await asyncio.to_thread(failing.__enter__)
        await until_refused(crowd)
        await refuses(crowd)
        await asyncio.to_thread(failing.__exit__, None, None, None)
        await until_well(crowd.owner)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.kill)
        assert crowd.lost() == 0
        await asyncio.to_thread(server.start)
    print(await crowd.check())


@needs_strace
@pytest.mark.long
async def test_slow_disk(server: ServerProcess) -> None:
    """F12, JR1: on a disk that takes 0.2 s for a sync edits are acknowledged late and the server answers everybody else at once."""
    await asyncio.to_thread(server.start)
    crowd = await Crowd.of(server, random.Random(SEED))
    slow = injected(server.pid, "fdatasync,fsync", "delay_exit=200000")
    await asyncio.to_thread(slow.__enter__)
    async with crowd.typing():
        answered = synced = 0
        version = crowd.typists[0].peer.version
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            assert await health(crowd.owner) == "ok"
            answered += 1
            synced += crowd.typists[0].peer.version > version
            version = crowd.typists[0].peer.version
        await asyncio.to_thread(slow.__exit__, None, None, None)
    assert answered > 3 * synced, "the server waited for its disk"
    print(f"{answered} answers beside {synced} turns that were saved; {await crowd.check()}")


def _end_of(log: bytes) -> int:
    """Where the last frame of a write-ahead log ends; the rest of the file is not in use, or no longer."""
    head, page = 32, 24 + 4096
    salts, end = log[16:24], head
    while log[end + 8 : end + 16] == salts:
        end += page
    assert end > head, "nothing was in the log"
    return end


@pytest.mark.long
async def test_torn_log(server: ServerProcess) -> None:
    """F2b, P1: a write-ahead log whose last frames were torn loses what was not synced and nothing else."""
    await asyncio.to_thread(server.start)
    crowd = await Crowd.of(server, random.Random(SEED))
    log = server.data / f"{FILE_NAME}-wal"
    async with crowd.typing():
        for torn in (b"", bytes(24 + 4096), os.urandom(3 * (24 + 4096) + 17)):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(server.kill)
            with log.open("r+b") as file:
                file.seek(_end_of(log.read_bytes()))
                file.write(torn)
            assert crowd.lost() == 0
            await asyncio.to_thread(server.start)
    print(await crowd.check())


@pytest.mark.long
async def test_busy_database(server: ServerProcess) -> None:
    """F6, JR3: another process that holds the database for a second delays what is typed, and nothing else."""
    await asyncio.to_thread(server.start)
    crowd = await Crowd.of(server, random.Random(SEED))
    async with crowd.typing():
        other = sqlite3.connect(server.data / FILE_NAME, isolation_level=None, timeout=10)
        other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(0.3)
        versions = [typist.peer.version for typist in crowd.typists]
        for _ in range(20):
            assert await health(crowd.owner) == "ok"
            await asyncio.sleep(0.02)
        assert [typist.peer.version for typist in crowd.typists] == versions
        other.execute("COMMIT")
        other.close()
    assert all(not typist.tab.seen["error"] for typist in crowd.typists)
    print(await crowd.check())


@pytest.mark.parametrize("damage", ["header", pytest.param("page", marks=pytest.mark.long), "empty"])
async def test_broken_database(server: ServerProcess, damage: str) -> None:
    """F7, JR10, P10: a database that is damaged is not served: exit 1, a sentence that says what to do, and nothing is written to it."""
    await asyncio.to_thread(server.start)
    ann = await Person.sign_up(server.url, "ann")
    await ann.new_session(a_py="x\n")
    await ann.close()
    assert await asyncio.to_thread(server.stop) == 0
    file = server.data / FILE_NAME
    data = bytearray(file.read_bytes())
    if damage == "header":
        data[:100] = bytes(100)
    elif damage == "page":
        for page in range(1, len(data) // 4096):
            data[page * 4096 : page * 4096 + 4096] = b"\xff" * 4096
    else:
        data = bytearray()
    file.write_bytes(data)
    with pytest.raises(AssertionError) as refused:
        await asyncio.to_thread(server.start)
    assert server.wait() == 1
    assert "code-together restore" in str(refused.value)
    assert "Traceback" not in str(refused.value)
    assert file.read_bytes() == data


@pytest.mark.long
@needs_mount
async def test_read_only_disk(tmp_path: Path) -> None:
    """F27, JR10: a data folder that became read-only is not served, with a sentence; when it can be written again all is there."""
    data = tmp_path / "data"
    server = ServerProcess(data)
    image = disk(tmp_path / "disk.img", 32)
    with mounted(data, "-o", "loop", str(image)):
        try:
            await asyncio.to_thread(server.start)
            crowd = await Crowd.of(server, random.Random(SEED))
            await crowd.owner.commit(crowd.session)
            assert await asyncio.to_thread(server.stop) == 0
            remount(data, "ro")
            with pytest.raises(AssertionError) as refused:
                await asyncio.to_thread(server.start)
            assert server.wait() == 1
            assert "Is its disk full, or not to be written to?" in str(refused.value)
            assert "Traceback" not in str(refused.value)
            remount(data, "rw")
            await asyncio.to_thread(server.start)
            async with crowd.typing():
                await asyncio.sleep(0.2)
            print(await crowd.check())
        finally:
            server.end()


def mount(image: Path, where: Path) -> None:
    subprocess.run(["mount", "-o", "loop", str(image), str(where)], check=True)


def remount(where: Path, how: str) -> None:
    os.sync()
    subprocess.run(["mount", "-o", f"remount,{how}", str(where)], check=True)
