"""Which revisions of the index are asked for, and how SQL finds them."""

# Only constant conditions and question marks are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from code_together.storage.lives import EDGE, lives
from code_together.storage.placeholders import placeholders

_SHORTEST_ID = 4  # hexadecimal digits that are taken for the beginning of an id, as git does


@dataclass(frozen=True)
class Wanted:
    """Which revisions: that changed the file now called `path`, whose authors have one of these addresses, from `since` on and
    before `until`, whose message has `text` in it, in either case, or whose id begins with it, and that came after the revision `after`."""

    path: str | None = None
    emails: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    text: str | None = None
    after: str | None = None


def find(
    connection: sqlite3.Connection, history: int, top: int, limit: int, wanted: Wanted
) -> Iterator[tuple[int, str | None]]:
    """Ordinals, newest first, each with what the file was called in it."""
    if wanted.path is None:
        conditions, values = _conditions(connection, history, wanted, None)
        yield from connection.execute(
            f"SELECT ordinal, NULL FROM revisions WHERE history_id = ? AND place = 0 AND ordinal <= ?{conditions}"
            " ORDER BY ordinal DESC LIMIT ?",
            (history, top, *values, limit),
        )
        return
    for life in lives(connection, history, wanted.path):
        if limit <= 0:
            return
        conditions, values = _conditions(connection, history, wanted, life.path)
        rows = connection.execute(
            "SELECT ordinal, CASE status WHEN 'left' THEN other ELSE path END"
            " FROM revision_files JOIN revisions USING (history_id, ordinal, place)"
            " WHERE history_id = ? AND path = ? AND place = 0 AND ordinal BETWEEN ? AND ?"
            f"{conditions} ORDER BY ordinal DESC LIMIT ?",
            (history, life.path, life.first, min(life.last, top), *values, limit),
        ).fetchall()
        limit -= len(rows)
        yield from rows


def _conditions(
    connection: sqlite3.Connection, history: int, wanted: Wanted, path: str | None
) -> tuple[str, list[str | float | int]]:
    """What else is asked of a row of `revisions`: with a path, of what its authors did to that file."""
    conditions = ""
    values: list[str | float | int] = []
    if wanted.since is not None:
        conditions += " AND at >= ?"
        values.append(wanted.since)
    if wanted.until is not None:
        conditions += " AND at < ?"
        values.append(wanted.until)
    if wanted.after is not None:
        conditions += " AND ordinal > ?"
        after = connection.execute(
            'SELECT ordinal FROM revisions WHERE history_id = ? AND "commit" = ?', (history, wanted.after)
        ).fetchone()
        values.append(after[0] if after else -EDGE)
    if wanted.text is not None:
        connection.create_function("folded", 1, str.casefold, deterministic=True)
        text = wanted.text.casefold()
        conditions += ' AND (instr(folded(message), ?) OR (? AND substr("commit", 1, ?) = ?))'
        values += [text, len(text) >= _SHORTEST_ID, len(text), text]
    if wanted.emails:
        people = _people(connection, history, wanted.emails)
        edits = (
            "revisions"
            if path is None
            else "revisions JOIN revision_files USING (history_id, ordinal, place)"
        )
        of_file = "" if path is None else " AND path = ?"
        conditions += (
            f" AND ordinal IN (SELECT ordinal FROM {edits} WHERE history_id = ? AND own = 1"
            f" AND person_id IN ({placeholders(people)}){of_file})"
        )
        values += [history, *people, *([] if path is None else [path])]
    return conditions, values


def edits(
    connection: sqlite3.Connection, history: int, wanted: Wanted
) -> Iterator[tuple[str, tuple[str | float | int, ...]]]:
    """FROM and WHERE of the edits that are wanted, and what is bound in them: `edits` has the lines added and removed."""
    people = _people(connection, history, wanted.emails) if wanted.emails else []
    if wanted.emails and not people:
        return
    own = "own = 1 AND at >= ? AND at < ?" + (
        f" AND person_id IN ({placeholders(people)})" if wanted.emails else ""
    )
    values = (wanted.since or 0.0, EDGE if wanted.until is None else wanted.until, *people)
    names = "JOIN revision_people ON revision_people.id = person_id"
    if wanted.path is None:
        yield (
            f"FROM revisions AS edits INDEXED BY revisions_by_person {names}"
            f" WHERE edits.history_id = ? AND {own}",
            (history, *values),
        )
        return
    for life in lives(connection, history, wanted.path):
        yield (
            f"FROM revision_files AS edits JOIN revisions USING (history_id, ordinal, place) {names}"
            f" WHERE edits.history_id = ? AND path = ? AND ordinal BETWEEN ? AND ? AND {own}",
            (history, life.path, life.first, life.last, *values),
        )


def _people(connection: sqlite3.Connection, history: int, emails: Sequence[str]) -> list[int]:
    rows = connection.execute(
        f"SELECT id FROM revision_people WHERE history_id = ? AND email IN ({placeholders(emails)})",
        (history, *emails),
    )
    return [id for (id,) in rows]
