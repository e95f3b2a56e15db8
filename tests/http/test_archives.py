from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator

import pytest

from tests.conftest import Server, Start
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
