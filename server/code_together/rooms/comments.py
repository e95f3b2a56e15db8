"""The comments of a live session: from its opening to its closing, and what is told of them.

Where their texts are is for `rooms.whereabouts`, and while people type for `rooms.anchoring`; their way to Git is `rooms.commentnotes`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from code_together.rooms import whereabouts
from code_together.rooms.anchoring import Anchoring
from code_together.rooms.commentnotes import CommentNotes
from code_together.rooms.whereabouts import Where
from code_together.session.authors import Author, Moment, author_body, email_of, rfc3339
from code_together.session.comments import mentioned
from code_together.session.lines import Range, range_body
from code_together.session.protocol import message
from code_together.storage.commentrows import Comment

if TYPE_CHECKING:
    from code_together.rooms.room import Room

log = logging.getLogger(__name__)


# `from` is a word of Python
Anchor = TypedDict("Anchor", {"doc": int | None, "version": int | None, "from": int, "to": int})


class CommentOrigin(TypedDict):
    """Where it was said, and of which text; null where it is of a whole commit."""

    path: str | None
    range: Range | None
    quote: str


class CommentBody(TypedDict):
    """A comment as people get it. `path`, `range` and `anchor` are where its text is now, null where that is gone; `id` is Git's."""

    id: str
    parent: str | None
    thread: str
    path: str | None
    revision: str
    range: Range | None
    anchor: Anchor | None
    said: CommentOrigin
    author: Author
    at: Moment
    edited_at: Moment | None
    text: str
    mentions: list[str]
    resolved: bool
    outdated: bool
    deleted: bool
    unread: NotRequired[bool]


