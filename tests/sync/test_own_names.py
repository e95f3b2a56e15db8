"""The names that the client keeps for itself, in the folder and in the session."""

from __future__ import annotations

from code_together.sync import state
from code_together.sync.ignored import TEMPORARY
from tests.clones import Clone
from tests.sync.conftest import Place

OTHERS = b'{"form":1,"session":"other","client":"x","place":[1,2]}\n'


async def test_a_session_that_has_such_files(place: Place) -> None:
    """SY7: a state file that was uploaded, pushed or renamed to is neither taken for one's own nor written; it is said, and the rest goes on."""
    await place.put("a.txt", "a\n")
    await place.put(state.NAME, OTHERS)
    await place.put(f"sub/{state.NAME.upper()}", OTHERS)
    await place.put("b.txt", "b\n")
    here = await place.sync()
    await here.not_in_step(state.NAME, f"sub/{state.NAME.upper()}")
    await here.heard(
        f"{state.NAME}: not received: {state.NAME!r} is a name that this program keeps for itself."
    )
    kept = (here.root / state.NAME).read_bytes()
    assert b'"other"' not in kept
    clone = await Clone.of(place.ann, place.session, place.tmp_path / "clone")
    (clone.path / state.NAME).write_bytes(kept)
    await clone.commit("My state")
    await clone.push()
    assert await place.bytes(state.NAME) == kept
    await place.rename("b.txt", f"{state.NAME}.new")
    await here.heard("deleted b.txt")
    (here.root / "a.txt").write_text("A\n")
    await place.has("a.txt", b"A\n")
    assert len(await here.stop()) == 3
    again = await place.sync()
    await again.not_in_step(state.NAME, f"{state.NAME}.new", f"sub/{state.NAME.upper()}")
    for path in (state.NAME, f"{state.NAME}.new", f"sub/{state.NAME.upper()}"):
        await place.delete(path)
    await again.in_step()
    assert await again.stop() == []
    assert sorted(path.name for path in here.root.iterdir()) == [state.NAME, "a.txt"]


async def test_a_folder_that_has_such_files(place: Place) -> None:
    """SY7: the state files of this folder and of those in it, in any spelling, and temporary files are not sent, and do not count."""
    root = place.tmp_path / "here"
    (root / "sub").mkdir(parents=True)
    (root / "a.txt").write_text("a\n")
    for path in (f"sub/{state.NAME}", f"sub/{TEMPORARY}1", state.NAME.upper(), f"{state.NAME}.new"):
        (root / path).write_bytes(OTHERS)
    here = await place.sync()
    await here.in_step()
    assert await place.paths() == ["a.txt"]
    assert await here.stop() == []
    assert (root / "sub" / state.NAME).read_bytes() == OTHERS
