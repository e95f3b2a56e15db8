"""An index of each session's history, so that no list walks through Git. All of it can be made again from there.

It holds an unbroken stretch of the revisions along first parents, with the commits of their people and the files that each
changed. It grows at both ends: what is new comes on top, what was there before the index was begun comes below.
"""

# Only constant conditions and question marks are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from code_together.errors import NotFound
from code_together.session.authors import Person, distinct
from code_together.session.revisions import FileStat, Revision
from code_together.storage.activity import Activity, activity
from code_together.storage.database import Database
from code_together.storage.lives import EDGE, lives, path_now
from code_together.storage.placeholders import placeholders
from code_together.storage.revisionrows import rows_of
from code_together.storage.wanted import Wanted, find


@dataclass(frozen=True)
class Stretch:
    """What the index of a session holds: up to `newest` (None: nothing yet), and `older` is the next below (None: no more)."""

    newest: str | None
    older: str | None


@dataclass(frozen=True)
class Listed:
    """A revision of a list, and in that of one file what it was called then."""

    revision: Revision
    path: str | None


class Revisions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def stretch(self, session: str) -> Stretch | None:
        """What there is of a session, None if its index was not begun."""

        def work(connection: sqlite3.Connection) -> Stretch | None:
            row = connection.execute(
                'SELECT (SELECT "commit" FROM revisions WHERE history_id = histories.id AND place = 0'
                " ORDER BY ordinal DESC LIMIT 1), older FROM histories WHERE session_id = ?",
                (session,),
            ).fetchone()
            return Stretch(*row) if row else None

        return await self._database.read(work)

    async def begin(self, session: str, head: str) -> None:
        """Forgets what there is; `head` and all before it are to come below."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM histories WHERE session_id = ?", (session,))
            connection.execute("INSERT INTO histories (session_id, older) VALUES (?, ?)", (session, head))

        await self._database.write(work)

    async def add_newer(self, session: str, revisions: Sequence[Revision]) -> None:
        """These come on top, the oldest of them first. Those that do not follow the newest are left out."""

        def work(connection: sqlite3.Connection) -> None:
            history = _history(connection, session)
            row = connection.execute(
                'SELECT ordinal, "commit" FROM revisions WHERE history_id = ? AND place = 0'
                " ORDER BY ordinal DESC LIMIT 1",
                (history,),
            ).fetchone()
            for revision in revisions:
                if row is None or row[1] not in revision.parents[:1]:
                    return
                row = (row[0] + 1, revision.id)
                _insert(connection, history, row[0], revision)

        await self._database.write(work)

    async def add_older(self, session: str, revisions: Sequence[Revision], older: str | None) -> None:
        """These come below, the newest of them first, and `older` is what follows. Left out if the index does not end there."""

        def work(connection: sqlite3.Connection) -> None:
            history = _history(connection, session)
            row = connection.execute("SELECT older FROM histories WHERE id = ?", (history,)).fetchone()
            # There is none where the session was deleted meanwhile.
            if row is None or not revisions or revisions[0].id != row[0]:
                return
            (lowest,) = connection.execute(
                "SELECT min(ordinal) FROM revisions WHERE history_id = ?", (history,)
            ).fetchone()
            for ordinal, revision in enumerate(revisions, 1):
                _insert(connection, history, (lowest or 0) - ordinal, revision)
            connection.execute("UPDATE histories SET older = ? WHERE id = ?", (older, history))

        await self._database.write(work)

    async def holds(self, session: str, id: str) -> bool:
        """Whether this revision or person's commit is in the index."""

        def work(connection: sqlite3.Connection) -> bool:
            return _ordinal(connection, session, id) is not None

        return await self._database.read(work)

    async def get(self, session: str, id: str) -> Revision | None:
        """A revision with its people, or one of their commits; None if it is not in the index."""

        def work(connection: sqlite3.Connection) -> Revision | None:
            ordinal = _ordinal(connection, session, id)
            if ordinal is None:
                return None
            found = _load(connection, _history(connection, session), [ordinal])[ordinal]
            return next(one for one in [found, *found.people] if one.id == id)

        return await self._database.read(work)

    async def page(
        self, session: str, start: str | None, limit: int, wanted: Wanted
    ) -> tuple[list[Listed], str | None]:
        """At most `limit` revisions from `start` (None: the newest) on, newest first, and the one that follows them.

        A person's commit stands for the revision that brought it. Raises `NotFound` (`no_revision`) for a start that is not in
        the index.
        """

        def work(connection: sqlite3.Connection) -> tuple[list[Listed], str | None]:
            history = _history(connection, session)
            top = EDGE if start is None else _ordinal(connection, session, start)
            if top is None:
                raise NotFound("There is no such revision in this session.", code="no_revision")
            paths = dict(find(connection, history, top, limit + 1, wanted))
            found = _load(connection, history, [*paths])
            listed = [Listed(found[ordinal], path) for ordinal, path in paths.items()]
            return listed[:limit], listed[limit].revision.id if len(listed) > limit else None

        return await self._database.read(work)

    async def paths_now(self, session: str, places: Sequence[tuple[str, str]]) -> list[str]:
        """For each commit and path in it, the path that the file has since: as it was renamed, also after it was deleted and came back.

        The path itself where the index does not have the commit.
        """

        def work(connection: sqlite3.Connection) -> list[str]:
            history = _history(connection, session)
            return [
                path_now(connection, history, _ordinal(connection, session, commit), path)
                for commit, path in places
            ]

        return await self._database.read(work)

    async def documents(self, session: str, path: str) -> list[int]:
        """The documents that the file now called `path` was, oldest first: more than one where it was deleted and came back."""

        def work(connection: sqlite3.Connection) -> list[int]:
            history = _history(connection, session)
            had = [*lives(connection, history, path)]
            paths = {life.path for life in had}
            rows = connection.execute(
                "SELECT document_id, path, ordinal FROM documents JOIN mark_documents ON document_id = documents.id"
                ' JOIN marks ON marks.id = mark_id JOIN revisions ON revisions."commit" = marks."commit"'
                f" WHERE documents.session_id = ? AND path IN ({placeholders([*paths])})"
                " AND history_id = ? AND place = 0 ORDER BY mark_id",
                (session, *paths, history),
            )
            return [
                *dict.fromkeys(
                    document
                    for document, at, ordinal in rows
                    if any(life.path == at and life.first <= ordinal <= life.last for life in had)
                )
            ]

        return await self._database.read(work)

    async def activity(self, session: str, wanted: Wanted, buckets: int) -> Activity:
        """Who edited how much when, in at most so many buckets of equal length, from the first to the last revision wanted."""

        def work(connection: sqlite3.Connection) -> Activity:
            return activity(connection, _history(connection, session), wanted, buckets)

        return await self._database.read(work)


