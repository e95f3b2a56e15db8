"""Telling people which files others change, also those that they do not have open: once a second at the most (PR4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from code_together.rooms.connection import Connection, Person
from code_together.rooms.documents import Documents
from code_together.rooms.gathering import Gathering
from code_together.session.document import Document
from code_together.session.protocol import message

_PAUSE = 1.0


class Touches:
    """`tell` is called with the connections that do not see it for themselves, and the message for them."""

    def __init__(
        self,
        documents: Documents,
        connections: list[Connection],
        post: Callable[[Callable[[], None]], None],
        tell: Callable[[Iterable[Connection], bytes], None],
    ) -> None:
        self._documents = documents
        self._connections = connections
        self._tell = tell
        self._texts: dict[int, set[int]] = {}
        self._files: dict[str, Person] = {}
        self._gathering = Gathering(lambda: _PAUSE, post, self._tell_touched)

    def text(self, document: int, account: int) -> None:
        """Somebody has edited a text. Where all have it open nobody needs to be told."""
        if not self._gathering.due and all(document in one.documents for one in self._connections):
            return
        self._texts.setdefault(document, set()).add(account)
        self._gathering.ask()

    def file(self, path: str, person: Person) -> None:
        """Somebody has made a file, or given it other contents, as a whole."""
        self._files[path] = person
        self._gathering.ask()

    def stop(self) -> None:
        self._gathering.stop()

    def unfinished(self) -> bytes | None:
        """What was edited since the newest revision, for somebody who comes in; None if nothing was."""
        open = [one for one in self._documents.loaded.values() if one.version > one.committed]
        touched = [self._text(one, {update.account for update in one.since(one.committed)}) for one in open]
        return message("touched", files=touched) if touched else None

    def _tell_touched(self) -> None:
        texts, self._texts = self._texts, {}
        files, self._files = self._files, {}
        loaded = self._documents.loaded
        there = {id: accounts for id, accounts in texts.items() if id in loaded}
        blind = [one for one in self._connections if files or not there.keys() <= one.documents]
        if not blind:
            return
        touched = [self._text(loaded[id], accounts) for id, accounts in there.items()]
        touched += [{"path": path, "by": [_about(person)]} for path, person in files.items()]
        if touched:
            self._tell(blind, message("touched", files=touched))

    def _text(self, document: Document, accounts: Iterable[int]) -> dict[str, Any]:
        people = self._documents.people
        return {
            "path": document.path,
            "doc": document.id,
            "version": document.version,
            "by": [_about(people[account]) for account in sorted(accounts)],
        }


def _about(person: Person) -> dict[str, Any]:
    return {"name": person.name, "display_name": person.display_name, "color": person.color}
