"""Where one is logged in, and ending it elsewhere."""

from __future__ import annotations

from typing import TypedDict

from aiohttp import web

from code_together.errors import NotFound
from code_together.http.audit import note
from code_together.http.bodies import json_response
from code_together.http.description import answers
from code_together.http.keys import LOGINS, REGISTRY
from code_together.http.login import IDENTITY, Identity
from code_together.session.authors import Moment, rfc3339
from code_together.storage.logins import Login


class ListedLogin(TypedDict):
    """`agent` is what the browser calls itself, `current` the login that asks."""

    id: str
    agent: str
    address: str
    created_at: Moment
    last_seen_at: Moment
    current: bool


class Logins(TypedDict):
    logins: list[ListedLogin]


@answers(gives=Logins)
async def list_logins(request: web.Request) -> web.Response:
    """`GET /api/logins`: those that stand, the last used first."""
    identity = request[IDENTITY]
    logins = await request.app[LOGINS].of_account(identity.account.id)
    return json_response(Logins(logins=[_describe(login, identity) for login in logins]))


@answers(204)
async def end_one(request: web.Request) -> web.Response:
    """`DELETE /api/logins/{id}`: its sockets are closed at once (AC4)."""
    account = request[IDENTITY].account
    ended = await request.app[LOGINS].end_one(account.id, request.match_info["id"])
    if ended is None:
        raise NotFound("You have no such login; it may have ended already.")
    await request.app[REGISTRY].login_ended(ended)
    await note(request, "logins_ended", target=account.name)
    return web.Response(status=204)


@answers(204)
async def end_others(request: web.Request) -> web.Response:
    """`DELETE /api/logins`: all but the one that asks."""
    identity = request[IDENTITY]
    logins = request.app[LOGINS]
    for login in await logins.of_account(identity.account.id):
        if login.hash != identity.login and await logins.end_one(identity.account.id, login.id):
            await request.app[REGISTRY].login_ended(login.hash)
    await note(request, "logins_ended", target=identity.account.name)
    return web.Response(status=204)


def _describe(login: Login, identity: Identity) -> ListedLogin:
    return {
        "id": login.id,
        "agent": login.agent,
        "address": login.address,
        "created_at": rfc3339(login.created_at),
        "last_seen_at": rfc3339(login.last_seen_at),
        "current": login.hash == identity.login,
    }
