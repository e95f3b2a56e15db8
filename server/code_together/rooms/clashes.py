"""The places where pushes and what was changed here met that nobody has settled yet; whom they concern is told on every return (PU10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from code_together.errors import NotFound
from code_together.storage.clashes import Clash

if TYPE_CHECKING:
    from code_together.rooms.room import Room


class Clashes:
    """The newest `clashes_kept` of the session, the oldest first."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._open: dict[str, Clash] = {}

    async def load(self) -> None:
        """Takes up what was left open when the room was closed."""
        self.add(await self._room.around.clashes.of(self._room.session))

    def add(self, clashes: Sequence[Clash]) -> None:
        """These are kept with the turn's mark, or were before; the oldest beyond the limit are forgotten."""
        self._open |= {clash.id: clash for clash in clashes}
        beyond = list(self._open)[: -self._room.around.settings.clashes_kept]
        for id in beyond:
            del self._open[id]
        if beyond:
            self._room.in_background(self._room.around.clashes.drop(self._room.session, beyond))

    def told(self, name: str) -> list[dict[str, Any]]:
        """What an account is told of those that concern it, with the paths of now. Of a file that is not there nothing is told."""
        paths = self._room.documents.path_of
        mine = [clash.body for clash in self._open.values() if name in clash.people]
        return [{**body, "path": path} for body in mine if (path := paths(body["doc"])) is not None]

    async def settle(self, id: str) -> None:
        """Somebody has looked at it: it is open for nobody any more. Raises `NotFound` (`no_conflict`)."""
        if id not in self._open:
            raise NotFound("There is no such place, or it is settled already.", code="no_conflict")
        await self._room.around.clashes.drop(self._room.session, [id])
        self._open.pop(id, None)
        self._room.tell("settled", id=id)
