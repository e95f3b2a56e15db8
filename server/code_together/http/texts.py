"""Files of revisions to read."""

from __future__ import annotations

from aiohttp import web

from code_together.errors import NotFound
from code_together.http.access import GRANT
from code_together.http.bodies import json_response, query_flag
from code_together.rooms import texts
from code_together.session.colors import ROLES


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
        {
            "path": path,
            "revision": revision,
            "text": found.text,
            "encoding": found.encoding,
            "size": found.size,
            "cut": found.cut,
            "language": colored.language if colored else None,
            "roles": ROLES if colored else [],
            "colors": colored.lines if colored else None,
        }
    )
