"""Trees edited by path."""

import random

import pygit2
import pytest
from pygit2.enums import FileMode

from code_together.errors import Conflict, NotFound, Unprocessable
from code_together.git.trees import TreeEdit, file_at, find, parts


def _listing(repository: pygit2.Repository, id: pygit2.Oid, folder: str = "") -> dict[str, str]:
    tree = repository[id]
    assert isinstance(tree, pygit2.Tree)
    found: dict[str, str] = {}
    for entry in tree:
        name = folder + str(entry.name)
        if isinstance(entry, pygit2.Tree):
            below = _listing(repository, entry.id, name + "/")
            assert below, f"{name} is an empty folder"
            found |= below
        else:
            found[name] = str(entry.id)
    return found


def _tree(repository: pygit2.Repository, *paths: str) -> pygit2.Tree:
    edit = TreeEdit(repository, None)
    for path in paths:
        edit.put(path, repository.create_blob(path.encode()), FileMode.BLOB)
    tree = repository[edit.write()]
    assert isinstance(tree, pygit2.Tree)
    return tree


def test_random_edits(path: str) -> None:
    """A tree edited by path holds what a plain mapping of paths holds, or the edit is refused as the mapping tells."""
    repository = pygit2.Repository(path)
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    names = [f"{a}/{b}" for a in "xy" for b in "xyz"] + list("xyzab") + ["x/y/z", "x/y/a", "y/x/b/c"]
    tree, want = _tree(repository), dict[str, str]()
    refused = 0
    for _ in range(400):
        edit, after = TreeEdit(repository, tree), dict(want)
        removed = chance.sample(sorted(want), min(len(want), chance.randrange(4)))
        for name in removed:
            edit.remove(name)
            del after[name]
        for name in chance.sample(names, chance.randrange(3)):
            blob = repository.create_blob(str(chance.randrange(5)).encode())
            edit.put(name, blob, FileMode.BLOB)
            after[name] = str(blob)
        if any(other.startswith(name + "/") for name in after for other in after):
            refused += 1
            with pytest.raises(Conflict):
                edit.write()
            continue
        id = edit.write()
        assert _listing(repository, id) == after
        new = repository[id]
        assert isinstance(new, pygit2.Tree)
        tree, want = new, after
    assert refused


def test_only_trees_on_the_way_are_written(path: str) -> None:
    """An edit leaves the trees beside its path alone: their ids, and nothing new written for them."""
    repository = pygit2.Repository(path)
    tree = _tree(repository, "a/b/c", "a/d/e", "f/g")
    before = set(repository)
    edit = TreeEdit(repository, tree)
    edit.put("a/b/c", repository.create_blob(b"new"), FileMode.BLOB)
    new = repository[edit.write()]
    assert isinstance(new, pygit2.Tree)
    repository = pygit2.Repository(path)
    assert len(set(repository) - before) == 4  # the blob, a/b, a, the root
    assert new["f"].id == tree["f"].id
    assert new["a/d"].id == tree["a/d"].id


def test_files_may_change_places(path: str) -> None:
    """A name that is freed in an edit may be taken in it, by a folder too."""
    repository = pygit2.Repository(path)
    edit = TreeEdit(repository, _tree(repository, "a", "b/c"))
    edit.remove("a")
    edit.remove("b/c")
    blob = repository.create_blob(b"")
    edit.put("a/x", blob, FileMode.BLOB)
    edit.put("b", blob, FileMode.BLOB_EXECUTABLE)
    assert set(_listing(repository, edit.write())) == {"a/x", "b"}


def test_nothing_left_is_the_empty_tree(path: str) -> None:
    """The last file's removal leaves a tree without entries."""
    repository = pygit2.Repository(path)
    edit = TreeEdit(repository, _tree(repository, "a/b/c"))
    edit.remove("a/b/c")
    assert str(edit.write()) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_links_are_not_written_over(path: str) -> None:
    """A symbolic link is nobody's file: nothing is put in its place."""
    repository = pygit2.Repository(path)
    edit = TreeEdit(repository, None)
    edit.put("link", repository.create_blob(b"/etc"), FileMode.LINK)
    tree = repository[edit.write()]
    assert isinstance(tree, pygit2.Tree)
    with pytest.raises(NotFound):
        file_at(tree, "link")
    assert find(tree, "link") is not None
    for taken in ("link", "link/below"):
        edit = TreeEdit(repository, tree)
        edit.put(taken, repository.create_blob(b"x"), FileMode.BLOB)
        with pytest.raises(Conflict):
            edit.write()


@pytest.mark.parametrize(
    "bad", ["", "/a", "a/", "a//b", ".", "..", "a/../b", ".git", "a/.GIT/b", "a\0b", "\ud800"]
)
def test_bad_paths(bad: str) -> None:
    """What no tree may hold is refused as a bad path."""
    with pytest.raises(Unprocessable) as error:
        parts(bad)
    assert error.value.code == "bad_path"


@pytest.mark.parametrize("bad", ["git~1", ".git ", ".git\u200c", ".git::$INDEX_ALLOCATION"])
def test_names_for_git_in_disguise(path: str, bad: str) -> None:
    """Names that another system takes for `.git` are refused as well."""
    repository = pygit2.Repository(path)
    edit = TreeEdit(repository, None)
    edit.put(bad, repository.create_blob(b""), FileMode.BLOB)
    with pytest.raises(Unprocessable) as error:
        edit.write()
    assert error.value.code == "bad_path"


def test_find(path: str) -> None:
    """A path below a file, or of nothing, is not found."""
    tree = _tree(pygit2.Repository(path), "a/b")
    assert find(tree, "a/b") is not None
    assert find(tree, "a/b/c") is None
    assert find(tree, "b") is None
    with pytest.raises(NotFound):
        file_at(tree, "a")
