from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
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
    assert (await ann.get(f"/api/sessions/{id}/search?q=%ED%A0%80", 400))["error"]["code"] == "malformed"
    half = {"headers": {"Content-Type": "application/json"}, "data": b'{"q": "x", "with": "\\ud800"}'}
    refused = await ann.call("POST", f"/api/sessions/{id}/replace", 400, **half)
    assert refused["error"]["code"] == "malformed"


async def test_large_files(start: Start) -> None:
    """SE8: files above the size are left out and counted."""
    server = await start(search_file_bytes=10)
    ann = await Person.sign_up(server.url, "ann")
    id = await ann.new_session(a_py="one", b_py="one " * 5)
    found = await ann.get(f"/api/sessions/{id}/search?q=one")
    assert ([file["path"] for file in found["files"]], found["left_out"]["large"]) == (["a.py"], 1)
    await ann.close()


async def test_others_go_on_beside_a_hostile_pattern(start: Start) -> None:
    """SE10: while patterns that would run for years are searched for, others' searches and diffs are answered."""
    server = await start(search_seconds=110.0, registration="open")
    ann, bob = await Person.sign_up(server.url, "ann"), await Person.sign_up(server.url, "bob")
    id = await ann.new_session(a_py=LONG)
    await ann.let_in(id, "bob", "viewer")
    hostile = [
        asyncio.create_task(ann.get(f"/api/sessions/{id}/search?regex=1&q={HOSTILE}")) for _ in range(2)
    ]
    await asyncio.sleep(0.5)
    (found,) = (await bob.get(f"/api/sessions/{id}/search?q=a!"))["files"]
    assert found["path"] == "a.py"
    (revision,) = (await bob.get(f"/api/sessions/{id}/revisions"))["revisions"]
    assert await bob.get(f"/api/sessions/{id}/revisions/{revision['id']}/diff")
    assert not any(search.done() for search in hostile)
    for search in hostile:
        search.cancel()
    await asyncio.wait(hostile)
    await ann.close()
    await bob.close()


async def test_hostile_pattern(start: Start) -> None:
    """SE10: a pattern that would run for years ends at the deadline with a sentence, and the next search is answered."""
    server = await start(search_seconds=1.5)
    ann = await Person.sign_up(server.url, "ann")
    id = await ann.new_session(a_py=LONG)
    hostile = (ann.get(f"/api/sessions/{id}/search?regex=1&q={HOSTILE}", 503) for _ in range(2))
    for answer in await asyncio.gather(*hostile):
        assert answer["error"]["code"] == "took_too_long"
    headers = {"Accept": "application/x-ndjson"}
    path = f"/api/sessions/{id}/search?regex=1&q={HOSTILE}"
    assert (await ann.call("GET", path, 503, headers=headers))["error"]["code"] == "took_too_long"
    assert (await ann.get(f"/api/sessions/{id}/search?q=a!"))["matches"] == 1
    await ann.close()


async def replace(ann: Person, session: str, status: int = 201, /, **body: object) -> Any:
    return await ann.post(f"/api/sessions/{session}/replace", body, status)


async def test_replace(ann: Person) -> None:
    """SE7: every match in every file, live for who has it open, all in one revision by who asked; what was typed before has its own."""
    id = await ann.new_session(a_py="one two one\n", b_md="ONE", c_txt="none")
    await ann.put(f"/api/sessions/{id}/files/old.txt", "Grüße an one aus Köln\r\n".encode("cp1252") * 3)
    tab = await ann.tab(id)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "one 😀 ")
    await tab.saved(peer)
    done = await replace(ann, id, **{"q": "one", "with": "three", "word": True})
    assert (done["places"], done["files"], done["left_out"]) == (7, 3, [])
    await tab.until(lambda: str(peer.text) == "three 😀 three two three\n", "the replacement")
    assert await ann.get(f"/api/sessions/{id}/files/b.md") == b"three"
    assert await ann.get(f"/api/sessions/{id}/files/c.txt") == b"none"
    old = await ann.get(f"/api/sessions/{id}/files/old.txt")
    assert old == "Grüße an three aus Köln\r\n".encode("cp1252") * 3
    newest, before = (await ann.get(f"/api/sessions/{id}/revisions"))["revisions"][:2]
    assert newest["id"] == done["id"]
    assert newest["message"] == "Replace “one” with “three” in 3 files"
    assert [file["path"] for file in newest["files"]] == ["a.py", "b.md", "old.txt"]
    assert newest["authors"][0]["name"] == "ann"
    assert before["message"] == "Edit a.py"


