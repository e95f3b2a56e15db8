"""Putting back what was: a file or a session as it was in a revision, or all but what one revision changed."""

from __future__ import annotations

from aiohttp import web

from code_together.errors import Malformed
from code_together.http.access import GRANT
from code_together.http.audit import note
from code_together.http.bodies import Body, Made, json_response, left_out_body, read_body
from code_together.http.description import answers
from code_together.http.files import person_of
from code_together.rooms import files, reverting


class Restore(Body):
    revision: str
    path: str | None = None


class LineRange(Body):
    start_line: int
    end_line: int


class Revert(Body):
    revision: str
    path: str | None = None
    range: LineRange | None = None


@answers(201, 200, takes=Restore, gives=Made, refuses=(409,))
async def restore(request: web.Request) -> web.Response:
    """`POST …/restore`: 200 with the newest revision if all is as it was."""
    grant = request[GRANT]
    body = await read_body(request, Restore)
    id, new, missing = await files.restore(await grant.room(), person_of(grant), body.revision, body.path)
    if new:
        await note(request, "restored", target=body.path, detail=body.revision)
    return json_response(Made(id=id, **left_out_body(missing)), status=201 if new else 200)


@answers(201, 200, takes=Revert, gives=Made, refuses=(409,))
async def revert(request: web.Request) -> web.Response:
    """`POST …/revert`: 200 with the newest revision if nothing of it was left to undo."""
    grant = request[GRANT]
    body = await read_body(request, Revert)
    lines = None
    if body.range is not None:
        if body.path is None:
            raise Malformed("A range is one of lines of a file: say its path.")
        lines = (body.range.start_line, body.range.end_line)
        if not 0 < lines[0] <= lines[1] + 1:
            raise Malformed("A range of lines begins at 1, and does not end before it begins.")
    id, new, missing = await reverting.revert(
        await grant.room(), person_of(grant), body.revision, body.path, lines
    )
    if new:
        await note(request, "reverted", target=body.path, detail=body.revision)
    return json_response(Made(id=id, **left_out_body(missing)), status=201 if new else 200)
