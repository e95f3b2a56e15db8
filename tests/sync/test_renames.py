"""Files and folders that were renamed here, there, or on both sides."""

from __future__ import annotations

from code_together.sync import state
from tests.sync.conftest import Place, Running

LINES = "".join(f"line {i}\n" for i in range(9))


def below(running: Running) -> dict[str, bytes]:
    """What the folder has, by path, without what the client keeps."""
    files = [path for path in running.root.rglob("*") if path.is_file() and path.name != state.NAME]
    return {path.relative_to(running.root).as_posix(): path.read_bytes() for path in files}


async def same(place: Place, running: Running, paths: list[str]) -> dict[str, bytes]:
    """Waits until both sides are in step; gives what they have, which is at these paths."""
    await running.in_step()
    assert await running.stop() == [], running.said
    here = below(running)
    assert sorted(here) == sorted(paths) == await place.paths(), running.said
    for path, data in here.items():
        assert await place.bytes(path) == data, path
    return here


async def test_a_file_on_both_sides(place: Place) -> None:
    """SY6: renamed here while the client was away, and otherwise there: it has the session's name, all edits of both are in it, and this is said."""
    await place.put("a.txt", LINES)
    await place.put("a.png", b"\0picture")
    await place.put("other.txt", "other\n")
    here = await place.sync()
    await here.in_step()
    await here.stop()
    (here.root / "a.txt").rename(here.root / "b.txt")
    (here.root / "b.txt").write_text(LINES.replace("line 2", "here 2"))
    (here.root / "a.png").rename(here.root / "b.png")
    await place.rename("a.txt", "c.txt")
    await place.rename("a.png", "c.png")
    tab = await place.ann.tab(place.session)
    peer = await tab.open("c.txt")
    await tab.type(peer, 0, "typed\n")
    again = await place.sync()
    has = await same(place, again, ["c.png", "c.txt", "other.txt"])
    assert has["c.txt"].decode() == "typed\n" + LINES.replace("line 2", "here 2")
    assert has["c.png"] == b"\0picture"
    for kind in ("txt", "png"):
        said = f"a.{kind} was renamed to b.{kind} here and to c.{kind} in the session: it is c.{kind} now"
        assert said in again.said


async def test_to_one_name_on_both_sides(place: Place) -> None:
    """SY6: renamed to the same name on both sides, edits are merged; where another file is at that name here it is kept beside."""
    for name in ("a", "b"):
        await place.put(f"{name}.txt", LINES)
    here = await place.sync()
    await here.in_step()
    await here.stop()
    (here.root / "a.txt").rename(here.root / "A2.txt")
    (here.root / "A2.txt").write_text(LINES.replace("line 2", "here 2"))
    (here.root / "b.txt").unlink()
    (here.root / "B2.txt").write_text("something else\n")
    for name in "ab":
        await place.rename(f"{name}.txt", f"{name.upper()}2.txt")
    await place.put("A2.txt", LINES + "there\n", 200)
    again = await place.sync()
    await again.heard("B2.txt differs on both sides: yours is kept as B2 (from ann, ")
    (copy,) = again.root.glob("B2 (from ann, *")
    has = await same(place, again, ["A2.txt", "B2.txt", copy.name])
    assert has["A2.txt"].decode() == LINES.replace("line 2", "here 2") + "there\n"
    assert has["B2.txt"].decode() == LINES
    assert has[copy.name] == b"something else\n"


async def test_a_folder_on_both_sides(place: Place) -> None:
    """SY6: so it is with a folder, in which files were edited on both sides, some are equal, and one is new here."""
    await place.put("src/x/a.txt", LINES)
    await place.put("src/x/__init__.py", "")
    await place.put("src/y/__init__.py", "")
    await place.put("src/logo.png", b"\0logo")
    await place.put("src/x/logo.png", b"\0logo")
    await place.put("src/b.txt", "b\n" + LINES)
    here = await place.sync()
    await here.in_step()
    await here.stop()
    (here.root / "src").rename(here.root / "lib")
    (here.root / "lib" / "x" / "a.txt").unlink()
    (here.root / "lib" / "x" / "a.txt").write_text(LINES + "here\n")
    (here.root / "lib" / "new.txt").write_text("new\n")
    await place.rename("src", "source")
    await place.put("source/x/a.txt", "there\n" + LINES, 200)
    again = await place.sync()
    moved = ["b.txt", "logo.png", "x/__init__.py", "x/a.txt", "x/logo.png", "y/__init__.py"]
    has = await same(place, again, ["lib/new.txt", *(f"source/{path}" for path in moved)])
    assert has["source/x/a.txt"].decode() == "there\n" + LINES + "here\n"
    for path in moved:
        said = f"src/{path} was renamed to lib/{path} here and to source/{path} in the session: it is source/{path} now"
        assert said in again.said


async def test_at_the_same_moment(place: Place) -> None:
    """SY6: renamed on both sides while the client runs, it is one file of one name on both sides."""
    await place.put("a.txt", LINES)
    await place.put("b.txt", "b\n")
    here = await place.sync()
    await here.in_step()
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    (here.root / "a.txt").rename(here.root / "here.txt")
    await place.ann.http.patch(
        f"{place.server.url}/api/sessions/{place.session}/files/a.txt", json={"path": "there.txt"}
    )
    await tab.type(peer, 0, "typed\n")
    await here.until(lambda: len(below(here)) == 2, "one file of the two")
    await here.until(lambda: b"typed\n" in b"".join(below(here).values()), "what was typed")
    (name,) = below(here).keys() - {"b.txt"}
    assert name in ("here.txt", "there.txt")
    has = await same(place, here, ["b.txt", name])
    assert has[name].decode() == "typed\n" + LINES


async def test_here_while_away(place: Place) -> None:
    """SY6: what was renamed here while the client was away is so there: documents keep their ids, also one that was edited; so may all files be."""
    names = "abcdef"
    for name in names:
        await place.put(f"in/{name}.txt", LINES + name)
    here = await place.sync()
    await here.in_step()
    listed = await place.ann.get(f"/api/sessions/{place.session}/files")
    ids = {item["path"].replace("in/", "to/"): item["doc"] for item in listed["files"]}
    await here.stop()
    (here.root / "in").rename(here.root / "to")
    (here.root / "to" / "a.txt").write_text(LINES + "a and more")
    again = await place.sync()
    has = await same(place, again, list(ids))
    assert has["to/a.txt"].decode() == LINES + "a and more"
    listed = await place.ann.get(f"/api/sessions/{place.session}/files")
    assert {item["path"]: item["doc"] for item in listed["files"]} == ids
