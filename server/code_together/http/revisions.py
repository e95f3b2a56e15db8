"""History: revisions, what each changed, blame, saving by name, and putting things back."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from code_together.errors import NotFound
from code_together.git.history import Revision
from code_together.git.repository import Person as GitPerson
from code_together.http.access import GRANT
from code_together.http.audit import note
from code_together.http.bodies import Body, json_response, page_limit, read_body
from code_together.http.files import person_of
from code_together.rooms import files, history
from code_together.rooms.room import Room
from code_together.session.authors import account_name, author_body, rfc3339


class Save(Body):
    message: str | None = None
    name: str | None = None


class Restore(Body):
    revision: str
    path: str | None = None


async def list_revisions(request: web.Request) -> web.Response:
    """`GET …/revisions?path=&before=&limit=&people=`."""
    room = await request[GRANT].room()
    query = request.query
    page, following = await history.revisions(
        room, query.get("before"), page_limit(request), query.get("path"), query.get("people") == "1"
    )
    return json_response({"revisions": [_revision_body(room, one) for one in page], "next": following})


async def get_revision(request: web.Request) -> web.Response:
    """`GET …/revisions/{id}`."""
    room = await request[GRANT].room()
    return json_response(_revision_body(room, await history.revision(room, request.match_info["id"])))


async def get_diff(request: web.Request) -> web.Response:
    """`GET …/revisions/{id}/diff?base=`."""
    room = await request[GRANT].room()
    changed = await history.diff(room, request.match_info["id"], request.query.get("base"))
    return json_response(
        {
            "files": [
                {
                    "path": one.path,
                    "old_path": one.old_path,
                    "status": one.status,
                    "binary": one.binary,
                    "diff": one.diff,
                }
                for one in changed
            ]
        }
    )


async def get_blame(request: web.Request) -> web.Response:
    """`GET …/blame/{path}?revision=`; without a revision what is on the screen is committed first."""
    room = await request[GRANT].room()
    revision = request.query.get("revision") or await room.close_window()
    if revision is None:
        raise NotFound("The session has no revision yet.", code="no_revision")
    lines = await history.blame(room, request.match_info["path"], revision)
    return json_response(
        {
            "lines": [
                {
                    "number": line.number,
                    "revision": line.revision,
                    "author": _author(room, line.author),
                    "at": rfc3339(line.at),
                    "text": line.text,
                }
                for line in lines
            ]
        }
    )


async def save(request: web.Request) -> web.Response:
    """`POST …/revisions`: commits now, and names the revision if asked to."""
    grant = request[GRANT]
    body = await read_body(request, Save)
    room = await grant.room()
    id, new = await history.save(room, person_of(grant), body.message, body.name)
    return json_response({"id": id}, status=201 if new or (body.name and id) else 200)


async def restore(request: web.Request) -> web.Response:
    """`POST …/restore`."""
    grant = request[GRANT]
    body = await read_body(request, Restore)
    id = await files.restore(await grant.room(), person_of(grant), body.revision, body.path)
    await note(request, "restored", target=body.path, detail=body.revision[:40])
    return json_response({"id": id}, status=201)


def _revision_body(room: Room, revision: Revision) -> dict[str, Any]:
    return {
        "id": revision.id,
        "parents": revision.parents,
        "authors": [_author(room, author) for author in revision.authors],
        "at": rfc3339(revision.at),
        "message": revision.message,
        "names": revision.names,
        "files": [
            {"path": file.path, "added": file.added, "removed": file.removed} for file in revision.files
        ],
    }


def _author(room: Room, author: GitPerson) -> dict[str, str | None]:
    return author_body(account_name(author.email, room.around.host), author.name, author.email)
