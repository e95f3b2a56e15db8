"""The index of a history, kept level with a real repository."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest

from code_together.config import Settings
from code_together.errors import NotFound
from code_together.git import repository
from code_together.git.repository import FileChange
from code_together.rooms.timeline import Timeline
from code_together.rooms.workers import Workers
from code_together.storage.accounts import Accounts
from code_together.storage.database import Database
from code_together.storage.revisions import Revisions, Stretch
from code_together.storage.sessions import Sessions
from code_together.storage.wanted import Wanted
from tests.git.making import ANN, BOB, HOST, document, put, window


class Made:
    """A session with a repository, and its timeline."""

    def __init__(self, database: Database, workers: Workers, session: str, path: str) -> None:
        self.database = database
        self.session = session
        self.path = path
        self.index = Revisions(database)
        self.timeline = Timeline(session, path, workers, self.index, lambda: repository.head(path))

    async def ids(self, wanted: Wanted = Wanted(), limit: int = 100) -> list[str]:  # noqa: B008
        """The whole list, page by page."""
        found: list[str] = []
        start: str | None = None
        while True:
            page, start = await self.timeline.page(start, limit, wanted)
            found += [one.revision.id for one in page]
            if start is None:
                return found

    async def forget(self) -> None:
        """Deletes the index behind the timeline's back."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM histories")

        await self.database.write(work)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(tmp_path / "worker.lock", look_seconds=10.0)
    yield workers
    workers.close()


@pytest.fixture
async def made(tmp_path: Path, workers: Workers) -> Iterator[Made]:
    settings = Settings(data=tmp_path / "data", bcrypt_cost=4)
    database = Database.open(settings.data)
    ann = await Accounts(database, settings).create("ann", "four teal kites")
    session = (await Sessions(database, settings).create("Work", "private", ann.id)).id
    path = str(tmp_path / "work.git")
    repository.create(path)
    yield Made(database, workers, session, path)
    database.close()


async def test_nothing_yet(made: Made) -> None:
    """HI1: a session without a revision has an empty list and no activity."""
    assert await made.timeline.page(None, 10, Wanted()) == ([], None)
    activity, complete = await made.timeline.activity(Wanted(), 10)
    assert (activity.edits, complete) == ([], True)
    await made.timeline.fill()
    assert await made.index.stretch(made.session) is None


@pytest.mark.long
async def test_an_old_session(made: Made) -> None:
    """HI3: of a long history without an index the newest come first, and all of it comes in, in the background or by pages."""
    ids = [put(made.path, {"a": b"%d" % n}, message=f"Number {n}") for n in range(450)][::-1]
    await made.timeline.caught_up()
    stretch = await made.index.stretch(made.session)
    assert stretch is not None
    assert stretch.newest == ids[0]
    assert stretch.older in ids
    assert await made.ids(limit=37) == ids
    await made.forget()
    assert await made.ids(Wanted(text="number 7"), limit=2) == [
        id for n, id in enumerate(ids) if str(449 - n).startswith("7")
    ]
    await made.forget()
    await made.timeline.fill()
    assert await made.index.stretch(made.session) == Stretch(ids[0], None)
    page, following = await made.timeline.page(ids[440], 100, Wanted())
    assert ([one.revision.id for one in page], following) == (ids[440:], None)


async def test_lists_do_not_walk(made: Made) -> None:
    """HI2: once the history is in the index, lists, searches and activity are had without a single commit of Git."""
    ids = [put(made.path, {"a": b"%d" % n}, message=f"Number {n}") for n in range(20)][::-1]
    await made.timeline.fill()
    objects = Path(made.path) / "objects"
    shutil.rmtree(objects)
    objects.mkdir()
    assert await made.ids(limit=7) == ids
    assert await made.ids(Wanted(path="a", text="number 19")) == ids[:1]
    activity, complete = await made.timeline.activity(Wanted(), 10)
    assert (activity.revisions, complete) == (20, True)
    assert await made.timeline.get(ids[5]) is not None


async def test_what_is_new(made: Made) -> None:
    """HI4: whoever made it and however many at once, what is new is on top of the list."""
    ids = [put(made.path, {"a": b"a\n", "b": b"b\n"})]
    assert await made.ids() == ids
    ids[:0] = [put(made.path, {"a": b"%d\n" % n}) for n in range(30)][::-1]
    assert await made.ids() == ids
    work = [document("a", "29\n", [(0, 0, 0, "x")]), document("b", "b\n", [(1, 0, 0, "y")], id=2)]
    ids.insert(0, window(made.path, work, [ANN, BOB]).id)
    page, _ = await made.timeline.page(None, 1, Wanted())
    assert [author.name for author in page[0].revision.authors] == ["Ann", "Bob"]
    assert await made.ids() == ids
    found = await made.timeline.get(page[0].revision.people[1].id)
    assert found is not None
    assert found.authors == [BOB]


