"""Lines that break, hang or come in crowds, and a server that has no room for another connection."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from code_together.storage.datafolder import FILE_NAME
from tests.conftest import Start, open_socket
from tests.faults.crowd import AWAY, Crowd, Typist
from tests.process import ServerProcess

SEED = 7


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data")
    yield server
    server.end()


async def test_everybody_returns_at_once(server: ServerProcess) -> None:
    """F13, RM9, SQ3: sixty connections are cut at once and come back in the same moment; each unsent edit is there once."""
    await asyncio.to_thread(server.start)
    rng = random.Random(SEED)
    crowd = await Crowd.of(server, rng)
    people = [typist.tab.person for typist in crowd.typists]
    for number in range(57):
        tab = await people[number % 3].tab(crowd.session)
        crowd.typists.append(Typist(tab, await tab.open("a.py"), rng))
    for number, typist in enumerate(crowd.typists):
        token = f"<tab{number}>"
        typist.peer.edit(0, 0, f"{token}\n")
        typist.tokens.append(token)
        await typist.tab.flush(typist.peer)
    await asyncio.to_thread(server.kill)
    assert crowd.lost() == 0
    await asyncio.to_thread(server.start)
    await asyncio.gather(*(typist.come_back() for typist in crowd.typists))
    print(await crowd.check())


async def test_half_open(start: Start) -> None:
    """F16: a connection whose other end is silent, without being closed, is noticed by its heartbeat, and nobody is shown there any more."""
    server = await start(heartbeat=1.0)
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    bob = await server.member(ann, session, "bob", "editor")
    watching = await open_socket(ann, session)
    silent = await bob.http.ws_connect(f"/api/sessions/{session}/live", autoping=False)
    await silent.send_json({"type": "hello", "protocol": 1})
    shown: list[bool] = []
    async with asyncio.timeout(20):
        while shown[-2:] != [True, False]:
            message = await watching.receive_json()
            if message["type"] == "people":
                shown.append("bob" in [person["name"] for person in message["people"]])
    await watching.close()
    await silent.close()


async def test_no_room_for_another_connection(server: ServerProcess) -> None:
    """F22: when the server may open nothing more, those who are there go on typing, and others come in when there is room again."""
    await asyncio.to_thread(server.start)
    crowd = await Crowd.of(server, random.Random(SEED))
    limits = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    open_ones = len(await asyncio.to_thread(os.listdir, f"/proc/{server.pid}/fd"))
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (open_ones + 4, limits[1]))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as many:
        for _ in range(20):
            with contextlib.suppress(*AWAY):
                await many.ws_connect(
                    f"{server.url}/api/sessions/{crowd.session}/live",
                    timeout=aiohttp.ClientWSTimeout(),
                    headers={"Cookie": "x=y"},
                )
        for typist in crowd.typists:
            for _ in range(3):
                await typist.type_one()
            await typist.tab.saved(typist.peer)
        held = [asyncio.open_connection("127.0.0.1", server.port) for _ in range(20)]
        connections = [await one for one in held]
        for typist in crowd.typists:
            await typist.type_one()
            await typist.tab.saved(typist.peer)
        for _, writer in connections:
            writer.close()
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, limits)
    await asyncio.sleep(1.5)  # until it listens again
    assert all(not typist.tab.seen["error"] for typist in crowd.typists)
    print(await crowd.check())


async def test_upgrade_while_people_are_there(server: ServerProcess) -> None:
    """F19, JR6, WN12: people type while the server ends, its database is brought up to date and it comes back; nothing is lost."""
    await asyncio.to_thread(server.start)
    crowd = await Crowd.of(server, random.Random(SEED))
    async with crowd.typing():
        await asyncio.sleep(0.3)
        assert await asyncio.to_thread(server.stop) == 0
        assert crowd.lost() == 0
        with contextlib.closing(sqlite3.connect(server.data / FILE_NAME)) as database, database:
            older(database)
        await asyncio.to_thread(server.start)
        await asyncio.sleep(0.3)
    assert [path.name for path in server.data.glob("*.before-*")] == [f"{FILE_NAME}.before-{STEP}"]
    print(await crowd.check())


STEP = "m0013_summaries"


def older(database: sqlite3.Connection) -> None:
    """As the program before this step left it."""
    database.execute("DROP TABLE summaries")
    database.execute("DELETE FROM _sqlite_migrations WHERE name = ?", (STEP,))
