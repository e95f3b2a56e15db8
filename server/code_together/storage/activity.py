"""Who edited how much when, in buckets of time, summed up from the index of the history."""

# Only constant conditions and question marks are put into the text of SQL; every value is bound.

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from code_together.session.authors import Person
from code_together.storage.wanted import Wanted, edits


@dataclass(frozen=True)
class Edits:
    """What one person did in one bucket of time."""

    bucket: int
    person: Person
    revisions: int
    added: int
    removed: int


@dataclass(frozen=True)
class Activity:
    """`seconds` is the length of a bucket; the first begins at `since`. `revisions` counts windows, not people's commits."""

    since: float
    until: float
    seconds: float
    revisions: int
    edits: list[Edits]


def activity(connection: sqlite3.Connection, history: int, wanted: Wanted, buckets: int) -> Activity:
    """In at most so many buckets of equal length, from the first to the last revision wanted."""
    ends = connection.execute(
        "SELECT min(at), max(at) FROM revisions WHERE history_id = ? AND place = 0", (history,)
    ).fetchone()
    since = wanted.since if wanted.since is not None else ends[0] or 0.0
    # Moments of revisions are whole seconds: one more takes the last one in.
    until = wanted.until if wanted.until is not None else (ends[1] or 0.0) + 1
    seconds = max(1.0, (until - since) / buckets)
    asked = Wanted(wanted.path, wanted.emails, since, until)
    count = 0
    sums: dict[tuple[int, str], list[int]] = {}
    names: dict[str, str] = {}
    for source, values in edits(connection, history, asked):
        (windows,) = connection.execute(f"SELECT count(DISTINCT ordinal) {source}", values).fetchone()
        count += windows
        rows = connection.execute(
            "SELECT CAST((at - ?) / ? AS INTEGER) AS bucket, person_id, email, name, count(*),"
            f" coalesce(sum(edits.added), 0), coalesce(sum(edits.removed), 0) {source} GROUP BY bucket, person_id",
            (since, seconds, *values),
        )
        for bucket, _, email, name, *numbers in rows:
            names[email] = name
            key = (min(bucket, buckets - 1), email)
            sums[key] = [a + b for a, b in zip(sums.get(key, [0, 0, 0]), numbers, strict=True)]
    done = [
        Edits(bucket, Person(names[email], email), *numbers)
        for (bucket, email), numbers in sorted(sums.items())
    ]
    return Activity(since, until, seconds, count, done)
