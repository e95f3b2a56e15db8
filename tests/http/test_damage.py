"""A session whose repository is lost or damaged: whoever asks is told so, and the log has a line."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import aiohttp
import pytest

from code_together.http.keys import REGISTRY
from tests.clones import run_git
from tests.conftest import Browser, Server


def lines(caplog: pytest.LogCaptureFixture, event: str) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.getMessage() == event]


async def written(server: Server, browser: Browser) -> tuple[str, Path]:
    """A session with one revision of a file that does not get small, its only object on the disk a pack."""
    session = await browser.new_session()
    text = "".join(f"line {number * 7919 % 10_007}\n" for number in range(3_000))
    put = await browser.send("PUT", f"/api/sessions/{session}/files/a.py", data=text.encode())
    assert put.status == 201, put
    repository = server.app[REGISTRY].repository(session)
    assert (await run_git(repository, "repack", "-adq")).returncode == 0
    return session, repository


async def test_lost(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """OB5: files, history and git of a session whose repository is gone are 503 with what to do, never that there is no such session."""
    ann = await server.sign_up("ann")
    session = (await ann.post("/api/sessions", {"title": "Parser"})).json["id"]
    shutil.rmtree(server.app[REGISTRY].repository(session))
    for path in ("files", "revisions", "bundle"):
        answer = await ann.get(f"/api/sessions/{session}/{path}")
        assert (answer.status, answer.error) == (503, "repository_missing"), path
        assert "backup" in answer.json["error"]["message"]
        assert str(server.app[REGISTRY].around.repositories) not in answer.body.decode()
    (line, *_) = lines(caplog, "repository missing")
    assert line.fields["session"] == session  # type: ignore[attr-defined]
    gone = await ann.get("/api/sessions/nothing/files")
    assert (gone.status, gone.error) == (404, "not_found")


async def test_damaged(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """OB5: whatever reads a damaged pack is the same 503, with a line in the log."""
    ann = await server.sign_up("ann")
    session, repository = await written(server, ann)
    where = f"/api/sessions/{session}"
    id = (await ann.get(f"{where}/revisions")).json["revisions"][0]["id"]
    (pack,) = (repository / "objects" / "pack").glob("*.pack")
    data = bytearray(pack.read_bytes())
    listed = (await run_git(repository, "verify-pack", "-v", str(pack.with_suffix(".idx")))).stdout
    (begin,) = (int(line.split()[4]) for line in listed.splitlines() if " blob " in line)
    data[begin : begin + 3] = bytes(3)
    pack.chmod(0o600)
    pack.write_bytes(data)
    for path in (f"texts/a.py?revision={id}", f"blame/a.py?revision={id}", f"revisions/{id}/diff"):
        caplog.clear()
        answer = await ann.get(f"{where}/{path}")
        assert (answer.status, answer.error) == (503, "repository_damaged"), (path, answer)
        assert lines(caplog, "repository damaged"), path


async def test_bundle_that_breaks(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """OB5: where git fails in the middle of a bundle the connection breaks off, so that a file that lacks its end never looks complete."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    await ann.send(
        "PUT", f"/api/sessions/{session}/files/a.py", data=b"".join(b"%d\n" % (n * n) for n in range(9_000))
    )
    repository = server.app[REGISTRY].repository(session)
    objects = (repository / "objects").glob("??/*")
    max(objects, key=lambda file: file.stat().st_size).unlink()
    with pytest.raises(aiohttp.ClientPayloadError):
        await ann.get(f"/api/sessions/{session}/bundle")
    (line,) = lines(caplog, "git failed in the middle of an answer")
    assert line.fields["session"] == session  # type: ignore[attr-defined]
    assert not [record for record in caplog.records if record.name.startswith("aiohttp")]
