"""Comments that are pushed as notes, by the real git."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from time import time
from typing import Any

import pytest

from code_together.config import Settings
from tests.clones import Clone, MakeClone
from tests.live import Person

DISCUSS = "refs/notes/devtools/discuss"
NOTES = ("notes", "--ref=devtools/discuss")


async def noted(copy: Clone, lines: list[str], how: str = "append") -> None:
    """Puts lines into the note on HEAD, as a file, so that it may hold anything."""
    file = copy.path / ".git" / "note"
    file.write_text("\n".join(lines) + "\n")
    await copy.git(*NOTES, how, *(["-f"] if how == "add" else []), "-F", str(file))


async def fetched(copy: Clone) -> list[str]:
    await copy.git("fetch", "-q", "origin", f"+{DISCUSS}:{DISCUSS}")
    return [line for line in (await copy.git(*NOTES, "show")).stdout.splitlines() if line]


def line(text: str, **fields: Any) -> str:
    return json.dumps({"timestamp": "1700000000", "author": "x@y", "description": text, **fields})


@pytest.fixture
async def said(people: tuple[Person, Person], clone: MakeClone) -> tuple[str, Clone]:
    """A session with three comments of bob's, and ann's clone with them."""
    ann, bob = people
    session = await ann.new_session(a_py="one\ntwo\nthree\n")
    await ann.let_in(session, "bob")
    for number in (1, 2, 3):
        place = {"start_line": number, "end_line": number}
        await bob.post(
            f"/api/sessions/{session}/comments", {"path": "a.py", "range": place, "text": f"bob {number}"}
        )
    return session, await clone(ann, session)


async def of(person: Person, session: str) -> set[tuple[str, str | None]]:
    comments = (await person.get(f"/api/sessions/{session}/comments"))["comments"]
    return {(one["text"], one["author"]["name"]) for one in comments}


BOB = {("bob 1", "bob"), ("bob 2", "bob"), ("bob 3", "bob")}


async def test_a_line_is_taken_out(people: tuple[Person, Person], said: tuple[str, Clone]) -> None:
    """PU8, NO5: a push whose note lacks a line that is here adds what is new in it; the line stays, and the next fetch has it again."""
    session, copy = said
    lines = await fetched(copy)
    await noted(copy, [*(one for one in lines if "bob 2" not in one), line("new")], "add")
    assert "remote: 1 comment came in; 1 that your push left out stays." in await copy.push(DISCUSS)
    assert await of(people[0], session) == BOB | {("new", None)}
    await copy.git("fetch", "-q", "origin", f"{DISCUSS}:{DISCUSS}")
    assert await fetched(copy) == sorted([*lines, line("new")])


async def test_a_line_is_altered(people: tuple[Person, Person], said: tuple[str, Clone]) -> None:
    """PU8, NO7: somebody else's line in other words is a further comment, by nobody known; the first keeps its text and its name."""
    session, copy = said
    lines = await fetched(copy)
    await noted(copy, [one.replace("bob 1", "something terrible") for one in lines], "add")
    assert "remote: 1 comment came in; 1 that your push left out stays." in await copy.push(DISCUSS)
    assert await of(people[0], session) == BOB | {("something terrible", None)}


@pytest.mark.parametrize("force", [False, True])
async def test_all_is_taken_out(
    people: tuple[Person, Person], said: tuple[str, Clone], *, force: bool
) -> None:
    """PU8: git notes remove, pushed plainly or by force, takes nothing from the session; what is said after that is there beside it."""
    session, copy = said
    lines = await fetched(copy)
    await copy.git(*NOTES, "remove")
    said_ = await copy.push(*(["--force"] if force else []), DISCUSS)
    assert "remote: No comment came in; 3 that your push left out stay." in said_
    assert await of(people[0], session) == BOB
    assert await fetched(copy) == sorted(lines)
    body = {"path": "a.py", "range": {"start_line": 1, "end_line": 1}, "text": "after"}
    await people[1].post(f"/api/sessions/{session}/comments", body)
    assert await of(people[0], session) == BOB | {("after", "bob")}
    assert len(await fetched(copy)) == 4
    assert (await copy.git("fsck", "--strict")).returncode == 0


