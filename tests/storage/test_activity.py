"""Who edited how much when."""

from __future__ import annotations

import pytest

from code_together.storage.activity import Edits
from code_together.storage.wanted import Wanted

from .conftest import Store
from .past import ANN, BOB, CLEO, changed, index, person, revision


async def test_activity(store: Store) -> None:
    """HI7: each person's own lines, in buckets from the first to the last revision; windows count once."""
    session = await index(
        store,
        [
            revision(0, changed("a", 10, 0)),
            revision(1, changed("b", 0, 3), author=BOB),
            revision(2, changed("a", 9, 9), people=[person(2, ANN, changed("a", 1, 2)), person(2, BOB, changed("a", 7, 0))]),
            revision(9, changed("a", 4, 4), author=CLEO),
        ],
    )  # fmt: skip
    found = await store.revisions.activity(session, Wanted(), 3)
    assert (found.since, found.until, found.revisions) == (0.0, 541.0, 4)
    assert found.seconds * 3 == pytest.approx(541.0)
    assert found.edits == [
        Edits(0, ANN, 2, 11, 2),
        Edits(0, BOB, 2, 7, 3),
        Edits(2, CLEO, 1, 4, 4),
    ]
    one = await store.revisions.activity(session, Wanted(path="a", emails=(ANN.email,), since=60.0), 3)
    assert (one.revisions, one.edits) == (1, [Edits(0, ANN, 1, 1, 2)])
    late = await store.revisions.activity(session, Wanted(since=1_000.0, until=2_000.0), 10)
    assert (late.since, late.until, late.seconds, late.edits) == (1_000.0, 2_000.0, 100.0, [])


async def test_activity_of_nothing(store: Store) -> None:
    """HI7: a session without revisions, or a stretch of time without length, has none."""
    session = await store.session(await store.account())
    assert (await store.revisions.activity(session, Wanted(), 60)).edits == []
    await store.revisions.begin(session, "r1")
    await store.revisions.add_older(session, [revision(1)], None)
    assert (await store.revisions.activity(session, Wanted(since=5.0, until=5.0), 60)).edits == []
    assert (await store.revisions.activity(session, Wanted(since=9.0, until=5.0), 60)).edits == []
    assert (await store.revisions.activity(session, Wanted(), 1)).edits == [Edits(0, ANN, 1, 0, 0)]