class Comments:
    """A room's comments."""

    def __init__(self, room: Room) -> None:
        self.notes = CommentNotes(room)
        self.anchoring = Anchoring(room, self)
        self._room = room
        self._beginning: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._members: dict[str, int] = {}

    # From opening to closing

    def begin(self) -> None:
        """Looks, beside the opening of the room, whether the index and Git have the same."""
        self.quietly(self.ready, "comments not ready")

    async def ready(self) -> None:
        """Waits until the index is what Git has. Raises what keeps it from that; the next call tries again."""
        if self._beginning is None or (self._beginning.done() and self._beginning.exception()):
            self._beginning = asyncio.create_task(self._begin())
        await asyncio.shield(self._beginning)
        if self._following is not None:
            await asyncio.wait([self._following])

    async def _begin(self) -> None:
        await self.notes.begin()
        room = self._room
        marked = {row.document: path for path, row in room.checkpoint.marked.items()}
        known = await room.around.comments.places.documents(room.session)
        moved = {id: marked[id] for id, path in known if marked.get(id, path) != path}
        await room.around.comments.places.move(room.session, moved)
        await self.follow_files()

    async def close(self) -> None:
        """Writes and keeps what is not yet."""
        try:
            await self.notes.write()
            await self.anchoring.keep_all()
        except Exception as error:  # the next start does it
            log.error("comments not kept", exc_info=error, extra={"fields": {"session": self._room.session}})

    async def revised(self, document: int, path: str) -> None:
        """A revision changed a document's file as a whole, or gave it another path."""
        await self._room.around.comments.places.move(self._room.session, {document: path})
        if loaded := self._room.documents.loaded.get(document):
            self.anchoring.revised([loaded])

    def files_changed(self) -> None:
        """Files came, went or moved: threads of files that were gone are where those are now."""
        before = self._following

        async def follow() -> None:
            if self._beginning is not None:
                await asyncio.wait([self._beginning])
            if before is not None:
                await asyncio.wait([before])
            await self.follow_files()

        self._following = self.quietly(follow, "files of comments not followed")

    async def follow_files(self) -> None:
        """Brings threads that are in no document to the path that the history gives their file, as from the notes alone."""
        room = self._room
        places, documents = (
            room.around.comments.places,
            {row.document for row in room.checkpoint.marked.values()},
        )
        strays = await places.strays(room.session, documents)
        if not strays:
            return
        await room.timeline.whole()
        said = list({(one.revision, one.said_path) for one in strays})
        paths = dict(zip(said, await room.around.revisions.paths_now(room.session, said), strict=True))
        now = {one.id: paths[one.revision, one.said_path] for one in strays}
        await places.stray_to(
            room.session, {one.id: now[one.id] for one in strays if now[one.id] != one.path}
        )
        there = set(now.values())
        self.anchoring.revised([one for one in room.documents.loaded.values() if one.path in there])

    async def before_clone(self) -> None:
        """Sees to it that a clone has every comment; without the notes it is still a clone."""
        try:
            await self.notes.write()
        except Exception as error:
            log.error(
                "comments not written", exc_info=error, extra={"fields": {"session": self._room.session}}
            )

    def stop(self) -> None:
        """The room has ended."""
        if self._beginning is not None:
            self._beginning.cancel()
        self.anchoring.stop()

    def quietly(self, work: Callable[[], Coroutine[Any, Any, None]], what: str) -> asyncio.Task[None]:
        """Does something beside the room's own work; a failure is logged as `what`."""

        async def run() -> None:
            try:
                await work()
            except Exception as error:
                self.failed(what, error)

        return self._room.in_background(run())

    def failed(self, what: str, error: Exception) -> None:
        """Logs what could not be done, unless the room has ended anyway."""
        if not self._room.failed:
            log.error(what, exc_info=error, extra={"fields": {"session": self._room.session}})

    # Telling

    async def tell_of(self, threads: Iterable[str]) -> None:
        """Tells everyone how threads are now."""
        for id in threads:
            if found := await self._room.around.comments.thread(self._room.session, id):
                await self.tell(found[0], found[0])

    async def tell(self, comment: Comment, root: Comment) -> CommentBody:
        """Tells everyone how a comment is now; gives what was told."""
        room = self._room
        await self.know([comment])
        told: list[CommentBody] = []

        def say() -> None:
            document = room.documents.loaded.get(root.document or 0)
            if document is not None:
                room.turns.open.say_updates(document.id, room.readers(document.id))
            told.append(self.body(comment, whereabouts.now(room, root)))
            room.turns.open.say(room.connections, message("comment", **told[0]))

        await room.turns.perform(say)
        return told[0]

    # For people

    async def know(self, comments: Iterable[Comment]) -> None:
        """Sees to it that `body` can name the authors of these and whom they mention."""
        room = self._room
        await room.documents.know({comment.account for comment in comments if comment.account is not None})
        members = await room.around.sessions.members(room.session)
        self._members = {account.name: account.id for account, _ in members}

    def called(self, text: str) -> dict[str, int]:
        """The members that a text mentions, with their accounts; after `know`."""
        return {name: self._members[name] for name in mentioned(text, self._members)}

    def body(self, comment: Comment, where: Where) -> CommentBody:
        """A comment as people get it; `know` its author first."""
        person = self._room.documents.people.get(comment.account) if comment.account else None
        if person:
            email = email_of(person.name, self._room.around.host)
            author = author_body(person.name, person.display_name, email)
        else:
            author = author_body(None, comment.author.partition("@")[0] or "unknown", comment.author)
        span = where.span
        anchor: Anchor | None = span and {
            "doc": where.document,
            "version": where.version,
            "from": span[0],
            "to": span[1],
        }
        said = comment.said
        return {
            "id": comment.id,
            "parent": comment.parent,
            "thread": comment.thread,
            "path": where.path,
            "revision": comment.revision,
            "range": range_body(where.range) if where.range else None,
            "anchor": anchor,
            "said": {
                "path": comment.said_path,
                "range": range_body(said.range) if said else None,
                "quote": comment.quote,
            },
            "author": author,
            "at": rfc3339(comment.at),
            "edited_at": None if comment.edited_at is None else rfc3339(comment.edited_at),
            "text": "" if comment.deleted else comment.text,
            "mentions": [] if comment.deleted else mentioned(comment.text, self._members),
            "resolved": comment.settled,
            "outdated": where.outdated,
            "deleted": comment.deleted,
        }
