"""A live session's repository stays small by itself, and nobody notices."""

from __future__ import annotations

import asyncio
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from bench.packing import write_loose

from code_together.config import Settings
from code_together.git import packing
from tests.clones import Clone
from tests.conftest import Start
from tests.live import Person


async def fewer_than(path: Path, loose: int) -> packing.Stock:
    """The repository's stock, as soon as it has so few loose objects and its pack."""
    async with asyncio.timeout(60):
        while True:
            stock = packing.stock(str(path))
            if stock.loose < loose and stock.packs:
                return stock
            await asyncio.sleep(0.05)


def check(path: Path) -> None:
    subprocess.run(["git", "-C", str(path), "fsck", "--strict"], check=True, capture_output=True)


async def test_packed_at_a_quiet_moment(start: Start, settings: Settings, tmp_path: Path) -> None:
    """UK1, UK4: after enough revisions and a pause the loose objects are in a pack; typing, history and clones go on as before."""
    server = await start(pack_objects=60, pack_look=0.1, pack_quiet=0.5)
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="first\n")
    path = settings.data / f"{session}.git"
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    for number in range(30):
        await tab.type(peer, 0, f"line {number}\n")
        await ann.commit(session)
    await fewer_than(path, 60)
    check(path)
    await tab.type(peer, 0, "after\n")
    head = await ann.commit(session)
    clone = await Clone.of(ann, session, tmp_path / "clone")
    assert (await clone.git("rev-parse", "HEAD")).stdout.strip() == head
    assert (clone.path / "a.py").read_text() == str(peer.text)
    revisions = (await ann.get(f"/api/sessions/{session}/revisions?limit=100"))["revisions"]
    assert len(revisions) == 32
    await ann.close()


async def test_people_who_never_pause(start: Start, settings: Settings) -> None:
    """UK4: while people type it waits, until there is four times as much."""
    server = await start(pack_objects=8, pack_look=0.1, pack_quiet=3_600)
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="first\n")
    path = settings.data / f"{session}.git"
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    for number in range(4):
        await tab.type(peer, 0, f"line {number}\n")
        await ann.commit(session)
    await asyncio.sleep(0.4)
    assert not packing.stock(str(path)).packs
    for number in range(8):
        await tab.type(peer, 0, f"more {number}\n")
        await ann.commit(session)
    await fewer_than(path, 16)
    check(path)
    await ann.close()


def packers(path: Path) -> dict[int, str]:
    """The processes that pack this repository, and their states."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"pack-objects" in words and str(path).encode() in words:
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
                found[int(process.name)] = state
    return found


@pytest.mark.long
async def test_who_types_makes_it_stand_still(start: Start, settings: Settings) -> None:
    """UK4: packing that has begun stands still while somebody types, and is finished in the next pause."""
    server = await start(pack_objects=2_000, pack_look=0.1, pack_quiet=1, window_pause=0.5)
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="first\n")
    path = settings.data / f"{session}.git"
    await asyncio.to_thread(write_loose, path, 2_500)
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "x")
    await ann.commit(session)  # a repository to which nothing is written is not looked at
    async with asyncio.timeout(30):
        while True:
            if packers(path):
                break
            await asyncio.sleep(0.01)
        stood = 0
        while stood < 10:
            await tab.type(peer, 0, "x")
            await tab.saved(peer)
            await asyncio.sleep(0.1)
            states = set(packers(path).values())
            assert states, "it was finished while somebody typed"
            stood = stood + 1 if states == {"T"} else 0
    stock = await fewer_than(path, 2_000)
    assert max(stock.packs.values()) >= 2_000
    check(path)
    await ann.close()


async def test_deleted_while_it_is_packed(start: Start, settings: Settings) -> None:
    """UK3: a session that is deleted leaves nothing, whatever was under way."""
    server = await start(pack_objects=1, pack_look=0.01, pack_quiet=0)
    ann = await Person.sign_up(server.url, "ann")
    for _ in range(5):
        session = await ann.new_session(a_py="first\n", b_py="second\n")
        await ann.call("DELETE", f"/api/sessions/{session}", 204)
        await asyncio.sleep(0.1)
        assert not (settings.data / f"{session}.git").exists()
    await ann.close()
