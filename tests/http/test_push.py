"""Pushes by the real git against a running server."""

from __future__ import annotations

import asyncio
import io
import json
import resource
import zipfile
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from code_together.config import Settings
from code_together.http.app import serving
from code_together.http.keys import REGISTRY
from code_together.rooms.connection import Person as Someone
from code_together.rooms.pushes import Command, Push
from tests.clones import MakeClone, run_git
from tests.conftest import Server, Start
from tests.docs.test_live_protocol import check
from tests.live import PASSWORD, Person


async def test_a_push_is_live_edits(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU1, PU2: what is pushed arrives as edits while others type; both are in the revision, and the next pull is a fast-forward."""
    ann, bob = people
    session = await ann.new_session(a_py="one\ntwo\nthree\n")
    await ann.let_in(session, "bob")
    copy = await clone(ann, session)
    tab = await bob.tab(session)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "bob\n")
    pushed = await copy.commit("Three is four", a_py="one\ntwo\nfour\n")
    said = await copy.push()
    assert "remote: 1 file changed live, merged with edits by Bob." in said
    await tab.until(lambda: "four" in str(peer.text), "the push")
    assert str(peer.text) == "bob\none\ntwo\nfour\n"
    await copy.git("pull", "-q", "--ff-only")
    assert (copy.path / "a.py").read_text() == "bob\none\ntwo\nfour\n"
    log = (await copy.git("log", "--format=%an %s", "--first-parent")).stdout.splitlines()
    assert log == ["Ann Merge Three is four", "Bob Edit a.py", "Ann Add a.py"]
    assert (await copy.git("rev-parse", "HEAD^2")).stdout.strip() == pushed
    await copy.git("fsck", "--strict")


async def test_signatures_stay(people: tuple[Person, Person], clone: MakeClone, settings: Settings) -> None:
    """PU3: a signed commit is byte for byte what was pushed, as the newest revision and as a parent of one that joins."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)

    async def signed(text: str) -> tuple[str, bytes]:
        """A commit with this text, as `git commit -S` writes it; the signature itself means nothing here."""
        plain = await copy.commit("Signed\n\nTwo  blanks, no line end", a_py=text)
        tree, *rest = (await copy.git("cat-file", "commit", plain)).stdout.split("\n\n", 1)
        signature = "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n \n -----END SSH SIGNATURE-----"
        (copy.path / ".git" / "made").write_text(f"{tree}\n{signature}\n\n{rest[0]}")
        id = (await copy.git("hash-object", "-t", "commit", "-w", ".git/made")).stdout.strip()
        await copy.git("reset", "-q", "--hard", id)
        return id, (copy.path / ".git" / "made").read_bytes()

    async def kept(id: str) -> bytes:
        repository = str(settings.data / f"{session}.git")
        return (await run_git(copy.path, "--git-dir", repository, "cat-file", "commit", id)).stdout.encode()

    first, data = await signed("one\ntwo\n")
    await copy.push()
    assert await kept("main") == data
    await ann.put(f"/api/sessions/{session}/files/b.py", b"other\n")
    second, data = await signed("one\ntwo\nthree\n")
    await copy.push("HEAD:refs/for/main")
    assert await kept("main^2") == data
    await copy.git("pull", "-q", "--ff-only")
    assert (await copy.git("rev-parse", "HEAD^2", "HEAD^2^")).stdout.split() == [second, first]


async def test_pushed_commits_are_kept(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU3: with nothing to join, the pushed commits are the revisions: authors, messages and ids as they were."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    await copy.git("commit", "-q", "--allow-empty", "-m", "Nothing", "--author", "Zoe <zoe@far.example>")
    tip = await copy.commit("Two\n\nWith a body.", a_py="one\ntwo\n", b_py="new\n")
    said = await copy.push()
    assert "remote: 1 file changed live, 1 file added." in said
    await copy.git("fetch", "-q")
    assert (await copy.git("rev-parse", "origin/main")).stdout.strip() == tip
    again = await copy.push()
    assert "Everything up-to-date" in again
    revisions = (await ann.get(f"/api/sessions/{session}/revisions"))["revisions"]
    assert [(r["message"], r["authors"][0]["name"]) for r in revisions[:2]] == [
        ("Two\n\nWith a body.", "ann"),
        ("Nothing", None),
    ]


async def test_files_of_all_kinds(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU2: new files and folders, deletions, renames with changes, modes and binary files arrive; who types in a renamed file goes on."""
    ann, bob = people
    long = "".join(f"line {n}\n" for n in range(30))
    session = await ann.new_session(
        a_py=long, gone_txt="bye\n", kept_txt="mine\n", run_sh="echo\n", pic_bin="x"
    )
    await ann.let_in(session, "bob")
    await ann.put(f"/api/sessions/{session}/files/pic.bin", b"\0\1", 200)
    copy = await clone(ann, session)
    tab = await bob.tab(session)
    peer, kept, gone = await tab.open("a.py"), await tab.open("kept.txt"), await tab.open("gone.txt")
    await tab.type(peer, 0, "typed\n")
    await tab.type(kept, 0, "typed\n")
    await copy.git("mv", "a.py", "b.py")
    await copy.git("rm", "-q", "gone.txt", "kept.txt")
    (copy.path / "run.sh").chmod(0o755)
    (copy.path / "pic.bin").write_bytes(b"\0\2")
    (copy.path / "deep/er").mkdir(parents=True)
    (copy.path / "deep/er/ä ö.txt").write_text("new\n")
    await copy.commit("All kinds", b_py=long.replace("line 29", "line twenty-nine"))
    said = await copy.push()
    assert "1 file removed" in said
    assert "kept.txt stays: it has been edited here since, and you deleted it." in said
    await tab.until(lambda: "twenty-nine" in str(peer.text), "the push")
    await tab.type(peer, 0, "more\n")
    await tab.until(lambda: any(e["code"] == "document_deleted" for e in tab.seen["error"]), "the deletion")
    assert tab.seen["error"][0]["doc"] == gone.doc
    files = {f["path"] for f in (await ann.get(f"/api/sessions/{session}/files"))["files"]}
    assert files == {"b.py", "kept.txt", "run.sh", "pic.bin", "deep/er/ä ö.txt"}
    await tab.saved(peer)
    await copy.git("pull", "-q", "--ff-only")
    assert (copy.path / "b.py").read_text() == "more\ntyped\n" + long.replace("line 29", "line twenty-nine")
    assert (copy.path / "kept.txt").read_text() == "typed\nmine\n"
    assert (copy.path / "pic.bin").read_bytes() == b"\0\2"
    assert (copy.path / "run.sh").stat().st_mode & 0o100
    merged = await tab.expect("merged")
    check(merged)
    assert tab.seen["files"][-1]["moved"] == {"from": "a.py", "to": "b.py"}
    assert merged["by"]["name"] == "ann"
    assert merged["notes"] == ["kept.txt stays: it has been edited here since, and Ann deleted it."]


async def test_behind_and_forced(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU4: refs/for/main from a clone that is behind, and a forced push, are merged; nothing is ever discarded."""
    ann, bob = people
    session = await ann.new_session(a_py="one\ntwo\nthree\n")
    await ann.let_in(session, "bob")
    stale, other = await clone(ann, session), await clone(bob, session)
    await other.commit("Bob's", a_py="zero\none\ntwo\nthree\n")
    await other.push()
    await stale.commit("Ann's", a_py="one\ntwo\nthree\nfour\n")
    assert "rejected" in await stale.push(status=1)
    assert "new reference" in await stale.push("HEAD:refs/for/main")
    await stale.commit("More", a_py="one\ntwo\nthree\nfour\nfive\n")
    said = await stale.push("+main")
    assert "forced update" in said
    await stale.git("pull", "-q", "--ff-only")
    assert (stale.path / "a.py").read_text() == "zero\none\ntwo\nthree\nfour\nfive\n"
    await stale.git("fsck", "--strict")
    subjects = (await stale.git("log", "--format=%s")).stdout
    assert all(name in subjects for name in ("Bob's", "Ann's", "More"))
    # rewritten commits of what is here already come in once
    await stale.git("reset", "-q", "--hard", "HEAD~1^2")
    await stale.git("commit", "-q", "--amend", "-m", "Said otherwise")
    await stale.push("--force")
    await stale.git("pull", "-q", "--ff-only")
    assert (stale.path / "a.py").read_text() == "zero\none\ntwo\nthree\nfour\nfive\n"


async def test_both_sides_changed_the_same(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU5: where the same characters were changed both versions stay, and everybody is told the place; of binary files too."""
    ann, bob = people
    session = await ann.new_session(a_py="x = 1\ny = 2\n")
    await ann.let_in(session, "bob")
    await ann.put(f"/api/sessions/{session}/files/logo.png", b"\0base")
    copy = await clone(ann, session)
    tab = await bob.tab(session)
    peer = await tab.open("a.py")
    peer.edit(4, 5, "12")
    await tab.flush(peer)
    await tab.saved(peer)
    await bob.put(f"/api/sessions/{session}/files/logo.png", b"\0bob", 200)
    (copy.path / "logo.png").write_bytes(b"\0ann")
    await copy.commit("Thirteen", a_py="x = 13\ny = 2\n")
    said = await copy.push("--force")
    assert "a.py, line 1: changed on both sides; both versions stand there now." in said
    assert "yours is beside it as logo (pushed by ann).png" in said
    merged = await tab.expect("merged")
    (conflict,) = merged["conflicts"]
    assert merged["people"] == ["ann", "bob"]
    assert (conflict["doc"], conflict["path"], conflict["line"]) == (peer.doc, "a.py", 1)
    assert (conflict["ours"], conflict["theirs"]) == ("x = 12\n", "x = 13\n")
    assert str(peer.text)[conflict["from"] : conflict["to"]] == "x = 12\nx = 13\n"
    await copy.git("pull", "-q", "--ff-only")
    assert (copy.path / "a.py").read_text() == "x = 12\nx = 13\ny = 2\n"
    assert (copy.path / "logo.png").read_bytes() == b"\0bob"
    assert (copy.path / "logo (pushed by ann).png").read_bytes() == b"\0ann"


async def test_who_was_away_is_told_of_the_place(settings: Settings, clone: MakeClone) -> None:
    """PU10: who was away when a push met their edits is told of each place on return, also after a restart, until somebody settles it."""
    async with serving(settings) as server:
        people = ann, bob, cleo = [await Person.sign_up(server.url, name) for name in ("ann", "bob", "cleo")]
        session = await ann.new_session(a_py="x = 1\ny = 2\n")
        for name in ("bob", "cleo"):
            await ann.let_in(session, name)
        copy = await clone(ann, session)
        tab = await bob.tab(session)
        peer = await tab.open("a.py")
        peer.edit(4, 5, "12")
        await tab.flush(peer)
        await tab.saved(peer)
        await tab.disconnect()
        looking = await cleo.tab(session)
        await copy.commit("Thirteen", a_py="x = 13\ny = 2\n")
        await copy.push("--force")
        (told,) = (await looking.expect("merged"))["conflicts"]
        assert "conflicts" not in await (await cleo.tab(session)).expect("welcome")

        await tab.connect()
        welcome = await tab.expect("welcome")
        check(welcome)
        (conflict,) = welcome["conflicts"]
        by = conflict["by"]
        assert conflict == {**told, "by": by}
        assert (by["name"], conflict["ours"], conflict["theirs"]) == ("ann", "x = 12\n", "x = 13\n")
        await ann.call("PATCH", f"/api/sessions/{session}/files/a.py", 200, json={"path": "b.py"})
        for person in people:
            await person.close()

    async with serving(settings) as server:
        ann, bob = [await Person.log_in(server.url, name) for name in ("ann", "bob")]
        tab = await bob.tab(session)
        assert (await tab.expect("welcome"))["conflicts"] == [{**told, "by": by, "path": "b.py"}]
        place = f"/api/sessions/{session}/conflicts/{told['id']}"
        await ann.call("DELETE", place, 204)
        settled = await tab.expect("settled")
        check(settled)
        assert settled["id"] == told["id"]
        assert (await ann.call("DELETE", place, 404))["error"]["code"] == "no_conflict"
        assert "conflicts" not in await (await bob.tab(session)).expect("welcome")
        for person in (ann, bob):
            await person.close()


async def test_the_oldest_places_go(start: Start, clone: MakeClone) -> None:
    """PU10: only so many places are kept open; the newest ones stay."""
    server = await start(clashes_kept=2)
    ann = await Person.sign_up(server.url, "ann")
    texts = {f"{name}_py": "x = 1\n" for name in "abc"}
    session = await ann.new_session(**texts)
    copy = await clone(ann, session)
    for name in "abc":
        await ann.put(f"/api/sessions/{session}/files/{name}.py", b"x = 12\n", 200)
    await copy.commit("Thirteen", **dict.fromkeys(texts, "x = 13\n"))
    await copy.push("--force")
    told = (await (await ann.tab(session)).expect("welcome"))["conflicts"]
    assert [one["path"] for one in told] == ["b.py", "c.py"]
    await ann.close()


async def test_files_that_are_opened_meanwhile(
    people: tuple[Person, Person], clone: MakeClone, slow: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PU1: a push lands though somebody opens one more of its files each time that it was compared, however many."""
    ann, _ = people
    names = [f"f{n}.py" for n in range(25)]
    session = await ann.new_session()
    copy = await clone(ann, session)
    for name in names:
        (copy.path / name).write_text("one\n")
    await copy.commit("One")
    await copy.push()
    for name in names:
        (copy.path / name).write_text("two\n")
    await copy.commit("Two")
    room = await slow.app[REGISTRY].room(session)
    search, left = room.around.workers.search, list(names)

    async def meanwhile(*words: Any, **more: Any) -> Any:
        found = await search(*words, **more)
        if left:
            await room.documents.load(left.pop())
        return found

    monkeypatch.setattr(room.around.workers, "search", meanwhile)
    assert "remote: 25 files changed live." in await copy.push()
    assert left == []
    assert await ann.get(f"/api/sessions/{session}/files/f0.py") == b"two\n"


async def test_dates_of_other_clocks(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU3: commits of any dates are the revisions as they are; what is typed after them has its own time, and pushes go on without a merge."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    for number, date in enumerate(["2099-05-05T12:00:00Z", "1980-01-01T00:00:00Z", "2020-01-01T00:00:00Z"]):
        copy.write(a_py=f"one\n{number}\n")
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        ran = await run_git(copy.path, "commit", "-qam", f"Of {date[:4]}", **dates)
        assert ran.returncode == 0, ran.stderr
        tip = await copy.head()
        said = await copy.push()
        assert "remote: 1 file changed live." in said
        assert "pull" not in said
        await copy.git("fetch", "-q")
        assert await copy.head("origin/main") == tip
    await tab.until(lambda: str(peer.text) == "one\n2\n", "the pushes")
    await tab.type(peer, 0, "zero\n")
    await tab.saved(peer)
    await copy.git("pull", "-q", "--ff-only")
    log = (await copy.git("log", "--format=%s %cd", "--date=format:%Y")).stdout.splitlines()
    assert [line.rpartition(" ")[0] for line in log[:4]] == ["Edit a.py", "Of 2020", "Of 1980", "Of 2099"]
    assert 2020 < int(log[0][-4:]) < 2099
    revisions = (await ann.get(f"/api/sessions/{session}/revisions"))["revisions"]
    assert [one["message"] for one in revisions[:4]] == ["Edit a.py", "Of 2020", "Of 1980", "Of 2099"]
    await copy.git("fsck", "--strict")


async def test_many_tags_are_one_line(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU8: a few tags are named one by one behind `remote:`, many are summed up; so are many that cannot be taken."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    for number in range(60):
        await copy.git("tag", f"v{number:02}")
    said = await copy.push("--tags")
    assert said.count("remote: ") == 1
    assert "remote: 60 tags are named versions now: v00, v01, v02, v03, v04 and 55 more." in said
    await copy.commit("Two", a_py="two\n")
    for number in range(60):
        await copy.git("tag", "-f", f"v{number:02}")
    said = await copy.push("main", "--tags", "--force", status=1)
    assert "remote: refs/tags/v09: there is a version v09 already, and versions do not move." in said
    assert "remote: And 50 more." in said
    assert "refs/tags/v10: there" not in said


async def test_first_push_and_tags(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU3, PU8: an empty session is filled by the first push; tags become named versions and do not move."""
    ann, _ = people
    session = await ann.new_session()
    copy = await clone(ann, session)
    tab = await ann.tab(session)
    await copy.commit("First", a_py="one\n", b_txt="b\n")
    tip = await copy.commit("Second", a_py="two\n")
    await copy.git("tag", "-a", "v1", "-m", "Version 1", "HEAD~1")
    await copy.git("tag", "plain")
    said = await copy.push("main", "v1", "plain")
    assert "remote: 2 commits and 2 files are in the session now." in said
    assert "remote: v1 is a named version now: Version 1." in said
    await tab.until(lambda: any(f["revision"] == tip for f in tab.seen["files"]), "the files")
    assert str((await tab.open("a.py")).text) == "two\n"
    await copy.git("tag", "-f", "plain", "HEAD~1")
    assert "there is a version plain already" in await copy.push("--force", "plain", status=1)
    await copy.git("checkout", "-q", "--orphan", "side")
    await copy.commit("Elsewhere")
    await copy.git("tag", "elsewhere")
    assert "it names is no revision of main" in await copy.push("elsewhere", status=1)
    revisions = (await ann.get(f"/api/sessions/{session}/revisions"))["revisions"]
    assert [(r["message"], r["names"]) for r in revisions] == [
        ("Second", ["plain"]),
        ("First", ["Version 1"]),
    ]
    refs = (await copy.git("ls-remote", "origin")).stdout
    assert [line.split("\t")[1] for line in refs.splitlines()] == [
        "HEAD",
        "refs/heads/main",
        "refs/tags/plain",
        "refs/tags/v1",
        "refs/tags/v1^{}",
    ]


async def test_comments(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU8: comments that were written as git notes elsewhere are joined with those that are here, and are there at once."""
    ann, bob = people
    session = await ann.new_session(a_py="one\ntwo\n")
    await ann.let_in(session, "bob")
    path = f"/api/sessions/{session}/comments"
    await bob.post(path, {"path": "a.py", "range": {"start_line": 1, "end_line": 1}, "text": "Here"})
    copy = await clone(ann, session)
    head = (await copy.git("rev-parse", "HEAD")).stdout.strip()
    remark = {
        "timestamp": "1700000000",
        "author": "ann@code.test",
        "location": {"commit": head, "path": "a.py", "range": {"startLine": 2}},
        "description": "From afar",
    }
    line = json.dumps(remark, separators=(",", ":"))
    await copy.git("notes", "--ref=refs/notes/devtools/discuss", "append", "-m", line, head)
    said = await copy.push("--force", "refs/notes/devtools/discuss")
    assert "remote: 1 comment came in." in said
    comments = (await ann.get(path))["comments"]
    assert {comment["text"] for comment in comments} == {"Here", "From afar"}
    refused = await copy.push("+HEAD:refs/notes/code_together/comments", status=1)
    assert (
        "of notes only refs/notes/devtools/discuss and refs/notes/devtools/reviews can be pushed" in refused
    )
    more = json.dumps({**remark, "description": "Once more"}, separators=(",", ":"))
    await copy.git("notes", "--ref=refs/notes/devtools/discuss", "append", "-m", more, head)
    await copy.git("notes", "--ref=refs/notes/devtools/ci", "add", "-m", "{}", head)
    said = await copy.push("--force", "refs/notes/devtools/*", status=1)
    assert "remote: 1 comment came in." in said
    assert "remote: refs/notes/devtools/ci: of notes only refs/notes/devtools/discuss" in said
    await copy.git("fetch", "-q", "origin", "refs/notes/devtools/*:refs/notes/theirs/*")
    noted = (await copy.git("notes", "--ref=refs/notes/theirs/discuss", "show", head)).stdout
    assert "Here" in noted
    assert "From afar" in noted


@pytest.mark.parametrize(
    "ref",
    [
        "refs/heads/side",
        "refs/heads/HEAD",
        "refs/heads/@",
        "refs/replace/{tip}",
        "refs/pull/1/head",
        "refs/x",
        "refs/notes/commits",
    ],
)
async def test_refused_refs(people: tuple[Person, Person], clone: MakeClone, ref: str) -> None:
    """PU8: other refs are refused by name with a sentence, and nothing of the push stays."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    before = await copy.git("ls-remote", "origin")
    tip = await copy.commit(a_py="two\n")
    said = await copy.push(f"HEAD:{ref.format(tip=tip)}", status=1)
    assert "remote: refs/" in said
    assert "can be pushed" in said or "branch main alone" in said
    assert (await copy.git("ls-remote", "origin")).stdout == before.stdout


async def test_names_of_the_past(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU7: an old commit of a push may have names that no file may have now; they do not come back by restoring it."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    (copy.path / "aux.py").write_text("a device\n")
    old = await copy.commit("Old")
    await copy.git("rm", "-q", "aux.py")
    await copy.commit("New", b_py="b\n")
    await copy.push()
    path = f"/api/sessions/{session}/restore"
    assert (await ann.post(path, {"revision": old}, 422))["error"]["code"] == "bad_path"
    assert (await ann.post(path, {"revision": old, "path": "aux.py"}, 422))["error"]["code"] == "bad_path"


async def test_links_of_the_past(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU7, ZP1: links of old commits of a push are not kept; a restore, a revert, a zip and the list of files then say which."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    (copy.path / "link").symlink_to("a.py")
    old = await copy.commit("Old")
    (copy.path / "link").unlink()
    new = await copy.commit("New", a_py="two\n")
    await copy.push()
    path, missing = f"/api/sessions/{session}", [{"path": "link", "kind": "link"}]
    assert (await ann.get(f"{path}/files?revision={old}"))["left_out"] == missing
    assert "left_out" not in await ann.get(f"{path}/files?revision={new}")
    zipped = await ann.get(f"{path}/archive.zip?revision={old}")
    assert zipfile.ZipFile(io.BytesIO(zipped)).comment == b"Not in this zip: link (symbolic link)."
    assert zipfile.ZipFile(io.BytesIO(await ann.get(f"{path}/archive.zip"))).comment == b""
    assert (await ann.post(f"{path}/restore", {"revision": old}))["left_out"] == missing
    back = (await ann.get(f"{path}/revisions"))["revisions"][0]["id"]
    assert "left_out" not in await ann.post(f"{path}/revert", {"revision": back})
    assert await ann.get(f"{path}/files/a.py") == b"two\n"
    undone = await ann.post(f"{path}/revert", {"revision": new})
    assert undone["left_out"] == missing
    assert await ann.get(f"{path}/files/a.py") == b"one\n"
    alone = await ann.post(f"{path}/revert", {"revision": new, "path": "link"}, 200)
    assert alone == {"id": undone["id"], "left_out": missing}
    refused = await ann.post(f"{path}/restore", {"revision": old, "path": "link"}, 404)
    assert refused["error"]["message"] == "link is a symbolic link in this revision; those are not kept here."
    assert (await ann.get(f"{path}/texts/link?revision={old}", 404))["error"] == refused["error"]


async def test_deletions_are_refused(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU8: main and tags are not deleted by a push; what can be done beside is done."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    assert "nothing is deleted by a push; what is on main stays" in await copy.push(":main", status=1)
    await copy.git("tag", "v1")
    await copy.push("v1")
    assert "nothing is deleted by a push; a named version is" in await copy.push(":refs/tags/v1", status=1)
    await copy.commit(a_py="two\n")
    said = await copy.push("main", "main:refs/heads/side", status=1)
    assert "remote: refs/heads/side: a session has the branch main alone; push to main." in said
    assert "main -> main" in said
    assert "main -> side (a session has the branch main alone; push to main)" in said


async def test_bundle(people: tuple[Person, Person], tmp_path: Path) -> None:
    """GT6: the bundle is what is on the screen, with history and tags; git clones from it."""
    ann, _ = people
    session = await ann.new_session()
    path = f"/api/sessions/{session}/bundle"
    assert (await ann.get(path, 404))["error"]["code"] == "no_revision"
    await ann.put(f"/api/sessions/{session}/files/a.py", b"one\n")
    await ann.post(f"/api/sessions/{session}/revisions", {"name": "First"})
    tab = await ann.tab(session)
    await tab.type(await tab.open("a.py"), 0, "typed\n")
    (tmp_path / "session.bundle").write_bytes(await ann.get(path))
    ran = await run_git(tmp_path, "clone", "-q", "session.bundle", "copy")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "copy/a.py").read_text() == "typed\none\n"
    assert (await run_git(tmp_path / "copy", "tag")).stdout == "First\n"


async def test_limits_of_the_process(people: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch) -> None:
    """GT5: git has its limits before it gets anything of the request; a probe of an empty push is answered."""
    ann, _ = people
    session = await ann.new_session()
    limited = []

    def prlimit(pid: int, bound: int, limits: tuple[int, int]) -> None:
        limited.append((bound, limits[0]))

    monkeypatch.setattr(resource, "prlimit", prlimit)
    login = aiohttp.encode_basic_auth("ann", PASSWORD)
    said = await ann.call(
        "POST", f"/git/{session}.git/git-receive-pack", 200, data=b"0000", headers={"Authorization": login}
    )
    assert said == b""
    assert {bound for bound, _ in limited} == {
        resource.RLIMIT_AS,
        resource.RLIMIT_CPU,
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_CORE,
    }


async def test_who_may_not_push(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU9: read tokens, viewers, commenters, removed members, and whoever in an archived session, get a sentence that git shows."""
    ann, bob = people
    session = await ann.new_session(a_py="one\n")
    await ann.let_in(session, "bob")
    copy = await clone(bob, session)
    await copy.commit(a_py="two\n")
    for role in ("viewer", "commenter"):
        await ann.let_in(session, "bob", role)
        assert f"As {role} you may not do that here" in await copy.push(status=128)
    await ann.let_in(session, "bob", "editor")
    token = (await bob.post("/api/tokens", {"label": "x", "scope": "read"}))["token"]
    url = f"{bob.url.replace('://', f'://bob:{token}@')}/git/{session}.git"
    assert "may only read" in (await copy.git("push", url, "main", status=128)).stderr
    await ann.call("PATCH", f"/api/sessions/{session}", 200, json={"archived": True})
    assert "This session is archived" in await copy.push(status=128)
    await ann.call("PATCH", f"/api/sessions/{session}", 200, json={"archived": False})
    await ann.call("DELETE", f"/api/sessions/{session}/members/bob", 204)
    assert "There is no such session" in await copy.push(status=128)


async def test_the_ref_does_not_move(
    people: tuple[Person, Person], clone: MakeClone, settings: Settings
) -> None:
    """PU6: when everything but the ref is done, the session is opened again with the push in it."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    tab = await ann.tab(session)
    await tab.open("a.py")
    tip = await copy.commit(a_py="one\ntwo\n", b_py="new\n")
    lock = settings.data / f"{session}.git/refs/heads/main.lock"
    lock.touch()
    await copy.push(status=1)
    assert await tab.closed() == 4503
    again = await ann.tab(session)
    assert str((await again.open("a.py")).text) == "one\ntwo\n"
    assert not lock.exists()
    await copy.git("fetch", "-q")
    assert (await copy.git("rev-parse", "origin/main")).stdout.strip() == tip


async def test_opened_while_it_lands(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU6: a file that is opened while a push replaces it is shown as it is, and can be typed into."""
    ann, bob = people
    files = {f"f{n}_txt": "old\n" for n in range(12)}
    session = await ann.new_session(**files)
    await ann.let_in(session, "bob")
    copy = await clone(ann, session)
    await copy.commit(**{name: f"old\nnew {name}\n" for name in files})
    tab = await bob.tab(session)
    pushing = asyncio.create_task(copy.push())
    while not pushing.done():
        for name in files:
            path = name.replace("_", ".")
            if all(peer.path != path for peer in tab.peers.values()):
                await tab.type(await tab.open(path), 0, "typed\n")
                break
        await asyncio.sleep(0.02)
    await pushing
    for name in files:
        path = name.replace("_", ".")
        peer = next((p for p in tab.peers.values() if p.path == path), None) or await tab.open(path)
        await tab.saved(peer)
        await tab.until(lambda peer=peer, name=name: f"new {name}" in str(peer.text), "the push")
        assert str(peer.text).removeprefix("typed\n") == f"old\nnew {name}\n"
    await copy.git("pull", "-q", "--ff-only")
    for peer in tab.peers.values():
        assert (copy.path / peer.path).read_text() == str(peer.text)


async def test_without_the_first_hook(people: tuple[Person, Person], slow: Server) -> None:
    """PU7: what was not looked at does not land, whatever becomes of git's first question."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")

    async def authorise() -> None:
        return

    room = await slow.app[REGISTRY].room(session)
    push = Push(room, Someone(1, "ann", "Ann", 1), authorise)
    _, refs = await push.land([Command("0" * 40, "1" * 40, "refs/heads/main")])
    assert refs == [("refs/heads/main", "the server has not looked at it")]
