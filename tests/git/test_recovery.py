"""After a crash."""

import os
from pathlib import Path

import pygit2
import pytest

from code_together.git import recovery, repository
from tests.git.making import ANN, BOB, HOST, document, git, put, window


def _object(path: str, id: str) -> Path:
    return Path(path, "objects", id[:2], id[2:])


def _harm(file: Path, data: bytes) -> None:
    file.chmod(0o600)
    file.write_bytes(data)


def test_nothing_to_do(path: str) -> None:
    """WN10: a sound repository is left as it is."""
    put(path, {"a": b"a", "b/c": b"c"})
    before = {file: file.read_bytes() for file in Path(path).rglob("*") if file.is_file()}
    assert repository.recover(path) == []
    assert {file: file.read_bytes() for file in Path(path).rglob("*") if file.is_file()} == before


@pytest.mark.parametrize(
    "left",
    [
        "refs/heads/main.lock",
        "HEAD.lock",
        "config.lock",
        "packed-refs.lock",
        "index.lock",
        "objects/info/commit-graph.lock",
        "objects/aa/tmp_object_git2_x1",
        "objects/tmp_object_git2_x1",
        "objects/aa/tmp_obj_x1",
        "objects/pack/tmp_pack_x1",
        "objects/pack/.tmp-12-pack-ab.pack",
        "objects/incoming-x1/pack/file",
        "objects/aa/" + "b" * 38,
        "refs/heads/other",
    ],
)
def test_what_a_kill_leaves_is_removed(path: str, left: str) -> None:
    """WN10: stale locks, temporary files, empty objects and empty refs go, each with a sentence; work goes on."""
    first = put(path, {"a": b"a"})
    file = Path(path, left)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"")
    said = repository.recover(path)
    assert len(said) == 1
    assert said[0].startswith("Removed the ")
    assert Path(path).name in said[0]
    assert not file.exists()
    second = put(path, {"a": b"b"}, at=1_001)
    assert repository.is_ancestor(path, first, second)
    assert git(path, "fsck", "--strict") == ""


@pytest.mark.parametrize("broken", [b"", b"\0" * 100, "cut"])
def test_broken_objects_are_written_again(path: str, broken: bytes | str) -> None:
    """WN2: a revision whose objects were lost is not whole; after recovery the same window can be committed again."""
    put(path, {"a": b"a\n"})
    parent = repository.head(path)
    work = document("a", "a\n", [(0, 0, 0, "new ")])
    made = repository.commit_window(path, parent, [work], [ANN], HOST, 2_000.0, None, 100)
    assert repository.is_whole(path, made.id)
    blob = _object(path, made.documents[0].blob)
    _harm(blob, blob.read_bytes()[:-6] if isinstance(broken, str) else broken)
    assert isinstance(broken, str) or not repository.is_whole(path, made.id)
    [said] = repository.recover(path)
    assert "the broken object" in said
    assert not repository.is_whole(path, made.id)
    again = repository.commit_window(path, parent, [work], [ANN], HOST, 2_000.0, None, 100)
    assert again == made
    assert repository.is_whole(path, made.id)
    assert repository.read(path, made.id, "a") == b"new a\n"


def test_what_dead_pushes_leave(path: str) -> None:
    """WN10, PU7: what a push left that died is removed, before the first use and when a push ends; of a living push nothing, nor what others keep."""
    put(path, {"a": b"a"})
    objects = Path(path, "objects")
    (objects / "pack").mkdir(exist_ok=True)
    for sweep in (lambda: repository.recover(path), lambda: recovery.sweep(path)):
        apart = objects / "tmp_objdir-incoming-AbCdEf"
        (apart / "pack").mkdir(parents=True)
        (apart / "pack" / "tmp_pack_x1").write_bytes(b"PACK")
        keep, mine = objects / "pack" / "pack-1.keep", objects / "pack" / "pack-2.keep"
        keep.write_bytes(b"receive-pack 12 on host\n")
        mine.write_bytes(b"of an administrator\n")
        assert repository.recover(path, pushed_into=True) == []
        assert (apart / "pack" / "tmp_pack_x1").exists()
        assert keep.exists()
        sweep()
        assert not apart.exists()
        assert not keep.exists()
        assert mine.exists()


def test_old_objects_are_not_read(path: str) -> None:
    """WN10: recovery reads what was written last, not a long history; empty objects go however old they are."""
    put(path, {"a": b"old"})
    old = _object(path, str(pygit2.hash(b"old")))
    _harm(old, b"x")
    os.utime(old, (1, 1))
    assert repository.recover(path) == []
    _harm(old, b"")
    os.utime(old, (1, 1))
    [said] = repository.recover(path)
    assert "the broken object" in said


def test_each_missing_object_is_noticed(path: str) -> None:
    """WN2: a revision is whole only with every commit, tree and file of it, those of its people included."""
    put(path, {"a/b": b"a\n", "c": b"c\n"})
    before = {str(id) for id in pygit2.Repository(path)}
    made = window(
        path,
        [
            document("a/b", "a\n", [(0, 0, 0, "Ann "), (1, 0, 0, "Bob ")]),
            document("c", "c\n", [(1, 0, 0, "x")], id=2),
        ],
        [ANN, BOB],
    )
    new = {str(id) for id in pygit2.Repository(path)} - before
    assert len(new) == 3 + 2 * 2 + 3  # commits; root and folder twice; a/b twice and c
    assert repository.is_whole(path, made.id)
    for id in sorted(new):
        file = _object(path, id)
        data = file.read_bytes()
        file.unlink()
        assert not repository.is_whole(path, made.id), f"{id} is missing"
        file.write_bytes(data)
    assert repository.is_whole(path, made.id)


def test_what_is_not_there_is_not_whole(path: str) -> None:
    """WN2: an id that is no commit's is not whole."""
    put(path, {"a": b"a"})
    assert not repository.is_whole(path, "0" * 40)
    assert not repository.is_whole(path, str(pygit2.hash(b"a")))
