"""Who changes which file, for those who do not have it open."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.live import Person, Tab

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture
async def session(people: tuple[Person, Person]) -> str:
    ann, _ = people
    id = await ann.new_session(a_py="one\n", b_py="two\n")
    await ann.let_in(id, "bob")
    await asyncio.sleep(1.2)  # what making them was worth telling is told
    return id


def touched(tab: Tab) -> list[dict[str, Any]]:
    return [file for told in tab.seen["touched"] for file in told["files"]]


async def test_a_file_that_is_not_open(people: tuple[Person, Person], session: str) -> None:
    """PR4: everyone hears who edits a file, with the version, once a second however fast they type; who has it open does not."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    peer = await b.open("b.py")
    for _ in range(20):
        await b.type(peer, 0, "x")
    await b.saved(peer)
    await a.until(lambda: bool(touched(a)), "the touch")
    [file] = touched(a)
    assert (file["path"], file["doc"], file["version"]) == ("b.py", peer.doc, 20)
    assert [one["name"] for one in file["by"]] == ["bob"]
    assert touched(b) == []


async def test_a_file_as_a_whole(people: tuple[Person, Person], session: str) -> None:
    """PR4: a file that was made, or whose bytes were replaced, is told with who did it."""
    ann, bob = people
    a = await ann.tab(session)
    await bob.put(f"/api/sessions/{session}/files/c.bin", b"\0\1")
    await a.until(lambda: bool(touched(a)), "the touch")
    [file] = touched(a)
    assert (file["path"], [one["display_name"] for one in file["by"]]) == ("c.bin", ["Bob"])


async def test_who_comes_in(start: Any, people: tuple[Person, Person], session: str) -> None:
    """PR4: who comes in is told what was edited and is in no revision yet, and nothing once it is."""
    ann, bob = people
    b = await bob.tab(session)
    peer = await b.open("a.py")
    await b.type(peer, 0, "x")
    await b.saved(peer)
    a = await ann.tab(session)
    assert [file["path"] for file in touched(a)] in (["a.py"], [])  # the window may have closed meanwhile
    await ann.post(f"/api/sessions/{session}/revisions", {}, 200 if b.seen["revision"] else 201)
    again = await ann.tab(session)
    await again.send({"type": "ping"})
    await again.expect("pong")
    assert touched(again) == []
