"""Files of revisions to read."""

from __future__ import annotations

from typing import TypedDict

from aiohttp import web

from code_together.errors import NotFound
from code_together.http.access import GRANT
from code_together.http.bodies import json_response, query_flag
from code_together.http.description import answers
from code_together.rooms import texts
from code_together.session.colors import ROLES


class FileShown(TypedDict):
    """`cut`: it is longer than what is shown. `colors` are, for each line, pairs of a length and a place in `roles`; null where there are none."""

    path: str
    revision: str
    text: str
    encoding: str
    size: int
    cut: bool
    language: str | None
    roles: list[str]
    colors: list[list[int]] | None


@answers(gives=FileShown)
async def get_text(request: web.Request) -> web.Response:
    """`GET …/texts/{path}?revision=&colors=`; without a revision what is on the screen is committed first."""
    grant = request[GRANT]
    room = await grant.room()
    path = request.match_info["path"]
    colors = query_flag(request, "colors")
    revision = request.query.get("revision")
    if revision is None:
        revision = await room.close_window()
    if revision is None:
        raise NotFound("The session has no revision yet.", code="no_revision")
    found, colored = await texts.text(room, grant.account.id, path, revision, colors=colors)
    return json_response(
        FileShown(
            path=path,
            revision=revision,
            text=found.text,
            encoding=found.encoding,
            size=found.size,
            cut=found.cut,
            language=colored.language if colored else None,
            roles=[*ROLES] if colored else [],
            colors=colored.lines if colored else None,
        )
    )
