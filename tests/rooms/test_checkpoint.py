"""From what people typed to what Git has: windows, files as wholes, restoring, and opening again after a stop."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from code_together.config import Settings
from code_together.http.app import serving
from tests.live import Person

SOURCE = "".join(f"line {i}: value = {i * 7919 % 1000}\n" for i in range(100))


@pytest.fixture
async def session(people: tuple[Person, Person]) -> str:
    ann, bob = people
    id = await ann.new_session(a_py=SOURCE)
    await ann.let_in(id, "bob")
    return id


def git(settings: Settings, session: str, *arguments: str) -> str:
    run = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(settings.data / f"{session}.git"), *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return run.stdout


async def revisions(person: Person, session: str, query: str = "") -> list[dict[str, Any]]:
    page = await person.get(f"/api/sessions/{session}/revisions{query}")
    return list(page["revisions"])


async def test_a_window_of_two(people: tuple[Person, Person], session: str, settings: Settings) -> None:
    """WN4, WN5: after a pause a commit each for Ann and Bob with just what each typed, closed by a merge; blame says who."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    await a.type(pa, 0, "# by ann\n")
    await b.type(pb, len(pb.text), "# by bob\n")
    revision = await a.expect("revision")
    assert [author["name"] for author in revision["authors"]] == ["ann", "bob"]
    assert revision["message"] == "Edit a.py"
    listed = await revisions(ann, session)
    assert [(r["message"], [x["name"] for x in r["authors"]]) for r in listed] == [
        ("Edit a.py", ["ann", "bob"]),
        ("Add a.py", ["ann"]),
    ]
    assert listed[0]["files"] == [{"path": "a.py", "added": 2, "removed": 0}]
    opened = await revisions(ann, session, "?people=1")
    assert [[x["name"] for x in r["authors"]] for r in opened] == [["ann", "bob"], ["bob"], ["ann"], ["ann"]]
    blame = git(settings, session, "blame", "--line-porcelain", "main", "--", "a.py")
    authors = [line[7:] for line in blame.splitlines() if line.startswith("author ")]
    assert authors == ["Ann"] * 101 + ["Bob"]
    assert len(git(settings, session, "log", "--first-parent", "--format=%H", "main").split()) == 2
    subprocess.run(["git", "-C", settings.data / f"{session}.git", "fsck", "--strict"], check=True)
    diff = await ann.get(f"/api/sessions/{session}/revisions/{revision['id']}/diff")
    assert diff["files"][0]["status"] == "changed"
    assert "+# by ann" in diff["files"][0]["diff"]
    lines = (await ann.get(f"/api/sessions/{session}/blame/a.py"))["lines"]
    assert (lines[0]["author"]["name"], lines[-1]["author"]["name"]) == ("ann", "bob")


