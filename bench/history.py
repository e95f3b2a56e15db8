"""How quick a session with a long history and many comments is: `python -m bench.history --revisions 20000 --comments 10000`.

Makes a data folder with one session as the server would have left it (windows of one or several people, renames, a long file, every object a
loose file), serves it, and asks for what the history page asks for; says the comments over HTTP; packs the repository as the server does, asks
again, and has the whole folder verified. Nothing is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from aiohttp import ClientSession, CookieJar

from bench import comments
from bench.comments import Place
from code_together.config import Settings
from code_together.git import packing, repository
from code_together.git.transport import environment
from code_together.http.app import Server, serving
from code_together.http.keys import REGISTRY
from code_together.rooms.pausing import Pausing
from code_together.rooms.upkeep import pack
from code_together.rooms.verification import verify
from code_together.rooms.workers import Workers
from code_together.storage.accounts import Accounts
from code_together.storage.database import Database
from code_together.storage.datafolder import FILE_NAME
from code_together.storage.journal import Journal
from code_together.storage.sessions import Sessions

PEOPLE = ("ann", "bob", "cleo", "dan", "eve", "finn")
HOST = "localhost"
PASSWORD = "correct horse battery"
FILES = 40
BEGAN = 1_780_000_000
LONG = "src/long.py"
LONG_LINES = 5_000


class Story:
    """Commits for `git fast-import`, in an order that could have happened."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._lines = {f"src/part{n % 5}/file{n}.py": self._text(n) for n in range(FILES)}
        self._lines[LONG] = [f"long_{line} = {line}" for line in range(LONG_LINES)]
        self._mark = 0
        self._at = BEGAN
        self._moves = 0

    def _text(self, number: int) -> list[str]:
        return [f"value_{number}_{line} = {line}" for line in range(120)]

    def stream(self, revisions: int) -> Iterator[bytes]:
        yield self._commit("ann", "Import the files", [], dict.fromkeys(self._lines))
        for number in range(1, revisions):
            self._at += self._chance.choice((11, 30, 60, 60, 90, 600, 7_200 if number % 40 == 0 else 61))
            if number % 50 == 0:
                yield self._rename()
            elif self._chance.random() < 0.2:
                yield from self._window(self._chance.sample(PEOPLE, self._chance.choice((2, 2, 3))))
            else:
                path = self._edit()
                yield self._commit(self._chance.choice(PEOPLE), f"Edit {Path(path).name}", [], {path: None})

    def _window(self, people: list[str]) -> Iterator[bytes]:
        base = self._mark
        touched: dict[str, str | None] = {}
        for person in people:
            path = self._edit()
            touched[path] = None
            yield self._commit(person, f"Edit {Path(path).name}", [], {path: None})
        co_authors = "".join(f"\nCo-authored-by: {name.title()} <{name}@{HOST}>" for name in people)
        message = f"{' and '.join(f'Edit {Path(path).name}' for path in touched)}\n{co_authors}"
        yield self._commit("server", message, [base, self._mark], touched)

    def _edit(self) -> str:
        path = self._chance.choice(list(self._lines))
        lines = self._lines[path]
        start = self._chance.randrange(len(lines))
        new = [f"value = {self._chance.random()}" for _ in range(self._chance.randrange(1, 5))]
        lines[start : start + (len(new) if path == LONG else self._chance.randrange(4))] = new
        del lines[LONG_LINES if path == LONG else 400 :]
        return path

    def _rename(self) -> bytes:
        path = self._chance.choice([path for path in self._lines if path != LONG])
        self._moves += 1
        new = f"src/part{self._moves % 5}/file{self._moves + FILES}.py"
        self._lines[new] = self._lines.pop(path)
        return self._commit("ann", f"Rename {path} to {new}", [], {path: new})

    def _commit(self, name: str, message: str, parents: list[int], changes: dict[str, str | None]) -> bytes:
        self._mark += 1
        author = "code_together <server@localhost>" if name == "server" else f"{name.title()} <{name}@{HOST}>"
        text = message.encode()
        out = [
            f"commit refs/heads/main\nmark :{self._mark}\nauthor {author} {self._at} +0000\n"
            f"committer code_together <server@{HOST}> {self._at} +0000\ndata {len(text)}\n".encode(),
            text,
            b"\n",
        ]
        for word, parent in zip(("from", "merge"), parents, strict=False):
            out.append(f"{word} :{parent}\n".encode())
        for path, new in changes.items():
            if new is not None:
                out.append(f"R {path} {new}\n".encode())
                continue
            data = ("\n".join(self._lines[path]) + "\n").encode()
            out.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
        return b"".join(out)


