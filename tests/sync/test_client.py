"""A folder and a session in step, with a real server."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter

import pytest

from code_together.errors import Conflict, NotAllowed, NotLoggedIn
from code_together.sync import state
from tests.live import Person
from tests.sync.conftest import Place, Running


async def test_download(place: Place) -> None:
    """SY1: into an empty folder comes what the session has, byte by byte."""
    files = {
        "a.py": b"print(1)\n",
        "deep/er/b.txt": b"no end",
        "bom.txt": b"\xef\xbb\xbfone\r\ntwo\r\n",
        "old.txt": "caf\xe9\n".encode("cp1252"),
        "dot.png": b"\x89PNG\0\1",
        "empty": b"",
    }
    for path, data in files.items():
        await place.put(path, data)
    here = await place.sync()
    await here.in_step()
    for path, data in files.items():
        assert (here.root / path).read_bytes() == data, path
    assert (here.root / state.NAME).stat().st_mode & 0o777 == 0o600
    assert await here.stop() == []


async def test_upload(place: Place) -> None:
    """SY1: into an empty session goes what the folder has, in one revision, but for what is ignored."""
    root = place.tmp_path / "here"
    (root / "src").mkdir(parents=True)
    (root / ".git").mkdir()
    files = {"src/a.py": b"a\r\n", "b.png": b"\0\1", "c.txt": b"c", ".gitignore": b"*.log\n", "d": b""}
    for path, data in files.items():
        (root / path).write_bytes(data)
    for path in (".git/config", "x.log", "a.py~", ".b.swp", ".#c", "4913"):
        (root / path).write_bytes(b"x")
    (root / "link").symlink_to("/etc/passwd")
    here = await place.sync()
    await here.in_step()
    for path, data in files.items():
        assert await place.bytes(path) == data, path
    assert await place.paths() == sorted(files)
    revisions = await place.ann.get(f"/api/sessions/{place.session}/revisions")
    assert len(revisions["revisions"]) == 1
    assert await here.stop() == []
    assert {path.name for path in root.iterdir()} >= {"link", "x.log"}


async def test_both_ways(place: Place) -> None:
    """SY2: what is typed in the browser comes into the file, what is saved in the file comes to the browser."""
    await place.put("a.py", "one\n")
    here = await place.sync()
    await here.in_step()
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "zero\n")
    await here.has("a.py", "zero\none\n")
    (here.root / "a.py").write_text("zero\none\ntwo\n")
    await tab.until(lambda: str(peer.text) == "zero\none\ntwo\n", "the save")
    temporary = here.root / "new"
    temporary.write_text("zero\nONE\ntwo\n")
    temporary.replace(here.root / "a.py")
    await tab.until(lambda: str(peer.text) == "zero\nONE\ntwo\n", "the save by renaming")
    assert await here.stop() == []


async def test_same_moment(place: Place) -> None:
    """SY3: two folders and a browser edit one file at the same time: all texts are equal, every token is there once."""
    await place.put("a.txt", "".join(f"line {i}\n" for i in range(40)))
    one, two = await place.sync("one"), await place.sync("two")
    await one.in_step()
    await two.in_step()
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    tokens = []
    for i in range(25):
        for running, line in ((one, 5), (two, 30)):
            lines = (running.text("a.txt") or "").splitlines(keepends=True)
            token = f"<{running.root.name} {i}>"
            at = next(n for n, text in enumerate(lines) if text == f"line {line}\n")
            lines.insert(at, token + "\n")
            tokens.append(token)
            (running.root / "a.txt").write_text("".join(lines))
            await running.until(lambda r=running: any("sent a.txt" in s for s in r.said), "the sending")
        await tab.type(peer, 0, f"<tab {i}>\n")
        tokens.append(f"<tab {i}>")
        await asyncio.sleep(0.15)
    await tab.saved(peer)
    for running in (one, two):
        await running.until(
            lambda r=running: all(f"{t}\n" in (r.text("a.txt") or "") for t in tokens), "all tokens"
        )
    assert await one.stop() == []
    assert await two.stop() == []
    counts = Counter((one.text("a.txt") or "").splitlines())
    assert {counts[token] for token in tokens} == {1}
    assert one.text("a.txt") == two.text("a.txt")
    await place.has("a.txt", (one.text("a.txt") or "").encode())


async def test_offline(place: Place) -> None:
    """SY4: what both sides changed while the client was not running is merged on its return."""
    await place.put("a.txt", "one\ntwo\nthree\n")
    await place.put("gone.txt", "x\n")
    await place.put("moved.txt", "moved\n")
    here = await place.sync()
    await here.in_step()
    assert await here.stop() == []
    (here.root / "a.txt").write_text("one here\ntwo\nthree\n")
    (here.root / "new.txt").write_text("new\n")
    (here.root / "gone.txt").unlink()
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    await tab.type(peer, len("one\ntwo\nthree\n"), "four there\n")
    await place.rename("moved.txt", "to/moved.txt")
    again = await place.sync()
    await again.in_step()
    await again.has("a.txt", "one here\ntwo\nthree\nfour there\n")
    await tab.until(lambda: str(peer.text) == "one here\ntwo\nthree\nfour there\n", "the merge")
    assert await place.bytes("new.txt") == b"new\n"
    assert await place.bytes("gone.txt") is None
    assert again.text("to/moved.txt") == "moved\n"
    assert again.text("moved.txt") is None
    assert await again.stop() == []


async def test_one_line_on_both_sides(place: Place) -> None:
    """SY4, PU5: a line that both sides replaced while the client was not running is there as each of them has it, and this is said."""
    await place.put("a.txt", "line 0\nline 1\n")
    here = await place.sync()
    await here.in_step()
    assert await here.stop() == []
    (here.root / "a.txt").write_text("0 here\nand more here\nline 1\n")
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    peer.edit(0, len("line 0"), "there is a 0")
    await tab.flush(peer)
    await tab.saved(peer)
    again = await place.sync()
    await again.in_step()
    merged = "there is a 0\n0 here\nand more here\nline 1\n"
    await again.has("a.txt", merged)
    await tab.until(lambda: str(peer.text) == merged, "the merge")
    assert "a.txt, line 1: changed on both sides; both versions stand there now" in again.said
    assert await again.stop() == []


async def test_first_meeting(place: Place) -> None:
    """SY1: when both sides have files they are not mixed, but with --merge; then what differs here is kept beside."""
    await place.put("a.txt", "there\n")
    await place.put("same.txt", "same\n")
    root = place.tmp_path / "here"
    root.mkdir()
    (root / "a.txt").write_text("here\n")
    (root / "same.txt").write_text("same\n")
    with pytest.raises(Conflict, match="--merge"):
        await (await place.sync()).end()
    assert (root / "a.txt").read_text() == "here\n"
    assert not (root / state.NAME).exists()
    here = await place.sync(merge=True)
    await here.in_step()
    assert here.text("a.txt") == "there\n"
    (other,) = root.glob("a (from ann, *).txt")
    assert other.read_text() == "here\n"
    await place.has(other.name, b"here\n")
    assert len(list(root.glob("same*"))) == 1


async def test_binary_on_both_sides(place: Place) -> None:
    """SY5: a file that is no text follows; changed on both sides, the session's takes the place and the other is kept beside."""
    await place.put("a.png", b"\0one")
    here = await place.sync()
    await here.in_step()
    await place.put("a.png", b"\0two", 200)
    await here.until(lambda: (here.root / "a.png").read_bytes() == b"\0two", "the new picture")
    (here.root / "a.png").write_bytes(b"\0three")
    await place.has("a.png", b"\0three")
    await here.stop()
    (here.root / "a.png").write_bytes(b"\0mine")
    await place.put("a.png", b"\0hers", 200)
    again = await place.sync()
    await again.heard("changed on both sides")
    await again.in_step()
    assert (again.root / "a.png").read_bytes() == b"\0hers"
    (other,) = again.root.glob("a (from ann, *).png")
    assert other.read_bytes() == b"\0mine"
    await place.has(other.name, b"\0mine")


