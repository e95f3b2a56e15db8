"""A document's life over HTTP, page by page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from code_together.http import keys
from code_together.ot.change import ChangeSet
from code_together.ot.text import Text
from code_together.session.roles import Role
from tests.conftest import Server
from tests.live import Person

PATH = "/api/sessions/{}/playback"


@pytest.fixture
async def ann(server: Server) -> Any:
    person = await Person.sign_up(server.url, "ann")
    yield person
    await person.close()


@pytest.fixture
async def bob(server: Server, ann: Person) -> Any:
    person = await Person.sign_up(server.url, "bob")
    yield person
    await person.close()


async def asked(person: Person, session: str, what: str = "", status: int = 200, **query: Any) -> Any:
    path = PATH.format(session) + what
    return await person.get(f"{path}?{urlencode(query)}", status)


def applied(text: str, changes: list[Any]) -> str:
    played = Text(text)
    for change in changes:
        played.apply(ChangeSet.from_json(change))
    return str(played)


async def typed(person: Person, session: str, path: str, *texts: str) -> None:
    """Each in a push of its own, at the beginning of the file."""
    tab = await person.tab(session)
    peer = await tab.open(path)
    for text in texts:
        await tab.type(peer, 0, text)
        await tab.until(lambda: peer.saved, text)
    await tab.disconnect()


async def test_keystrokes(ann: Person, bob: Person) -> None:
    """PB1, PB2: from the start text the pages of updates lead to the text on the screen, each with its author and its moment."""
    session = await ann.new_session(a_py="start\n")
    await ann.let_in(session, "bob", Role.EDITOR)
    await typed(ann, session, "a.py", "1", "2", "3")
    await typed(bob, session, "a.py", "4", "😀")
    await ann.commit(session)
    about = await asked(ann, session, path="a.py")
    assert (about["path"], about["deleted"], about["version"], about["text"]) == (
        "a.py",
        False,
        5,
        "start\n",
    )
    assert about["start"]["version"] == 0
    assert [author["name"] for author in about["authors"]] == ["ann", "bob"]
    assert sum(n for stretch in about["stretches"] for _, n in stretch["edits"]) == 5
    assert await asked(ann, session, doc=about["doc"]) == about
    text, after, who, at = about["text"], 0, [], 0
    while True:
        page = await asked(ann, session, "/updates", doc=about["doc"], after=after, limit=2)
        who += [page["authors"][author]["name"] for _, author, _ in page["updates"]]
        assert all(page["at"] + ms >= at for ms, _, _ in page["updates"])
        at = page["at"] + page["updates"][-1][0]
        text = applied(text, [changes for _, _, changes in page["updates"]])
        after = page["version"]
        if not page["more"]:
            break
    assert (text, after, who) == ("😀4321start\n", 5, ["ann", "ann", "ann", "bob", "bob"])
    page = await asked(ann, session, "/updates", doc=about["doc"], after=5)
    assert (page["updates"], page["version"], page["more"]) == ([], 5, False)


async def test_marks(ann: Person) -> None:
    """PB3: revisions on the time line have the version that they hold, their names, and what the file was called."""
    session = await ann.new_session(a_py="start\n")
    first = (await asked(ann, session, "/revisions", path="a.py"))["revisions"][0]
    assert (first["version"], first["path"]) == (None, "a.py")
    await typed(ann, session, "a.py", "1", "2")
    await ann.post(f"/api/sessions/{session}/revisions", {"name": "Two"})
    await ann.call("PATCH", f"/api/sessions/{session}/files/a.py", 200, json={"path": "b.py"})
    await typed(ann, session, "b.py", "3")
    await ann.commit(session)
    page = await asked(ann, session, "/revisions", path="b.py", limit=3)
    assert [(one["version"], one["path"]) for one in page["revisions"]] == [
        (3, "b.py"),
        (2, "b.py"),
        (2, "a.py"),
    ]
    assert page["revisions"][2]["names"] == ["Two"]
    rest = await asked(ann, session, "/revisions", path="b.py", before=page["next"])
    assert ([one["id"] for one in rest["revisions"]], rest["next"]) == ([first["id"]], None)


async def test_before_the_keystrokes(ann: Person, bob: Person, server: Server) -> None:
    """PB4: steps by revisions, page by page, a step for each person of a window; the last leads to the text of its revision."""
    session = await ann.new_session(a_py="1\n")
    await ann.let_in(session, "bob", Role.EDITOR)
    await ann.put(f"/api/sessions/{session}/files/a.py", b"1\n2\n", 200)
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    await a.type(pa, 0, "ann\n")
    await b.type(pb, len(pb.text), "bob\n")
    await b.until(lambda: pa.version >= 2 and pb.version == pa.version and pb.saved, "both")
    await ann.commit(session)
    page = await asked(ann, session, "/steps", path="a.py", limit=1)
    assert [step["author"]["name"] for step in page["steps"]] == ["ann", "bob"]
    assert page["text"] == "1\n2\n"
    assert applied(page["text"], [step["changes"] for step in page["steps"]]) == "ann\n1\n2\nbob\n"
    before = await asked(ann, session, "/steps", path="a.py", before=page["next"])
    assert (before["text"], before["next"]) == ("", None)
    assert [applied("", [s["changes"] for s in before["steps"][: n + 1]]) for n in range(2)] == [
        "1\n",
        "1\n2\n",
    ]


async def test_pruned(ann: Person, server: Server) -> None:
    """PB1, JR9: where updates were pruned playback begins with the text of the revision up to which they were."""
    session = await ann.new_session(a_py="start\n")
    await typed(ann, session, "a.py", "1", "2", "3")
    revision = await ann.commit(session)
    await typed(ann, session, "a.py", "4", "5")
    journal = server.app[keys.REGISTRY].around.journal
    [mark] = [mark for mark in await journal.marks(session) if mark.commit == revision]
    while await journal.prune(session, mark.id, 1):
        about = await asked(ann, session, path="a.py")
        assert (about["start"]["version"], about["text"]) == (3, "321start\n")
        page = await asked(ann, session, "/updates", doc=about["doc"], after=3)
        assert applied(about["text"], [changes for _, _, changes in page["updates"]]) == "54321start\n"
    assert (await asked(ann, session, "/updates", doc=about["doc"], after=0))["updates"] == []
    steps = await asked(ann, session, "/steps", path="a.py", before=about["start"]["revision"])
    assert applied(steps["text"], [step["changes"] for step in steps["steps"]]) == about["text"]


async def test_from_the_middle(ann: Person) -> None:
    """PB1: the text of the newest revision at or before a version, from which its updates go on."""
    session = await ann.new_session(a_py="start\n")
    await typed(ann, session, "a.py", "1", "2")
    await ann.commit(session)
    await typed(ann, session, "a.py", "3")
    await ann.commit(session)
    doc = (await asked(ann, session, path="a.py"))["doc"]
    found = [await asked(ann, session, "/text", doc=doc, version=version) for version in (1, 2, 3, 99)]
    assert found == [
        {"version": 0, "text": "start\n"},
        {"version": 2, "text": "21start\n"},
        *2 * [{"version": 3, "text": "321start\n"}],
    ]
    await asked(ann, session, "/text", 404, path="no.py")
    await asked(ann, session, "/text", 400, doc=doc, version="x")


async def test_gone_and_never_opened(ann: Person) -> None:
    """PB5: a deleted document plays by its id and by the path that it had; a file never opened has its revisions alone."""
    session = await ann.new_session(a_py="start\n", b_py="never opened\n")
    await typed(ann, session, "a.py", "1", "2")
    doc = (await asked(ann, session, path="a.py"))["doc"]
    await ann.call("DELETE", f"/api/sessions/{session}/files/a.py", 204)
    for query in ({"doc": doc}, {"path": "a.py"}):
        gone = await asked(ann, session, **query)
        assert (gone["doc"], gone["deleted"], gone["text"], gone["version"]) == (doc, True, "start\n", 2)
    other = await asked(ann, session, path="b.py")
    assert (other["doc"], other["start"], other["text"]) == (None, None, "never opened\n")
    assert len((await asked(ann, session, "/steps", path="b.py"))["steps"]) == 1


async def test_deleted_and_restored(ann: Person) -> None:
    """PB5, PB9: a file that was brought back plays all that it was: the old document, the steps between, and what was typed since."""
    session = await ann.new_session(a_py="start\n")
    await typed(ann, session, "a.py", "1", "2")
    old = (await asked(ann, session, path="a.py"))["doc"]
    files = f"/api/sessions/{session}/files/"
    await ann.call("PATCH", files + "a.py", 200, json={"path": "b.py"})
    whole = await ann.commit(session)
    await ann.call("DELETE", files + "b.py", 204)
    gone = await asked(ann, session, path="b.py")
    assert (gone["doc"], gone["deleted"], gone["earlier"]) == (old, True, [])
    steps = await asked(ann, session, "/steps", path="b.py", after=gone["end"])
    assert (steps["text"], applied("21start\n", [one["changes"] for one in steps["steps"]])) == (
        "21start\n",
        "",
    )
    await ann.post(f"/api/sessions/{session}/restore", {"revision": whole, "path": "b.py"})
    back = await asked(ann, session, path="b.py")
    assert (back["doc"], back["deleted"], back["start"], back["text"]) == (None, False, None, "21start\n")
    [before] = back["earlier"]
    assert (before["doc"], before["start"]["version"], before["version"]) == (old, 0, 2)
    assert back["authors"][before["stretches"][0]["edits"][0][0]]["name"] == "ann"
    await typed(ann, session, "b.py", "3")
    now = await asked(ann, session, path="b.py")
    assert (now["doc"] != old, now["version"], now["text"], now["earlier"]) == (
        True,
        1,
        "21start\n",
        [before],
    )
    assert (await asked(ann, session, "/text", doc=old, version=0))["text"] == "start\n"
    between = await asked(
        ann, session, "/steps", path="b.py", before=now["start"]["revision"], after=before["end"]
    )
    assert between["text"] == "21start\n"
    assert between["next"] is None
    texts = [
        applied("21start\n", [one["changes"] for one in between["steps"][: n + 1]])
        for n in range(len(between["steps"]))
    ]
    assert texts == ["", "21start\n"]
    await ann.commit(session)
    dated = (await asked(ann, session, "/revisions", path="b.py"))["revisions"]
    assert (dated[0]["doc"], dated[0]["version"]) == (now["doc"], 1)
    assert [one["version"] for one in dated if one["doc"] == old] == [2, 2, 0]
    # By its id a document is played alone.
    assert (await asked(ann, session, doc=now["doc"]))["earlier"] == []
    for after in ("x", "0" * 40):
        await asked(ann, session, "/steps", 404, path="b.py", after=after)


async def test_another_file_of_the_same_name(ann: Person) -> None:
    """PB9: a file that was renamed away is not what a new one of its old name was before."""
    session = await ann.new_session(a_py="start\n")
    await typed(ann, session, "a.py", "1")
    await ann.call("PATCH", f"/api/sessions/{session}/files/a.py", 200, json={"path": "b.py"})
    await ann.put(f"/api/sessions/{session}/files/a.py", b"new\n")
    found = await asked(ann, session, path="a.py")
    assert (found["doc"], found["text"], found["earlier"]) == (None, "new\n", [])


async def test_events(ann: Person, bob: Person) -> None:
    """PB6: chat and the document's comments in order, page by page, within the time that is asked for."""
    session = await ann.new_session(a_py="start\n", b_py="other\n")
    await ann.let_in(session, "bob", Role.COMMENTER)
    await typed(ann, session, "a.py", "1")
    for n in range(3):
        await bob.post(f"/api/sessions/{session}/chat", {"text": f"m{n}"})
    at = {"range": {"start_line": 1, "end_line": 1}}
    said = await bob.post(f"/api/sessions/{session}/comments", {"path": "a.py", "text": "why?", **at})
    await ann.post(f"/api/sessions/{session}/comments", {"parent": said["id"], "text": "so"})
    await ann.post(f"/api/sessions/{session}/comments", {"path": "b.py", "text": "elsewhere", **at})
    await bob.call("DELETE", f"/api/sessions/{session}/chat/2", 204)
    found, after = [], None
    while True:
        more: dict[str, Any] = {} if after is None else {"after": after}
        page = await asked(ann, session, "/events", path="a.py", limit=1, **more)
        found += page["events"]
        after = page["next"]
        if after is None:
            break
    assert sorted((one["kind"], one["text"], one["author"]["name"]) for one in found) == [
        ("chat", "m0", "bob"),
        ("chat", "m2", "bob"),
        ("comment", "so", "ann"),
        ("comment", "why?", "bob"),
    ]
    assert [one["at"] for one in found] == sorted(one["at"] for one in found)
    comment = next(one for one in found if one["text"] == "so")
    assert (comment["thread"], comment["line"]) == (said["id"], 1)
    assert (await asked(ann, session, "/events", path="a.py", until="2020-01-01T00:00:00Z"))["events"] == []


