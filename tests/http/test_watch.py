from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientWebSocketResponse

from code_together.config import Settings
from code_together.http.keys import LOGINS, TOKENS
from code_together.http.watch import end_what_ended
from code_together.storage.accounts import Accounts
from code_together.storage.database import Database
from code_together.storage.logins import Logins
from tests.conftest import Browser, Server, close_code


@pytest.fixture
async def beside(server: Server, settings: Settings) -> AsyncIterator[Database]:
    """The data folder, as the command line opens it beside the server."""
    database = Database.open_beside(settings.data)
    yield database
    database.close()


async def connect(browser: Browser, session: str) -> ClientWebSocketResponse:
    socket = await browser.http.ws_connect(f"/api/sessions/{session}/live")
    await socket.send_json({"type": "hello", "protocol": 1})
    assert (await socket.receive_json())["type"] == "welcome"
    return socket


async def alive(socket: ClientWebSocketResponse) -> bool:
    await socket.send_json({"type": "ping"})
    async with asyncio.timeout(5):
        while (await socket.receive_json())["type"] != "pong":
            pass
    return True


async def test_disabled_from_the_shell(server: Server, settings: Settings, beside: Database) -> None:
    """AM6, ASVS 7.4.2: `user disable` beside the running server closes the account's sockets within seconds, by a token too."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    id = await bob.new_session()
    await bob.put(f"/api/sessions/{id}/members/ann", {"role": "editor"})
    made = (await bob.post("/api/tokens", {"label": "x", "scope": "write"})).json
    script = server.browser()
    script.http.headers["Authorization"] = f"Bearer {made['token']}"
    hers, his, its = [await connect(browser, id) for browser in (ann, bob, script)]
    accounts = Accounts(beside, settings)
    account = await accounts.by_name("bob")
    assert account is not None
    closed = [close_code(each) for each in (his, its)]
    await accounts.disable(account.id)
    assert await asyncio.gather(*closed) == [4401, 4401]
    assert await alive(hers)
    await hers.close()


async def test_password_from_the_shell(server: Server, settings: Settings, beside: Database) -> None:
    """AM6: `user passwd` ends the account's logins beside the server; their sockets are closed within seconds."""
    ann = await server.sign_up("ann")
    socket = await connect(ann, await ann.new_session())
    accounts = Accounts(beside, settings)
    account = await accounts.by_name("ann")
    assert account is not None
    closed = close_code(socket)
    await Logins(beside, settings).end_all(account.id)
    assert await closed == 4401


async def test_login_that_expires(server: Server) -> None:
    """AM6: a login whose time is over while its socket is open is noticed when the logins are looked at."""
    ann = await server.sign_up("ann")
    id = await ann.new_session()
    socket = await connect(ann, id)
    await end_what_ended(server.app)
    assert await alive(socket)
    server.app[LOGINS]._clock = lambda: time.time() + 31 * 86_400
    closed = close_code(socket)
    await end_what_ended(server.app)
    assert await closed == 4401


async def test_token_that_expires(server: Server) -> None:
    """AM6: so is an access token whose time is over; one without an end, and the logins of the same account, go on."""
    ann = await server.sign_up("ann")
    id = await ann.new_session()
    hers = await connect(ann, id)
    scripts = []
    for about in ({"expires_days": 1}, {}):
        made = (await ann.post("/api/tokens", {"label": "x", "scope": "write", **about})).json
        browser = server.browser()
        browser.http.headers["Authorization"] = f"Bearer {made['token']}"
        scripts.append(await connect(browser, id))
    ends, stays = scripts
    await end_what_ended(server.app)
    assert await alive(ends)
    server.app[TOKENS]._clock = lambda: time.time() + 2 * 86_400
    closed = close_code(ends)
    await end_what_ended(server.app)
    assert await closed == 4401
    assert await alive(hers)
    assert await alive(stays)
