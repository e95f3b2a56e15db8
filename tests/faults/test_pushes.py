"""Pushes while people type, and pushes that a crash cuts off, against a server in a process of its own."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.clones import Clone
from tests.faults.crowd import Typist
from tests.live import Person
from tests.process import ServerProcess

SECONDS = float(os.environ.get("RACE_SECONDS", "4"))
ROUNDS = int(os.environ.get("KILL_ROUNDS", "2"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)
NAMES = ["ann", "bob", "cyd", "dan", "eve"]


class Slow(Typist):
    """Types as fast as a person does, and from time to time changes a line of somebody else's."""

    async def type_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            token = f"<{self.tab.person.name}{len(self.tokens)}>"
            text = str(self.peer.text)
            at = text.rfind("\n", 0, self.rng.randint(0, len(text))) + 1
            self.peer.edit(at, at, token + "\n")
            self.tokens.append(token)
            await self.tab.flush(self.peer)
            await asyncio.sleep(self.rng.uniform(0.05, 0.25))


class Pusher:
    """Pulls, writes lines that nobody else writes, and pushes, every second."""

    def __init__(self, clone: Clone, rng: random.Random) -> None:
        self.clone, self.rng = clone, rng
        self.lines: list[str] = []
        self.heads: list[str] = []
        self.merged = self.straight = self.behind = 0
        self.slowest = 0.0

    async def push_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            begun = time.monotonic()
            await self.once()
            await asyncio.sleep(max(0.0, begun + 1 - time.monotonic()))

    async def once(self) -> None:
        clone, rng = self.clone, self.rng
        await clone.git("pull", "-q", "--ff-only")
        self.heads.append((await clone.git("rev-parse", "HEAD")).stdout.strip())
        number = len(self.lines)
        line = f"<push{number}>"
        lines = (clone.path / "a.py").read_text().split("\n")
        lines.insert(rng.randint(0, len(lines) - 1), line)
        extra = {f"new{number}_txt": "new\n"} if number % 3 == 0 else {}
        await clone.commit(f"Push {number}", a_py="\n".join(lines), **extra)
        self.lines.append(line)
        begun = time.monotonic()
        ran = await clone.git("push", "origin", "main", status=None)
        if ran.returncode:
            assert "fetch first" in ran.stderr, ran.stderr
            self.behind += 1
            ran = await clone.git("push", "origin", "HEAD:refs/for/main")
        self.slowest = max(self.slowest, time.monotonic() - begun)
        if "brings it all together" in ran.stderr:
            self.merged += 1
        else:
            self.straight += 1


