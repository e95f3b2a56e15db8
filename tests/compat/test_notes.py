"""Comments as notes, for the real git and for an independent reader of git-appraise's format."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from code_together.config import Settings
from code_together.git import appraise as ours
from tests.compat import appraise
from tests.compat.running import complaints, git
from tests.conftest import Server
from tests.live import PASSWORD, Person

GOLDEN = json.loads((Path(__file__).parent / "golden_notes.json").read_text("utf-8"))
TEXT = "one\nzwei 😀 ü\n\nlast"


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden["what"])
def test_golden_ids(golden: dict[str, str]) -> None:
    """NO1, NO2: the id of each golden note is the one that git-appraise itself gave it; so says the independent reader of canonical ones."""
    remark = ours.parse(golden["note"].encode())
    assert remark is not None
    assert remark.id == golden["id"]
    if golden["canonical"]:
        assert remark.line == golden["note"]
        assert appraise.id_of(golden["note"]) == golden["id"]


@pytest.fixture
async def ann(server: Server) -> AsyncIterator[Person]:
    person = await Person.sign_up(server.url, "ann")
    yield person
    await person.close()


@pytest.fixture
async def session(ann: Person) -> str:
    return await ann.new_session(a_py=TEXT)


@pytest.fixture
def repository(settings: Settings, session: str) -> str:
    return str(settings.data / f"{session}.git")


async def say(who: Person, session: str, text: str, range: dict[str, int], **more: Any) -> dict[str, Any]:
    body = {"path": "a.py", "range": range, "text": text, **more}
    made: dict[str, Any] = await who.post(f"/api/sessions/{session}/comments", body)
    return made


def note(repository: str, commit: str, ref: str = "devtools/discuss") -> list[str]:
    return git("notes", f"--ref={ref}", "show", commit, at=repository).splitlines()


async def test_notes(ann: Person, session: str, repository: str) -> None:
    """NO1, NO3, NO8: `git notes show` gives lines that are canonical, whose ids are those of the API, whose places are in the file, and whose
    threads stand as the API says, after answers, edits, resolving and deleting."""
    address = f"/api/sessions/{session}/comments"
    first = await say(ann, session, '<b> & \u2028 "x"\\ @ann\n\tend', {"start_line": 1, "end_line": 1})
    second = await say(
        ann, session, "smile", {"start_line": 2, "start_column": 6, "end_line": 2, "end_column": 10}
    )
    third = await say(ann, session, "empty", {"start_line": 3, "end_line": 3})
    reply = await ann.post(address, {"parent": first["id"], "text": "because"})
    await ann.call("PATCH", f"{address}/{first['id']}", 200, json={"text": "better"})
    await ann.call("PATCH", f"{address}/{first['id']}", 200, json={"resolved": True})
    await ann.call("PATCH", f"{address}/{second['id']}", 200, json={"resolved": True})
    await ann.call("PATCH", f"{address}/{second['id']}", 200, json={"resolved": False})
    await ann.call("DELETE", f"{address}/{third['id']}", 204)
    lines = note(repository, first["revision"])
    values = [appraise.check_line(line) for line in lines]
    ids = [appraise.id_of(line) for line in lines]
    assert ids[:4] == [first["id"], second["id"], third["id"], reply["id"]]
    for value in values:
        assert (
            value["location"] == values[ids.index(value.get("original", value.get("parent", "")))]["location"]
            if ("original" in value or "parent" in value)
            else True
        )
        assert value["author"] == "ann@code.test"
    assert appraise.check_location(repository, values[0]["location"]) == "one"
    assert appraise.check_location(repository, values[1]["location"]) == "😀 ü"
    threads = appraise.threads(lines)
    assert threads[first["id"]]["description"] == "better"
    assert threads[first["id"]]["state"] is True
    assert [answer["description"] for answer in threads[first["id"]]["answers"]] == ["because"]
    assert threads[second["id"]]["state"] is False
    assert "description" not in threads[third["id"]]
    (review,) = note(repository, first["revision"], "devtools/reviews")
    assert json.loads(review)["targetRef"] == "refs/heads/main"
    assert complaints(repository) == ""
    listed = (await ann.get(address))["comments"]
    assert {one["id"]: one["resolved"] for one in listed} == {
        first["id"]: True,
        reply["id"]: True,
        second["id"]: False,
    }


async def test_a_clone_has_every_comment(ann: Person, session: str, server: Server, tmp_path: Path) -> None:
    """CM7: many comments at once, and right after it a clone: the commands of the clone box fetch every one."""
    made = await asyncio.gather(
        *(say(ann, session, f"number {i}", {"start_line": 1, "end_line": 1}) for i in range(60))
    )
    into = tmp_path / "clone"
    url = server.url.replace("://", f"://ann:{PASSWORD.replace(' ', '%20')}@") + f"/git/{session}.git"

    def fetch() -> list[str]:
        git("clone", "--quiet", url, str(into))
        git("fetch", "--quiet", "origin", "refs/notes/devtools/*:refs/notes/devtools/*", at=into)
        return note(str(into), made[0]["revision"])

    assert {appraise.id_of(line) for line in await asyncio.to_thread(fetch)} == {one["id"] for one in made}
    assert "number 7" in await asyncio.to_thread(git, "log", "-1", "--notes=devtools/discuss", at=into)


async def test_merged_by_git(ann: Person, session: str, repository: str, tmp_path: Path) -> None:
    """NO5: `git notes merge -s cat_sort_uniq` with notes written elsewhere keeps every comment, and gives what ours gives."""
    made = await say(ann, session, "ours", {"start_line": 1, "end_line": 1})
    into = tmp_path / "clone"
    git("clone", "--quiet", repository, str(into))
    for key, value in (("name", "Bob"), ("email", "bob@elsewhere")):
        git("config", f"user.{key}", value, at=into)
    theirs = '{"timestamp":"1763886305","author":"bob@elsewhere","description":"theirs"}'
    git("notes", "--ref=devtools/discuss", "append", "-m", theirs, made["revision"], at=into)
    before = note(str(into), made["revision"])
    git("fetch", "--quiet", "origin", "refs/notes/devtools/discuss:refs/notes/origin", at=into)
    git(
        "notes",
        "--ref=devtools/discuss",
        "merge",
        "--quiet",
        "-s",
        "cat_sort_uniq",
        "refs/notes/origin",
        at=into,
    )
    merged = note(str(into), made["revision"])
    assert {appraise.id_of(line) for line in merged} == {made["id"], appraise.id_of(theirs)}
    both = ["\n".join(lines).encode() for lines in (before, note(repository, made["revision"]))]
    assert ours.merge(*both).decode().splitlines() == merged


@pytest.mark.long
def test_many_merged(path: str, clone: Callable[..., Path]) -> None:
    """NO4, NO5: notes on 300 commits here, and others on most of them in a clone: git's `cat_sort_uniq` and ours keep every comment of both,
    with the ids that the independent reader computes, and come to the same notes."""
    from code_together.git import notes
    from tests.git.making import ANN, HOST, put

    commits = [put(path, {"a": b"%d\n" % number}) for number in range(300)]

    def line(commit: str, number: int, who: str) -> str:
        place = {"commit": commit, "path": "a", "range": {"startLine": 1}}
        value = {"timestamp": f"{1_763_886_305 + number}", "author": f"{who}@host", "location": place}
        return appraise.write({**value, "description": f"<{who}> \u2028 {number} 😀"})

    ours = {commit: [line(commit, n, "ann"), line(commit, n, "bob")] for n, commit in enumerate(commits)}
    theirs = {
        commit: [line(commit, n, "bob"), line(commit, n, "eve")] for n, commit in enumerate(commits) if n % 3
    }
    new = [notes.NewLine(commit, one, "{}") for commit, lines in ours.items() for one in lines]
    notes.add(path, new, ANN, HOST, 5.0)
    elsewhere = clone()
    script = "".join(
        f"commit refs/notes/devtools/discuss\ncommitter E <e@e> {n + 1} +0000\ndata 1\nx\n"
        f"N inline {commit}\ndata {len(text)}\n{text.decode()}\n"
        for n, (commit, lines) in enumerate(theirs.items())
        for text in ["\n".join(lines).encode()]
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=elsewhere, input=script.encode(), check=True)
    pushed = git("rev-parse", "refs/notes/devtools/discuss", at=elsewhere).strip()
    git("fetch", "--quiet", "origin", "refs/notes/devtools/discuss:refs/notes/origin", at=elsewhere)
    merge = (
        "-c",
        "user.name=E",
        "-c",
        "user.email=e@e",
        "notes",
        "--ref=devtools/discuss",
        "merge",
        "--quiet",
    )
    git(*merge, "-s", "cat_sort_uniq", "refs/notes/origin", at=elsewhere)
    git("push", "--quiet", "origin", f"{pushed}:refs/notes/theirs", at=elsewhere)
    notes.merge(path, notes.DISCUSS, pushed, ANN, HOST, 6.0)
    for commit in (commits[0], commits[1], commits[2], *commits[::37]):
        both = {appraise.id_of(one) for one in (*ours[commit], *theirs.get(commit, []))}
        assert {appraise.id_of(one) for one in note(str(elsewhere), commit)} == both
        assert note(path, commit) == note(str(elsewhere), commit) or commit not in theirs
    discussions, _ = notes.discussions(path, notes.Refs(None, None))
    kept = {one.id for each in discussions for one in each.said}
    assert kept == {appraise.id_of(one) for lines in (*ours.values(), *theirs.values()) for one in lines}
    assert len(git("ls-tree", notes.DISCUSS, at=path).splitlines()) <= 256
    git("update-ref", "-d", "refs/notes/theirs", at=path)
    assert complaints(path) == ""


@pytest.mark.parametrize("tool", ["append", "add"])
def test_notes_of_git_are_read(path: str, clone: Callable[..., Path], tool: str) -> None:
    """NO4: what the git binary made of 300 notes is read, whatever form it gave the tree."""
    from code_together.git import notes
    from tests.git.making import put

    commits = [put(path, {"a": b"%d\n" % number}) for number in range(60 if tool == "append" else 300)]
    script = "".join(
        f"commit refs/notes/devtools/discuss\ncommitter A <a@b> {n + 1} +0000\ndata 1\nx\nN inline {commit}\ndata 18\n"
        + '{"description":"x"}'[:18]
        + "\n"
        for n, commit in enumerate(commits)
    ).replace('data 18\n{"description":"x"', 'data 19\n{"description":"x"}')
    subprocess.run(["git", "fast-import", "--quiet"], cwd=path, input=script.encode(), check=True)
    if tool == "append":
        git("-c", "user.name=A", "-c", "user.email=a@b", "notes", "--ref=devtools/discuss", "append", "-m",
            '{"description":"y"}', commits[0], at=path)  # fmt: skip
    discussions, _ = notes.discussions(path, notes.Refs(None, None))
    assert {each.commit for each in discussions} == set(commits)
    said = {each.commit: [one.remark.description for one in each.said] for each in discussions}
    assert said[commits[0]] == (["x", "y"] if tool == "append" else ["x"])
