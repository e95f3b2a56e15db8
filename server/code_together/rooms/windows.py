"""When a window closes, and what is in it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from code_together.errors import BadChanges, Conflict
from code_together.git.repository import Person as GitPerson
from code_together.git.repository import WindowDocument
from code_together.rooms.connection import Person
from code_together.session.authors import email_of
from code_together.session.document import Document, Update
from code_together.session.protocol import encode_changes

if TYPE_CHECKING:
    from code_together.rooms.room import Room


class WindowClock:
    """Calls `due` when nobody has typed for `pause` seconds, at the latest `longest` seconds after the first keystroke (WN5).

    One timer is set for a window, not one for each keystroke: when it rings early it is set again.
    """

    def __init__(self, pause: float, longest: float, due: Callable[[], None]) -> None:
        self._pause = pause
        self._longest = longest
        self._due = due
        self._opened: float | None = None
        self._typed = -math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def open(self) -> bool:
        return self._opened is not None

    def quiet_for(self, seconds: float) -> bool:
        """Whether nobody has typed for so long."""
        return self._loop.time() - self._typed >= seconds

    def typed(self) -> None:
        self._typed = self._loop.time()
        if self._opened is None:
            self._opened = self._typed
        if self._timer is None:
            self._timer = self._loop.call_later(min(self._pause, self._longest), self._ring)

    def close(self) -> None:
        """The window is being closed; the next keystroke opens another."""
        self._opened = None
        self.stop()

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        if self._opened is None:
            return
        left = min(self._typed + self._pause, self._opened + self._longest) - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._ring)
        else:
            self._due()


def describe_window(
    window: Sequence[tuple[Document, int, Sequence[Update]]],
) -> tuple[list[int], list[WindowDocument]]:
    """What the Git layer needs of a window: the accounts in the order of their first update, and each document's updates.

    `window` has each document with its last version in the window and its updates since the revision before.
    """
    # Each document has its updates in order; over all documents the moments decide who came first.
    first: dict[int, int] = {}
    for _, _, updates in window:
        for update in updates:
            first[update.account] = min(update.at, first.get(update.account, update.at))
    accounts = sorted(first, key=lambda account: first[account])
    index = {account: i for i, account in enumerate(accounts)}
    described = [
        WindowDocument(
            document=document.id,
            path=document.path,
            format=document.format,
            updates=[(index[update.account], encode_changes(update.changes)) for update in updates],
            first_version=document.committed + 1,
            last_version=version,
            length=updates[-1].changes.new_length,
        )
        for document, version, updates in window
    ]
    return accounts, described


def identity(person: Person, host: str) -> GitPerson:
    return GitPerson(name=person.display_name, email=email_of(person.name, host))


async def commit_window(room: Room, text: str | None) -> str | None:
    """The room's open window becomes a revision with this message (None: one that says what was edited).

    Gives the newest revision's id, None in a session that has none. The caller holds the room's repository lock.
    """
    room.turns.check_alive()
    room.clock.close()
    window = [
        (document, document.version, document.since(document.committed))
        for document in room.documents.loaded.values()
        if document.version > document.committed
    ]
    checkpoint = room.checkpoint
    if not window:
        return checkpoint.head
    await room.turns.durable()
    accounts, described = describe_window(window)
    await room.documents.know(accounts)
    people = [room.documents.people[account] for account in accounts]
    before = checkpoint.head
    try:
        committed = await checkpoint.commit_window(
            described, [identity(person, room.around.host) for person in people], text
        )
    except (Conflict, BadChanges) as error:
        # What is in memory is not what revision and journal give: never commit that, begin again from the journal.
        room.fail(error)
        raise
    except BaseException:
        room.clock.typed()
        raise
    formats = {done.document: done.format for done in committed.documents}
    for document, version, _ in window:
        document.committed = version
        document.format = formats.get(document.id, document.format)
        document.forget(room.around.settings.history_updates)
    if committed.id != before:
        room.tell_revision(committed.id, [people[index] for index in committed.people], committed.message)
    room.comments.anchoring.revised(document for document, _, _ in window)
    return committed.id
