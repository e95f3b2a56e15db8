"""What is in a revision and not kept here."""

from __future__ import annotations

import pygit2
import pytest
from pygit2.enums import FileMode

from code_together.errors import NotFound
from code_together.git.archive import end
from code_together.git.leftout import MOST, LeftOut, left_out
from tests.git.test_archive import commit_of

Entries = dict[str, tuple[pygit2.Oid, FileMode]]


@pytest.fixture
def repository(path: str) -> pygit2.Repository:
    return pygit2.Repository(path)


def folder(repository: pygit2.Repository, entries: Entries) -> pygit2.Oid:
    builder = repository.TreeBuilder()
    for name, (id, mode) in entries.items():
        builder.insert(name, id, mode)
    return builder.write()


def test_links_submodules_and_names(path: str, repository: pygit2.Repository) -> None:
    """PU7, ZP1: links and submodules of a revision are named wherever they lie; for a zip also names that not every system can have."""
    blob = repository.create_blob(b"x")
    low = folder(repository, {"link": (blob, FileMode.LINK), "a": (blob, FileMode.BLOB)})
    root = folder(
        repository,
        {
            "sub": (low, FileMode.TREE),
            "again": (low, FileMode.TREE),
            "mod": (pygit2.Oid(hex="1" * 40), FileMode.COMMIT),
            "aux.py": (blob, FileMode.BLOB),
        },
    )
    commit = commit_of(repository, root)
    found = [LeftOut("again/link", "link"), LeftOut("mod", "submodule"), LeftOut("sub/link", "link")]
    assert left_out(path, commit) == found
    assert left_out(path, commit, names=True) == [found[0], LeftOut("aux.py", "name"), *found[1:]]
    assert left_out(path, commit_of(repository, folder(repository, {"a": (blob, FileMode.BLOB)}))) == []
    with pytest.raises(NotFound):
        left_out(path, "0" * 40)


@pytest.mark.parametrize("kind", [FileMode.BLOB, FileMode.LINK])
def test_a_tree_that_is_in_itself_very_often(
    path: str, repository: pygit2.Repository, kind: FileMode
) -> None:
    """T6: a tree that unfolds to 10 to the 12th files is not gone through; of what is left out the first hundred are named."""
    tree = folder(repository, {"x": (repository.create_blob(b"x"), kind)})
    for _ in range(12):
        tree = folder(repository, {f"d{number}": (tree, FileMode.TREE) for number in range(10)})
    assert len(left_out(path, commit_of(repository, tree))) == (MOST if kind == FileMode.LINK else 0)


def test_in_the_zip() -> None:
    """ZP1: what follows a zip says what is left out, as long as a zip may."""
    assert end(0, 0, 0, "Not in this zip: ä.").endswith("ä.".encode())
    assert len(end(0, 0, 0, "ä" * 40_000)) == 22 + 65_534
