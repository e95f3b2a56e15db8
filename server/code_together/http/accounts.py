"""Accounts: making one, logging in and out, and what one may change of one's own."""

from __future__ import annotations

import hmac
import secrets
from typing import Annotated, Any, TypedDict

from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from code_together.errors import NotAllowed, NotLoggedIn, Unprocessable
from code_together.http import login
from code_together.http.audit import note
from code_together.http.bodies import Body, json_response, read_body
from code_together.http.description import answers
from code_together.http.invites import joining, note_joined
from code_together.http.keys import ACCOUNTS, HOST, OPTIONS, REGISTRY
from code_together.http.login import IDENTITY
from code_together.http.throttle import ACCOUNT_THROTTLE, client_address
from code_together.session.authors import Author, author_body, email_of
from code_together.storage.accounts import Account
from code_together.storage.options import Registration


class NewAccount(Body):
    name: str
    password: str
    display_name: str | None = None
    setup: str | None = None
    invite: str | None = None


class Credentials(Body):
    name: str
    password: str


class AccountChange(Body):
    display_name: str | UnsetType = UNSET
    color: Annotated[int, Meta(ge=1, le=8)] | UnsetType = UNSET
    password: str | UnsetType = UNSET
    current_password: str | UnsetType = UNSET


class Me(Author):
    """An account as its owner sees it."""

    admin: bool
    color: int


class WhoMayJoin(TypedDict):
    registration: Registration


class SetUp:
    """Guards the first account, which is the admin, by a code that is printed at the start.

    `code` is None where none is needed: on loopback, with open registration.
    """

    def __init__(self, *, needed: bool) -> None:
        self.code = secrets.token_urlsafe(16) if needed else None

    def accepts(self, given: str | None) -> bool:
        return self.code is None or hmac.compare_digest(self.code.encode(), (given or "").encode())


SET_UP = web.AppKey("set_up", SetUp)


@answers(201, takes=NewAccount, gives=Me, refuses=(403, 404, 409, 429))
async def create_account(request: web.Request) -> web.Response:
    """`POST /api/accounts`: makes an account and logs in; the first is an admin's."""
    body = await read_body(request, NewAccount)
    throttle = request.app[ACCOUNT_THROTTLE]
    throttle.check(client_address(request))
    await _check_registration(request, body.setup, body.invite)
    invite = None if body.invite is None else await joining(request, body.invite)
    account = await request.app[ACCOUNTS].create(
        body.name, body.password, body.display_name, also=None if invite is None else invite.take
    )
    throttle.count(client_address(request))
    await note(request, "account_made", actor=account.name, target=account.name)
    if invite is not None:
        await note_joined(request, account, invite.session)
    await login.log_in(request, account)
    return json_response(describe(request, account), status=201)


@answers(gives=WhoMayJoin)
async def get_registration(request: web.Request) -> web.Response:
    """`GET /api/registration`: who can make an account: `open`, with an `invite`, `closed`. The first one is made by the set-up code."""
    return json_response(WhoMayJoin(registration=await request.app[OPTIONS].registration()))


async def _check_registration(request: web.Request, setup: str | None, invite: str | None) -> None:
    registration = await request.app[OPTIONS].registration()
    if await request.app[ACCOUNTS].count() == 0:
        set_up = request.app[SET_UP]
        if set_up.accepts(setup):
            return
        if registration == "open":
            raise NotAllowed(
                "The first account needs the set-up code that the server printed when it started.",
                code="setup_needed",
            )
    if registration == "invite" and invite is None:
        raise NotAllowed(
            "On this server an account needs an invite into a session. Ask somebody for a link or a code.",
            code="registration_closed",
        )
    if registration == "closed":
        raise NotAllowed(
            "This server does not let people make accounts themselves. Ask whoever runs it.",
            code="registration_closed",
        )


@answers(takes=Credentials, gives=Me, refuses=(401, 429))
async def log_in(request: web.Request) -> web.Response:
    """`POST /api/login`: logs in, by a cookie."""
    body = await read_body(request, Credentials)
    account = await login.check_password(request, body.name, body.password)
    await login.log_in(request, account)
    return json_response(describe(request, account))


@answers(204)
async def log_out(request: web.Request) -> web.Response:
    """`POST /api/logout`: ends the login that asks."""
    await login.end_login(request)
    return web.Response(status=204)


@answers(gives=Me)
async def me(request: web.Request) -> web.Response:
    """`GET /api/me`: the account that asks."""
    return json_response(describe(request, request[IDENTITY].account))


@answers(takes=AccountChange, gives=Me, refuses=(429,))
async def change_me(request: web.Request) -> web.Response:
    """`PATCH /api/me`: changes what is given; a new password ends all other logins (AC4)."""
    body = await read_body(request, AccountChange)
    account = request[IDENTITY].account
    accounts = request.app[ACCOUNTS]
    if body.password is not UNSET:
        await _check_current_password(request, account, body.current_password)
    elif body.current_password is not UNSET:
        raise Unprocessable("current_password goes with a new password.", code="bad_field")
    changes: dict[str, Any] = {}
    if body.display_name is not UNSET:
        changes["display_name"] = body.display_name
    if body.color is not UNSET:
        changes["color"] = body.color
    if changes:
        account = await accounts.change(account.id, **changes)
        await request.app[REGISTRY].account_changed(account)
    if body.password is not UNSET:
        await accounts.set_password(account.id, body.password)
        await login.end_other_logins(request, account)
        await note(request, "password_changed", target=account.name)
    return json_response(describe(request, account))


async def _check_current_password(request: web.Request, account: Account, current: str | UnsetType) -> None:
    if current is UNSET:
        raise Unprocessable("A new password needs the current one too.", code="bad_field")
    try:
        await login.check_password(request, account.name, current)
    except NotLoggedIn:
        raise NotAllowed("The current password is not right.", code="bad_password") from None


def describe(request: web.Request, account: Account) -> Me:
    return {**author(request, account), "admin": account.admin, "color": account.color}


def author(request: web.Request, account: Account) -> Author:
    """An account as the author of something; the e-mail address is that of its commits."""
    return author_body(account.name, account.display_name, email_of(account.name, request.app[HOST]))
