"""What is done to files in the folder, with the tools that people use."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from code_together.errors import Conflict
from tests.sync.conftest import Place, Running


async def run(folder: Path, *words: str) -> str:
    done = await asyncio.to_thread(
        subprocess.run, words, cwd=folder, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def begun(place: Place, **files: str) -> Running:
    for name, text in files.items():
        await place.put(name.replace("_", "."), text)
    here = await place.sync()
    await here.in_step()
    return here


@pytest.mark.skipif(not shutil.which("vim"), reason="there is no Vim")
@pytest.mark.parametrize("backup", ["yes", "no", "auto"])
async def test_a_real_vim(place: Place, backup: str) -> None:
    """SY3: Vim's own ways to save (backup and rename, or in place) are edits, and nothing else of it arrives."""
    here = await begun(place, a_txt="one\ntwo\n")
    vim = (
        "vim",
        "-es",
        "-u",
        "NONE",
        "-c",
        f"set bk bsk= bdir=. bkc={backup}",
        "-c",
        "1s/one/ONE/",
        "-c",
        "wq",
        "a.txt",
    )
    await run(here.root, *vim)
    await place.has("a.txt", b"ONE\ntwo\n")
    await run(here.root, "sed", "-i", "s/two/2/", "a.txt")
    await place.has("a.txt", b"ONE\n2\n")
    assert (here.root / "a.txt~").exists()
    assert await place.paths() == ["a.txt"]
    assert not any("deleted" in line for line in here.said)
    assert await here.stop() == []


async def test_emptied_and_written(place: Place) -> None:
    """SY3: an editor that empties a file and writes it a moment later (VS Code) makes one edit; what others typed at the end stays where it was."""
    here = await begun(place, a_txt="one\ntwo\nthree\n")
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    with (here.root / "a.txt").open("w") as file:
        await tab.type(peer, len("one\ntwo\nthree\n"), "typed\n")
        await asyncio.sleep(0.5)
        file.write("one\n2\nthree\n")
    await here.has("a.txt", "one\n2\nthree\ntyped\n")
    await tab.until(lambda: str(peer.text) == "one\n2\nthree\ntyped\n", "the save")
    assert len([line for line in here.said if line == "sent a.txt"]) == 1


async def test_what_editors_leave(place: Place) -> None:
    """SY1: lock files, probes and backups are not sent and not spoken of."""
    here = await begun(place, a_txt="x\n")
    (here.root / ".#a.txt").symlink_to("ann@host.123:456")
    for name in ("#a.txt#", "4913", "a.txt~", ".a.txt.swp", ".a.txt.swx"):
        (here.root / name).write_text("x")
    (here.root / "b.txt").write_text("b\n")
    await place.has("b.txt", b"b\n")
    assert await place.paths() == ["a.txt", "b.txt"]
    assert not any("link" in line for line in here.said)


async def test_git_in_the_folder(place: Place) -> None:
    """SY1, SY6: somebody works with git in the same folder: its files are edits, its own folder is left alone."""
    here = await begun(place, a_txt="one\n", b_txt="b\n")
    git = ("git", "-c", "user.name=Ann", "-c", "user.email=ann@code.test")
    await run(here.root, *git, "init", "-q", "-b", "main")
    (here.root / ".gitignore").write_text(".code-together-sync*\n")
    await run(here.root, *git, "add", "-A")
    await run(here.root, *git, "commit", "-qm", "first")
    await run(here.root, *git, "checkout", "-qb", "side")
    (here.root / "a.txt").write_text("one\ntwo\n")
    (here.root / "c.txt").write_text("c\n")
    (here.root / "b.txt").unlink()
    await run(here.root, *git, "add", "-A")
    await run(here.root, *git, "commit", "-qm", "second")
    await place.has("a.txt", b"one\ntwo\n")
    await place.has("c.txt", b"c\n")
    await place.has("b.txt", None)
    await run(here.root, *git, "checkout", "-q", "main")
    await place.has("a.txt", b"one\n")
    await place.has("b.txt", b"b\n")
    await place.has("c.txt", None)
    assert await run(here.root, *git, "status", "--short") == ""
    assert await run(here.root, *git, "fsck", "--strict", "--no-dangling") == ""
    assert await place.paths() == [".gitignore", "a.txt", "b.txt"]
    assert await here.stop() == []


async def test_gone_as_soon_as_it_was_sent(place: Place) -> None:
    """SY6: a new file that is deleted here before the session has answered does not come back."""
    here = await begun(place, b_txt="b\n")
    here.reactions["sent a.txt"] = (here.root / "a.txt").unlink
    (here.root / "a.txt").write_text("a\n")
    await here.heard("deleted a.txt in the session")
    assert await place.paths() == ["b.txt"]
    assert not (here.root / "a.txt").exists()
    assert await here.stop() == []