@pytest.mark.parametrize("before", [b"plain\7\n", b"\0was binary\n"])
async def test_text_kept_whole_changed_or_deleted_while_away(place: Place, before: bytes) -> None:
    """SY4, SY5, SY6: what was changed or deleted here alone goes there, although the session lists the file as text and without its contents' id."""
    root = place.tmp_path / "here"
    await place.put("keep.txt", b"k\n")
    await place.put("whole", before)
    here = await place.sync()
    await here.in_step()
    if b"\0" in before:
        await place.put("whole", b"is text\n", 200)
        await here.until(lambda: (root / "whole").read_bytes() == b"is text\n", "the text")
    await here.stop()
    with (root / "whole").open("ab") as file:
        file.write(b"mine\n")
    mine = (root / "whole").read_bytes()
    here = await place.sync(once=True)
    assert await here.end() == []
    assert "sent whole" in here.said
    assert await place.bytes("whole") == mine
    (root / "whole").unlink()
    here = await place.sync(once=True)
    assert await here.end() == []
    assert "deleted whole in the session" in here.said
    assert await place.paths() == ["keep.txt"]
    assert [path.name for path in root.glob("whole*")] == []


async def test_text_kept_whole_on_both_sides(place: Place) -> None:
    """SY5, SY6: such a text that was changed there, too, is kept beside, and one that was deleted here comes back."""
    await place.put("a", b"one\7\n")
    await place.put("b", b"one\7\n")
    here = await place.sync()
    await here.in_step()
    await here.stop()
    (here.root / "a").write_bytes(b"mine\7\n")
    (here.root / "b").unlink()
    for path in ("a", "b"):
        await place.put(path, b"hers\7\n", 200)
    again = await place.sync()
    await again.in_step()
    assert "received b" in again.said
    assert [(again.root / path).read_bytes() for path in ("a", "b")] == [b"hers\7\n"] * 2
    (other,) = again.root.glob("a (from ann, *)")
    assert other.read_bytes() == b"mine\7\n"


