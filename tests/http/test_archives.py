from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import Server, Start
from tests.git import zips
from tests.live import Person


@pytest.fixture
async def ann(server: Server) -> AsyncIterator[Person]:
    ann = await Person.sign_up(server.url, "ann")
    yield ann
    await ann.close()


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def test_download(ann: Person) -> None:
    """ZP1: the zip is what is on the screen now, and with a revision what was then."""
    id = await ann.new_session("Größe 1/2", a_py="one\n")
    await ann.put(f"/api/sessions/{id}/files/src/b.bin", b"\0\1")
    then = (await ann.get(f"/api/sessions/{id}/files"))["revision"]
    tab = await ann.tab(id)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "live ")
    await tab.saved(peer)
    assert contents(await ann.get(f"/api/sessions/{id}/archive.zip")) == {
        "a.py": b"live one\n",
        "src/b.bin": b"\0\1",
    }
    old = await ann.get(f"/api/sessions/{id}/archive.zip?revision={then}")
    assert contents(old)["a.py"] == b"one\n"
    async with ann.http.get(f"{ann.url}/api/sessions/{id}/archive.zip") as response:
        assert response.content_type == "application/zip"
        assert "Gr%C3%B6%C3%9Fe%201-2.zip" in response.headers["Content-Disposition"]
    async with ann.http.head(f"{ann.url}/api/sessions/{id}/archive.zip") as response:
        assert (response.status, await response.read()) == (200, b"")


async def test_nothing_to_download(ann: Person) -> None:
    """ZP1: a session without files, or a revision that is not there, is 404 with a sentence."""
    id = await ann.new_session()
    assert (await ann.get(f"/api/sessions/{id}/archive.zip", 404))["error"]["code"] == "no_revision"
    path = f"/api/sessions/{id}/archive.zip?revision={'0' * 40}"
    assert (await ann.get(path, 404))["error"]["code"] == "no_revision"


async def test_too_large_to_download(start: Start) -> None:
    """ZP2: what has too many bytes or files is refused whole."""
    server = await start(archive_files=2, archive_bytes=10)
    ann = await Person.sign_up(server.url, "ann")
    for files in ({"a_py": "", "b_py": "", "c_py": ""}, {"a_py": "x" * 11}):
        id = await ann.new_session(**files)
        refused = await ann.get(f"/api/sessions/{id}/archive.zip", 413)
        assert refused["error"]["code"] == "archive_too_large"
    await ann.close()


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where what is uploaded is kept for a while."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


async def send(ann: Person, session: str, data: Any, status: int = 201, query: str = "", **more: Any) -> Any:
    more = more or {"headers": {"Content-Type": "application/zip"}}
    return await ann.call("POST", f"/api/sessions/{session}/import{query}", status, data=data, **more)


async def files_of(ann: Person, session: str) -> list[str]:
    return [file["path"] for file in (await ann.get(f"/api/sessions/{session}/files"))["files"]]


FILES = {"p/a.py": b"one\n", "p/src/b.bin": b"\0\1", "p/src/c.py": b"two\n"}


async def test_import(ann: Person, temporary: Path) -> None:
    """ZP3: all files come in one revision by who imported them, everyone sees them at once, and they can be edited."""
    id = await ann.new_session(mine_py="mine\n")
    tab = await ann.tab(id)
    mine = await tab.open("mine.py")
    await tab.type(mine, 0, "typed ")
    await tab.saved(mine)
    made = await send(ann, id, zips.zipped(FILES.items()), query="?strip=1&name=parser.zip")
    assert made["files"] == 3
    assert await files_of(ann, id) == ["a.py", "mine.py", "src/b.bin", "src/c.py"]
    assert await ann.get(f"/api/sessions/{id}/files/src/b.bin") == b"\0\1"
    revisions = (await ann.get(f"/api/sessions/{id}/revisions"))["revisions"]
    assert [one["message"] for one in revisions[:2]] == ["Import 3 files from parser.zip", "Edit mine.py"]
    assert revisions[0]["id"] == made["id"]
    assert revisions[0]["authors"][0]["name"] == "ann"
    await tab.until(lambda: any(len(one["files"]) == 4 for one in tab.seen["files"]), "the files")
    peer = await tab.open("src/c.py")
    await tab.type(peer, 0, "and ")
    await tab.saved(peer)
    assert await ann.get(f"/api/sessions/{id}/files/src/c.py") == b"and two\n"
    assert os.listdir(temporary) == []


