"""After a crash: what it left behind in a repository, and whether a revision is whole.

libgit2 takes the existence of an object's file for the object, so a broken one would never be written again:
it must go before its content can come back from the journal.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import pygit2
from pygit2.enums import FileMode, ObjectType

from code_together.errors import CodeTogetherError
from code_together.git.bare import opened
from code_together.git.commits import merged, read_commit

# Objects written this many seconds before the newest one may have been on their way to the disk when the
# power went.
_SUSPECT_SECONDS = 600
_TEMPORARY = ("tmp_*", ".tmp-*", "pack_git2_*", "incoming-*")


_PUSHED = "tmp_objdir-incoming-"  # how git names a folder in which what is pushed lies apart
_KEPT = b"receive-pack "  # what git writes into a pack's .keep while a push is under way


def recover(path: str, *, pushed_into: bool = False) -> list[str]:
    """Removes what a crash left behind; gives a sentence for each thing removed (rule WN10).

    That is stale locks, temporary files, empty refs, packs without an index and broken loose objects, and what pushes left that died. Only for
    a repository that no other process writes to, unless it is `pushed_into`: then what belongs to pushes stays.
    """
    root = Path(path)
    said = []
    for what, found in (
        ("the stale lock", (file for file in _below(root) if file.suffix == ".lock")),
        ("what a push left,", [] if pushed_into else _left_by_pushes(root)),
        (
            "the temporary file",
            (file for file in _below(root / "objects") if any(file.match(p) for p in _TEMPORARY)),
        ),
        (
            "the empty ref",
            (file for file in (root / "refs").rglob("*") if file.is_file() and not file.stat().st_size),
        ),
        ("the pack that has no index", _unfinished(root)),
        ("the broken object", _broken(root)),
    ):
        for file in sorted(found):
            if _remove(file):
                said.append(f"Removed {what} {file.relative_to(root)} from {root.name}.")
    return said


def sweep(path: str) -> None:
    """Removes what pushes left that died. Only while nobody pushes into the repository (rule PU7)."""
    for file in list(_left_by_pushes(Path(path))):
        _remove(file)


def trim_reflogs(path: str) -> None:
    """Takes the lines that name commits which are lost out of the reflogs: `git fsck` would complain of them for ever."""
    with opened(path) as repository:
        for log in [file for file in (Path(path) / "logs").rglob("*") if file.is_file()]:
            lines = log.read_text().splitlines(keepends=True)
            kept = [
                line
                for line in lines
                if all(not id.strip("0") or id in repository for id in line.split(" ", 2)[:2])
            ]
            if kept != lines:
                log.write_text("".join(kept))


def is_whole(path: str, commit: str) -> bool:
    """Whether a commit, all in its tree, and the commits that it merges, are there.

    Files are looked at, not read: their size and kind can be told.
    """
    with opened(path) as repository:
        seen: set[str] = set()
        try:
            record = read_commit(repository, commit)
            _check_tree(repository, record.tree, seen)
            for parent in record.parents:
                read_commit(repository, parent)
            for one in merged(repository, record):
                _check_tree(repository, one.tree, seen)
        except (CodeTogetherError, pygit2.GitError, LookupError, ValueError, OSError):
            return False
        return True


def _check_tree(repository: pygit2.Repository, id: str, seen: set[str]) -> None:
    """Raises what pygit2 raises if an object of the tree is missing or is not of its kind."""
    if id in seen:
        return
    seen.add(id)
    tree = repository[id]
    if not isinstance(tree, pygit2.Tree):
        raise ValueError(f"{id} is not a tree")
    for entry in tree:
        if entry.filemode == FileMode.TREE:
            _check_tree(repository, str(entry.id), seen)
        elif entry.filemode != FileMode.COMMIT and str(entry.id) not in seen:
            seen.add(str(entry.id))
            kind, _ = repository.odb.read_header(entry.id)
            if kind != ObjectType.BLOB:
                raise ValueError(f"{entry.id} is not a file")


def _remove(file: Path) -> bool:
    """False if it has gone with its folder."""
    if not file.exists():
        return False
    if file.is_dir():
        shutil.rmtree(file)
    else:
        file.unlink()
    return True


def _left_by_pushes(root: Path) -> Iterator[Path]:
    yield from (root / "objects").glob(_PUSHED + "*")
    for file in (root / "objects" / "pack").glob("*.keep"):
        if file.read_bytes().startswith(_KEPT):
            yield file


def _below(folder: Path) -> Iterator[Path]:
    """Files and folders below one, but for what is being pushed: that comes and goes meanwhile."""
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(_PUSHED)]
        yield from (Path(here, name) for name in [*folders, *files])


def _unfinished(root: Path) -> Iterator[Path]:
    """Parts of packs that came, or went, only partly: their objects are elsewhere, or were never told of."""
    for file in (root / "objects" / "pack").glob("pack-*"):
        if file.suffix in (".pack", ".rev", ".bitmap") and not file.with_suffix(".idx").exists():
            yield file


def _broken(root: Path) -> list[Path]:
    """Loose objects that are empty, or among the last written and not what their name says."""
    loose = [
        (file, file.stat()) for file in (root / "objects").glob("[0-9a-f][0-9a-f]/*") if len(file.name) == 38
    ]
    newest = max((status.st_mtime for _, status in loose), default=0.0)
    return [
        file
        for file, status in loose
        if not status.st_size or (status.st_mtime >= newest - _SUSPECT_SECONDS and not _is_sound(file))
    ]


def _is_sound(file: Path) -> bool:
    try:
        data = zlib.decompress(file.read_bytes())
    except zlib.error:
        return False
    return hashlib.sha1(data, usedforsecurity=False).hexdigest() == file.parent.name + file.name
