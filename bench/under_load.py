"""Whether people who type notice all else at once: `python -m bench.under_load [--megabytes 200] [--seconds 30]`.

Five people type into a session of 200 MB, at first in quiet; then, while a version is saved every second, its repository is packed and somebody
clones it again and again. All in one run, so that the ratios say something on any machine.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import random
import tempfile
import time
from pathlib import Path

from tests.process import ServerProcess

from bench.packing import Room, Sample, told, until, write_loose
from code_together.git.transport import environment

MOST = 300.0
"""Seconds after which no further clone is begun."""
FILE = 20_000_000
"""Bytes of each of the files that make the session large. They are random: nothing makes them smaller."""
MEMORY = Path("/dev/shm")  # noqa: S108
"""Where a clone is put if it is there: the disk of the one who clones is another than the server's."""


async def fill(room: Room, megabytes: int) -> None:
    rng = random.Random(1)
    for number in range(max(1, megabytes * 1_000_000 // FILE)):
        data = await asyncio.to_thread(rng.randbytes, min(FILE, megabytes * 1_000_000))
        await room.people[0].put(f"/api/sessions/{room.session}/files/data{number}.bin", data)


async def token(room: Room) -> str:
    made = await room.people[0].post("/api/tokens", {"label": "clone", "scope": "read"})
    return str(made["token"])


async def clone(room: Room, secret: str) -> float:
    """Seconds that it took. The one who clones has less right to the processor, as if elsewhere."""
    begun = time.monotonic()
    login = base64.b64encode(f"{room.people[0].name}:{secret}".encode()).decode()
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        command = [
            *("nice", "git", "-c", f"http.extraHeader=Authorization: Basic {login}"),
            *("clone", "--quiet", "--bare", f"{room.server.url}/git/{room.session}.git", f"{folder}/it"),
        ]
        child = await asyncio.create_subprocess_exec(*command, env=environment())
        try:
            status = await child.wait()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if status:
            raise RuntimeError(f"The clone ended with {status}.")
    return time.monotonic() - begun


async def measure(folder: Path, megabytes: int, objects: int, seconds: float) -> None:
    data = folder / "data"
    server = ServerProcess(
        data, pack_look=1, pack_objects=objects // 6, window_pause=3_600, window_longest=3_600
    )
    await asyncio.to_thread(server.start)
    room = Room(server, data)
    try:
        await room.begin()
        await fill(room, megabytes)
        secret = await token(room)
        await asyncio.sleep(2)
        begun = time.monotonic()
        await asyncio.sleep(seconds)
        quiet = [one for one in room.keys if one[0] >= begun]

        await asyncio.to_thread(write_loose, room.repository, objects)
        loaded = await until(room.packing, 60)
        room.begin_saving()
        clones: list[float] = []
        while time.monotonic() - loaded < max(seconds, 1) or not clones:
            clones.append(await clone(room, secret))
            if time.monotonic() - loaded > MOST:
                break
        packing = await asyncio.to_thread(room.packing)
        ended = time.monotonic()
        busy = [one for one in room.keys if loaded <= one[0] < ended]
        await room.end()
    finally:
        await asyncio.to_thread(server.kill)
    report(quiet, busy, room.saves)
    print(f"clones of {megabytes} MB meanwhile: {len(clones)}, the first in {clones[0]:.1f} s")
    print(f"packing: {'still under way' if packing else 'over'} after {ended - loaded:.0f} s")


def report(quiet: list[Sample], busy: list[Sample], saves: list[Sample]) -> None:
    alone, beside = told("keys in quiet", quiet), told("keys beside windows, packing and clones", busy)
    told("versions saved meanwhile", saves)
    print(
        f"keys, beside all that / in quiet: p50 × {beside[0] / alone[0]:.2f}, p99 × {beside[1] / alone[1]:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--objects", type=int, default=12_000)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="code_together-bench-") as folder:
        asyncio.run(measure(Path(folder), options.megabytes, options.objects, options.seconds))


if __name__ == "__main__":
    main()
