"""Attacks over HTTP and the live protocol, by the ids of the table in docs/design/threat-model.md; what other modules hold is named there."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from code_together.config import Settings
from code_together.http.app import serving
from code_together.http.routes import ROUTES
from tests.conftest import Server, open_socket
from tests.http.matrix import name_of
from tests.live import Person, Tab

PATHS = json.loads((Path(__file__).parent.parent / "session" / "paths.json").read_text())
EVIL = "https://evil.example"


async def raw(server: Server, request: bytes) -> bytes:
    """What the server sends for these bytes, until it closes or says nothing more for a while."""
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request)
    await writer.drain()
    said = b""
    try:
        while piece := await asyncio.wait_for(reader.read(65_536), 2):
            said += piece
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return said


async def test_a4_long_passwords(server: Server) -> None:
    """A4, AC1: nothing of a long password is cut off; one of a megabyte is refused before anything is computed of it."""
    browser = server.browser()
    password = "x7" * 36 + "and the tail of it counts"
    assert (await browser.post("/api/accounts", {"name": "ann", "password": password})).status == 201
    assert (await browser.log_in("ann", password[:72] + "another tail")).status == 401
    assert (await browser.log_in("ann", password[:72])).status == 401
    assert (await browser.log_in("ann", password)).status == 200
    assert (await browser.log_in("ann", "x" * 1_000_000)).status in (401, 413, 422)


@pytest.mark.parametrize(
    "name",
    ["аdmin", "ａｄｍｉｎ", "admin\u200b", "ADMIN", "\u202eadmin", "a" * 300, "../x", "", " admin", "admin\n", "a\0b"],
    ids=ascii,
)  # fmt: skip
async def test_a7_names_that_look_alike(server: Server, name: str) -> None:
    """A7, X2: a name has small ASCII letters, digits, - and _; nothing that looks like another."""
    answer = await server.browser().post("/api/accounts", {"name": name, "password": "four teal kites"})
    assert (answer.status, answer.error) == (422, "bad_name")


async def test_a8_a_cookie_of_ones_own(server: Server) -> None:
    """A8: an id that the server did not give stands for nobody, and a log-in does not take it over."""
    await server.sign_up("ann")
    for value in ("aaaa", "../../x", "a" * 4_000):
        browser = server.browser()
        sent = {"Cookie": f"code_together={value}; session={value}"}
        assert (await browser.get("/api/me", headers=sent)).status == 401
        answer = await browser.post(
            "/api/login", {"name": "ann", "password": "four teal kites"}, headers=sent
        )
        assert answer.status == 200
        assert value not in str(answer.headers.get("Set-Cookie"))


async def test_a14_no_account_of_its_own(server: Server) -> None:
    """A14: a new server has no account, no set-up page and no password that somebody could know."""
    browser = server.browser()
    for name, password in (("admin", "admin"), ("root", ""), ("owner", "password")):
        assert (await browser.log_in(name, password)).status in (401, 422)
    await server.sign_up("ann")
    for path in ("/api/setup", "/api/install", "/api/admin/setup"):
        assert (await browser.post(path, {})).status == 404


async def test_a15_promoting_oneself(server: Server) -> None:
    """A15: fields that are not one's own to change are refused, and nothing changes."""
    await server.sign_up("ann")
    bob = await server.sign_up("bob")
    for field, value in (
        ("admin", True),
        ("role", "admin"),
        ("id", 1),
        ("name", "ann"),
        ("disabled", False),
        ("__proto__", {}),
    ):
        answer = await bob.patch("/api/me", {"display_name": "Bob", field: value})
        assert answer.status == 422, field
    me = (await bob.get("/api/me")).json
    assert (me["admin"], me["display_name"]) == (False, "bob")