async def test_typing_goes_on_while_a_window_closes(people: tuple[Person, Person], session: str) -> None:
    """WN3, WN9: windows close again and again under people who type; in the end commit and screen are the same."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    for i in range(30):
        await a.type(pa, 0, f"a{i}\n")
        await b.type(pb, len(pb.text), f"b{i}\n")
        if i % 5 == 0:
            path = f"{ann.url}/api/sessions/{session}/revisions"
            async with ann.http.post(path, json={"message": f"save {i}"}) as saved:
                assert saved.status in (
                    200,
                    201,
                )  # 200: a window has closed just now, and what came after it is still on its way
        await asyncio.sleep(0.01)
    await asyncio.gather(a.saved(pa), b.saved(pb))
    id = (await ann.post(f"/api/sessions/{session}/revisions", {"message": "last", "name": "done"}))["id"]
    text = await ann.get(f"/api/sessions/{session}/files/a.py?revision={id}")
    assert text.decode() == str(pa.text)
    newest = (await revisions(ann, session))[0]
    assert (newest["id"], newest["names"]) == (id, ["done"])


async def test_nothing_to_commit(people: tuple[Person, Person], session: str) -> None:
    """WN6: saving with nothing new gives 200 and the present id, also when what was typed was taken back."""
    ann, _ = people
    a = await ann.tab(session)
    pa = await a.open("a.py")
    before = (await revisions(ann, session))[0]["id"]
    assert (await ann.post(f"/api/sessions/{session}/revisions", {}, 200))["id"] == before
    await a.type(pa, 0, "x")
    await a.saved(pa)
    pa.edit(0, 1, "")
    await a.flush(pa)
    await a.saved(pa)
    assert (await ann.post(f"/api/sessions/{session}/revisions", {}, 200))["id"] == before
    await a.type(pa, 0, "y")
    await a.saved(pa)
    assert (await ann.post(f"/api/sessions/{session}/revisions", {}, 201))["id"] != before


async def test_restore_is_a_live_edit(people: tuple[Person, Person], session: str) -> None:
    """A restored file comes back as an edit that everybody sees, and as a new revision; what was open is committed first."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    first = (await revisions(ann, session))[0]["id"]
    pa.edit(0, 500, "gone\n")
    await a.flush(pa)
    await a.saved(pa)
    id = (await bob.post(f"/api/sessions/{session}/restore", {"revision": first, "path": "a.py"}))["id"]
    await a.until(lambda: str(pa.text) == SOURCE, "the old text")
    await b.until(lambda: str(pb.text) == SOURCE, "the old text")
    listed = await revisions(ann, session)
    assert listed[0]["id"] == id
    assert [r["message"] for r in listed] == [f"Restore a.py from {first[:7]}", "Edit a.py", "Add a.py"]
    assert [x["name"] for x in listed[0]["authors"]] == ["bob"]
    await bob.post(f"/api/sessions/{session}/restore", {"revision": "0" * 40, "path": "a.py"}, 404)
    await bob.post(f"/api/sessions/{session}/restore", {"revision": first, "path": "none"}, 404)
    await bob.post(f"/api/sessions/{session}/restore", {"revision": "--output=x"}, 404)


async def test_restore_the_session(people: tuple[Person, Person], session: str) -> None:
    """Restoring the session brings deleted files back, takes later ones away, and edits those that are open."""
    ann, _ = people
    a = await ann.tab(session)
    pa = await a.open("a.py")
    first = (await revisions(ann, session))[0]["id"]
    await a.type(pa, 0, "new\n")
    await ann.put(f"/api/sessions/{session}/files/src/b.py", b"b\n")
    await ann.put(f"/api/sessions/{session}/files/bin", b"\0\1\2")
    await ann.post(f"/api/sessions/{session}/restore", {"revision": first})
    await a.until(lambda: str(pa.text) == SOURCE, "the old text")
    files = (await ann.get(f"/api/sessions/{session}/files"))["files"]
    assert [file["path"] for file in files] == ["a.py"]


async def test_restoring_is_one_revision(people: tuple[Person, Person], session: str) -> None:
    """A restored session is one revision by who restored it, however many texts come back; typing goes on from there."""
    ann, bob = people
    api = f"/api/sessions/{session}/files"
    await ann.put(f"{api}/b.py", b"b\r\n")
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("b.py")
    first = (await revisions(ann, session))[0]["id"]
    await a.type(pa, 0, "new ")
    await b.type(pb, 0, "new ")
    await a.saved(pa)
    await b.saved(pb)
    await ann.put(f"{api}/c.py", b"c")
    before = len(await revisions(ann, session))
    id = (await bob.post(f"/api/sessions/{session}/restore", {"revision": first}))["id"]
    listed = await revisions(ann, session)
    assert (len(listed), listed[0]["id"]) == (before + 1, id)
    assert [x["name"] for x in listed[0]["authors"]] == ["bob"]
    assert sorted(f["path"] for f in listed[0]["files"]) == ["a.py", "b.py", "c.py"]
    await a.until(lambda: str(pa.text) == SOURCE, "the old text")
    await a.type(pa, 0, "again ")
    await a.saved(pa)
    await ann.commit(session)
    assert (await ann.get(f"{api}/a.py")).decode() == "again " + SOURCE
    assert await ann.get(f"{api}/b.py") == b"b\r\n"


