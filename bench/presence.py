"""What a room of people who move their carets costs the server.

python -m bench.presence [PEOPLE] [MOVES_A_SECOND] [SECONDS]
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.live import Person, Tab
from tests.process import ServerProcess

_TICKS = os.sysconf("SC_CLK_TCK")
_LINES = 1_000


def cpu(pid: int) -> float:
    """Seconds of CPU that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def counting(tab: Tab, counts: dict[str, int]) -> None:
    """Reads the tab's frames without looking into them."""
    async for frame in tab.socket:
        counts["frames"] += 1
        counts["bytes"] += len(frame.data)


async def move(tab: Tab, doc: int, number: int, every: float, until: float) -> int:
    moves = 0
    loop = asyncio.get_running_loop()
    due = loop.time() + every * number / 100
    while due < until:
        await asyncio.sleep(due - loop.time())
        at = (number * 37 + moves * 7) % (9 * _LINES)
        text = f'{{"type":"select","doc":{doc},"version":0,"ranges":[[{at},{at}]],"view":[0,900]}}'
        await tab.send(text)
        moves += 1
        due += every
    return moves


async def measure(server: ServerProcess, people: int, rate: float, seconds: float) -> None:
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="line one\n" * _LINES)
    crowd = [ann]
    for number in range(1, people):
        one = await Person.sign_up(server.url, f"p{number}")
        await ann.let_in(session, one.name)
        crowd.append(one)
    tabs: list[Tab] = []
    doc = 0
    for one in crowd:
        tab = await one.tab(session)
        doc = (await tab.open("a.py")).doc
        assert tab._reader is not None
        tab._reader.cancel()
        tabs.append(tab)
    counts = {"frames": 0, "bytes": 0}
    readers = [asyncio.create_task(counting(tab, counts)) for tab in tabs]
    await asyncio.sleep(1)
    counts.update(frames=0, bytes=0)
    begun, used = time.monotonic(), cpu(server.pid)
    until = asyncio.get_running_loop().time() + seconds
    moves = await asyncio.gather(*(move(tab, doc, n, 1 / rate, until) for n, tab in enumerate(tabs)))
    took, used = time.monotonic() - begun, cpu(server.pid) - used
    print(
        f"{people} people who move their carets: {sum(moves) / took:.0f} moves/s in, {counts['frames'] / took:.0f} frames/s out"
        f" ({counts['bytes'] / took / 1e6:.1f} MB/s), server {100 * used / took:.0f} % of a core"
    )
    for task in readers:
        task.cancel()
    for one in crowd:
        await one.close()


def main() -> None:
    given = [float(argument) for argument in sys.argv[1:4]]
    people, rate, seconds = [*given, *(100.0, 5.0, 10.0)[len(given) :]]
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder) / "data")
        server.start()
        try:
            asyncio.run(measure(server, int(people), rate, seconds))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
