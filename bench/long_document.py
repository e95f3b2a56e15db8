"""Whether a long document stands still while it becomes a commit: `python -m bench.long_document [--units 9900000] [--seconds 40]`.

Two people type into it without a pause, and a window closes every five seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
import time
from pathlib import Path

from tests.live import Peer, Person, Tab
from tests.process import ServerProcess

from bench.packing import Sample, told

LINE = "x" * 79 + "\n"
EVERY = 5.0
"""Seconds between windows."""
STILL = 0.05
"""Seconds from which on a key is said to have stood still."""


async def type_on(tab: Tab, peer: Peer, at: int, until: float, keys: list[Sample]) -> None:
    while (begun := time.monotonic()) < until:
        await tab.type(peer, at, "y")
        await tab.saved(peer)
        keys.append((begun, time.monotonic() - begun))
        await asyncio.sleep(0.01)


async def revisions(person: Person, session: str) -> int:
    """How many there are, of the newest page."""
    return len((await person.get(f"/api/sessions/{session}/revisions"))["revisions"])


async def measure(folder: Path, units: int, seconds: float) -> None:
    server = ServerProcess(folder / "data", window_longest=EVERY, window_pause=3_600)
    await asyncio.to_thread(server.start)
    try:
        ann, bob = [await Person.sign_up(server.url, name) for name in ("ann", "bob")]
        session = await ann.new_session()
        await ann.let_in(session, "bob")
        text = LINE * (units // len(LINE))
        await ann.put(f"/api/sessions/{session}/files/long.txt", text.encode())
        tabs = [await person.tab(session) for person in (ann, bob)]
        peers = [await tab.open("long.txt") for tab in tabs]
        before = await revisions(ann, session)
        keys: list[Sample] = []
        until = time.monotonic() + seconds
        places = (len(text) // 3, 2 * len(text) // 3)
        await asyncio.gather(
            *(type_on(tab, peer, at, until, keys) for tab, peer, at in zip(tabs, peers, places, strict=True))
        )
        meanwhile = await revisions(ann, session) - before
        for person in (ann, bob):
            await person.close()
    finally:
        await asyncio.to_thread(server.kill)
    told(f"keys in a document of {len(text):,} characters", keys)
    print(f"revisions meanwhile: {meanwhile}")
    late = [took for _, took in keys if took > STILL]
    print(
        f"the longest key: {1e3 * max(took for _, took in keys):.1f} ms, {len(late)} over {1e3 * STILL:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=9_900_000)
    parser.add_argument("--seconds", type=float, default=40)
    options = parser.parse_args()
    gc.disable()  # a look of this process's own collector would be taken for a key that stood still
    with tempfile.TemporaryDirectory(prefix="code_together-bench-") as folder:
        asyncio.run(measure(Path(folder), options.units, options.seconds))


if __name__ == "__main__":
    main()
