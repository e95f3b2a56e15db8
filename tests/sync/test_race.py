"""Two folders, a browser and a clone change one session at once, at random: nothing is lost, and all end equal."""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pygit2

from tests.clones import Clone, run_git
from tests.live import Person, Tab
from tests.sync.conftest import Place, Running

SECONDS = float(os.environ.get("RACE_SECONDS", "7"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)
PATIENCE = 60.0
TOKEN = re.compile(rb"<[a-z]+[0-9]+>")
NAMES = [*"abcdef"]
FOLDERS = ["", "", "sub/", "sub/deep/", "other/"]


def tokens_in(data: bytes) -> set[str]:
    return {token.decode() for token in TOKEN.findall(data)}


def tree(root: Path) -> dict[str, bytes]:
    """What lies in a folder, but for what is never sent."""
    files = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith((".git/", ".code-together")):
            files[name] = path.read_bytes()
    return files


class Actor:
    """Somebody with tokens of their own; `dropped` are those that they saw when they deleted or overwrote what held them."""

    def __init__(self, name: str, rng: random.Random) -> None:
        self.name, self.rng = name, rng
        self.tokens: list[str] = []
        self.dropped: set[str] = set()
        self.done: list[str] = []

    def token(self) -> str:
        self.tokens.append(f"<{self.name}{len(self.tokens)}>")
        return self.tokens[-1]

    def path(self, binary: bool = False) -> str:
        return str(self.rng.choice(FOLDERS) + self.rng.choice(NAMES)) + (".bin" if binary else ".txt")

    def note(self, what: str) -> None:
        self.done.append(f"{time.monotonic():.2f} {self.name} {what}")


class Hands(Actor):
    """Works in a folder of files, as an editor and a shell do. No step of it is interrupted, so that what it read is what it changes."""

    def __init__(self, name: str, rng: random.Random, root: Path) -> None:
        super().__init__(name, rng)
        self.root = root

    def work(self) -> None:
        files = sorted(tree(self.root))
        acts = [self.edit] * 10 + [self.make] * 2 + [self.rename] * 2 + [self.delete, self.overwrite]
        acts += [self.rename_folder] if self.rng.random() < 0.3 else []
        if not files:
            self.make("")
        else:
            self.rng.choice(acts)(self.rng.choice(files))

    def edit(self, path: str) -> None:
        if not path.endswith(".txt"):
            return self.overwrite(path)
        lines = (self.root / path).read_bytes().splitlines(keepends=True)
        at = self.rng.randint(0, len(lines))
        lines.insert(at, f"{self.token()}\n".encode())
        self.note(f"edits {path} {self.tokens[-1]}")
        self.save(path, b"".join(lines))
        return None

    def overwrite(self, path: str) -> None:
        if path.endswith(".bin"):
            self.dropped |= tokens_in((self.root / path).read_bytes())
            self.note(f"overwrites {path} {self.token()}")
            self.save(path, b"\0" + self.tokens[-1].encode())

    def save(self, path: str, data: bytes) -> None:
        whole = self.root / path
        if self.rng.random() < 0.5:
            whole.write_bytes(data)
        else:
            new = whole.with_name(f".{whole.name}.swp")
            new.write_bytes(data)
            new.replace(whole)

    def make(self, _: str) -> None:
        path = self.path(binary := self.rng.random() < 0.2)
        whole = self.root / path
        if whole.exists() or any(parent.is_file() for parent in whole.parents):
            return
        whole.parent.mkdir(parents=True, exist_ok=True)
        self.note(f"makes {path} {self.token()}")
        whole.write_bytes(b"\0" * binary + f"{self.tokens[-1]}\n".encode())

    def rename(self, path: str) -> None:
        new = self.root / self.path(path.endswith(".bin"))
        if new.exists() or any(parent.is_file() for parent in new.parents):
            return
        new.parent.mkdir(parents=True, exist_ok=True)
        self.note(f"renames {path} to {new.relative_to(self.root)}")
        (self.root / path).rename(new)

    def rename_folder(self, _: str) -> None:
        old, new = self.rng.sample(["sub", "other", "third"], 2)
        if (self.root / old).is_dir() and not (self.root / new).exists():
            self.note(f"renames folder {old} to {new}")
            (self.root / old).rename(self.root / new)

    def delete(self, path: str) -> None:
        self.dropped |= tokens_in((self.root / path).read_bytes())
        self.note(f"deletes {path}")
        (self.root / path).unlink()


class Hand(Hands):
    """Works in a clone, and pushes."""

    def __init__(self, name: str, rng: random.Random, clone: Clone) -> None:
        super().__init__(name, rng, clone.path)
        self.clone = clone
        self.pushes = 0

    async def turn(self) -> None:
        pulled = await self.clone.git("pull", "-q", "--no-rebase", "--no-edit", status=None)
        if (
            pulled.returncode
        ):  # of a picture a merge here would keep one side alone: the session's merge keeps both
            await self.clone.git("merge", "--abort", status=None)
        for _ in range(self.rng.randint(1, 3)):
            self.work()
        await self.clone.git("add", "-A")
        await self.clone.git("commit", "-q", "-m", "work", status=None)
        ref = self.rng.choice(["main", "HEAD:refs/for/main"])
        ran = await self.clone.git("push", "origin", ref, status=None)
        self.note(f"pushes {ref}: {ran.returncode}")
        self.pushes += ran.returncode == 0


class Typist(Actor):
    """In the browser: types live, and makes, renames, deletes and uploads files."""

    def __init__(self, name: str, rng: random.Random, place: Place, tab: Tab) -> None:
        super().__init__(name, rng)
        self.place, self.tab = place, tab

    async def turn(self) -> None:
        session = f"/api/sessions/{self.place.session}"
        files = {item["path"]: item for item in (await self.tab.person.get(f"{session}/files"))["files"]}
        path = self.rng.choice([*files, "a.txt"])
        binary = path.endswith(".bin")
        act = self.rng.choice(["type"] * 10 + ["put"] * 2 + ["rename"] * 2 + ["delete"])
        if act == "type" and path in files and not binary:
            await self.type(path, files[path].get("doc"))
        elif act == "put" and (binary or path not in files):
            self.token()
            body = b"\0" * binary + f"{self.tokens[-1]}\n".encode()
            await self.ask("PUT", f"{session}/files/{path}", data=body)
        elif act == "put":
            self.token()
            await self.ask("PUT", f"{session}/files/{self.path(True)}", data=b"\0" + self.tokens[-1].encode())
        elif act == "rename":
            await self.ask("PATCH", f"{session}/files/{path}", json={"path": self.path(binary)})
        elif act == "delete":
            await self.ask("DELETE", f"{session}/files/{path}")

    async def ask(self, method: str, path: str, **more: Any) -> None:
        async with self.tab.person.http.request(method, self.tab.person.url + path, **more) as response:
            self.note(f"{method} {path} {more}: {response.status}")
            assert response.status < 500, await response.text()
            if response.status >= 400 and method == "PUT":
                self.tokens.pop()

    async def type(self, path: str, doc: int | None) -> None:
        peer = self.tab.peers.get(doc) if doc is not None else None
        if peer is None:
            await self.tab.send({"type": "open", "path": path})
            return
        text = str(peer.text)
        at = text.rfind("\n", 0, self.rng.randint(0, len(text))) + 1
        await self.tab.type(peer, at, f"{self.token()}\n")
        self.note(f"types into {path} {self.tokens[-1]}")

    @property
    def unsaved(self) -> set[str]:
        """Tokens that a browser still has, in a document that was deleted while they were typed."""
        peers = [peer for peer in self.tab.peers.values() if not peer.saved]
        texts = (
            t for peer in peers for change in peer.underway + peer.waiting for t in change.inserted_text()
        )
        return {token for text in texts for token in tokens_in(text.encode())}


def dropped_in(repository: Path, author: str) -> set[str]:
    """Tokens that are gone with a revision of this author."""
    repo = pygit2.Repository(str(repository))
    known: dict[str, set[str]] = {}

    def held(tree: pygit2.Tree) -> set[str]:
        if str(tree.id) not in known:
            known[str(tree.id)] = {
                token
                for one in tree
                for token in (held(one) if isinstance(one, pygit2.Tree) else tokens_in(one.data))  # type: ignore[attr-defined]
            }
        return known[str(tree.id)]

    dropped = set()
    for commit in repo.walk(repo.references["refs/heads/main"].target):
        if commit.parents and commit.author.name == author:
            dropped |= held(commit.parents[0].tree) - held(commit.tree)
    return dropped


async def test_race(place: Place) -> None:
    """SY2, SY3, SY5, SY6: two folders, a browser and a clone at once, with renamings and deletions: all end equal, nothing is lost."""
    await race(place, SEED, SECONDS)


async def race(place: Place, seed: int, seconds: float) -> None:
    print(f"SEED={seed}")
    rng = random.Random(seed)
    people = {}
    for name in ("bob", "cyd", "dan"):
        people[name] = await Person.sign_up(place.server.url, name)
        await place.ann.let_in(place.session, name)
    try:
        for name in NAMES[:4]:
            await place.put(f"{name}.txt", "".join(f"line {i}\n" for i in range(5)))
        await place.put("a.bin", b"\0")
        one, two = await place.sync("one"), await place.sync("two", people["bob"])
        await one.in_step()
        await two.in_step()
        tab = await people["cyd"].tab(place.session)
        clone = await Clone.of(people["dan"], place.session, place.tmp_path / "clone")
        ann, bob = Hands("ann", rng, one.root), Hands("bob", rng, two.root)
        cyd, dan = Typist("cyd", rng, place, tab), Hand("dan", rng, clone)
        end = time.monotonic() + seconds

        async def hands(actor: Hands) -> None:
            while time.monotonic() < end:
                actor.work()
                await asyncio.sleep(rng.uniform(0.05, 0.6))

        async def others(actor: Typist | Hand) -> None:
            while time.monotonic() < end:
                await actor.turn()
                await asyncio.sleep(rng.uniform(0.05, 0.3))

        await asyncio.gather(hands(ann), hands(bob), others(cyd), others(dan))
        await clone.push("HEAD:refs/for/main")
        actors = [ann, bob, cyd, dan]
        await check(place, one, two, actors, cyd)
        print(
            f"{sum(len(a.tokens) for a in actors)} tokens, {sum(len(a.done) for a in actors)} acts, {dan.pushes} pushes"
        )
    finally:
        for person in people.values():
            await person.close()


async def check(place: Place, one: Running, two: Running, actors: list[Any], cyd: Typist) -> None:
    def story() -> str:
        log = sorted(line for actor in actors for line in actor.done)
        return "\n".join([*log, "one:", *one.said, "two:", *two.said])

    until = time.monotonic() + PATIENCE
    while True:
        one.check()
        two.check()
        session = {path: await place.bytes(path) for path in await place.paths()}
        here, there = tree(one.root), tree(two.root)
        if session == here == there:
            break
        if time.monotonic() > until:
            differ = {
                path: [side.get(path) for side in (session, here, there)]
                for path in {*session, *here, *there}
                if not session.get(path) == here.get(path) == there.get(path)
            }
            raise AssertionError(f"not equal (session, one, two): {differ}\n{story()}")
        await asyncio.sleep(0.3)
    for running in (one, two):
        assert await running.stop() == [], story()
    await place.ann.commit(place.session)
    repository = place.tmp_path / "data" / f"{place.session}.git"
    dropped = cyd.unsaved | dropped_in(repository, "Cyd")
    for actor in actors:
        dropped |= actor.dropped
    final = Counter(token for data in session.values() for token in tokens_in(data or b""))
    lost = [token for actor in actors for token in actor.tokens if not final[token] and token not in dropped]
    traces = [await run_git(repository, "log", "--oneline", "--stat", f"-S{token}", "main") for token in lost]
    assert not lost, f"lost {lost}\n{[trace.stdout for trace in traces]}\n{story()}"
    twice = {
        token: [p for p, d in session.items() if token.encode() in (d or b"")]
        for token, n in final.items()
        if n > 1
    }
    for path, data in session.items():
        counts = Counter(TOKEN.findall(data or b""))
        assert not counts or max(counts.values()) == 1, f"{path} holds a token twice: {counts}\n{story()}"
    print(f"{len(twice)} tokens in two files: {twice}")
    print(f"{sum('(from ' in path for path in session)} files kept beside")
