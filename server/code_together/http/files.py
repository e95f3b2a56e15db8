"""The files of a session: list, download, upload, rename, copy, delete."""

from __future__ import annotations

from typing import NotRequired, TypedDict
from urllib.parse import quote

from aiohttp import web

from code_together.errors import Malformed, TooLarge, Unprocessable
from code_together.http.access import GRANT, Grant
from code_together.http.bodies import (
    Body,
    WithLeftOut,
    json_response,
    left_out_body,
    query_choice,
    query_flag,
    read_body,
)
from code_together.http.description import answers
from code_together.http.keys import SETTINGS
from code_together.rooms import files, history
from code_together.rooms.connection import Person
from code_together.rooms.documents import ListedFile
from code_together.rooms.room import Room


class Changed(Body):
    path: str | None = None
    executable: bool | None = None


class Copy(Body):
    copy_to: str


class FileList(WithLeftOut):
    """`revision` is null in a session without any."""

    files: list[ListedFile]
    revision: str | None


class ChangedFile(TypedDict):
    """A file as it is now, as `ListedFile`; of a folder its path alone."""

    path: str
    size: NotRequired[int]
    binary: NotRequired[bool]
    doc: NotRequired[int]
    blob: NotRequired[str]
    executable: NotRequired[bool]
    revision: str | None


def person_of(grant: Grant) -> Person:
    return Person.of(grant.account)


@answers(gives=FileList)
async def list_files(request: web.Request) -> web.Response:
    """`GET …/files?revision=`: the files as they are now, or were in a revision."""
    room = await request[GRANT].room()
    revision = request.query.get("revision")
    if revision is None:
        return json_response(FileList(files=room.documents.files(), revision=room.checkpoint.head))
    entries, missing = await history.files(room, revision)
    listed = []
    for entry in entries:
        listed.append(ListedFile(path=entry.path, size=entry.size, binary=entry.binary))
        if entry.executable:
            listed[-1]["executable"] = True
    return json_response(FileList(files=listed, revision=revision, **left_out_body(missing)))


@answers(form=("application/octet-stream",))
async def get_file(request: web.Request) -> web.Response:
    """`GET …/files/{path}[?revision=]`: the bytes, as a download that no browser takes for a page."""
    path = request.match_info["path"]
    revision = request.query.get("revision")
    data = await request[GRANT].look(lambda room: history.read_file(room, path, revision))
    name = quote(path.rpartition("/")[2], safe="")
    return web.Response(
        body=data,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


@answers(201, 200, takes=("application/octet-stream",), gives=ChangedFile, refuses=(409, 413))
async def put_file(request: web.Request) -> web.Response:
    """`PUT …/files/{path}?blob=|new=&version=&executable=`: creates or replaces."""
    grant = request[GRANT]
    path = request.match_info["path"]
    data = await _read(request, request.app[SETTINGS].file_bytes)
    room = await grant.room()
    executable = query_choice(request, "executable")
    new = await files.put_file(room, person_of(grant), path, data, _seen(request), executable)
    return json_response(_described(room, path), status=201 if new else 200)


@answers(takes=Changed, gives=ChangedFile, refuses=(409,))
async def change_file(request: web.Request) -> web.Response:
    """`PATCH …/files/{path}` with `{path}`: renames a file, or a folder with what is in it; `{executable}`: makes a file so, or not."""
    grant = request[GRANT]
    body = await read_body(request, Changed)
    path = request.match_info["path"]
    if body.path is None and body.executable is None:
        raise Unprocessable("Say what is to change: path, executable or both.", code="nothing_to_change")
    room = await grant.room()
    if body.path is not None:
        await files.rename(room, person_of(grant), path, body.path)
        path = body.path
    if body.executable is not None:
        await files.set_mode(room, person_of(grant), path, body.executable)
    return json_response(_described(room, path))


@answers(201, takes=Copy, gives=ChangedFile, refuses=(409,))
async def copy_file(request: web.Request) -> web.Response:
    """`POST …/files/{path}` with `{copy_to}`: copies a file, or a folder with what is in it."""
    grant = request[GRANT]
    body = await read_body(request, Copy)
    room = await grant.room()
    await files.copy(room, person_of(grant), request.match_info["path"], body.copy_to)
    return json_response(_described(room, body.copy_to), status=201)


@answers(204, refuses=(409,))
async def delete_file(request: web.Request) -> web.Response:
    """`DELETE …/files/{path}?blob=|new=&version=`: removes a file, or a folder with what is in it."""
    grant = request[GRANT]
    await files.delete(await grant.room(), person_of(grant), request.match_info["path"], _seen(request))
    return web.Response(status=204)


def _described(room: Room, path: str) -> ChangedFile:
    head = room.checkpoint.head
    for item in room.documents.files():
        if item["path"] == path:
            return {**item, "revision": head}
    return {"path": path, "revision": head}


def _seen(request: web.Request) -> files.Seen:
    """What the request says that its sender has seen: `?blob=`, `?new=1`, `?version=`. Raises `Malformed`."""
    blob = "" if query_flag(request, "new") else request.query.get("blob")
    version = request.query.get("version")
    if version is not None and not (version.isascii() and version.isdigit() and len(version) <= 18):
        raise Malformed(f"version={version[:40]} is not a number.")
    return files.Seen(blob, None if version is None else int(version))


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
