"""A pushed commit becomes part of the session: as edits by who pushed, together with all that others do meanwhile (PU1 to PU6).

    close the window → plan (another process) → hold what it touches → write the revision → edits and mark in one transaction → move the ref → tell

People go on typing. Only from the last look at a text until the transaction, what is typed into the documents that the push touches waits; so the
revision, the journal and the screens hold the same text, whatever happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import time
from typing import Any

from pygit2.enums import FileMode

from code_together.errors import Unavailable
from code_together.git import merging
from code_together.git.changes import Change
from code_together.git.commits import Committed
from code_together.git.merging import Plan
from code_together.ot.merge import Clash
from code_together.rooms.applying import HELD, Applying
from code_together.rooms.connection import Person
from code_together.rooms.room import Room
from code_together.rooms.windows import commit_window, identity
from code_together.rooms.workers import Budget
from code_together.session.authors import Author, account_name, author_body, email_of
from code_together.session.document import Document
from code_together.storage.clashes import Clash as KeptClash

_SAID = 20  # sentences of one kind that git shows
_QUOTED = 2_000  # characters of each side that are shown of a conflict

Authorise = Callable[[], Awaitable[None]]
"""Raises if who pushes may not edit here, or not any more."""


async def land(room: Room, person: Person, pushed: str, authorise: Authorise) -> list[str]:
    """Merges a commit, which lies in the repository, into the session; says what became of it.

    Raises what `authorise` raises, `Conflict`, `TooLarge`, `Unavailable`; then nothing has changed.
    """
    settings = room.around.settings
    budget = Budget(person.account, settings.push_seconds)
    async with room.repository_lock:
        # Each attempt fails only where somebody begins with one more of the files meanwhile.
        while budget.left > 0:
            head = await commit_window(room, None)
            formats = {path: row.format for path, row in room.checkpoint.marked.items()}
            plan = await room.around.workers.search(
                budget,
                partial(merging.plan, units=settings.document_units, most=settings.session_files),
                str(room.repository),
                head,
                pushed,
                formats,
                person.name,
            )
            if plan.known:
                return ["Everything that you pushed is here already."]
            await authorise()
            push = _Push(room, person, pushed, plan, frozenset(formats))
            if await push.land():
                return push.said()
    raise Unavailable("The session changes too fast just now; push again.", code="try_again")


class _Push:
    def __init__(
        self, room: Room, person: Person, pushed: str, plan: Plan, documents: frozenset[str]
    ) -> None:
        self._room = room
        self._person = person
        self._pushed = pushed
        self._plan = plan
        self._applying = Applying(room, person, plan.changes, documents)
        self._conflicts: list[dict[str, Any]] = []
        self._straight = plan.straight
        self._as_pushed = True
        self._first = room.checkpoint.head is None
        host = room.around.host
        self._joined = {one.email: one.name for one in plan.joined}
        self._own_email = email_of(person.name, host)

    async def land(self) -> bool:
        """False if the session is not as it was planned for any more; then nothing has changed."""
        await self._applying.load()
        message = merging.message(self._plan)
        with self._room.checkpoint.changing():
            async with self._applying.held() as held:
                try:
                    async with asyncio.timeout(HELD):
                        if not await self._take_in_what_was_typed(held):
                            return False
                        committed, formats = await self._write(message)
                except TimeoutError:
                    raise Unavailable(
                        "The server is too busy just now; push again.", code="try_again"
                    ) from None
                if not await self._applying.make(committed.id, formats, lambda: self._kept(committed.id)):
                    return False
        self._as_pushed = committed.id == self._pushed
        self._applying.tell(committed.id, message)
        self._tell_merged(committed.id)
        return True

    async def _take_in_what_was_typed(self, held: Sequence[Document]) -> bool:
        """Closes the window once more if it has to be, and prepares the edits. False if a text that was to go has been edited."""
        room = self._room
        await room.turns.durable()
        typed = [document for document in held if document.version > document.committed]
        edited = {change.path for change in self._plan.changes if change.edit is not None}
        kept = {c.path for c in self._plan.changes if c.to is not None and c.blob is None}
        if any(document.path not in edited | kept for document in typed):
            return False
        await self._applying.prepare()
        if typed:
            self._straight = False
            for account in {u.account for d in typed for u in d.since(d.committed)}:
                if person := room.documents.people.get(account):
                    self._joined[email_of(person.name, room.around.host)] = person.display_name
            await commit_window(room, None)
        return True

    async def _write(self, message: str) -> tuple[Committed, dict[str, str]]:
        room = self._room
        return await room.around.workers.write(
            merging.write,
            str(room.repository),
            room.checkpoint.head,
            self._pushed,
            self._applying.landings(),
            self._straight,
            identity(self._person, room.around.host),
            room.around.host,
            time(),
            message,
        )

    def _kept(self, commit: str) -> list[KeptClash]:
        """The places where both sides changed the same, of which those whose edits met are told until somebody settles them."""
        self._conflicts = [
            {"id": f"{commit}.{number}", **_conflict(text.document, clash)}
            for number, (text, clash) in enumerate(self._applying.clashes())
        ]
        by, people = self._by(), self._involved()
        return [KeptClash(one["id"], people, {**one, "by": by}) for one in self._conflicts]

    def _by(self) -> Author:
        person = self._person
        return author_body(person.name, person.display_name, self._own_email)

    def _tell_merged(self, commit: str) -> None:
        person, room = self._person, self._room
        room.tell(
            "merged",
            revision=commit,
            by=self._by(),
            summary=self._summary(),
            people=self._involved(),
            notes=[note.to_others(person.display_name) for note in self._plan.notes],
            conflicts=self._conflicts,
        )

    def _involved(self) -> list[str]:
        """The accounts of who pushed and of those whose edits it was merged with."""
        accounts = {account_name(email, self._room.around.host) for email in self._joined}
        return sorted({self._person.name, *(name for name in accounts if name is not None)})

    def said(self) -> list[str]:
        """What who pushed is told."""
        places = [
            f"{conflict['path']}, line {conflict['line']}: changed on both sides; both versions stand there now."
            if conflict["theirs"]
            else f"{conflict['path']}, line {conflict['line']}: changed here and taken away by you; it stays."
            for conflict in self._conflicts
        ]
        pull = [] if self._as_pushed else ["The next git pull brings it all together."]
        notes = [note.to_pusher() for note in self._plan.notes]
        return [self._summary(), *at_most(_SAID, notes), *at_most(_SAID, places), *pull]

    def _summary(self) -> str:
        changes = self._plan.changes
        if self._first:
            commits = counted(self._plan.commits, "commit")
            return (
                f"{commits} and {counted(len(self._room.checkpoint.files), 'file')} are in the session now."
            )
        parts = [
            (
                sum(c.path is not None and c.to is not None and c.blob is not None for c in changes),
                "changed live",
            ),
            (sum(c.path is None for c in changes), "added"),
            (sum(c.to is None for c in changes), "removed"),
            (sum(c.path is not None and c.to not in (c.path, None) for c in changes), "renamed"),
            (sum(_is_mode(c) and c.mode == FileMode.BLOB_EXECUTABLE for c in changes), "made executable"),
            (sum(_is_mode(c) and c.mode == FileMode.BLOB for c in changes), "no longer executable"),
        ]
        did = [f"{counted(number, 'file')} {what}" for number, what in parts if number]
        text = ", ".join(did) or "No file changed"
        names = [name for email, name in self._joined.items() if email != self._own_email]
        if names:
            shown = names if len(names) < 4 else [*names[:3], f"{len(names) - 3} others"]
            text += f", merged with edits by {' and '.join([', '.join(shown[:-1]), shown[-1]][len(shown) == 1 :])}"
        return text + "."


def _conflict(document: Document, clash: Clash) -> dict[str, Any]:
    return {
        "doc": document.id,
        "path": document.path,
        "version": document.version,
        "from": clash.start,
        "to": clash.end,
        "line": document.text.slice(0, clash.start).count("\n") + 1,
        "ours": clash.ours[:_QUOTED],
        "theirs": clash.theirs[:_QUOTED],
    }


def _is_mode(change: Change) -> bool:
    """Whether nothing but the mode of a file changes."""
    return change.path is not None and change.path == change.to and change.blob is None


def at_most(most: int, said: list[str]) -> list[str]:
    """So many sentences, and how many more there are."""
    more = len(said) - most
    return said[:most] + ([f"And {more:,} more."] if more > 0 else [])


def counted(number: int, what: str) -> str:
    """`3 files`, `1 file`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
