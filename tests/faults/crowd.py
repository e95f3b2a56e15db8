"""People who type tokens that nobody else types, whatever happens to the server, and what has to be true in the end.

The checks are those of a central sequencer: every acknowledged edit is in the journal, versions have no gap and no repetition, each (client,
number) is there once, each token is in the text exactly once, all screens are equal, the newest commit's file is that text, and neither
SQLite nor git nor `verify` finds a fault.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Self

import aiohttp

from code_together.config import Settings
from code_together.rooms.verification import verify
from code_together.storage.datafolder import FILE_NAME
from tests.live import Peer, Person, Tab
from tests.process import ServerProcess

AWAY = (aiohttp.ClientError, ConnectionError, AssertionError, TimeoutError)


class Typist:
    """Types tokens, each on a line of its own, and comes back by itself whenever the server does."""

    def __init__(self, tab: Tab, peer: Peer, rng: random.Random) -> None:
        self.tab, self.peer, self.rng = tab, peer, rng
        self.tokens: list[str] = []
        self.acknowledged: set[str] = set()

    async def type_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.type_one()

    async def type_one(self) -> None:
        token = f"<{self.tab.person.name}{len(self.tokens)}>"
        position = self.rng.randint(0, len(self.peer.text))
        # never into another token, so that each is in the text as it was typed
        position = max(str(self.peer.text).rfind("\n", 0, position) + 1, 0)
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
        why: Exception | None = None
        for _ in range(400):
            try:
                await self.tab.disconnect()
                await self.tab.connect()
                return
            except AWAY as error:
                why = error
                await asyncio.sleep(0.05)
        raise AssertionError(f"the server did not come back: {why!r}")

    def note_acknowledged(self) -> None:
        unsaved = "".join(
            text for change in self.peer.underway + self.peer.waiting for text in change.inserted_text()
        )
        self.acknowledged.update(token for token in self.tokens if token not in unsaved)


class Crowd:
    """An owner who looks on, and typists in one file of one session."""

    def __init__(self, server: ServerProcess, owner: Person, session: str, typists: list[Typist]) -> None:
        self.server, self.owner, self.session, self.typists = server, owner, session, typists

    @classmethod
    async def of(cls, server: ServerProcess, rng: random.Random, people: int = 3) -> Self:
        """They come to a server that runs."""
        owner = await Person.sign_up(server.url, "owner")
        session = await owner.new_session(a_py="first\n")
        typists = []
        for name in ["ann", "bob", "cyd", "dan"][:people]:
            person = await Person.sign_up(server.url, name)
            await owner.let_in(session, name)
            tab = await person.tab(session)
            typists.append(Typist(tab, await tab.open("a.py"), rng))
        return cls(server, owner, session, typists)

    @property
    def repository(self) -> Path:
        return self.server.data / f"{self.session}.git"

    @asynccontextmanager
    async def typing(self) -> AsyncIterator[None]:
        """They type for as long as the block lasts; the server has to be there at its end."""
        stop = asyncio.Event()
        tasks = [asyncio.create_task(typist.type_until(stop)) for typist in self.typists]
        try:
            yield
            stop.set()
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    def lost(self) -> int:
        """How many acknowledged tokens are not in the journal; called while the server is dead."""
        for typist in self.typists:
            typist.note_acknowledged()
        with closing(sqlite3.connect(f"file:{self.server.data / FILE_NAME}?mode=ro", uri=True)) as database:
            journal = "".join(row[0].decode() for row in database.execute("SELECT changes FROM updates"))
        return sum(token not in journal for typist in self.typists for token in typist.acknowledged)

    async def check(self) -> str:
        """Everybody sends what is left; then all that must hold is looked at, and the server stopped. Gives what there was."""
        for typist in self.typists:
            if typist.tab.close_code is not None:
                await typist.come_back()
            await typist.tab.flush(typist.peer)
        for typist in self.typists:
            await typist.tab.saved(typist.peer)
        newest = max(typist.peer.version for typist in self.typists)
        for typist in self.typists:
            await typist.tab.until(lambda t=typist: t.peer.version == newest, "everyone's edits")
        text = str(self.typists[0].peer.text)
        assert all(str(typist.peer.text) == text for typist in self.typists), "screens differ"
        counts = Counter(text.split("\n"))
        for typist in self.typists:
            for token in typist.tokens:
                assert counts[token] == 1, f"{token} is there {counts[token]} times"
        await self.owner.commit(self.session)
        async with self.owner.http.get(f"{self.server.url}/healthz") as response:
            assert (await response.json())["status"] == "ok"
        for typist in self.typists:
            await typist.tab.person.close()
        await self.owner.close()
        assert await asyncio.to_thread(self.server.stop) == 0
        assert self._git("show", "main:a.py") == text, "commit and screen differ"
        assert "missing" not in self._git("fsck", "--strict", "--no-dangling")
        self._check_journal(newest)
        faults: list[str] = []
        await verify(Settings(data=self.server.data), faults.append, lambda _: None)
        assert faults == []
        return f"{sum(len(typist.tokens) for typist in self.typists)} tokens, version {newest}"

    def _check_journal(self, newest: int) -> None:
        with closing(sqlite3.connect(self.server.data / FILE_NAME)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            rows = database.execute(
                "SELECT version, client, seq FROM updates ORDER BY document_id, version"
            ).fetchall()
        assert [row[0] for row in rows] == list(range(1, newest + 1)), "versions have gaps"
        assert max(Counter(row[1:] for row in rows).values()) == 1, "an update is there twice"

    def _git(self, *words: str) -> str:
        command = ["git", "-c", "safe.directory=*", "-C", str(self.repository), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
