"""Who changed what since a revision."""

import pytest

from code_together.errors import NotFound
from code_together.git import away, repository
from code_together.git.away import Contribution
from code_together.git.history import FileStat
from code_together.git.repository import FileChange
from tests.git.making import ANN, BOB, HOST, document, put, window

NOBODY = "0" * 40


def since(
    path: str, seen: str | None, commits: int = 100, files: int = 100
) -> tuple[list[Contribution], bool]:
    newest = repository.head(path)
    assert newest is not None
    return away.since(path, newest, seen, commits, files, 60.0)


def test_by_person_and_file(path: str) -> None:
    """PR5: a window counts for those who typed in it, each with what they did, and several windows add up."""
    first = put(path, {"a": b"a\n", "b": b"b\n"})
    window(
        path,
        [document("a", "a\n", [(1, 0, 0, "Bob\n")]), document("b", "b\n", [(0, 0, 0, "x")], id=2)],
        [ANN, BOB],
    )
    put(path, {"a": b"Bob\na\nmore\nlines\n"}, at=3_000.0)
    people, more = since(path, first)
    assert people == [
        Contribution(ANN, [FileStat("a", 2, 0), FileStat("b", 1, 1)]),
        Contribution(BOB, [FileStat("a", 1, 0)]),
    ]
    assert not more
    assert since(path, repository.head(path)) == ([], False)


def test_from_the_beginning(path: str) -> None:
    """PR5: who last saw an empty session is told of everything."""
    put(path, {"a": b"a\nb\n"})
    put(path, {"a": None})
    assert since(path, None) == ([Contribution(ANN, [FileStat("a", 2, 2)])], False)


def test_names_of_now(path: str) -> None:
    """PR5: what was done to a file before it was renamed counts for its present name; a new file at its old path is another one."""
    lines = b"".join(b"line %d\n" % n for n in range(20))
    first = put(path, {"old": lines})
    put(path, {"old": lines + b"more\n"}, at=2_000.0)
    head = repository.head(path)
    moved = repository.commit_files(
        path, head, [FileChange("new", None, old_path="old")], BOB, HOST, 3_000.0, "Rename"
    )
    repository.move_ref(path, moved.id, head)
    put(path, {"old": b"another\n"}, at=4_000.0)
    people, _ = since(path, first)
    assert people == [
        Contribution(ANN, [FileStat("new", 1, 0), FileStat("old", 1, 0)]),
        Contribution(BOB, [FileStat("new", 0, 0)]),
    ]


def test_bounds(path: str) -> None:
    """PR5: it looks back so many commits, the newest ones, names so many files, and says that there is more."""
    first = put(path, {"a": b"0\n"})
    for n in range(5):
        put(path, {"a": b"0\n" * (n + 2), f"f{n}": b"x\n"}, at=2_000.0 + n)
    assert since(path, first, commits=5, files=6) == (
        [Contribution(ANN, [FileStat("a", 5, 0), *(FileStat(f"f{n}", 1, 0) for n in range(5))])],
        False,
    )
    assert since(path, first, commits=2) == (
        [Contribution(ANN, [FileStat("a", 2, 0), FileStat("f3", 1, 0), FileStat("f4", 1, 0)])],
        True,
    )
    assert since(path, first, files=1) == ([Contribution(ANN, [FileStat("a", 5, 0)])], True)
    newest = repository.head(path)
    assert newest is not None
    assert away.since(path, newest, first, 100, 100, -1.0) == ([], True)


def test_no_such_revision(path: str) -> None:
    """PR5: what is no revision is refused, whatever it looks like."""
    put(path, {"a": b"a\n"})
    for id in (NOBODY, "main", "HEAD", "--all", ""):
        with pytest.raises(NotFound):
            since(path, id)
