"""A real server on a free port, and people who use it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import shutil
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from code_together.config import Settings
from code_together.http import keys
from code_together.http.app import serving
from code_together.storage.database import Database
from tests import described

PASSWORD = "four teal kites"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the server answered, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The code of the error that was answered."""
        return str(self.json["error"]["code"])


class Browser:
    """Somebody's browser (it keeps cookies), or a script."""

    def __init__(self, url: str, authority: Path | None = None) -> None:
        """`authority` is a file with the certificate to trust beside the system's."""
        self.url = url
        connector = None
        if authority is not None:
            connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=str(authority)))
        self.http = aiohttp.ClientSession(url, cookie_jar=aiohttp.CookieJar(unsafe=True), connector=connector)

    async def send(self, method: str, path: str, **more: Any) -> Answer:
        async with self.http.request(method, path, **more) as response:
            body = await response.read()
            described.check(response, body)
            return Answer(response.status, response.headers, body)

    async def get(self, path: str, **more: Any) -> Answer:
        return await self.send("GET", path, **more)

    async def post(self, path: str, json: Any = None, **more: Any) -> Answer:
        return await self.send("POST", path, json=json, **more)

    async def put(self, path: str, json: Any = None, **more: Any) -> Answer:
        return await self.send("PUT", path, json=json, **more)

    async def patch(self, path: str, json: Any = None, **more: Any) -> Answer:
        return await self.send("PATCH", path, json=json, **more)

    async def delete(self, path: str, **more: Any) -> Answer:
        return await self.send("DELETE", path, **more)

    async def log_in(self, name: str, password: str = PASSWORD) -> Answer:
        return await self.post("/api/login", {"name": name, "password": password})

    async def new_session(self, title: str = "Parser", **more: Any) -> str:
        """A new session's id."""
        answer = await self.post("/api/sessions", {"title": title, **more})
        assert answer.status == 201, answer
        return str(answer.json["id"])


def close_code(socket: aiohttp.ClientWebSocketResponse) -> asyncio.Task[int | None]:
    """Reads a WebSocket to its end from now on, as a browser does all the time; gives the code with which it was closed."""

    async def read() -> int | None:
        async with asyncio.timeout(10):
            async for _ in socket:
                pass
        return socket.close_code

    return asyncio.create_task(read())


def close_message(
    socket: aiohttp.ClientWebSocketResponse,
) -> asyncio.Task[tuple[dict[str, Any], int | None]]:
    """The same, with the last message before it."""

    async def read() -> tuple[dict[str, Any], int | None]:
        last: dict[str, Any] = {}
        async with asyncio.timeout(10):
            async for message in socket:
                last = message.json()
        return last, socket.close_code

    return asyncio.create_task(read())


async def open_socket(browser: Browser, session: str) -> aiohttp.ClientWebSocketResponse:
    socket = await browser.http.ws_connect(f"/api/sessions/{session}/live")
    await socket.send_json({"type": "hello", "protocol": 1})
    assert (await socket.receive_json())["type"] == "welcome"
    return socket


class Server:
    """A running server; what is opened through it is closed with it."""

    def __init__(self, url: str, app: web.Application, stack: contextlib.AsyncExitStack) -> None:
        self.url = url
        self.app = app
        self._stack = stack

    def browser(self) -> Browser:
        """It trusts the server's own authority, where it has one."""
        settings = self.app[keys.SETTINGS]
        browser = Browser(self.url, settings.data / "tls" / "ca.crt" if settings.tls == "auto" else None)
        self._stack.push_async_callback(browser.http.close)
        return browser

    async def sign_up(self, name: str, password: str = PASSWORD, **more: Any) -> Browser:
        """A browser that has made an account and is logged in; the first is the admin's."""
        browser = self.browser()
        answer = await browser.post("/api/accounts", {"name": name, "password": password, **more})
        assert answer.status == 201, answer
        return browser

    async def member(self, owner: Browser, session: str, name: str, role: str) -> Browser:
        """A browser of a new account that has this role in the owner's session."""
        browser = await self.sign_up(name)
        answer = await owner.put(f"/api/sessions/{session}/members/{name}", {"role": role})
        assert answer.status == 200, answer
        return browser


@pytest.fixture(scope="session")
def new_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a server that nobody has used. A copy of it is there sooner than what its migrations make each time."""
    folder = tmp_path_factory.mktemp("new") / "data"
    Database.open(folder).close()
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Cheap passwords, short windows, a free port, and a data folder of the test's own."""
    return Settings(
        data=tmp_path / "data",
        port=0,
        name="code.test",
        bcrypt_cost=4,
        window_pause=0.2,
        window_longest=2.0,
    )


Start = Callable[..., Awaitable[Server]]


@pytest.fixture
async def start(settings: Settings, new_data: Path) -> AsyncIterator[Start]:
    """Starts servers with settings of one's own: `await start(registration="closed")`."""
    async with contextlib.AsyncExitStack() as stack:

        async def start_one(**changes: Any) -> Server:
            own = dataclasses.replace(settings, **changes)
            if not own.data.exists():
                shutil.copytree(new_data, own.data)
            running = await stack.enter_async_context(serving(own))
            return Server(running.url, running.app, stack)

        yield start_one


@pytest.fixture
async def server(start: Start) -> Server:
    return await start()
