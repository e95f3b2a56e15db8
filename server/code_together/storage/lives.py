"""Where a file was: the paths that it had, and from which revision of the index to which."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

EDGE = 2**62  # beyond every ordinal
_RENAMES = 1_000  # of one file that are followed


@dataclass(frozen=True)
class Life:
    """Where a file had a path: first and last ordinal."""

    path: str
    first: int
    last: int


def lives(connection: sqlite3.Connection, history: int, path: str) -> Iterator[Life]:
    """The paths that a file had, the newest first: back through its renames, and through earlier files of its path that
    were deleted; not into one that was renamed away before this one came."""
    last = EDGE
    for number in range(_RENAMES):
        move = connection.execute(
            "SELECT ordinal, status, other FROM revision_files WHERE history_id = ? AND path = ? AND ordinal <= ?"
            " AND place = 0 AND status IN ('renamed', 'left') ORDER BY ordinal DESC LIMIT 1",
            (history, path, last),
        ).fetchone()
        if move is None:
            yield Life(path, -EDGE, last)
            return
        ordinal, status, other = move
        if status == "renamed":
            yield Life(path, ordinal, last)
            path, last = other, ordinal - 1
            continue
        since = connection.execute(
            "SELECT 1 FROM revision_files WHERE history_id = ? AND path = ? AND ordinal > ? AND ordinal <= ?"
            " AND place = 0 LIMIT 1",
            (history, path, ordinal, last),
        ).fetchone()
        if since or number:
            yield Life(path, ordinal + 1, last)
            return
        # The file that was asked for has another path by now: this is the last of it here.
        yield Life(path, ordinal, last)
        last = ordinal - 1


def path_now(connection: sqlite3.Connection, history: int, ordinal: int | None, path: str) -> str:
    """The path that a file has, which was at `path` in a revision."""
    for _ in range(_RENAMES):
        # The first condition on the status is that of the index `revision_files_that_moved`: SQLite takes it only where it stands.
        move = connection.execute(
            "SELECT ordinal, other FROM revision_files WHERE history_id = ? AND path = ? AND ordinal > ? AND place = 0"
            " AND status IN ('renamed', 'left') AND status = 'left' ORDER BY ordinal LIMIT 1",
            (history, path, ordinal),
        ).fetchone()
        if move is None:
            break
        ordinal, path = move
    return path
