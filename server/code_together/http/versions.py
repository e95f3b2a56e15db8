"""Named versions of a session: list, give, rename, take away."""

from __future__ import annotations

from typing import TypedDict

from aiohttp import web

from code_together.git.tags import Version
from code_together.http.access import GRANT
from code_together.http.bodies import Body, json_response, read_body
from code_together.http.description import answers
from code_together.http.files import person_of
from code_together.rooms import versions
from code_together.rooms.room import Room
from code_together.session.authors import Author, Moment, account_name, author_body, rfc3339


class NewVersion(Body):
    revision: str
    name: str


class NewName(Body):
    name: str


class NamedVersion(TypedDict):
    """`tag` is what Git calls it."""

    tag: str
    name: str
    revision: str
    by: Author | None
    at: Moment


class Versions(TypedDict):
    versions: list[NamedVersion]


@answers(gives=Versions)
async def list_versions(request: web.Request) -> web.Response:
    """`GET …/versions`: the newest name first."""
    room = await request[GRANT].room()
    found = await versions.versions(room)
    return json_response(Versions(versions=[_body(room, version) for version in reversed(found)]))


@answers(201, takes=NewVersion, gives=NamedVersion, refuses=(409,))
async def name_version(request: web.Request) -> web.Response:
    """`POST …/versions`: names any revision."""
    grant = request[GRANT]
    body = await read_body(request, NewVersion)
    room = await grant.room()
    version = await versions.name(room, person_of(grant), body.revision, body.name)
    return json_response(_body(room, version), status=201)


@answers(takes=NewName, gives=NamedVersion, refuses=(409,))
async def rename_version(request: web.Request) -> web.Response:
    """`PATCH …/versions/{tag}`: gives it another name."""
    grant = request[GRANT]
    body = await read_body(request, NewName)
    room = await grant.room()
    version = await versions.rename(room, person_of(grant), request.match_info["tag"], body.name)
    return json_response(_body(room, version))


@answers(204)
async def remove_version(request: web.Request) -> web.Response:
    """`DELETE …/versions/{tag}`: the revision stays."""
    grant = request[GRANT]
    await versions.remove(await grant.room(), request.match_info["tag"])
    return web.Response(status=204)


def _body(room: Room, version: Version) -> NamedVersion:
    by = version.by
    host = room.around.host
    return {
        "tag": version.tag,
        "name": version.name,
        "revision": version.revision,
        "by": None if by is None else author_body(account_name(by.email, host), by.name, by.email),
        "at": rfc3339(version.at),
    }
