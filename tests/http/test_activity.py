"""Who edited how much when, over HTTP."""

from __future__ import annotations

import pytest

from tests.conftest import Browser, Server
from tests.http.test_revisions import asked, change


@pytest.fixture
async def ann(server: Server) -> Browser:
    return await server.sign_up("ann", display_name="Ann Ortega")


@pytest.fixture
async def session(ann: Browser) -> str:
    return await ann.new_session()


async def test_activity(server: Server, ann: Browser, session: str) -> None:
    """HI7: who added and removed how many lines when, of the session or of one file."""
    empty = await asked(ann, session, "activity")
    assert (empty["revisions"], empty["authors"], empty["buckets"]) == (0, [], [])
    bob = await server.member(ann, session, "bob", "editor")
    await change(ann, session, "a.py", "1\n2\n")
    await change(bob, session, "b.py", "1\n")
    found = await asked(ann, session, "activity", buckets=1)
    [bucket] = found["buckets"]
    assert bucket["at"] == found["from"]
    assert found["to"] > found["from"]
    assert (found["seconds"] >= 1, found["revisions"], found["complete"]) == (True, 2, True)
    sums = {found["authors"][edit["author"]]["name"]: edit for edit in bucket["edits"]}
    assert {name: (one["revisions"], one["added"], one["removed"]) for name, one in sums.items()} == {
        "ann": (1, 2, 0),
        "bob": (1, 1, 0),
    }
    found = await asked(ann, session, "activity", path="b.py")
    assert ([one["name"] for one in found["authors"]], found["revisions"]) == (["bob"], 1)
    most = await asked(ann, session, "activity", buckets=10**9, **{"from": "2000-01-01T00:00:00Z"})
    assert len(most["buckets"]) <= 500
    assert most["seconds"] > 3600
