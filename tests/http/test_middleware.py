from __future__ import annotations

import json
import logging
from collections.abc import Mapping

import aiohttp
import pytest

from code_together.config import Settings
from code_together.http.keys import ACCOUNTS
from code_together.http.middleware import is_known_host, server_names
from tests.conftest import PASSWORD, Server, Start

NAMES = server_names(Settings(name="Code.Test", allowed_hosts="a.example, b.example."))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.0.0.1:8080", "192.168.1.9", "[::1]", "[::1]:8080", "[fe80::1]",
        "localhost", "LOCALHOST:1", "localhost.", "x.localhost", "x.localhost.:8080",
        "code.test", "CODE.test:8080", "code.test.", "a.example", "b.example",
    ],
)  # fmt: skip
def test_known_hosts(host: str) -> None:
    """AC6: addresses, localhost and the names of the settings are this server, with and without port and last dot."""
    assert is_known_host(host, NAMES)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8080", "code.test.evil.example", "notlocalhost", "localhost.evil.example",
        "127.0.0.1.evil.example", "user@localhost", "evil.example@localhost", "localhost:x", "localhost:99999",
        "localhost:80:80", "[::1", "[evil]", "::1", "", ".", "c.example", "127.1", "0x7f.1", "localhost/x", "localhost..",
    ],
)  # fmt: skip
def test_unknown_hosts(host: str) -> None:
    """AC6: every other name, and what is no name, is not."""
    assert not is_known_host(host, NAMES)


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/me", "/api/nothing", "/git/x.git/info/refs"])
async def test_unknown_host_is_misdirected(server: Server, path: str) -> None:
    """AC6: under an unknown name everything is 421, the pages and git too."""
    answer = await server.browser().get(path, headers={"Host": "evil.example:8080"})
    assert answer.status == 421
    if not path.startswith("/git"):
        assert answer.error == "unknown_host"


def origins(url: str) -> list[dict[str, str]]:
    port = int(url.rpartition(":")[2])
    return [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": f"http://127.0.0.1:{port + 1}"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": f"http://localhost:{port}"},
        {"Origin": f"http://ann@127.0.0.1:{port}"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": url, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    ]


async def test_cross_site_requests(server: Server) -> None:
    """AC6: what another site's page sends and would change something is 403, whatever its form, and changes nothing."""
    ann = await server.sign_up("ann")
    for headers in origins(server.url):
        for method, path in (
            ("POST", "/api/sessions"),
            ("PATCH", "/api/me"),
            ("POST", "/api/login"),
            ("PUT", "/x"),
        ):
            answer = await ann.send(method, path, json={"title": "x"}, headers=headers)
            assert (answer.status, answer.error) == (403, "cross_site"), headers
            assert "Access-Control-Allow-Origin" not in answer.headers
    form = await ann.send(
        "POST",
        "/api/sessions",
        data=b'{"title":"x"}',
        headers={"Origin": "null", "Content-Type": "text/plain"},
    )
    assert form.status == 403
    assert (await ann.get("/api/sessions")).json == {"sessions": []}


async def test_own_requests(server: Server) -> None:
    """AC6: our own pages pass, and so does what no browser sends; reading is free."""
    ann = await server.sign_up("ann")
    for headers in (
        {"Origin": server.url, "Sec-Fetch-Site": "same-origin"},
        {"Origin": server.url},
        {"Sec-Fetch-Site": "none"},
        {},
    ):
        assert (await ann.post("/api/sessions", {"title": "x"}, headers=headers)).status == 201
    assert (await ann.get("/api/me", headers={"Origin": "https://evil.example"})).status == 200


async def test_behind_a_proxy_with_tls(server: Server) -> None:
    """AC6: where a proxy does the TLS the origin has https, and the port that goes with it."""
    ann = await server.sign_up("ann")
    for host, origin, status in (
        ("code.test", "https://code.test", 201),
        ("code.test", "https://code.test:443", 201),
        ("code.test", "https://code.test:8443", 403),
        ("code.test:8443", "https://code.test:8443", 201),
    ):
        secret = {c.key: c.value for c in ann.http.cookie_jar}["code_together"]
        headers = {"Host": host, "Origin": origin, "Cookie": f"code_together={secret}"}
        assert (
            await server.browser().post("/api/sessions", {"title": "x"}, headers=headers)
        ).status == status


async def test_cross_site_web_sockets(server: Server) -> None:
    """AC6: a WebSocket from another site's page is refused at the handshake; our own and a script's are not."""
    ann = await server.sign_up("ann")
    live = f"/api/sessions/{await ann.new_session()}/live"
    for headers in origins(server.url):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await ann.http.ws_connect(live, headers=headers)
        assert refused.value.status == 403
    for headers in ({"Origin": server.url, "Sec-Fetch-Site": "same-origin"}, {}):
        async with ann.http.ws_connect(live, headers=headers) as socket:
            assert not socket.closed


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/api", 404, "not_found"),
        ("POST", "/api/sessions/x/nothing", 404, "not_found"),
        ("GET", "/api/login", 405, "method_not_allowed"),
        ("DELETE", "/api/me", 405, "method_not_allowed"),
        ("POST", "/", 405, "method_not_allowed"),
        ("TRACE", "/", 405, "method_not_allowed"),
        ("OPTIONS", "/api/me", 405, "method_not_allowed"),
        ("GET", "/missing.js", 404, "not_found"),
        ("GET", "/.git/config", 404, "not_found"),
        ("GET", "/assets/missing.js", 404, "not_found"),
        ("GET", "/api/me", 401, "not_logged_in"),
    ],
)
async def test_errors_are_bodies(server: Server, method: str, path: str, status: int, code: str) -> None:
    """The contract: every error is `{"error": {"code", "message"}}`, with all headers of an answer."""
    if path == "/.git/config":
        path = "/.git/config.txt"
    answer = await server.browser().send(method, path)
    assert (answer.status, answer.error) == (status, code)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json["error"]["message"].endswith(".")
    check_headers(answer.headers)
    if status == 405:
        assert "Allow" in answer.headers


