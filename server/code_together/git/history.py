"""The history of a session, for people: its revisions along their first parents, and what each changed.

`at` is always when something was committed here (not when a pushed commit says that it was written), so that
it never goes back along the history.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pygit2
from pygit2.enums import DeltaStatus

from code_together.git import messages
from code_together.git.bare import MAIN, opened
from code_together.git.blame import BlameLine, blame
from code_together.git.commits import Commit, merged, read_commit, tree_of
from code_together.git.identity import Person
from code_together.git.textfile import UTF8, decode
from code_together.git.trees import find

__all__ = ["BlameLine", "FileDiff", "FileStat", "Revision", "blame", "diff", "revision", "revisions"]

_STATUS = {DeltaStatus.ADDED: "added", DeltaStatus.DELETED: "removed", DeltaStatus.RENAMED: "renamed"}


@dataclass(frozen=True)
class FileStat:
    """Lines added and removed; of a binary file neither. A renamed file is one removed and one added."""

    path: str
    added: int
    removed: int


@dataclass(frozen=True)
class Revision:
    """A commit as people see it.

    `authors` of a merge are those of the commits that it brought, in their order; `names` those of its named
    versions; `message` is without trailers; `files` is what changed since the first parent.
    """

    id: str
    parents: list[str]
    authors: list[Person]
    at: float
    message: str
    names: list[str]
    files: list[FileStat]


@dataclass(frozen=True)
class FileDiff:
    """`status`: added, removed, changed or renamed; `diff`: a unified diff's hunks, none if binary."""

    path: str
    old_path: str | None
    status: str
    binary: bool
    diff: str


def revisions(
    path: str, start: str | None, limit: int, file: str | None = None, people: bool = False
) -> tuple[list[Revision], str | None]:
    """A page of revisions along first parents, newest first, and the id that the next page begins with.

    `start`: the first to show, None for the newest. `file`: only those that changed it. `people`: each merge
    is followed by the commits that it brought, newest first; these do not count towards the limit.
    Raises `NotFound` for a start that is no revision.
    """
    with opened(path) as repository:
        main = repository.references.get(MAIN)
        first = start or (str(main.target) if main else None)
        names = _names(repository)
        page: list[Revision] = []
        line = _first_parents(repository, first)
        for shown, commit in enumerate(line if file is None else _changing(repository, line, file)):
            if shown == limit:
                return page, commit.id
            brought = merged(repository, commit)
            page.append(_revision(repository, commit, brought, names))
            if people:
                page += (
                    _revision(repository, one, merged(repository, one), names) for one in reversed(brought)
                )
        return page, None


def revision(path: str, commit: str) -> Revision:
    """Raises `NotFound`."""
    with opened(path) as repository:
        record = read_commit(repository, commit)
        return _revision(repository, record, merged(repository, record), _names(repository))


def diff(path: str, commit: str, base: str | None) -> list[FileDiff]:
    """What changed from `base` (None: the first parent) to `commit`, renames found. Raises `NotFound`."""
    with opened(path) as repository:
        record = read_commit(repository, commit)
        if base is None:
            base = next(iter(record.parents), None)
        changes = _diff(repository, base, commit)
        changes.find_similar()
        return [_file_diff(repository, patch) for patch in changes if patch is not None]


def _first_parents(repository: pygit2.Repository, id: str | None) -> Iterator[Commit]:
    while id is not None:
        commit = read_commit(repository, id)
        yield commit
        id = next(iter(commit.parents), None)


def _changing(repository: pygit2.Repository, commits: Iterator[Commit], file: str) -> Iterator[Commit]:
    """Those of a line of commits whose file is another one than in the next, older commit."""
    later: Commit | None = None
    present: tuple[pygit2.Oid, int] | None = None
    for commit in commits:
        found = find(tree_of(repository, commit), file)
        entry = (found.id, found.filemode) if found else None
        if later and entry != present:
            yield later
        later, present = commit, entry
    if later and present:
        yield later


def _revision(
    repository: pygit2.Repository, commit: Commit, brought: list[Commit], names: dict[str, list[str]]
) -> Revision:
    authors: dict[str, Person] = {}
    for one in brought or [commit]:
        authors.setdefault(one.author.email, one.author)
    return Revision(
        commit.id,
        commit.parents,
        [*authors.values()],
        commit.at,
        messages.without_trailers(commit.message),
        names.get(commit.id, []),
        _stats(repository, commit),
    )


def _stats(repository: pygit2.Repository, commit: Commit) -> list[FileStat]:
    changes = _diff(repository, next(iter(commit.parents), None), commit.id, context_lines=0)
    stats = []
    for patch in changes:
        if patch is not None:
            _, added, removed = patch.line_stats
            stats.append(FileStat(_path(patch.delta.new_file), added, removed))
    return stats


def _diff(
    repository: pygit2.Repository, base: str | None, commit: str, context_lines: int = 3
) -> pygit2.Diff:
    tree = tree_of(repository, read_commit(repository, commit))
    if base is None:
        return tree.diff_to_tree(swap=True, context_lines=context_lines)
    return tree_of(repository, read_commit(repository, base)).diff_to_tree(tree, context_lines=context_lines)


def _file_diff(repository: pygit2.Repository, patch: pygit2.Patch) -> FileDiff:
    delta = patch.delta
    new, old = _path(delta.new_file), _path(delta.old_file)
    status = _STATUS.get(DeltaStatus(delta.status), "changed")
    return FileDiff(
        new, old if status == "renamed" else None, status, bool(delta.is_binary), _hunks(repository, patch)
    )


def _hunks(repository: pygit2.Repository, patch: pygit2.Patch) -> str:
    """The patch from its first hunk on, read in the encoding of the file."""
    _, mark, hunks = patch.data.partition(b"\n@@ ")
    data = mark[1:] + hunks
    try:
        return data.decode()
    except UnicodeDecodeError:
        delta = patch.delta
        side = delta.old_file if delta.status == DeltaStatus.DELETED else delta.new_file
        blob = repository.get(side.id)
        _, format = (isinstance(blob, pygit2.Blob) and decode(blob.data)) or ("", UTF8)
        return data.decode(format.encoding, "replace")


def _path(file: pygit2.DiffFile) -> str:
    return file.raw_path.decode(errors="replace")


def _names(repository: pygit2.Repository) -> dict[str, list[str]]:
    """The names of each revision, by its id, the oldest first."""
    found: list[tuple[int, str, str]] = []
    for ref in repository.references:
        if ref.startswith("refs/tags/"):
            tag = repository.get(repository.references[ref].target)
            if isinstance(tag, pygit2.Tag):
                found.append(
                    (tag.tagger.time if tag.tagger else 0, str(tag.target), (tag.message or "").strip())
                )
    names: dict[str, list[str]] = {}
    for _, commit, name in sorted(found):
        names.setdefault(commit, []).append(name)
    return names