async def test_replace_by_pattern(ann: Person) -> None:
    """SE7, SE6: groups stand in the replacement, and the filter of paths holds."""
    id = await ann.new_session(a_py="f(a, b)\n", b_md="f(a, b)\n")
    await replace(ann, id, **{"q": r"f\((\w), (\w)\)", "with": "g($2, $1)", "regex": True, "path": "*.py"})
    assert await ann.get(f"/api/sessions/{id}/files/a.py") == b"g(b, a)\n"
    assert await ann.get(f"/api/sessions/{id}/files/b.md") == b"f(a, b)\n"


async def test_replace_while_others_type(ann: Person, server: Server) -> None:
    """SE7: who types meanwhile loses nothing, and no match that was there is left."""
    bob = await Person.sign_up(server.url, "bob")
    id = await ann.new_session(a_py="one\n" * 500)
    await ann.let_in(id, "bob")
    tab = await bob.tab(id)
    peer = await tab.open("a.py")

    async def type_on() -> None:
        for n in range(100):
            await tab.type(peer, len(peer.text), "x")
            await asyncio.sleep(0.005 if n % 20 else 0.5)

    typing = asyncio.create_task(type_on())
    await asyncio.sleep(0.1)
    done = await replace(ann, id, **{"q": "one", "with": "two"})
    await typing
    await tab.saved(peer)
    text = (await ann.get(f"/api/sessions/{id}/files/a.py")).decode()
    assert text.count("x") == 100
    if not done["left_out"]:
        assert text == "two\n" * 500 + "x" * 100
    await tab.until(lambda: str(peer.text) == text, "the same text")
    await bob.close()


async def test_replace_nothing(ann: Person) -> None:
    """SE7: where there is no match, or it is the replacement already, there is no revision."""
    id = await ann.new_session(a_py="one")
    head = (await ann.get(f"/api/sessions/{id}/files"))["revision"]
    for q, new in (("two", "x"), ("one", "one")):
        assert (await replace(ann, id, 200, **{"q": q, "with": new}))["id"] == head
    assert (await replace(ann, await ann.new_session(), 200, **{"q": "x", "with": "y"}))["id"] is None


async def test_refused_replacements(start: Start) -> None:
    """SE7, SE5, SE10, SE11: a replacement is refused whole: a wrong pattern, one that takes too long, too many files, too much text."""
    server = await start(search_seconds=2.0, replace_files=2, document_units=1_000, replace_bytes=5_000)
    ann = await Person.sign_up(server.url, "ann")
    id = await ann.new_session(a_py=LONG, b_py="xyx", c_py="y", d_py="y")
    head = (await ann.get(f"/api/sessions/{id}/files"))["revision"]
    for status, code, body in (
        (422, "bad_pattern", {"q": "(", "with": "", "regex": True}),
        (422, "bad_query", {"q": "", "with": ""}),
        (422, "bad_replacement", {"q": "x", "with": "\0"}),
        (422, "bad_replacement", {"q": "(y)", "with": "$9", "regex": True, "path": "c.py"}),
        (422, "bad_replacement", {"q": "nowhere", "with": "$1", "regex": True}),
        (422, "bad_field", {"q": "x"}),
        (413, "too_much_to_replace", {"q": "y", "with": "z"}),
        (413, "document_too_large", {"q": "x", "with": "z" * 999}),
        (503, "took_too_long", {"q": "(a|aa)+$", "with": "", "regex": True}),
    ):
        assert (await replace(ann, id, status, **body))["error"]["code"] == code
    assert (await ann.get(f"/api/sessions/{id}/files"))["revision"] == head
    await ann.close()
