"""The index of a session's history."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence

import pytest

from code_together.errors import NotFound
from code_together.session.authors import Person
from code_together.session.revisions import FileStat, Revision
from code_together.storage.revisions import Edits, Stretch, Wanted

from .conftest import Store

ANN, BOB, CLEO = (Person(name.title(), f"{name}@host") for name in ("ann", "bob", "cleo"))
SERVER = Person("code_together", "server@host")


def changed(path: str, added: int = 1, removed: int = 0) -> FileStat:
    return FileStat(path, added, removed)


def moved(path: str, old: str) -> FileStat:
    return FileStat(path, 0, 0, "renamed", old)


def revision(
    number: int, *files: FileStat, author: Person = ANN, people: Sequence[Revision] = (), message: str = ""
) -> Revision:
    """The one with this number, a minute after the one before."""
    authors = [one.authors[0] for one in people] or [author]
    parents = [f"r{number - 1}", *(one.id for one in people[-1:])] if number else []
    return Revision(
        f"r{number}", parents, authors, 60.0 * number, message or f"Number {number}", [*files], [*people]
    )


def person(number: int, who: Person, *files: FileStat) -> Revision:
    """That person's commit of the revision with this number."""
    return Revision(f"r{number}-{who.email}", [f"r{number - 1}"], [who], 60.0 * number, "Mine", [*files])


async def index(store: Store, revisions: Sequence[Revision]) -> str:
    """A session whose index has these revisions, given oldest first."""
    session = await store.session(await store.account())
    await store.revisions.begin(session, revisions[-1].id)
    await store.revisions.add_older(session, revisions[::-1], None)
    return session


async def ids(store: Store, session: str, wanted: Wanted, limit: int = 100) -> list[str]:
    """All that are wanted, page by page."""
    found: list[str] = []
    start: str | None = None
    while True:
        page, following = await store.revisions.page(session, start, limit, wanted)
        found += [one.revision.id for one in page]
        if following is None:
            return found
        assert len(page) == limit
        start = following


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


async def test_one_file(store: Store) -> None:
    """HI5: back through renames, each with what the file was called then; a rename itself is in both lists."""
    session = await index(
        store,
        [
            revision(0, changed("a"), changed("x")),
            revision(1, changed("a")),
            revision(2, moved("b", "a")),
            revision(3, changed("b"), changed("x")),
            revision(4, moved("c/b", "b"), changed("x")),
            revision(5, changed("c/b")),
        ],
    )
    page, _ = await store.revisions.page(session, None, 10, Wanted(path="c/b"))
    assert [(one.revision.id, one.path) for one in page] == [
        ("r5", "c/b"), ("r4", "c/b"), ("r3", "b"), ("r2", "b"), ("r1", "a"), ("r0", "a"),
    ]  # fmt: skip
    assert await ids(store, session, Wanted(path="c/b"), limit=1) == [f"r{n}" for n in range(5, -1, -1)]
    page, _ = await store.revisions.page(session, None, 10, Wanted(path="b"))
    assert [(one.revision.id, one.path) for one in page] == [
        ("r4", "c/b"), ("r3", "b"), ("r2", "b"), ("r1", "a"), ("r0", "a"),
    ]  # fmt: skip
    assert await ids(store, session, Wanted(path="never")) == []


async def test_another_file_of_the_same_path(store: Store) -> None:
    """HI5: a deleted file's history belongs to its path; that of a file which was renamed away does not."""
    session = await index(
        store,
        [
            revision(0, FileStat("a", 1, 0, "added")),
            revision(1, FileStat("a", 0, 1, "removed")),
            revision(2, FileStat("a", 1, 0, "added")),
            revision(3, moved("b", "a")),
            revision(4, FileStat("a", 1, 0, "added")),
            revision(5, changed("a"), changed("b")),
        ],
    )
    assert await ids(store, session, Wanted(path="a")) == ["r5", "r4"]
    assert await ids(store, session, Wanted(path="b")) == ["r5", "r3", "r2", "r1", "r0"]


async def test_renames_in_a_circle_end(store: Store) -> None:
    """HI5: a file that goes back and forth between two names has each revision once."""
    session = await index(
        store,
        [revision(0, changed("a")), *(revision(n, moved("ab"[n % 2], "ba"[n % 2])) for n in range(1, 50))],
    )
    assert await ids(store, session, Wanted(path="b"), limit=7) == [f"r{n}" for n in range(49, -1, -1)]


