"""A session as a zip: to download, and to begin or go on from."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import aclosing
from pathlib import Path
from typing import TypedDict

from aiohttp import BodyPartReader, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from code_together.errors import Malformed, TooLarge, Unavailable, Unprocessable
from code_together.http.access import GRANT
from code_together.http.audit import note
from code_together.http.bodies import attachment, json_response
from code_together.http.description import answers
from code_together.http.files import person_of
from code_together.http.keys import SETTINGS
from code_together.rooms import archives

_CHUNK = 256 * 1024
_NAME = 100


@answers(form=("application/zip",), refuses=(413,))
async def export(request: web.Request) -> web.StreamResponse:
    """`GET …/archive.zip?revision=`: the session as a zip, as it is now or was in a revision."""
    grant = request[GRANT]
    room = await grant.room()
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/zip",
            "Content-Disposition": attachment(grant.session.title, "zip"),
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


class Imported(TypedDict):
    """`files` is how many."""

    id: str | None
    files: int


@answers(
    201,
    takes=("application/zip", "application/octet-stream", "multipart/form-data"),
    gives=Imported,
    refuses=(409, 413),
)
async def take_in(request: web.Request) -> web.Response:
    """`POST …/import?strip=&into=&name=`: a zip as the body, or as the first file of a form."""
    grant = request[GRANT]
    settings = request.app[SETTINGS]
    query = request.query
    folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="code_together-import-")
    try:
        path = Path(folder.name)
        try:
            async with asyncio.timeout(settings.import_transfer_seconds):
                named = await _receive(request, path / "archive.zip", settings.import_bytes)
        except TimeoutError:
            raise Unavailable("The zip took too long on its way here.", code="took_too_long") from None
        name = (query.get("name") or named).rpartition("/")[2][:_NAME]
        strip, into = query.get("strip", "") in ("1", "true"), query.get("into", "").strip("/")
        room = await grant.room()
        id, files = await archives.take_in(room, person_of(grant), path, name, strip=strip, into=into)
    finally:
        await asyncio.to_thread(folder.cleanup)
    await note(request, "files_imported", detail=str(files))
    return json_response(Imported(id=id, files=files), status=201)


async def _receive(request: web.Request, path: Path, most: int) -> str:
    """Writes the zip to the path; gives the name that a form has for it."""
    too_large = TooLarge(f"A zip may have {most:,} bytes.", code="archive_too_large")
    if (request.content_length or 0) > most + _CHUNK:
        raise too_large
    name, size = "", 0
    source: StreamReader | BodyPartReader = request.content
    if request.content_type == "multipart/form-data":
        name, source = await _first_file(request)
    elif request.content_type not in ("application/zip", "application/octet-stream"):
        raise Unprocessable(
            "The body of an import is application/zip, or a form with one.", code="bad_archive"
        )
    with path.open("xb") as file:
        while chunk := await (
            source.read_chunk(_CHUNK) if isinstance(source, BodyPartReader) else source.read(_CHUNK)
        ):
            size += len(chunk)
            if size > most:
                raise too_large
            await asyncio.to_thread(file.write, chunk)
    return name


async def _first_file(request: web.Request) -> tuple[str, BodyPartReader]:
    try:
        form = await request.multipart()
        while part := await form.next():
            if isinstance(part, BodyPartReader) and part.filename is not None:
                return part.filename, part
    except ValueError as error:
        raise Malformed(f"The form cannot be read: {error}.") from None
    except HttpProcessingError:  # the head of a part that is too long, and its like
        raise Malformed("The form cannot be read: the head of a part is too long or malformed.") from None
    raise Malformed("There is no file in the form.")
