"""The files of a session: list, download, upload, rename, delete."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aiohttp import web

from code_together.errors import TooLarge
from code_together.http.access import GRANT, Grant
from code_together.http.bodies import Body, json_response, read_body
from code_together.http.keys import SETTINGS
from code_together.rooms import files, history
from code_together.rooms.connection import Person
from code_together.rooms.room import Room


class NewPath(Body):
    path: str


def person_of(grant: Grant) -> Person:
    return Person.of(grant.account)


async def list_files(request: web.Request) -> web.Response:
    """`GET …/files[?revision=]`."""
    room = await request[GRANT].room()
    revision = request.query.get("revision")
    if revision is None:
        return json_response({"files": room.documents.files(), "revision": room.checkpoint.head})
    entries = await history.files(room, revision)
    listed = [{"path": entry.path, "size": entry.size, "binary": entry.binary} for entry in entries]
    return json_response({"files": listed, "revision": revision})


async def get_file(request: web.Request) -> web.Response:
    """`GET …/files/{path}[?revision=]`: the bytes, as a download that no browser takes for a page."""
    room = await request[GRANT].room()
    path = request.match_info["path"]
    data = await history.read_file(room, path, request.query.get("revision"))
    name = quote(path.rpartition("/")[2], safe="")
    return web.Response(
        body=data,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


async def put_file(request: web.Request) -> web.Response:
    """`PUT …/files/{path}`: creates or replaces."""
    grant = request[GRANT]
    path = request.match_info["path"]
    data = await _read(request, request.app[SETTINGS].file_bytes)
    room = await grant.room()
    new = await files.put_file(room, person_of(grant), path, data)
    return json_response(_described(room, path), status=201 if new else 200)


async def rename_file(request: web.Request) -> web.Response:
    """`PATCH …/files/{path}` with `{path}`: renames a file, or a folder with what is in it."""
    grant = request[GRANT]
    body = await read_body(request, NewPath)
    room = await grant.room()
    await files.rename(room, person_of(grant), request.match_info["path"], body.path)
    return json_response(_described(room, body.path))


async def delete_file(request: web.Request) -> web.Response:
    """`DELETE …/files/{path}`: a file, or a folder with what is in it."""
    grant = request[GRANT]
    await files.delete(await grant.room(), person_of(grant), request.match_info["path"])
    return web.Response(status=204)


def _described(room: Room, path: str) -> dict[str, Any]:
    listed = next((item for item in room.documents.files() if item["path"] == path), {"path": path})
    return {**listed, "revision": room.checkpoint.head}


async def _read(request: web.Request, most: int) -> bytes:
    too_large = TooLarge(f"A file may have {most:,} bytes.", code="file_too_large")
    if (request.content_length or 0) > most:
        raise too_large
    data = bytearray()
    async for chunk in request.content.iter_any():
        data += chunk
        if len(data) > most:
            raise too_large
    return bytes(data)