async def test_replacing_changes_the_format(people: tuple[Person, Person], session: str) -> None:
    """WN7: a replaced file has the new bytes exactly, in one revision, also when only its line ends are others."""
    ann, _ = people
    api = f"/api/sessions/{session}/files/t.txt"
    await ann.put(api, b"a\nb\n")
    a = await ann.tab(session)
    peer = await a.open("t.txt")
    before = len(await revisions(ann, session))
    await ann.put(api, b"\xef\xbb\xbfa\r\nb\r\n", 200)
    assert await ann.get(api) == b"\xef\xbb\xbfa\r\nb\r\n"
    assert len(await revisions(ann, session)) == before + 1
    await a.type(peer, 0, "x\n")
    await a.saved(peer)
    await ann.commit(session)
    assert await ann.get(api) == b"\xef\xbb\xbfx\r\na\r\nb\r\n"


async def test_files_as_wholes(people: tuple[Person, Person], session: str) -> None:
    """WN8: upload, replace, rename and delete are revisions at once; open documents follow, and everyone is told."""
    ann, bob = people
    b = await bob.tab(session)
    pb = await b.open("a.py")
    api = f"/api/sessions/{session}/files"
    put = await ann.put(f"{api}/src/b.py", b"b\n")
    assert put["path"] == "src/b.py"
    await ann.put(f"{api}/a.py", SOURCE.replace("line 5:", "LINE 5:").encode(), 200)
    await b.until(lambda: "LINE 5:" in str(pb.text), "the replaced text")
    assert pb.version == 1
    await b.type(pb, 0, "typed\n")
    await b.saved(pb)
    await ann.call("PATCH", f"{api}/a.py", 200, json={"path": "lib/c.py"})
    await b.type(pb, 0, "after\n")
    await b.saved(pb)
    listed = await ann.get(api)
    assert {f["path"]: f.get("doc") for f in listed["files"]} == {"lib/c.py": pb.doc, "src/b.py": None}
    assert (await ann.get(f"{api}/lib/c.py")).decode() == str(pb.text)
    await ann.call("PATCH", f"{api}/src", 200, json={"path": "lib/src"})
    await ann.call("DELETE", f"{api}/lib/c.py", 204)
    assert (await b.expect("error"))["code"] == "document_deleted"
    await b.until(lambda: [f["path"] for f in b.seen["files"][-1]["files"]] == ["lib/src/b.py"], "the files")
    await ann.get(f"{api}/lib/c.py", 404)
    messages = [r["message"] for r in await revisions(ann, session)]
    assert messages == [
        "Delete lib/c.py",
        "Edit c.py",
        "Move src to lib/src",
        "Rename a.py to lib/c.py",
        "Edit a.py",
        "Replace a.py",
        "Add b.py",
        "Add a.py",
    ] or messages == [
        "Delete lib/c.py",
        "Move src to lib/src",
        "Edit c.py",
        "Rename a.py to lib/c.py",
        "Edit a.py",
        "Replace a.py",
        "Add b.py",
        "Add a.py",
    ]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("..%2Fx", 422, "bad_path"),
        (".git/config", 422, "bad_path"),
        ("a%00b", 422, "bad_path"),
        ("a%0Ab", 422, "bad_path"),
        ("a%5Cb", 422, "bad_path"),
        ("CON", 422, "bad_path"),
        ("x" * 300, 422, "bad_path"),
        ("A.PY", 409, "path_taken"),
        ("a.py/b", 409, "path_taken"),
    ],
)
async def test_bad_paths(
    people: tuple[Person, Person], session: str, path: str, status: int, code: str
) -> None:
    """WN8: a path that no file may have, or that is taken, is refused and changes nothing."""
    from yarl import URL

    ann, _ = people
    url = URL(f"{ann.url}/api/sessions/{session}/files/{path}", encoded=True)
    async with ann.http.put(url, data=b"x") as response:
        assert response.status == status
        assert (await response.json())["error"]["code"] == code
    assert len((await ann.get(f"/api/sessions/{session}/files"))["files"]) == 1


async def test_what_is_no_text(people: tuple[Person, Person], session: str) -> None:
    """TX2: a binary file is kept byte for byte and refused as a document with a sentence; the connection lives on."""
    ann, _ = people
    data = bytes(range(256)) * 10
    await ann.put(f"/api/sessions/{session}/files/x.bin", data)
    assert await ann.get(f"/api/sessions/{session}/files/x.bin") == data
    a = await ann.tab(session)
    await a.send({"type": "open", "path": "x.bin"})
    assert (await a.expect("error"))["code"] == "not_text"
    await a.open("a.py")


