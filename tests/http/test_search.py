from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from tests.conftest import Server, Start
from tests.live import Person

HOSTILE = quote("(a|aa)+$")
LONG = "a" * 60 + "!"


@pytest.fixture
async def ann(server: Server) -> AsyncIterator[Person]:
    ann = await Person.sign_up(server.url, "ann")
    yield ann
    await ann.close()


async def test_search(ann: Person) -> None:
    """The contract: path, line and columns of every match, by file, and what the search came to."""
    id = await ann.new_session(a_py="one\ntwo One\n", b_md="one")
    await ann.put(f"/api/sessions/{id}/files/c.bin", b"one\0")
    found = await ann.get(f"/api/sessions/{id}/search?q=one")
    assert [file["path"] for file in found["files"]] == ["a.py", "b.md"]
    assert found["files"][0]["matches"] == [
        {"line": 1, "start_column": 1, "end_column": 4, "text": "one", "text_column": 1},
        {"line": 2, "start_column": 5, "end_column": 8, "text": "two One", "text_column": 1},
    ]
    assert (found["matches"], found["truncated"], found["searched"]) == (3, False, 2)
    assert found["left_out"] == {"binary": 1, "large": 0}
    case = await ann.get(f"/api/sessions/{id}/search?q=one&case=1&path=*.py")
    assert [(file["path"], len(file["matches"])) for file in case["files"]] == [("a.py", 1)]
    some = await ann.get(f"/api/sessions/{id}/search?q=one&limit=2")
    assert (some["matches"], some["truncated"]) == (2, True)
    exact = await ann.get(f"/api/sessions/{id}/search?q=one&limit=3")
    assert (exact["matches"], exact["truncated"]) == (3, False)


async def test_live_text(ann: Person) -> None:
    """SE8: what is found is what is on the screen, also before a revision holds it and in an older encoding."""
    id = await ann.new_session(a_py="before\n")
    await ann.put(f"/api/sessions/{id}/files/old.txt", "Grüße aus Köln\n".encode("cp1252") * 5)
    tab = await ann.tab(id)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "after and ")
    await tab.saved(peer)
    found = await ann.get(f"/api/sessions/{id}/search?q=after%20and%20before")
    assert found["matches"] == 1
    assert (await ann.get(f"/api/sessions/{id}/search?q=%C3%BC%C3%9Fe"))["matches"] == 5


async def test_lines(ann: Person) -> None:
    """SE9: who accepts lines of JSON gets one a file and in the end what the search came to."""
    id = await ann.new_session(a_py="one", b_py="one one")
    headers = {"Accept": "application/x-ndjson"}
    body = await ann.call("GET", f"/api/sessions/{id}/search?q=one", 200, headers=headers)
    first, second, last = map(json.loads, body.decode().splitlines())
    assert (first["path"], second["path"]) == ("a.py", "b.py")
    assert len(second["matches"]) == 2
    assert last == {
        "matches": 3,
        "truncated": False,
        "searched": 2,
        "left_out": {"binary": 0, "large": 0},
    }
    assert await ann.call("HEAD", f"/api/sessions/{id}/search?q=one", 200, headers=headers) == b""
    refused = await ann.call("GET", f"/api/sessions/{id}/search?q=(&regex=1", 422, headers=headers)
    assert refused["error"]["code"] == "bad_pattern"


async def test_refusals(ann: Person) -> None:
    """SE5: 422 with the place for a wrong pattern, also in an empty session; 400 for an option that is none."""
    id = await ann.new_session()
    refused = await ann.get(f"/api/sessions/{id}/search?q=ab(&regex=1", 422)
    assert (refused["error"]["code"], refused["error"]["position"]) == ("bad_pattern", 3)
    assert (await ann.get(f"/api/sessions/{id}/search", 422))["error"]["code"] == "bad_query"
    assert (await ann.get(f"/api/sessions/{id}/search?q=x&case=maybe", 400))["error"]["code"] == "malformed"
    assert (await ann.get(f"/api/sessions/{id}/search?q=x"))["files"] == []


async def test_large_files(start: Start) -> None:
    """SE8: files above the size are left out and counted."""
    server = await start(search_file_bytes=10)
    ann = await Person.sign_up(server.url, "ann")
    id = await ann.new_session(a_py="one", b_py="one " * 5)
    found = await ann.get(f"/api/sessions/{id}/search?q=one")
    assert ([file["path"] for file in found["files"]], found["left_out"]["large"]) == (["a.py"], 1)
    await ann.close()


async def test_hostile_pattern(start: Start) -> None:
    """SE10: a pattern that would run for years ends at the deadline with a sentence; others' searches and diffs go on meanwhile."""
    server = await start(search_seconds=1.5, registration="open")
    ann, bob = await Person.sign_up(server.url, "ann"), await Person.sign_up(server.url, "bob")
    id = await ann.new_session(a_py=LONG)
    await ann.let_in(id, "bob", "viewer")
    await bob.get(f"/api/sessions/{id}/search?q=a")
    began = time.monotonic()
    hostile = asyncio.gather(
        *(ann.get(f"/api/sessions/{id}/search?regex=1&q={HOSTILE}", 503) for _ in range(2))
    )
    await asyncio.sleep(0.2)
    (found,) = (await bob.get(f"/api/sessions/{id}/search?q=a!"))["files"]
    assert found["path"] == "a.py"
    (revision,) = (await bob.get(f"/api/sessions/{id}/revisions"))["revisions"]
    assert await bob.get(f"/api/sessions/{id}/revisions/{revision['id']}/diff")
    assert not hostile.done()
    for answer in await hostile:
        assert answer["error"]["code"] == "took_too_long"
    assert time.monotonic() - began < 8
    headers = {"Accept": "application/x-ndjson"}
    path = f"/api/sessions/{id}/search?regex=1&q={HOSTILE}"
    assert (await ann.call("GET", path, 503, headers=headers))["error"]["code"] == "took_too_long"
    assert (await ann.get(f"/api/sessions/{id}/search?q=a!"))["matches"] == 1
    await ann.close()
    await bob.close()
