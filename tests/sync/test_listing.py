"""What happens to files in the session, while something else happens to them here."""

from __future__ import annotations

from tests.sync.conftest import Place


async def test_renamed_there_deleted_here(place: Place) -> None:
    """SY6: a picture that is renamed in the session and was deleted here at the same time ends nothing."""
    await place.put("a.png", b"\0a")
    await place.put("b.txt", b"b\n")
    here = await place.sync()
    await here.in_step()
    (here.root / "a.png").unlink()
    await place.rename("a.png", "c.png")
    await here.until(lambda: (here.root / "c.png").exists(), "the picture under its new name")
    assert (here.root / "c.png").read_bytes() == b"\0a"
    (here.root / "b.txt").write_text("still there\n")
    await place.has("b.txt", b"still there\n")
    assert await here.stop() == []


async def test_another_file_where_somebody_types(place: Place) -> None:
    """SY6: a file was deleted here while somebody typed in it, and another one takes its place: that is no edit of the typed text."""
    await place.put("a.txt", "x\n")
    here = await place.sync()
    await here.in_step()
    await here.stop()
    (here.root / "a.txt").unlink()
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    await tab.type(peer, 0, "typed ")
    again = await place.sync()
    words = "a.txt was deleted here while somebody typed in it"
    again.reactions[words] = lambda: (again.root / "a.txt").write_text("another\n")
    await again.heard("a.txt differs on both sides: yours is kept as a (from ann, ")
    await again.in_step()
    await again.has("a.txt", "typed x\n")
    assert str(peer.text) == "typed x\n"
    assert await again.stop() == []
    (other,) = again.root.glob("a (from ann, *).txt")
    assert other.read_text() == "another\n"


async def test_a_place_that_becomes_free(place: Place) -> None:
    """SY10: a file that the folder has no place for is said, and comes once it has one."""
    root = place.tmp_path / "here"
    (root / "a").mkdir(parents=True)
    (root / "a" / "x~").write_text("x")
    await place.put("a", "there\n")
    here = await place.sync()
    await here.heard("a is a folder here, and a file in the session")
    await here.not_in_step("a")
    (root / "a" / "x~").unlink()
    (root / "a").rmdir()
    await here.has("a", "there\n")
    assert await here.stop() == []


async def test_replaced_by_a_folder(place: Place) -> None:
    """SY6: a file that is replaced by a folder in the session, and the reverse, is so here."""
    await place.put("a", "file\n")
    here = await place.sync()
    await here.in_step()
    await place.delete("a")
    await place.put("a/b.txt", "below\n")
    await here.has("a/b.txt", "below\n")
    await place.delete("a")
    await place.put("a", "again\n")
    await here.has("a", "again\n")
    assert await here.stop() == []
