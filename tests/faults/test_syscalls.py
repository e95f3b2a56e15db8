"""Killed at chosen system calls: in the middle of writing what people type, and in the middle of making good what a crash left."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from pathlib import Path

import pytest

from tests.faults.crowd import AWAY, Crowd
from tests.faults.injection import injected, needs_strace
from tests.process import ServerProcess

ROUNDS = int(os.environ.get("SYSCALL_ROUNDS", "2"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)
CALLS = (
    "fdatasync,fsync",
    "link,linkat",
    "rename,renameat,renameat2",
    "pwrite64",
    "unlink,unlinkat",
    "openat",
)


@needs_strace
async def test_killed_at_a_system_call(tmp_path: Path) -> None:
    """F1b, JR1, WN1, WN2, WN10: wherever the server or its worker is killed in the middle of a commit, nothing acknowledged is lost."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    server = ServerProcess(tmp_path / "data", window_pause=0.05)
    await asyncio.to_thread(server.start)
    crowd = await Crowd.of(server, rng)
    lost = killed = 0
    async with crowd.typing():
        for round in range(ROUNDS):
            calls = CALLS[round % len(CALLS)]
            what = f"signal=SIGKILL:when={rng.randrange(1, 2 + 3 * (round // len(CALLS) + 1))}"
            tracing = injected(server.pid, calls, what)
            await asyncio.to_thread(tracing.__enter__)
            for _ in range(30):
                if server.dead:
                    break
                await asyncio.sleep(0.05)
            await asyncio.to_thread(tracing.__exit__, None, None, None)
            killed += server.dead
            await asyncio.to_thread(server.kill)
            lost += crowd.lost()
            await asyncio.to_thread(server.start)
    said = await crowd.check()
    print(f"{ROUNDS} rounds, {killed} killed at a system call, {said}, {lost} acknowledged and lost")
    assert lost == 0


@needs_strace
@pytest.mark.long
async def test_killed_while_it_recovers(tmp_path: Path) -> None:
    """F25, WN10: a recovery that is killed at its first, second, third … write is done by the next one."""
    server = ServerProcess(tmp_path / "data")
    await asyncio.to_thread(server.start)
    crowd = await Crowd.of(server, random.Random(SEED))
    async with crowd.typing():
        await asyncio.sleep(0.5)
    await crowd.owner.commit(crowd.session)
    await asyncio.to_thread(server.kill)
    assert crowd.lost() == 0
    objects = [path for path in crowd.repository.glob("objects/??/*") if path.stat().st_size]
    for path in sorted(objects, key=lambda path: path.stat().st_mtime)[-6:]:
        path.chmod(0o600)
        path.write_bytes(b"")
    (crowd.repository / "refs" / "heads" / "main.lock").touch()
    for number in range(1, 1 + ROUNDS):
        await asyncio.to_thread(server.start)
        calls = "unlink,unlinkat,rename,renameat,link,linkat,pwrite64,fsync,fdatasync"
        tracing = injected(server.pid, calls, f"signal=SIGKILL:when={number}")
        await asyncio.to_thread(tracing.__enter__)
        with contextlib.suppress(*AWAY):
            await crowd.owner.get(f"/api/sessions/{crowd.session}/files")
        await asyncio.to_thread(tracing.__exit__, None, None, None)
        await asyncio.to_thread(server.kill)
        assert crowd.lost() == 0
    await asyncio.to_thread(server.start)
    for typist in crowd.typists:
        await typist.come_back()
    print(await crowd.check())
