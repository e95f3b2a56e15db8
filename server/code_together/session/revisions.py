"""A session's history as people see it: what Git holds, the index keeps, and the API tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from code_together.session.authors import Person

Status = Literal["added", "removed", "changed", "renamed"]


@dataclass(frozen=True, slots=True)
class FileStat:
    """Lines added and removed: none of a file that is not text, None of one that is too large to count in.

    `old_path`: what a renamed file was called before.
    """

    path: str
    added: int | None
    removed: int | None
    status: Status = "changed"
    old_path: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit.

    `at` is when it was committed here (not when a pushed commit says that it was written), so that it never goes back along
    the history. `message` is without trailers; `files` is what changed since the first parent. `people` are the commits
    that a merge brought, oldest first, and `authors` then theirs, each once.
    """

    id: str
    parents: list[str]
    authors: list[Person]
    at: float
    message: str
    files: list[FileStat]
    people: list[Revision] = field(default_factory=list)

    @property
    def shares(self) -> list[tuple[int, int]]:
        """Lines that each of the authors added and removed, in their order."""
        sums = {author.email: (0, 0) for author in self.authors}
        for one in self.people or [self]:
            added, removed = sums[one.authors[0].email]
            sums[one.authors[0].email] = (
                added + sum(file.added or 0 for file in one.files),
                removed + sum(file.removed or 0 for file in one.files),
            )
        return [*sums.values()]