async def test_deleting(place: Place) -> None:
    """SY6: a deletion follows both ways; a folder that is empty then goes, too."""
    for path in ("a.txt", "b.txt", "folder/c.txt", "d.png"):
        await place.put(path, "\0" if path == "d.png" else "x\n")
    here = await place.sync()
    await here.in_step()
    (here.root / "a.txt").unlink()
    await place.has("a.txt", None)
    (here.root / "d.png").unlink()
    await place.has("d.png", None)
    await place.delete("folder/c.txt")
    await here.until(lambda: not (here.root / "folder").exists(), "the folder to go")
    assert await here.stop() == []


async def test_deleted_here_typed_there(place: Place) -> None:
    """SY6: a file that is deleted here, while somebody typed in it there, stays on both sides."""
    await place.put("a.txt", "x\n")
    here = await place.sync()
    await here.in_step()
    await here.stop()
    (here.root / "a.txt").unlink()
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    await tab.type(peer, 0, "typed ")
    again = await place.sync()
    await again.has("a.txt", "typed x\n")
    await again.heard("deleted here while somebody typed")
    assert await place.bytes("a.txt") == b"typed x\n"


async def test_deleted_there_changed_here(place: Place) -> None:
    """SY6: a file that is deleted there, but was changed here, stays here and goes there again."""
    await place.put("a.txt", "x\n")
    here = await place.sync()
    await here.in_step()
    await here.stop()
    (here.root / "a.txt").write_text("x and more\n")
    await place.delete("a.txt")
    again = await place.sync()
    await again.heard("was deleted in the session, but has changes")
    await place.has("a.txt", b"x and more\n")
    assert again.text("a.txt") == "x and more\n"


async def test_renaming(place: Place) -> None:
    """SY6: a renaming is one on the other side: the document keeps its id, and who types in it goes on."""
    await place.put("a.txt", "x\n")
    await place.put("b.png", b"\0")
    here = await place.sync()
    await here.in_step()
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    (here.root / "sub").mkdir()
    (here.root / "a.txt").rename(here.root / "sub" / "b.txt")
    await here.heard("renamed a.txt to sub/b.txt in the session")
    await tab.type(peer, 0, "still ")
    await here.has("sub/b.txt", "still x\n")
    await place.rename("sub", "other")
    await here.has("other/b.txt", "still x\n")
    await here.until(lambda: not (here.root / "sub").exists(), "the old folder to go")
    await place.rename("b.png", "c.png")
    await here.until(lambda: (here.root / "c.png").exists() and not (here.root / "b.png").exists(), "c.png")
    (here.root / "other" / "b.txt").write_text("still here\n")
    await tab.until(lambda: str(peer.text) == "still here\n", "the edit after it")
    assert await here.stop() == []


async def test_exchanged_names(place: Place) -> None:
    """SY6: two files that exchange their names there, while the client is away, do so here."""
    await place.put("a.txt", "a\n")
    await place.put("b.txt", "b\n")
    here = await place.sync()
    await here.in_step()
    await here.stop()
    for old, new in (("a.txt", "c.txt"), ("b.txt", "a.txt"), ("c.txt", "b.txt")):
        await place.rename(old, new)
    again = await place.sync()
    await again.in_step()
    await again.has("a.txt", "b\n")
    await again.has("b.txt", "a\n")
    assert sorted(path.name for path in again.root.glob("*.txt")) == ["a.txt", "b.txt"]