async def test_import_by_a_form(ann: Person) -> None:
    """The contract: a zip may come as a form's first file, whose name is kept."""
    id = await ann.new_session()
    form = aiohttp.FormData()
    form.add_field("note", "x")
    form.add_field("file", zips.zipped(FILES.items()), filename="parser.zip", content_type="application/zip")
    await send(ann, id, form, query="?into=old/", json=None)
    assert await files_of(ann, id) == ["old/p/a.py", "old/p/src/b.bin", "old/p/src/c.py"]
    (revision,) = (await ann.get(f"/api/sessions/{id}/revisions"))["revisions"]
    assert revision["message"] == "Import 3 files from parser.zip"
    empty = aiohttp.FormData({"note": "x"})
    empty.add_field("more", "x", content_type="text/plain")
    assert (await send(ann, id, empty, 400, json=None))["error"]["code"] == "malformed"


async def test_which_entry_is_at_fault(ann: Person) -> None:
    """ZP4: a refusal names the entry that is at fault; that of the folder none."""
    id = await ann.new_session(a_py="one\n")
    data = zips.zipped([("good", b"x"), ("p/con.txt", b"x")])
    error = (await send(ann, id, data, 422))["error"]
    assert (error["code"], error["entry"]) == ("bad_path", "p/con.txt")
    assert "has an entry" in error["message"]
    assert "'p/con.txt'" in error["message"]
    error = (await send(ann, id, zips.zipped([("b", b"x"), ("B", b"x")]), 409))["error"]
    assert (error["code"], error["entry"]) == ("path_taken", "B")
    error = (await send(ann, id, zips.zipped([("good", b"x")]), 422, query="?into=a//b"))["error"]
    assert (error["code"], "entry" in error) == ("bad_path", False)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (zips.zipped([("good", b"x"), ("../x", b"x")]), 422, "bad_path"),
        (zips.zipped([("good", b"x"), ("A.PY", b"x")]), 409, "path_taken"),
        (zips.zipped([("good", b"x"), ("a.py", b"one")]), 409, "path_taken"),
        (zips.zipped([("good", b"x"), ("a.py/b", b"x")]), 409, "path_taken"),
        (zips.symlink(), 422, "bad_archive"),
        (zips.overlapping(40), 422, "bad_archive"),
        (zips.zipped([("a", b"\0" * 15_000_000)]), 422, "bad_archive"),
        (b"hello", 422, "bad_archive"),
        (b"", 422, "bad_archive"),
    ],
)
async def test_refused_imports(ann: Person, temporary: Path, data: bytes, status: int, code: str) -> None:
    """ZP4, T9, T10: the whole import is refused with a sentence, and nothing is written."""
    id = await ann.new_session(a_py="one")
    before = await ann.get(f"/api/sessions/{id}/files")
    assert (await send(ann, id, data, status))["error"]["code"] == code
    assert await ann.get(f"/api/sessions/{id}/files") == before
    assert len((await ann.get(f"/api/sessions/{id}/revisions"))["revisions"]) == 1
    assert os.listdir(temporary) == []


async def test_limits_of_imports(start: Start) -> None:
    """ZP5, T10: the zip itself, the number of its files and that of the session's are bounded."""
    server = await start(import_bytes=1_000, archive_files=3, session_files=4)
    ann = await Person.sign_up(server.url, "ann")
    id = await ann.new_session(a_py="", b_py="")
    too_large = await send(ann, id, b"x" * 1_000_000, 413)
    assert too_large["error"]["code"] == "archive_too_large"

    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x" * 1_000

    assert (await send(ann, id, in_pieces(), 413))["error"]["code"] == "archive_too_large"
    four, three = ([(f"{i}", b"") for i in range(n)] for n in (4, 3))
    assert (await send(ann, id, zips.zipped(four), 413))["error"]["code"] == "archive_too_large"
    assert (await send(ann, id, zips.zipped(three), 413))["error"]["code"] == "too_many_files"
    await send(ann, id, zips.zipped(three[:2]))
    await ann.close()


async def test_only_zips(ann: Person) -> None:
    """The contract: another kind of body is refused."""
    id = await ann.new_session()
    refused = await send(ann, id, b"x", 422, headers={"Content-Type": "text/plain"})
    assert refused["error"]["code"] == "bad_archive"
