"""Starting a server on a core of its own, filling it with people, and reading what it costs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.editing.work import Work

PASSWORD = "a password of four words"
ACCOUNTS = 250
ROOMS_AT_ONCE = 8
PEERS = Path(__file__).parent / "peers"
SERVERS = (
    "ours",
    "codemirror",
    "y-websocket",
    "hocuspocus",
    "sharedb",
    "pycrdt-websocket",
    "aiohttp",
    "picows",
)
LINE = "The quick brown fox jumps over the lazy dog, again and again.\n"


def text_of(units: int) -> str:
    """The text that a room begins with: the same at all servers (peers/start.js)."""
    return (LINE * (units // len(LINE) + 1))[:units]


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds and memory of a process and all its children; what they share in memory is counted once."""

    cpu: float
    memory: int


def cost(pid: int) -> Cost:
    cpu, memory = 0.0, 0
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            used = time.clock_gettime(~one << 3 | 2)  # the clock of another process: clock_getcpuclockid(3)
            children = Path(f"/proc/{one}/task/{one}/children").read_text().split()
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        cpu += used
        memory += _proportional(rollup)
        waiting += map(int, children)
    return Cost(cpu, memory)


def _proportional(rollup: str) -> int:
    return sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))


class Server:
    """A server's process, on one core. `speaks`: which `Speaker` its people are."""

    speaks: str

    def __init__(
        self, core: str, command: list[str | Path], environment: dict[str, str] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            ["taskset", "-c", core, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("Serving on "):
            raise RuntimeError(f"The server says {line!r}.")
        self.url = line.removeprefix("Serving on ").strip()
        self.pid = self._process.pid

    async def prepare(self, work: Work) -> list[dict[str, Any]]:
        """Gives where each person connects, room by room."""
        live = self.url.replace("http", "ws")
        rooms = [f"room{room}" for room in range(work.rooms) for _ in range(work.people)]
        return [{"url": f"{live}/{room}", "headers": {}, "path": room} for room in rooms]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Floor(Server):
    """A bare transport."""

    speaks = "relay"

    def __init__(self, transport: str, core: str) -> None:
        super().__init__(core, [sys.executable, "-m", "bench.editing.floors", transport])


class Peer(Server):
    """Another server for texts that many write, in Node."""

    def __init__(self, name: str, speaks: str, work: Work, core: str) -> None:
        self.speaks = speaks
        super().__init__(core, ["node", PEERS / f"{name}.js", str(work.units)])


class PycrdtWebsocket(Server):
    """Another server for texts that many write, in Python."""

    speaks = "pycrdt-websocket"

    def __init__(self, work: Work, core: str) -> None:
        super().__init__(core, [sys.executable, "-m", "bench.editing.pycrdt_server", str(work.units)])


class Ours(Server):
    """`code-together serve` as it is installed, durable as always."""

    speaks = "ours"

    def __init__(self, data: Path, core: str, settings: dict[str, str] | None = None) -> None:
        super().__init__(
            core,
            [sys.executable, "-m", "code_together", "serve", "--data", data, "--port", "0"],
            {
                "CODE_TOGETHER_BCRYPT_COST": "4",
                "CODE_TOGETHER_CONNECTIONS_PER_ACCOUNT": "5000",
                "CODE_TOGETHER_ACCOUNTS_PER_ADDRESS": "10000",
                **(settings or {}),
            },
        )

    async def prepare(self, work: Work) -> list[dict[str, Any]]:
        """Accounts, sessions and a file in each; gives where each person connects."""
        people = min(ACCOUNTS, work.people * work.rooms)
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.url, cookie_jar=jar) as http:
            tokens = []
            for number in range(people):
                jar.clear()
                account = {"name": f"person{number}", "password": PASSWORD}
                async with http.post("/api/accounts", json=account) as response:
                    if response.status == 409:
                        response = await http.post("/api/login", json=account)
                    response.raise_for_status()
                async with http.post("/api/tokens", json={"label": "load", "scope": "write"}) as response:
                    tokens.append((await response.json())["token"])
            jar.clear()
            owner = {"Authorization": f"Bearer {tokens[0]}"}
            text = text_of(work.units).encode()
            places: list[dict[str, Any]] = []
            several = asyncio.Semaphore(ROOMS_AT_ONCE)

            async def furnish(room: int) -> list[dict[str, Any]]:
                async with several:
                    body = {"title": f"Room {room}"}
                    async with http.post("/api/sessions", json=body, headers=owner) as response:
                        session = (await response.json())["id"]
                    await http.put(f"/api/sessions/{session}/files/text.txt", data=text, headers=owner)
                    seats = [(room * work.people + seat) % people for seat in range(work.people)]
                    for number in {*seats} - {0}:
                        member = f"/api/sessions/{session}/members/person{number}"
                        await http.put(member, json={"role": "editor"}, headers=owner)
                live = f"{self.url.replace('http', 'ws')}/api/sessions/{session}/live"
                return [
                    {
                        "url": live,
                        "headers": {"Authorization": f"Bearer {tokens[number]}"},
                        "path": "text.txt",
                    }
                    for number in seats
                ]

            for furnished in await asyncio.gather(*map(furnish, range(work.rooms))):
                places += furnished
        return places


def start(name: str, work: Work, data: Path, core: str) -> Server:
    """A server of `SERVERS` for one work."""
    match name:
        case "ours":
            return Ours(data, core)
        case "aiohttp" | "picows":
            return Floor(name, core)
        case "pycrdt-websocket":
            return PycrdtWebsocket(work, core)
        case "y-websocket":
            return Peer(name, "yjs", work, core)
        case _:
            return Peer(name, name, work, core)


async def settle(seconds: float = 1.0) -> None:
    """Lets the server finish what the preparation left."""
    await asyncio.sleep(seconds)
