"""kill -9 at random moments while people type: what was acknowledged is there, what was not is applied once."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from tests.live import Peer, Person, Tab
from tests.process import ServerProcess

ROUNDS = int(os.environ.get("KILL_ROUNDS", "10"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)
NAMES = ["ann", "bob", "cyd", "dan"]


class Typist:
    """Types tokens that nobody else types, and comes back by itself whenever the server does."""

    def __init__(self, tab: Tab, peer: Peer, rng: random.Random) -> None:
        self.tab, self.peer, self.rng = tab, peer, rng
        self.tokens: list[str] = []
        self.acknowledged: set[str] = set()

    async def type_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            token = f"<{self.tab.person.name}{len(self.tokens)}>"
            position = self.rng.randint(0, len(self.peer.text))
            # never into another token, so that each is in the text as it was typed
            text = str(self.peer.text)
            position = max(text.rfind("\n", 0, position) + 1, 0)
            self.peer.edit(position, position, token + "\n")
            self.tokens.append(token)
            try:
                await self.tab.flush(self.peer)
                await asyncio.sleep(self.rng.random() * 0.02)
                if self.tab.close_code is not None:
                    await self.come_back()
            except (aiohttp.ClientError, ConnectionError):
                await self.come_back()

    async def come_back(self) -> None:
        for _ in range(500):
            try:
                await self.tab.disconnect()
                await self.tab.connect()
                return
            except (aiohttp.ClientError, ConnectionError, AssertionError):
                await asyncio.sleep(0.05)
        raise AssertionError("the server did not come back")

    def note_acknowledged(self) -> None:
        unsaved = "".join(
            text for change in self.peer.underway + self.peer.waiting for text in change.inserted_text()
        )
        self.acknowledged.update(token for token in self.tokens if token not in unsaved)


@pytest.mark.slow
async def test_killed_again_and_again(tmp_path: Path) -> None:
    """JR1, WN1, WN2, SQ3, SQ4: 0 acknowledged updates lost, each token once, all texts equal, fsck clean."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    server = ServerProcess(tmp_path / "data")
    await asyncio.to_thread(server.start)
    owner = await Person.sign_up(server.url, "owner")
    session = await owner.new_session(a_py="first\n")
    typists = []
    for name in NAMES:
        person = await Person.sign_up(server.url, name)
        await owner.let_in(session, name)
        tab = await person.tab(session)
        typists.append(Typist(tab, await tab.open("a.py"), rng))
    stop = asyncio.Event()
    tasks = [asyncio.create_task(typist.type_until(stop)) for typist in typists]
    lost = 0
    for _ in range(ROUNDS):
        await asyncio.sleep(rng.uniform(0.05, 1.2))
        await asyncio.to_thread(server.kill)
        for typist in typists:
            typist.note_acknowledged()
        with sqlite3.connect(f"file:{server.data}/code_together.db?mode=ro", uri=True) as database:
            journal = "".join(row[0].decode() for row in database.execute("SELECT changes FROM updates"))
        lost += sum(token not in journal for typist in typists for token in typist.acknowledged)
        await asyncio.to_thread(server.start)
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.gather(*tasks)
    for typist in typists:
        if typist.tab.close_code is not None:
            await typist.come_back()
        await typist.tab.flush(typist.peer)
    for typist in typists:
        await typist.tab.saved(typist.peer)
    newest = max(typist.peer.version for typist in typists)
    for typist in typists:
        await typist.tab.until(lambda t=typist: t.peer.version == newest, "everyone's edits")
    text = str(typists[0].peer.text)
    assert all(str(typist.peer.text) == text for typist in typists), "screens differ"
    counts = Counter(text.split("\n"))
    for typist in typists:
        for token in typist.tokens:
            assert counts[token] == 1, f"{token} is there {counts[token]} times"
    await owner.post(f"/api/sessions/{session}/revisions", {})
    repository = tmp_path / "data" / f"{session}.git"
    blob = subprocess.run(
        ["git", "-C", repository, "show", "main:a.py"], check=True, capture_output=True, text=True
    ).stdout
    assert blob == text, "commit and screen differ"
    subprocess.run(
        ["git", "-C", repository, "fsck", "--strict", "--no-dangling"], check=True, capture_output=True
    )
    tokens = sum(len(typist.tokens) for typist in typists)
    print(f"{ROUNDS} kills, {tokens} tokens, {lost} acknowledged and lost")
    assert lost == 0
    for typist in typists:
        await typist.tab.person.close()
    await owner.close()
    assert await asyncio.to_thread(server.stop) == 0


def test_a_second_server_is_refused(tmp_path: Path) -> None:
    """JR5: a second server on the data folder exits with 1 and a sentence that names the first; after its death one may start."""
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
