"""Comments on their way to Git, and the index read anew from there."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from code_together.config import Settings
from code_together.git.appraise import Remark
from code_together.http.keys import DATABASE, REGISTRY
from tests.compat.running import git
from tests.conftest import Server
from tests.live import Person
from tests.rooms.talk import line, listed, say


async def test_reading_anew(
    people: tuple[Person, Person], session: str, server: Server, settings: Settings
) -> None:
    """CM8: with its rows deleted, the index is made again from Git when the session is opened: all is as before, mentions are read."""
    ann, bob = people
    first = await say(bob, session, "look @ann")
    second = await say(ann, session, "gone", range=line(1))
    reply = await say(ann, session, "because", parent=first["id"])
    address = f"/api/sessions/{session}/comments"
    await bob.call("PATCH", f"{address}/{first['id']}", 200, json={"text": "look again @ann"})
    await ann.call("PATCH", f"{address}/{first['id']}", 200, json={"resolved": True})
    await ann.call("DELETE", f"{address}/{second['id']}", 204)
    before = await listed(ann, session)
    assert [found["id"] for found in before] == [first["id"], reply["id"]]
    room = await server.app[REGISTRY].room(session)
    room.fail(RuntimeError("on purpose"))

    def forget(connection: sqlite3.Connection) -> None:
        for table in ("comments", "comment_refs", "comment_mentions"):
            connection.execute(f"DELETE FROM {table}")

    await server.app[DATABASE].write(forget)
    after = await ann.get(address)
    assert after["unread"] == 0

    def plain(found: dict[str, Any]) -> dict[str, Any]:
        return {key: found[key] for key in found.keys() - {"anchor", "unread"}}

    assert list(map(plain, after["comments"])) == list(map(plain, before))


async def test_a_line_that_was_waiting(
    people: tuple[Person, Person], session: str, server: Server, settings: Settings
) -> None:
    """CM7: a comment that a crash left in the database is in Git once the session is opened."""
    ann, _ = people
    made = await say(ann, session)
    repository = str(settings.data / f"{session}.git")
    remark = Remark("1763886305", "ann@code.test", description="waiting")

    def leave(connection: sqlite3.Connection) -> None:
        connection.execute(
            'INSERT INTO comment_lines (session_id, account_id, "commit", line, extra) VALUES (?, 1, ?, ?, ?)',
            (
                session,
                made["revision"],
                remark.line,
                json.dumps({"id": remark.id, "account": "ann", "at": 5}),
            ),
        )

    await server.app[DATABASE].write(leave)
    (await server.app[REGISTRY].room(session)).fail(RuntimeError("on purpose"))
    await listed(ann, session)
    assert remark.line in git("notes", "--ref=devtools/discuss", "show", made["revision"], at=repository)


async def test_notes_of_others(
    people: tuple[Person, Person], session: str, server: Server, settings: Settings
) -> None:
    """NO5, NO6, NO7, CM6: notes that somebody else wrote are listed, name no account, change nothing of what was said here,
    and call whom they mention."""
    ann, bob = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    made = await say(bob, session, "said here")
    repository = str(settings.data / f"{session}.git")
    place = {"commit": made["revision"], "path": "a.py", "range": {"startLine": 4}}
    theirs = [
        {
            "timestamp": "1763886305",
            "author": "bob@code.test",
            "location": place,
            "description": "forged? @ann",
        },
        {
            "timestamp": "1999999999",
            "author": "bob@code.test",
            "original": made["id"],
            "description": "changed",
        },
        {"timestamp": "1999999999", "author": "x@y", "parent": made["id"], "description": "an answer\u0000"},
        {
            "timestamp": "x",
            "author": "",
            "parent": "0" * 40,
            "location": {"commit": "HEAD"},
            "description": "lost",
        },
    ]
    note = "\n".join(["no comment", *map(json.dumps, theirs)])
    git(
        "-c",
        "user.name=X",
        "-c",
        "user.email=x@y",
        "notes",
        "--ref=theirs",
        "add",
        "-m",
        note,
        made["revision"],
        at=repository,
    )
    commit = git("rev-parse", "refs/notes/theirs", at=repository).strip()
    room = await server.app[REGISTRY].room(session)
    await room.comments.notes.merge(
        "refs/notes/devtools/discuss", commit, next(iter(room.documents.people.values()))
    )
    answer = await ann.get(f"/api/sessions/{session}/comments")
    found = {one["text"]: one for one in answer["comments"]}
    assert found.keys() == {"said here", "forged? @ann", "an answer", "lost"}
    assert found["said here"]["author"]["name"] == "bob"
    assert {one["author"]["name"] for text, one in found.items() if text != "said here"} == {None}
    assert found["an answer"]["thread"] == made["id"]
    assert found["forged? @ann"]["range"]["start_line"] == 4
    told = await tab.expect("comments")
    assert {peer.text.slice(one["from"], one["to"]) for one in told["threads"]} == {"two", "three"}
    assert (found["lost"]["parent"], found["lost"]["range"]) == (None, None)
    assert answer["unread"] == 1
    assert "no comment" in git("notes", "--ref=devtools/discuss", "show", made["revision"], at=repository)
