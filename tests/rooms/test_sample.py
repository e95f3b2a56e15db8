"""The sample that a session can begin with."""

from __future__ import annotations

import ast

import pytest

from code_together.rooms import sample
from code_together.session.paths import TakenPaths, check_path
from code_together.session.textfile import decode
from tests.conftest import Server


def test_the_files_are_good() -> None:
    """AM12: every path is one that a file may have; the texts are text, Python parses, and one file has line ends of Windows."""
    found = sample.load()
    contents = dict(pair for step in found.steps for pair in step.contents)
    taken = TakenPaths([])
    for path, data in contents.items():
        taken.check_free(check_path(path))
        taken.add(path)
        if path.endswith(".png"):
            assert data.startswith(b"\x89PNG")
            continue
        decoded = decode(data)
        assert decoded is not None, path
        assert ("crlf" in str(decoded[1])) == path.endswith(".csv"), path
        if path.endswith(".py"):
            ast.parse(data)
    assert {path.rpartition(".")[2] for path in contents} >= {"md", "py", "html", "js", "csv", "png"}
    assert all(remark.path in contents for remark in found.comments)


async def test_a_session_begins_with_it(server: Server) -> None:
    """AM12: one request makes the session with files, revisions, a named version and an open comment at its line."""
    ann = await server.sign_up("ann", display_name="Ann Ortega")
    made = await ann.post("/api/sessions", {"title": "Try", "begin": "sample"})
    assert made.status == 201
    base = f"/api/sessions/{made.json['id']}"
    files = {file["path"]: file for file in (await ann.get(f"{base}/files")).json["files"]}
    assert {"README.md", "station/report.py", "docs/sky.png", "web/index.html"} <= files.keys()
    assert files["docs/sky.png"]["binary"]
    revisions = (await ann.get(f"{base}/revisions")).json["revisions"]
    assert len(revisions) == 3
    assert [one["names"] for one in revisions] == [[], ["First report that is right"], []]
    assert {author["display_name"] for one in revisions for author in one["authors"]} == {"Ann Ortega"}
    (comment,) = (await ann.get(f"{base}/comments")).json["comments"]
    line = comment["range"]["start_line"]
    text = (await ann.get(f"{base}/files/station/report.py")).body.decode()
    assert "len(readings)" in text.splitlines()[line - 1]
    assert (await ann.get(f"{base}/files/data/readings.csv")).body.count(b"\r\n") == 8


async def test_all_or_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """AM12: when the sample cannot be made there is no session, and no repository."""
    ann = await server.sign_up("ann")
    good = sample.load()

    def broken() -> sample.Sample:
        last = sample.Remark("README.md", (9_999, None, 9_999, None), "Nowhere")
        return sample.Sample(good.steps, [last])

    monkeypatch.setattr(sample, "load", broken)
    refused = await ann.post("/api/sessions", {"title": "Try", "begin": "sample"})
    assert refused.status >= 400
    assert (await ann.get("/api/sessions")).json == {"sessions": []}


async def test_no_other_beginning(server: Server) -> None:
    """An unknown beginning is refused and makes nothing."""
    ann = await server.sign_up("ann")
    assert (await ann.post("/api/sessions", {"title": "x", "begin": "magic"})).status == 422
    assert (await ann.get("/api/sessions")).json == {"sessions": []}
