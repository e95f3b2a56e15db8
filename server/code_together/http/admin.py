"""What admins look after: accounts, who may make one, sessions, and the audit log. Never what is in a session."""

from __future__ import annotations

import asyncio
from typing import Literal, TypedDict

from aiohttp import web
from msgspec import UNSET, UnsetType

from code_together.errors import Conflict, NotFound
from code_together.http.audit import note
from code_together.http.bodies import Body, json_response, page_limit, query_number, read_body
from code_together.http.description import answers
from code_together.http.keys import ACCOUNTS, AUDIT, OPTIONS, REGISTRY, RESETS, SESSIONS, SETTINGS
from code_together.http.login import IDENTITY
from code_together.http.proxies import address_here
from code_together.session.authors import Moment, rfc3339
from code_together.storage.accounts import Account
from code_together.storage.audit import Action, AuditEntry
from code_together.storage.options import Registration
from code_together.storage.sessions import Visibility


class Standing(Body):
    disabled: bool | UnsetType = UNSET
    admin: bool | UnsetType = UNSET


class ServerChange(Body):
    registration: Literal["open", "invite", "closed"]


class NewPassword(Body):
    token: str
    password: str


class AccountState(TypedDict):
    name: str
    display_name: str
    color: int
    admin: bool
    disabled: bool
    created_at: Moment


class ListedAccount(AccountState):
    last_seen_at: Moment | None


class AccountsPage(TypedDict):
    accounts: list[ListedAccount]
    next: str | None


class ResetLink(TypedDict):
    url: str
    expires_at: Moment


class ResetAccount(TypedDict):
    name: str


class ServerState(TypedDict):
    registration: Registration
    registration_default: Registration
    accounts: int
    sessions: int
    bytes: int


class SessionState(TypedDict):
    """`bytes` is the size of the repository."""

    id: str
    title: str
    visibility: Visibility
    archived: bool
    created_at: Moment
    active_at: Moment
    members: int
    owners: list[str]
    bytes: int


class SessionsPage(TypedDict):
    sessions: list[SessionState]
    next: int | None


class AuditedSession(TypedDict):
    id: str
    title: str | None


class Audited(TypedDict):
    """`actor` is an account's name, null for the command line."""

    id: int
    at: Moment
    actor: str | None
    action: Action
    session: AuditedSession | None
    target: str | None
    detail: str | None


class AuditPage(TypedDict):
    entries: list[Audited]
    next: int | None


@answers(gives=AccountsPage)
async def list_accounts(request: web.Request) -> web.Response:
    """`GET /api/admin/accounts?q=&after=&limit=`: accounts, by name."""
    query = request.query
    page, following = await request.app[ACCOUNTS].listed(
        query.get("q", "").strip(), query.get("after", ""), page_limit(request)
    )
    accounts = [ListedAccount(**_described(account), last_seen_at=_time(seen)) for account, seen in page]
    return json_response(AccountsPage(accounts=accounts, next=following))


@answers(takes=Standing, gives=AccountState, refuses=(409,))
async def change_account(request: web.Request) -> web.Response:
    """`PATCH /api/admin/accounts/{name}`: a disabled account's logins end, and its sockets are closed, at once (Z6)."""
    body = await read_body(request, Standing)
    before = await _account(request)
    account = await request.app[ACCOUNTS].administer(
        request[IDENTITY].account.id,
        before.id,
        disabled=None if body.disabled is UNSET else body.disabled,
        admin=None if body.admin is UNSET else body.admin,
    )
    if account.disabled != before.disabled:
        await request.app[REGISTRY].account_changed(account)
        action: Action = "account_disabled" if account.disabled else "account_enabled"
        await note(request, action, target=account.name)
    if account.admin != before.admin:
        await note(request, "admin_given" if account.admin else "admin_taken", target=account.name)
    return json_response(_described(account))


