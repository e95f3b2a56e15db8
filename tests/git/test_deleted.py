"""Files that were deleted."""

import pytest

from code_together.errors import NotFound
from code_together.git import repository
from code_together.git.deleted import DeletedPage, deleted
from code_together.git.repository import FileChange
from tests.git.making import ANN, BOB, HOST, document, put, window


def page(path: str, start: str | None = None, limit: int = 10, seconds: float = 5.0) -> DeletedPage:
    head = repository.head(path)
    assert head is not None
    return deleted(path, head, start, limit, seconds)


def names(path: str, start: str | None = None, limit: int = 10) -> list[str]:
    return [one.file.path for one in page(path, start, limit).files]


def test_what_was_there(path: str) -> None:
    """FL3: a deleted file has its last revision, what it was there, when it went and by whom; the newest comes first."""
    first = put(path, {"a.txt": b"one\n", "b/ü c.bin": b"\0\1", "keep": b"k"}, at=1_000.0)
    second = put(path, {"b/ü c.bin": None}, at=2_000.0)
    third = put(path, {"a.txt": None}, at=3_000.0)
    newer, older = page(path).files
    assert (newer.file.path, newer.file.size, newer.file.binary) == ("a.txt", 4, False)
    assert (newer.revision, newer.deleted_in, newer.at, newer.by) == (second, third, 3_000.0, [ANN])
    assert (older.file.path, older.file.binary, older.revision) == ("b/ü c.bin", True, first)
    assert repository.read(path, newer.revision, "a.txt") == b"one\n"


def test_renamed_or_back_again(path: str) -> None:
    """FL3: what was renamed is not deleted, nor what is there again; who was deleted twice is there once, as it was last."""
    put(path, {"a": b"A", "b": b"B", "c": b"1"})
    parent = repository.head(path)
    moved = repository.commit_files(path, parent, [FileChange("z", None, "a")], ANN, HOST, 2_000.0, "")
    repository.move_ref(path, moved.id, parent)
    put(path, {"b": None, "c": None})
    put(path, {"b": b"B again", "c": b"2"})
    last = put(path, {"c": None})
    assert [(one.file.path, one.deleted_in) for one in page(path).files] == [("c", last)]


def test_pages(path: str) -> None:
    """FL3: pages follow one another without gap, within one revision too; a start that is none is refused."""
    files = {f"f{number}": b"x%d" % number for number in range(7)}
    put(path, files)
    put(path, {"f6": None})
    put(path, dict.fromkeys(list(files)[:6]))
    found: list[str] = []
    start: str | None = None
    while True:
        one = page(path, start, 3)
        found += [file.file.path for file in one.files]
        if (start := one.next) is None:
            break
        assert len(one.files) == 3
    assert found == ["f0", "f1", "f2", "f3", "f4", "f5", "f6"]
    for bad in ("x", "-1", "0" * 40, "--output=x"):
        with pytest.raises(NotFound):
            page(path, bad)
    assert names(path, "0" * 40 + "-0") == []


def test_merges_and_odd_names(path: str) -> None:
    """FL3: a merge of several people counts as one revision; names that look like options or records are names."""
    put(path, {"-rf": b"1", "m": b"a\n", ":1 2 3": b"2", "\1x": b"3"})
    window(
        path,
        [document("m", "a\n", [(0, 0, 0, "x"), (1, 3, 3, "y"), (0, 0, 0, "z"), (1, 5, 5, "w")])],
        [ANN, BOB],
    )
    put(path, {"-rf": None, "m": None, ":1 2 3": None, "\1x": None})
    assert sorted(names(path)) == ["\1x", "-rf", ":1 2 3", "m"]


def test_ended_in_time(path: str) -> None:
    """FL3: a search that takes too long ends with what it has, and says so."""
    put(path, {"a": b"A"})
    put(path, {"a": None})
    assert page(path).complete
    for _ in range(300):
        put(path, {"b": b"x"})
        put(path, {"b": b"y"})
    assert not page(path, seconds=0.0).complete