def _history(connection: sqlite3.Connection, session: str) -> int:
    """The index's own number; 0, which nothing has, if it was not begun."""
    row = connection.execute("SELECT id FROM histories WHERE session_id = ?", (session,)).fetchone()
    return int(row[0]) if row else 0


def _ordinal(connection: sqlite3.Connection, session: str, id: str) -> int | None:
    row = connection.execute(
        'SELECT ordinal FROM revisions WHERE history_id = ? AND "commit" = ? ORDER BY place LIMIT 1',
        (_history(connection, session), id),
    ).fetchone()
    return int(row[0]) if row else None


def _insert(connection: sqlite3.Connection, history: int, ordinal: int, revision: Revision) -> None:
    rows, files = rows_of(revision)
    for row in rows:
        person = _person(connection, history, Person(row.name, row.email))
        connection.execute(
            "INSERT INTO revisions (history_id, ordinal, place, \"commit\", parents, person_id, at, message, own,"
            " added, removed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                history, ordinal, row.place, row.commit, row.parents, person, row.at, row.message, row.own,
                row.added, row.removed,
            ),
        )  # fmt: skip
    connection.executemany(
        "INSERT OR REPLACE INTO revision_files (history_id, ordinal, path, place, status, other, added, removed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(history, ordinal, *row) for row in files],
    )


def _person(connection: sqlite3.Connection, history: int, person: Person) -> int:
    values = (history, person.email, person.name)
    row = connection.execute(
        "SELECT id FROM revision_people WHERE history_id = ? AND email = ? AND name = ?", values
    ).fetchone()
    if row is None:
        row = connection.execute(
            "INSERT INTO revision_people (history_id, email, name) VALUES (?, ?, ?) RETURNING id", values
        ).fetchone()
    return int(row[0])


def _load(connection: sqlite3.Connection, history: int, ordinals: Sequence[int]) -> dict[int, Revision]:
    """These revisions whole, by their ordinals."""
    files: dict[tuple[int, int], list[FileStat]] = {}
    for ordinal, place, path, added, removed, status, other in connection.execute(
        "SELECT ordinal, place, path, added, removed, status, other FROM revision_files"
        f" WHERE history_id = ? AND ordinal IN ({placeholders(ordinals)}) AND status <> 'left' ORDER BY path",
        (history, *ordinals),
    ):
        files.setdefault((ordinal, place), []).append(FileStat(path, added, removed, status, other))
    found: dict[int, Revision] = {}
    for ordinal, place, id, parents, name, email, at, message in connection.execute(
        'SELECT ordinal, place, "commit", parents, name, email, at, message'
        " FROM revisions JOIN revision_people ON revision_people.id = person_id"
        f" WHERE revisions.history_id = ? AND ordinal IN ({placeholders(ordinals)}) ORDER BY ordinal, place",
        (history, *ordinals),
    ):
        changed = files.get((ordinal, place), [])
        one = Revision(id, parents.split(), [Person(name, email)], at, message, changed)
        if place:
            found[ordinal].people.append(one)
        else:
            found[ordinal] = one
    for ordinal, revision in found.items():
        if authors := distinct(author for one in revision.people for author in one.authors):
            found[ordinal] = replace(revision, authors=authors)
    return found