@answers(201, gives=ResetLink, refuses=(409,))
async def make_reset(request: web.Request) -> web.Response:
    """`POST /api/admin/accounts/{name}/reset`: a one-time link that the admin hands over."""
    account = await _account(request)
    if account.disabled:
        raise Conflict(f"{account.name} is disabled; enable the account first.", code="disabled")
    secret, expires_at = await request.app[RESETS].create(account.id)
    await note(request, "reset_link_made", target=account.name)
    # in the fragment, which browsers send to nobody
    url = f"{address_here(request)}/reset#{secret}"
    return json_response(ResetLink(url=url, expires_at=rfc3339(expires_at)), status=201)


@answers(takes=NewPassword, gives=ResetAccount, refuses=(410, 429))
async def reset(request: web.Request) -> web.Response:
    """`POST /api/reset`: sets the password of the link's account; all its logins end. The link is the proof."""
    body = await read_body(request, NewPassword)
    account, ended = await request.app[RESETS].use(body.token, body.password)
    for login in ended:
        await request.app[REGISTRY].login_ended(login)
    await note(request, "password_reset", actor=account.name, target=account.name)
    return json_response(ResetAccount(name=account.name))


@answers(gives=ServerState)
async def get_server(request: web.Request) -> web.Response:
    """`GET /api/admin/server`: who may make an account, and how much there is."""
    app = request.app
    return json_response(
        ServerState(
            registration=await app[OPTIONS].registration(),
            registration_default=app[SETTINGS].registration,
            accounts=await app[ACCOUNTS].count(),
            sessions=await app[SESSIONS].count(),
            bytes=await asyncio.to_thread(app[REGISTRY].bytes_of_data),
        )
    )


@answers(takes=ServerChange, gives=ServerState)
async def change_server(request: web.Request) -> web.Response:
    """`PATCH /api/admin/server`: who may make an account, from now on."""
    body = await read_body(request, ServerChange)
    await request.app[OPTIONS].set_registration(body.registration)
    await note(request, "registration_changed", detail=body.registration)
    return await get_server(request)


@answers(gives=SessionsPage, numbers=("after",))
async def list_sessions(request: web.Request) -> web.Response:
    """`GET /api/admin/sessions?after=&limit=`: the latest activity first."""
    app = request.app
    page, following = await app[SESSIONS].overview(
        query_number(request, "after", 0) or 0, page_limit(request)
    )
    sessions = [
        SessionState(
            id=session.id,
            title=session.title,
            visibility=session.visibility,
            archived=session.archived,
            created_at=rfc3339(session.created_at),
            active_at=rfc3339(session.active_at),
            members=members,
            owners=owners,
            bytes=await app[REGISTRY].bytes_on_disk(session.id),
        )
        for session, members, owners in page
    ]
    return json_response(SessionsPage(sessions=sessions, next=following))


@answers(gives=AuditPage, numbers=("before",))
async def list_audit(request: web.Request) -> web.Response:
    """`GET /api/admin/audit?before=&limit=`: newest first."""
    entries, following = await request.app[AUDIT].page(query_number(request, "before"), page_limit(request))
    return json_response(AuditPage(entries=[_entry(entry) for entry in entries], next=following))


async def _account(request: web.Request) -> Account:
    account = await request.app[ACCOUNTS].by_name(request.match_info["name"])
    if account is None:
        raise NotFound("There is no such account.", code="no_such_account")
    return account


def _described(account: Account) -> AccountState:
    return {
        "name": account.name,
        "display_name": account.display_name,
        "color": account.color,
        "admin": account.admin,
        "disabled": account.disabled,
        "created_at": rfc3339(account.created_at),
    }


def _entry(entry: AuditEntry) -> Audited:
    return {
        "id": entry.id,
        "at": rfc3339(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "session": None if entry.session is None else {"id": entry.session, "title": entry.title},
        "target": entry.target,
        "detail": entry.detail,
    }


def _time(at: float | None) -> Moment | None:
    return None if at is None else rfc3339(at)
