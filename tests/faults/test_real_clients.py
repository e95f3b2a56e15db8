"""The browser's own client code, run by Node, against the real server: cuts, reloads and kill -9 while several type."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from tests.live import Person
from tests.process import ServerProcess

WEB = Path(__file__).parents[2] / "web"
ROUNDS = int(os.environ.get("KILL_ROUNDS", "1"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)
CLIENTS = 5
TOKENS = 15


class Node:
    """One Node process that holds the clients; commands run at the same time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        self._process = process
        self._stdin = process.stdin
        self._ids = itertools.count()
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls) -> Node:
        return cls(
            await asyncio.create_subprocess_exec(
                "node",
                "tests/node-client.mjs",
                cwd=WEB,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                limit=2**24,
            )
        )

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            answer = json.loads(line)
            if answer["id"] in self._waiting:
                self._waiting.pop(answer["id"]).set_result(answer)

    async def do(self, what: str, client: str = "", **more: Any) -> dict[str, Any]:
        id = next(self._ids)
        self._waiting[id] = asyncio.get_running_loop().create_future()
        self._stdin.write((json.dumps({"id": id, "do": what, "client": client, **more}) + "\n").encode())
        answer = await asyncio.wait_for(self._waiting[id], 60)
        assert answer["ok"], f"{what} {client}: {answer}"
        return answer

    async def quit(self) -> None:
        self._stdin.write(b'{"id":-1,"do":"quit"}\n')
        await asyncio.wait_for(self._process.wait(), 10)
        await self._reader


@pytest.mark.skipif(
    not (shutil.which("node") and (WEB / "node_modules" / "ws").exists()),
    reason="needs Node and the web packages: make test installs them",
)
async def test_everyone_ends_with_the_same_text(tmp_path: Path) -> None:
    """CL1–CL6, SQ3, SQ4: each token once, all texts equal to the server's and to the commit's."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    server = ServerProcess(tmp_path / "data")
    await asyncio.to_thread(server.start)
    owner = await Person.sign_up(server.url, "owner")
    session = await owner.new_session(a_py="first\nsecond 😀\n")
    node = await Node.start()
    names = [f"person{i}" for i in range(CLIENTS)]
    for name in names:
        person = await Person.sign_up(server.url, name)
        await owner.let_in(session, name)
        cookies = person.http.cookie_jar.filter_cookies(URL(server.url))
        header = "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies.values())
        await person.close()
        url = f"{server.url.replace('http', 'ws')}/api/sessions/{session}/live"
        await node.do("connect", name, url=url, session=session, account=name, headers={"Cookie": header})
        await node.do("open", name, path="a.py")
    tokens: list[str] = []
    for _ in range(ROUNDS):
        typing = [
            node.do("type", name, path="a.py", count=TOKENS, seed=rng.randrange(10**6), every=8)
            for name in names
        ]
        typed = asyncio.gather(*typing)
        await asyncio.sleep(rng.uniform(0.02, 0.1))
        match rng.choice(["cut", "reload", "crash", "kill"]):
            case "cut":
                await node.do("cut", rng.choice(names))
            case "reload":
                await typed
                await node.do("reload", rng.choice(names), flush=True)
            case "crash":
                await asyncio.gather(*(node.do("cut", name) for name in names))
            case _:
                await asyncio.to_thread(server.kill)
                await asyncio.sleep(rng.uniform(0, 0.3))
                await asyncio.to_thread(server.start)
        tokens += [token for answer in await typed for token in answer["tokens"]]
    states = await asyncio.gather(*(node.do("settled", name, within=40_000) for name in names))
    texts = {state["documents"]["a.py"]["text"] for state in states}
    await asyncio.sleep(0.3)
    states = await asyncio.gather(*(node.do("settled", name, within=40_000) for name in names))
    texts = {state["documents"]["a.py"]["text"] for state in states}
    assert len(texts) == 1, "screens differ"
    (text,) = texts
    counts = Counter(token for token in tokens if token in text)
    assert len(counts) == len(tokens), f"{len(tokens) - len(counts)} tokens are lost"
    assert all(text.count(token) == 1 for token in tokens), "a token is there twice"
    assert all(not state["rescued"] for state in states)
    async with owner.http.post(f"{server.url}/api/sessions/{session}/revisions", json={}) as response:
        id = (await response.json())["id"]
    committed = await owner.get(f"/api/sessions/{session}/files/a.py?revision={id}")
    assert committed.decode() == text
    await node.quit()
    await owner.close()
    assert await asyncio.to_thread(server.stop) == 0
