"""How quickly a server is there again: `python -m bench.starting [--sessions 1000] [--updates 100000]`.

Sessions with a file each; the server is stopped and started, and sessions that nobody has open are opened. Then updates that no revision holds yet, a
kill, a start, and the opening of that document.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import aiohttp

from bench.editing.servers import Ours, cost
from bench.editing.work import Work

OPENED = 50
PUSH = 1_000


async def open_text(http: aiohttp.ClientSession, place: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    """Seconds from the beginning of a connection to the text, and what `opened` says."""
    begun = time.perf_counter()
    async with http.ws_connect(place["url"], headers=place["headers"], max_msg_size=0) as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        await socket.send_json({"type": "open", "path": place["path"]})
        while (message := await socket.receive_json())["type"] != "opened":
            pass
        return time.perf_counter() - begun, message


async def open_some(places: list[dict[str, Any]]) -> list[float]:
    async with aiohttp.ClientSession() as http:
        return [(await open_text(http, place))[0] for place in places]


async def type_much(place: dict[str, Any], updates: int) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(place["url"], headers=place["headers"], max_msg_size=0) as socket,
    ):
        await socket.send_json({"type": "hello", "protocol": 1})
        await socket.send_json({"type": "open", "path": place["path"]})
        while (opened := await socket.receive_json())["type"] != "opened":
            pass
        version, length = opened["version"], len(opened["text"])
        for first in range(0, updates, PUSH):
            changes = [[length // 2 + n, [0, "x"], length - length // 2] for n in range(first, first + PUSH)]
            push = {
                "type": "push",
                "doc": opened["doc"],
                "version": version,
                "seq": first + 1,
                "changes": changes,
            }
            await socket.send_str(json.dumps(push))
            version += PUSH
            while True:
                message = await socket.receive_json()
                if message["type"] == "updates" and message["version"] + len(message["updates"]) == version:
                    break


class Servers:
    """One server after the other on the same data; the last one does not outlive the block."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._last: Ours | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._last:
            self._last.kill()

    def start(self) -> tuple[Ours, float]:
        """A server, and the seconds until it takes requests."""
        begun = time.perf_counter()
        never = {"CODE_TOGETHER_WINDOW_PAUSE": "3600", "CODE_TOGETHER_WINDOW_LONGEST": "3600"}
        self._last = Ours(self._data, "0", never)
        return self._last, time.perf_counter() - begun


def at(server: Ours, places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same places at the address of the server that was started again."""
    live = server.url.replace("http", "ws")
    return [place | {"url": f"{live}/api/{place['url'].partition('/api/')[2]}"} for place in places]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=1_000)
    parser.add_argument("--updates", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Servers(Path(folder) / "data") as servers:
        server, _ = servers.start()
        work = Work("starting", people=1, typing=0, keys=0, rooms=options.sessions)
        places = asyncio.run(server.prepare(work))
        server.stop()
        server, seconds = servers.start()
        print(f"start with {options.sessions} sessions: {seconds:.2f} s, {cost(server.pid).cpu:.2f} s of CPU")
        opened = asyncio.run(open_some(at(server, places[: OPENED + 1])))
        rest = sorted(opened[1:])
        print(
            f"opening a session nobody has open: the first {1e3 * opened[0]:.0f} ms, then half of them"
            f" {1e3 * statistics.median(rest):.0f} ms, the slowest of {OPENED} {1e3 * rest[-1]:.0f} ms"
        )
        asyncio.run(type_much(at(server, places)[0], options.updates))
        server.kill()
        server, seconds = servers.start()
        cpu = cost(server.pid).cpu
        (opened_in,) = asyncio.run(open_some(at(server, places[:1])))
        cpu = cost(server.pid).cpu - cpu
        print(
            f"after a kill with {options.updates} updates in no revision: start {seconds:.2f} s,"
            f" the document {opened_in:.2f} s ({cpu:.2f} s of CPU)"
        )
        begun = time.perf_counter()
        server.stop()
        ended = time.perf_counter() - begun
        print(f"their revision and the end: {ended:.2f} s; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
