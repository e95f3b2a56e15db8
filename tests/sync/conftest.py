"""Clients on folders of their own, beside people in browsers."""

from __future__ import annotations

import asyncio
import builtins
import ctypes
import os
import struct
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from code_together.sync.run import keep_in_step
from tests.conftest import Server
from tests.live import Person

PATIENCE = 15.0


class Running:
    """A client at work on a folder."""

    def __init__(self, url: str, root: Path, token: str, **more: Any) -> None:
        self.root = root
        self.said: list[str] = []
        self.reactions: dict[str, Callable[[], object]] = {}
        """What is done once, in the middle of its work, when it says these words."""
        self._stop = asyncio.Event()
        root.mkdir(exist_ok=True)
        self._task = asyncio.create_task(
            keep_in_step(url, root, token, stop=self._stop, say=self._hear, **more)
        )

    def _hear(self, line: str) -> None:
        self.said.append(line)
        for words in [words for words in self.reactions if words in line]:
            self.reactions.pop(words)()

    async def stop(self) -> list[str]:
        """Ends it as Ctrl-C does; gives what is not the same on both sides."""
        self._stop.set()
        return await self.end()

    async def end(self) -> list[str]:
        """Waits until it ends by itself; gives what is not the same on both sides."""
        self.outcome = await asyncio.wait_for(self._task, PATIENCE)
        return list(self.outcome.apart)

    async def kill(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})

    def check(self) -> None:
        """Raises what it ended with, if it has."""
        if self._task.done() and not self._task.cancelled() and (ended := self._task.exception()):
            raise AssertionError(f"it ended; said {self.said}") from ended

    async def until(self, true: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + PATIENCE
        while not true():
            self.check()
            assert time.monotonic() < until, f"waited for {what}; said {self.said}"
            await asyncio.sleep(0.02)

    async def in_step(self) -> None:
        await self.until(lambda: any(line.startswith("in step") for line in self.said), "being in step")

    async def not_in_step(self, *paths: str) -> None:
        """Waits until it says that these files are what keeps both sides from being in step."""
        end = f"on both sides: {', '.join(paths)}"
        await self.until(
            lambda: any(s.startswith("not in step") and s.endswith(end) for s in self.said),
            f"not being in step: {end}",
        )

    def text(self, path: str) -> str | None:
        try:
            return (self.root / path).read_text()
        except FileNotFoundError:
            return None

    async def has(self, path: str, text: str | None) -> None:
        await self.until(lambda: self.text(path) == text, f"{path} to hold {text!r}, not {self.text(path)!r}")

    async def heard(self, words: str) -> None:
        await self.until(lambda: any(words in line for line in self.said), words)


class Place:
    """A session with its owner, and clients that keep folders in step with it."""

    def __init__(self, server: Server, ann: Person, session: str, tmp_path: Path) -> None:
        self.server, self.ann, self.session, self.tmp_path = server, ann, session, tmp_path
        self.url = f"{server.url}/s/{session}"
        self.running: list[Running] = []

    async def token(self, person: Person, scope: str = "write") -> str:
        return str((await person.post("/api/tokens", {"label": "sync", "scope": scope}))["token"])

    async def sync(
        self, name: str = "here", person: Person | None = None, token: str = "", **more: Any
    ) -> Running:
        token = token or await self.token(person or self.ann)
        running = Running(self.url, self.tmp_path / name, token, **more)
        self.running.append(running)
        return running

    async def process(self, root: Path, *more: str) -> asyncio.subprocess.Process:
        """The client as its user starts it."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "code_together", "sync", self.url, str(root), *more),
            env={**os.environ, "CODE_TOGETHER_TOKEN": await self.token(self.ann)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def put(self, path: str, data: bytes | str, status: int = 201) -> None:
        data = data.encode() if isinstance(data, str) else data
        await self.ann.put(f"/api/sessions/{self.session}/files/{path}", data, status)

    async def delete(self, path: str) -> None:
        await self.ann.call("DELETE", f"/api/sessions/{self.session}/files/{path}", 204)

    async def rename(self, path: str, new: str) -> None:
        await self.ann.call("PATCH", f"/api/sessions/{self.session}/files/{path}", 200, json={"path": new})

    async def bytes(self, path: str) -> bytes | None:
        async with self.ann.http.get(
            f"{self.server.url}/api/sessions/{self.session}/files/{path}"
        ) as response:
            return await response.read() if response.status == 200 else None

    async def paths(self) -> list[str]:
        listed = await self.ann.get(f"/api/sessions/{self.session}/files")
        return [item["path"] for item in listed["files"]]

    async def has(self, path: str, data: builtins.bytes | None) -> None:
        until = time.monotonic() + PATIENCE
        while (there := await self.bytes(path)) != data:
            said = [running.said for running in self.running]
            assert time.monotonic() < until, f"{path} holds {there!r}, not {data!r}; {said}"
            await asyncio.sleep(0.05)


_OVERRIDES = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH of capabilities(7)
_HEADER = struct.pack("Ii", 0x20080522, 0)


@pytest.fixture
def bound_by_modes() -> Iterator[None]:
    """Makes the modes of files count for the administrator, too, as long as a test takes."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    before = ctypes.create_string_buffer(24)
    if libc.capget(_HEADER, before) != 0:
        pytest.skip("this system has no capabilities")
    effective = struct.unpack_from("I", before)[0]
    less = ctypes.create_string_buffer(struct.pack("I", effective & ~_OVERRIDES) + before.raw[4:24], 24)
    assert libc.capset(_HEADER, less) == 0
    yield
    assert libc.capset(_HEADER, before) == 0


@pytest.fixture
async def place(server: Server, tmp_path: Path) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        ann = await Person.sign_up(server.url, "ann")
        stack.push_async_callback(ann.close)
        place = Place(server, ann, await ann.new_session(), tmp_path)
        yield place
        for running in place.running:
            await running.kill()
