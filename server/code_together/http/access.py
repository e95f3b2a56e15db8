"""The one way to a session: it always names the action that it is for.

A route carries its action; `guarded` lets a request through to the handler only when its sender may do that. A handler
finds the session, and through it the room, in `request[GRANT]`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Literal, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from code_together.config import is_loopback
from code_together.errors import NotAllowed, NotFound, Unavailable
from code_together.http.keys import REGISTRY, SESSIONS
from code_together.http.login import IDENTITY, Identity, Way, identify
from code_together.http.proxies import client
from code_together.rooms.registry import Registry
from code_together.rooms.room import Room
from code_together.session.roles import Action, Role, allows, check_archived
from code_together.storage.accounts import Account
from code_together.storage.sessions import SessionRow

Need = Literal["nothing", "account", "admin", "watch", "read", "comment", "edit", "own"]
"""What a route asks of whom comes: nothing, a login, an admin's login, being on the server's machine or an admin, or an action
in the session that its path names."""

# How often a look begins anew because the room that it was in ended.
_LOOKS = 5

T = TypeVar("T")


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

    async def look(self, function: Callable[[Room], Awaitable[T]]) -> T:
        """What `function` finds in the room. Where the room ends meanwhile because others' edits cannot be saved, it looks again
        in the one that is opened from what is saved (P10). Raises what `function` raises."""
        for _ in range(_LOOKS - 1):
            room = await self.room()
            try:
                return await function(room)
            except Unavailable:
                if not room.failed:
                    raise
        return await function(await self.room())


GRANT = web.RequestKey("grant", Grant)


def guarded(handler: Handler, need: Need, way: Way) -> Handler:
    """The handler behind the check of what it needs. Raises `NotLoggedIn`, `NotAllowed`, `NotFound`."""

    @wraps(handler)
    async def guard(request: web.Request) -> web.StreamResponse:
        if need == "watch" and is_on_this_machine(request):
            return await handler(request)
        if need != "nothing":
            identity = await identify(request, way)
            # git fetches by POST; everything else that is posted changes something
            looks = request.method in ("GET", "HEAD") or (way == "basic" and need == "read")
            if identity.scope == "read" and not looks:
                raise NotAllowed("This access token may only read.", code="read_only_token")
            request[IDENTITY] = identity
            if need == "admin":
                _check_admin(identity)
            elif need == "watch":
                if not identity.account.admin:  # a token will do: it is for looking alone
                    raise NotAllowed("Only admins of this server may see that.", code="not_admin")
            elif need != "account":
                request[GRANT] = await _grant(request, identity, need)
        return await handler(request)

    return guard


def is_on_this_machine(request: web.Request) -> bool:
    """Whether a program of the server's own machine asks; behind a proxy of this machine everybody would seem to (OB1)."""
    here = client(request)
    host = request.host.rpartition(":")[0] or request.host
    return here.direct and is_loopback(here.address) and is_loopback(host.strip("[]"))


def _check_admin(identity: Identity) -> None:
    """A token that lies about in some script shall not be worth the whole server: it takes a login."""
    if not identity.account.admin:
        raise NotAllowed("Only admins of this server may do that.", code="not_admin")
    if identity.login is None:
        raise NotAllowed("An access token is not enough for this; log in.", code="needs_login")


async def _grant(request: web.Request, identity: Identity, action: str) -> Grant:
    found = await request.app[SESSIONS].entered_by(request.match_info["session"], identity.account.id)
    if found is None:
        raise NotFound("There is no such session, or you are not a member of it.")
    session, role = found
    if identity.scope == "read":
        role = Role.VIEWER
    grant = Grant(identity, session, role, request.app[REGISTRY])
    check(grant, action)
    return grant


def check(grant: Grant, action: str) -> None:
    """Raises `NotAllowed` if whom the grant is for may not take this action, whatever the route needed."""
    if not allows(grant.role, action):
        if grant.identity.scope == "read" and action != Action.READ:
            raise NotAllowed("This access token may only read.", code="read_only_token")
        raise NotAllowed(
            f"As {grant.role} you may not do that here; the session's owner can give you another role."
        )
    check_archived(grant.session.archived, action)


async def again(request: web.Request, action: str) -> Grant:
    """What the sender of a long request may do now: logins end and roles change while it is under way.

    Only for who came by a name and a password or token. Raises as a route's check does.
    """
    return await _grant(request, await identify(request, "basic"), action)


async def role_in(request: web.Request, session: SessionRow, account: Account) -> str | None:
    """What the account is in the session now: its role as a member, viewer where all may look, or nothing."""
    return await request.app[SESSIONS].role(session.id, account.id)