async def test_a_file_becomes_a_folder(place: Place) -> None:
    """SY6: a file that becomes a folder here does so there, and the reverse, without a word of refusal."""
    here = await begun(place, a="x\n", b="y\n")
    (here.root / "a").unlink()
    (here.root / "a").mkdir()
    (here.root / "a" / "one.txt").write_text("one\n")
    await place.has("a/one.txt", b"one\n")
    shutil.rmtree(here.root / "a")
    (here.root / "a").write_text("again\n")
    await place.has("a", b"again\n")
    assert await place.paths() == ["a", "b"]
    assert not any("not " in line for line in here.said), here.said
    assert await here.stop() == []


async def test_a_folder_that_becomes_a_file_as_soon_as_it_was_sent(place: Place) -> None:
    """SY6: where a new folder is a file again before the session has answered, so it is there."""
    here = await begun(place, b_txt="b\n")

    def replace() -> None:
        shutil.rmtree(here.root / "a")
        (here.root / "a").write_text("file\n")

    here.reactions["sent a/one.txt"] = replace
    (here.root / "a").mkdir()
    (here.root / "a" / "one.txt").write_text("one\n")
    await place.has("a", b"file\n")
    assert await place.paths() == ["a", "b.txt"]
    assert await here.stop() == []


async def test_a_folder_where_somebody_types(place: Place) -> None:
    """SY6, SY10: where a file becomes a folder here while somebody types in it there, both keep what they have, and it is said."""
    here = await begun(place, a="x\n", b="y\n")
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a")
    await here.stop()
    (here.root / "a").unlink()
    (here.root / "a").mkdir()
    (here.root / "a" / "one.txt").write_text("one\n")
    await tab.type(peer, 0, "typed ")
    again = await place.sync()
    await again.heard("a: left alone: Is a directory")
    await again.heard("a/one.txt: not sent")
    assert (again.root / "a" / "one.txt").read_text() == "one\n"
    assert await place.bytes("a") == b"typed x\n"
    (again.root / "a").rename(again.root / "c")
    await again.has("a", "typed x\n")
    await place.has("c/one.txt", b"one\n")
    assert sorted(path.name for path in again.root.iterdir()) == [".code-together-sync", "a", "b", "c"]


async def test_names_that_are_refused(place: Place) -> None:
    """SY10: names that the session does not take, two that differ in case, and links are said once each; the rest goes on."""
    here = await begun(place, a_txt="x\n")
    for name in ("con.txt", "a:b", "dot.", "A.TXT", "line\nbreak"):
        (here.root / name).write_text("x\n")
    (here.root / "link").symlink_to("/etc/passwd")
    (here.root / "good.txt").write_text("good\n")
    await place.has("good.txt", b"good\n")
    for words in (
        "device on Windows",
        "character :",
        "ends with a dot",
        "there is already a.txt",
        "control character",
        "symbolic link",
    ):
        await here.heard(words)
    await asyncio.sleep(1)
    assert len(here.said) == len(set(here.said))
    assert await place.paths() == ["a.txt", "good.txt"]
    (here.root / "a.txt").unlink()
    await place.has("A.TXT", b"x\n")
    assert await here.stop() == ["a:b", "con.txt", "dot.", "line\nbreak"]
    assert str(here.outcome).endswith(r"a:b, con.txt, dot., 'line\nbreak'")


async def test_a_renaming_that_is_refused(place: Place) -> None:
    """SY10: a renaming to a name that the session does not take is said once, and the file stays there."""
    here = await begun(place, a_txt="x\n", b_txt="y\n")
    (here.root / "a.txt").rename(here.root / "con.txt")
    await here.heard("con.txt: not sent")
    (here.root / "b.txt").rename(here.root / "A.txt")
    await here.until(lambda: sum("A.txt" in line for line in here.said) > 0, "a word on A.txt")
    await asyncio.sleep(1)
    assert len(here.said) == len(set(here.said))


async def test_too_large(place: Place) -> None:
    """SY10: a file that is too large for the session is said, and the rest goes on."""
    here = await begun(place, a_txt="x\n")
    with (here.root / "huge.bin").open("wb") as file:
        file.truncate(120_000_000)
    with (here.root / "larger.bin").open("wb") as file:
        file.truncate(2**34)
    await here.heard("huge.bin: not sent: A file may have")
    await here.heard("larger.bin: left alone: File too large")
    (here.root / "a.txt").write_text("y\n")
    await place.has("a.txt", b"y\n")
    await here.not_in_step("huge.bin", "larger.bin")
    assert await here.stop() == ["huge.bin", "larger.bin"]
    assert here.outcome.done