@pytest.mark.timeout(300 + 3 * SECONDS)
async def test_pushes_while_five_people_type(tmp_path: Path) -> None:
    """PU1, PU3, P2, P5, G10: every token and every pushed line is there once, all screens are equal, fsck is clean, no revision is left out."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    server = ServerProcess(tmp_path / "data", window_pause=2, window_longest=5)
    await asyncio.to_thread(server.start)
    owner = await Person.sign_up(server.url, "owner")
    session = await owner.new_session(a_py="first\n")
    typists = []
    for name in NAMES:
        person = await Person.sign_up(server.url, name)
        await owner.let_in(session, name)
        tab = await person.tab(session)
        typists.append(Slow(tab, await tab.open("a.py"), rng))
    pusher = Pusher(await Clone.of(owner, session, tmp_path / "clone"), rng)
    stop = asyncio.Event()
    tasks = [asyncio.create_task(typist.type_until(stop)) for typist in typists]
    tasks.append(asyncio.create_task(pusher.push_until(stop)))
    await asyncio.wait(tasks, timeout=SECONDS, return_when=asyncio.FIRST_EXCEPTION)
    stop.set()
    await asyncio.gather(*tasks)
    for typist in typists:
        await typist.tab.flush(typist.peer)
        await typist.tab.saved(typist.peer)
    newest = max(typist.peer.version for typist in typists)
    for typist in typists:
        await typist.tab.until(lambda t=typist: t.peer.version == newest, "everyone's edits")
    text = str(typists[0].peer.text)
    assert all(str(typist.peer.text) == text for typist in typists), "screens differ"
    counts = Counter(text.split("\n"))
    wanted = [*pusher.lines, *(token for typist in typists for token in typist.tokens)]
    assert [token for token in wanted if counts[token] != 1] == []
    await pusher.clone.git("pull", "-q", "--ff-only")
    assert (pusher.clone.path / "a.py").read_text() == text, "commit and screen differ"
    line = (await pusher.clone.git("rev-list", "--first-parent", "HEAD")).stdout.split()
    assert set(pusher.heads) <= set(line)
    repository = tmp_path / "data" / f"{session}.git"
    fsck = subprocess.run(
        ["git", "-C", repository, "fsck", "--strict", "--no-dangling"], capture_output=True, text=True
    )
    assert (fsck.returncode, fsck.stdout) == (0, ""), fsck.stderr
    assert (await pusher.clone.git("fsck", "--strict", "--no-dangling")).stdout == ""
    tokens = len(wanted) - len(pusher.lines)
    print(
        f"{SECONDS:.0f} s: {tokens} tokens, {len(pusher.lines)} pushes ({pusher.merged} merged, {pusher.straight} as they were, "
        f"{pusher.behind} by refs/for/main; the slowest {pusher.slowest:.2f} s), {len(line)} revisions, 0 lost, 0 twice"
    )
    for typist in typists:
        await typist.tab.person.close()
    await owner.close()
    assert await asyncio.to_thread(server.stop) == 0


@pytest.mark.timeout(300 + 20 * ROUNDS)
async def test_killed_while_a_push_lands(tmp_path: Path) -> None:
    """PU6: after kill -9 at any moment a push is there whole (text, file, commit) or not at all; pushed again it is there once."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    server = ServerProcess(tmp_path / "data", window_pause=600, window_longest=600)
    await asyncio.to_thread(server.start)
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="first\n")
    clone = await Clone.of(ann, session, tmp_path / "clone")
    whole = nothing = 0
    took = 1.0  # seconds of a push
    repository = tmp_path / "data" / f"{session}.git"
    for number in range(ROUNDS):
        await clone.git("pull", "-q", "--ff-only")
        tab = await ann.tab(session)
        peer = await tab.open("a.py")
        await tab.type(peer, 0, f"<typed{number}>\n")
        await tab.saved(peer)
        text = (clone.path / "a.py").read_text()
        pushed = await clone.commit(
            f"Push {number}", a_py=f"{text}<pushed{number}>\n", **{f"f{number}_txt": "new\n"}
        )
        pushing = asyncio.create_task(clone.git("push", "origin", "main", status=None))
        await asyncio.sleep(took * rng.uniform(0.3, 1.2))
        await asyncio.to_thread(server.kill)
        await pushing
        await tab.disconnect()
        await asyncio.to_thread(server.start)
        again = await ann.tab(session)
        live = str((await again.open("a.py")).text)
        main = subprocess.run(
            ["git", "-C", repository, "merge-base", "--is-ancestor", pushed, "main"], capture_output=True
        ).returncode
        files = [file["path"] for file in (await ann.get(f"/api/sessions/{session}/files"))["files"]]
        parts = (main == 0, f"<pushed{number}>" in live, f"f{number}.txt" in files)
        assert parts in ((True,) * 3, (False,) * 3), parts
        whole, nothing = whole + all(parts), nothing + (not any(parts))
        assert live.count(f"<typed{number}>") == 1
        await again.disconnect()
        begun = time.monotonic()
        await clone.git("push", "origin", "HEAD:refs/for/main")
        if not all(parts):
            took = time.monotonic() - begun
    await clone.git("pull", "-q", "--ff-only")
    lines = Counter((clone.path / "a.py").read_text().split("\n"))
    wanted = [f"<{what}{number}>" for number in range(ROUNDS) for what in ("typed", "pushed")]
    assert [line for line in wanted if lines[line] != 1] == []
    fsck = subprocess.run(
        ["git", "-C", repository, "fsck", "--strict", "--no-dangling"], capture_output=True, text=True
    )
    assert (fsck.returncode, fsck.stdout) == (0, ""), fsck.stderr
    print(f"{ROUNDS} kills: {whole} whole, {nothing} not at all")
    await ann.close()
    assert await asyncio.to_thread(server.stop) == 0