async def test_c5_no_other_site_may_read(server: Server) -> None:
    """C5: no route answers another site's page with a header that lets it read."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    for route in ROUTES:
        path = re.sub(r"\{\w+(:[^}]+)?\}", "x", route.path.replace("{session}", session))
        for method in (route.method, "OPTIONS"):
            if method != "DELETE":
                answer = await ann.send(method, path, headers={"Origin": EVIL})
                assert not [name for name in answer.headers if name.lower().startswith("access-control-")], (
                    name_of(route)
                )


_NOTHING = "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The policy of what is no page: it may do nothing, and nobody frames it."""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), ("x.html", b"<script>alert(1)</script>"),
        ("x.xml", b'<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>'),
        ("x.pdf", b"%PDF-1.4"), ("x.js", b"alert(1)"), ("noname", b"<html><script>alert(1)</script>"), ("x.htm\u0435", b"<html>"),
    ],
    ids=ascii,
)  # fmt: skip
async def test_x6_raw_files(server: Server, name: str, content: bytes) -> None:
    """X6, X7, X8: a file comes as a download that no browser shows, runs, sniffs or gives to another site's page."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    where = f"/api/sessions/{session}/files/{quote(name)}"
    assert (await ann.send("PUT", where, data=content)).status == 201
    answer = await ann.get(where)
    assert answer.body == content
    headers = answer.headers
    assert str(headers["Content-Disposition"]).startswith("attachment")
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == _NOTHING
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    for wrong in (f"{where}x", "/api/nothing", "/assets/nothing.js"):
        answer = await ann.get(wrong)
        assert answer.status == 404
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_t1_paths(server: Server, settings: Settings) -> None:
    """T1, T3, T7, T8: no route reads, writes, moves or deletes at a path that no file may have, and nothing changes on the disk."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    where = f"/api/sessions/{session}/files/"
    assert (await ann.send("PUT", where + "a.txt", data=b"x")).status == 201
    revision = (await ann.get(f"/api/sessions/{session}/files")).json["revision"]
    hostile = [path for path in PATHS["bad"] if path and not re.search("[\ud800-\udfff]", path)] + [
        f"../{session}.git/hooks/update", f"../{session}.git/config", "x" * 5_000, "é" * 600, "../../code_together.db", "a.txt/b",
    ]  # fmt: skip
    for path in hostile:
        encoded = "".join(f"%{byte:02x}" for byte in path.encode("utf-8", "surrogatepass"))
        for method, more in (("PUT", {"data": b"y"}), ("DELETE", {}), ("PATCH", {"json": {"path": "b.txt"}})):
            answer = await ann.send(method, where + encoded, **more)
            assert answer.status in (400, 404, 409, 422), (method, path[:40], answer.status)
        answer = await ann.patch(where + "a.txt", {"path": path})
        assert answer.status in (409, 422) or path == path[:40]
        assert (await ann.get(where + encoded)).status in (400, 404, 422), path[:40]
    assert (await ann.get(f"/api/sessions/{session}/files")).json["revision"] == revision
    assert (await ann.send("PUT", where + "A.TXT", data=b"y")).status == 409
    for dots in (
        "..%2f..%2fcode_together.db",
        "%2e%2e/%2e%2e/code_together.db",
        "..%5c..%5ccode_together.db",
        "....//code_together.db",
    ):
        said = await raw(
            server, f"GET {where}{dots} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        assert b"SQLite format" not in said
        said = await raw(
            server, f"GET /assets/{dots} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        assert b"SQLite format" not in said


@pytest.mark.parametrize(
    "title", ["../../x", "..a", "con", "-x", "a/b", "x.git", "aaaaaaaaaaaa", "<img src=x>"]
)
async def test_t2_titles_are_no_folders(server: Server, settings: Settings, title: str) -> None:
    """T2, Z12: whatever a session is called, its folder's name is random and the server's."""
    ann = await server.sign_up("ann")
    session = await ann.new_session(title)
    assert re.fullmatch("[a-z0-9]{12}", session)
    assert session != title
    assert [path.name for path in settings.data.glob("*.git")] == [f"{session}.git"]


async def test_g13_what_git_is_told(server: Server, tmp_path: Path) -> None:
    """G1, G13: nothing of a request reaches git's command line or environment but what has exactly the form that is known."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    assert (await ann.send("PUT", f"/api/sessions/{session}/files/a", data=b"x")).status == 201
    written = tmp_path / "written"
    for revision in (
        f"--output={written}",
        "--upload-pack=x",
        "-n1",
        "HEAD",
        "main",
        "main~1",
        "@{0}",
        ":a",
        "a" * 40,
        "../x",
        "0" * 39,
        "é",
    ):
        query = quote(revision, safe="")
        for path in (
            "files/a?revision=",
            "archive.zip?revision=",
            "blame/a?revision=",
            "revisions?before=",
            "texts/a?revision=",
        ):
            answer = await ann.get(f"/api/sessions/{session}/{path}{query}")
            assert answer.status in (400, 404, 422), (path, revision, answer.status)
        assert (await ann.get(f"/api/sessions/{session}/revisions/{query}/diff")).status in (400, 404, 422)
        assert (await ann.post(f"/api/sessions/{session}/restore", {"revision": revision})).status in (
            400,
            404,
            422,
        )
    assert not await asyncio.to_thread(written.exists)


HEAD = "\r\n".join(
    [
        *(
            "GET /api/sessions/{session}/live HTTP/1.1",
            "Host: localhost",
            "Cookie: {cookie}",
            "Upgrade: websocket",
        ),
        *("Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        *("Sec-WebSocket-Extensions: permessage-deflate", "", ""),
    ]
)


def masked(head: bytes, payload: bytes) -> bytes:
    return head + b"\0\0\0\0" + payload


FRAMES = {
    "bad UTF-8": masked(b"\x81\x82", b"\xc3\x28"),
    "a surrogate as UTF-8": masked(b"\x81\x83", b"\xed\xa0\x80"),
    "an unknown opcode": masked(b"\x83\x80", b""),
    "compressed, which was not agreed": masked(b"\xc1\x82", b"{}"),
    "binary": masked(b"\x82\x82", b"{}"),
    "8 GiB to come": b"\x81\xff" + (8 << 30).to_bytes(8) + b"\0\0\0\0",
    "2^63 to come": b"\x81\xff" + (1 << 63).to_bytes(8) + b"\0\0\0\0",
    "a long ping": masked(b"\x89\xfe\x00\x7e", bytes(126)),
    "a close of 1005": masked(b"\x88\x82", (1005).to_bytes(2)),
    "a fragment that goes on nothing": masked(b"\x80\x82", b"{}"),
}


async def test_w4_frames_that_cannot_be(server: Server) -> None:
    """W1, W2, W4, W15: a frame against the protocol ends its own connection, and no other; nothing is ever inflated."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    cookies = {cookie.key: cookie.value for cookie in ann.http.cookie_jar}
    head = HEAD.format(
        session=session, cookie="; ".join(f"{name}={value}" for name, value in cookies.items())
    )
    honest = await open_socket(ann, session)
    for what, frame in FRAMES.items():
        said = await raw(server, head.encode() + frame)
        assert said.startswith(b"HTTP/1.1 101"), what
        assert b"permessage-deflate" not in said, what
        assert b"\x88" in said, f"{what}: the connection was not closed"
    await honest.send_json({"type": "ping"})
    async with asyncio.timeout(5):
        while (await honest.receive_json())["type"] != "pong":
            pass
    await honest.close()


POISON: list[Any] = [
    "{", "[" * 100_000, "null", "\ufeff{}", '{"type":"push","doc":NaN}', '{"type":"hello","protocol":1e999}', '{"type":"ping","type":"push"}',
    '{"__proto__":{"type":"ping"}}', '{"type":"constructor"}', '{"type":"chat","text":"\\ud800"}', '{"type":"open","path":"../../x"}',
    '{"type":"open","path":"' + "x" * 5_000 + '"}',
    *(
        {"type": "push", "doc": 1, "version": 0, "seq": 1, "changes": [changes]}
        for changes in list[Any]([
            [-3, [0, "x"], 14], [5.5, 0.5], [True], [1e18], [2**63], [-1], [[0, "a\nb"], 6], [[0, "\ud83d"], 6], [[0, "\0"], 6],
            [0, 6], [[0], 6], [6, 0], [[]], [{}], [None], ["x"], [[1, 2]], [[0, 1]], [10**30], [1] * 20_000, [5], [7], {}, "x",
        ])
    ),
    *({"type": "push", "doc": 1, "version": version, "seq": 1, "changes": [[6]]}
      for version in (-1, 1, 10**9, True, 2**70, "0", None, 0.0)),
    *({"type": "push", "doc": 1, "version": 0, "seq": seq, "changes": [[6]]} for seq in (0, -1, 2, 2**70, True, "1")),
    *({"type": "select", "doc": 1, "version": 0, "ranges": ranges}
      for ranges in ([[10**9, 10**9]], [[-1, 2]], [[1]], [["a", "b"]], [[0, 0]] * 100_000)),
    {"type": "push", "doc": 1, "version": 0, "seq": 1, "changes": [[6]], "author": "ann", "client": "forged"},
    {"type": "hello", "protocol": 2}, {"type": "chat", "text": "x" * 100_000},
]  # fmt: skip


async def answered(tab: Tab) -> int | None:
    """Reads until the server says an error or that it goes on; the code if it closes the connection without either."""
    async with asyncio.timeout(10):
        async for frame in tab.socket:
            if json.loads(frame.data)["type"] in ("error", "pong"):
                return None
    return tab.socket.close_code


async def test_w15_poison(settings: Settings) -> None:
    """W8 to W17, X12, Z9: whatever one connection sends, it is told and perhaps closed, and three honest people in the same text go on unharmed."""
    async with serving(settings) as server:
        people = [await Person.sign_up(server.url, name) for name in ("ann", "bob", "cyd", "eve")]
        session = await people[0].new_session(a_py="first\n")
        for person in people[1:]:
            await people[0].let_in(session, person.name)
        tabs = [await person.tab(session) for person in people[:3]]
        peers = [await tab.open("a.py") for tab in tabs]
        before = str(peers[0].text)
        for poison in POISON:
            tab = Tab(people[3], session)
            await tab.connect()
            await tab.send({"type": "open", "path": "a.py"})
            await tab.expect("opened")
            await tab.stop_reading()  # an honest client knows what it has pushed
            await tab.send(poison)
            await tab.send({"type": "ping"})
            assert await answered(tab) not in (1006, 1011), ascii(poison)[:80]
            await tab.disconnect()
        for tab, peer in zip(tabs, peers, strict=True):
            assert tab.close_code is None
            await tab.type(peer, len(peer.text), f"by {tab.person.name}\n")
            await tab.saved(peer)
        text = (await people[0].get(f"/api/sessions/{session}/files/a.py")).decode()
        assert text.startswith(before)
        assert all(text.count(f"by {person.name}\n") == 1 for person in people[:3])
        for person in people:
            await person.close()


MULTIPART = [
    b"", b"--x", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nPK", b"--y\r\n\r\n--y--\r\n",
    b"--x\r\n" + b"A: " + b"b" * 100_000 + b"\r\n\r\n--x--\r\n",
    b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n" * 5_000 + b"--x--\r\n",
]  # fmt: skip


@pytest.mark.parametrize("body", MULTIPART, ids=lambda body: ascii(body[:30]))
async def test_r5_forms(server: Server, body: bytes) -> None:
    """R5: a form that is malformed, endless or of thousands of fields is refused, soon, and nothing is made of it."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await ann.send("POST", f"/api/sessions/{session}/import", data=body, headers=headers)
    assert answer.status in (400, 413, 415, 422), answer
    assert (await ann.get(f"/api/sessions/{session}/files")).json["files"] == []


SMUGGLED = {
    "both lengths": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/me HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "two lengths": b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "a length with a sign": b"Content-Length: +4\r\n\r\nabcd",
    "a strange coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a folded header": b"X-A: b\r\n c: d\r\nContent-Length: 0\r\n\r\n",
    "a space before the colon": b"Content-Length : 4\r\n\r\nabcd",
    "no Host twice": b"Host: other\r\nContent-Length: 0\r\n\r\n",
    "a chunk with a bad size": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
}


@pytest.mark.parametrize("what", SMUGGLED)
async def test_r7_smuggling(server: Server, what: str) -> None:
    """R7: a request that two programs could read as two different ones is refused, and nothing behind it is answered."""
    said = await raw(server, b"POST /api/login HTTP/1.1\r\nHost: localhost\r\n" + SMUGGLED[what])
    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")), said[:200]
    assert said.count(b"HTTP/1.") == 1


async def test_l3_a_storm_of_cookies(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """L3: a request with thousands of bad cookies is one line of the log at the most."""
    caplog.set_level(logging.INFO)
    cookies = "; ".join(f'a{number}=\x7f("' for number in range(500))[:7_000]
    await raw(
        server,
        f"GET /api/me HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nConnection: close\r\n\r\n".encode(
            "latin-1"
        ),
    )
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) <= 1


@pytest.mark.parametrize(
    "name", ['a"; filename=evil.html; x="', "a%0d%0aSet-Cookie: x=y", "ü 😀;,.txt", "a'b"], ids=ascii
)
async def test_l4_names_in_headers(server: Server, name: str) -> None:
    """L4: a file's name ends no header and begins none."""
    ann = await server.sign_up("ann")
    session = await ann.new_session(name)
    where = f"/api/sessions/{session}/files/{quote(name, safe='')}"
    if (await ann.send("PUT", where, data=b"x")).status == 201:
        answer = await ann.get(where)
        assert answer.status == 200
        assert re.fullmatch(
            r"attachment; filename\*=UTF-8''[\w%.~-]+", str(answer.headers["Content-Disposition"])
        )
        assert "Set-Cookie" not in answer.headers
    answer = await ann.get(f"/api/sessions/{session}/archive.zip")
    assert "Set-Cookie" not in answer.headers
    assert "\r" not in str(answer.headers.get("Content-Disposition"))


async def test_l5_nothing_about_the_inside(server: Server) -> None:
    """L5: no method or address shows a version of what the server is made of, its files or a stack."""
    ann = await server.sign_up("ann")
    for method in ("TRACE", "OPTIONS", "PROPFIND"):
        answer = await ann.send(method, "/api/me")
        assert answer.status in (404, 405), method
    for path in (
        "/api/.git/config",
        "/api/docs",
        "/api/debug",
        "/git/x",
        "/assets/../code_together/cli.py",
    ):
        answer = await ann.get(path)
        assert answer.status == 404, path
        assert b"Traceback" not in answer.body
    for path in ("/", "/api/me", "/api/nothing"):
        answer = await ann.get(path)
        assert not re.search(r"\d", str(answer.headers.get("Server", ""))), answer.headers
        assert "X-Powered-By" not in answer.headers


async def test_s2_nobody_else_may_read_the_disk(settings: Settings, tmp_path: Path) -> None:
    """S2, JR7: after people have worked, nothing in the data folder can be read or written by another user of the machine."""
    mask = os.umask(0)
    try:
        async with serving(settings) as server:
            ann = await Person.sign_up(server.url, "ann")
            session = await ann.new_session(a_py="x\n")
            tab = await ann.tab(session)
            peer = await tab.open("a.py")
            await tab.type(peer, 0, "y\n")
            await tab.saved(peer)
            await ann.post(f"/api/sessions/{session}/revisions", {"name": "First"})
            await ann.post(
                f"/api/sessions/{session}/comments",
                {"path": "a.py", "range": {"start_line": 1, "end_line": 1}, "text": "hm"},
            )
            await ann.close()
    finally:
        os.umask(mask)
    open_ones = [path for path in settings.data.rglob("*") if path.stat().st_mode & 0o077]
    assert open_ones == []
    assert settings.data.stat().st_mode & 0o077 == 0


def test_s7_floors() -> None:
    """S7: no dependency is taken in a version that is known to have a hole."""
    settings = (Path(__file__).parent.parent.parent / "setup.cfg").read_text()
    floors = dict(re.findall(r"^    ([\w-]+)>=([\d.]+)", settings, re.MULTILINE))
    for name, least in {
        "aiohttp": (3, 14, 5),
        "pygments": (2, 20),
        "pygit2": (1, 21),
        "bcrypt": (5,),
    }.items():
        assert tuple(map(int, floors[name].split("."))) >= least, name


async def test_s8_nothing_from_elsewhere(server: Server) -> None:
    """S8, X9, C4: the page may load from this server alone, runs no script that stands in it, and is shown in no other page."""
    answer = await server.browser().get("/")
    policy = {
        part.split()[0]: part.split()[1:]
        for part in str(answer.headers["Content-Security-Policy"]).split(";")
        if part.strip()
    }
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert policy["object-src"] == ["'none'"] or policy["default-src"] == ["'none'"]
    scripts = policy["script-src"]
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts
    elsewhere = [
        source for sources in policy.values() for source in sources if re.match(r"https?:|\*", source)
    ]
    assert elsewhere == []
    assert not re.search(rb"(?:src|href)=\"(?:https?:)?//", answer.body)
