"""Sessions and their members."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from aiohttp import web
from msgspec import UNSET, UnsetType, structs

from code_together.errors import NotFound
from code_together.http.access import GRANT, role_in
from code_together.http.audit import note
from code_together.http.bodies import Body, json_response, read_body
from code_together.http.description import answers
from code_together.http.keys import ACCOUNTS, REGISTRY, SESSIONS
from code_together.http.login import IDENTITY
from code_together.http.proxies import address_here
from code_together.rooms import sample
from code_together.rooms.connection import Person
from code_together.session.authors import Author, Moment, author_body, rfc3339
from code_together.session.roles import RoleName
from code_together.storage.accounts import Account
from code_together.storage.sessions import SessionRow, Visibility
from code_together.storage.summaries import Summary

_FACES = 5  # people that the list shows of those who are in a session


class NewSession(Body):
    title: str
    visibility: Visibility = "private"
    begin: Literal["empty", "sample"] = "empty"


class SessionChange(Body):
    title: str | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    lan_role: Literal["viewer", "editor"] | UnsetType = UNSET


class Membership(Body):
    role: Literal["owner", "editor", "commenter", "viewer"]


class Session(TypedDict):
    """`role` is what who asks has in it, `people` how many are there now."""

    id: str
    title: str
    role: RoleName
    clone_url: str
    visibility: Visibility
    lan_role: RoleName
    archived: bool
    created_at: Moment
    active_at: Moment
    people: int


class LastEdit(TypedDict):
    """`path` is null where it was several files, or one that is gone."""

    author: Author
    at: Moment
    path: str | None


class Face(TypedDict):
    name: str
    display_name: str
    color: int


class SummedUp(TypedDict):
    """`files` is how many there are, `languages` their names, the most used first, `here` the first of who is there now."""

    files: int
    languages: list[str]
    last_edit: LastEdit | None
    here: list[Face]


class ListedSession(Session, SummedUp):
    pass


class SessionList(TypedDict):
    sessions: list[ListedSession]


class Member(TypedDict):
    name: str
    display_name: str
    role: RoleName


class ListedMember(Member):
    color: int


class Members(TypedDict):
    members: list[ListedMember]


@answers(gives=SessionList)
async def list_sessions(request: web.Request) -> web.Response:
    """`GET /api/sessions`: those that one may look at, the latest activity first."""
    rows = await request.app[SESSIONS].of_account(request[IDENTITY].account.id)
    summaries = await request.app[REGISTRY].summaries(session.id for session, _ in rows)
    listed = [
        ListedSession(
            **_describe(request, session, role),
            **_summed_up(request, session.id, summaries.get(session.id)),
        )
        for session, role in rows
    ]
    return json_response(SessionList(sessions=listed))


@answers(201, takes=NewSession, gives=Session, refuses=(409, 503))
async def create_session(request: web.Request) -> web.Response:
    """`POST /api/sessions`: makes a session, empty or with the sample."""
    body = await read_body(request, NewSession)
    sessions = request.app[SESSIONS]
    registry, account = request.app[REGISTRY], request[IDENTITY].account
    session = await sessions.create(body.title, body.visibility, account.id)
    try:
        await registry.create_repository(session.id)
        if body.begin == "sample":
            await sample.fill(await registry.room(session.id), Person.of(account))
    except BaseException:
        await sessions.delete(session.id)
        await registry.delete_repository(session.id)
        raise
    await note(request, "session_made", session=session)
    where = {"Location": f"/api/sessions/{session.id}"}
    return json_response(_describe(request, session, "owner"), status=201, headers=where)


@answers(gives=Session)
async def get_session(request: web.Request) -> web.Response:
    """`GET /api/sessions/{session}`: one session."""
    grant = request[GRANT]
    return json_response(_describe(request, grant.session, grant.role))


@answers(takes=SessionChange, gives=Session)
async def change_session(request: web.Request) -> web.Response:
    """`PATCH /api/sessions/{session}`: changes what is given, at once for open connections."""
    body = await read_body(request, SessionChange)
    grant = request[GRANT]
    changes: dict[str, Any] = {
        name: value for name, value in structs.asdict(body).items() if value is not UNSET
    }
    if not changes:
        return json_response(_describe(request, grant.session, grant.role))
    session = await request.app[SESSIONS].change(grant.session.id, **changes)
    await request.app[REGISTRY].session_changed(session.id)
    if {"visibility", "lan_role"} & changes.keys():
        await _tell_visitors(request, session.id)
    await _note_changes(request, grant.session, session)
    return json_response(_describe(request, session, grant.role))


async def _note_changes(request: web.Request, before: SessionRow, after: SessionRow) -> None:
    if after.title != before.title:
        await note(request, "session_renamed", target=after.title)
    if (after.visibility, after.lan_role) != (before.visibility, before.lan_role):
        everyone = f"lan {after.lan_role}" if after.visibility == "lan" else "private"
        await note(request, "session_opened_to", detail=everyone)
    if after.archived != before.archived:
        await note(request, "session_archived" if after.archived else "session_unarchived")


async def _tell_visitors(request: web.Request, session: str) -> None:
    """Gives those who are there the role that they have now: who only looked in from the network may have none (RM6)."""
    registry = request.app[REGISTRY]
    room = registry.live(session)
    for account in {connection.person.account for connection in room.connections} if room else ():
        await registry.role_changed(session, account, await request.app[SESSIONS].role(session, account))


@answers(204)
async def delete_session(request: web.Request) -> web.Response:
    """Its row goes first, so that nobody comes in any more."""
    session = request[GRANT].session.id
    await request.app[SESSIONS].delete(session)
    await request.app[REGISTRY].delete_repository(session)
    await note(request, "session_deleted")
    return web.Response(status=204)


@answers(gives=Members)
async def list_members(request: web.Request) -> web.Response:
    """`GET …/members`: who is in the session, and as what."""
    members = await request.app[SESSIONS].members(request[GRANT].session.id)
    listed = [ListedMember(**_member(account, role), color=account.color) for account, role in members]
    return json_response(Members(members=listed))


@answers(takes=Membership, gives=Member, refuses=(409,))
async def set_member(request: web.Request) -> web.Response:
    """Lets an account in, or changes its role; open connections have it at once (RM6)."""
    body = await read_body(request, Membership)
    session = request[GRANT].session.id
    account = await _account(request)
    known = account.id in {member.id for member, _ in await request.app[SESSIONS].members(session)}
    await request.app[SESSIONS].set_role(session, account.id, body.role)
    await note(request, "role_changed" if known else "member_added", target=account.name, detail=body.role)
    role = await request.app[SESSIONS].role(session, account.id)
    await request.app[REGISTRY].role_changed(session, account.id, role)
    return json_response(_member(account, body.role))


@answers(204, refuses=(409,))
async def remove_member(request: web.Request) -> web.Response:
    """`DELETE …/members/{name}`: takes an account out, at once for its open connections."""
    session = request[GRANT].session
    account = await _account(request)
    await request.app[SESSIONS].remove(session.id, account.id)
    await note(request, "member_removed", target=account.name)
    left = await role_in(request, session, account)  # where everyone may look, a viewer
    await request.app[REGISTRY].role_changed(session.id, account.id, left)
    return web.Response(status=204)


@answers(204, refuses=(409,))
async def leave(request: web.Request) -> web.Response:
    """`POST …/leave`: out of a session that one is a member of; its last owner stays (409)."""
    grant = request[GRANT]
    await request.app[SESSIONS].remove(grant.session.id, grant.account.id)
    await note(request, "member_left", target=grant.account.name)
    left = await role_in(request, grant.session, grant.account)
    await request.app[REGISTRY].role_changed(grant.session.id, grant.account.id, left)
    return web.Response(status=204)


async def _account(request: web.Request) -> Account:
    name = request.match_info["name"]
    account = await request.app[ACCOUNTS].by_name(name)
    if account is None:
        raise NotFound(f"There is no account {name[:40]!r} on this server.", code="no_such_account")
    return account


def _member(account: Account, role: str) -> Member:
    return {"name": account.name, "display_name": account.display_name, "role": role}


def _summed_up(request: web.Request, session: str, summary: Summary | None) -> SummedUp:
    """What only the list says: of a session in which nothing was done yet, that there is nothing."""
    edit = summary.edit if summary else None
    here = request.app[REGISTRY].first_here(session, _FACES)
    return {
        "files": summary.files if summary else 0,
        "languages": summary.languages if summary else [],
        "last_edit": {
            "author": author_body(edit.account, edit.name, edit.email),
            "at": rfc3339(edit.at),
            "path": edit.path,
        }
        if edit
        else None,
        "here": [
            {"name": person.name, "display_name": person.display_name, "color": person.color}
            for person in here
        ],
    }


def _describe(request: web.Request, session: SessionRow, role: str) -> Session:
    return {
        "id": session.id,
        "title": session.title,
        "role": role,
        "clone_url": f"{address_here(request)}/git/{session.id}.git",
        "visibility": session.visibility,
        "lan_role": session.lan_role,
        "archived": session.archived,
        "created_at": rfc3339(session.created_at),
        "active_at": rfc3339(session.active_at),
        "people": request.app[REGISTRY].people_here(session.id),
    }
