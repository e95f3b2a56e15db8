"""Reverts over HTTP, while people type."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.clones import Clone
from tests.conftest import Server, Start
from tests.live import Person

LINES = [f"line {number}\n" for number in range(20)]
TEXT = "".join(LINES)


@pytest.fixture
async def slow(start: Start) -> Server:
    """A server whose windows close only when they have to."""
    return await start(window_pause=600.0, window_longest=600.0)


@pytest.fixture
async def people(slow: Server) -> AsyncIterator[tuple[Person, Person]]:
    ann, bob = await Person.sign_up(slow.url, "ann"), await Person.sign_up(slow.url, "bob")
    yield ann, bob
    await ann.close()
    await bob.close()


@pytest.fixture
async def session(people: tuple[Person, Person]) -> str:
    ann, _ = people
    id = await ann.new_session(a_py=TEXT)
    await ann.let_in(id, "bob")
    return id


async def refused(person: Person, session: str, body: dict[str, Any], status: int) -> dict[str, Any]:
    answer = await person.post(f"/api/sessions/{session}/revert", body, status)
    error: dict[str, Any] = answer["error"]
    return error


def swapped(number: int, new: str) -> str:
    return "".join([*LINES[:number], new, *LINES[number + 1 :]])


async def test_while_another_types(people: tuple[Person, Person], session: str, tmp_path: Path) -> None:
    """RV1, RV5: one old edit is undone on every screen, what others type meanwhile stays, and undoing that brings it back."""
    ann, bob = people
    await ann.put(f"/api/sessions/{session}/files/a.py", swapped(3, "three\n").encode(), 200)
    old = await ann.commit(session)
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    await b.type(pb, 0, "bob\n")
    pb.edit(len(pb.text), len(pb.text), "and more")  # on its way while it is reverted
    _, answer = await asyncio.gather(
        b.flush(pb), ann.post(f"/api/sessions/{session}/revert", {"revision": old})
    )
    expected = f"bob\n{TEXT}and more"
    for tab, peer in ((a, pa), (b, pb)):
        await tab.until(lambda peer=peer: str(peer.text) == expected, "the revert")
    await b.type(pb, 0, "still ")
    await ann.commit(session)
    listed = (await ann.get(f"/api/sessions/{session}/revisions"))["revisions"]
    [made] = [one for one in listed if one["id"] == answer["id"]]
    assert made["message"].splitlines()[0] == f"Revert {old[:7]}: Replace a.py"
    assert [author["name"] for author in made["authors"]] == ["ann"]
    await ann.post(f"/api/sessions/{session}/revert", {"revision": answer["id"]})
    again = f"still bob\n{swapped(3, 'three' + chr(10))}and more"
    await b.until(lambda: str(pb.text) == again, "the undone revert")
    copy = await Clone.of(ann, session, tmp_path / "clone")
    assert (copy.path / "a.py").read_text() == again
    await copy.git("fsck", "--strict")


async def test_two_reverts_at_once(people: tuple[Person, Person], session: str) -> None:
    """RV1, RV5: two people who undo the same at once undo it once; the other hears that nothing is left."""
    ann, bob = people
    await ann.put(f"/api/sessions/{session}/files/a.py", swapped(3, "three\n").encode(), 200)
    old = await ann.commit(session)

    async def undo(person: Person) -> int:
        path = f"{person.url}/api/sessions/{session}/revert"
        async with person.http.post(path, json={"revision": old}) as answer:
            return answer.status

    assert sorted(await asyncio.gather(undo(ann), undo(bob))) == [200, 201]
    assert (await ann.get(f"/api/sessions/{session}/files/a.py")).decode() == TEXT
    messages = [one["message"] for one in (await ann.get(f"/api/sessions/{session}/revisions"))["revisions"]]
    assert sum(message.startswith("Revert") for message in messages) == 1


async def test_conflict(people: tuple[Person, Person], session: str) -> None:
    """RV3: where the same lines were changed again, also by what is typed just now, nothing changes; both sides are told."""
    ann, bob = people
    await ann.put(f"/api/sessions/{session}/files/a.py", swapped(3, "three\n").encode(), 200)
    old = await ann.commit(session)
    tab = await bob.tab(session)
    peer = await tab.open("a.py")
    at = str(peer.text).index("three")
    peer.edit(at + 1, at + 3, "HR")
    await tab.flush(peer)
    await tab.saved(peer)
    error = await refused(ann, session, {"revision": old}, 409)
    assert error["code"] == "revert_conflict"
    assert error["message"] == (
        "This cannot be undone alone: a.py, line 4, has changed again since. Nothing was changed."
    )
    assert error["places"] == [
        {
            "path": "a.py",
            "start_line": 4,
            "end_line": 4,
            "reason": "lines",
            "here": "tHRee\n",
            "before": "line 3\n",
        }
    ]
    newest = (await ann.get(f"/api/sessions/{session}/revisions"))["revisions"][0]
    assert (newest["message"], newest["authors"][0]["name"]) == ("Edit a.py", "bob")
    assert str(peer.text) == swapped(3, "tHRee\n")


async def test_a_name_that_is_taken(people: tuple[Person, Person], session: str) -> None:
    """RV3, RV4: where another file has the old name of one that was renamed, undoing that says so."""
    ann, _ = people
    files = f"/api/sessions/{session}/files"
    await ann.call("PATCH", f"{files}/a.py", 200, json={"path": "b.py"})
    moved = await ann.commit(session)
    await ann.put(f"{files}/a.py", b"another\n")
    error = await refused(ann, session, {"revision": moved}, 409)
    assert error["message"] == (
        "This cannot be undone alone: the name a.py is taken now. Nothing was changed."
    )


async def test_files_that_come_and_go(people: tuple[Person, Person], session: str) -> None:
    """RV4: files that a revision made go, those that it deleted come back, and who types in a renamed one types on."""
    ann, bob = people
    files = f"/api/sessions/{session}/files"
    await ann.call("DELETE", f"{files}/a.py", 204)
    gone = await ann.commit(session)
    await ann.put(f"{files}/b.py", b"b\n")
    made = await ann.commit(session)
    await ann.post(f"/api/sessions/{session}/revert", {"revision": gone})
    assert (await ann.get(f"{files}/a.py")).decode() == TEXT
    await ann.call("PATCH", f"{files}/a.py", 200, json={"path": "src/a.py"})
    moved = await ann.commit(session)
    tab = await bob.tab(session)
    peer, doomed = await tab.open("src/a.py"), await tab.open("b.py")
    await tab.type(peer, 0, "bob\n")
    await tab.saved(peer)
    await ann.post(f"/api/sessions/{session}/revert", {"revision": moved})
    await ann.post(f"/api/sessions/{session}/revert", {"revision": made})
    await tab.until(lambda: any(e["code"] == "document_deleted" for e in tab.seen["error"]), "the deletion")
    assert tab.seen["error"][0]["doc"] == doomed.doc
    await tab.type(peer, 0, "on ")
    await tab.saved(peer)
    await ann.commit(session)
    assert (await ann.get(f"{files}/a.py")).decode() == f"on bob\n{TEXT}"
    assert [file["path"] for file in (await ann.get(files))["files"]] == ["a.py"]
    moves = [one["moved"] for one in tab.seen["files"] if "moved" in one]
    assert moves[-1] == {"from": "src/a.py", "to": "a.py"}


@pytest.mark.parametrize("way", ["file", "session", "revert", "older"])
async def test_authors_of_what_comes_back(
    people: tuple[Person, Person], session: str, tmp_path: Path, way: str
) -> None:
    """AU6, HI1: lines of a file that was deleted and comes back are by those who wrote them; the revision is by who brought it back."""
    ann, bob = people
    address = f"/api/sessions/{session}"
    tab = await bob.tab(session)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "by bob\n")
    await tab.flush(peer)
    await tab.saved(peer)
    whole = await ann.commit(session)
    if way == "older":
        await ann.put(f"{address}/files/a.py", f"by bob\n{swapped(3, 'three' + chr(10))}".encode(), 200)
        await ann.commit(session)
    cal = await Person.sign_up(ann.url, "cal")
    await ann.let_in(session, "cal")
    before = (await ann.get(f"{address}/blame/a.py?revision={whole}"))["lines"]
    await cal.call("DELETE", f"{address}/files/a.py", 204)
    gone = await cal.commit(session)
    if way == "revert":
        made = await cal.post(f"{address}/revert", {"revision": gone})
    else:
        body = {"revision": whole} if way == "session" else {"revision": whole, "path": "a.py"}
        made = await cal.post(f"{address}/restore", body)
    after = (await ann.get(f"{address}/blame/a.py"))["lines"]
    assert after == before
    assert {line["author"]["name"] for line in after} == {"ann", "bob"}
    first = (await ann.get(f"{address}/revisions"))["revisions"][0]
    assert (first["id"], first["people"], first["parents"][0]) == (made["id"], 0, gone)
    assert [author["name"] for author in first["authors"]] == ["cal"]
    assert [(file["path"], file["added"]) for file in first["files"]] == [("a.py", 21)]
    assert first["shares"] == [[21, 0]]
    copy = await Clone.of(ann, session, tmp_path / "clone")
    blamed = (await copy.git("blame", "--line-porcelain", "a.py")).stdout
    authors = [line for line in blamed.splitlines() if line.startswith("author ")]
    assert authors == ["author Bob", *["author Ann"] * 20]
    assert (await copy.git("log", "--first-parent", "--format=%an")).stdout.startswith("Cal\nCal\n")
    await copy.git("fsck", "--strict")
    # Undoing it takes the file away again, and what is brought back once more is still theirs.
    await cal.post(f"{address}/revert", {"revision": made["id"]})
    await ann.post(f"{address}/restore", {"revision": made["id"], "path": "a.py"})
    assert (await ann.get(f"{address}/blame/a.py"))["lines"] == before
    await cal.close()


async def test_a_file_and_lines(people: tuple[Person, Person], session: str) -> None:
    """RV2: one file of a revision, or lines of that as the revision left it, can be undone by themselves."""
    ann, _ = people
    new = swapped(3, "three\n").replace("line 15\n", "fifteen\n")
    await ann.put(f"/api/sessions/{session}/files/a.py", new.encode(), 200)
    old = await ann.commit(session)
    body: dict[str, Any] = {"revision": old, "path": "a.py"}
    await ann.post(f"/api/sessions/{session}/revert", {**body, "range": {"start_line": 13, "end_line": 18}})
    assert (await ann.get(f"/api/sessions/{session}/files/a.py")).decode() == swapped(3, "three\n")
    await ann.post(f"/api/sessions/{session}/revert", body)
    assert (await ann.get(f"/api/sessions/{session}/files/a.py")).decode() == TEXT
    newest = await ann.commit(session)
    answer = await ann.post(f"/api/sessions/{session}/revert", body, 200)
    assert answer == {"id": newest}


async def test_bad_input(people: tuple[Person, Person], session: str) -> None:
    """RV6: unknown, foreign and malformed revisions, files and lines are refused, and change nothing."""
    ann, bob = people
    other = await ann.new_session(b_py="b\n")
    foreign = await ann.commit(other)
    revision = await ann.commit(session)
    for id in (foreign, "0" * 40, "main", "--output=x", revision[:7], "", "HEAD^{/x}", "\n"):
        assert (await refused(ann, session, {"revision": id}, 404))["code"] == "no_revision"
    assert (await refused(ann, session, {"revision": revision, "path": "none"}, 404))["code"] == "no_file"
    good = {"start_line": 1, "end_line": 1}
    with_range = {"revision": revision, "path": "a.py", "range": good}
    assert (await refused(ann, session, with_range, 404))["code"] == "no_change"
    await refused(ann, session, {"revision": revision, "range": good}, 400)
    for start, end in ((0, 1), (-1, 1), (3, 1)):
        await refused(ann, session, {**with_range, "range": {"start_line": start, "end_line": end}}, 400)
    for body in (
        {},
        {"revision": 1},
        {**with_range, "hunk": 1},
        {**with_range, "range": {"start_line": "1"}},
    ):
        await refused(ann, session, body, 422)
    empty = await ann.new_session()
    assert (await refused(ann, empty, {"revision": revision}, 404))["code"] == "no_revision"
    assert await ann.commit(session) == revision
    assert bob


async def test_roles_and_archives(people: tuple[Person, Person], session: str) -> None:
    """RV6: editors revert and name versions, others do not, and nobody does in an archived session."""
    ann, bob = people
    revision = await ann.commit(session)
    api = f"/api/sessions/{session}"
    for role in ("viewer", "commenter"):
        await ann.let_in(session, "bob", role)
        await refused(bob, session, {"revision": revision}, 403)
        await bob.post(f"{api}/versions", {"revision": revision, "name": "Mine"}, 403)
        assert (await bob.get(f"{api}/versions"))["versions"] == []
    await ann.let_in(session, "bob")
    await bob.post(f"{api}/versions", {"revision": revision, "name": "Mine"})
    await ann.call("PATCH", api, 200, json={"archived": True})
    for person in (ann, bob):
        assert (await refused(person, session, {"revision": revision}, 403))["code"] == "archived"
        await person.call("DELETE", f"{api}/versions/Mine", 403)


async def test_audit(people: tuple[Person, Person], session: str) -> None:
    """RV1: what was reverted by whom is in the audit log; what changed nothing is not."""
    ann, bob = people
    revision = await ann.commit(session)
    await bob.post(f"/api/sessions/{session}/revert", {"revision": revision})
    await bob.post(f"/api/sessions/{session}/revert", {"revision": revision}, 200)
    entries = (await ann.get("/api/admin/audit"))["entries"]
    reverted = [(e["actor"], e["target"], e["detail"]) for e in entries if e["action"] == "reverted"]
    assert reverted == [("bob", None, revision)]
