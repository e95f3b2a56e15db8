"""Telling people where the carets of others are: gathered for a moment, mapped to the present version, never stored (RM8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from code_together.rooms.connection import Connection
from code_together.rooms.documents import Documents
from code_together.rooms.gathering import Gathering
from code_together.session.document import Document, HistoryNeeded
from code_together.session.presence import MOST_RANGES, Caret, Presence, map_ranges
from code_together.session.protocol import Select, message

# How long carets are gathered before they are told, in seconds: for a few people, and for each one and at most in a full room.
_PAUSE = 0.04
_PAUSE_EACH = 0.002
_LONGEST_PAUSE = 0.25


class Carets:
    """`tell` is called once for each document with carets that moved, with the message for its readers."""

    def __init__(
        self,
        documents: Documents,
        connections: list[Connection],
        post: Callable[[Callable[[], None]], None],
        tell: Callable[[int, bytes], None],
    ) -> None:
        self._documents = documents
        self._connections = connections
        self._tell = tell
        self._presence = Presence()
        self._moved: dict[int, set[str]] = {}
        self._gathering = Gathering(self._pause, post, self._tell_moved)

    def place(self, connection: Connection, document: Document, received: Select) -> None:
        """A client says where its carets are; what names a version that cannot be mapped is passed over."""
        if not 0 <= received.version <= document.version:
            return
        with suppress(HistoryNeeded):
            since = [update.changes for update in document.since(received.version)]
            ranges = map_ranges(received.ranges[:MOST_RANGES], since, len(document.text))
            view = map_ranges([received.view], since, len(document.text))[0] if received.view else None
            self._presence.place(document.id, connection.client, document.version, ranges, view)
            self._note(document.id, connection.client)

    def leave(self, client: str, document: int | None = None) -> None:
        """The client is gone, or has closed one document."""
        if document is None:
            for left in self._presence.leave(client):
                self._note(left, client)
        else:
            self._presence.place(document, client, 0, [])
            self._note(document, client)

    def stop(self) -> None:
        self._gathering.stop()

    def _pause(self) -> float:
        """What everybody hears of everybody grows with the square of the people; gathered for longer it grows with their number."""
        return min(max(_PAUSE, _PAUSE_EACH * len(self._connections)), _LONGEST_PAUSE)

    def _note(self, document: int, client: str) -> None:
        self._moved.setdefault(document, set()).add(client)
        self._gathering.ask()

    def _tell_moved(self) -> None:
        moved, self._moved = self._moved, {}
        for id, clients in moved.items():
            if document := self._documents.loaded.get(id):
                self._tell(id, self._message(document, clients))

    def all_in(self, document: Document) -> bytes | None:
        """The message with every caret in a document, None if there is none."""
        carets = self._presence.carets.get(document.id)
        return self._message(document, carets) if carets else None

    def _message(self, document: Document, clients: Iterable[str]) -> bytes:
        """The `selections` message for some clients; one without ranges has no caret there any more."""
        carets = self._presence.carets.get(document.id, {})
        people = {connection.client: connection.person for connection in self._connections}
        told = []
        for client in clients:
            caret, person = carets.get(client), people.get(client)
            if caret and not _bring_up(caret, document):
                caret = None
            told.append(
                {
                    "client": client,
                    "name": person.name if person else "",
                    "display_name": person.display_name if person else "",
                    "color": person.color if person else 1,
                    "ranges": caret.ranges if caret else [],
                    **({"view": caret.view} if caret and caret.view else {}),
                }
            )
        return message("selections", doc=document.id, version=document.version, selections=told)


def _bring_up(caret: Caret, document: Document) -> bool:
    """Maps a caret to the document's present version; whether that can be done."""
    if caret.version != document.version:
        try:
            since = [update.changes for update in document.since(caret.version)]
        except HistoryNeeded:
            return False
        caret.ranges = map_ranges(caret.ranges, since, len(document.text))
        if caret.view:
            caret.view = map_ranges([caret.view], since, len(document.text))[0]
        caret.version = document.version
    return True
