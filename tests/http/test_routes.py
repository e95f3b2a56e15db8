from __future__ import annotations

import re

import pytest

from code_together.http.routes import ROUTES, Route
from code_together.session.roles import Role, allows
from tests.conftest import Server

IN_SESSIONS = [route for route in ROUTES if route.action not in ("nothing", "account", "admin")]
OF_ADMINS = [route for route in ROUTES if route.action == "admin"]
PUBLIC = {
    "POST /api/accounts", "POST /api/login", "POST /api/logout", "POST /api/reset", "POST /api/invites",
    "GET /healthz", "GET /assets/{name:.+}", r"GET /{path:(?!(?:api|git)(?:/|$)).*}",
}  # fmt: skip


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def path_of(route: Route, session: str) -> str:
    path = route.path.replace("{session}", session)
    path = re.sub(r"\{\w+(:[^}]+)?\}", "x", path)
    return path + "?service=git-upload-pack" if path.endswith("/info/refs") else path


def test_public_routes() -> None:
    """Nothing but this can be had without a login."""
    assert {name_of(route) for route in ROUTES if route.action == "nothing"} == PUBLIC


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_actions_fit_paths(route: Route) -> None:
    """Every route of a session names the action that it needs in it, git comes by Basic alone, and reading changes nothing."""
    assert ("{session}" in route.path) == (route in IN_SESSIONS)
    assert (route.action == "admin") == route.path.startswith("/api/admin/")
    assert (route.way == "basic") == route.path.startswith("/git/")
    if route.method in ("PUT", "PATCH", "DELETE"):
        assert route.action in ("account", "admin", "comment", "edit", "own")


async def test_without_login(server: Server) -> None:
    """A1 of every route: without a login it is 401, whether or not the session is there."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    for route in ROUTES:
        if route.action == "nothing":
            continue
        for id in (session, "aaaaaaaaaaaa"):
            answer = await server.browser().send(route.method, path_of(route, id))
            assert answer.status == 401, name_of(route)


async def test_strangers(server: Server) -> None:
    """Whoever is no member gets the same 404 from every route of a session as if it were not there (IDOR)."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    session = await ann.new_session()
    made = await bob.post("/api/tokens", {"label": "x", "scope": "write"})
    from aiohttp import encode_basic_auth

    basic = {"Authorization": encode_basic_auth("bob", made.json["token"])}
    for route in IN_SESSIONS:
        headers = basic if route.way == "basic" else {}
        answers = [
            await bob.send(route.method, path_of(route, id), headers=headers)
            for id in (session, "aaaaaaaaaaaa")
        ]
        assert [answer.status for answer in answers] == [404, 404], name_of(route)
        assert answers[0].body == answers[1].body


@pytest.mark.parametrize("role", list(Role))
async def test_roles(server: Server, role: Role) -> None:
    """A member is let in where its role allows the route's action, and gets 403 everywhere else."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    bob = await server.member(ann, session, "bob", role)
    # what ends a membership or the session comes last
    routes = sorted(IN_SESSIONS, key=lambda route: (route.path.endswith("/leave"), route.action == "own"))
    for route in routes:
        if route.way == "basic" or (
            allows(role, route.action) and name_of(route) == "DELETE /api/sessions/{session}"
        ):
            continue
        answer = await bob.send(route.method, path_of(route, session))
        refused = answer.status == 403 and answer.error == "not_allowed"
        assert refused != allows(role, route.action), (name_of(route), answer)
        assert answer.status < 500, (name_of(route), answer)


@pytest.mark.parametrize("role", list(Role))
async def test_archived(server: Server, role: Role) -> None:
    """AM2: in an archived session every route that changes something is 403 `archived`, whatever the role; looking is not."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    bob = await server.member(ann, session, "bob", role)
    assert (await ann.patch(f"/api/sessions/{session}", {"archived": True})).status == 200
    for route in IN_SESSIONS:
        if route.way == "basic" or not allows(role, route.action) or route.action == "own":
            continue
        if route.path.endswith("/leave"):
            continue
        answer = await bob.send(route.method, path_of(route, session))
        refused = answer.status == 403 and answer.error == "archived"
        assert refused == (route.action in ("comment", "edit")), (name_of(route), answer)


@pytest.mark.parametrize("route", OF_ADMINS, ids=name_of)
async def test_admins_alone(server: Server, route: Route) -> None:
    """AM7: nobody but an admin who is logged in gets anything of the administration: not an owner, not an admin's token,
    not who was an admin a moment ago."""
    ann, bob, cid = [await server.sign_up(name) for name in ("ann", "bob", "cid")]
    path = path_of(route, await bob.new_session())
    assert (await ann.patch("/api/admin/accounts/cid", {"admin": True})).status == 200
    made = (await ann.post("/api/tokens", {"label": "x", "scope": "write"})).json
    script = server.browser()
    script.http.headers["Authorization"] = f"Bearer {made['token']}"
    assert (await cid.send(route.method, path)).status != 403
    assert (await ann.patch("/api/admin/accounts/cid", {"admin": False})).status == 200
    for browser, code in ((bob, "not_admin"), (cid, "not_admin"), (script, "needs_login")):
        refused = await browser.send(route.method, path)
        assert (refused.status, refused.error) == (403, code)
    assert (await server.browser().send(route.method, path)).status == 401
