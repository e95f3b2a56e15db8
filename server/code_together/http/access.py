"""The one way to a session: it always names the action that it is for.

A route carries its action; `guarded` lets a request through to the handler only when its sender may do that. A handler
finds the session, and through it the room, in `request[GRANT]`, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler

from code_together.errors import NotAllowed, NotFound
from code_together.http.keys import REGISTRY, SESSIONS
from code_together.http.login import IDENTITY, Identity, Way, identify
from code_together.rooms.registry import Registry
from code_together.rooms.room import Room
from code_together.session.roles import Role, allows, check_archived
from code_together.storage.accounts import Account
from code_together.storage.sessions import SessionRow

Need = Literal["nothing", "account", "admin", "read", "comment", "edit", "own"]
"""What a route asks of whom comes: nothing, a login, an admin's login, or an action in the session that its path names."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A session, and the role in it of whom the request is from."""

    identity: Identity
    session: SessionRow
    role: str
    _registry: Registry

    @property
    def account(self) -> Account:
        return self.identity.account

    async def room(self) -> Room:
        return await self._registry.room(self.session.id)


GRANT = web.RequestKey("grant", Grant)


def guarded(handler: Handler, need: Need, way: Way) -> Handler:
    """The handler behind the check of what it needs. Raises `NotLoggedIn`, `NotAllowed`, `NotFound`."""

    @wraps(handler)
    async def guard(request: web.Request) -> web.StreamResponse:
        if need != "nothing":
            identity = await identify(request, way)
            # git fetches by POST; everything else that is posted changes something
            looks = request.method in ("GET", "HEAD") or (way == "basic" and need == "read")
            if identity.scope == "read" and not looks:
                raise NotAllowed("This access token may only read.", code="read_only_token")
            request[IDENTITY] = identity
            if need == "admin":
                _check_admin(identity)
            elif need != "account":
                request[GRANT] = await _grant(request, identity, need)
        return await handler(request)

    return guard


def _check_admin(identity: Identity) -> None:
    """A token that lies about in some script shall not be worth the whole server: it takes a login."""
    if not identity.account.admin:
        raise NotAllowed("Only admins of this server may do that.", code="not_admin")
    if identity.login is None:
        raise NotAllowed("An access token is not enough for this; log in.", code="needs_login")


async def _grant(request: web.Request, identity: Identity, action: str) -> Grant:
    sessions = request.app[SESSIONS]
    session = await sessions.get(request.match_info["session"])
    role = None if session is None else await role_in(request, session, identity.account)
    if session is None or role is None:
        raise NotFound("There is no such session, or you are not a member of it.")
    if identity.scope == "read":
        role = Role.VIEWER
    if not allows(role, action):
        raise NotAllowed(
            f"As {role} you may not do that here; the session's owner can give you another role."
        )
    check_archived(session.archived, action)
    return Grant(identity, session, role, request.app[REGISTRY])


async def role_in(request: web.Request, session: SessionRow, account: Account) -> str | None:
    """What the account is in the session now: its role as a member, viewer where all may look, or nothing."""
    return await request.app[SESSIONS].role(session.id, account.id)