def git(path: Path, *arguments: str, stdin: Iterator[bytes] | None = None) -> None:
    command = ["git", "--git-dir", str(path), *arguments]
    with subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE if stdin else None) as child:
        if stdin:
            assert child.stdin
            child.stdin.writelines(stdin)
            child.stdin.close()
        if child.wait():
            raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")


def age(path: Path) -> None:
    """What a server wrote last is read when it starts again; of all this that was not just now."""
    long_ago = time.time() - 86_400
    for file in (path / "objects").rglob("*"):
        os.utime(file, (long_ago, long_ago))


def size(folder: Path) -> str:
    total = sum(file.lstat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())
    return f"{total / 1e6:.1f} MB"


async def make(settings: Settings, revisions: int, *, packed: bool) -> str:
    """The data folder with its one session; gives the session's id."""
    database = await asyncio.to_thread(Database.open, settings.data)
    try:
        accounts = Accounts(database, settings)
        ids = [(await accounts.create(name, PASSWORD)).id for name in PEOPLE]
        session = (await Sessions(database, settings).create("A long story", "private", ids[0])).id
        path = settings.data / f"{session}.git"
        await asyncio.to_thread(repository.create, str(path))
        limit = "0" if packed else "1000000000"
        story = Story(7).stream(revisions)
        arguments = (
            *("-c", "core.fsync=none", "-c", f"fastimport.unpackLimit={limit}"),
            *("fast-import", "--quiet"),
        )
        await asyncio.to_thread(git, path, *arguments, stdin=story)
        await asyncio.to_thread(age, path)
        head = await asyncio.to_thread(repository.head, str(path))
        assert head is not None
        await Journal(database).mark(session, head, [])
        return session
    finally:
        await asyncio.to_thread(database.close)


async def timed(name: str, ask: Callable[[], Awaitable[Any]], times: int = 15) -> None:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1e3)
    print(f"{name}: median {median(took):.1f} ms, longest {max(took):.1f} ms", flush=True)


async def measure(settings: Settings, session: str, said: int) -> None:
    where = f"/api/sessions/{session}"
    async with (
        serving(settings) as server,
        ClientSession(server.url, cookie_jar=CookieJar(unsafe=True)) as http,
    ):
        await http.post("/api/login", json={"name": "ann", "password": PASSWORD})

        async def get(what: str, **query: str | int) -> Any:
            return await comments.call(http, "GET", f"{where}/{what}", params=query)

        began = time.perf_counter()
        await get("files")
        print(f"opening the session: {(time.perf_counter() - began) * 1e3:.0f} ms")
        began = time.perf_counter()
        await get("revisions", limit=50)
        print(f"first page with no index: {(time.perf_counter() - began) * 1e3:.0f} ms")
        while not (activity := await get("activity"))["complete"]:
            pass
        print(f"index of {activity['revisions']} revisions, made: {time.perf_counter() - began:.1f} s")
        database = settings.data / FILE_NAME
        print(f"database: {database.stat().st_size / 1e6:.1f} MB")
        revisions: list[dict[str, Any]] = []
        before: str | None = ""
        while before is not None:
            page = await get("revisions", limit=200, **({"before": before} if before else {}))
            revisions += page["revisions"]
            before = page["next"]
        print(f"all pages: {len(revisions)} revisions")
        await look(http, where, get, revisions)
        await put_back(http, where, revisions)
        if said:
            changed = [one for one in revisions[:2_000] if one["files"]]
            places = [
                Place(one["files"][0]["path"], line, one["id"]) for line in (1, 3, 9) for one in changed
            ]
            await comments.say(http, where, said, places)
            one = await comments.look(http, where, LONG)
            await comments.show(server, settings.data / f"{session}.git", session, one["revision"])
            await comments.read_anew(server, http, where, session, said)
            await timed("first page, 50 revisions, with comments", lambda: get("revisions", limit=50))
            await open_again(server, http, where, session)


