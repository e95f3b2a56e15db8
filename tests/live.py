"""A person with a login, and the tabs they have open: a client of the live protocol for tests against a running server."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Self

import aiohttp

from code_together.ot.change import ChangeSet
from code_together.ot.collab import rebase
from code_together.ot.text import Text
from tests import described

PASSWORD = "a password of four words"
PATIENCE = 10.0


class Person:
    """An account on the server at `url`, with its cookie."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        self.http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), connector=aiohttp.TCPConnector(limit=0)
        )
        self.tabs: list[Tab] = []

    @classmethod
    async def sign_up(cls, url: str, name: str) -> Self:
        person = cls(url, name)
        await person.post(
            "/api/accounts", {"name": name, "password": PASSWORD, "display_name": name.title()}, 201
        )
        return person

    @classmethod
    async def log_in(cls, url: str, name: str) -> Self:
        person = cls(url, name)
        await person.post("/api/login", {"name": name, "password": PASSWORD}, 200)
        return person

    async def call(self, method: str, path: str, status: int, **request: Any) -> Any:
        async with self.http.request(method, self.url + path, **request) as response:
            body = await response.read()
            described.check(response, body)
            assert response.status == status, f"{method} {path}: {response.status} {body[:500]!r}"
            if response.content_type == "application/json":
                return json.loads(body)
            return body

    async def get(self, path: str, status: int = 200) -> Any:
        return await self.call("GET", path, status)

    async def post(self, path: str, body: Any = None, status: int = 201) -> Any:
        return await self.call("POST", path, status, json=body or {})

    async def put(self, path: str, data: bytes, status: int = 201) -> Any:
        return await self.call("PUT", path, status, data=data)

    async def commit(self, session: str) -> str:
        """What is open becomes a revision, if its window has not just closed by itself; gives the newest one's id."""
        async with self.http.post(f"{self.url}/api/sessions/{session}/revisions", json={}) as response:
            assert response.status in (200, 201), await response.text()
            return str((await response.json())["id"])

    async def new_session(self, title: str = "Work", **files: str) -> str:
        """A session with these files (`a_py="…"` makes a.py); gives its id."""
        id = (await self.post("/api/sessions", {"title": title}))["id"]
        for name, text in files.items():
            await self.put(f"/api/sessions/{id}/files/{name.replace('_', '.')}", text.encode())
        return str(id)

    async def let_in(self, session: str, name: str, role: str = "editor") -> None:
        await self.call("PUT", f"/api/sessions/{session}/members/{name}", 200, json={"role": role})

    async def tab(self, session: str, client: str | None = None) -> Tab:
        tab = Tab(self, session, client)
        await tab.connect()
        self.tabs.append(tab)
        return tab

    async def close(self) -> None:
        for tab in self.tabs:
            await tab.disconnect()
        await self.http.close()


class Peer:
    """One document in one tab: confirmed text, then what is under way, then what waits (CL1)."""

    def __init__(self, opened: dict[str, Any]) -> None:
        self.doc: int = opened["doc"]
        self.path: str = opened["path"]
        self.version: int = opened["version"]
        self.text = Text(opened["text"])
        self.confirmed: int = opened.get("seq", 0)
        self.underway: list[ChangeSet] = []
        self.waiting: list[ChangeSet] = []

    def edit(self, start: int, end: int, text: str) -> None:
        change = ChangeSet.replace(len(self.text), start, end, text)
        self.text.apply(change)
        self.waiting.append(change)

    def push(self) -> dict[str, Any]:
        if not self.underway:
            self.underway, self.waiting = self.waiting, []
        return {
            "type": "push",
            "doc": self.doc,
            "version": self.version,
            "seq": self.confirmed + 1,
            "changes": [change.to_json() for change in self.underway],
        }

    def receive(self, client: str, update: dict[str, Any]) -> None:
        self.version += 1
        if update["client"] == client:
            assert update["seq"] == self.confirmed + 1
            del self.underway[0]
            self.confirmed += 1
            return
        changes = ChangeSet.from_json(update["changes"])
        self.underway, changes = rebase(self.underway, changes)
        self.waiting, changes = rebase(self.waiting, changes)
        self.text.apply(changes)

    @property
    def saved(self) -> bool:
        return not (self.underway or self.waiting)