@pytest.mark.usefixtures("bound_by_modes")
async def test_unreadable(place: Place) -> None:
    """SY10: a file that cannot be read is left alone, said once; once it can, both sides are merged."""
    here = await begun(place, a_txt="one\ntwo\n")
    (here.root / "a.txt").write_text("ONE\ntwo\n")
    (here.root / "a.txt").chmod(0)
    (here.root / "b.txt").write_text("b\n")
    (here.root / "b.txt").chmod(0)
    await here.heard("a.txt: left alone: Permission denied")
    await here.heard("b.txt: left alone: Permission denied")
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    await tab.type(peer, len("one\ntwo\n"), "three\n")
    await asyncio.sleep(1)
    (here.root / "a.txt").chmod(0o644)
    (here.root / "b.txt").chmod(0o644)
    await here.has("a.txt", "ONE\ntwo\nthree\n")
    await place.has("a.txt", b"ONE\ntwo\nthree\n")
    await place.has("b.txt", b"b\n")
    assert await here.stop() == []


@pytest.mark.usefixtures("bound_by_modes")
@pytest.mark.parametrize("mode", [0, 0o400])
async def test_a_folder_that_may_not_be_looked_into(place: Place, mode: int) -> None:
    """SY6, SY10: files of a folder that can no longer be looked into are not deleted in the session; once it can, both sides go on."""
    await place.put("low/a.txt", "one\n")
    await place.put("b.txt", "b\n")
    here = await place.sync()
    await here.in_step()
    (here.root / "low").chmod(mode)
    (here.root / "b.txt").write_text("B\n")
    await place.has("b.txt", b"B\n")
    await asyncio.sleep(2)
    assert await place.bytes("low/a.txt") == b"one\n"
    await here.heard("left alone: Permission denied")
    (here.root / "low").chmod(0o755)
    (here.root / "low" / "a.txt").write_text("two\n")
    await place.has("low/a.txt", b"two\n")
    assert await here.stop() == []


@pytest.mark.parametrize("moment", [0, 946_684_800, 4_102_444_800])
async def test_clocks_that_differ(place: Place, moment: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """SY3: what was saved counts, not when it says so: files of 1970, 2000 and 2100, and a client whose clock is an hour ahead."""
    now = time.time_ns
    monkeypatch.setattr("code_together.sync.folder.time.time_ns", lambda: now() + 3_600 * 10**9)
    here = await begun(place, a_txt="one\n")
    for number in range(4):
        (here.root / "a.txt").write_text(f"{number}\n")
        os.utime(here.root / "a.txt", (moment + number, moment + number))
        await place.has("a.txt", f"{number}\n".encode())
    await place.put("a.txt", "from there\n", 200)
    await here.has("a.txt", "from there\n")
    assert await here.stop() == []


@pytest.mark.parametrize("how", ["deleted", "moved", "emptied"])
async def test_the_folder_goes_away(place: Place, how: str) -> None:
    """SY6: a folder that is deleted or emptied under the client ends it with a sentence, and the session keeps everything; moved, it goes on."""
    here = await begun(place, **{f"{name}_txt": f"{name}\n" for name in "abc"})
    if how == "moved":
        moved = here.root.rename(here.root.with_name("elsewhere"))
        (moved / "a.txt").write_text("more\n")
        await place.has("a.txt", b"more\n")
        assert await here.stop() == []
        return
    if how == "deleted":
        gone = here.root.rename(here.root.with_name("gone"))
        shutil.rmtree(gone)
    else:
        for name in "abc":
            (here.root / f"{name}.txt").unlink()
    with pytest.raises(Conflict, match="Nothing was deleted in the session"):
        await here.end()
    assert await place.paths() == [f"{name}.txt" for name in "abc"]


async def test_all_are_gone_while_it_does_not_run(place: Place) -> None:
    """SY6: all files that were deleted while the client did not run stay in the session, also where some were changed or renamed there meanwhile."""
    await place.put("a.bin", b"\0\1")
    here = await begun(place, b_txt="b\n", c_txt="c\n")
    assert await here.stop() == []
    for name in ("a.bin", "b.txt", "c.txt"):
        (here.root / name).unlink()
    await place.put("a.bin", b"\0\2", 200)
    await place.rename("b.txt", "d.txt")
    with pytest.raises(Conflict, match="Nothing was deleted in the session"):
        await (await place.sync(here.root.name, once=True)).end()
    assert await place.paths() == ["a.bin", "c.txt", "d.txt"]


async def test_both_of_two_files_are_deleted(place: Place) -> None:
    """SY6: where there are only one or two files all of them may be deleted at once."""
    here = await begun(place, a_txt="a\n", b_txt="b\n")
    for name in "ab":
        (here.root / f"{name}.txt").unlink()
    for name in "ab":
        await here.heard(f"deleted {name}.txt in the session")
    assert await place.paths() == []
    assert await here.stop() == []
