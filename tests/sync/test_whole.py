"""Files that are kept whole and become texts, texts that are kept whole from now on, and copies that are kept beside."""

from __future__ import annotations

import pytest

from tests.sync.conftest import Place


async def test_copies_stay(place: Place) -> None:
    """SY5: copies that were kept beside, and other new files, stay while the session hears of them one after another."""
    for name in ("a.png", "b.png"):
        await place.put(name, b"\0one")
    here = await place.sync()
    await here.in_step()
    await here.stop()
    for name in ("a.png", "b.png"):
        (here.root / name).write_bytes(b"\0mine")
        await place.put(name, b"\0hers", 200)
    again = await place.sync()
    await again.in_step()
    assert await again.stop() == []
    copies = [path.name for path in again.root.glob("* (from ann*")]
    assert len(copies) == 2
    for words in ("received", "deleted"):
        assert not [line for line in again.said if line.startswith(words)], again.said
    assert sorted(await place.paths()) == sorted(["a.png", "b.png", *copies])


async def test_a_deletion_is_not_undone(place: Place) -> None:
    """SY6: files that are deleted or renamed here one after another do not come back for a moment, nor under their old names."""
    await place.put("stays.txt", "x\n")
    for name in "abcd":
        await place.put(f"{name}.png", b"\0" + name.encode())
        await place.put(f"{name}.txt", f"{name}\n")
    here = await place.sync()
    await here.in_step()
    for name in "ab":
        (here.root / f"{name}.png").unlink()
        (here.root / f"{name}.txt").unlink()
    for name in "cd":
        (here.root / f"{name}.png").rename(here.root / f"{name}2.png")
        (here.root / f"{name}.txt").rename(here.root / f"{name}2.txt")
    left = ["c2.png", "c2.txt", "d2.png", "d2.txt", "stays.txt"]
    await here.until(lambda: len([s for s in here.said if " in the session" in s]) == 8, "all that was done")
    assert await here.stop() == []
    assert sorted(path.name for path in here.root.glob("*.*") if path.name[0] != ".") == left
    assert await place.paths() == left
    begun = here.said.index("in step with Work: 9 files")
    assert not [line for line in here.said[begun:] if line.startswith("received")], here.said


@pytest.mark.parametrize("before", [b"\0binary\n", b"control\7\n"])
async def test_becomes_a_text(place: Place, before: bytes) -> None:
    """SY5, SY2: what is kept whole and becomes a text in the session is followed live from then on, both ways."""
    await place.put("a", before)
    await place.put("b.txt", b"b\n")
    here = await place.sync()
    await here.in_step()
    await place.put("a", b"is text\n", 200)
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a")
    await tab.type(peer, 0, "typed ")
    await here.has("a", "typed is text\n")
    (here.root / "a").write_text("typed is text\nsaved\n")
    await tab.until(lambda: str(peer.text) == "typed is text\nsaved\n", "the save as an edit")
    assert len([line for line in here.said if line == "sent a"]) == 1
    assert await here.stop() == []
    assert [path.name for path in here.root.glob("a*")] == ["a"]


async def test_becomes_a_text_here(place: Place) -> None:
    """SY5, SY2: a file that is kept whole and is made a text here is one on both sides from then on."""
    await place.put("a", b"\0binary\n")
    here = await place.sync()
    await here.in_step()
    (here.root / "a").write_text("is text\n")
    await place.has("a", b"is text\n")
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a")
    await tab.type(peer, 0, "typed ")
    await here.has("a", "typed is text\n")
    assert await here.stop() == []


async def test_becomes_a_text_on_both_sides(place: Place) -> None:
    """SY5: where it became a text there, what was changed here is kept beside, what was not is replaced, what was deleted here comes back."""
    for name in "abc":
        await place.put(name, b"\0binary\n")
    here = await place.sync()
    await here.in_step()
    await here.stop()
    (here.root / "a").write_text("mine\n")
    (here.root / "c").unlink()
    for name in "abc":
        await place.put(name, "hers\n", 200)
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a")
    again = await place.sync()
    await again.heard("a differs on both sides: yours is kept as a (from ann, ")
    await again.in_step()
    assert [again.text(name) for name in "abc"] == ["hers\n"] * 3
    (other,) = again.root.glob("a (from ann, *)")
    assert other.read_text() == "mine\n"
    await tab.type(peer, 0, "typed ")
    await again.has("a", "typed hers\n")
    assert await again.stop() == []


async def test_is_a_text_no_more(place: Place) -> None:
    """SY5, SY2: a text that is replaced in the session by what is none follows; one that was changed here is kept beside; and so back again."""
    for name in "ab":
        await place.put(name, f"{name}\n")
    here = await place.sync()
    await here.in_step()
    (here.root / "b").write_bytes(b"none\0either\n")
    await here.heard("b is no text here any more")
    for name in "ab":
        await place.put(name, b"\0hers", 200)
    await here.heard("b was changed on both sides: yours is kept as b (from ann, ")
    await here.until(lambda: (here.root / "a").read_bytes() == b"\0hers", "the other contents")
    await here.until(lambda: (here.root / "b").read_bytes() == b"\0hers", "the other contents")
    assert not [line for line in here.said if "deleted in" in line], here.said
    (other,) = here.root.glob("b (from ann, *)")
    assert other.read_bytes() == b"none\0either\n"
    await place.has(other.name, b"none\0either\n")
    await place.put("a", "again\n", 200)
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a")
    await tab.type(peer, 0, "typed ")
    await here.has("a", "typed again\n")
    assert await here.stop() == []
