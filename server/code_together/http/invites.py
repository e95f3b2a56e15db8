"""Invites: links, and codes to be read out loud, with which people come into a session."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypedDict

import segno
from aiohttp import web

from code_together.errors import NotFound, NotLoggedIn
from code_together.http.access import GRANT
from code_together.http.audit import note
from code_together.http.bodies import Body, json_response, read_body
from code_together.http.description import answers
from code_together.http.keys import INVITES, OPTIONS, REGISTRY, SESSIONS
from code_together.http.login import IDENTITY, identify
from code_together.http.proxies import address_here
from code_together.http.throttle import CODE_THROTTLE, client_address
from code_together.session.authors import Moment, rfc3339
from code_together.session.roles import RoleName
from code_together.storage.accounts import Account
from code_together.storage.invites import Invite, State, is_code


class NewInvite(Body):
    role: Literal["owner", "editor", "commenter", "viewer"]
    expires_hours: float | None = None
    max_uses: int | None = None


class Look(Body):
    invite: str


class Maker(TypedDict):
    name: str
    display_name: str


class MakerSeen(Maker):
    color: int


class ListedInvite(TypedDict):
    """`expires_at` and `max_uses` are null where it has no end by itself."""

    id: int
    role: RoleName
    by: Maker
    created_at: Moment
    expires_at: Moment | None
    code_expires_at: Moment
    max_uses: int | None
    uses: int
    state: State


class Invites(TypedDict):
    invites: list[ListedInvite]


class MadeInvite(ListedInvite):
    """`qr` is the link as a QR code, an SVG document."""

    token: str
    url: str
    code: str
    qr: str


class InviteSeen(TypedDict):
    """`new_accounts`: whether it lets one make an account."""

    title: str
    role: RoleName
    by: MakerSeen
    expires_at: Moment | None
    new_accounts: bool


class Joined(TypedDict):
    """`id` is the session's, `role` what the account has in it now."""

    id: str
    title: str
    role: RoleName


@answers(gives=Invites)
async def list_invites(request: web.Request) -> web.Response:
    """`GET …/invites`: newest first, without their secrets."""
    invites = await request.app[INVITES].list(request[GRANT].session.id)
    return json_response(Invites(invites=[_describe(invite) for invite in invites]))


@answers(201, takes=NewInvite, gives=MadeInvite, refuses=(409,))
async def create_invite(request: web.Request) -> web.Response:
    """The token, the code and what is made of them are in this answer and never again (IN1)."""
    body = await read_body(request, NewInvite)
    grant = request[GRANT]
    made = await request.app[INVITES].create(
        grant.session.id, grant.account.id, body.role, body.expires_hours, body.max_uses
    )
    # in the fragment, which browsers send to nobody
    url = f"{address_here(request)}/join#{made.token}"
    await note(request, "invite_made", detail=body.role)
    shown = MadeInvite(**_describe(made.invite), token=made.token, url=url, code=made.code, qr=qr_code(url))
    return json_response(shown, status=201)


@answers(204)
async def end_invite(request: web.Request) -> web.Response:
    """`DELETE …/invites/{id}`: it lets nobody in any more."""
    text = request.match_info["id"]
    known = text.isascii() and text.isdigit() and len(text) <= 18
    if not known or not await request.app[INVITES].end(request[GRANT].session.id, int(text)):
        raise NotFound("There is no such invite in this session.")
    await note(request, "invite_ended")
    return web.Response(status=204)


@answers(takes=Look, gives=InviteSeen, refuses=(404, 429))
async def look(request: web.Request) -> web.Response:
    """What an invite is for, also for who has no account yet. The secret is in the body, so that no log can have it."""
    body = await read_body(request, Look)
    try:
        account = (await identify(request, "login")).account.id
    except NotLoggedIn:
        account = None
    _throttle(request, body.invite, account)
    invite, title = await request.app[INVITES].look(body.invite)
    maker = invite.maker
    by = MakerSeen(name=maker.name, display_name=maker.display_name, color=maker.color)
    expires_at = None if invite.expires_at is None else rfc3339(invite.expires_at)
    new_accounts = await request.app[OPTIONS].registration() != "closed"
    return json_response(
        InviteSeen(title=title, role=invite.role, by=by, expires_at=expires_at, new_accounts=new_accounts)
    )


@answers(gives=Joined, refuses=(429,))
async def accept(request: web.Request) -> web.Response:
    """Lets the account in; who looks in from the network already has the new role at once."""
    secret, account = request.match_info["token"], request[IDENTITY].account
    _throttle(request, secret, account.id)
    accepted = await request.app[INVITES].accept(secret, account.id)
    await request.app[REGISTRY].role_changed(accepted.session, account.id, accepted.role)
    if accepted.new:
        await note_joined(request, request[IDENTITY].account, accepted.session)
    return json_response(Joined(id=accepted.session, title=accepted.title, role=accepted.role))


@dataclass(frozen=True, slots=True)
class Joining:
    """A seat in a session, to be taken in the transaction that makes the account."""

    session: str
    take: Callable[[sqlite3.Connection, int], object]


async def joining(request: web.Request, secret: str) -> Joining:
    """What lets a new account in, in the transaction that makes it: a seat is never taken by half (IN6).

    Raises `NotFound` when the invite cannot be used anyway, before a password is hashed for it.
    """
    invites = request.app[INVITES]
    _throttle(request, secret, None)
    invite, _ = await invites.look(secret)
    return Joining(invite.session, lambda connection, account: invites.take(connection, secret, account))


async def note_joined(request: web.Request, account: Account, session: str) -> None:
    """Notes in the audit log that the account came in by an invite."""
    sessions = request.app[SESSIONS]
    row, role = await sessions.get(session), await sessions.role(session, account.id)
    await note(request, "member_joined", actor=account.name, session=row, target=account.name, detail=role)


def _throttle(request: web.Request, secret: str, account: int | None) -> None:
    if is_code(secret):  # a token cannot be guessed
        request.app[CODE_THROTTLE].count(account, client_address(request))


def qr_code(text: str) -> str:
    """An SVG document: dark on white, whatever is around it, with the quiet zone that readers need."""
    svg = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        svg, kind="svg", border=4, dark="#17181c", light="#fff", omitsize=True, xmldecl=False, nl=False
    )
    return svg.getvalue().decode()


def _describe(invite: Invite) -> ListedInvite:
    return {
        "id": invite.id,
        "role": invite.role,
        "by": {"name": invite.maker.name, "display_name": invite.maker.display_name},
        "created_at": rfc3339(invite.created_at),
        "expires_at": None if invite.expires_at is None else rfc3339(invite.expires_at),
        "code_expires_at": rfc3339(invite.code_expires_at),
        "max_uses": invite.max_uses,
        "uses": invite.uses,
        "state": invite.state,
    }
