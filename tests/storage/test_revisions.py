"""The index of a session's history."""

from __future__ import annotations

import sqlite3

import pytest

from code_together.errors import NotFound
from code_together.session.revisions import FileStat, Revision
from code_together.storage.revisions import Stretch
from code_together.storage.wanted import Wanted

from .conftest import Store
from .past import ANN, BOB, changed, ids, index, moved, person, revision


async def test_grows_at_both_ends(store: Store) -> None:
    """HI1, HI3: what is older comes below, what is new on top, and nothing that does not belong there."""
    session = await store.session(await store.account())
    assert await store.revisions.stretch(session) is None
    assert await store.revisions.page(session, None, 10, Wanted()) == ([], None)
    await store.revisions.begin(session, "r5")
    assert await store.revisions.stretch(session) == Stretch(None, "r5")
    await store.revisions.add_older(session, [revision(5), revision(4)], "r3")
    assert await store.revisions.stretch(session) == Stretch("r5", "r3")
    await store.revisions.add_older(session, [revision(2)], "r1")
    await store.revisions.add_newer(session, [revision(9)])
    assert await store.revisions.stretch(session) == Stretch("r5", "r3")
    await store.revisions.add_newer(session, [revision(6), revision(7), revision(9)])
    await store.revisions.add_older(session, [revision(3), revision(2), revision(1), revision(0)], None)
    assert await store.revisions.stretch(session) == Stretch("r7", None)
    assert await ids(store, session, Wanted()) == [f"r{n}" for n in range(7, -1, -1)]
    await store.revisions.begin(session, "r9")
    assert await store.revisions.stretch(session) == Stretch(None, "r9")
    assert await ids(store, session, Wanted()) == []


async def test_a_revision_comes_back_as_it_was(store: Store) -> None:
    """HI1: parents, people, files and lines are as they were given, for revisions and for people's commits."""
    work = [
        person(1, BOB, changed("a", 2, 1)),
        person(1, ANN, changed("b/c", 5, 0)),
        person(1, BOB, changed("a")),
    ]
    window = Revision(
        "r1",
        ["r0", work[-1].id],
        [BOB, ANN],
        60.0,
        "Edit\n\nMore",
        [changed("a", 3, 1), changed("b/c", 5, 0)],
        work,
    )
    first = revision(0, FileStat("a", 4, 0, "added"))
    session = await index(store, [first, window, revision(2, moved("d", "a"))])
    other = await store.session(await store.account("eve"))
    page, _ = await store.revisions.page(session, None, 10, Wanted())
    assert [one.revision for one in page] == [revision(2, moved("d", "a")), window, first]
    assert page[1].revision.shares == [(3, 1), (5, 0)]
    assert await store.revisions.get(session, "r1") == window
    assert await store.revisions.get(session, work[1].id) == work[1]
    assert await store.revisions.get(session, "r9") is None
    assert await store.revisions.get(other, "r1") is None
    assert [await store.revisions.holds(session, id) for id in ("r0", work[0].id, "r9")] == [
        True,
        True,
        False,
    ]


async def test_pages(store: Store) -> None:
    """HI6: pages begin where they are told to; a person's commit stands for its window; an unknown one is refused."""
    history = [revision(n) for n in range(10)]
    history[6] = revision(6, people=[person(6, ANN, changed("a")), person(6, BOB, changed("b"))])
    session = await index(store, history)
    page, following = await store.revisions.page(session, "r7", 2, Wanted())
    assert ([one.revision.id for one in page], following) == (["r7", "r6"], "r5")
    page, following = await store.revisions.page(session, f"r6-{ANN.email}", 7, Wanted())
    assert ([one.revision.id for one in page], following) == ([f"r{n}" for n in range(6, -1, -1)], None)
    with pytest.raises(NotFound):
        await store.revisions.page(session, "r10", 2, Wanted())


async def test_lines_that_were_not_counted(store: Store) -> None:
    """HI8: a file whose lines were not counted comes back as such, and adds nothing to anybody's sums."""
    large = FileStat("large", None, None, "added")
    session = await index(store, [revision(0, large, changed("a", 3))])
    [listed], _ = await store.revisions.page(session, None, 10, Wanted())
    assert (listed.revision.files, listed.revision.shares) == ([changed("a", 3), large], [(3, 0)])
    for path, added in ((None, 3), ("large", 0)):
        [edits] = (await store.revisions.activity(session, Wanted(path), 1)).edits
        assert (edits.added, edits.removed) == (added, 0)


async def test_goes_with_its_session(store: Store) -> None:
    """HI3: of a deleted session nothing stays, and nothing of it comes in that was on its way."""
    session = await index(store, [revision(0, changed("a")), revision(1, changed("a"))])
    await store.sessions.delete(session)
    await store.revisions.add_older(session, [revision(0)], None)
    await store.revisions.add_newer(session, [revision(2)])

    def count(connection: sqlite3.Connection) -> list[int]:
        tables = ("histories", "revision_people", "revisions", "revision_files")
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]

    assert await store.database.read(count) == [0, 0, 0, 0]