async def test_vim(place: Place) -> None:
    """SY3: an editor that puts the old file aside and writes a new one deletes nothing; its backup is not sent."""
    await place.put("a.txt", "x\n")
    here = await place.sync()
    await here.in_step()
    (here.root / "a.txt").rename(here.root / "a.txt~")
    await asyncio.sleep(0.5)
    (here.root / "a.txt").write_text("y\n")
    (here.root / "a.txt~").unlink()
    await place.has("a.txt", b"y\n")
    assert not any("deleted" in line for line in here.said)


async def test_looking_only(place: Place) -> None:
    """SY8: who may only look has what others do, around what was changed here, which is not sent."""
    await place.put("a.txt", "one\ntwo\n")
    bob = await Person.sign_up(place.server.url, "bob")
    await place.ann.let_in(place.session, "bob", "viewer")
    here = await place.sync("bob", bob)
    await here.in_step()
    (here.root / "a.txt").write_text("one here\ntwo\n")
    await here.heard("not sent: you may only look")
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    await tab.type(peer, len("one\ntwo\n"), "three\n")
    await here.has("a.txt", "one here\ntwo\nthree\n")
    assert str(peer.text) == "one\ntwo\nthree\n"
    await place.ann.let_in(place.session, "bob", "editor")
    await tab.until(lambda: str(peer.text) == "one here\ntwo\nthree\n", "what waited")
    await here.stop()
    await bob.close()


async def test_symbolic_links(place: Place) -> None:
    """SY7: nothing is written through a symbolic link."""
    outside = place.tmp_path / "outside"
    outside.mkdir()
    root = place.tmp_path / "here"
    root.mkdir()
    (root / "link").symlink_to(outside)
    (root / "b.txt").symlink_to(outside / "b.txt")
    await place.put("link/a.txt", "x\n")
    await place.put("b.txt", "x\n")
    here = await place.sync()
    await here.heard("link is a symbolic link here")
    await here.not_in_step("b.txt", "link/a.txt")
    assert list(outside.iterdir()) == []
    assert (root / "b.txt").is_symlink()
    assert await place.bytes("b.txt") == b"x\n"


async def test_all_gone(place: Place) -> None:
    """SY6: a folder that lost all its files at once, as one that is not mounted, deletes nothing in the session."""
    for i in range(6):
        await place.put(f"{i}.txt", "x\n")
    here = await place.sync()
    await here.in_step()
    for path in here.root.glob("*.txt"):
        path.unlink()
    with pytest.raises(Conflict, match="Nothing was deleted"):
        await here.end()
    assert len(await place.paths()) == 6


async def test_two_clients(place: Place) -> None:
    """SY9: one folder is kept in step by one client."""
    here = await place.sync()
    await here.in_step()
    with pytest.raises(Conflict, match="already"):
        await (await place.sync()).end()


async def test_a_copied_folder(place: Place) -> None:
    """SY9: a copy of a folder goes on under a client id of its own, beside the original."""
    await place.put("a.txt", "x\n")
    here = await place.sync("here")
    await here.in_step()
    await here.stop()
    shutil.copytree(here.root, place.tmp_path / "copy")
    one, two = await place.sync("here"), await place.sync("copy")
    await one.in_step()
    await two.in_step()
    (one.root / "a.txt").write_text("one x\n")
    await two.has("a.txt", "one x\n")
    (two.root / "a.txt").write_text("one x two\n")
    await one.has("a.txt", "one x two\n")


async def test_tokens(place: Place) -> None:
    """SY8: a wrong token, or a removed member, ends it with a sentence."""
    with pytest.raises(NotLoggedIn, match="token"):
        await Running(place.url, place.tmp_path / "wrong", "no-token").end()
    bob = await Person.sign_up(place.server.url, "bob")
    await place.ann.let_in(place.session, "bob")
    here = await place.sync("bob", bob)
    await here.in_step()
    await place.ann.call("DELETE", f"/api/sessions/{place.session}/members/bob", 204)
    with pytest.raises(NotAllowed, match="member"):
        await here.end()
    await bob.close()


async def test_once(place: Place) -> None:
    """SY2: with --once it ends when both sides are in step."""
    await place.put("a.txt", "x\n")
    root = place.tmp_path / "here"
    here = await place.sync(once=True)
    assert await here.end() == []
    (root / "a.txt").write_text("y\n")
    (root / "b.txt").write_text("b\n")
    assert await (await place.sync(once=True)).end() == []
    assert await place.bytes("a.txt") == b"y\n"
    assert await place.bytes("b.txt") == b"b\n"
