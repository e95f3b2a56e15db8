"""Who changed which files since a revision, for somebody who comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

import pygit2
from pygit2.enums import DeltaStatus, DiffFind

from code_together.git.bare import opened
from code_together.git.commits import Commit, merged, read_commit, tree_of
from code_together.git.history import FileStat
from code_together.git.identity import Person


@dataclass(frozen=True)
class Contribution:
    """What one person did; the files by path, as they are named now."""

    author: Person
    files: list[FileStat]


def since(
    path: str, newest: str, seen: str | None, most_commits: int, most_files: int, seconds: float
) -> tuple[list[Contribution], bool]:
    """What was done after the revision `seen` (None: from the beginning) up to `newest`, by person, who came last first.

    Lines that one wrote and another took out again count for both. Looks at `most_commits` commits at the most, at the newest first, for
    about `seconds`; gives whether there is more than that, or than `most_files` files of one person. Raises `NotFound` if one of the two is no
    revision.
    """
    deadline = monotonic() + seconds
    people: dict[str, Person] = {}
    counts: defaultdict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    moved: dict[str, str] = {}
    more = False
    with opened(path) as repository:
        if seen is not None:
            read_commit(repository, seen)
        for number, commit in enumerate(_back_to(repository, newest, seen)):
            if number == most_commits or monotonic() > deadline:
                more = True
                break
            email = commit.author.email
            people.setdefault(email, commit.author)
            for old, new, added, removed in _changes(repository, commit):
                name = moved.pop(new, new)
                if old != new:
                    moved[old] = name
                before = counts[email].get(name, (0, 0))
                counts[email][name] = (before[0] + added, before[1] + removed)
    contributions = []
    for email, person in people.items():
        files = [FileStat(name, *lines) for name, lines in sorted(counts[email].items())]
        more = more or len(files) > most_files
        if files:
            contributions.append(Contribution(person, files[:most_files]))
    return contributions, more


def _back_to(repository: pygit2.Repository, newest: str, seen: str | None) -> Iterator[Commit]:
    """The commits of people, newest first: a window's merge is its people's, not the server's."""
    id: str | None = newest
    while id is not None and id != seen:
        commit = read_commit(repository, id)
        yield from reversed(merged(repository, commit) or [commit])
        id = next(iter(commit.parents), None)


def _changes(repository: pygit2.Repository, commit: Commit) -> Iterator[tuple[str, str, int, int]]:
    """Of each file the path before, the path after, and the lines added and removed."""
    tree = tree_of(repository, commit)
    if commit.parents:
        parent = tree_of(repository, read_commit(repository, commit.parents[0]))
        diff = parent.diff_to_tree(tree, context_lines=0)
    else:
        diff = tree.diff_to_tree(swap=True, context_lines=0)
    diff.find_similar(DiffFind.FIND_RENAMES, rename_limit=200)
    for patch in diff:
        if patch is not None:
            new = patch.delta.new_file.raw_path.decode(errors="replace")
            renamed = patch.delta.status == DeltaStatus.RENAMED
            old = patch.delta.old_file.raw_path.decode(errors="replace") if renamed else new
            _, added, removed = patch.line_stats
            yield old, new, added, removed
