"""How quick comments stay: many of them are said over HTTP, listed, and read anew from Git. By itself, or on a long history (`bench.history`).

python -m bench.comments [HOW_MANY]
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from code_together.config import Settings
from code_together.http.app import Server, serving
from code_together.http.keys import DATABASE, REGISTRY

FILES = 40
LINES = 250
AT_ONCE = 4
PASSWORD = "four teal kites"


@dataclass(frozen=True)
class Place:
    """Where something is said: a line of a file, in a revision or (None) in the text of now."""

    path: str
    line: int
    revision: str | None = None


async def call(http: aiohttp.ClientSession, method: str, path: str, **more: Any) -> Any:
    async with http.request(method, path, **more) as response:
        body = await response.read()
        assert response.status < 300, (response.status, body[:300])
        return await response.json() if response.content_type == "application/json" and body else None


async def timed(what: str, work: Awaitable[Any]) -> Any:
    began = time.perf_counter()
    done = await work
    print(f"{what}: {1000 * (time.perf_counter() - began):.1f} ms", flush=True)
    return done


def bytes_of(folder: Path) -> int:
    return sum(os.lstat(Path(at) / name).st_size for at, _, names in os.walk(folder) for name in names)


def git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=True).stdout


async def say(http: aiohttp.ClientSession, where: str, count: int, places: Sequence[Place]) -> None:
    """Says so many comments, a few at a time, at one place after another."""
    took: list[float] = []
    numbers = iter(range(count))

    async def talk() -> None:
        for number in numbers:
            place = places[number % len(places)]
            body: dict[str, Any] = {
                "path": place.path,
                "range": {"start_line": place.line, "end_line": place.line},
                "text": f"Comment {number} for @ann",
            }
            if place.revision is not None:
                body["revision"] = place.revision
            began = time.perf_counter()
            await call(http, "POST", f"{where}/comments", json=body)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(talk() for _ in range(AT_ONCE)))
    seconds = time.perf_counter() - began
    ordered = sorted(took)
    print(f"{count:,} comments, {AT_ONCE} at a time: {seconds:.1f} s, {count / seconds:.0f} a second")
    median, slow = 1000 * statistics.median(took), 1000 * ordered[int(len(took) * 0.99)]
    print(f"one comment: median {median:.1f} ms, 99 % {slow:.1f} ms", flush=True)


async def look(http: aiohttp.ClientSession, where: str, path: str) -> dict[str, Any]:
    """Asks for the lists; gives a comment of the first page."""
    await timed("comments, first page (200 threads)", call(http, "GET", f"{where}/comments"))
    page = await timed("comments, first page again", call(http, "GET", f"{where}/comments"))
    before = page["next"] or page["comments"][-1]["thread"]
    await timed("comments, next page", call(http, "GET", f"{where}/comments?before={before}"))
    of_a_file = {"open": "1", "path": path, "limit": "50"}
    await timed("comments, 50 open ones of a file", call(http, "GET", f"{where}/comments", params=of_a_file))
    await timed("comments, mine", call(http, "GET", f"{where}/comments?mine=1&limit=50"))
    one: dict[str, Any] = page["comments"][0]
    await timed("resolve one", call(http, "PATCH", f"{where}/comments/{one['id']}", json={"resolved": True}))
    return one


async def show(running: Server, repository: Path, session: str, revision: str) -> None:
    """Shows a note as git does."""
    room = await running.app[REGISTRY].room(session)
    await room.comments.notes.write()
    began = time.perf_counter()
    shown = await asyncio.to_thread(git, repository, "notes", "--ref=devtools/discuss", "show", revision)
    took = 1000 * (time.perf_counter() - began)
    lines = shown.decode().splitlines()
    print(f"git notes --ref=devtools/discuss show: {len(lines):,} lines in {took:.1f} ms, the first of them")
    print(lines[0], flush=True)


async def read_anew(
    running: Server, http: aiohttp.ClientSession, where: str, session: str, count: int
) -> None:
    """Deletes the index, and asks for a page that has to wait for it."""
    room = await running.app[REGISTRY].room(session)
    room.fail(RuntimeError("for the bench"))

    def forget(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM comments")
        connection.execute("DELETE FROM comment_refs")

    await running.app[DATABASE].write(forget)
    again = await timed(
        "index of comments made again from Git, and a page", call(http, "GET", f"{where}/comments?limit=50")
    )
    assert again["open"] == count - 1, again["open"]


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data=Path(folder) / "data", port=0, name="bench.test", bcrypt_cost=4, comments_per_account=10**9
        )
        async with serving(settings) as running, aiohttp.ClientSession(
            running.url, cookie_jar=aiohttp.CookieJar(unsafe=True)
        ) as http:  # fmt: skip
            await call(http, "POST", "/api/accounts", json={"name": "ann", "password": PASSWORD})
            session = (await call(http, "POST", "/api/sessions", json={"title": "Bench"}))["id"]
            where = f"/api/sessions/{session}"
            text = "".join(f"line {number} of a file\n" for number in range(LINES)).encode()
            for number in range(FILES):
                await call(http, "PUT", f"{where}/files/f{number}.py", data=text)
            places = [Place(f"f{n % FILES}.py", n // FILES % LINES + 1) for n in range(FILES * LINES)]
            await say(http, where, count, places)
            one = await look(http, where, "f3.py")
            repository = settings.data / f"{session}.git"
            await show(running, repository, session, one["revision"])
            size = bytes_of(repository)
            await read_anew(running, http, where, session, count)
        packed = Path(folder) / "packed.git"
        await asyncio.to_thread(git, repository, "bundle", "create", "-q", str(packed), "--all")
        print(f"repository: {size / 1e6:.1f} MB loose, {packed.stat().st_size / 1e6:.1f} MB packed")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
