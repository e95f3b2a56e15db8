from __future__ import annotations

import asyncio
import io

import pytest

from tests.conftest import Server, Start


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b'{"name": "ann", "password": "x"} x', 400, "malformed"),
        (b'{"name": NaN}', 400, "malformed"),
        (b'{"name": "\xff", "password": "x"}', 400, "malformed"),
        (b'{"name": "\\ud800", "password": "x"}', 400, "malformed"),
        (b'{"password": ' + b"[" * 100_000, 400, "malformed"),
        (b"[" * 100_000, 400, "malformed"),
        (b"null", 422, "bad_field"),
        (b'["ann", "x"]', 422, "bad_field"),
        (b'{"name": "ann"}', 422, "bad_field"),
        (b'{"name": "ann", "password": 5}', 422, "bad_field"),
        (b'{"name": "ann", "password": "x", "__proto__": {}}', 422, "bad_field"),
    ],
)
async def test_strict_json(server: Server, body: bytes, status: int, code: str) -> None:
    """The contract: what is no JSON is 400, an unknown, missing or wrong field 422; the server stays well."""
    answer = await server.browser().send("POST", "/api/login", data=body)
    assert (answer.status, answer.error) == (status, code)
    assert (await server.browser().get("/healthz")).status == 200


async def test_too_large(server: Server) -> None:
    """A body beyond the limit is 413, also one that says so of itself, and one that is small until it is inflated."""
    import gzip

    large = b'{"name": "' + b"x" * 2_000_000 + b'"}'
    whole = await server.browser().send("POST", "/api/login", data=io.BytesIO(large))
    packed = await server.browser().send(
        "POST", "/api/login", data=gzip.compress(large), headers={"Content-Encoding": "gzip"}
    )
    for answer in (whole, packed):
        assert (answer.status, answer.error) == (413, "too_large")


async def test_body_that_does_not_come(start: Start) -> None:
    """R6: a body that dribbles is given up after the time that a head may take."""
    server = await start(header_seconds=0.3)
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    assert head == b"HTTP/1.1 400 Bad Request\r\n"
    writer.close()
    await writer.wait_closed()


async def test_a_field_given_twice(server: Server) -> None:
    """A body in which a field stands twice is malformed: nobody can say which is meant."""
    body = b'{"name":"ann","name":"bob","password":"four teal kites"}'
    answer = await server.browser().send("POST", "/api/accounts", data=body)
    assert (answer.status, answer.error) == (400, "malformed")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"name": x}', "it is not JSON from line 1, column 10"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"name": ' + b"1" * 5_000 + b"}", "a number in it is too long"),
        (b'{"name": "a", "name": "b"}', "a field is given twice"),
        (b"\xff\xff", "it has to be JSON in UTF-8"),
        ('{"name": "a"}'.encode("utf-16"), "it has to be JSON in UTF-8"),
    ],
)
async def test_what_is_wrong_with_it(server: Server, body: bytes, why: str) -> None:
    """AP1: what cannot be read is said in our own words."""
    answer = await server.browser().send("POST", "/api/login", data=body)
    assert answer.json["error"]["message"] == f"The body of the request cannot be read: {why}."
