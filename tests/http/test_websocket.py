"""Messages go to the kernel past aiohttp and the event loop's transport, whole and in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest
import uvloop
from aiohttp import ClientSession, WSMsgType, web
from aiohttp.typedefs import Handler

from code_together.http.websocket import _Socket

SEED = 3

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def run(loop: str, work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(work)


@asynccontextmanager
async def serving(live: Handler) -> AsyncIterator[str]:
    """The address at which it answers."""
    app = web.Application()
    app.router.add_get("/", live)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def conversation(messages: list[bytes]) -> None:
    """A server says the messages, with pings of aiohttp's own in between, to a client that begins to read late."""
    congested = False

    async def live(request: web.Request) -> web.WebSocketResponse:
        nonlocal congested
        response = web.WebSocketResponse(compress=False)
        await response.prepare(request)
        socket = _Socket(request, response)
        for number, message in enumerate(messages):
            if number % 7 == 0:
                await response.ping(b"%d" % number)
            socket.write(message)
            if socket.congested:
                congested = True
                await socket.drain()
        await response.close()
        return response

    async with (
        serving(live) as address,
        ClientSession() as http,
        http.ws_connect(address, autoping=False, max_msg_size=0) as client,
    ):
        await asyncio.sleep(0.3)
        for number, message in enumerate(messages):
            if number % 7 == 0:
                ping = await client.receive(10)
                assert (ping.type, ping.data) == (WSMsgType.PING, b"%d" % number)
            text = await client.receive(10)
            assert text.type == WSMsgType.TEXT
            assert text.data.encode() == message
        assert (await client.receive(10)).type == WSMsgType.CLOSE
    assert congested  # else nothing was tried but what is easy


@pytest.mark.parametrize("loop", LOOPS)
def test_whole_and_in_order(loop: str) -> None:
    """RM2, RM3: what the kernel takes a part of, or nothing, goes on behind it; aiohttp's own frames keep their places."""
    random = Random(SEED)
    lengths = [random.choice([5, 300, 9_000, 60_000, 70_000, 400_000]) for _ in range(400)]
    run(loop, conversation([b"%d " % number + b"x" * length for number, length in enumerate(lengths)]))


@pytest.mark.parametrize("loop", LOOPS)
def test_to_one_who_has_gone(loop: str) -> None:
    """RM3: writing to a connection that is lost raises nothing; the transport closes."""

    async def work() -> None:
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def live(request: web.Request) -> web.WebSocketResponse:
            response = web.WebSocketResponse(compress=False)
            await response.prepare(request)
            socket, transport = _Socket(request, response), request.transport
            assert transport is not None
            try:
                async with asyncio.timeout(10):
                    while not transport.is_closing():
                        socket.write(b"x" * 1000)
                        await asyncio.sleep(0)
                socket.write(b"to nobody")
            except BaseException as error:
                gone.set_exception(error)
            else:
                gone.set_result(None)
            return response

        async with serving(live) as address, ClientSession() as http:
            client = await http.ws_connect(address)
            transport = client._response.connection.transport  # type: ignore[union-attr]
            assert transport is not None
            transport.abort()
            await gone

    run(loop, work())