async def test_filters(store: Store) -> None:
    """HI6: what is asked for together is wanted together; an author's file is one that they themselves edited."""
    session = await index(
        store,
        [
            revision(0, changed("a"), author=ANN, message="Import"),
            revision(1, changed("a"), author=BOB, message="Straße 100%"),
            revision(2, people=[person(2, ANN, changed("a")), person(2, BOB, changed("b"))]),
            revision(3, changed("b"), author=Person("Ann Other Name", ANN.email)),
        ],
    )
    assert await ids(store, session, Wanted(emails=(ANN.email,))) == ["r3", "r2", "r0"]
    assert await ids(store, session, Wanted(emails=(ANN.email, BOB.email))) == ["r3", "r2", "r1", "r0"]
    assert await ids(store, session, Wanted(emails=(CLEO.email,))) == []
    assert await ids(store, session, Wanted(emails=(SERVER.email,))) == []
    assert await ids(store, session, Wanted(path="a", emails=(BOB.email,))) == ["r1"]
    assert await ids(store, session, Wanted(since=60.0, until=180.0)) == ["r2", "r1"]
    assert await ids(store, session, Wanted(text="STRASSE 1")) == ["r1"]
    assert await ids(store, session, Wanted(text="%")) == ["r1"]
    assert await ids(store, session, Wanted(text="import", emails=(ANN.email,), until=1.0)) == ["r0"]


async def test_the_beginning_of_an_id(store: Store) -> None:
    """HI6: words that an id begins with find it too, if they are long enough to mean one."""
    session = await index(store, [revision(n, changed("a")) for n in range(1_001)])
    assert await ids(store, session, Wanted(text="R1000")) == ["r1000"]
    assert await ids(store, session, Wanted(text="r99")) == []
    assert await ids(store, session, Wanted(path="a", text="r100")) == ["r1000", "r100"]


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


async def test_lines_that_were_not_counted(store: Store) -> None:
    """HI8: a file whose lines were not counted comes back as such, and adds nothing to anybody's sums."""
    large = FileStat("large", None, None, "added")
    session = await index(store, [revision(0, large, changed("a", 3))])
    [listed], _ = await store.revisions.page(session, None, 10, Wanted())
    assert (listed.revision.files, listed.revision.shares) == ([changed("a", 3), large], [(3, 0)])
    for path, added in ((None, 3), ("large", 0)):
        [edits] = (await store.revisions.activity(session, Wanted(path), 1)).edits
        assert (edits.added, edits.removed) == (added, 0)


async def test_activity_of_nothing(store: Store) -> None:
    """HI7: a session without revisions, or a stretch of time without length, has none."""
    session = await store.session(await store.account())
    assert (await store.revisions.activity(session, Wanted(), 60)).edits == []
    await store.revisions.begin(session, "r1")
    await store.revisions.add_older(session, [revision(1)], None)
    assert (await store.revisions.activity(session, Wanted(since=5.0, until=5.0), 60)).edits == []
    assert (await store.revisions.activity(session, Wanted(since=9.0, until=5.0), 60)).edits == []
    assert (await store.revisions.activity(session, Wanted(), 1)).edits == [Edits(0, ANN, 1, 0, 0)]


async def test_files_against_a_model(store: Store) -> None:
    """HI5: of random edits, renames, deletions and new files each file's list is the one that a plain walk gives."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    history: list[Revision] = []
    past: dict[str, list[str]] = {}  # of each file that is there: its revisions
    graves: dict[str, list[str]] = {}  # of each path where one was deleted and none came since
    for number in range(300):
        id = f"r{number}"
        path = chance.choice(["a", "b", "c", "d"])
        what = chance.random()
        free = [name for name in ("a", "b", "c", "d") if name not in past]
        if path not in past:
            past[path] = [*graves.pop(path, []), id]
            history.append(revision(number, FileStat(path, 1, 0, "added")))
        elif what < 0.3 and free:
            new = chance.choice(free)
            graves.pop(new, None)
            past[new] = [*past.pop(path), id]
            history.append(revision(number, moved(new, path)))
        elif what < 0.5:
            graves[path] = [*past.pop(path), id]
            history.append(revision(number, FileStat(path, 0, 1, "removed")))
        else:
            past[path].append(id)
            history.append(revision(number, changed(path)))
    session = await index(store, history)
    for path, expected in {**graves, **past}.items():
        assert await ids(store, session, Wanted(path=path), limit=chance.randrange(1, 30)) == expected[::-1]


async def test_goes_with_its_session(store: Store) -> None:
    """HI3: of a deleted session nothing stays."""
    session = await index(store, [revision(0, changed("a")), revision(1, changed("a"))])
    await store.sessions.delete(session)

    def count(connection: sqlite3.Connection) -> list[int]:
        tables = ("histories", "revision_people", "revisions", "revision_files")
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]

    assert await store.database.read(count) == [0, 0, 0, 0]
