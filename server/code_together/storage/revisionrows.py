"""What the index of the history has of a revision: the rows that are written for it, and that it is held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from code_together.session.revisions import FileStat, Revision

_MESSAGE = 10_000  # characters of a message that are kept here; the commit has all of it


class RevisionRow(NamedTuple):
    """A revision, or with a `place` one of the commits that it merged, as the index has it."""

    place: int
    commit: str
    parents: str
    email: str
    name: str
    at: float
    message: str
    own: bool
    added: int
    removed: int


class FileRow(NamedTuple):
    """What a revision or commit did to a file; its lines are None where they were not counted."""

    path: str
    place: int
    status: str
    other: str | None
    added: int | None
    removed: int | None


def rows_of(revision: Revision) -> tuple[list[RevisionRow], list[FileRow]]:
    """What the index has of a revision: a row for it and for each of its people's commits, and one for each file of each."""
    rows: list[RevisionRow] = []
    files: dict[tuple[str, int], FileRow] = {}
    for place, one in enumerate([revision, *revision.people]):
        added = sum(file.added or 0 for file in one.files)
        removed = sum(file.removed or 0 for file in one.files)
        own = place > 0 or not revision.people
        rows.append(
            RevisionRow(
                place, one.id, " ".join(one.parents), one.authors[0].email, one.authors[0].name, one.at,
                one.message[:_MESSAGE], own, added, removed,
            )
        )  # fmt: skip
        for row in _file_rows(place, one.files):
            files.setdefault((row.path, place), row)
    return rows, [*files.values()]


def _file_rows(place: int, files: Iterable[FileStat]) -> Iterator[FileRow]:
    for file in files:
        yield FileRow(file.path, place, file.status, file.old_path, file.added, file.removed)
        if file.old_path is not None:
            yield FileRow(file.old_path, place, "left", file.path, 0, 0)
