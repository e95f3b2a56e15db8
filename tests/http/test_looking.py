"""Differences and blame of revisions over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Browser, Server, Start
from tests.git.making import colliding
from tests.http.test_revisions import asked, change


@pytest.fixture
async def ann(server: Server) -> Browser:
    return await server.sign_up("ann", display_name="Ann Ortega")


@pytest.fixture
async def session(ann: Browser) -> str:
    return await ann.new_session()


async def test_any_two_revisions(ann: Browser, session: str) -> None:
    """LK2: a revision is compared with the one before it or with any other, and says with which."""
    one = await change(ann, session, "a.py", "1\n")
    two = await change(ann, session, "a.py", "2\n")
    three = await change(ann, session, "b.py", "3\n")
    file = {"path": "a.py", "old_path": None, "status": "changed", "binary": False}
    file |= {"too_large": False, "too_slow": False}
    diff = await asked(ann, session, f"revisions/{two}/diff")
    hunks = "@@ -1 +1 @@\n-1\n+2\n"
    assert diff == {
        "revision": two,
        "base": one,
        "files": [{**file, "diff": hunks, "added": 1, "removed": 1}],
        "total": 1,
        "next": None,
    }
    back = await asked(ann, session, f"revisions/{one}/diff", base=three)
    assert [(found["path"], found["status"]) for found in back["files"]] == [
        ("a.py", "changed"),
        ("b.py", "removed"),
    ]
    assert (await asked(ann, session, f"revisions/{one}/diff"))["base"] is None
    alone = await asked(ann, session, f"revisions/{one}/diff", base=three, path="b.py")
    assert [found["path"] for found in alone["files"]] == ["b.py"]


async def test_pieces(start: Start) -> None:
    """LK3: a large difference comes in pieces, a large file when it is asked for, a still larger one not at all."""
    server = await start(diff_files=2, diff_bytes=400, diff_file_bytes=5_000)
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    await change(ann, session, "0.txt", "0\n")
    first = (await asked(ann, session))["revisions"][0]["id"]
    for number in range(5):
        await change(ann, session, f"{number}.txt", f"{number} is new\n" * (100 if number == 3 else 1))
    last = await change(ann, session, "5.txt", "too much\n" * 1_000)
    paths: list[str] = []
    after: dict[str, Any] = {}
    while True:
        piece = await asked(ann, session, f"revisions/{last}/diff", base=first, **after)
        assert len(piece["files"]) <= 2
        assert piece["total"] == 6
        paths += [file["path"] for file in piece["files"] if not file["too_large"]]
        if piece["next"] is None:
            break
        after = {"after": piece["next"]}
    assert paths == ["0.txt", "1.txt", "2.txt", "4.txt"]
    for path, too_large in (("3.txt", False), ("5.txt", True)):
        [file] = (await asked(ann, session, f"revisions/{last}/diff", base=first, path=path))["files"]
        assert (file["too_large"], file["diff"] == "") == (too_large, too_large)


async def test_a_file_that_takes_too_long(start: Start) -> None:
    """LK3: a file that is made to take long, between two others, is named and said to; they are shown, and what comes after it follows."""
    server = await start(read_seconds=3.0, diff_bytes=3_000_000)
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    lines = colliding(60_000)
    both = []
    for text in ("\n".join(lines[:30_000]), "\n".join(lines[30_000:])):
        for path in ("1.txt", "2.txt", "4.txt", "5.txt"):
            await change(ann, session, path, f"{path} {text[:20]}\n")
        both.append(await change(ann, session, "3.txt", text))
    base, last = both
    given: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        piece = await asked(ann, session, f"revisions/{last}/diff", base=base, **after)
        assert piece["total"] == 5
        given += piece["files"]
        if piece["next"] is None:
            break
        after = {"after": piece["next"]}
    assert [file["path"] for file in given] == ["1.txt", "2.txt", "3.txt", "4.txt", "5.txt"]
    assert [file["too_slow"] for file in given] == [False, False, True, False, False]
    assert [file["diff"].startswith("@@ -1 +1 @@\n") for file in given] == [True, True, False, True, True]
    [alone] = (await asked(ann, session, f"revisions/{last}/diff", base=base, path="3.txt"))["files"]
    assert (alone["too_slow"], alone["diff"]) == (True, "")


async def test_what_was_before_a_line(ann: Browser, session: str) -> None:
    """LK6: blame tells the revision and path of before, with which it can be asked again, through a rename."""
    await change(ann, session, "a.py", "1\n2\n3\n")
    renamed = await ann.patch(f"/api/sessions/{session}/files/a.py", {"path": "b.py"})
    assert renamed.status == 200
    await change(ann, session, "b.py", "1\nzwei\n3\n")
    now = await asked(ann, session, "blame/b.py")
    second = now["lines"][1]
    assert (second["text"], second["original"], second["revision"]) == ("zwei", 2, now["revision"])
    before = now["revisions"][second["revision"]]["previous"]
    assert before["path"] == "b.py"
    earlier = await asked(ann, session, f"blame/{before['path']}", revision=before["revision"])
    line = earlier["lines"][1]
    assert line["text"] == "2"
    assert earlier["revisions"][line["revision"]] == {"title": "Add a.py", "path": "a.py", "previous": None}
