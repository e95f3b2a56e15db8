"""A long history comes into an empty session by its first push."""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path

import pytest

from tests.clones import Clone
from tests.conftest import Start
from tests.live import Person

TAGS = 20


def history(files: int, commits: int) -> bytes:
    """A stream for `git fast-import`: files in folders, of three authors, with a tag from time to time."""
    authors = [b"Ann <ann@far.example>", b"Bob <bob@far.example>", b"Zo\xc3\xab <zoe@far.example>"]
    stream = []
    for number in range(commits):
        author = authors[number % 3]
        paths = [number * files // commits, (number * 7919) % (number * files // commits + 1)]
        if number == 0:
            paths = list(range(50))
        message = b"Commit %d" % number
        stream.append(
            b"commit refs/heads/main\nmark :%d\nauthor %b %d +0000\ncommitter %b %d +0000\ndata %d\n%b\n"
            % (number + 1, author, 10**9 + number, author, 10**9 + number, len(message), message)
        )
        for path in sorted(set(paths)):
            data = b"".join(b"line %d of %d\n" % (line, number) for line in range(20))
            stream.append(b"M 644 inline src/p%d/f%d.py\ndata %d\n%b\n" % (path % 40, path, len(data), data))
        if number % (commits // TAGS) == 0:
            stream.append(
                b"tag v%d\nfrom :%d\ntagger Ann <ann@far.example> %d +0000\ndata 7\nVersion\n"
                % (number, number + 1, 10**9 + number)
            )
    return b"".join(stream)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("files", "commits"), [(200, 500), pytest.param(2_000, 5_000, marks=pytest.mark.long)]
)
async def test_a_long_history(start: Start, tmp_path: Path, files: int, commits: int) -> None:
    """PU3, PU8: thousands of files and commits and their tags are there soon after the push, with their authors; typing goes on from there."""
    server = await start()
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session()
    copy = await Clone.of(ann, session, tmp_path / "copy")
    done = await asyncio.to_thread(
        subprocess.run,
        ["git", "-C", str(copy.path), "fast-import", "--quiet"],
        input=history(files, commits),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    await copy.git("reset", "-q", "--hard")
    begun = time.monotonic()
    said = await copy.push("main", "--tags")
    pushed = time.monotonic() - begun
    assert f"remote: {commits:,} commits and {files:,} files are in the session now." in said
    listed = await ann.get(f"/api/sessions/{session}/files")
    assert len(listed["files"]) == files
    begun = time.monotonic()
    page = (await ann.get(f"/api/sessions/{session}/revisions?limit=50"))["revisions"]
    first_page = time.monotonic() - begun
    assert [r["message"] for r in page[:2]] == [f"Commit {commits - 1}", f"Commit {commits - 2}"]
    assert {r["authors"][0]["email"] for r in page} == {
        f"{name}@far.example" for name in ("ann", "bob", "zoe")
    }
    tags = (await copy.git("ls-remote", "--tags", "origin")).stdout.split()
    assert sum(ref.endswith("^{}") for ref in tags) == TAGS
    tab = await ann.tab(session)
    peer = await tab.open("src/p0/f0.py")
    await tab.type(peer, 0, "typed\n")
    await tab.saved(peer)
    begun = time.monotonic()
    await copy.git("pull", "-q", "--ff-only", "origin", "main")
    print(f"push {pushed:.1f} s, first page {first_page:.2f} s, pull {time.monotonic() - begun:.1f} s")
    assert (copy.path / "src/p0/f0.py").read_text().startswith("typed\n")
    assert pushed < 90
    await ann.close()
