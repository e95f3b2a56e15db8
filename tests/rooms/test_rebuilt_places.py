"""The index of comments, made again from the notes, has every place that it had."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from code_together.config import Settings
from code_together.http.app import serving
from tests.live import Person
from tests.rooms.talk import TEXT, line, listed, one, say

LINES = [
    f"unique line {number} of {word}\n"
    for number, word in enumerate(["some", "text", "that", "is", "here"] * 4)
]

Places = dict[str, tuple[str, Any, bool]]


async def places(ann: Person, session: str) -> Places:
    return {one["id"]: (one["path"], one["range"], one["outdated"]) for one in await listed(ann, session)}


async def rebuilt(settings: Settings, session: str) -> Places:
    """What another server finds in the notes, when nothing of the index is left."""
    with closing(sqlite3.connect(settings.data / "code_together.db")) as database, database:
        for table in ("comment_mentions", "comments", "comment_refs"):
            database.execute(f"DELETE FROM {table}")
    async with serving(settings) as second:
        ann = await Person.log_in(second.url, "ann")
        found = await places(ann, session)
        await ann.close()
    return found


@pytest.mark.parametrize("opened", [True, False])
async def test_renamed_deleted_and_back(settings: Settings, opened: bool) -> None:
    """CM3, CM8: a comment of a file that was renamed, deleted, brought back and renamed again is in it, before and after rebuilding."""
    async with serving(settings) as first:
        ann = await Person.sign_up(first.url, "ann")
        session = await ann.new_session(a_py=TEXT)
        await say(ann, session)
        files = f"/api/sessions/{session}/files"
        await ann.call("PATCH", f"{files}/a.py", 200, json={"path": "lib/p.py"})
        whole = await ann.commit(session)
        await ann.call("DELETE", f"{files}/lib/p.py", 204)
        await ann.post(f"/api/sessions/{session}/restore", {"revision": whole, "path": "lib/p.py"})
        if opened:
            assert (await one(ann, session))["path"] == "lib/p.py"
        await ann.call("PATCH", f"{files}/lib/p.py", 200, json={"path": "q.py"})
        found = await one(ann, session)
        assert (found["path"], found["outdated"], found["range"]["start_line"]) == ("q.py", False, 3)
        live = await places(ann, session)
        await ann.close()
    assert await rebuilt(settings, session) == live


async def test_session_from_before_a_rename(settings: Settings) -> None:
    """CM3, CM8: when the session is put back to where a file had its old name, its comments are there again."""
    async with serving(settings) as first:
        ann = await Person.sign_up(first.url, "ann")
        session = await ann.new_session(a_py=TEXT)
        await say(ann, session)
        whole = await ann.commit(session)
        await ann.call("PATCH", f"/api/sessions/{session}/files/a.py", 200, json={"path": "b.py"})
        await ann.post(f"/api/sessions/{session}/restore", {"revision": whole})
        found = await one(ann, session)
        assert (found["path"], found["outdated"], found["range"]["start_line"]) == ("a.py", False, 3)
        live = await places(ann, session)
        await ann.close()
    assert await rebuilt(settings, session) == live


@pytest.mark.parametrize("round", range(2))
async def test_any_changes(settings: Settings, round: int) -> None:
    """CM3, CM8: whatever became of files and lines, what is rebuilt is what was there."""
    seed = int(os.environ.get("SEED") or random.randrange(2**32)) + round
    print(f"seed {seed}")
    chance = random.Random(seed)
    async with serving(settings) as first:
        ann = await Person.sign_up(first.url, "ann")
        texts = {"a.py": LINES, "b.py": [line.replace("unique", "other") for line in LINES]}
        session = await ann.new_session(a_py="".join(texts["a.py"]), b_py="".join(texts["b.py"]))
        address = f"/api/sessions/{session}"
        for path in texts:
            for number in chance.sample(range(1, len(LINES) + 1), 4):
                await say(ann, session, f"Why {number}?", path=path, range=line(number))
        revisions = [await ann.commit(session)]
        for step in range(14):
            present = [file["path"] for file in (await ann.get(f"{address}/files"))["files"]]
            way = chance.choice(["cut", "cut", "rename", "delete", "file", "session", "revert"])
            path = chance.choice(present) if present else ""
            if way == "cut" and present:
                text = (await ann.get(f"{address}/files/{path}")).decode().splitlines(keepends=True)
                start = chance.randrange(len(text) + 1)
                text[start : start + chance.randrange(12)] = [f"new in step {step}\n"]
                await ann.put(f"{address}/files/{path}", "".join(text).encode(), 200)
            elif way == "rename" and present:
                await ann.call("PATCH", f"{address}/files/{path}", 200, json={"path": f"moved/{step}.py"})
            elif way == "delete" and present:
                await ann.call("DELETE", f"{address}/files/{path}", 204)
            elif way in ("session", "file"):
                revision = chance.choice(revisions)
                there = (await ann.get(f"{address}/files?revision={revision}"))["files"]
                body = {"revision": revision}
                if way == "file" and there:
                    body["path"] = chance.choice(there)["path"]
                async with ann.http.post(f"{ann.url}{address}/restore", json=body) as response:
                    assert response.status < 500
            elif way == "revert":
                async with ann.http.post(
                    f"{ann.url}{address}/revert", json={"revision": revisions[-1]}
                ) as response:
                    assert response.status < 500
            revisions.append(await ann.commit(session))
            if chance.random() < 0.4:
                await places(ann, session)
        live = await places(ann, session)
        await ann.close()
    assert await rebuilt(settings, session) == live