class Tab:
    """A live connection. What comes is kept in `seen` by type; documents follow by themselves."""

    def __init__(self, person: Person, session: str, client: str | None = None) -> None:
        self.person = person
        self.session = session
        self.client = client
        self.peers: dict[int, Peer] = {}
        self.seen: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.close_code: int | None = None
        self._news = asyncio.Condition()
        self._under_way: set[int] = set()
        self._reader: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Says hello and opens again what was open."""
        self.close_code = None
        self._under_way.clear()
        self.seen.pop("welcome", None)
        self.socket = await self.person.http.ws_connect(
            f"{self.person.url}/api/sessions/{self.session}/live", max_msg_size=0
        )
        self._reader = asyncio.create_task(self._read())
        await self.send({"type": "hello", "protocol": 1, "client": self.client})
        self.client = (await self.expect("welcome"))["client"]
        for peer in self.peers.values():
            await self.send({"type": "open", "doc": peer.doc, "version": peer.version})

    async def disconnect(self) -> None:
        """Cuts the line without a word."""
        if self._reader:
            self._reader.cancel()
        await self.socket.close()

    async def stop_reading(self) -> None:
        """From now on what comes is left to whoever reads `socket`, or to nobody."""
        assert self._reader
        self._reader.cancel()
        await asyncio.wait({self._reader})

    async def send(self, message: dict[str, Any] | str) -> None:
        await self.socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def open(self, path: str) -> Peer:
        await self.send({"type": "open", "path": path})
        await self.until(lambda: any(peer.path == path for peer in self.peers.values()), f"{path} to open")
        return next(peer for peer in self.peers.values() if peer.path == path)

    async def type(self, peer: Peer, position: int, text: str) -> None:
        peer.edit(position, position, text)
        await self.flush(peer)

    async def flush(self, peer: Peer) -> None:
        if peer.doc not in self._under_way and not peer.saved:
            self._under_way.add(peer.doc)
            await self.send(peer.push())

    async def expect(self, type: str, count: int = 1) -> dict[str, Any]:
        """The `count`th message of a type."""
        await self.until(lambda: len(self.seen[type]) >= count, f"{type} message {count}")
        return self.seen[type][count - 1]

    async def until(self, true: Callable[[], bool], what: str) -> None:
        async with self._news:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._news.wait_for(true)
            except TimeoutError:
                seen = {type: len(messages) for type, messages in self.seen.items()}
                raise AssertionError(
                    f"{self.person.name} waited for {what}; seen {seen}, errors {self.seen['error']}"
                ) from None

    async def saved(self, peer: Peer) -> None:
        await self.until(lambda: peer.saved, "everything to be saved")

    async def closed(self) -> int:
        """The code with which the server closed the connection."""
        await self.until(lambda: self.close_code is not None, "the connection to be closed")
        assert self.close_code is not None
        return self.close_code

    async def _read(self) -> None:
        async for frame in self.socket:
            message = json.loads(frame.data)
            await self._take(message)
            async with self._news:
                self.seen[message["type"]].append(message)
                self._news.notify_all()
        async with self._news:
            self.close_code = self.socket.close_code or 1006
            self._news.notify_all()

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "opened":
            if "text" in message:
                self.peers[message["doc"]] = Peer(message)
            else:
                peer = self.peers[message["doc"]]
                assert message["version"] == peer.version
                if peer.doc not in self._under_way:
                    peer.underway, peer.waiting = peer.underway + peer.waiting, []
                await self.flush(peer)
        elif message["type"] == "updates":
            peer = self.peers[message["doc"]]
            assert message["version"] == peer.version, f"gap: at {peer.version}, got {message['version']}"
            for update in message["updates"]:
                peer.receive(self.client or "", update)
            if not peer.underway:
                self._under_way.discard(peer.doc)
                await self.flush(peer)
