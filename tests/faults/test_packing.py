"""kill -9 while repositories are packed: nothing is lost."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
from pathlib import Path

from tests.live import Person
from tests.process import ServerProcess

ROUNDS = int(os.environ.get("KILL_ROUNDS", "2"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)


async def test_killed_while_packing(tmp_path: Path) -> None:
    """UK3: after a kill at any moment every revision is there, git fsck is clean, and packing goes on."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    server = ServerProcess(tmp_path / "data", pack_objects=1, pack_look=0.01, pack_quiet=0)
    await asyncio.to_thread(server.start)
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="first\n")
    path = tmp_path / "data" / f"{session}.git"
    known: list[str] = []
    for round in range(ROUNDS):
        if round:
            await asyncio.to_thread(server.start)
        tab = await ann.tab(session)
        peer = await tab.open("a.py")
        for number in range(rng.randrange(2, 8)):
            await tab.type(peer, 0, f"round {round}, line {number}\n")
            known.append(await ann.commit(session))
            await asyncio.sleep(rng.random() * 0.2)
        await tab.disconnect()
        await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    text = await ann.get(f"/api/sessions/{session}/files/a.py")
    assert text.decode() == str(peer.text)
    packs = path / "objects" / "pack"
    tab = await ann.tab(session)
    async with asyncio.timeout(30):
        while True:
            if list(packs.glob("pack-*.idx")):
                break
            await asyncio.sleep(0.1)
    await tab.disconnect()
    assert await asyncio.to_thread(server.stop) == 0
    await ann.close()
    checked = subprocess.run(
        ["git", "-C", str(path), "fsck", "--strict"], check=True, capture_output=True, text=True
    )
    assert "missing" not in checked.stdout + checked.stderr
    history = subprocess.run(
        ["git", "-C", str(path), "rev-list", "main"], check=True, capture_output=True, text=True
    )
    assert set(known) <= set(history.stdout.split())