async def test_by_force_from_elsewhere(people: tuple[Person, Person], said: tuple[str, Clone]) -> None:
    """PU8: notes that do not build on those here, an empty tree among them, are joined with them when they are pushed by force."""
    session, copy = said
    await noted(copy, [line("from afar")])
    assert "remote: 1 comment came in." in await copy.push("--force", DISCUSS)
    tree = (await copy.git("hash-object", "-w", "-t", "tree", "/dev/null")).stdout.strip()
    empty = (await copy.git("commit-tree", "-m", "Nothing", tree)).stdout.strip()
    assert "remote: No comment came in." in await copy.push(f"+{empty}:{DISCUSS}")
    assert await of(people[0], session) == BOB | {("from afar", None)}
    assert len(await fetched(copy)) == 4


async def test_no_notes(people: tuple[Person, Person], said: tuple[str, Clone]) -> None:
    """PU8, NO9: a commit of files pushed as notes is refused with a sentence; lines that are no comments are kept, not shown, and said."""
    session, copy = said
    refused = await copy.push(f"+HEAD:{DISCUSS}", status=1)
    assert f"remote: {DISCUSS}: a.py in it is no note; notes are named by the ids of commits." in refused
    await fetched(copy)
    await noted(copy, ["{}", '{"description":5}', "garbage", line("good")])
    pushed = await copy.push(DISCUSS)
    assert "remote: 1 comment came in." in pushed
    assert "remote: 3 lines are no comments; they are kept in Git and not shown." in pushed
    assert await of(people[0], session) == BOB | {("good", None)}
    assert {"{}", "garbage"} <= set(await fetched(copy))
    head = await copy.commit("Not pushed", b_py="b\n")
    await noted(copy, [line("of something unknown")])
    assert f"remote: The commit {head[:10]}, which has a note, is not in the session." in await copy.push(
        DISCUSS
    )


class TestLimits:
    """What pushed notes may bring is bounded."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, note_line_bytes=50_000, push_comments=50)

    async def test_refused(self, people: tuple[Person, Person], said: tuple[str, Clone]) -> None:
        """NO10: too long a text or line, and too many lines, are refused with a sentence before anything is taken in."""
        session, copy = said
        await fetched(copy)
        start = (await copy.git("rev-parse", DISCUSS)).stdout.strip()
        for lines, why in (
            ([line("x" * 20_000)], "20,000 characters; 10,000 is the most."),
            ([line("x" * 60_000)], "bytes; 50,000 is the most."),
            ([line(f"number {number}") for number in range(51)], "one push may bring 50 comments; this one brings more."),
        ):  # fmt: skip
            await noted(copy, lines)
            refused = await copy.push(DISCUSS, status=1)
            assert f"remote: {DISCUSS}: " in refused
            assert why in refused
            await copy.git("update-ref", DISCUSS, start)
        assert await of(people[0], session) == BOB


async def test_a_time_to_come(
    people: tuple[Person, Person], said: tuple[str, Clone], settings: Settings
) -> None:
    """NO11: a pushed comment of a far future is where it came in, and what is said afterwards stands before it; so it stays when it is changed."""
    ann, _ = people
    session, copy = said
    await fetched(copy)
    place = {
        "commit": (await copy.git("rev-parse", "HEAD")).stdout.strip(),
        "path": "a.py",
        "range": {"startLine": 1},
    }
    future, past = "32503680000", "1500000000"
    await noted(copy, [line(when, timestamp=when, location=place) for when in (future, past)])
    began = time()
    await copy.git("push", "-q", "origin", DISCUSS)
    address = f"/api/sessions/{session}/comments"
    where = {"path": "a.py", "range": {"start_line": 2, "end_line": 2}}
    await ann.post(address, {**where, "text": "later"})

    async def listed() -> dict[str, str]:
        return {one["text"]: one["at"] for one in (await ann.get(address))["comments"]}

    found = await listed()
    assert list(found) == ["later", future, "bob 3", "bob 2", "bob 1", past]
    assert began - 1 < datetime.fromisoformat(found[future]).timestamp() < time() + 1
    assert found[past].startswith("2017-07-14")
    (id,) = [one["id"] for one in (await ann.get(address))["comments"] if one["text"] == future]
    await fetched(copy)
    await noted(copy, [line("in other words", timestamp="32503680001", original=id, location=place)])
    await copy.git("push", "-q", "origin", DISCUSS)
    assert (await listed())["in other words"] == found[future]
