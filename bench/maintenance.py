"""What a day of typing leaves in a repository, and what packing does to it: `python -m bench.maintenance [--windows 480]`.

Five people type into ten files of a session of 40, a window a minute for eight hours, through the code that closes windows, as fast as it goes. Then
the repository is packed by the code that does so in the background, while windows go on and others clone: how long do these wait?
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from pathlib import Path

import msgspec

from code_together.git import packing, repository
from code_together.git.repository import FileChange, Person, WindowDocument
from code_together.rooms.pausing import Pausing
from code_together.rooms.upkeep import pack
from code_together.rooms.workers import Workers

PEOPLE = [Person(name, f"{name.lower()}@localhost") for name in ("Ann", "Bob", "Cleo", "Dan", "Eve")]
FILES = 40
EDITED = 10
LINE = "    value = something(other, number)\n"


class Day:
    """A session whose people type: each window has every one of them at one or two files."""

    def __init__(self, path: str, workers: Workers) -> None:
        self.path = path
        self.workers = workers
        self.random = random.Random(1)
        self.texts = {f"src/part{n % 5}/file{n}.py": 200 * len(LINE) for n in range(FILES)}
        self.versions = dict.fromkeys(self.texts, 0)
        self.head = ""

    async def begin(self) -> None:
        repository.create(self.path)
        files = [FileChange(path, LINE.encode() * 200) for path in self.texts]
        done = await self.workers.write(
            repository.commit_files, self.path, None, files, PEOPLE[0], "localhost", time.time(), "Add"
        )
        await self._move(done.id)

    async def _move(self, commit: str) -> None:
        await self.workers.write(repository.move_ref, self.path, commit, self.head or None)
        self.head = commit

    async def window(self) -> float:
        """Gives how long closing it took, in seconds."""
        updates: dict[str, list[tuple[int, bytes]]] = {}
        before = dict(self.versions)
        for person in range(len(PEOPLE)):
            for path in self.random.sample(list(self.texts)[:EDITED], self.random.choice((1, 1, 2))):
                for _ in range(6):
                    length = self.texts[path]
                    at = self.random.randrange(length + 1)
                    word = f"word{self.random.randrange(10**6)} "
                    change = [part for part in (at, [0, word], length - at) if part]
                    updates.setdefault(path, []).append((person, msgspec.json.encode(change)))
                    self.texts[path] += len(word)
                    self.versions[path] += 1
        documents = [
            WindowDocument(
                number,
                path,
                "utf-8",
                updates[path],
                before[path] + 1,
                self.versions[path],
                self.texts[path],
            )
            for number, path in enumerate(updates, 1)
        ]
        begun = time.perf_counter()
        done = await self.workers.write(
            repository.commit_window,
            self.path,
            self.head,
            documents,
            PEOPLE,
            "localhost",
            time.time(),
            None,
            2**31,
        )
        await self._move(done.id)
        return time.perf_counter() - begun


def size(path: str) -> str:
    stock = packing.stock(path)
    total = sum(
        os.lstat(os.path.join(folder, file)).st_blocks * 512
        for folder, _, files in os.walk(path)
        for file in files
    )
    return f"{stock.loose:,} loose objects, {len(stock.packs)} packs, {total / 1e6:.1f} MB on the disk"


def told(what: str, seconds: list[float]) -> None:
    if seconds:
        ordered = sorted(seconds)
        print(
            f"{what}: {len(ordered)}, p50 {1e3 * ordered[len(ordered) // 2]:.0f} ms, "
            f"p99 {1e3 * ordered[int(len(ordered) * 0.99)]:.0f} ms, longest {1e3 * ordered[-1]:.0f} ms"
        )


async def sound(path: str) -> bool:
    child = await asyncio.create_subprocess_exec("git", "-C", path, "fsck", "--strict", "--no-dangling")
    return await child.wait() == 0


async def clone(path: str, folder: Path) -> float:
    begun = time.perf_counter()
    child = await asyncio.create_subprocess_exec(
        "git", "clone", "-q", "--no-local", "--bare", path, str(folder)
    )
    assert await child.wait() == 0, "the clone failed"
    return time.perf_counter() - begun


async def measure(folder: Path, windows: int) -> None:
    path = str(folder / "session.git")
    workers = Workers(folder / "worker.lock", look_seconds=10)
    try:
        day = Day(path, workers)
        await day.begin()
        told("windows", [await day.window() for _ in range(windows)])
        print(f"before: {size(path)}")
        print(f"clone: {await clone(path, folder / 'before'):.1f} s")

        begun = time.perf_counter()
        packing_it = asyncio.create_task(
            pack(path, packing.stock(path), workers, Pausing(lambda: False, 3_600))
        )
        beside: list[float] = []
        cloning = asyncio.create_task(clone(path, folder / "beside"))
        while not packing_it.done():
            beside.append(await day.window())
            await asyncio.sleep(0.5)
        await packing_it
        print(f"packed: {time.perf_counter() - begun:.1f} s, beside windows and a clone")
        await cloning
        told("windows meanwhile", beside)
        print(f"after: {size(path)}")
        print(f"clone: {await clone(path, folder / 'after'):.1f} s")
        for name in ("session.git", "before", "beside", "after"):
            print(f"git fsck --strict of {name}: {'clean' if await sound(str(folder / name)) else 'BROKEN'}")
    finally:
        workers.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=480)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="code_together-bench-") as folder:
        asyncio.run(measure(Path(folder), options.windows))


if __name__ == "__main__":
    main()
