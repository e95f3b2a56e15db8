"""What happened while somebody was away."""

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
    id = await ann.new_session(a_py="one\n")
    await ann.let_in(id, "bob")
    return id


async def edit(person: Person, session: str, path: str, text: str) -> str:
    """Puts a line in front of a file and makes a revision of it; gives its id."""
    tab = await person.tab(session)
    peer = await tab.open(path)
    await tab.type(peer, 0, text)
    await tab.saved(peer)
    return str((await person.post(f"/api/sessions/{session}/revisions", {}, 201))["id"])


async def gone(person: Person, session: str, tab: Tab) -> dict[str, Any]:
    """The tab goes; what its person is told, once the server has noticed."""
    before = await person.get(f"/api/sessions/{session}/away")
    await tab.disconnect()
    for _ in range(100):
        answer: dict[str, Any] = await person.get(f"/api/sessions/{session}/away")
        if answer["since"] != before["since"]:
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError("the server did not notice")


async def test_while_away(people: tuple[Person, Person], session: str) -> None:
    """PR5: who was never there is told nothing; who comes back is told what the others did since, and not what they did themselves."""
    ann, bob = people
    nothing = await bob.get(f"/api/sessions/{session}/away")
    assert (nothing["since"], nothing["revision"], nothing["people"], nothing["more"]) == (
        None,
        None,
        [],
        False,
    )
    tab = await bob.tab(session)
    left = await gone(bob, session, tab)
    assert (left["revision"], left["people"]) == (left["newest"], [])
    first = left["newest"]
    await edit(ann, session, "a.py", "x\n")
    newest = await edit(ann, session, "a.py", "y\n")
    told = await bob.get(f"/api/sessions/{session}/away")
    assert (told["revision"], told["newest"]) == (first, newest)
    assert [(one["author"]["name"], one["files"]) for one in told["people"]] == [
        ("ann", [{"path": "a.py", "added": 2, "removed": 0}])
    ]
    assert (await ann.get(f"/api/sessions/{session}/away?since={first}"))["people"] == []


async def test_idle_is_away(people: tuple[Person, Person], session: str) -> None:
    """PR5: it begins when the last of one's clients falls idle; one that is awake elsewhere keeps one there."""
    ann, bob = people
    one, other = await bob.tab(session), await bob.tab(session)
    await one.send({"type": "presence", "idle": 120})
    await one.expect("presence")
    assert (await bob.get(f"/api/sessions/{session}/away"))["since"] is None
    await other.send({"type": "presence", "idle": 120})
    await other.expect("presence", 2)
    await edit(ann, session, "a.py", "x\n")
    told = await bob.get(f"/api/sessions/{session}/away")
    assert told["since"] is not None
    assert [one["author"]["name"] for one in told["people"]] == ["ann"]


async def test_since_a_revision(people: tuple[Person, Person], session: str) -> None:
    """PR5: a client that knows the last revision it heard of asks by it; one that is none is 404."""
    ann, bob = people
    first = await edit(ann, session, "a.py", "x\n")
    await edit(ann, session, "a.py", "y\n")
    told = await bob.get(f"/api/sessions/{session}/away?since={first}")
    assert (told["since"], told["revision"]) == (None, first)
    assert told["people"][0]["files"] == [{"path": "a.py", "added": 1, "removed": 0}]
    for wrong in ("0" * 40, "main", "--all"):
        answer = await bob.get(f"/api/sessions/{session}/away?since={wrong}", 404)
        assert answer["error"]["code"] == "no_revision"


async def test_the_server_ends(
    start: Any, server: Server, people: tuple[Person, Person], session: str
) -> None:
    """PR5: when the server ends, everyone who is awake leaves at the newest revision."""
    from code_together.http.keys import REGISTRY

    _, bob = people
    await bob.tab(session)
    registry = server.app[REGISTRY]
    room = await registry.room(session)
    await room.close()
    sights = [await registry.around.seen.last(session, account) for account in (1, 2)]
    assert sights[0] is None
    assert sights[1] is not None
    assert sights[1].revision == room.checkpoint.head
