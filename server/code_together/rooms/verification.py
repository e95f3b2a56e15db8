"""Looks whether a data folder is sound: the database, every repository, and that both together give the texts (VF1–VF7).

Nothing of anybody's work is changed, whatever is found. Only what can be made again from Git, the indexes of the history and of the comments, is
made again where it is missing or wrong. What a crash may leave, and the next opening of a session puts right, is no fault. A repository whose
objects are broken is looked at no further: its texts and lists may be as they should.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ParamSpec, TypeVar

from code_together.config import Settings
from code_together.errors import CodeTogetherError, Unavailable, Unprocessable
from code_together.git import fsck, history, notes, repository, transport
from code_together.git.notes import Refs
from code_together.git.replaying import Held, Replayed, replay
from code_together.rooms import noted
from code_together.rooms.checkpoint import history_unknown
from code_together.rooms.commentnotes import Described, Describing
from code_together.rooms.timeline import Timeline
from code_together.rooms.workers import Budget, Workers
from code_together.storage import snapshot
from code_together.storage.accounts import Accounts
from code_together.storage.commentlines import CommentLines
from code_together.storage.commentrows import Comment
from code_together.storage.database import Database
from code_together.storage.datafolder import FILE_NAME
from code_together.storage.journal import Journal, Mark, MarkedDocument
from code_together.storage.revisions import Revisions
from code_together.storage.schema import has_database
from code_together.storage.sessions import Sessions
from code_together.storage.soundness import Look, Soundness

P = ParamSpec("P")
T = TypeVar("T")

_SECONDS = 3_600.0  # for all looks at one repository; a hostile one ends there
_LINES = 50  # that `git fsck` may say of one repository
_FAULTS = 5  # of one document that are told
_SLICE = 50_000  # updates that are replayed at once
_BATCH = 200  # revisions that are compared at once
_BATCH_SECONDS = 1.0
_NOBODY = 0

_BACKUP = "Restore the data folder from a backup."
_OPENS = "The session can be opened, but what is typed there is refused."


@dataclass
class Counts:
    """What was looked at, and how many faults there were."""

    sessions: int = 0
    revisions: int = 0
    documents: int = 0
    updates: int = 0
    comments: int = 0
    faults: int = 0

    def __str__(self) -> str:
        looked = (
            f"Checked {_many(self.sessions, 'session')}: {_many(self.revisions, 'revision')},"
            f" {_many(self.documents, 'document')} with {_many(self.updates, 'update')} in the journal,"
            f" {_many(self.comments, 'comment')}."
        )
        return f"{looked} {_many(self.faults, 'fault') if self.faults else 'No faults'}."


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


async def verify(settings: Settings, say: Callable[[str], None], progress: Callable[[str], None]) -> Counts:
    """Looks at everything in the data folder; `say` is told a line for each fault and each index that was made again, `progress` what is looked at.

    Raises `Unprocessable` (`no_data`), `Unavailable` (`data_in_use`, `newer_data`, `database_missing`, `restore_broken_off`, `git_missing`,
    `git_too_old`).
    """
    folder = settings.data.absolute()
    if not has_database(folder):
        raise Unprocessable(
            f"{folder} is no data folder: there is no {FILE_NAME}, or it is empty. Give the right one with --data.",
            code="no_data",
        )
    await asyncio.to_thread(transport.version)
    telling = _Telling(say, Counts())
    workers = Workers(folder / "worker.lock", look_seconds=settings.read_seconds)
    with contextlib.ExitStack() as stack:
        stack.callback(workers.close)
        progress("the database")
        look = Look()
        may_write = True
        try:
            try:
                database = await asyncio.to_thread(Database.open, folder, look)
            except Unavailable as error:
                if error.code != "not_opened":
                    raise
                elsewhere = stack.enter_context(snapshot.apart(folder))
                say(
                    f"{error.message} A copy of the database is looked at; the lists of revisions and comments are not."
                )
                may_write = False
                database = await asyncio.to_thread(Database.open, elsewhere, look)
        except Unavailable as error:
            if error.code != "database_broken":
                raise
            telling.database(look.faults)
            telling.fault("database", "Sessions, journal and comments were not checked", _BACKUP)
            for path in _repositories(folder):
                progress(f"{path.name}: git fsck")
                telling.counts.sessions += 1
                await _Repository(path, workers, telling).check()
            return telling.counts
        try:
            telling.database(look.faults)
            await _Verification(settings, folder, database, workers, telling, progress, may_write).run()
        finally:
            await asyncio.to_thread(database.close)
        return telling.counts


def _repositories(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.git") if path.is_dir())


class _Telling:
    def __init__(self, say: Callable[[str], None], counts: Counts) -> None:
        self._say = say
        self.counts = counts

    def fault(self, where: str, what: str, to_do: str) -> None:
        self.counts.faults += 1
        self._say(f"Fault: {where}: {_line(what)}. {to_do}")

    def rebuilt(self, what: str) -> None:
        self._say(f"Rebuilt: {what}.")

    def database(self, faults: Sequence[str]) -> None:
        for fault in faults:
            self.fault("database", fault, _BACKUP)


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).rstrip(". ")


class _Repository:
    """The looks at one repository, each in a process that can be stopped."""

    def __init__(self, path: Path, workers: Workers, telling: _Telling) -> None:
        self.path = str(path)
        self.name = f"session {path.name.removesuffix('.git')}"
        self._budget = Budget(_NOBODY, _SECONDS)
        self._workers = workers
        self._telling = telling

    async def look(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._workers.search(self._budget, function, *args, **kwargs)

    async def check(self) -> bool:
        """What the refs and `git fsck` say. False if its objects are broken: the library may read one of those for ever."""
        for fault in await self.look(fsck.strange_refs, self.path):
            self.fault(f"the repository {fault}", f"Look at it with git, and remove it. Else: {_BACKUP}")
        found = await self.look(fsck.faults, self.path, _LINES, _SECONDS)
        for fault in found:
            self.fault(
                f"git fsck: {fault}",
                f"If the server was killed, start it and open the session, then look again. Else: {_BACKUP}",
            )
        return not found

    def fault(self, what: str, to_do: str) -> None:
        self._telling.fault(self.name, what, to_do)


class _Verification:
    def __init__(
        self,
        settings: Settings,
        folder: Path,
        database: Database,
        workers: Workers,
        telling: _Telling,
        progress: Callable[[str], None],
        may_write: bool,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._workers = workers
        self._telling = telling
        self._counts = telling.counts
        self._progress = progress
        self._journal = Journal(database)
        self._revisions = Revisions(database)
        self._comments = CommentLines(database)
        self._accounts = Accounts(database, settings)
        self._sessions = Sessions(database, settings)
        self._soundness = Soundness(database)
        # Of a database that is not whole nothing is made again: who wrote what may be what it lacks.
        self._may_write = may_write and telling.counts.faults == 0

    async def run(self) -> None:
        lost, made = await self._soundness.missing()
        for table in lost:
            self._telling.fault("database", f"the table {table} is not there", _BACKUP)
        if made:
            self._telling.rebuilt(f"tables and indexes of the database, {', '.join(made)}")
        if lost:
            return
        sessions = await self._soundness.sessions()
        found = {path.name.removesuffix(".git"): path for path in _repositories(self._folder)}
        for id in sorted(found.keys() - set(sessions)):
            self._telling.fault(
                f"session {id}",
                f"{id}.git belongs to no session of the database",
                f"Move it away if nobody misses it. Else: {_BACKUP}",
            )
        for number, session in enumerate(sessions, 1):
            self._progress(f"session {number} of {len(sessions)}: {session}")
            self._counts.sessions += 1
            if session not in found:
                self._telling.fault(f"session {session}", f"{session}.git is not there", _BACKUP)
                continue
            looking = _Repository(found[session], self._workers, self._telling)
            try:
                await self._session(session, looking)
            except (MemoryError, asyncio.CancelledError):
                raise
            except Exception as error:  # whatever a broken repository makes a library say
                what = error.message if isinstance(error, CodeTogetherError) else str(error)
                looking.fault(f"it cannot be looked at any further ({what})", _BACKUP)

    async def _session(self, session: str, looking: _Repository) -> None:
        if not await looking.check():
            return
        marks = await self._journal.marks(session, 2**31)
        resumed = await looking.look(repository.resume, looking.path, [mark.commit for mark in marks])
        for number in resumed.lost:
            looking.fault(
                f"revision {marks[number].commit[:7]}, which the journal knows, is not whole",
                f"When it is opened the session goes back to an older one. Before that: {_BACKUP}",
            )
        if resumed.found is None:
            if resumed.head is not None or marks:
                looking.fault(history_unknown().message, _BACKUP)
            return
        mark, *older = marks[resumed.found :]
        if resumed.head is None and older:
            looking.fault(
                "the ref refs/heads/main is not there",
                f"Open the session: it is put back to revision {mark.commit[:7]}.",
            )
        outside = await looking.look(fsck.outside, looking.path, mark.commit, [one.commit for one in older])
        for commit in outside[:_FAULTS]:
            looking.fault(f"the journal knows revision {commit[:7]}, which main does not hold", _BACKUP)
        await self._texts(session, looking, mark)
        if self._may_write:
            await self._history(session, looking, mark.commit)
            await self._notes(session, looking, mark)

    # Texts

    async def _texts(self, session: str, looking: _Repository, mark: Mark) -> None:
        documents = await self._soundness.documents(session)
        for number, (document, journal) in enumerate(documents.items(), 1):
            self._progress(f"{looking.name}: document {number} of {len(documents)}")
            self._counts.documents += 1
            rows = await self._soundness.marked(document, mark.id)
            held = [
                Held(row.commit, row.path, row.version, row.format) for row in rows if row.path is not None
            ]
            if not held:
                if journal is not None:
                    looking.fault(f"document {document} has a journal and is in no revision", _BACKUP)
                continue
            if journal is not None and await self._soundness.uncounted(document):
                looking.fault(f"{held[-1].path}: the numbers of its last updates are not known", _BACKUP)
            state = await self._replay(looking, document, held, journal)
            open = rows[-1].path is not None
            if open and (state is None or state.text is None):
                looking.fault(f"{held[-1].path} cannot be opened as it was left", _BACKUP)

    async def _replay(
        self, looking: _Repository, document: int, held: Sequence[Held], journal: tuple[int, int] | None
    ) -> Replayed | None:
        """Goes through what the journal has of a document, and says what does not fit; gives what it ends with."""
        last = held[-1]
        oldest, newest = journal or (last.version + 1, 0)
        if last.version > newest:
            looking.fault(
                f"the journal ends at version {newest} of {last.path}, and revision {last.commit[:7]} holds version"
                f" {last.version}",
                f"{_OPENS} {_BACKUP}",
            )
        rest = [one for one in held if one.version >= oldest - 1]
        if not rest:
            looking.fault(
                f"{last.path}: the journal begins at version {oldest}, after every revision", _BACKUP
            )
            return None
        state: Replayed | None = None
        after, told = rest[0].version, 0
        while state is None or after < newest:
            until = min(after + _SLICE, newest)
            updates = await self._journal.updates(document, after, until)
            self._counts.updates += len(updates)
            here = [one for one in rest if one.version <= until or until == newest]
            del rest[: len(here)]
            pairs = [(entry.version, entry.changes) for entry in updates]
            state = await looking.look(replay, looking.path, state, here, pairs)
            for fault in state.faults[: _FAULTS - told]:
                looking.fault(fault, _BACKUP)
            told += len(state.faults)
            after = max(until, after + 1)
        return state

    # What is made again

    async def _history(self, session: str, looking: _Repository, tip: str) -> None:
        """The index of the history is that of Git afterwards."""
        timeline = Timeline(session, looking.path, self._workers, self._revisions, lambda: tip)
        was = await self._revisions.stretch(session)
        await timeline.fill()
        count, same = await self._compare(session, looking, tip)
        rebuilt = was is None or was.newest is None
        if not same:
            rebuilt = True
            await self._revisions.begin(session, tip)
            await timeline.fill()
            count, same = await self._compare(session, looking, tip)
        if not same:
            looking.fault("its list of revisions could not be made again", "Look again, and report this.")
        elif rebuilt:
            self._telling.rebuilt(f"the list of {_many(count, 'revision')} of session {session}")
        self._counts.revisions += count

    async def _compare(self, session: str, looking: _Repository, tip: str) -> tuple[int, bool]:
        """How many revisions there are, and whether the index has every one just as Git has it."""
        count, ordinal = 0, None
        start: str | None = tip
        while start is not None:
            self._progress(f"{looking.name}: revision {count + 1:,}")
            ids, behind = await looking.look(history.line, looking.path, start, None, _BATCH)
            while ids:
                revisions = await looking.look(history.describe, looking.path, ids, _BATCH_SECONDS)
                ordinal = await self._soundness.same(session, revisions, ordinal)
                if ordinal is None:
                    return count, False
                count += len(revisions)
                del ids[: len(revisions)]
            start = behind
        return count, ordinal is None or await self._soundness.begins_at(session, ordinal)

    async def _notes(self, session: str, looking: _Repository, mark: Mark) -> None:
        """The index of the comments is what the notes say afterwards, unless those have gone back."""
        self._progress(f"{looking.name}: comments")
        known = await self._comments.refs(session)
        for ref, commit in zip((notes.DISCUSS, notes.EXTRAS), known or (None, None), strict=True):
            if await looking.look(fsck.went_back, looking.path, ref, commit):
                looking.fault(
                    f"{ref} does not lead on from {commit}, where the comments were; their list is left as it is",
                    f"Before the server starts: git update-ref {ref} {commit}",
                )
                return
        difference = await looking.look(
            noted.difference, looking.path, Refs(None, None), self._settings.document_units
        )
        now = difference.now
        marked = await self._marked(session, mark)
        describing = await Describing.of(session, self._accounts, self._sessions, marked)
        there: dict[str, list[Described]] = defaultdict(list)
        for piece in difference.pieces:
            for row in await describing.rows(noted.unpacked(piece)):
                there[row[0].commit].append(row)
        kept, waiting = await self._soundness.comments(session)
        in_git = {one.id for on_it in there.values() for one, _ in on_it}
        lost = [one for one in kept if one.id not in in_git and one.commit not in waiting]
        if lost:
            looking.fault(
                f"{_many(len(lost), 'comment')} of its list, {lost[0].id[:7]} the first, are not in {notes.DISCUSS}",
                f"git log {notes.DISCUSS} shows what took them out; put the ref back before the server starts.",
            )
        wrong = _wrong(there, kept, waiting | {one.commit for one in lost})
        if wrong:
            for on_it in wrong.values():
                await self._comments.read_anew(session, on_it, unread=False)
            count = sum(map(len, wrong.values()))
            self._telling.rebuilt(f"{_many(count, 'comment')} of session {session}")
        if not lost and known != (now.discuss, now.extras) and now != Refs(None, None):
            await self._comments.note_refs(session, (now.discuss, now.extras))
        self._counts.comments += len(in_git | {one.id for one in kept})

    async def _marked(self, session: str, mark: Mark) -> dict[str, MarkedDocument]:
        return {row.path: row for row in await self._journal.state(session, mark.id) if row.path is not None}


def _wrong(
    there: dict[str, list[Described]], kept: Sequence[Comment], left: set[str]
) -> dict[str, list[Described]]:
    """The commits, but for those to be left, whose comments the index has otherwise than Git, with what Git has."""
    index = {comment.id: comment for comment in kept}
    home = {one.id: commit for commit, on_it in there.items() for one, _ in on_it}  # a line may be on several
    return {
        commit: on_it
        for commit, on_it in there.items()
        if commit not in left
        and any(
            home[one.id] == commit and (one.id not in index or _differ(one, index[one.id]))
            for one, _ in on_it
        )
    }


def _differ(noted: Comment, kept: Comment) -> bool:
    """Whether the notes say otherwise than the index, which knows when a comment with a time to come came in."""
    if noted.account is None:
        noted = replace(noted, at=min(noted.at, kept.at))
    return _content(noted) != _content(kept)


def _content(comment: Comment) -> Comment:
    """What is said, without where it is now."""
    return replace(comment, document=None, path=None, version=None, place=None, outdated=False)
