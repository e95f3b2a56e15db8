"""Places of comments that are found through differences."""

from __future__ import annotations

import pytest

from code_together.config import Settings
from code_together.http.app import serving
from code_together.rooms import whereabouts
from tests.live import Person
from tests.rooms.talk import TEXT, line, listed, one, replace, say, words


async def test_said_of_a_revision(people: tuple[Person, Person], session: str) -> None:
    """CM2: a comment in the history speaks of that revision's text, and is where that text is now; or outdated at once."""
    ann, bob = people
    old = (await ann.get(f"/api/sessions/{session}/revisions"))["revisions"][0]["id"]
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    await replace(tab, peer, "zero\none\n", "more\nand\nmore\nzero\n")
    made = await say(bob, session, revision=old)
    assert (made["revision"], made["range"]["start_line"], made["said"]["range"]["start_line"]) == (old, 5, 3)
    assert words(peer, made["anchor"]) == "two"
    gone = await say(bob, session, revision=old, range=line(2))
    assert (gone["outdated"], gone["said"]["quote"], gone["range"]) == (True, "one", None)
    await replace(tab, peer, "more\n", "")
    assert words(peer, (await listed(ann, session))[1]["anchor"]) == "two"


async def test_files_move_and_go(people: tuple[Person, Person], session: str) -> None:
    """CM2, CM3: comments go along with a renamed file, are outdated when it is deleted, and come back with it."""
    ann, bob = people
    made = await say(bob, session)
    files = f"/api/sessions/{session}/files"
    await ann.call("PATCH", f"{files}/a.py", 200, json={"path": "src/b.py"})
    assert [found["path"] for found in await listed(ann, session, "?path=src/b.py")] == ["src/b.py"]
    assert await listed(ann, session, "?path=a.py") == []
    await ann.call("DELETE", f"{files}/src/b.py", 204)
    gone = await one(ann, session)
    assert (gone["outdated"], gone["path"], gone["range"]) == (True, "src/b.py", None)
    await ann.put(f"{files}/src/b.py", b"head\n" + TEXT.encode())
    back = await one(ann, session)
    assert (back["id"], back["outdated"], back["range"]["start_line"]) == (made["id"], False, 4)


async def test_files_that_nobody_has_open(settings: Settings) -> None:
    """CM2: a place is where the text is after another server has begun, and after the file was changed while nobody had it open."""
    async with serving(settings) as first:
        ann = await Person.sign_up(first.url, "ann")
        session = await ann.new_session(a_py=TEXT)
        await say(ann, session)
        tab = await ann.tab(session)
        peer = await tab.open("a.py")
        await replace(tab, peer, "zero", "a\nb\nzero")
        await ann.close()
    async with serving(settings) as second:
        ann = await Person.log_in(second.url, "ann")
        assert (await one(ann, session))["range"]["start_line"] == 5
        await ann.put(f"/api/sessions/{session}/files/a.py", b"two\nother\n", 200)
        found = await one(ann, session)
        assert (found["range"]["start_line"], found["outdated"]) == (1, False)
        await ann.close()


async def test_a_page_of_places_ends_when_its_time_is_up(
    people: tuple[Person, Person], session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CM13, CM12: where threads are in a revision comes in pages that take no longer than others can wait; none is left out, none comes twice."""
    ann, _ = people
    made = []
    for number in range(3):
        await ann.put(f"/api/sessions/{session}/files/a.py", f"{number}\n{TEXT}".encode(), 200)
        made.append(await say(ann, session, range=line(4)))
    await ann.put(f"/api/sessions/{session}/files/a.py", f"head\nand\n{TEXT}".encode(), 200)
    revision = (await ann.get(f"/api/sessions/{session}/revisions"))["revisions"][0]["id"]
    url = f"/api/sessions/{session}/revisions/{revision}/comments?path=a.py"
    newest_first = [one["id"] for one in reversed(made)]
    monkeypatch.setattr(whereabouts, "_SHARE", 0.0)
    found = []
    page = await ann.get(url)
    while page["next"] is not None:
        assert len(page["threads"]) == 1
        found += page["threads"]
        page = await ann.get(f"{url}&before={page['next']}")
    found += page["threads"]
    assert [one["id"] for one in found] == newest_first
    assert {one["range"]["start_line"] for one in found} == {5}
    assert await ann.get(url) == {"threads": found, "next": None}
