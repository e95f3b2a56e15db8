"""What git says to who pushes when the server refuses: one clear sentence behind `remote:`, and nothing stays."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from code_together.config import Settings
from tests.clones import Clone, MakeClone
from tests.live import PASSWORD, Person


def left(settings: Settings, session: str) -> set[str]:
    """All files that are in a repository."""
    root = settings.data / f"{session}.git"
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.02)


def address(person: Person, session: str) -> str:
    login = f"{person.name}:{PASSWORD.replace(' ', '%20')}"
    return f"{person.url.replace('://', f'://{login}@')}/git/{session}.git"


@pytest.mark.parametrize("files", [{}, {"other_txt": "x\n"}])
async def test_shallow_clones(
    people: tuple[Person, Person],
    clone: MakeClone,
    settings: Settings,
    tmp_path: Path,
    files: dict[str, str],
) -> None:
    """PU7: of a shallow clone nothing can come into a session that does not know its history; the sentence says what to do."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    first = await clone(ann, session)
    for number in range(3):
        await first.commit(a_py=f"{number}\n")
    await first.push()
    shallow = Clone(tmp_path / "shallow")
    await first.git("clone", "-q", "--depth", "2", address(ann, session), str(shallow.path))
    other = await ann.new_session(**files)
    before = left(settings, other)
    said = (await shallow.git("push", "--force", address(ann, other), "main", status=None)).stderr
    assert "remote: This push cannot be taken: commits before it are missing" in said
    assert "git fetch --unshallow" in said
    assert left(settings, other) == before
    listed = await ann.get(f"/api/sessions/{other}/files")
    assert {f["path"] for f in listed["files"]} == {name.replace("_", ".") for name in files}
    await shallow.git("fetch", "-q", "--unshallow")
    await shallow.git("push", "--force", address(ann, other), "main")


async def test_a_push_that_is_broken_off(
    people: tuple[Person, Person],
    clone: MakeClone,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """PU7: when the client goes away in the middle of a push, nothing of it stays, and the log has no error."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    before = left(settings, session)
    tip = await copy.commit(a_py="two\n")
    line = f"{await copy.head('HEAD~1')} {tip} refs/heads/main\0report-status".encode()
    gone = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"%04x" % (len(line) + 4) + line + b"0000PACK\0\0\0\2\0\0\xff\xff"
        await gone.wait()

    headers = {"Authorization": aiohttp.encode_basic_auth("ann", PASSWORD)}
    objects = settings.data / f"{session}.git" / "objects"
    async with aiohttp.ClientSession() as http, asyncio.timeout(60):
        pushing = asyncio.create_task(
            http.post(f"{ann.url}/git/{session}.git/git-receive-pack", data=body(), headers=headers)
        )
        await until(lambda: bool(list(objects.glob("tmp_objdir-*"))))
        pushing.cancel()
        await until(lambda: not list(objects.glob("tmp_objdir-*")))
    assert left(settings, session) == before
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    await copy.push()


async def test_tags_that_are_no_revisions(
    people: tuple[Person, Person], clone: MakeClone, settings: Settings
) -> None:
    """PU7, PU8: a tag of what is not on main, and one that is there, are refused before anything is taken in; each is named behind `remote:`."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    await copy.git("tag", "v1")
    await copy.push("v1")
    before = left(settings, session)
    await copy.git("checkout", "-q", "--orphan", "side")
    (copy.path / "large.bin").write_bytes(os.urandom(300_000))
    await copy.commit("Elsewhere")
    await copy.git("tag", "elsewhere")
    await copy.git("tag", "-f", "-a", "v1", "-m", "Moved")
    said = await copy.push("--force", "elsewhere", "v1", status=1)
    assert "remote: refs/tags/elsewhere: what it names is no revision of main." in said
    assert "remote: refs/tags/v1: what it names is no revision of main." in said
    assert left(settings, session) == before
    await copy.git("checkout", "-q", "main")
    await copy.git("tag", "-f", "-a", "v1", "-m", "Moved")
    said = await copy.push("--force", "v1", status=1)
    assert "remote: refs/tags/v1: there is a version v1 already, and versions do not move." in said
    assert left(settings, session) == before


async def test_where_to_read_on(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU11: a refusal ends with the address of the page about it on this very server; a push that is taken has no such line."""
    ann, _ = people
    copy = await clone(ann, await ann.new_session(a_py="one\n"))
    await copy.commit(a_py="two\n")
    assert "/help/" not in await copy.push()
    (copy.path / "link").symlink_to("/etc/passwd")
    await copy.commit("A link")
    said = (await copy.push(status=1)).splitlines()
    refused = next(number for number, line in enumerate(said) if "link is a symbolic link" in line)
    address = said[refused + 1].strip().removeprefix("remote: What a push may hold: ")
    assert address == f"{ann.url}/help/reference/pushing"
    assert await ann.get("/help/reference/pushing")
    docs = Path(__file__).parents[2] / "docs"
    assert (docs / address.partition("/help/")[2]).with_suffix(".md").is_file()


async def test_each_ref_by_itself(people: tuple[Person, Person], clone: MakeClone) -> None:
    """PU8: what may be taken of a push is taken, whatever stands beside it; each that is not is named, with the reason."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    await copy.git("tag", "tree", "HEAD^{tree}")
    await copy.git("update-ref", "refs/tags/HEAD", "HEAD")
    await copy.git("tag", "good")
    await copy.commit(a_py="two\n")
    said = await copy.push("main", "--tags", "HEAD:refs/heads/nope", status=1)
    assert "remote: refs/tags/tree: what it names is no revision of main." in said
    assert "remote: refs/tags/HEAD: in a clone git would take this name for a branch, HEAD or" in said
    assert "remote: refs/heads/nope: a session has the branch main alone; push to main." in said
    assert "remote: good is a named version now." in said
    assert "[remote rejected] tree -> tree (what it names is no revision of main)" in said
    assert said.count("/help/") == 1
    assert await ann.get(f"/api/sessions/{session}/files/a.py") == b"two\n"
    listed = (await copy.git("ls-remote", "--tags", "origin")).stdout
    assert [line.split("/")[-1] for line in listed.splitlines()] == ["good"]


async def test_names_by_the_api(people: tuple[Person, Person], clone: MakeClone, tmp_path: Path) -> None:
    """NV1, PU8: a version called as a branch is confuses no clone; a tag off the line of first parents is shown where it came in."""
    ann, _ = people
    session = await ann.new_session(a_py="one\n")
    copy = await clone(ann, session)
    path = f"/api/sessions/{session}"
    revision = (await ann.get(f"{path}/revisions"))["revisions"][0]["id"]
    for name in ("main", "HEAD", "origin/main"):
        await ann.post(f"{path}/versions", {"revision": revision, "name": name})
    await ann.put(f"{path}/files/b.py", b"meanwhile\n")
    pushed = await copy.commit(a_py="two\n")
    await copy.git("tag", "-a", "v1.0", "-m", "Named é ünï")
    said = await copy.push("HEAD:refs/for/main", "v1.0")
    assert "remote: v1.0 is a named version now: Named é ünï." in said
    newest, *_, oldest = (await ann.get(f"{path}/revisions"))["revisions"]
    assert (newest["names"], set(oldest["names"])) == (["Named é ünï"], {"main", "HEAD", "origin/main"})
    assert newest["brought"] == [{"name": "Named é ünï", "revision": pushed}]
    fresh = await clone(ann, session)
    for what in ("main", "HEAD", "origin/main"):
        assert (await fresh.git("rev-parse", what)).stderr == ""
    await fresh.commit(a_py="three\n")
    await fresh.push()
