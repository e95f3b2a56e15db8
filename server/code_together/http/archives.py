"""A session as a zip: to download, and to begin or go on from."""

from __future__ import annotations

from contextlib import aclosing
from urllib.parse import quote

from aiohttp import web

from code_together.http.access import GRANT
from code_together.http.files import person_of
from code_together.rooms import archives


async def export(request: web.Request) -> web.StreamResponse:
    """`GET …/archive.zip[?revision=]`."""
    grant = request[GRANT]
    room = await grant.room()
    name = quote(grant.session.title.strip().replace("/", "-") or "session", safe="")
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/zip",
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}.zip",
        }
    )
    async with aclosing(archives.export(room, person_of(grant), request.query.get("revision"))) as pieces:
        async for piece in pieces:
            if not response.prepared:
                await response.prepare(request)  # what is refused is refused before
            if request.method == "HEAD":
                break  # aiohttp would send what is written
            await response.write(piece)
    await response.write_eof()
    return response
