"""Who is here, in which file, and who has been idle: told as it changes, gathered for a moment, never stored (PR1, PR2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Iterable
from typing import Any

from code_together.rooms.connection import Connection
from code_together.rooms.gathering import Gathering
from code_together.session import protocol
from code_together.session.protocol import message

# How long comings and goings are gathered, and how long looks are, in seconds.
_PEOPLE_PAUSE = 0.1
_LOOKS_PAUSE = 0.25


class People:
    """The connections of a room as people see them.

    `tell` is called with a message for everyone; `went` with an account of which no connection is here and awake any more.
    """

    def __init__(
        self,
        connections: list[Connection],
        files: Callable[[], Container[str]],
        post: Callable[[Callable[[], None]], None],
        tell: Callable[[bytes], None],
        went: Callable[[int], None],
    ) -> None:
        self._connections = connections
        self._files = files
        self._tell = tell
        self._went = went
        self._looked: set[str] = set()
        self._people = Gathering(lambda: _PEOPLE_PAUSE, post, self._tell_people)
        self._looks = Gathering(lambda: _LOOKS_PAUSE, post, self._tell_looks)

    def changed(self) -> None:
        """Somebody came or went, or has another name, colour or role."""
        self._people.ask()

    def look(self, connection: Connection, received: protocol.Presence) -> None:
        """A client says which file it looks at, and for how long it has been idle."""
        awake = connection.idle_since is None
        connection.path = received.path if received.path in self._files() else None
        connection.idle_since = None if received.idle is None else _now() - max(received.idle, 0)
        self._looked.add(connection.client)
        self._looks.ask()
        if awake:
            self._notice(connection)

    def left(self, connection: Connection) -> None:
        """The connection is out of the room."""
        self.changed()
        if connection.idle_since is None:
            self._notice(connection)

    def _notice(self, connection: Connection) -> None:
        if connection.person.account not in self.awake():
            self._went(connection.person.account)

    def awake(self) -> set[int]:
        """The accounts of which a connection is here and not idle."""
        return {one.person.account for one in self._connections if one.idle_since is None}

    def all(self) -> list[dict[str, Any]]:
        """One entry a connection."""
        return [
            {
                "client": connection.client,
                "name": connection.person.name,
                "display_name": connection.person.display_name,
                "color": connection.person.color,
                "role": connection.role,
                **look,
            }
            for connection, look in zip(self._connections, self._looks_of(self._connections), strict=True)
        ]

    def _looks_of(self, connections: Iterable[Connection]) -> list[dict[str, Any]]:
        files, now = self._files(), _now()
        return [
            {
                "path": one.path if one.path in files else None,
                "idle": None if one.idle_since is None else int(now - one.idle_since),
            }
            for one in connections
        ]

    def stop(self) -> None:
        self._people.stop()
        self._looks.stop()

    def _tell_people(self) -> None:
        if self._connections:
            self._tell(message("people", people=self.all()))

    def _tell_looks(self) -> None:
        looked = [one for one in self._connections if one.client in self._looked]
        self._looked.clear()
        if looked:
            looks = zip(looked, self._looks_of(looked), strict=True)
            self._tell(message("presence", people=[{"client": one.client, **look} for one, look in looks]))


def _now() -> float:
    return asyncio.get_running_loop().time()
