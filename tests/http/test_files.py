from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from code_together.config import Settings
from code_together.http.keys import DATABASE
from code_together.storage.datafolder import FILE_NAME
from tests.conftest import Server, Start
from tests.git import zips
from tests.live import Person


@pytest.fixture
async def ann(server: Server) -> AsyncIterator[Person]:
    ann = await Person.sign_up(server.url, "ann")
    yield ann
    await ann.close()


def api(session: str, path: str = "") -> str:
    return f"/api/sessions/{session}/files" + (f"/{path}" if path else "")


async def copy(ann: Person, session: str, path: str, to: str, status: int = 201) -> Any:
    return await ann.call("POST", api(session, path), status, json={"copy_to": to})


async def names(ann: Person, session: str) -> list[str]:
    return [file["path"] for file in (await ann.get(api(session)))["files"]]


async def deleted(ann: Person, session: str, query: str = "", status: int = 200) -> Any:
    return await ann.get(f"/api/sessions/{session}/deleted{query}", status)


async def test_copy(ann: Person) -> None:
    """FL1: a copy has what is on the screen, is a revision by its author at once, and everyone hears of it."""
    id = await ann.new_session(a_py="one\n")
    tab = await ann.tab(id)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "live ")
    await tab.saved(peer)
    made = await copy(ann, id, "a.py", "a copy.py")
    assert (made["path"], made["size"], made["binary"]) == ("a copy.py", 9, False)
    assert await ann.get(api(id, "a copy.py")) == b"live one\n"
    await tab.until(
        lambda: any("a copy.py" in str(m["files"]) for m in tab.seen["files"]), "the copy to be listed"
    )
    newest = (await ann.get(f"/api/sessions/{id}/revisions"))["revisions"][0]
    assert newest["message"] == "Copy a.py to a copy.py"
    assert [author["name"] for author in newest["authors"]] == ["ann"]
    twin = await tab.open("a copy.py")
    assert twin.doc != peer.doc


async def test_copy_of_a_folder(ann: Person) -> None:
    """FL1: a folder is copied with all that is in it, in one revision."""
    id = await ann.new_session()
    await ann.put(api(id, "src/a.py"), b"a")
    await ann.put(api(id, "src/deep/b.bin"), b"\0b")
    await copy(ann, id, "src", "src/again")
    assert await names(ann, id) == ["src/a.py", "src/again/a.py", "src/again/deep/b.bin", "src/deep/b.bin"]
    assert await ann.get(api(id, "src/again/deep/b.bin")) == b"\0b"
    assert len((await ann.get(f"/api/sessions/{id}/revisions"))["revisions"]) == 3


