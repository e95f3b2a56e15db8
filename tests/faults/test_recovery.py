"""What a crash may leave in a repository, and a disk that is full: nothing acknowledged is lost, history is made again."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live import Peer, Person, Tab
from tests.process import ServerProcess


class Scene:
    """Ann and Bob in a session whose newest revision is a window of both, and a server to be stopped and started."""

    def __init__(self, server: ServerProcess, ann: Person, bob: Person, session: str) -> None:
        self.server, self.ann, self.bob, self.session = server, ann, bob, session
        self.repository = server.data / f"{session}.git"

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "safe.directory=*", "-C", str(self.repository), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    async def window(self, word: str) -> str:
        """Both type the word on lines of their own, and it becomes a revision; gives its id."""
        a, b = await self.ann.tab(self.session), await self.bob.tab(self.session)
        pa, pb = await a.open("a.py"), await b.open("a.py")
        await a.type(pa, 0, f"{word} by ann\n")
        await a.saved(pa)
        await b.until(lambda: pb.version == pa.version, "ann's line")
        await b.type(pb, len(pb.text), f"{word} by bob\n")
        await b.saved(pb)
        id: str = (await self.ann.post(f"/api/sessions/{self.session}/revisions"))["id"]
        await a.disconnect()
        await b.disconnect()
        return id

    async def restart(self) -> None:
        await asyncio.to_thread(self.server.start)

    async def text(self, revision: str = "") -> str:
        data: bytes = await self.ann.get(f"/api/sessions/{self.session}/files/a.py{revision}")
        return data.decode()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    server = ServerProcess(tmp_path / "data", window_pause=60, window_longest=600)
    await asyncio.to_thread(server.start)
    ann = await Person.sign_up(server.url, "ann")
    bob = await Person.sign_up(server.url, "bob")
    session = await ann.new_session(a_py="base\n")
    await ann.let_in(session, "bob")
    yield Scene(server, ann, bob, session)
    await ann.close()
    await bob.close()
    assert await asyncio.to_thread(server.stop) == 0


def loose(repository: Path, id: str) -> Path:
    return repository / "objects" / id[:2] / id[2:]


async def test_empty_objects(scene: Scene) -> None:
    """WN2, WN10: objects of the newest revision that a power loss left empty are removed, and the window is committed again."""
    first = await scene.window("first")
    await scene.window("second")
    text = await scene.text()
    before = set(scene.git("rev-list", "--objects", first).split())
    await asyncio.to_thread(scene.server.kill)
    lost = [
        id for id in scene.git("rev-list", "--objects", "main").split() if len(id) == 40 and id not in before
    ]
    assert len(lost) >= 6
    for id in lost:
        path = loose(scene.repository, id)
        path.chmod(0o600)
        path.write_bytes(b"")
    await scene.restart()
    assert await scene.text() == text
    await scene.ann.post(f"/api/sessions/{scene.session}/revisions")
    scene.git("fsck", "--strict")
    assert scene.git("show", "main:a.py") + "\n" == text
    authors = [
        line[7:]
        for line in scene.git("blame", "--line-porcelain", "main", "--", "a.py").splitlines()
        if line.startswith("author ")
    ]
    assert authors == ["Ann", "Ann", "Ann", "Bob", "Bob"]
    assert len(scene.git("log", "--first-parent", "--format=%s", "main").splitlines()) == 3


async def test_killed_between_mark_and_ref(scene: Scene) -> None:
    """WN1, WN2: a revision that the journal knows and the ref does not yet becomes the newest; nothing is committed twice."""
    await scene.window("first")
    second = await scene.window("second")
    await asyncio.to_thread(scene.server.kill)
    scene.git("update-ref", "refs/heads/main", f"{second}^1")
    await scene.restart()
    assert "second by bob" in await scene.text()
    assert scene.git("rev-parse", "main") == second
    await scene.ann.post(f"/api/sessions/{scene.session}/revisions", {}, 200)


async def test_killed_between_objects_and_mark(scene: Scene) -> None:
    """WN1, WN3: a revision of which only the objects were written is made again from the journal, once."""
    first = await scene.window("first")
    await scene.window("second")
    text = await scene.text()
    await asyncio.to_thread(scene.server.kill)
    scene.git("update-ref", "refs/heads/main", first)
    with sqlite3.connect(scene.server.data / "code_together.db") as database:
        database.execute("DELETE FROM marks WHERE id = (SELECT max(id) FROM marks)")
        database.execute("DELETE FROM mark_documents WHERE mark_id NOT IN (SELECT id FROM marks)")
    database.close()
    await scene.restart()
    assert await scene.text() == text
    await scene.ann.post(f"/api/sessions/{scene.session}/revisions")
    assert scene.git("show", "main:a.py") + "\n" == text
    assert len(scene.git("log", "--first-parent", "--format=%s", "main").splitlines()) == 3


async def test_history_without_journal(scene: Scene) -> None:
    """WN2: a repository that does not belong to the journal is refused with a sentence, and nothing is written to it."""
    await scene.window("first")
    await asyncio.to_thread(scene.server.kill)
    commit = scene.git("commit-tree", "main^{tree}", "-p", "main", "-m", "from elsewhere")
    scene.git("update-ref", "refs/heads/main", commit)
    await scene.restart()
    refused = await scene.ann.get(f"/api/sessions/{scene.session}/files", 503)
    assert refused["error"]["code"] == "history_unknown"
    assert scene.git("rev-parse", "main") == commit


async def test_a_full_disk(scene: Scene) -> None:
    """JR3: what cannot be made durable is seen by nobody; the server lives on, and takes it when there is room again."""
    a, b = await scene.ann.tab(scene.session), await scene.bob.tab(scene.session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    limits = resource.prlimit(scene.server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(scene.server.pid, resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    await a.type(pa, 0, "x" * 3_000_000)
    assert await a.closed() == 4503
    assert a.seen["error"][0]["code"] == "not_saved"
    assert await b.closed() == 4503
    assert pb.version == 0
    await refused_while_full(a, pa)
    resource.prlimit(scene.server.pid, resource.RLIMIT_FSIZE, limits)
    await come_back(a)
    await come_back(b)
    await a.saved(pa)
    await b.until(lambda: pb.version == 1, "the long line")
    assert str(pa.text) == str(pb.text) == await scene.text()


async def refused_while_full(tab: Tab, peer: Peer) -> None:
    """The client comes back and tries again, in vain; the server answers all the same."""
    await tab.connect()
    assert await tab.closed() == 4503
    assert not peer.saved


async def come_back(tab: Tab) -> None:
    await tab.disconnect()
    await tab.connect()
