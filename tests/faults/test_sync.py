"""Folders in step while the server, the client or the line between them fails."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from code_together.errors import Unavailable
from tests.live import Peer, Person, Tab
from tests.process import ServerProcess
from tests.sync.conftest import Running

ROUNDS = int(os.environ.get("KILL_ROUNDS", "1"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)


class Desk:
    """A server process, a session with `a.txt` and a picture, and folders in step with it."""

    def __init__(self, server: ServerProcess, ann: Person, session: str, tmp_path: Path) -> None:
        self.server, self.ann, self.session, self.tmp_path = server, ann, session, tmp_path
        self.running: list[Running] = []

    async def sync(self, name: str, url: str = "") -> Running:
        token = (await self.ann.post("/api/tokens", {"label": name, "scope": "write"}))["token"]
        running = Running(f"{url or self.server.url}/s/{self.session}", self.tmp_path / name, token)
        self.running.append(running)
        await running.in_step()
        return running

    async def file(self, path: str) -> bytes:
        return bytes(await self.ann.get(f"/api/sessions/{self.session}/files/{path}"))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    server = ServerProcess(tmp_path / "data")
    await asyncio.to_thread(server.start)
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_txt="".join(f"line {i}\n" for i in range(20)))
    await ann.put(f"/api/sessions/{session}/files/a.png", b"\0first")
    desk = Desk(server, ann, session, tmp_path)
    yield desk
    for running in desk.running:
        await running.kill()
    await ann.close()
    await asyncio.to_thread(server.stop)


def add_line(path: Path, before: str, token: str) -> None:
    lines = path.read_text().splitlines(keepends=True)
    lines.insert(lines.index(before), token + "\n")
    path.write_text("".join(lines))


async def until_returned(tab: Tab) -> None:
    for _ in range(500):
        try:
            await tab.disconnect()
            await tab.connect()
            return
        except (aiohttp.ClientError, ConnectionError, AssertionError):
            await asyncio.sleep(0.1)
    raise AssertionError("the server did not come back")


@pytest.mark.parametrize("end", ["kill", pytest.param("stop", marks=pytest.mark.long)])
async def test_the_server_ends_and_returns(desk: Desk, end: str) -> None:
    """SY4: the server is killed or restarted again and again while two folders and a browser edit: each token is there once, all are equal."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    one, two = await desk.sync("one"), await desk.sync("two")
    tab = await desk.ann.tab(desk.session)
    peer: Peer = await tab.open("a.txt")
    tokens: list[str] = []

    def token(who: str) -> str:
        tokens.append(f"<{who} {len(tokens)}>")
        return tokens[-1]

    for _ in range(ROUNDS):
        for _ in range(rng.randint(2, 5)):
            add_line(one.root / "a.txt", "line 5\n", token("one"))
            add_line(two.root / "a.txt", "line 15\n", token("two"))
            if tab.close_code is None:
                await tab.type(peer, 0, token("tab") + "\n")
            await asyncio.sleep(rng.uniform(0.05, 0.6))
        await asyncio.to_thread(desk.server.kill if end == "kill" else desk.server.stop)
        add_line(one.root / "a.txt", "line 5\n", token("one"))
        (one.root / f"{len(tokens)}.txt").write_text(token("new") + "\n")
        await asyncio.sleep(rng.uniform(0, 1))
        await asyncio.to_thread(desk.server.start)
        await until_returned(tab)
    (two.root / "a.png").write_bytes(b"\0second")
    for running in (one, two):
        await running.heard("online again")
    await tab.saved(peer)
    until = time.monotonic() + 60
    texts: dict[str, str] = {}
    while time.monotonic() < until:
        one.check()
        two.check()
        texts = {path.name: path.read_text() for path in one.root.glob("*.txt")}
        there = {path.name: path.read_text() for path in two.root.glob("*.txt")}
        counts = Counter(line for text in texts.values() for line in text.splitlines())
        if texts == there and {counts[token] for token in tokens} == {1}:
            break
        await asyncio.sleep(0.3)
    assert {token: counts[token] for token in tokens if counts[token] != 1} == {}, (one.said, two.said)
    assert texts == there
    for name, text in texts.items():
        assert (await desk.file(name)).decode() == text
    await one.until(lambda: (one.root / "a.png").read_bytes() == b"\0second", "the picture")
    assert [await one.stop(), await two.stop()] == [[], []]
    assert [path for path in one.root.iterdir() if "(from" in path.name] == []
    print(f"{ROUNDS} times, {len(tokens)} tokens")


async def test_ended_while_the_server_is_away(desk: Desk) -> None:
    """SY4, SY8, SY11: Ctrl-C while the server is away names what is unsent, which is sent the next time; a server that never answered is said."""
    here = await desk.sync("here")
    await asyncio.to_thread(desk.server.stop)
    await here.heard("offline: The server cannot be reached: Connection refused.")
    add_line(here.root / "a.txt", "line 10\n", "meanwhile")
    (here.root / "a.png").write_bytes(b"\0second")
    (here.root / "new.txt").write_text("new\n")
    assert await here.stop() == ["a.png", "a.txt", "new.txt"]
    assert not here.outcome.done
    never = Running(f"{desk.server.url}/s/{desk.session}", desk.tmp_path / "never", "token")
    await never.heard("offline: ")
    with pytest.raises(Unavailable, match="nothing was sent"):
        await never.stop()
    await asyncio.to_thread(desk.server.start)
    again = await desk.sync("here")
    tab = await desk.ann.tab(desk.session)
    peer = await tab.open("a.txt")
    await tab.until(lambda: "meanwhile\nline 10\n" in str(peer.text), "what was saved meanwhile")
    assert await again.stop() == []