async def look(
    http: ClientSession, where: str, get: Callable[..., Awaitable[Any]], revisions: list[dict[str, Any]]
) -> None:
    middle = revisions[len(revisions) // 2]
    path = max((file["path"] for file in (await get("files"))["files"]), key=len)
    since, until = revisions[min(len(revisions) - 1, 600)]["at"], revisions[0]["at"]
    await timed("first page, 50 revisions", lambda: get("revisions", limit=50))
    await timed("first page, windows opened", lambda: get("revisions", limit=50, people=1))
    await timed("page in the middle", lambda: get("revisions", limit=50, before=middle["id"]))
    await timed("first page of one file, renames followed", lambda: get("revisions", limit=50, path=path))
    await timed("first page of one author", lambda: get("revisions", limit=50, author="finn"))
    await timed("first page of one author in one file", lambda: get("revisions", path=path, author="finn"))
    await timed("first page of a stretch of time", lambda: get("revisions", since=since, until=until))
    await timed("first page of a message that is nowhere", lambda: get("revisions", q="never said"))
    await timed("one revision", lambda: get(f"revisions/{middle['id']}"))
    await timed("activity of the session", lambda: get("activity"))
    await timed("activity of one file", lambda: get("activity", path=path))
    await timed("difference of one revision", lambda: get(f"revisions/{middle['id']}/diff"))
    base = revisions[-1]["id"]
    await timed(
        "difference of the first and the last",
        lambda: get(f"revisions/{revisions[0]['id']}/diff", base=base),
        5,
    )
    await timed("blame of one file", lambda: get(f"blame/{path}"))
    await timed(f"blame of {LONG_LINES:,} lines", lambda: get(f"blame/{LONG}"), 5)


async def put_back(http: ClientSession, where: str, revisions: list[dict[str, Any]]) -> None:
    """Restores a file as it was in five revisions, then the whole session, and all of it as it was before."""
    newest = revisions[0]["id"]
    places = iter(revisions[len(revisions) // 20 :: len(revisions) // 10])

    async def restore(**what: str) -> None:
        await comments.call(http, "POST", f"{where}/restore", json=what)

    await timed("restore the long file", lambda: restore(revision=next(places)["id"], path=LONG), 5)
    await timed("restore the session", lambda: restore(revision=next(places)["id"]), 1)
    await timed("restore the session again", lambda: restore(revision=newest), 1)


async def open_again(server: Server, http: ClientSession, where: str, session: str) -> None:
    room = await server.app[REGISTRY].room(session)
    room.fail(RuntimeError("for the bench"))
    await comments.timed(
        "opening the room again, with comments", comments.call(http, "GET", f"{where}/files")
    )


async def maintain(settings: Settings, path: Path) -> None:
    """What the server does when people pause."""
    workers = Workers(settings.data / "worker.lock", look_seconds=settings.read_seconds)
    try:
        stock = await asyncio.to_thread(packing.stock, str(path))
        await pack(str(path), stock, workers, Pausing(lambda: False, 3_600))
    finally:
        await asyncio.to_thread(workers.close)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--revisions", type=int, default=20_000)
    parser.add_argument("--comments", type=int, default=10_000)
    parser.add_argument(
        "--packed", action="store_true", help="begin with a repository that is packed already"
    )
    parser.add_argument("--keep", type=Path, help="make the data folder here and leave it")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="code_together-bench-"))
    try:
        settings = Settings(
            data=folder / "data", port=0, name=HOST, bcrypt_cost=4, comments_per_account=10**9
        )
        began = time.perf_counter()
        session = asyncio.run(make(settings, options.revisions, packed=options.packed))
        path = settings.data / f"{session}.git"
        print(
            f"made {options.revisions} revisions: {time.perf_counter() - began:.0f} s, {size(path)}",
            flush=True,
        )
        asyncio.run(measure(settings, session, options.comments))
        print(f"before maintenance: {size(path)}")
        began = time.perf_counter()
        asyncio.run(maintain(settings, path))
        print(f"maintained: {time.perf_counter() - began:.0f} s, {size(path)}")
        asyncio.run(measure(settings, session, 0))
        began = time.perf_counter()
        git(path, "fsck", "--strict", "--no-dangling", "--no-progress")
        print(f"git fsck --strict: {time.perf_counter() - began:.1f} s", flush=True)
        began = time.perf_counter()
        counts = asyncio.run(verify(settings, print, lambda _: None))
        print(f"verified: {time.perf_counter() - began:.1f} s, {counts}")
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
