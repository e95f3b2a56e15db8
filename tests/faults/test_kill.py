"""kill -9 at random moments while people type: what was acknowledged is there, what was not is applied once."""

from __future__ import annotations

import asyncio
import json
import os
import random
from pathlib import Path

import pytest

from tests.faults.crowd import Crowd
from tests.process import ServerProcess

ROUNDS = int(os.environ.get("KILL_ROUNDS", "2"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)


async def test_killed_again_and_again(tmp_path: Path) -> None:
    """F1, JR1, WN1, WN2, SQ3, SQ4: 0 acknowledged updates lost, each token once, all texts equal, fsck clean."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    server = ServerProcess(tmp_path / "data")
    await asyncio.to_thread(server.start)
    crowd = await Crowd.of(server, rng, 4)
    lost = 0
    async with crowd.typing():
        for _ in range(ROUNDS):
            await asyncio.sleep(rng.uniform(0.05, 1.2))
            await asyncio.to_thread(server.kill)
            lost += crowd.lost()
            await asyncio.to_thread(server.start)
        await asyncio.sleep(0.5)
    said = await crowd.check()
    print(f"{ROUNDS} kills, {said}, {lost} acknowledged and lost")
    assert lost == 0
    for line in await asyncio.to_thread(server.log.splitlines):
        json.loads(line)  # not even Python says something of its own


@pytest.mark.long
def test_a_second_server_is_refused(tmp_path: Path) -> None:
    """F10, JR5: a second server on the data folder exits with 1 and a sentence that names the first; after its death one may start."""
    first, second = ServerProcess(tmp_path / "data"), ServerProcess(tmp_path / "data")
    first.start()
    with pytest.raises(AssertionError) as refused:
        second.start()
    assert second.wait() == 1
    assert str(first.pid) in str(refused.value)
    assert first.url in str(refused.value)
    first.kill()
    second.start()
    assert second.stop() == 0