@asynccontextmanager
async def cutting(port: int, after: list[int]) -> AsyncIterator[str]:
    """A line to the server that is cut after so many bytes each way, once for each number; gives its address."""
    writers: set[asyncio.StreamWriter] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[float]) -> None:
        while data := await reader.read(1 << 14):
            writer.write(data[: int(min(left[0], len(data)))])
            left[0] -= len(data)
            if left[0] <= 0:
                break
        for one in tuple(writers):
            one.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        writers.update((writer, back))
        left: list[float] = [after.pop(0) if after else float("inf")]
        await asyncio.gather(
            pass_on(reader, back, left), pass_on(there, writer, left), return_exceptions=True
        )

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.close()


async def test_cut_in_the_middle_of_a_message(desk: Desk) -> None:
    """SY4: the line is cut at any byte, of what comes as of what goes: what was under way is applied once."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    tab = await desk.ann.tab(desk.session)
    peer = await tab.open("a.txt")
    cuts = [2**30]
    async with cutting(desk.server.port, cuts) as url:
        cuts[:] = []
        here = await desk.sync("here", url)
        tokens = []
        for i in range(6):
            cuts.extend(rng.randint(100, 4000) for _ in range(2))
            await asyncio.sleep(0.05)
            tokens.append(f"<here {i} {'x' * rng.randint(1, 3000)}>")
            add_line(here.root / "a.txt", "line 10\n", tokens[-1])
            tokens.append(f"<tab {i}>")
            await tab.type(peer, 0, tokens[-1] + "\n")
            await asyncio.sleep(rng.uniform(0.1, 0.8))
        cuts.clear()
        await tab.until(lambda: all(str(peer.text).count(t + "\n") == 1 for t in tokens), "all tokens, once")
        await here.has("a.txt", str(peer.text))
        assert await here.stop() == []


@pytest.mark.long
async def test_a_week_away(desk: Desk) -> None:
    """SY4: after so long that the server has forgotten the updates between, what both sides did is merged, or kept beside and said."""
    here = await desk.sync("here")
    assert await here.stop() == []
    add_line(here.root / "a.txt", "line 15\n", "here")
    (here.root / "a.png").write_bytes(b"\0mine")
    (here.root / "new.txt").write_text("new\n")
    tab = await desk.ann.tab(desk.session)
    peer = await tab.open("a.txt")
    for line in ("one\n", "two\n", "there\n"):
        await tab.type(peer, 0, line)
        await tab.saved(peer)
    await desk.ann.put(f"/api/sessions/{desk.session}/files/a.png", b"\0theirs", 200)
    await desk.ann.commit(desk.session)
    await asyncio.to_thread(desk.server.stop)
    with sqlite3.connect(desk.server.data / "code_together.db") as database:
        # as pruning leaves it: the newest update of each document stays
        database.execute(
            "DELETE FROM updates WHERE version < (SELECT max(version) FROM updates AS u WHERE u.document_id = updates.document_id)"
        )
    await asyncio.to_thread(desk.server.start)
    again = await desk.sync("here")
    await again.heard("a.png was changed on both sides: yours is kept as a (from ann, ")
    again_tab = await desk.ann.tab(desk.session)
    other = await again_tab.open("a.txt")
    await again_tab.until(lambda: "here\nline 15\n" in str(other.text), "what was saved here")
    assert str(other.text).startswith("there\ntwo\none\nline 0\n")
    await again.has("a.txt", str(other.text))
    assert await desk.file("new.txt") == b"new\n"
    assert await again.stop() == []


def may_mount() -> bool:
    return subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(
    os.geteuid() != 0 or not may_mount(), reason="only an administrator can make a small disk"
)
async def test_a_full_disk(desk: Desk) -> None:
    """SY4, SY10: the disk of the folder is full: it is said, and goes on when there is room again; nothing is lost on either side."""
    small = desk.tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small], check=True)
    try:
        here = await desk.sync("small/here")
        filler = small / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        tab = await desk.ann.tab(desk.session)
        peer = await tab.open("a.txt")
        await tab.type(peer, 0, "typed\n" * 2000)
        await here.heard("No space left on device; it is tried again")
        text = here.text("a.txt") or ""
        assert text.startswith("line 0\n")
        filler.unlink()
        await here.has("a.txt", str(peer.text))
        add_line(here.root / "a.txt", "line 3\n", "saved here")
        await tab.until(lambda: "saved here\nline 3\n" in str(peer.text), "the save")
        assert await here.stop() == []
        assert sorted(path.name for path in here.root.iterdir()) == [".code-together-sync", "a.png", "a.txt"]
    finally:
        for running in desk.running:
            await running.kill()
        subprocess.run(["umount", small], check=True)