@pytest.mark.parametrize(
    ("to", "status", "code"),
    [
        ("../x", 422, "bad_path"), ("/etc/passwd", 422, "bad_path"), ("a//b", 422, "bad_path"),
        ("a/./b", 422, "bad_path"), ("a\0b", 422, "bad_path"), ("a\\b", 422, "bad_path"), ("", 422, "bad_path"),
        ("C:x", 422, "bad_path"), (".git/hooks/x", 422, "bad_path"), ("s/.GIT/x", 422, "bad_path"),
        ("git~1", 422, "bad_path"), (".g\u200cit/config", 422, "bad_path"), (".gitmodules", 422, "bad_path"),
        ("CON", 422, "bad_path"), ("x" * 300, 422, "bad_path"), ("y/" * 600 + "z", 422, "bad_path"),
        ("A.PY", 409, "path_taken"), ("a.py", 409, "path_taken"), ("a.py/b", 409, "path_taken"),
        ("S/x", 409, "path_taken"), ("s", 409, "path_taken"), ("s/E\u0301", 409, "path_taken"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_bad_paths(ann: Person, method: str, to: str, status: int, code: str) -> None:
    """FL1 and WN8: neither a copy nor a rename goes to a path that no file may have, or that is taken; nothing changes."""
    id = await ann.new_session(a_py="one\n", b_py="two\n")
    await ann.put(api(id, "s/\u00e9"), b"x")
    if method == "PATCH" and to in ("A.PY", "a.py", "a.py/b"):
        to = to.replace("a.py", "b.py").replace("A.PY", "B.PY")
    body = {"copy_to": to} if method == "POST" else {"path": to}
    refused = await ann.call(method, api(id, "a.py"), status, json=body)
    assert refused["error"]["code"] == code
    assert await names(ann, id) == ["a.py", "b.py", "s/\u00e9"]


async def test_copies_have_limits(start: Start) -> None:
    """FL1: what does not fit into the session is refused whole; what is not there cannot be copied."""
    server = await start(session_files=3)
    ann = await Person.sign_up(server.url, "ann")
    id = await ann.new_session()
    await ann.put(api(id, "s/a"), b"a")
    await ann.put(api(id, "s/b"), b"b")
    assert (await copy(ann, id, "s", "t", 413))["error"]["code"] == "too_many_files"
    assert (await copy(ann, id, "z", "t", 404))["error"]["code"] == "no_file"
    await copy(ann, id, "s/a", "t")
    assert await names(ann, id) == ["s/a", "s/b", "t"]
    await ann.call("DELETE", api(id, "t"), 204)
    [gone] = (await deleted(ann, id))["files"]
    await ann.put(api(id, "u"), b"u")
    body = {"revision": gone["revision"], "path": "t"}
    refused = await ann.post(f"/api/sessions/{id}/restore", body, 413)
    assert refused["error"]["code"] == "too_many_files"
    await ann.close()


async def test_two_move_at_once(ann: Person, server: Server) -> None:
    """FL2: of two who move one file at once, or two files to one name, one wins; the other is told what happened."""
    bob = await Person.sign_up(server.url, "bob")
    id = await ann.new_session(a_py="a", b_py="b")
    await ann.let_in(id, "bob")

    async def move(who: Person, path: str, to: str) -> tuple[int, str]:
        async with who.http.patch(who.url + api(id, path), json={"path": to}) as answer:
            body = await answer.json()
            return answer.status, body["error"]["message"] if "error" in body else ""

    one, other = await asyncio.gather(move(ann, "a.py", "x/a.py"), move(bob, "a.py", "y/a.py"))
    assert sorted([one[0], other[0]]) == [200, 404]
    assert "There is no file a.py: it may have been moved or deleted meanwhile." in (one[1], other[1])
    [moved] = [name for name in await names(ann, id) if name.endswith("/a.py")]
    one, other = await asyncio.gather(move(ann, moved, "z.py"), move(bob, "b.py", "z.py"))
    assert sorted([one[0], other[0]]) == [200, 409]
    sentences = {
        f"{path} cannot be renamed to z.py: there is already z.py. Choose another name."
        for path in (moved, "b.py")
    }
    assert sentences & {one[1], other[1]}
    await bob.close()


async def test_deleted_files(ann: Person) -> None:
    """FL3, FL4: a deleted file is listed with when and by whom, can be looked at, and comes back by a restore, as it was on the screen."""
    id = await ann.new_session(a_py="one\n", b_py="b")
    assert await deleted(ann, id) == {"files": [], "next": None, "complete": True}
    tab = await ann.tab(id)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "typed ")
    await tab.saved(peer)
    await ann.call("DELETE", api(id, "a.py"), 204)
    await ann.call("PATCH", api(id, "b.py"), 200, json={"path": "c.py"})
    [gone] = (await deleted(ann, id))["files"]
    assert (gone["path"], gone["size"], gone["binary"], gone["by"][0]["name"]) == ("a.py", 10, False, "ann")
    assert gone["at"].endswith("Z")
    assert await ann.get(api(id, f"a.py?revision={gone['revision']}")) == b"typed one\n"
    await ann.post(f"/api/sessions/{id}/restore", {"revision": gone["revision"], "path": "a.py"})
    assert await ann.get(api(id, "a.py")) == b"typed one\n"
    assert (await deleted(ann, id))["files"] == []


async def test_pages_of_deleted_files(ann: Person) -> None:
    """FL3: the list is paged; a page that is none, or of another session, is 404."""
    id = await ann.new_session()
    assert (await deleted(ann, id))["files"] == []
    data = zips.zipped([(f"d/{n}", b"%d" % n) for n in range(5)])
    await ann.call(
        "POST", f"/api/sessions/{id}/import", 201, data=data, headers={"Content-Type": "application/zip"}
    )
    await ann.call("DELETE", api(id, "d"), 204)
    first = await deleted(ann, id, "?limit=3")
    second = await deleted(ann, id, f"?limit=3&before={first['next']}")
    assert [file["path"] for file in first["files"] + second["files"]] == [f"d/{n}" for n in range(5)]
    assert second["next"] is None
    for bad in ("x", "..%2F..", "--output=x"):
        assert (await deleted(ann, id, f"?before={bad}", 404))["error"]["code"] == "no_revision"
    assert (await deleted(ann, id, "?limit=0", 400))["error"]["code"] == "malformed"


async def test_who_asks_is_told_what_changed(ann: Person) -> None:
    """RM12: one who asked is told of each operation what is otherwise; that leads to the list which others are given."""
    id = await ann.new_session(a_py="a")
    for number in range(50):
        await ann.put(api(id, f"many/{number:02}.txt"), b"x")
    live = f"{ann.url}/api/sessions/{id}/live"
    async with ann.http.ws_connect(live) as old, ann.http.ws_connect(live) as new:
        await old.send_json({"type": "hello", "protocol": 1})
        await new.send_json({"type": "hello", "protocol": 1, "files_delta": True})
        known = {file["path"]: file for file in (await said(new, "welcome"))["files"]}
        await said(old, "welcome")
        await ann.put(api(id, "b.py"), b"b")
        await ann.call("PATCH", api(id, "many"), 200, json={"path": "few"})
        await ann.call("DELETE", api(id, "a.py"), 204)
        for changed, removed, moved in (
            (1, 0, None),
            (50, 50, {"from": "many", "to": "few"}),
            (0, 1, None),
        ):
            whole, delta = await said(old, "files"), await said(new, "files_changed")
            assert (len(delta["changed"]), len(delta["removed"])) == (changed, removed)
            assert delta.get("moved") == whole.get("moved") == moved
            assert delta["revision"] == whole["revision"]
            for path in delta["removed"]:
                del known[path]
            known |= {file["path"]: file for file in delta["changed"]}
            assert [known[path] for path in sorted(known)] == whole["files"]


async def said(socket: aiohttp.ClientWebSocketResponse, type: str) -> Any:
    """The next message of a type."""
    while (message := await socket.receive_json(timeout=10))["type"] != type:
        pass
    return message


async def test_read_while_an_edit_cannot_be_saved(start: Start, settings: Settings) -> None:
    """P10, JR3: while nothing can be saved, who reads a file gets what is saved of it, and not what somebody types in vain."""
    server = await start()
    ann = await Person.sign_up(server.url, "ann")
    id = await ann.new_session(a_py="first\n")
    tab = await ann.tab(id)
    peer = await tab.open("a.py")
    await asyncio.wrap_future(
        server.app[DATABASE].submit(lambda connection: connection.execute("PRAGMA busy_timeout = 300"))
    )
    other = sqlite3.connect(settings.data / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        peer.edit(0, 0, "in vain ")
        await tab.send(peer.push())
        await asyncio.sleep(0.05)
        assert await ann.get(api(id, "a.py")) == b"first\n"
        assert tab.seen["error"][0]["code"] == "not_saved"
    finally:
        other.execute("ROLLBACK")
        other.close()
        await ann.close()


async def test_executable(ann: Person) -> None:
    """FL9: PUT, PATCH, a copy, a rename, typing and a zip that goes out and comes in keep what is executable; a restore brings it back."""
    id = await ann.new_session(a_py="one\n", b_py="two\n")

    async def executable() -> list[str]:
        listed = (await ann.get(api(id)))["files"]
        newest = (await ann.get(f"/api/sessions/{id}/revisions"))["revisions"][0]["id"]
        then = (await ann.get(api(id) + f"?revision={newest}"))["files"]
        found = [file["path"] for file in listed if file.get("executable")]
        assert [file["path"] for file in then if file.get("executable")] == found
        return found

    plain = await ann.commit(id)
    tab = await ann.tab(id)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "typed ")
    changed = await ann.call("PATCH", api(id, "a.py"), 200, json={"executable": True})
    assert changed["executable"] is True
    newest = (await ann.get(f"/api/sessions/{id}/revisions"))["revisions"][0]
    assert newest["message"] == "Make a.py executable"
    await ann.call("PATCH", api(id, "a.py"), 200, json={"executable": True})
    assert (await ann.get(f"/api/sessions/{id}/revisions"))["revisions"][0]["id"] == newest["id"]
    await tab.type(peer, 0, "more ")
    await tab.saved(peer)
    await ann.commit(id)
    assert await executable() == ["a.py"]
    await ann.put(api(id, "new.sh?executable=1"), b"new\n")
    await ann.put(api(id, "b.py?executable=1"), b"two\n", 200)
    await ann.put(api(id, "a.py"), b"replaced\n", 200)
    await copy(ann, id, "a.py", "c.py")
    moved = {"path": "d.py", "executable": False}
    assert "executable" not in await ann.call("PATCH", api(id, "c.py"), 200, json=moved)
    assert await executable() == ["a.py", "b.py", "new.sh"]
    full = await ann.commit(id)
    await ann.post(f"/api/sessions/{id}/restore", {"revision": plain})
    assert await executable() == []
    await ann.post(f"/api/sessions/{id}/restore", {"revision": full})
    assert await executable() == ["a.py", "b.py", "new.sh"]

    archive = await ann.get(f"/api/sessions/{id}/archive.zip")
    other = await ann.new_session()
    headers = {"Content-Type": "application/zip"}
    await ann.call("POST", f"/api/sessions/{other}/import", 201, data=archive, headers=headers)
    listed = (await ann.get(api(other)))["files"]
    assert [file["path"] for file in listed if file.get("executable")] == ["a.py", "b.py", "new.sh"]

    refused = await ann.call("PATCH", api(id, "a.py"), 422, json={})
    assert refused["error"]["code"] == "nothing_to_change"
    await ann.call("PATCH", api(id, "nothing.py"), 404, json={"executable": True})
    await ann.call("PATCH", api(id, "a.py"), 422, json={"executable": "yes"})
    await ann.call("PUT", api(id, "a.py?executable=x"), 400, data=b"")
