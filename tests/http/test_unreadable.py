from __future__ import annotations

import asyncio
import json
import logging

import pytest
from yarl import URL

from tests.conftest import Server


async def answer_to(server: Server, sent: bytes) -> tuple[str, dict[str, str], bytes]:
    """The status line, the headers and the body of what the server says to these bytes before it hangs up."""
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return status, dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize(
    "sent",
    [
        b"secret\r\n\r\n",
        b"GET / HTTP/9.9secret\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nsec ret: x\r\n\r\n",
        b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: secret\r\n\r\n",
        b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\nsecret",
        b"GET /secret" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03secret\r\n\r\n",
    ],
)
async def test_what_is_no_http(server: Server, sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """AP1: a request that is no HTTP gets the error's form, and neither itself nor a version back; the log says one line."""
    caplog.set_level(logging.INFO)
    status, headers, body = await answer_to(server, sent)
    assert status == "HTTP/1.0 400 Bad Request"
    assert json.loads(body)["error"]["code"] == "malformed"
    assert b"secret" not in body
    assert "Server" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert [(line.levelname, line.exc_info) for line in caplog.records] == [("INFO", None)]


@pytest.mark.parametrize("escaped", ["%FF", "a%C3", "%ED%A0%80", "dir/%FF/a.py", "a.py?path=%FF"])
async def test_addresses_that_are_no_text(server: Server, escaped: str) -> None:
    """AP2: bytes that are no UTF-8 in an address are refused with a sentence, and make no file that is called by their escapes."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    path = URL(f"{ann.url}/api/sessions/{session}/files/{escaped}", encoded=True)
    for method in ("PUT", "GET", "PATCH", "DELETE"):
        answer = await ann.send(method, path, data=b"")  # type: ignore[arg-type]
        assert (answer.status, answer.error) == (400, "malformed"), method
        assert answer.json["error"]["message"] == "The address has bytes that are no UTF-8."
    assert (await ann.get(f"/api/sessions/{session}/files")).json["files"] == []


async def test_a_percent_sign_is_a_character(server: Server) -> None:
    """AP2: a name with a percent sign, escaped as it must be, is a name."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    path = URL(f"{ann.url}/api/sessions/{session}/files/100%25FF.txt", encoded=True)
    assert (await ann.send("PUT", path, data=b"x")).status == 201  # type: ignore[arg-type]
    listed = (await ann.get(f"/api/sessions/{session}/files")).json["files"]
    assert [file["path"] for file in listed] == ["100%FF.txt"]


async def test_an_encoding_that_is_none(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """AP1, OB6: a body that is not packed as its head says is 400, and no more than one line that calls for nobody."""
    caplog.set_level(logging.INFO)
    head = b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnonsense"
    status, _, body = await answer_to(server, head)
    assert " 400 " in status
    assert json.loads(body)["error"]["code"] == "malformed"
    assert [line.getMessage() for line in caplog.records if line.levelno > logging.INFO] == []
    assert len(caplog.records) <= 1


async def test_expectations(server: Server) -> None:
    """AP1: what a request expects and the server does not do is 417 in the form of every error; 100-continue it does."""
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 200-nope\r\n\r\n"
    status, headers, body = await answer_to(server, head)
    assert status == "HTTP/1.1 417 Expectation Failed"
    assert json.loads(body)["error"]["code"] == "expectation_failed"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in headers
    given = {"name": "ann", "password": "x"}
    answer = await server.browser().post("/api/login", given, expect100=True)
    assert (answer.status, answer.error) == (401, "bad_login")
