"""Who pushes again as soon as they are answered: the room's next transaction waits a moment for them.

Several who are as fast as the server would else fall into two halves, one of which is written while the other types: twice as many transactions
and messages for the same edits. People at keyboards are hardly ever among them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final

from code_together.rooms.connection import Connection

AT_ONCE_SECONDS: Final = 0.005
"""Who pushes within this time after an answer has pushed at once; nobody is awaited for longer."""
IN_A_ROW: Final = 3
"""How often one must have done so, one answer after the other, to be awaited."""


class Awaited:
    """`over` is called when those who were awaited have not all come in time."""

    def __init__(self, over: Callable[[], None]) -> None:
        self._over = over
        self._loop = asyncio.get_running_loop()
        self._awaited: set[Connection] = set()
        self._timer: asyncio.TimerHandle | None = None

    def answered(self, connections: Iterable[Connection]) -> None:
        now = monotonic()
        for connection in connections:
            connection.answered_at = now
            if connection.at_once >= IN_A_ROW:
                self._awaited.add(connection)

    def pushed(self, connections: Iterable[Connection]) -> None:
        now = 0.0
        for connection in connections:
            if connection.answered_at is not None:
                now = now or monotonic()
                at_once = now - connection.answered_at < AT_ONCE_SECONDS
                connection.at_once = connection.at_once + 1 if at_once else 0
                connection.answered_at = None
                self._awaited.discard(connection)

    def waits(self) -> bool:
        """Whether somebody is awaited; from the first time that this is asked and true, not for long."""
        if not self._awaited:
            return False
        if self._timer is None:
            self._timer = self._loop.call_later(AT_ONCE_SECONDS, self._late)
        return True

    def stop(self) -> None:
        """Nobody is awaited any more."""
        self._awaited.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        for connection in self._awaited:
            connection.at_once = 0
        self.stop()
        self._over()
