"""Trees of notes, with fan-out.

A note is a blob whose name in the notes' tree is the id of the commit that it is on, cut by slashes after any number of pairs of digits. Git
reads every such form, and so does this; what is new goes one folder deep, which keeps both trees and writing small. What is neither a note nor
ours is kept as it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

import pygit2
from pygit2.enums import FileMode

from code_together.errors import CodeTogetherError
from code_together.git.commits import read_commit

LONGEST_NOTE: Final = 64_000_000
"""In bytes; what is on a commit beyond that is kept and not read."""

_HEX = re.compile(r"[0-9a-f]+\Z")
_ID_DIGITS = 40


def target(repository: pygit2.Repository, ref: str) -> str | None:
    reference = repository.references.get(ref)
    return str(reference.resolve().target) if reference else None


def tree_at(repository: pygit2.Repository, commit: str | None) -> pygit2.Tree | None:
    """The tree of notes of a commit; None if there is none to read."""
    if commit is None:
        return None
    try:
        tree = repository.get(read_commit(repository, commit).tree)
    except CodeTogetherError:
        return None
    return tree if isinstance(tree, pygit2.Tree) else None


def note_on(tree: pygit2.Tree | None, commit: str) -> bytes:
    """The note on a commit; where it is in a tree twice, both together, as git has it."""
    parts = (blob.data for blob in _blobs(tree, commit) if blob.size <= LONGEST_NOTE)
    return b"".join(part if not part or part.endswith(b"\n") else part + b"\n" for part in parts)


def _blobs(tree: pygit2.Tree | None, digits: str) -> Iterator[pygit2.Blob]:
    if tree is None:
        return
    if digits in tree:
        blob = tree[digits]
        if isinstance(blob, pygit2.Blob):
            yield blob
    if len(digits) > 2 and digits[:2] in tree:
        below = tree[digits[:2]]
        if isinstance(below, pygit2.Tree):
            yield from _blobs(below, digits[2:])


def changed(before: pygit2.Tree | None, after: pygit2.Tree | None) -> set[str]:
    """The commits whose notes are not the same in two trees. Neither trees nor notes that are the same are looked into, however the trees are cut."""
    return {
        commit
        for commit in _elsewhere(before, after, "")
        if [blob.id for blob in _blobs(before, commit)] != [blob.id for blob in _blobs(after, commit)]
    }


def _elsewhere(before: pygit2.Tree | None, after: pygit2.Tree | None, digits: str) -> set[str]:
    """The commits whose notes are not at the same place in two trees."""
    found: set[str] = set()
    sides = [{entry.name: entry for entry in tree} if tree is not None else {} for tree in (before, after)]
    for name in sides[0].keys() | sides[1].keys():
        one, other = sides[0].get(name), sides[1].get(name)
        whole = digits + (name or "")
        if (one and other and one.id == other.id) or len(whole) > _ID_DIGITS or not _HEX.match(whole):
            continue
        if len(whole) == _ID_DIGITS:
            if any(isinstance(entry, pygit2.Blob) for entry in (one, other)):
                found.add(whole)
        elif len(name or "") == 2:
            below = [entry if isinstance(entry, pygit2.Tree) else None for entry in (one, other)]
            found |= _elsewhere(below[0], below[1], whole)
    return found


def stranger(before: pygit2.Tree | None, after: pygit2.Tree | None, digits: str = "") -> str | None:
    """The path of something in a tree that is no note and was not in the one before; None if there is nothing of that kind."""
    for entry in after or ():
        name = entry.name or ""
        was = before[name] if before is not None and name in before else None
        whole = digits + name
        if (was is not None and was.id == entry.id) or (
            isinstance(entry, pygit2.Blob) and len(whole) == _ID_DIGITS and _HEX.match(whole)
        ):
            continue
        if not (isinstance(entry, pygit2.Tree) and len(name) == 2 and _HEX.match(whole)):
            return name
        below = stranger(was if isinstance(was, pygit2.Tree) else None, entry, whole)
        if below is not None:
            return f"{name}/{below}"
    return None


def put(
    repository: pygit2.Repository, tree: pygit2.Tree | None, notes: Mapping[str, bytes], depth: int = 0
) -> pygit2.Oid:
    """A tree in which these notes stand in the place of those on the same commits."""
    builder = repository.TreeBuilder(tree) if tree is not None else repository.TreeBuilder()
    below: dict[str, dict[str, bytes]] = defaultdict(dict)
    for digits, note in notes.items():
        folder = builder.get(digits[:2])
        if isinstance(folder, pygit2.Tree) or (not depth and folder is None):
            below[digits[:2]][digits[2:]] = note
            if builder.get(digits) is not None:
                builder.remove(digits)
        else:
            builder.insert(digits, repository.create_blob(note), FileMode.BLOB)
    for name, inside in below.items():
        folder = builder.get(name)
        base = folder if isinstance(folder, pygit2.Tree) else None
        builder.insert(name, put(repository, base, inside, depth + 1), FileMode.TREE)
    return builder.write()