async def test_who_may(ann: Person, bob: Person, server: Server) -> None:
    """PB7: who may read may play; another session's documents, and what never was, are 404; what is no id is 422."""
    session = await ann.new_session(a_py="start\n")
    await typed(ann, session, "a.py", "1")
    doc = (await asked(ann, session, path="a.py"))["doc"]
    theirs = await bob.new_session(b_py="b\n")
    await ann.let_in(session, "bob", Role.VIEWER)
    assert (await asked(bob, session, path="a.py"))["doc"] == doc
    for what in ("", "/updates", "/revisions", "/steps", "/events"):
        for query in ({"doc": doc}, {"doc": 10**17}, {"path": "no.py"}, {"path": "../a.py"}, {"path": ""}):
            await asked(bob, theirs, what, 404, **query)
        for query in ({"doc": "x"}, {"doc": "-1"}, {"doc": "9" * 40}, {}, {"doc": doc, "path": "a.py"}):
            await asked(bob, session, what, 422, **query)
    for before in ("x", "--output=x", "0" * 40):
        await asked(bob, session, "/steps", 404, path="a.py", before=before)
        await asked(bob, session, "/revisions", 404, path="a.py", before=before)
    for after in ("x", "nan chat 1", "inf", ""):
        await asked(bob, session, "/events", 400, path="a.py", after=after)
    for after in ("x", "-1"):
        await asked(bob, session, "/updates", 400, doc=doc, after=after)
    assert (await asked(bob, session, "/updates", doc=doc, after=10**17))["updates"] == []
