"""pycrdt-websocket's own server behind hypercorn, as its manual has it, with the text of a new room in it.

python -m bench.editing.pycrdt_server UNITS
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import uvloop
from hypercorn import Config
from hypercorn.asyncio import serve
from pycrdt import Doc, Text
from pycrdt.websocket import ASGIServer, WebsocketServer, YRoom

from bench.editing.servers import text_of


class Rooms(WebsocketServer):  # type: ignore[misc, unused-ignore]
    """Its rooms begin with the text, under the id that the people expect (yjs.py)."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self._units = units

    async def get_room(self, name: str) -> YRoom:
        if name not in self.rooms:
            document: Doc[Any] = Doc(client_id=1)
            document["text"] = Text(text_of(self._units))
            self.rooms[name] = YRoom(ydoc=document)
        return await super().get_room(name)


async def main(units: int) -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    config = Config()
    config.bind = [f"fd://{listening.fileno()}"]
    config.websocket_max_message_size = 2**27
    async with Rooms(units) as rooms:
        print(f"Serving on http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        await serve(ASGIServer(rooms), config)  # type: ignore[arg-type, unused-ignore]


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