def check_headers(headers: Mapping[str, str]) -> None:
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    parts = policy.split("; ")
    assert {"frame-ancestors 'none'", "base-uri 'none'"} <= set(parts)
    if "sandbox" in parts:  # data and files, which are no pages
        assert "default-src 'none'" in parts
    else:
        ours = {
            "default-src 'self'",
            "script-src 'self'",
            "img-src 'self' data: blob:",
            "object-src 'none'",
            "form-action 'self'",
        }
        assert ours <= set(parts)
        assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "Server" not in headers


async def test_headers_are_on_every_answer(server: Server) -> None:
    """Pages, the API, git and the handshake of a WebSocket carry the headers; the API is never kept by a cache."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    for path in ("/", "/healthz", "/api/me", f"/git/{session}.git/info/refs", "/favicon.svg"):
        check_headers((await ann.get(path)).headers)
    assert (await ann.get("/api/me")).headers["Cache-Control"] == "no-store"
    async with ann.http.ws_connect(f"/api/sessions/{session}/live") as socket:
        check_headers(socket._response.headers)
    host = server.url.removeprefix("http://")
    assert (
        f"connect-src 'self' ws://{host} wss://{host};"
        in (await ann.get("/")).headers["Content-Security-Policy"]
    )


async def test_unforeseen_errors(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody foresaw is 500 with a number that is in the log too; neither tells any secret."""

    async def broken(name: str, password: str) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(server.app[ACCOUNTS], "authenticate", broken)
    with caplog.at_level(logging.ERROR):
        answer = await server.browser().post(
            "/api/login?secret=in-the-query",
            {"name": "ann", "password": PASSWORD},
            headers={"Cookie": "code_together=in-the-cookie"},
        )
    assert (answer.status, answer.error) == (500, "internal")
    check_headers(answer.headers)
    (record,) = caplog.records
    report = record.fields["report"]  # type: ignore[attr-defined]
    assert report in answer.json["error"]["message"]
    assert "luck" not in answer.body.decode()
    from code_together.http.logs import JsonLines

    line = JsonLines().format(record)
    assert json.loads(line)["route"] == "/api/login"
    assert not any(secret in line for secret in (PASSWORD, "in-the-query", "in-the-cookie"))


async def test_names_are_those_of_the_settings(start: Start) -> None:
    """Further names are given by the settings."""
    server = await start(allowed_hosts="pad.example, other.example")
    assert (await server.browser().get("/healthz", headers={"Host": "pad.example:80"})).status == 200
    assert (await server.browser().get("/healthz", headers={"Host": "other.example"})).status == 200
    assert (await server.browser().get("/healthz", headers={"Host": "third.example"})).status == 421
