"""Trees edited by path: only trees on the way to a change are read and written, never an index."""

from __future__ import annotations

from dataclasses import dataclass, field

import pygit2
from pygit2.enums import FileMode

from code_together.errors import Conflict, NotFound, Unprocessable

FILES = (FileMode.BLOB, FileMode.BLOB_EXECUTABLE)
TREE, LINK, SUBMODULE = 0o040000, 0o120000, 0o160000
TAKEN = (0o100644, 0o100755, 0o100664)
"""The modes of files that may be pushed; the last one is what git wrote long ago, and some tools still write."""

_KIND, _FILE = 0o170000, 0o100000


def mode_of(mode: int) -> int | None:
    """What a file of a tree with this mode is here: plain or executable, whatever else is in its bits. None for what is no file."""
    if mode & _KIND != _FILE:
        return None
    return int(FileMode.BLOB_EXECUTABLE if mode & 0o100 else FileMode.BLOB)


@dataclass
class _Node:
    """What becomes of one name: the file there goes, a file comes, or something changes below it."""

    removed: bool = False
    file: tuple[pygit2.Oid, FileMode] | None = None
    replaces: bool = False
    below: dict[str, _Node] = field(default_factory=dict)


class TreeEdit:
    """Edits of one tree. All removals happen before all additions, so files may change places."""

    def __init__(self, repository: pygit2.Repository, base: pygit2.Tree | None) -> None:
        self._repository = repository
        self._base = base
        self._root = _Node()

    def put(self, path: str, blob: pygit2.Oid, mode: FileMode, *, replace: bool = True) -> None:
        """A file comes to the path; without `replace` none may be there.

        Raises `Conflict` if one was put there already.
        """
        node = self._node(path)
        if node.file:
            raise taken(path)
        node.file, node.replaces = (blob, mode), replace

    def remove(self, path: str) -> None:
        self._node(path).removed = True

    def write(self) -> pygit2.Oid:
        """The new tree's id; folders left empty are gone.

        Raises `Conflict` (`path_taken`) where a file and a folder would have one name.
        """
        tree = self._write(self._base, self._root, "")
        return tree if tree else self._repository.TreeBuilder().write()

    def _node(self, path: str) -> _Node:
        node = self._root
        for name in parts(path):
            node = node.below.setdefault(name, _Node())
        return node

    def _write(self, base: pygit2.Tree | None, node: _Node, folder: str) -> pygit2.Oid | None:
        builder = self._repository.TreeBuilder(base) if base else self._repository.TreeBuilder()
        for name, child in node.below.items():
            path = folder + name
            old = builder.get(name)
            file = child.file
            if old and old.filemode != FileMode.TREE and not child.removed:
                if file and not (child.replaces and old.filemode in FILES):
                    raise taken(path)
                file = file or (old.id, FileMode(old.filemode))
            tree = old.id if isinstance(old, pygit2.Tree) else None
            if child.below:
                tree = self._write(old if isinstance(old, pygit2.Tree) else None, child, path + "/")
            if file and tree:
                raise taken(path)
            if file:
                _insert(builder, path, name, *file)
            elif tree:
                _insert(builder, path, name, tree, FileMode.TREE)
            elif old:
                builder.remove(name)
        return builder.write() if len(builder) else None


def parts(path: str) -> list[str]:
    """The names on a path. Raises `Unprocessable` (`bad_path`) for what no tree may hold."""
    names = path.split("/")
    if "\0" in path or any(name in ("", ".", "..") or name.lower() == ".git" for name in names):
        raise _bad(path)
    try:
        path.encode()
    except UnicodeEncodeError:
        raise _bad(path) from None
    return names


def find(tree: pygit2.Tree, path: str) -> pygit2.Object | None:
    """What is at the path, if anything is; a symbolic link or a submodule counts."""
    found: pygit2.Object = tree
    for name in parts(path):
        if not isinstance(found, pygit2.Tree) or name not in found:
            return None
        found = found[name]
    return found


def file_at(tree: pygit2.Tree, path: str) -> pygit2.Blob:
    """Raises `NotFound` (`no_file`) unless a plain file is there."""
    found = find(tree, path)
    if found is not None and (
        what := {LINK: "symbolic link", SUBMODULE: "submodule"}.get(found.filemode or 0)
    ):
        raise NotFound(f"{path} is a {what} in this revision; those are not kept here.", code="no_file")
    if not isinstance(found, pygit2.Blob) or found.filemode not in FILES:
        raise NotFound(f"There is no file {path} in this revision.", code="no_file")
    return found


def taken(path: str) -> Conflict:
    return Conflict(f"{path} is taken: choose another name, or move what is there first.", code="path_taken")


def _insert(builder: pygit2.TreeBuilder, path: str, name: str, id: pygit2.Oid, mode: FileMode) -> None:
    try:
        builder.insert(name, id, mode)
    except pygit2.GitError as error:
        raise _bad(path) from error


def _bad(path: str) -> Unprocessable:
    return Unprocessable(f"{path!r} cannot be the path of a file.", code="bad_path")
