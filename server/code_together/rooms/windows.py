"""When a window closes, and what is in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from code_together.git.repository import Person as GitPerson
from code_together.git.repository import WindowDocument
from code_together.rooms.connection import Person
from code_together.session.authors import email_of
from code_together.session.document import Document, Update
from code_together.session.protocol import encode_changes


class WindowClock:
    """Calls `due` when nobody has typed for `pause` seconds, at the latest `longest` seconds after the first keystroke (WN5).

    One timer is set for a window, not one for each keystroke: when it rings early it is set again.
    """

    def __init__(self, pause: float, longest: float, due: Callable[[], None]) -> None:
        self._pause = pause
        self._longest = longest
        self._due = due
        self._opened: float | None = None
        self._typed = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def open(self) -> bool:
        return self._opened is not None

    def typed(self) -> None:
        loop = asyncio.get_running_loop()
        self._typed = loop.time()
        if self._opened is None:
            self._opened = self._typed
        if self._timer is None:
            self._timer = loop.call_later(min(self._pause, self._longest), self._ring)

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
        loop = asyncio.get_running_loop()
        left = min(self._typed + self._pause, self._opened + self._longest) - loop.time()
        if left > 0:
            self._timer = loop.call_later(left, self._ring)
        else:
            self._due()


def describe_window(
    window: Sequence[tuple[Document, int, Sequence[Update]]],
) -> tuple[list[int], list[WindowDocument]]:
    """What the Git layer needs of a window: the accounts in the order of their first update, and each document's updates.

    `window` has each document with its last version in the window and its updates since the revision before.
    """
    accounts: dict[int, int] = {}
    described = []
    for document, version, updates in window:
        changes = [
            (accounts.setdefault(update.account, len(accounts)), encode_changes(update.changes))
            for update in updates
        ]
        described.append(
            WindowDocument(
                document=document.id,
                path=document.path,
                format=document.format,
                updates=changes,
                first_version=document.committed + 1,
                last_version=version,
                length=updates[-1].changes.new_length,
            )
        )
    return list(accounts), described


def identity(person: Person, host: str) -> GitPerson:
    return GitPerson(name=person.display_name, email=email_of(person.name, host))
