"""Whether people notice that their repository is packed: `python -m bench.packing [--objects 12000] [--seconds 30]`.

Five people type into one file, and somebody saves a version every second, while the repository is as it is and while a large one is packed. All in
one run, so that the ratios say something on any machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import os
import random
import tempfile
import time
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.live import Peer, Person, Tab
from tests.process import ServerProcess

NAMES = ["ann", "bob", "cyd", "dan", "eve"]
WORDS = [
    "value",
    "other",
    "return",
    "self",
    "number",
    "import",
    "if",
    "for",
    "in",
    "while",
    "(",
    ")",
    "=",
    "+",
]
EVERY = 0.15  # seconds between two keys of a person

Sample = tuple[float, float]  # when it began, and the seconds it took


class Room:
    """A running server with people who type until they are told to stop."""

    def __init__(self, server: ServerProcess, data: Path) -> None:
        self.server = server
        self.data = data
        self.keys: list[Sample] = []
        self.saves: list[Sample] = []
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        people = [await Person.sign_up(self.server.url, name) for name in NAMES]
        self.people = people
        self.session = session = await people[0].new_session(a_py="first line\n" * 200)
        self.repository = self.data / f"{session}.git"
        for person in people[1:]:
            await people[0].let_in(session, person.name)
        for number, person in enumerate(people):
            tab = await person.tab(session)
            self._until_stop(self._type(tab, await tab.open("a.py"), random.Random(number)))

    def begin_saving(self) -> None:
        """From now on somebody saves a version every second: windows close."""
        self._until_stop(self._save(self.people[0], self.session))

    def _until_stop(self, work: Awaitable[None]) -> None:
        self._tasks.append(asyncio.ensure_future(work))

    async def _type(self, tab: Tab, peer: Peer, rng: random.Random) -> None:
        while not self._stop.is_set():
            at = rng.randrange(len(str(peer.text)))
            begun = time.monotonic()
            await tab.type(peer, at, rng.choice("abcdefgh "))
            await tab.saved(peer)
            self.keys.append((begun, time.monotonic() - begun))
            await asyncio.sleep(max(0.0, EVERY - (time.monotonic() - begun)))

    async def _save(self, person: Person, session: str) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            await person.commit(session)
            self.saves.append((begun, time.monotonic() - begun))
            await asyncio.sleep(max(0.0, 1 - (time.monotonic() - begun)))

    async def end(self) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)
        for person in self.people:
            await person.close()

    def packing(self) -> bool:
        """Whether git packs it at this moment, or is stopped on the way."""
        for status in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = status.read_bytes()
                if str(self.repository).encode() in words and b"pack-objects" in words:
                    return True
        return False

    def loose(self) -> int:
        return sum(len(files) for _, _, files in os.walk(self.repository / "objects")) - len(
            list((self.repository / "objects" / "pack").iterdir())
        )


def write_loose(repository: Path, count: int) -> None:
    """So many texts that resemble each other, as loose objects."""
    rng = random.Random(1)
    lines = [" ".join(rng.choices(WORDS, k=10)) for _ in range(2_000)]
    for _ in range(count):
        text = "\n".join(rng.sample(lines, 150)).encode()
        data = b"blob %d\0" % len(text) + text
        name = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        folder = repository / "objects" / name[:2]
        folder.mkdir(exist_ok=True)
        (folder / name[2:]).write_bytes(zlib.compress(data, 1))


def told(what: str, samples: list[Sample]) -> tuple[float, float]:
    """p50 and p99 in milliseconds."""
    ordered = sorted(seconds * 1e3 for _, seconds in samples)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    print(f"{what}: {len(ordered)}, p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    return p50, p99


async def until(true: Callable[[], bool], seconds: float) -> float:
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if await asyncio.to_thread(true):
            break
        await asyncio.sleep(0.1)
    return time.monotonic()


async def measure(folder: Path, objects: int, seconds: float, most: float) -> None:
    data = folder / "data"
    server = ServerProcess(data, pack_look=1, pack_objects=objects // 6, window_pause=10, push_bytes=10**9)
    await asyncio.to_thread(server.start)
    room = Room(server, data)
    try:
        await room.begin()
        room.begin_saving()
        await asyncio.sleep(3)
        room.keys.clear()
        room.saves.clear()
        await asyncio.sleep(seconds)
        before = time.monotonic()
        await asyncio.to_thread(write_loose, room.repository, objects)
        begun = await until(room.packing, 60)
        ended = await until(lambda: not room.packing(), most)
        print(f"git at work: {ended - begun:.0f} s; {room.loose():,} loose objects are left")
        await room.end()
    finally:
        await asyncio.to_thread(server.kill)
    rows = []
    for what, samples in (("keys", room.keys), ("saves", room.saves)):
        quiet = told(f"{what} without packing", [one for one in samples if one[0] < before])
        busy = told(f"{what} while it is packed", [one for one in samples if begun <= one[0] < ended])
        rows.append(
            f"{what}, packing / without it: p50 × {busy[0] / quiet[0]:.2f}, p99 × {busy[1] / quiet[1]:.2f}"
        )
    print("\n".join(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=12_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--most", type=float, default=300, help="how long its end is waited for, in seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="code_together-bench-") as folder:
        asyncio.run(measure(Path(folder), options.objects, options.seconds, options.most))


if __name__ == "__main__":
    main()
