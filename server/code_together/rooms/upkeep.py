"""Repositories are packed in the background, one at a time, when people pause; who types meanwhile makes it stand still (UK1–UK5)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from time import monotonic
from weakref import WeakKeyDictionary

from code_together.config import Settings
from code_together.errors import Unavailable
from code_together.git import packing
from code_together.rooms.pausing import Pausing
from code_together.rooms.room import Room
from code_together.rooms.workers import Workers

log = logging.getLogger(__name__)

_TICK = 1.0  # seconds between looks whether a room is due
_URGENT = 4  # times as many loose objects as usual: a room in which people never pause
_PERIOD, _SLICE = 0.5, 0.05  # seconds: in such a room it runs for the slice of each period
_RETRY = 3_600.0  # seconds after which a repository that could not be packed is tried again


class Upkeep:
    """Looks after the repositories of the live rooms; one that nobody uses does not grow."""

    def __init__(self, settings: Settings, workers: Workers, rooms: Mapping[str, Room]) -> None:
        self._settings = settings
        self._workers = workers
        self._rooms = rooms
        self._next_look: WeakKeyDictionary[Room, float] = WeakKeyDictionary()
        self._seen: WeakKeyDictionary[Room, int] = WeakKeyDictionary()
        """How often each room's repository was written to when it was found small enough: it has not grown before that is more."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """What is being packed ends with its room."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(min(_TICK, self._settings.pack_look))
            for room in list(self._rooms.values()):
                if room.failed or self._workers.written(str(room.repository)) == self._seen.get(room, 0):
                    continue
                if monotonic() >= self._next_look.get(room, 0):
                    await asyncio.wait({room.in_background(self._look_after(room))})

    async def _look_after(self, room: Room) -> None:
        settings, repository = self._settings, str(room.repository)
        written = self._workers.written(repository)
        try:
            stock = await asyncio.to_thread(packing.stock, repository)
            if stock.loose < settings.pack_objects and len(stock.packs) < settings.pack_packs:
                self._seen[room] = written
                self._look_again(room, settings.pack_look)
            elif stock.loose >= _URGENT * settings.pack_objects or self._quiet():
                urgent = stock.loose >= _URGENT * settings.pack_objects
                pausing = Pausing(lambda: self._stands(urgent), settings.pack_seconds)
                await pack(repository, stock, self._workers, pausing)
                self._look_again(room, settings.pack_look)
            else:
                self._look_again(room, min(settings.pack_quiet, settings.pack_look))
        except Exception as error:  # the repository is as good as before
            self._look_again(room, _RETRY)
            log.error("not packed", exc_info=error, extra={"fields": {"session": room.session}})

    def _look_again(self, room: Room, seconds: float) -> None:
        self._next_look[room] = monotonic() + seconds

    def _quiet(self) -> bool:
        quiet = self._settings.pack_quiet
        return all(not room.clock.open and room.clock.quiet_for(quiet) for room in self._rooms.values())

    def _stands(self, urgent: bool) -> bool:
        """Whether packing stands still now: somebody types or has, or what was typed becomes a revision."""
        if any(room.repository_lock.locked() for room in self._rooms.values()):
            return True
        return not self._quiet() and not (urgent and monotonic() % _PERIOD < _SLICE)


async def pack(repository: str, stock: packing.Stock, workers: Workers, pausing: Pausing) -> None:
    """Packs what lies loose and the small packs. Whatever stops it, the repository is whole.

    Raises `Unavailable` (`not_packed`, `git_too_slow`).
    """
    begun = monotonic()
    try:
        small = stock.small()
        new = (await pausing.run(*packing.pack(repository), packing.packs_asked(small))).strip()
        if new:
            name = f"pack-{new}"
            await asyncio.to_thread(packing.settle_packs, repository)
            for folder in packing.FOLDERS:
                await pausing.turn()
                started = monotonic()
                if await asyncio.to_thread(packing.drop_loose, repository, name, folder):
                    await asyncio.sleep(monotonic() - started)  # the disk is there for typing first
            await workers.read(packing.drop_packs, repository, name, small)
        await pausing.run(*packing.graph(repository), b"")
    except TimeoutError:
        raise Unavailable("Packing took too long and was stopped.", code="git_too_slow") from None
    log.info(
        "packed",
        extra={"fields": {"repository": repository, "loose": stock.loose, "seconds": monotonic() - begun}},
    )
