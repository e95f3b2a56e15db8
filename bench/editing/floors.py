"""Bare transports: what any server on them must cost. They hold no document and read nothing; what comes from one goes to all.

python -m bench.editing.floors (aiohttp | picows)
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections import defaultdict

import uvloop
from aiohttp import WSMsgType, web
from picows import WSFrame, WSListener, WSTransport, WSUpgradeRequest, ws_create_server
from picows import WSMsgType as Kind


def _listening() -> socket.socket:
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(f"Serving on http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    return listening


async def serve_aiohttp() -> None:
    rooms: defaultdict[str, set[web.WebSocketResponse]] = defaultdict(set)

    async def live(request: web.Request) -> web.WebSocketResponse:
        one = web.WebSocketResponse(compress=False)
        await one.prepare(request)
        room = rooms[request.path]
        room.add(one)
        try:
            async for frame in one:
                if frame.type == WSMsgType.TEXT:
                    for other in list(room):
                        await other.send_str(frame.data)
        finally:
            room.discard(one)
        return one

    app = web.Application()
    app.router.add_get("/{room}", live)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, _listening()).start()
    await asyncio.Event().wait()


class _Live(WSListener):  # type: ignore[misc, unused-ignore]
    def __init__(self, room: set[WSTransport]) -> None:
        self._room = room

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._room.add(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == Kind.TEXT:
            message = frame.get_payload_as_bytes()
            for other in self._room:
                other.send(Kind.TEXT, message)
        elif frame.msg_type == Kind.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._room.discard(transport)


async def serve_picows() -> None:
    rooms: defaultdict[bytes, set[WSTransport]] = defaultdict(set)

    def live(request: WSUpgradeRequest) -> _Live:
        return _Live(rooms[bytes(request.path)])

    server = await ws_create_server(live, sock=_listening())
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run({"aiohttp": serve_aiohttp, "picows": serve_picows}[sys.argv[1]]())
