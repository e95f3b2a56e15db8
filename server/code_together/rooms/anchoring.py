"""Where threads are in the texts of a live session's documents while people type.

The places of a document's threads are brought to its present version when somebody opens it, and taken along through every update in the room's
task. They are kept when a window closes; what was typed after that is in the journal.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from code_together.errors import Conflict
from code_together.ot.change import ChangeSet
from code_together.rooms import whereabouts
from code_together.rooms.connection import Connection
from code_together.session.anchors import Anchors
from code_together.session.document import Document, HistoryNeeded, Update
from code_together.session.lines import Span, ranges_in
from code_together.session.protocol import message
from code_together.session.returning import Returning
from code_together.storage.commentplaces import Placed
from code_together.storage.commentrows import Comment, Spot

if TYPE_CHECKING:
    from code_together.rooms.comments import Comments
    from code_together.rooms.room import Room

# Threads times updates that are mapped in the room's turn at once; what is more is found through a difference instead.
_MAPPED = 200_000
_ATTEMPTS = 3
_KEPT_AT_ONCE = 500
# Threads of a document whose text went and is looked for again: an undo brings it back.
_LOOKED_FOR = 100


class Anchoring:
    """The anchors of a room's threads; `of` are those of each document that somebody has opened."""

    def __init__(self, room: Room, comments: Comments) -> None:
        self.of: dict[int, Anchors] = {}
        self._room = room
        self._comments = comments
        self._attaching: dict[int, asyncio.Task[None]] = {}
        self._looking: dict[int, asyncio.Task[None]] = {}
        self._gone: dict[int, set[str]] = defaultdict(set)
        self._returning: dict[int, Returning] = defaultdict(lambda: Returning(_LOOKED_FOR))
        self._due: set[int] = set()  # documents that will be looked through, which nobody has begun
        self._kept: dict[int, int] = {}
        self._changed: set[int] = set()

    def stop(self) -> None:
        """The room has ended."""
        for task in (*self._attaching.values(), *self._looking.values()):
            task.cancel()

    # In the room's turns

    def opened(self, connection: Connection, document: Document, *, again: bool) -> None:
        """Tells who opened a document where its threads are; `again`: it may have others from before."""
        anchors = self.of.get(document.id)
        if anchors is None:
            self._comments.quietly(partial(self.attach, document), "comments not placed")
        elif anchors.spans or again:
            self._room.turns.open.say([connection], self._threads(document.id, anchors), asked_for=True)

    def follow(self, document: int, accepted: Sequence[Update]) -> None:
        """Takes the places of a document's threads along, tells of those whose text is gone, and looks for those whose text comes back."""
        anchors = self.of.get(document)
        if anchors is None:
            return
        if gone := anchors.follow(_changes(accepted)):
            self._gone[document].update(gone)
            self._comments.quietly(partial(self._tell_gone, document, gone), "outdated comments not told")
        loaded, returning = self._room.documents.loaded.get(document), self._returning.get(document)
        if loaded is None or returning is None or document in self._due:
            return
        if returning.may_come(loaded.text, [update.changes for update in accepted]):
            self._due.add(document)
            self.revised([loaded])

    async def _tell_gone(self, document: int, gone: Sequence[str]) -> None:
        for id in gone[-_LOOKED_FOR:]:
            if found := await self._room.around.comments.thread(self._room.session, id):
                self._returning[document].lose(id, found[0].quote)
        await self._comments.tell_of(gone)

    def _threads(self, document: int, anchors: Anchors) -> bytes:
        threads = [
            {"id": id, "from": start, "to": end, "resolved": id in anchors.settled}
            for id, (start, end) in anchors.spans.items()
        ]
        return message("comments", doc=document, version=anchors.version, threads=threads)

    # Taking up

    async def attach(self, document: Document) -> None:
        """Brings the places of a document's threads to its present version; from then on they go along with its text.

        Returns when texts that came back with the newest revision are looked for, too.
        """
        if document.id in self.of:
            if looking := self._looking.get(document.id):
                await asyncio.wait([looking])
            return
        if document.id not in self._attaching:
            task = self._attaching[document.id] = asyncio.create_task(self._attach(document))
            task.add_done_callback(lambda _: self._attaching.pop(document.id, None))
        await asyncio.shield(self._attaching[document.id])

    async def attach_again(self) -> None:
        """The index knows threads that it did not: open documents take them up, and their readers are told."""
        for document in self._open():
            await self._keep(document)
            del self.of[document.id]
            self._changed.add(document.id)
            await self.attach(document)

    async def _attach(self, document: Document) -> None:
        await self._comments.ready()
        room = self._room
        for attempt in range(_ATTEMPTS):
            roots = await room.around.comments.places.anchored(room.session, document.id, document.path)
            known = [root for root in roots if root.document == document.id and root.version is not None]
            unknown = [root for root in roots if root.document != document.id or root.version is None]
            gone = sorted((root for root in known if not root.place), key=lambda root: root.at)
            known, lost = await self._within_reach(document, [root for root in known if root.place])
            lost += gone[-_LOOKED_FOR:]
            version, text = document.version, str(document.text) if unknown or lost else ""
            traced = await whereabouts.find_in(room, [*unknown, *lost], text)
            starts: dict[int, dict[str, Span]] = defaultdict(dict)
            for root in known:
                if root.version is not None and root.place is not None:
                    starts[root.version][root.id] = root.place.span
            starts[version].update({id: spot.span for id, spot in traced.items() if spot})
            settled = {root.id for root in roots if root.settled}
            try:
                await room.turns.perform(lambda: self._put(document, starts, settled))  # noqa: B023  done before the next
            except Conflict:
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            for root in gone[-_LOOKED_FOR:]:
                if traced[root.id] is None:
                    self._returning[document.id].lose(root.id, root.quote)
            looked = [
                Placed(root.id, document.id, document.path, version, traced[root.id])
                for root in [*unknown, *lost]
            ]
            for at in range(0, len(looked), _KEPT_AT_ONCE):
                await room.around.comments.places.place(room.session, looked[at : at + _KEPT_AT_ONCE])
            return

    async def _within_reach(
        self, document: Document, roots: list[Comment]
    ) -> tuple[list[Comment], list[Comment]]:
        """Those whose place can be mapped to the present version, and those for which that is too far."""
        oldest = min((root.version or 0 for root in roots), default=document.version)
        far = (document.version - oldest) * len(roots) > _MAPPED
        if not far and oldest < document.first_held:
            far = not await self._room.documents.remember(document, oldest)
        if not far:
            return roots, []
        near = [root for root in roots if root.version == document.version]
        return near, [root for root in roots if root.version != document.version]

    def _put(self, document: Document, starts: Mapping[int, Mapping[str, Span]], settled: set[str]) -> None:
        """In the room's turn: takes each place from its version to the present one, and tells who has the document open."""
        anchors = Anchors(min(starts))
        gone: list[str] = []
        try:
            for version in sorted(starts):
                gone += anchors.follow(_changes(document.since(anchors.version, version)))
                anchors.put(starts[version])
            gone += anchors.follow(_changes(document.since(anchors.version)))
        except HistoryNeeded:
            raise Conflict("The document's text has gone on meanwhile.", code="gone_on") from None
        anchors.version = document.version
        anchors.settled |= settled
        self.of[document.id] = anchors
        self._gone[document.id].update(gone)
        if anchors.spans or document.id in self._changed:
            self._changed.discard(document.id)
            readers = self._room.readers(document.id)
            self._room.turns.open.say_updates(document.id, readers)
            self._room.turns.open.say(readers, self._threads(document.id, anchors))

    def place(self, document: Document, id: str, version: int, span: Span) -> None:
        """In the room's turn: a thread that was found at a version of an open document goes along with it from now on."""
        anchors = self.of.get(document.id)
        if anchors is None:
            return
        walk = Anchors(version)
        walk.put({id: span})
        try:
            self._gone[document.id].update(walk.follow(_changes(document.since(version))))
        except HistoryNeeded:
            return  # it is found again when the document is opened
        anchors.put(walk.spans)
        self._kept.pop(document.id, None)

    def remove(self, root: Comment) -> None:
        """A thread is there no longer."""
        if anchors := self.of.get(root.document or 0):
            anchors.remove(root.id)
            self._returning[root.document or 0].forget([root.id])

    def settled(self, root: Comment) -> None:
        """A thread is resolved, or open again."""
        if anchors := self.of.get(root.document or 0):
            (anchors.settled.add if root.settled else anchors.settled.discard)(root.id)

    # Keeping

    def revised(self, documents: Iterable[Document]) -> None:
        """A revision holds these texts: the places are kept, and threads whose text came back are found."""
        for document in documents:
            if document.id in self.of:
                before = self._looking.get(document.id)
                task = self._room.in_background(self._keep_and_look(document, before))
                self._looking[document.id] = task
                task.add_done_callback(partial(self._looked, document.id))

    def _looked(self, document: int, task: asyncio.Task[None]) -> None:
        if self._looking.get(document) is task:
            del self._looking[document]

    async def _keep_and_look(self, document: Document, before: asyncio.Task[None] | None) -> None:
        if before:
            await asyncio.wait([before])
        self._due.discard(document.id)
        try:
            if document.id in self.of:
                await self._keep(document)
                await self._look_again(document)
        except Exception as error:
            self._comments.failed("places of comments not kept", error)

    async def keep_all(self) -> None:
        """Keeps where the threads of all open documents are."""
        if self._looking:
            await asyncio.wait(list(self._looking.values()))
        for document in self._open():
            await self._keep(document)

    def _open(self) -> list[Document]:
        loaded = self._room.documents.loaded
        return [loaded[id] for id in self.of.keys() & loaded.keys()]

    async def _keep(self, document: Document) -> None:
        anchors = self.of[document.id]
        if self._kept.get(document.id) == anchors.version and not self._gone[document.id]:
            return
        self._kept[document.id] = version = anchors.version
        spans, gone = dict(anchors.spans), self._gone.pop(document.id, set())
        ranges = ranges_in(document.text, list(spans.values()))
        places: list[tuple[str, Spot | None]] = [(id, None) for id in gone if id not in spans]
        places += [(id, Spot(span, range)) for (id, span), range in zip(spans.items(), ranges, strict=True)]
        rest = iter(places)
        while batch := list(islice(rest, _KEPT_AT_ONCE)):
            await self._room.around.comments.places.place(
                self._room.session,
                [Placed(id, document.id, document.path, version, place) for id, place in batch],
            )

    async def _look_again(self, document: Document) -> None:
        """Threads whose text, or file, was deleted and is there again, as after an undo, get their place back."""
        room = self._room
        lost = await room.around.comments.places.outdated(
            room.session, document.id, document.path, _LOOKED_FOR
        )
        if not lost:
            return
        version, text = document.version, str(document.text)
        found = {id: spot.span for id, spot in (await whereabouts.find_in(room, lost, text)).items() if spot}
        if not found:
            return

        def put() -> None:
            anchors, walk = self.of.get(document.id), Anchors(version)
            if anchors is None:
                return  # deleted meanwhile
            walk.put({id: span for id, span in found.items() if id not in anchors.spans})
            try:
                walk.follow(_changes(document.since(version)))
            except HistoryNeeded:
                return
            anchors.put(walk.spans)
            self._kept.pop(document.id, None)

        await room.turns.perform(put)
        self._returning[document.id].forget(found)
        if document.id in self.of:
            await self._keep(document)
        await self._comments.tell_of(found)

    def gone(self, document: int) -> None:
        """A document's file was deleted, or is another one now."""
        self.of.pop(document, None)
        self._returning.pop(document, None)


def _changes(updates: Iterable[Update]) -> Iterable[tuple[int, ChangeSet]]:
    return ((update.version, update.changes) for update in updates)
