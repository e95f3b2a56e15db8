"""Places where a push and what was changed here met."""

from __future__ import annotations

from aiohttp import web

from code_together.http.access import GRANT
from code_together.http.description import answers


@answers(204)
async def settle(request: web.Request) -> web.Response:
    """`DELETE …/conflicts/{id}`: it has been looked at; nobody is told of it any more."""
    room = await request[GRANT].room()
    await room.clashes.settle(request.match_info["id"])
    return web.Response(status=204)
