"""The history of a session, for people: its revisions along their first parents, and how much each changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import pygit2
from pygit2.enums import DeltaStatus

from code_together.git import messages
from code_together.git.bare import MAIN, opened
from code_together.git.commits import Commit, merged, read_commit
from code_together.git.comparing import RENAMES, path_of, size_of, status_of, tree_diff
from code_together.git.tags import versions
from code_together.session.authors import distinct
from code_together.session.revisions import FileStat, Revision

__all__ = ["FileStat", "Names", "Revision", "describe", "line", "names"]

# Bytes of a file whose lines are counted; of all such files of one revision; and the sum of their squares. Lines that are made to collide
# take time by their square, which nothing can stop: so much of them takes a few seconds.
_COUNTED_FILE = 500_000
_COUNTED = 50_000_000
_SQUARES = 1_000_000**2


def line(path: str, start: str, until: str | None, limit: int) -> tuple[list[str], str | None]:
    """At most `limit` ids along first parents from `start` on, newest first, ending before `until`.

    And the id that would follow: `until` if the line came to it, None behind the first revision. Raises `NotFound`.
    """
    with opened(path) as repository:
        ids: list[str] = []
        id: str | None = start
        while id is not None and id != until and len(ids) < limit:
            ids.append(id)
            id = next(iter(read_commit(repository, id).parents), None)
        return ids, id


def describe(path: str, ids: Sequence[str], seconds: float) -> list[Revision]:
    """These revisions, with their people; at least the first, and as many more as can be had in so many seconds.

    Raises `NotFound`.
    """
    ends = monotonic() + seconds
    with opened(path) as repository:
        described = []
        for id in ids:
            described.append(_Describing(repository).revision(read_commit(repository, id)))
            if monotonic() > ends:
                break
        return described


@dataclass(frozen=True, slots=True)
class Names:
    """The names of commits, by their ids, the oldest first.

    `brought` has those that came in with a revision: of commits that are not on the line of first parents, with these commits' ids.
    """

    own: dict[str, list[str]]
    brought: dict[str, list[tuple[str, str]]]

    def of(self, id: str) -> list[str]:
        """All that a revision is to be shown under."""
        return [*self.own.get(id, []), *(name for name, _ in self.brought.get(id, []))]


def names(path: str) -> Names:
    """All names that there are."""
    named = versions(path)
    own: dict[str, list[str]] = {}
    for version in named:
        own.setdefault(version.revision, []).append(version.name)
    with opened(path) as repository:
        brought_by = _brought_by(repository, set(own))
    brought: dict[str, list[tuple[str, str]]] = {}
    for version in named:
        if version.revision in brought_by:
            brought.setdefault(brought_by[version.revision], []).append((version.name, version.revision))
    return Names(own, brought)


def _brought_by(repository: pygit2.Repository, commits: set[str]) -> dict[str, str]:
    """For those of the commits that are no revisions themselves: the revision with which each came in."""
    main = repository.references.get(MAIN)
    line: list[str] = []
    wanted = set(commits)
    id = str(main.target) if main else None
    while id is not None and wanted:
        line.append(id)
        wanted.discard(id)
        id = next(iter(_parents(repository, id)), None)
    found: dict[str, str] = {}
    seen = set(line)
    for revision in reversed(line):
        waiting = _parents(repository, revision)[1:] if len(found) < len(wanted) else []
        while waiting:
            id = waiting.pop()
            if id not in seen:
                seen.add(id)
                if id in wanted:
                    found[id] = revision
                waiting += _parents(repository, id)
    return found


def _parents(repository: pygit2.Repository, id: str) -> list[str]:
    return [str(parent) for parent in repository[id].peel(pygit2.Commit).parent_ids]


class _Describing:
    """What one revision changed: its lines are counted until that would be too much to read."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository
        self._left = _COUNTED
        self._squares = _SQUARES

    def revision(self, commit: Commit) -> Revision:
        # What a merge among the commits of a push changed, the commits that it merged have changed.
        people = [
            self._one(one, [], self._files(one) if len(one.parents) < 2 else [])
            for one in merged(self._repository, commit)
        ]
        # One that brings files back has a second parent and nobody's commits.
        return self._one(commit, people, self._files(commit))

    def _one(self, commit: Commit, people: list[Revision], files: list[FileStat]) -> Revision:
        authors = distinct(author for one in people for author in one.authors) or [commit.author]
        message = messages.without_trailers(commit.message)
        return Revision(commit.id, commit.parents, authors, commit.at, message, files, people)

    def _files(self, commit: Commit) -> list[FileStat]:
        changes = tree_diff(self._repository, next(iter(commit.parents), None), commit.id, context_lines=0)
        kinds = {delta.status for delta in changes.deltas}
        if {DeltaStatus.ADDED, DeltaStatus.DELETED} <= kinds:
            changes.find_similar(rename_limit=RENAMES)
        return [self._file(changes, index, delta) for index, delta in enumerate(changes.deltas)]

    def _file(self, changes: pygit2.Diff, index: int, delta: pygit2.DiffDelta) -> FileStat:
        added: int | None = None
        removed: int | None = None
        if self._may_count(delta):
            patch = changes[index]
            _, added, removed = (0, 0, 0) if patch is None else patch.line_stats
        status = status_of(delta)
        old = path_of(delta.old_file) if status == "renamed" else None
        return FileStat(path_of(delta.new_file), added, removed, status, old)

    def _may_count(self, delta: pygit2.DiffDelta) -> bool:
        sizes = [size_of(self._repository, file.id) for file in (delta.old_file, delta.new_file)]
        size = sum(sizes)
        if max(sizes) > _COUNTED_FILE or size > self._left or size**2 > self._squares:
            return False
        self._left -= size
        self._squares -= size**2
        return True
