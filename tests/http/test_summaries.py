"""What the list of sessions says of each: files, languages, who changed something last, who is there."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

from code_together.config import Settings
from code_together.http.app import serving
from tests.conftest import PASSWORD, Browser, Server, Start
from tests.live import Person


async def listed(browser: Browser, session: str) -> dict[str, Any]:
    sessions = (await browser.get("/api/sessions")).json["sessions"]
    found: dict[str, Any] = next(one for one in sessions if one["id"] == session)
    return found


async def until(browser: Browser, session: str, **expected: object) -> dict[str, Any]:
    """The summary is written beside the answer."""
    for _ in range(200):
        found = await listed(browser, session)
        if all(found[name] == value for name, value in expected.items()):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{expected} does not come: {found}")


async def test_files_come_and_go(server: Server) -> None:
    """AM11: files and languages are those of the newest revision, through making, renaming and deleting."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    files = f"/api/sessions/{session}/files"
    for path in ("a.py", "b.py", "README.md", "index.html", "data.bin"):
        assert (await ann.send("PUT", f"{files}/{path}", data=b"x\n")).status == 201
    found = await until(ann, session, files=5)
    assert found["languages"] == ["Python", "HTML", "Markdown"]
    assert found["last_edit"]["author"]["name"] == "ann"
    assert found["last_edit"]["path"] == "data.bin"
    await ann.patch(f"{files}/index.html", {"path": "index.rs"})
    await until(ann, session, languages=["Python", "Rust", "Markdown"])
    await ann.delete(f"{files}/README.md")
    found = await until(ann, session, files=4, languages=["Python", "Rust"])
    assert found["last_edit"]["path"] is None


async def test_typing_is_there_at_once(server: Server) -> None:
    """AM11: who types is the last to have edited, before there is a revision; who is there is named."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    await ann.send("PUT", f"/api/sessions/{session}/files/a.py", data=b"x\n")
    bob = await Person.sign_up(server.url, "bob")
    await ann.put(f"/api/sessions/{session}/members/bob", {"role": "editor"})
    tab = await bob.tab(session)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "y")
    await tab.saved(peer)
    found = await listed(ann, session)
    assert (found["last_edit"]["author"]["name"], found["last_edit"]["path"]) == ("bob", "a.py")
    assert [person["name"] for person in found["here"]] == ["bob"]
    assert found["people"] == 1
    await bob.close()


async def test_made_good_at_the_next_start(start: Start, settings: Settings) -> None:
    """AM11: what was not summed up, from before there were summaries or by a crash, is at the next start."""
    async with serving(settings) as first:
        ann = Browser(first.url)
        await ann.post("/api/accounts", {"name": "ann", "password": PASSWORD})
        session = await ann.new_session()
        await ann.send("PUT", f"/api/sessions/{session}/files/a.py", data=b"x\n")
        await until(ann, session, files=1)
        await ann.http.close()
    with closing(sqlite3.connect(settings.data / "code_together.db")) as database:
        database.execute("DELETE FROM summaries")
        database.commit()
    ann = (await start()).browser()
    await ann.log_in("ann")
    found = await until(ann, session, files=1, languages=["Python"])
    assert found["last_edit"]["author"]["name"] == "ann"


async def test_others_sessions_are_not_told_of(server: Server) -> None:
    """RM6: the list has the sessions of who asks, and no others."""
    ann, eve = await server.sign_up("ann"), await server.sign_up("eve")
    await ann.new_session()
    assert (await eve.get("/api/sessions")).json == {"sessions": []}
