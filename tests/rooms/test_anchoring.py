"""Places of comments that follow the text while people type."""

from __future__ import annotations

from code_together.http.keys import REGISTRY
from tests.conftest import Server
from tests.live import Person
from tests.rooms.talk import one, replace, say, words


async def test_following(people: tuple[Person, Person], session: str) -> None:
    """CM2, CM4: a place follows what is typed around it; nothing is sent for that, and who opens the file later has it exactly."""
    ann, bob = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    await say(bob, session)
    await tab.expect("comment")
    for old, new in (
        ("zero", "new\nlines\n😀zero"),
        ("one\n", ""),
        ("\nthree", " and more\nthree"),
        ("three", "3"),
    ):
        await replace(tab, peer, old, new)
    now = await one(ann, session)
    assert words(peer, now["anchor"]) == "two"
    assert (now["range"]["start_line"], now["outdated"]) == (4, False)
    other = await bob.tab(session)
    theirs = await other.open("a.py")
    told = await other.expect("comments")
    assert (told["doc"], told["version"]) == (theirs.doc, theirs.version)
    (thread,) = told["threads"]
    assert theirs.text.slice(thread["from"], thread["to"]) == "two"
    assert len(tab.seen["comment"]) == 1


async def test_outdated_and_back(people: tuple[Person, Person], session: str) -> None:
    """CM2, CM3: when the text goes, everyone hears that the comment is outdated, with the text it spoke of; an undo brings its place back."""
    ann, bob = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    made = await say(bob, session)
    await replace(tab, peer, "two\n", "")
    gone = await tab.expect("comment", 2)
    assert (gone["id"], gone["outdated"], gone["range"], gone["anchor"]) == (made["id"], True, None, None)
    assert gone["said"]["quote"] == "two"
    assert (await one(ann, session))["outdated"]
    await replace(tab, peer, "three", "two\nthree")
    back = await tab.expect("comment", 3)
    assert words(peer, back["anchor"]) == "two"
    assert not (await one(ann, session))["outdated"]


async def test_back_at_once(people: tuple[Person, Person], session: str, server: Server) -> None:
    """CM3: an undo brings a comment's place back at once, while the window is open, and typing goes on from there."""
    ann, bob = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    await say(bob, session)
    await tab.expect("comment")
    room = await server.app[REGISTRY].room(session)
    room.clock.stop()
    head = room.checkpoint.head
    for number, (gone, back) in enumerate([("two\n", "two\n"), ("one\ntwo\n", "one\ntwo\n")]):
        place = str(peer.text).index(gone)
        peer.edit(place, place + len(gone), "")
        await tab.flush(peer)
        assert (await tab.expect("comment", 2 + 2 * number))["outdated"]
        peer.edit(place, place, back)
        await tab.flush(peer)
        again = await tab.expect("comment", 3 + 2 * number)
        assert words(peer, again["anchor"]) == "two"
        await replace(tab, peer, "zero", f"zero {number}")
        room.clock.stop()
    assert words(peer, (await one(ann, session))["anchor"]) == "two"
    assert room.checkpoint.head == head


async def test_anchor_of_an_older_version(people: tuple[Person, Person], session: str) -> None:
    """CM1, CM2: an editor's place at an older version is meant as it was; a text that went meanwhile is refused."""
    ann, bob = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    anchor = {"doc": peer.doc, "version": 0, "from": 9, "to": 12}
    await replace(tab, peer, "zero", "zero\nhalf")
    made = await say(bob, session, anchor=anchor)
    assert words(peer, made["anchor"]) == made["said"]["quote"] == "two"
    caret = await say(bob, session, anchor={**anchor, "to": 9})
    assert caret["said"]["quote"] == "two"
    await replace(tab, peer, "two\n", "")
    address = f"/api/sessions/{session}/comments"
    body = {"text": "x", "anchor": anchor}
    assert (await bob.post(address, body, 409))["error"]["code"] == "text_gone"
    for wrong, status, code in (
        ({"version": 99}, 400, "bad_version"), ({"version": -1}, 400, "bad_version"), ({"from": 13, "to": 5}, 422, "bad_range"),
        ({"to": 999}, 422, "bad_range"), ({"from": -1}, 422, "bad_range"), ({"doc": 99}, 404, "no_document"),
    ):  # fmt: skip
        refused = await bob.post(address, {"text": "x", "anchor": {**anchor, **wrong}}, status)
        assert refused["error"]["code"] == code, wrong


async def test_typed_before_a_crash(people: tuple[Person, Person], session: str, server: Server) -> None:
    """CM2: what was typed after places were last kept is in the journal; a room that is opened again takes them along."""
    ann, bob = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    await say(bob, session)
    await tab.expect("comment")
    room = await server.app[REGISTRY].room(session)
    room.clock.stop()
    await replace(tab, peer, "zero", "a\nb\nzero")
    room.fail(RuntimeError("on purpose"))
    await tab.closed()
    assert (await one(ann, session))["range"]["start_line"] == 5