async def test_a_push(made: Made) -> None:
    """HI1, HI4: a merge that brought commits is one line with them as its people, and they are found by file and author."""
    first = put(made.path, {"a": b"a\n"})
    assert await made.ids() == [first]
    pushed = first
    brought = []
    for n in range(20):
        pushed = repository.commit_files(
            made.path, pushed, [FileChange("b", b"%d\n" % n)], BOB, HOST, 1.0, f"Pushed {n}"
        ).id
        brought.append(pushed)
    second = put(made.path, {"a": b"aa\n"})
    base = pygit2.Repository(made.path)
    tree = base[repository.commit_files(made.path, second, [FileChange("b", b"19\n")], BOB, HOST, 1.0, "").id]
    server = pygit2.Signature("code_together", "server@host", 2_000, 0)
    merge = str(
        base.create_commit(None, server, server, "Merge", tree.peel(pygit2.Tree).id, [second, pushed])
    )
    repository.move_ref(made.path, merge, second)
    assert await made.ids() == [merge, second, first]
    page, _ = await made.timeline.page(None, 1, Wanted())
    assert [one.id for one in page[0].revision.people] == brought
    assert await made.ids(Wanted(path="b", emails=(BOB.email,))) == [merge]
    assert await made.ids(Wanted(path="a", emails=(BOB.email,))) == []
    activity, _ = await made.timeline.activity(Wanted(emails=(BOB.email,)), 1)
    assert [(edits.revisions, edits.added, edits.removed) for edits in activity.edits] == [(20, 20, 19)]


async def test_deleting_the_index_loses_nothing(made: Made) -> None:
    """HI3: lists and activity are the same after the index was deleted, also under a session that is open."""
    for n in range(20):
        put(made.path, {"a": b"%d\n" % n, f"b{n}": b"x"}, at=1_000.0 + n)
    before = await made.timeline.page(None, 100, Wanted()), await made.timeline.activity(Wanted(), 7)
    await made.forget()
    assert (
        await made.timeline.page(None, 100, Wanted()),
        await made.timeline.activity(Wanted(), 7),
    ) == before
    start = before[0][0][10].revision.id
    await made.forget()
    page, _ = await made.timeline.page(start, 5, Wanted())
    assert page == before[0][0][10:15]


async def test_an_index_that_does_not_lead_to_the_newest(made: Made) -> None:
    """HI4: what a restored backup or a lost revision left in the index is not shown; it is begun again."""
    ids = [put(made.path, {"a": b"%d" % n}) for n in range(5)]
    assert len(await made.ids()) == 5
    repository.move_ref(made.path, ids[2], ids[4])
    ids[3:] = [put(made.path, {"a": b"other %d" % n}) for n in range(3)]
    assert await made.ids() == ids[::-1]
    repository.move_ref(made.path, ids[1], ids[-1])
    assert await made.ids() == ids[1::-1]


async def test_many_at_once(made: Made) -> None:
    """HI3: lists that are asked for while the history comes in are the same as after it, each time."""
    ids = [put(made.path, {"a": b"%d" % n}) for n in range(250)][::-1]
    lists = await asyncio.gather(made.timeline.fill(), made.timeline.fill(), *(made.ids() for _ in range(5)))
    assert lists[2:] == [ids] * 5
    assert await made.index.stretch(made.session) == Stretch(ids[0], None)


async def test_names(made: Made) -> None:
    """A name is there as soon as the timeline is told of it."""
    id = put(made.path, {"a": b"1"})
    assert (await made.timeline.names()).of(id) == []
    repository.tag(made.path, id, "First", ANN, 5.0)
    made.timeline.renamed()
    assert (await made.timeline.names()).of(id) == ["First"]


@pytest.mark.parametrize("start", ["0" * 40, "main", "", "--output=x", "\ud800"])
async def test_starts_from_outside(made: Made, start: str) -> None:
    """A page that begins with what is no revision of the session is refused."""
    put(made.path, {"a": b"1"})
    with pytest.raises(NotFound):
        await made.timeline.page(start, 10, Wanted())
