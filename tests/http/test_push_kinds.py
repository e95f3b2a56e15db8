"""Pushes by the real git of files that are no ordinary ones: their modes, and folders in the place of files."""

from __future__ import annotations

from tests.clones import MakeClone
from tests.live import Person


async def test_modes(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU2: a change of the mode alone is said; the mode 100664, which git once wrote, is that of a plain file."""
    ann, _ = people
    session = await ann.new_session(a_txt="one\n", run_sh="echo\n")
    copy = await clone(ann, session)
    (copy.path / "run.sh").chmod(0o755)
    await copy.commit("May run")
    assert "remote: 1 file made executable." in await copy.push()
    (copy.path / "run.sh").chmod(0o644)
    await copy.commit("May not")
    assert "remote: 1 file no longer executable." in await copy.push()
    copy.write(a_txt="one\ntwo\n", b_txt="new\n")
    await copy.git("add", "-A")
    listed = (
        (await copy.git("ls-files", "-s")).stdout.replace("100644 ", "100664 blob ").replace(" 0\t", "\t")
    )
    (copy.path / "listed").write_text(listed)
    await copy.git("read-tree", "--empty")
    tree = (await copy.git("-c", f"alias.made=!git mktree < '{copy.path}/listed'", "made")).stdout.strip()
    tip = (await copy.git("commit-tree", "-p", "HEAD", "-m", "Modes", tree)).stdout.strip()
    said = await copy.push(f"{tip}:refs/heads/main")
    assert "remote: 1 file changed live, 1 file added." in said
    files = {f["path"] for f in (await ann.get(f"/api/sessions/{session}/files"))["files"]}
    assert files == {"a.txt", "b.txt", "run.sh"}
    assert await ann.get(f"/api/sessions/{session}/files/a.txt") == b"one\ntwo\n"
    await copy.git("fetch", "-q")
    listed = (await copy.git("ls-tree", "origin/main")).stdout
    assert {line.split()[0] for line in listed.splitlines()} == {"100644"}


async def test_a_file_becomes_a_folder(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU2: somebody types into a file while a push makes a folder of it: both are there, and who types goes on."""
    ann, bob = people
    session = await ann.new_session(foo="x\n")
    await ann.let_in(session, "bob")
    copy = await clone(ann, session)
    tab = await bob.tab(session)
    peer = await tab.open("foo")
    await tab.type(peer, 0, "typed ")
    await tab.saved(peer)
    await copy.git("rm", "-q", "foo")
    (copy.path / "foo").mkdir()
    (copy.path / "foo/bar.txt").write_text("b\n")
    await copy.commit("A folder")
    said = await copy.push("--force")
    assert "remote: There is another foo here; yours is beside it as foo (pushed by ann)/bar.txt." in said
    await tab.type(peer, 0, "and ")
    await tab.saved(peer)
    await copy.git("pull", "-q", "--ff-only")
    assert (copy.path / "foo").read_text() == "and typed x\n"
    assert (copy.path / "foo (pushed by ann)/bar.txt").read_text() == "b\n"
