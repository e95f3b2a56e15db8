"""Real proxies with the files of deploy/, in front of a real server."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, urlsplit

import aiohttp
import pytest

from tests.conftest import PASSWORD, Browser, Server, Start, open_socket
from tests.deploy.fronts import Front, caddy_site, front, lint, nginx_site, program

LARGE = 30_000_000


@pytest.fixture(params=["nginx", "caddy"])
def name(request: pytest.FixtureRequest) -> str:
    program(request.param)
    return str(request.param)


@pytest.fixture
async def server(start: Start) -> Server:
    return await start(trusted_proxy="127.0.0.1")


@pytest.fixture
async def standing(name: str, server: Server, tmp_path: Path) -> AsyncIterator[Front]:
    (tmp_path / "front").mkdir()
    async with front(name, tmp_path / "front", int(server.url.rpartition(":")[2])) as running:
        yield running


class Visitor(Browser):
    """A browser on another address than the proxy."""

    def __init__(self, front: Front) -> None:
        self.url = front.url
        self.http = aiohttp.ClientSession(
            front.url,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            connector=aiohttp.TCPConnector(
                ssl=ssl.create_default_context(cafile=str(front.authority)), local_addr=("127.0.0.2", 0)
            ),
        )


@pytest.fixture
async def ann(standing: Front) -> AsyncIterator[Browser]:
    browser = Visitor(standing)
    made = await browser.post(
        "/api/accounts",
        {"name": "ann", "password": PASSWORD},
        headers={"X-Forwarded-For": "203.0.113.7", "Origin": standing.url},
    )
    assert made.status == 201, made
    assert made.headers["Set-Cookie"].startswith("__Host-code_together=")
    yield browser
    await browser.http.close()


async def git(front: Front, folder: Path, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "git",
        *("-c", "user.name=x", "-c", "user.email=x@x"),
        *words,
        cwd=folder,
        env={
            **os.environ,
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSL_CAINFO": str(front.authority),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = (await asyncio.wait_for(process.communicate(), 100))[0].decode()
    assert process.returncode == 0, said
    return said


async def test_who_asks(standing: Front, ann: Browser) -> None:
    """NW8, NW9: through the proxy the client's own address counts, not what it claims, and links are those of TLS."""
    (login,) = (await ann.get("/api/logins")).json["logins"]
    assert login["address"] == "127.0.0.2"
    session = (await ann.post("/api/sessions", {"title": "x"}, headers={"Origin": standing.url})).json
    assert session["clone_url"].startswith(f"{standing.url}/git/")
    evil = await ann.post("/api/sessions", {"title": "x"}, headers={"Origin": "https://evil.example"})
    assert (evil.status, evil.error) == (403, "cross_site")
    page = await ann.get("/")
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


async def test_live(standing: Front, ann: Browser) -> None:
    """NW9: a live connection goes through, a message of several megabytes too."""
    session = await ann.new_session()
    await ann.send("PUT", f"/api/sessions/{session}/files/a.txt", data=b"")
    socket = await open_socket(ann, session)
    await socket.send_json({"type": "open", "path": "a.txt"})
    while (opened := await socket.receive_json())["type"] != "opened":
        pass
    changes = [[[0, "x" * 3_000_000]]]
    await socket.send_json({"type": "push", "doc": opened["doc"], "version": 0, "seq": 1, "changes": changes})
    while (answer := await socket.receive_json())["type"] != "updates":
        pass
    assert answer["updates"][0]["changes"] == changes[0]
    await socket.close()


@pytest.mark.long
async def test_large_files(standing: Front, ann: Browser) -> None:
    """NW9: what the server takes the proxy lets through, and its sentence when it does not."""
    session = await ann.new_session()
    path = f"/api/sessions/{session}/files/large.bin"
    data = os.urandom(LARGE)
    assert (await ann.send("PUT", path, data=BytesIO(data))).status == 201
    assert (await ann.get(path)).body == data
    refused = await ann.send("PUT", path, data=BytesIO(bytes(50_000_001)))
    assert (refused.status, refused.error) == (413, "file_too_large")


@pytest.mark.parametrize("size", [3_000_000, pytest.param(LARGE, marks=pytest.mark.long)])
async def test_clone_and_push(standing: Front, ann: Browser, tmp_path: Path, size: int) -> None:
    """NW9: git clones and pushes through the proxy, a large push and what the server says to it too."""
    session = await ann.new_session()
    await ann.send("PUT", f"/api/sessions/{session}/files/a.txt", data=b"one\n")
    where = f"https://ann:{quote(PASSWORD)}@{urlsplit(standing.url).netloc}/git/{session}.git"
    await git(standing, tmp_path, "clone", "-q", where, "clone")
    clone = tmp_path / "clone"
    assert (clone / "a.txt").read_text() == "one\n"
    (clone / "a.txt").write_text("one\ntwo\n")
    (clone / "large.bin").write_bytes(os.urandom(size))
    await git(standing, clone, "add", ".")
    await git(standing, clone, "commit", "-qm", "Two")
    said = await git(standing, clone, "push", "origin", "main")
    assert "remote: " in said
    assert (await ann.get(f"/api/sessions/{session}/files/a.txt")).body == b"one\ntwo\n"
    listed = (await ann.get(f"/api/sessions/{session}/files")).json["files"]
    assert {file["path"]: file["size"] for file in listed}["large.bin"] == size


@pytest.mark.parametrize("name", ["nginx"], indirect=True)
async def test_in_the_clear(standing: Front) -> None:
    """S1: in the clear there is nothing but the way to TLS, for pages alone."""
    async with aiohttp.ClientSession(standing.plain_url) as http:
        for path, status in (("/s/abc?x=1", 301), ("/api/me", 403), ("/git/abc.git/info/refs", 403)):
            async with http.get(path, allow_redirects=False) as answer:
                assert answer.status == status
                if status == 301:
                    assert answer.headers["Location"] == "https://127.0.0.1/s/abc?x=1"


def test_nginx_finds_it_good(tmp_path: Path) -> None:
    """deploy/nginx.conf: `nginx -t` has nothing to say against it."""
    path = program("nginx")
    file = nginx_site(tmp_path, 8080, 8443, 8081)
    said = lint([path, "-t", "-p", str(tmp_path), "-e", "stderr", "-c", str(file)])
    assert "warn" not in said


def test_caddy_finds_it_good(tmp_path: Path) -> None:
    """deploy/Caddyfile: Caddy takes it, and finds it formatted as it does itself."""
    path = program("caddy")
    lint(
        [path, "validate", "--adapter", "caddyfile", "--config", str(caddy_site(tmp_path, 8080, 8443, 8081))]
    )
    file = tmp_path / "Caddyfile.deploy"
    file.write_bytes((Path(__file__).parent.parent.parent / "deploy" / "Caddyfile").read_bytes())
    assert lint([path, "fmt", str(file)]) == file.read_text()
