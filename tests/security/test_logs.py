"""What the log of a real server holds after people, scripts, git and strangers were there."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest

from tests.conftest import PASSWORD, Browser, open_socket
from tests.process import ServerProcess

TYPED = "typed-into-a-text"
NAMED = "name-of-a-file"
GUESSED = "guessed-wrong-password"


async def raw(port: int, request: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await reader.read(1_000)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("proxied", [False, True])
async def test_no_secrets_in_the_log(tmp_path: Path, proxied: bool) -> None:
    """L1, L2: an event is a line of JSON, and none holds a password, token, cookie, invite, query, or anything that people wrote."""
    process = ServerProcess(tmp_path / "data", **({"trusted_proxy": "127.0.0.1"} if proxied else {}))
    await asyncio.to_thread(process.start)
    secrets = {PASSWORD, TYPED, NAMED, GUESSED, "in-the-query", "in-a-header", "in-a-cookie"}
    try:
        ann = Browser(process.url)
        made = await ann.post("/api/accounts", {"name": "ann", "password": PASSWORD})
        secrets.add(made.headers["Set-Cookie"].partition(";")[0].partition("=")[2])
        session = await ann.new_session("Title " + NAMED)
        token = (await ann.post("/api/tokens", {"label": "x", "scope": "write"})).json["token"]
        invite = (await ann.post(f"/api/sessions/{session}/invites", {"role": "editor"})).json
        secrets |= {token, invite["token"], invite["code"]}
        await ann.send("PUT", f"/api/sessions/{session}/files/{NAMED}.txt", data=TYPED.encode())
        socket = await open_socket(ann, session)
        await socket.send_json({"type": "chat", "text": TYPED})
        await socket.send_str('{"type":"push","doc":1,"version":0,"seq":1,"changes":[[[0,"' + TYPED + '"]]]}')
        await socket.send_str('{"type":"' + TYPED)
        async for _ in socket:
            pass
        await ann.post("/api/login", {"name": "ann", "password": GUESSED})
        await ann.post("/api/login?x=in-the-query", {"name": "ann\n{}", "password": GUESSED, "y": TYPED})
        await ann.get(f"/api/invites/{invite['token']}/accept?x=in-the-query")
        for headers in (
            {"Authorization": f"Bearer {token}x"},
            {"Authorization": "Basic " + base64.b64encode(f"ann:{GUESSED}".encode()).decode()},
            {"Cookie": "code_together=in-a-cookie"},
            {"X-Forwarded-For": "in-a-header", "X-Forwarded-Proto": "in-a-header"},
        ):
            await ann.get(f"/git/{session}.git/info/refs?service=git-upload-pack", headers=headers)
            await ann.get("/api/me", headers=headers)
        for request in (
            b"GET /in-the-query HTTP/9.9\r\nAuthorization: in-a-header\r\n\r\n",
            b"in-a-header\r\n\r\n",
            b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\nCookie: in-a-cookie\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX-\x00: in-a-header\r\n\r\n",
        ):
            await raw(process.port, request)
        await ann.http.close()
    finally:
        status = await asyncio.to_thread(process.stop)
    assert status == 0
    lines = process.log.splitlines()
    events = [json.loads(line) for line in lines]
    assert all({"at", "level", "from", "event"} <= set(event) for event in events)
    found = {secret: line for secret in secrets for line in lines if secret in line}
    assert found == {}
    assert not any("\x1b" in line for line in lines)
