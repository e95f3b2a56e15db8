"""The headers of every answer that the table of routes can give: to strangers, to members, and when it is refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from code_together.http.routes import ROUTES, Route
from tests.conftest import Browser, Server
from tests.http.matrix import name_of
from tests.http.test_routes import basic_of, path_of

FILES = {
    "a.html": b"<script>alert(1)</script>",
    "a.svg": b"<svg onload='alert(1)'/>",
    "a.js": b"alert(1)",
    "a": b"<html>",
}
PAGES = [route for route in ROUTES if not route.path.startswith(("/api/", "/git/"))]


def directives(headers: Mapping[str, str]) -> dict[str, list[str]]:
    parts = (part.split() for part in headers["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


def check(route: Route, status: int, headers: Mapping[str, str]) -> None:
    where = f"{name_of(route)} {status}"
    assert headers["X-Content-Type-Options"] == "nosniff", where
    assert headers["Referrer-Policy"] == "no-referrer", where
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", where
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin", where
    assert not any(name.startswith("Access-Control-") for name in headers), where
    assert "Server" not in headers, where
    assert "X-Powered-By" not in headers, where
    policy = directives(headers)
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"], where
    assert "unsafe" not in headers["Content-Security-Policy"], where
    if route in PAGES:
        assert policy["default-src"] == policy["script-src"] == ["'self'"], where
        assert policy["object-src"] == ["'none'"], where
    else:
        assert policy["default-src"] == ["'none'"], where
        assert policy["sandbox"] == [], where
        assert "no-store" in headers["Cache-Control"] or "no-cache" in headers["Cache-Control"], where
    kind = headers.get("Content-Type", "")
    assert not kind.startswith(("text/", "application/json")) or "charset=utf-8" in kind.lower(), where
    assert not kind.startswith(("text/html", "image/svg", "text/javascript")) or route in PAGES, where


@pytest.fixture
async def ann(server: Server) -> Browser:
    return await server.sign_up("ann")


@pytest.fixture
async def session(ann: Browser) -> str:
    id = await ann.new_session()
    for path, content in FILES.items():
        assert (await ann.send("PUT", f"/api/sessions/{id}/files/{path}", data=content)).status == 201
    return id


async def test_to_strangers(server: Server, session: str) -> None:
    """C4, C5, X7, X9: whatever is refused to a stranger, or shown to one, has the headers."""
    for route in ROUTES:
        answer = await server.browser().send(route.method, path_of(route, session))
        check(route, answer.status, answer.headers)


async def test_to_an_owner(server: Server, ann: Browser, session: str) -> None:
    """C4, C5, X7, X9: whatever is given to an owner and admin, or refused to one for what is missing, has the headers."""
    basic = await basic_of(ann, "ann")
    for route in sorted(ROUTES, key=lambda route: route.method == "DELETE"):  # what deletes comes last
        headers = basic if route.way == "basic" else {}
        answer = await ann.send(route.method, path_of(route, session), headers=headers)
        check(route, answer.status, answer.headers)


async def test_of_errors(server: Server, ann: Browser) -> None:
    """X7, L5: so have answers to what no route takes, to foreign sites and to unknown hosts."""
    (any_page,) = (route for route in ROUTES if route.path.startswith("/{path"))
    data = next(route for route in ROUTES if route.path == "/api/me")
    for method, path, route, headers in (
        ("GET", "/nothing.html", any_page, {}),
        ("GET", "/.git/config", any_page, {}),
        ("TRACE", "/", any_page, {}),
        ("GET", "/api/nothing", data, {}),
        ("PUT", "/api/me", data, {}),
        ("PATCH", "/api/me", data, {"Origin": "https://evil.example"}),
        ("GET", "/api/me", data, {"Host": "evil.example"}),
        ("POST", "/api/login", data, {"Content-Type": "text/html"}),
    ):
        answer = await ann.send(method, path, headers=headers)
        assert answer.status >= 400 or path == "/.git/config"
        check(route, answer.status, answer.headers)


@pytest.mark.parametrize("path", FILES)
async def test_files_are_no_pages(ann: Browser, session: str, path: str) -> None:
    """X6, X8: a file that somebody wrote comes as a download of no kind, in a sandbox, whatever its name and whatever is in it."""
    answer = await ann.get(f"/api/sessions/{session}/files/{path}")
    assert answer.body == FILES[path]
    headers: Mapping[str, str] = answer.headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert "sandbox" in directives(headers)


@pytest.mark.parametrize("what", ["archive.zip", "bundle"])
async def test_downloads_are_no_pages(ann: Browser, session: str, what: str) -> None:
    """X6: a whole session comes as a download too."""
    headers: Mapping[str, str] = (await ann.get(f"/api/sessions/{session}/{what}")).headers
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert "sandbox" in directives(headers)
