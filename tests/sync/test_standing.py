"""Saying how both sides stand, and ending with it."""

from __future__ import annotations

import asyncio
import dataclasses
import os

import pytest

from code_together.config import Settings
from tests.sync.conftest import Place


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Of a server that takes small files alone."""
    return dataclasses.replace(settings, file_bytes=1_000)


async def test_once_and_not_in_step(place: Place) -> None:
    """SY11: with --once whatever keeps a file from being the same on both sides is counted and named, and the exit status is 3."""
    root = place.tmp_path / "here"
    root.mkdir()
    for path, data in (("a.txt", "x\n"), ("pic.png", b"\0one"), ("in/b.txt", "b\n"), ("good.txt", "g\n")):
        await place.put(path, data)
    (root / "in").symlink_to(place.tmp_path)
    assert await (await place.sync(once=True)).end() == ["in/b.txt"]
    (root / "a.txt").write_bytes(b"no\0text")
    (root / "pic.png").write_bytes(b"\0" * 2_000)
    (root / "large.txt").write_bytes(b"x" * 2_000)
    (root / "con.txt").write_text("refused\n")
    (root / "link").symlink_to("/etc/passwd")
    os.mkfifo(root / "pipe")
    (root / ".gitignore").write_text("*.log\n")
    (root / "ignored.log").write_text("x\n")
    (root / "good.txt").write_text("good\n")
    apart = "a.txt, con.txt, in/b.txt, large.txt, nam\N{REPLACEMENT CHARACTER}e.txt, pic.png"
    (root / os.fsdecode(b"nam\xffe.txt")).write_text("x\n")
    process = await place.process(root, "--once")
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    said = out.decode().splitlines()
    assert process.returncode == 3, said
    assert said[-1] == f"Not in step: 6 of 8 files are not the same on both sides: {apart}."
    assert not any(line.startswith("in step") for line in said)
    assert "link: not sent: it is a symbolic link" in said
    assert await place.bytes("good.txt") == b"good\n"
    assert await place.paths() == [".gitignore", "a.txt", "good.txt", "in/b.txt", "pic.png"]
    for path in ("a.txt", "pic.png"):
        await place.delete(path)
    (root / "in").unlink()
    for kept in (root / "con.txt", root / "large.txt", *root.glob("nam*"), *root.glob("[ap]*.*")):
        kept.unlink()
    process = await place.process(root, "--once")
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, out
    assert out.decode().splitlines()[-1] == "in step with Work: 3 files"


async def test_in_step_and_not(place: Place) -> None:
    """SY11: while it runs it says when something keeps both sides apart, and when nothing does any more, once each."""
    await place.put("a.png", b"\0")
    here = await place.sync()
    await here.in_step()
    (here.root / "a.png").write_bytes(b"\0" * 2_000)
    await here.not_in_step("a.png")
    await asyncio.sleep(1)
    (here.root / "a.png").write_bytes(b"\0small")
    await here.until(lambda: here.said[-1] == "in step with Work: 1 file", "being in step again")
    assert here.said == [
        "received a.png",
        "in step with Work: 1 file",
        "a.png: not sent: A file may have 1,000 bytes.",
        "not in step with Work: 1 of 1 file is not the same on both sides: a.png",
        "sent a.png",
        "in step with Work: 1 file",
    ]


async def test_who_may_only_look(place: Place) -> None:
    """SY11, SY8: what is changed, new, deleted or executable here, and not sent for want of the right, keeps both sides from being in step."""
    for name in "abcd":
        await place.put(f"{name}.txt", f"{name}\n")
    token = await place.token(place.ann, "read")
    here = await place.sync(token=token)
    await here.in_step()
    (here.root / "a.txt").write_text("mine\n")
    (here.root / "b.txt").unlink()
    (here.root / "c.txt").chmod(0o755)
    (here.root / "e.txt").write_text("e\n")
    await here.not_in_step("a.txt", "b.txt", "c.txt", "e.txt")
    assert await here.stop() == ["a.txt", "b.txt", "c.txt", "e.txt"]
    assert await (await place.sync(token=token, once=True)).end() == ["a.txt", "b.txt", "c.txt", "e.txt"]
