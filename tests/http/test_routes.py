from __future__ import annotations

import re

import pytest
from aiohttp import encode_basic_auth

from code_together.http.routes import ROUTES, Route
from code_together.session.roles import Role, allows
from tests.conftest import Browser, Server
from tests.http.matrix import (
    IN_SESSIONS,
    OF_ADMINS,
    OF_ARCHIVED,
    OF_ROLES,
    OF_STRANGERS,
    WITHOUT_LOGIN,
    name_of,
)

NOWHERE = "aaaaaaaaaaaa"
PUBLIC = {
    "POST /api/accounts", "POST /api/login", "POST /api/logout", "POST /api/reset", "POST /api/invites", "GET /api/registration",
    "GET /api/certificate", "GET /api/openapi.json", "GET /ca.crt", "GET /healthz", "GET /readyz", "GET /assets/{name:.+}",
    r"GET /{path:(?!(?:api|git)(?:/|$)).*}",
}  # fmt: skip


def path_of(route: Route, session: str) -> str:
    path = route.path.replace("{session}", session)
    path = re.sub(r"\{\w+(:[^}]+)?\}", "x", path)
    return path + "?service=git-upload-pack" if path.endswith("/info/refs") else path


async def basic_of(browser: Browser, name: str) -> dict[str, str]:
    """What git sends: the name, and a token that may write."""
    made = await browser.post("/api/tokens", {"label": "x", "scope": "write"})
    return {"Authorization": encode_basic_auth(name, made.json["token"])}


def test_public_routes() -> None:
    """Nothing but this can be had without a login."""
    assert {name_of(route) for route in ROUTES if route.action == "nothing"} == PUBLIC


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_actions_fit_paths(route: Route) -> None:
    """Every route of a session names the action that it needs in it, git comes by Basic alone, and reading changes nothing."""
    assert (route in IN_SESSIONS) == (route.action not in ("nothing", "account", "admin", "watch"))
    assert (route.action == "admin") == route.path.startswith("/api/admin/")
    assert (route.way == "basic") == route.path.startswith("/git/")
    if route.method in ("PUT", "PATCH", "DELETE"):
        assert route.action in ("account", "admin", "comment", "edit", "own")


async def test_without_login(server: Server) -> None:
    """A1 of every route: without a login it is 401, whether or not the session is there."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    for route, there in WITHOUT_LOGIN:
        path = path_of(route, session if there else NOWHERE)
        answer = await server.browser().send(route.method, path)
        assert answer.status == 401, name_of(route)


async def test_strangers(server: Server) -> None:
    """Whoever is no member gets the same 404 from every route of a session as if it were not there (IDOR)."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    session = await ann.new_session()
    basic = await basic_of(bob, "bob")
    bodies: dict[str, set[bytes]] = {}
    for route, there in OF_STRANGERS:
        path = path_of(route, session if there else NOWHERE)
        answer = await bob.send(route.method, path, headers=basic if route.way == "basic" else {})
        assert answer.status == 404, name_of(route)
        bodies.setdefault(name_of(route), set()).add(answer.body)
    assert all(len(different) == 1 for different in bodies.values())


@pytest.mark.parametrize("role", list(Role))
async def test_roles(server: Server, role: Role) -> None:
    """A member is let in where its role allows the route's action, and gets 403 everywhere else."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    bob = await server.member(ann, session, "bob", role)
    basic = await basic_of(bob, "bob")
    for route in OF_ROLES[role]:
        git = route.way == "basic"
        answer = await bob.send(route.method, path_of(route, session), headers=basic if git else {})
        refused = answer.status == 403 and (git or answer.error == "not_allowed")
        assert refused != allows(role, route.action), (name_of(route), answer)
        assert answer.status != 404 or b"no such session" not in answer.body, name_of(route)
        assert answer.status < 500, (name_of(route), answer)
        if route.path.endswith("/leave"):
            assert (await ann.put(f"/api/sessions/{session}/members/bob", {"role": role})).status == 200


@pytest.mark.parametrize("role", list(Role))
async def test_archived(server: Server, role: Role) -> None:
    """AM2: in an archived session every route that changes something is 403 `archived`, whatever the role; looking is not."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    bob = await server.member(ann, session, "bob", role)
    basic = await basic_of(bob, "bob")
    assert (await ann.patch(f"/api/sessions/{session}", {"archived": True})).status == 200
    for route in OF_ARCHIVED[role]:
        git = route.way == "basic"
        answer = await bob.send(route.method, path_of(route, session), headers=basic if git else {})
        refused = answer.status == 403 and (git or answer.error == "archived")
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
