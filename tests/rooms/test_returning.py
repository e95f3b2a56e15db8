"""Comments whose text went and came back, in each of the ways in which it can."""

from __future__ import annotations

import pytest

from tests.live import Person
from tests.rooms.talk import TEXT, one, replace, say


async def _back(ann: Person, session: str, path: str = "a.py") -> None:
    found = await one(ann, session)
    assert (found["path"], found["outdated"]) == (path, False)
    assert found["range"]["start_line"] == found["range"]["end_line"] == 3


@pytest.mark.parametrize("way", ["revert", "file", "session", "put"])
@pytest.mark.parametrize("again", [True, False])
async def test_text_that_is_brought_back(
    people: tuple[Person, Person], session: str, way: str, again: bool
) -> None:
    """CM3: undoing the revision, restoring the file or the session, or putting the old text brings the place back at once; with the
    file open, and opened only afterwards."""
    ann, bob = people
    await say(bob, session)
    address = f"/api/sessions/{session}"
    whole = await ann.commit(session)
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    await replace(tab, peer, "two\nthree\n", "")
    cut = await ann.commit(session)
    assert (await one(ann, session))["outdated"]
    if not again:
        await tab.disconnect()
    if way == "revert":
        await ann.post(f"{address}/revert", {"revision": cut})
    elif way == "put":
        await ann.put(f"{address}/files/a.py", TEXT.encode(), 200)
    else:
        await ann.post(
            f"{address}/restore", {"revision": whole, **({"path": "a.py"} if way == "file" else {})}
        )
    await _back(ann, session)
    if again:
        told = await tab.expect("comment", 2)
        assert not told["outdated"]


async def test_another_file_at_its_path(people: tuple[Person, Person], session: str) -> None:
    """CM2, CM3: a new file at the path of a deleted one has none of its comments, until the text is there again."""
    ann, bob = people
    await say(bob, session)
    address = f"/api/sessions/{session}"
    whole = await ann.commit(session)
    await ann.call("DELETE", f"{address}/files/a.py", 204)
    await ann.put(f"{address}/files/a.py", b"something else\n")
    assert (await one(ann, session))["outdated"]
    await ann.post(f"{address}/restore", {"revision": whole})
    await _back(ann, session)


async def test_a_file_that_moves_to_its_path(people: tuple[Person, Person], session: str) -> None:
    """CM3: a file that is open and is given the path of a deleted one has the comments whose text it has."""
    ann, bob = people
    await say(bob, session)
    files = f"/api/sessions/{session}/files"
    await ann.put(f"{files}/b.py", TEXT.encode())
    tab = await ann.tab(session)
    await tab.open("b.py")
    await ann.call("DELETE", f"{files}/a.py", 204)
    await ann.call("PATCH", f"{files}/b.py", 200, json={"path": "a.py"})
    await _back(ann, session)