@pytest.mark.parametrize(
    "data",
    [
        "é\r\nb\r\n".encode(),
        b"\xef\xbb\xbfa\r\nb",
        "a\nü".encode("utf-16"),
        b"mixed\r\nline\nends\r",
        b"no newline",
    ],
    ids=["crlf", "bom", "utf-16", "mixed", "last"],
)
async def test_bytes_survive(people: tuple[Person, Person], session: str, data: bytes) -> None:
    """WN7, TX1, TX3: an edit changes what was typed and nothing else of a file's bytes."""
    ann, _ = people
    await ann.put(f"/api/sessions/{session}/files/t.txt", data)
    a = await ann.tab(session)
    peer = await a.open("t.txt")
    await a.type(peer, 1, "XY")
    await a.saved(peer)
    pa = await ann.get(f"/api/sessions/{session}/files/t.txt")
    id = await ann.commit(session)
    after = await ann.get(f"/api/sessions/{session}/files/t.txt?revision={id}")
    assert after == pa
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    skip = 1 if not data.startswith(b"\xef\xbb\xbf") else 2
    before = data.decode(encoding)
    assert after.decode(encoding) == before[:skip] + "XY" + before[skip:]


async def test_opening_again(settings: Settings) -> None:
    """WN3, SQ4: after a stop the live texts are there, the open window was committed, and clients go on where they were."""
    async with serving(settings) as first:
        ann = await Person.sign_up(first.url, "ann")
        session = await ann.new_session(a_py=SOURCE)
        a = await ann.tab(session)
        pa = await a.open("a.py")
        await a.type(pa, 0, "before\n")
        await a.saved(pa)
    async with serving(settings) as second:
        ann.url = second.url
        await a.connect()
        assert (await a.expect("opened", 2)).get("text") is None
        await a.type(pa, 0, "after\n")
        await a.saved(pa)
        text = await ann.get(f"/api/sessions/{session}/files/a.py")
        assert text.decode() == "after\nbefore\n" + SOURCE
        messages = [r["message"] for r in await revisions(ann, session)]
        assert messages[-2:] == ["Edit a.py", "Add a.py"]
        await ann.close()


def stale(folder: Path) -> None:
    (folder / "refs" / "heads" / "main.lock").touch()
    (folder / "HEAD.lock").touch()


async def test_a_stale_lock(settings: Settings) -> None:
    """WN10: locks that a killed server left do not keep the next one from committing."""
    async with serving(settings) as first:
        ann = await Person.sign_up(first.url, "ann")
        session = await ann.new_session(a_py=SOURCE)
    stale(settings.data / f"{session}.git")
    async with serving(settings) as second:
        ann.url = second.url
        await ann.put(f"/api/sessions/{session}/files/b.py", b"b\n")
        await ann.close()


async def test_a_damaged_file_below_a_text(
    people: tuple[Person, Person], session: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WN13: where writing the next revision hangs at a damaged file, people are told; what they type is kept, and committed when it is well again."""
    monkeypatch.setattr("code_together.rooms.workers._WRITE_SECONDS", 0.5)
    monkeypatch.setattr("code_together.rooms.workers._REST_SECONDS", 0.0)
    ann, _ = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    id = git(settings, session, "rev-parse", "main:a.py").strip()
    file = settings.data / f"{session}.git" / "objects" / id[:2] / id[2:]
    whole = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(whole[:-8])
    await tab.type(peer, 0, "typed\n")
    told = await tab.expect("error")
    assert (told["code"], told["fatal"]) == ("not_committed", False)
    assert "What is typed is kept" in told["message"]
    await tab.saved(peer)
    file.write_bytes(whole)
    monkeypatch.setattr("code_together.rooms.workers._WRITE_SECONDS", 60.0)  # a slow machine is no damage
    await tab.expect("revision")
    assert git(settings, session, "show", "main:a.py").startswith("typed\nline 0")
    assert len(tab.seen["error"]) == 1
