"""Who is here, in which file, and who is idle."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.conftest import Server
from tests.live import Person, Tab

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture
async def session(people: tuple[Person, Person]) -> str:
    ann, _ = people
    id = await ann.new_session(a_py="one\n", b_py="two\n")
    await ann.let_in(id, "bob")
    return id


def looks(tab: Tab) -> list[dict[str, Any]]:
    return [look for told in tab.seen["presence"] for look in told["people"]]


async def test_which_file(people: tuple[Person, Person], session: str) -> None:
    """PR1: others hear which file one looks at, who comes later finds it in the list, and a file that is not there is none."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    await b.send({"type": "presence", "path": "b.py"})
    await a.until(lambda: bool(looks(a)), "Bob's file")
    assert looks(a) == [{"client": b.client, "path": "b.py", "idle": None}]
    later = await ann.tab(session)
    listed = {one["client"]: one["path"] for one in later.seen["welcome"][0]["people"]}
    assert listed == {a.client: None, b.client: "b.py", later.client: None}
    await ann.call("DELETE", f"/api/sessions/{session}/files/b.py", 204)
    again = await ann.tab(session)
    assert {one["path"] for one in again.seen["welcome"][0]["people"]} == {None}
    await b.send({"type": "presence", "path": "../etc/passwd"})
    await a.until(lambda: len(looks(a)) == 2, "Bob's answer")
    assert looks(a)[1]["path"] is None


async def test_idle(people: tuple[Person, Person], session: str) -> None:
    """PR1: for how long somebody has been idle is told in seconds, counts on, and ends when they are back."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    await b.send({"type": "presence", "path": "a.py", "idle": 120})
    await a.until(lambda: bool(looks(a)), "idleness")
    assert 120 <= looks(a)[0]["idle"] <= 122
    later = await ann.tab(session)
    assert any(one["idle"] and one["idle"] >= 120 for one in later.seen["welcome"][0]["people"])
    await b.send({"type": "presence", "path": "a.py"})
    await a.until(lambda: len(looks(a)) == 2, "the return")
    assert looks(a)[1]["idle"] is None
    await b.send({"type": "presence", "idle": -(10**12)})
    await a.until(lambda: len(looks(a)) == 3, "nonsense")
    assert looks(a)[2]["idle"] == 0


async def test_comings_are_gathered(server: Server, people: tuple[Person, Person], session: str) -> None:
    """PR2: when many come, look about and go at once, who is there hears of it in a few messages, not in one for each."""
    ann, bob = people
    a = await ann.tab(session)
    tabs = await asyncio.gather(*(bob.tab(session) for _ in range(30)))
    await a.until(lambda: any(len(told["people"]) == 31 for told in a.seen["people"]), "everyone")
    assert len(a.seen["people"]) < 15
    for tab in tabs:
        for path in ("a.py", "b.py"):
            await tab.send({"type": "presence", "path": path})
    await a.until(lambda: sum(look["path"] == "b.py" for look in looks(a)) >= 30, "everyone's file")
    assert len(a.seen["presence"]) < 15
    await asyncio.gather(*(tab.disconnect() for tab in tabs))
    await a.until(lambda: len(a.seen["people"][-1]["people"]) == 1, "everyone to leave")
