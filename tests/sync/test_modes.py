"""What is executable, on both sides."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from code_together.http import keys
from code_together.sync.folder import Folder
from tests.clones import Clone, run_git
from tests.live import Person

from .conftest import Place, Running


def executable(running: Running, path: str) -> bool:
    return bool((running.root / path).stat().st_mode & stat.S_IXUSR)


async def patch(place: Place, path: str, executable: bool) -> None:
    address = f"/api/sessions/{place.session}/files/{path}"
    listed = await place.ann.call("PATCH", address, 200, json={"executable": executable})
    assert listed.get("executable", False) == executable


async def there(place: Place) -> set[str]:
    """What is executable in the session: by its list of files, which has to say what Git does."""
    listed = (await place.ann.get(f"/api/sessions/{place.session}/files"))["files"]
    found = {file["path"] for file in listed if file.get("executable")}
    repository = place.server.app[keys.SETTINGS].data / f"{place.session}.git"
    ran = await run_git(place.tmp_path, "--git-dir", str(repository), "ls-tree", "-r", "main")
    assert found == {line.split("\t")[1] for line in ran.stdout.splitlines() if line.startswith("100755")}
    return found


async def test_first_time(place: Place) -> None:
    """SY1, SY2: what is executable is so on the other side, of many files at once, of one, and of what is no text."""
    root = place.tmp_path / "one"
    root.mkdir()
    for name in ("run.sh", "plain.txt", "tool", "data.bin"):
        (root / name).write_bytes(b"\0\1" if name in ("tool", "data.bin") else b"echo\n")
    for name in ("run.sh", "tool"):
        (root / name).chmod(0o744)
    one = await place.sync("one")
    await one.in_step()
    assert await there(place) == {"run.sh", "tool"}
    (root / "late.sh").write_text("late\n")
    (root / "late.sh").chmod(0o755)
    await one.heard("sent late.sh")
    assert await there(place) >= {"run.sh", "tool", "late.sh"}
    two = await place.sync("two")
    await two.in_step()
    for name in ("run.sh", "tool", "late.sh"):
        assert executable(two, name), name
    for name in ("plain.txt", "data.bin"):
        assert not executable(two, name), name
    revisions = (await place.ann.get(f"/api/sessions/{place.session}/revisions"))["revisions"]
    assert len(revisions) == 2  # the zip, and what came late


async def test_both_ways_live(place: Place) -> None:
    """SY2: `chmod` here makes it so there while somebody types, the API's PATCH and a push make it so here; no text changes by it."""
    await place.put("run.sh", "echo\n")
    await place.put("tool", b"\0\1")
    tab = await place.ann.tab(place.session)
    peer = await tab.open("run.sh")
    here = await place.sync()
    await here.in_step()
    (here.root / "run.sh").chmod(0o755)
    await here.heard("run.sh is executable in the session now")
    assert await there(place) == {"run.sh"}
    await tab.type(peer, 0, "# typed\n")
    await here.has("run.sh", "# typed\necho\n")
    assert executable(here, "run.sh")
    await patch(place, "tool", True)
    await here.until(lambda: executable(here, "tool"), "the tool to be executable")
    copy = await Clone.of(place.ann, place.session, place.tmp_path / "copy")
    (copy.path / "run.sh").chmod(0o644)
    await copy.commit("No longer")
    await copy.push()
    await here.until(lambda: not executable(here, "run.sh"), "the push")
    assert (here.root / "run.sh").stat().st_mode & 0o111 == 0
    assert await there(place) == {"tool"}
    assert str(peer.text) == "# typed\necho\n"
    assert not [line for line in here.said if "kept as" in line]


async def test_offline(place: Place) -> None:
    """SY4: what was made executable on either side meanwhile is so on both afterwards, also where the file has another text by then."""
    for name in ("a.sh", "b.sh", "c.sh", "both.sh"):
        await place.put(name, "echo\n")
    here = await place.sync()
    await here.in_step()
    (here.root / "c.sh").chmod(0o755)
    await here.heard("c.sh is executable in the session now")
    await here.kill()
    (here.root / "a.sh").chmod(0o755)
    (here.root / "a.sh").write_text("echo a\n")
    (here.root / "both.sh").chmod(0o755)
    await patch(place, "both.sh", True)
    await patch(place, "b.sh", True)
    await place.put("b.sh", "echo b\n", 200)
    await patch(place, "c.sh", False)
    again = await place.sync()
    await again.heard("a.sh is executable in the session now")
    await again.has("b.sh", "echo b\n")
    await again.until(lambda: executable(again, "b.sh") and not executable(again, "c.sh"), "the modes")
    assert await there(place) == {"a.sh", "b.sh", "both.sh"}
    assert executable(again, "both.sh")


@pytest.mark.parametrize("kind", ["text", "binary"])
async def test_deleted_here_and_edited_there_meanwhile(place: Place, kind: str) -> None:
    """SY2, SY6: a file that was deleted here and edited there while nobody looked comes back as executable as it was, and stays so for everybody."""
    before, after = (b"echo\n", b"echo edited\n") if kind == "text" else (b"\0\1", b"\0\2")
    await place.put("x.sh", before)
    await patch(place, "x.sh", True)
    here = await place.sync()
    await here.in_step()
    assert await here.stop() == []
    (here.root / "x.sh").unlink()
    await place.put("x.sh", after, 200)
    again = await place.sync(once=True)
    assert await again.end() == []
    assert (again.root / "x.sh").read_bytes() == after
    assert executable(again, "x.sh")
    assert await there(place) == {"x.sh"}


async def test_deleted_here_while_somebody_types(place: Place) -> None:
    """SY2, SY6: a file that is deleted here while somebody types in it comes back as executable as it was, and stays so for everybody."""
    await place.put("x.sh", "echo\n")
    await patch(place, "x.sh", True)
    tab = await place.ann.tab(place.session)
    peer = await tab.open("x.sh")
    here = await place.sync()
    await here.in_step()
    (here.root / "x.sh").unlink()
    await tab.type(peer, 0, "# typed\n")
    await here.has("x.sh", "# typed\necho\n")
    assert executable(here, "x.sh")
    assert await here.stop() == []
    assert not [line for line in here.said if "executable in the session" in line]
    assert await there(place) == {"x.sh"}


async def test_looking_only(place: Place) -> None:
    """SY8: who may not edit sends no mode, and has those of others."""
    await place.put("a.sh", "echo\n")
    await place.put("b.sh", "echo\n")
    bob = await Person.sign_up(place.server.url, "bob")
    try:
        await place.ann.let_in(place.session, "bob", "viewer")
        here = await place.sync(person=bob)
        await here.in_step()
        (here.root / "a.sh").chmod(0o755)
        await here.heard("a.sh is of another mode here")
        await patch(place, "b.sh", True)
        await here.until(lambda: executable(here, "b.sh"), "the mode")
        assert await there(place) == {"b.sh"}
    finally:
        await bob.close()


def test_a_file_system_without_modes(tmp_path: Path) -> None:
    """SY2: a folder is asked whether it keeps what is executable, and nothing is left in it by that."""
    folder = Folder(tmp_path)
    assert folder.keeps_modes()
    assert list(tmp_path.iterdir()) == []
    folder.close()
