"""The paths that a file had."""

from __future__ import annotations

import random

from code_together.session.revisions import FileStat, Revision
from code_together.storage.wanted import Wanted

from .conftest import Store
from .past import changed, ids, index, moved, revision


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
