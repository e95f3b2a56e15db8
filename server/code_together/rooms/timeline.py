"""A session's history, ready to be listed: the index in the database, kept level with the repository.

`caught_up` is the one way in for what is new, whoever made it and however many commits at once: it goes along first parents
from the newest revision to what the index holds. What was there before the index was begun comes after it, in small
batches, newest first, so that a first page never waits for the whole. An index that does not lead to the newest revision is
begun again.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from time import monotonic

from code_together.errors import CodeTogetherError, NotFound
from code_together.git import history
from code_together.git.history import Names
from code_together.rooms.workers import Workers
from code_together.session.revisions import Revision
from code_together.storage.activity import Activity
from code_together.storage.revisions import Listed, Revisions, Stretch
from code_together.storage.wanted import Wanted

log = logging.getLogger(__name__)

_ID = re.compile(r"[0-9a-f]{40}")
_BATCH_SECONDS = 0.1  # how long one batch may hold up the process that also brings texts to the editors
_BATCH = 200
_BEHIND = 1_000  # revisions that come on top of an index; of more the newest would have to wait too long
_PATIENCE = 2.0  # seconds that a list waits for older revisions to come in


class Timeline:
    """`head` gives the newest revision's id, None before the first."""

    def __init__(
        self,
        session: str,
        repository: str,
        workers: Workers,
        index: Revisions,
        head: Callable[[], str | None],
    ) -> None:
        self._session = session
        self._repository = repository
        self._workers = workers
        self._index = index
        self._head = head
        self._lock = asyncio.Lock()
        self._filling = False
        self._names: Names | None = None
        self._renamed = 0

    async def caught_up(self) -> None:
        """Afterwards the newest revision is in the index."""
        async with self._lock:
            while (head := self._head()) is not None:
                stretch = await self._index.stretch(self._session)
                if stretch is not None and stretch.newest == head:
                    return
                await self._take_newer(head, stretch)

    async def whole(self) -> None:
        """Afterwards every revision is in the index."""
        await self.caught_up()
        while await self._take_older():
            pass

    async def fill(self) -> None:
        """Everything comes in, the newest first. What goes wrong is logged, and tried again the next time."""
        try:
            await self.caught_up()
            if not self._filling:
                self._filling = True
                try:
                    await self.whole()
                finally:
                    self._filling = False
        except CodeTogetherError as error:
            log.error("history not indexed", exc_info=error, extra={"fields": {"session": self._session}})

    async def page(self, start: str | None, limit: int, wanted: Wanted) -> tuple[list[Listed], str | None]:
        """A page as of `Revisions.page`. While older revisions come in it may be short; the next one goes on from there.

        Raises `NotFound` (`no_revision`) for a start that is no revision of the session.
        """
        if start is not None and not _ID.fullmatch(start):
            raise NotFound("There is no such revision in this session.", code="no_revision")
        if self._head() is None:
            return [], None
        await self.caught_up()
        ends = monotonic() + _PATIENCE
        while start is not None and not await self._index.holds(self._session, start):
            if monotonic() > ends:
                return [], start
            if not await self._take_older():
                break
        while True:
            older = await self._older()
            page, following = await self._index.page(self._session, start, limit, wanted)
            if following is not None or older is None or monotonic() > ends:
                return page, following or older
            await self._take_older()

    async def documents(self, path: str) -> list[int]:
        """As `Revisions.documents`, of the revisions that have come in."""
        await self.caught_up()
        return await self._index.documents(self._session, path)

    async def activity(self, wanted: Wanted, buckets: int) -> tuple[Activity, bool]:
        """Who edited how much when, and whether that is all of it: older revisions may still be on their way."""
        await self.caught_up()
        ends = monotonic() + _PATIENCE
        while monotonic() < ends and await self._take_older():
            pass
        complete = await self._older() is None
        return await self._index.activity(self._session, wanted, buckets), complete

    async def get(self, id: str) -> Revision | None:
        """A revision, or one person's commit of it; None if it is not in the index."""
        if not _ID.fullmatch(id):
            return None
        return await self._index.get(self._session, id)

    async def names(self) -> Names:
        """The names of the revisions that have any."""
        while self._names is None:
            asked = self._renamed
            found = await self._workers.read(history.names, self._repository)
            if asked == self._renamed:
                self._names = found
        return self._names

    def renamed(self) -> None:
        """A revision was named, or a name is another one or gone."""
        self._names = None
        self._renamed += 1

    async def _older(self) -> str | None:
        stretch = await self._index.stretch(self._session)
        return stretch.older if stretch else None

    async def _take_newer(self, head: str, stretch: Stretch | None) -> None:
        read = self._workers.read
        if stretch is not None and stretch.newest is not None:
            ids, met = await read(history.line, self._repository, head, stretch.newest, _BEHIND)
            if met == stretch.newest:
                ids.reverse()
                while ids:
                    described = await self._described(ids)
                    await self._index.add_newer(self._session, described)
                    del ids[: len(described)]
                return
        await self._index.begin(self._session, head)
        await self._add_older(head)

    async def _take_older(self) -> bool:
        """One batch of what is older than the index; whether there is still more."""
        async with self._lock:
            older = await self._older()
            if older is not None:
                older = await self._add_older(older)
            return older is not None

    async def _add_older(self, start: str) -> str | None:
        ids, behind = await self._workers.read(history.line, self._repository, start, None, _BATCH)
        described = await self._described(ids)
        older = ids[len(described)] if len(described) < len(ids) else behind
        await self._index.add_older(self._session, described, older)
        return older

    async def _described(self, ids: list[str]) -> list[Revision]:
        return await self._workers.read(history.describe, self._repository, ids[:_BATCH], _BATCH_SECONDS)
