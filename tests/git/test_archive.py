from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode, ObjectType

from code_together.errors import NotFound, TooLarge
from code_together.git import archive
from tests.git.making import put


def zipped(path: str, commit: str, pieces: int = 1) -> bytes:
    files, at = archive.members(path, commit, 1_000, 10**9)
    data, directory = b"", b""
    step = -(-len(files) // pieces) or 1
    for first in range(0, len(files), step):
        piece = archive.pack(path, files[first : first + step], at, len(data))
        data += piece.data
        directory += piece.directory
    return data + directory + archive.end(len(files), len(directory), len(data))


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_what_is_in_it(path: str, pieces: int) -> None:
    """ZP1: every file with its bytes, its name in any script and the revision's time, however it was cut into pieces."""
    files = {"a.txt": b"a" * 10_000, "src/é 😀.py": b"x", "src/empty": b"", "z.bin": bytes(range(256))}
    commit = put(path, files, at=1_700_000_000.0)
    with zipfile.ZipFile(io.BytesIO(zipped(path, commit, pieces))) as made:
        assert made.testzip() is None
        assert {info.filename: made.read(info) for info in made.infolist()} == files
        assert made.getinfo("a.txt").compress_size < 1_000
        assert made.getinfo("a.txt").date_time == (2023, 11, 14, 22, 13, 20)


def test_other_programs_read_it(path: str, tmp_path: Path) -> None:
    """ZP1: Info-ZIP finds nothing wrong with it."""
    archived = tmp_path / "a.zip"
    archived.write_bytes(zipped(path, put(path, {"a.txt": b"a" * 10_000, "src/b.py": b"x"})))
    try:
        subprocess.run(["unzip", "-tq", archived], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("There is no unzip here.")


def test_modes_and_links(path: str) -> None:
    """ZP1: a program stays one; links, submodules and names that not every system can have are left out (T4, T5)."""
    repository = pygit2.Repository(path)
    blob = repository.create_blob(b"x")
    tree = repository.TreeBuilder()
    tree.insert("run", blob, FileMode.BLOB_EXECUTABLE)
    tree.insert("link", blob, FileMode.LINK)
    tree.insert("a\\b", blob, FileMode.BLOB)
    tree.insert("con", blob, FileMode.BLOB)
    files, _ = archive.members(path, commit_of(repository, tree.write()), 10, 10)
    assert [(file.path, file.executable) for file in files] == [("run", True)]


def commit_of(repository: pygit2.Repository, tree: pygit2.Oid) -> str:
    someone = pygit2.Signature("Ann", "ann@host", 1_000, 0)
    return str(repository.create_commit(None, someone, someone, "x", tree, []))


def test_a_tree_that_holds_itself(path: str) -> None:
    """ZP2, T11: ten folders of ten, ten deep, made of twelve objects, are refused before one has walked through them, which would take days."""
    repository = pygit2.Repository(path)
    blob = repository.create_blob(b"x" * 1_000)
    below, mode = blob, FileMode.BLOB
    for _ in range(10):
        tree = repository.TreeBuilder()
        for name in "abcdefghij":
            tree.insert(name, below, mode)
        below, mode = tree.write(), FileMode.TREE
    commit = commit_of(repository, below)
    for limits in ((20_000, 10**9), (10**6, 10**6)):
        with pytest.raises(TooLarge) as refused:
            archive.members(path, commit, *limits)
        assert refused.value.code == "archive_too_large"


def test_folders_without_files(path: str) -> None:
    """ZP2, T11: folders alone are counted too."""
    repository = pygit2.Repository(path)
    below = repository.odb.write(ObjectType.TREE, b"")
    for _ in range(3):
        tree = repository.TreeBuilder()
        for name in range(20):
            tree.insert(f"d{name}", below, FileMode.TREE)
        below = tree.write()
    with pytest.raises(TooLarge):
        archive.members(path, commit_of(repository, below), 1_000, 10)


def test_deep_folders(path: str) -> None:
    """ZP2: a file as deep as a path may be long is in the archive; what no path can name is left out."""
    repository = pygit2.Repository(path)
    blob = repository.create_blob(b"x")
    below, mode = blob, FileMode.BLOB
    for _ in range(512):
        tree = repository.TreeBuilder()
        tree.insert("d", below, mode)
        below, mode = tree.write(), FileMode.TREE
    (member,) = archive.members(path, commit_of(repository, below), 1_000, 10)[0]
    assert len(member.path) == 1_023
    for _ in range(2):
        tree = repository.TreeBuilder()
        tree.insert("d", below, mode)
        below = tree.write()
    assert archive.members(path, commit_of(repository, below), 1_000, 10)[0] == []


def test_unknown_revision(path: str) -> None:
    """ZP1: a revision that is not there is NotFound."""
    with pytest.raises(NotFound):
        archive.members(path, "0" * 40, 10, 10)
