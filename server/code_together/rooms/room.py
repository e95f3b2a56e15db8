"""A live session: who is in it, what is open, and when it becomes a revision.

`turns` is the door. A broken invariant or a failed transaction fails the room: its connections are closed, and it is opened again from the
journal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from pathlib import Path
from time import time
from typing import Any

from code_together.errors import (
    CodeTogetherError,
    Conflict,
    Malformed,
    NotAllowed,
    NotFound,
    Unavailable,
)
from code_together.rooms import messages, windows
from code_together.rooms.carets import Carets
from code_together.rooms.chat import Chat
from code_together.rooms.checkpoint import Checkpoint
from code_together.rooms.clashes import Clashes
from code_together.rooms.comments import Comments
from code_together.rooms.connection import Connection, Person
from code_together.rooms.documents import Documents, ListedFile, files_between
from code_together.rooms.edits import Edits
from code_together.rooms.people import People
from code_together.rooms.summary import RoomSummary
from code_together.rooms.surroundings import Surroundings
from code_together.rooms.timeline import Timeline
from code_together.rooms.touches import Touches
from code_together.rooms.turns import Turns
from code_together.session import protocol
from code_together.session.authors import Author, author_body, email_of, rfc3339
from code_together.session.protocol import message
from code_together.storage.journal import MarkedDocument
from code_together.storage.sessions import SessionRow

log = logging.getLogger(__name__)


class Room:
    """`repository_lock` is held for everything that writes to the repository, and by what must not see it half-way.

    What is typed into a document of `held` waits until the event is set: for the moment in which a push lands in it.
    """

    def __init__(
        self, row: SessionRow, around: Surroundings, checkpoint: Checkpoint, gone: Callable[[Room], None]
    ) -> None:
        self.session = session = row.id
        self._row = row
        self.around = around
        self.checkpoint = checkpoint
        self.repository = Path(checkpoint.repository)
        self.repository_lock = asyncio.Lock()
        self.connections: list[Connection] = []
        settings = around.settings
        self.clock = windows.WindowClock(settings.window_pause, settings.window_longest, self._window_due)
        self.turns = Turns(
            around.journal, partial(messages.handle, self), self.readers, self.clock.typed, self.fail
        )
        post = self.turns.post
        self.documents = Documents(around, checkpoint)
        self._files_told: dict[str, ListedFile] | None = None
        self.timeline = Timeline(
            session, checkpoint.repository, around.workers, around.revisions, lambda: checkpoint.head
        )
        self.carets = Carets(self.documents, self.connections, post, self._tell_readers)
        self.touches = Touches(self.documents, self.connections, post, self._say)
        self.people = People(
            self.connections, lambda: checkpoint.files, post, self._tell_all, self._looked_away
        )
        self.deleted = False
        self._behind = False
        self._gone = gone
        self.edits = Edits(self)
        self.held: dict[int, asyncio.Event] = {}
        self.chat = Chat(self)
        self.comments = Comments(self)
        self.clashes = Clashes(self)
        self.summary = RoomSummary(self)
        self._background: set[asyncio.Task[None]] = set()

    # Opening and closing

    @classmethod
    async def open(cls, row: SessionRow, around: Surroundings, gone: Callable[[Room], None]) -> Room:
        """The session as it was left: from its newest revision, with what the journal holds beyond it."""
        folder = around.repositories / f"{row.id}.git"
        checkpoint = await Checkpoint.open(
            row.id,
            folder,
            around.host,
            around.workers,
            around.journal,
            pushed_into=around.receiving.into(folder),
        )
        room = cls(row, around, checkpoint, gone)
        try:
            await room.clashes.load()
            if await room.documents.load_unfinished():
                room.clock.typed()
        except BaseException:
            room.end()
            raise
        room.comments.begin()
        return room

    async def close(self) -> None:
        """Commits what is open, says good-bye to everyone and ends the room."""
        await self._close_window_quietly()
        await self.comments.close()
        await self._keep_seen(self.people.awake())
        for connection in list(self.connections):
            connection.fail(Unavailable("The server is going away; it will be back.", code="going_away"))
        self.end()
        await self.background_ended()

    def session_deleted(self) -> None:
        """The session's rows are gone, and its repository goes: nothing becomes a revision any more."""
        self.deleted = True
        self.clock.stop()

    def end(self) -> None:
        """Ends the room as it is; what is open stays in the journal."""
        self.documents.closed = True
        self.clock.stop()
        for gathered in (self.carets, self.touches, self.people, self.chat, self.comments):
            gathered.stop()
        for task in self._background:
            task.cancel()
        self.turns.end()

    @property
    def archived(self) -> bool:
        """Nothing may be changed in the session."""
        return self._row.archived

    @property
    def failed(self) -> bool:
        """Whether it has ended: nothing is taken in any more."""
        return self.turns.ended

    def fail(self, error: BaseException) -> None:
        """Something that must hold does not: nothing more is said, everyone comes back to a room made from the journal."""
        if self.failed:
            return
        log.error("room failed", exc_info=error, extra={"fields": {"session": self.session}})
        sentence = "The last edits could not be saved. They are kept in your browser and sent again."
        public = Unavailable(sentence, code="not_saved")
        self.turns.abandon(public)
        for connection in list(self.connections):
            connection.fail(public)
        self.end()
        self._gone(self)

    @property
    def idle(self) -> bool:
        """Nobody is here and nothing is open: the room may be let go of."""
        return not (self.connections or self.clock.open or self._background or self.repository_lock.locked())

    def in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Work beside the turns, on the room's behalf; an error that it does not expect fails the room."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background_done)
        return task

    async def background_ended(self) -> None:
        """After `end`: returns when nothing works on the room's behalf any more."""
        await asyncio.gather(*self._background, return_exceptions=True)

    def _background_done(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.fail(error)

    # Telling people

    def tell(self, type: str, **fields: Any) -> None:
        """Tells everyone in the room something, in its turn."""
        self.tell_some(self.connections, type, **fields)

    def tell_some(self, connections: list[Connection], type: str, **fields: Any) -> None:
        """Tells some in the room something, in its turn."""
        frame = message(type, **fields)
        self.turns.post(lambda: self.turns.open.say(connections, frame))

    def tell_files(self, revision: str, **about: Any) -> None:
        """Tells everyone of the files as they are now: who asked for that is told what is otherwise than when it was told last."""
        files = self.documents.files()
        changed, removed = files_between(self._files_told or {}, files)
        self._files_told = {one["path"]: one for one in files}
        delta = message("files_changed", changed=changed, removed=removed, revision=revision, **about)

        def say() -> None:
            if others := [one for one in self.connections if not one.files_delta]:
                self.turns.open.say(others, message("files", files=files, revision=revision, **about))
            self.turns.open.say([one for one in self.connections if one.files_delta], delta)

        self.turns.post(say)

    def readers(self, document: int) -> list[Connection]:
        """The connections that have a document open."""
        return [connection for connection in self.connections if document in connection.documents]

    def _say(self, targets: Iterable[Connection], frame: bytes) -> None:
        self.turns.open.say(targets, frame)

    def _tell_all(self, frame: bytes) -> None:
        self.turns.open.say(self.connections, frame)

    def _tell_readers(self, document: int, frame: bytes) -> None:
        readers = self.readers(document)
        self.turns.open.say_updates(document, readers)
        self.turns.open.say(readers, frame)

    # Connections

    async def join(self, connection: Connection, hello: protocol.Hello) -> None:
        """Brings a connection in: gives it its client id and tells it where it is. Raises `Malformed` for another protocol."""
        if hello.protocol != protocol.PROTOCOL:
            raise Malformed(
                f"This server speaks protocol {protocol.PROTOCOL}, not {hello.protocol}. Load the page again.",
                code="unknown_protocol",
            )
        journal, account = self.around.journal, connection.person.account
        connection.files_delta = hello.files_delta
        client = hello.client
        if client is None or await journal.client_owner(client) != (self.session, account):
            client = await journal.new_client(self.session, account)
        await self.turns.perform(lambda: self._enter(connection, client))

    def _enter(self, connection: Connection, client: str) -> None:
        if self.deleted:
            raise NotFound("This session is no longer there.", code="no_session")
        for other in self.connections:
            if other.client == client:
                other.fail(Conflict("This editor was opened again elsewhere.", code="taken_over"))
                self._remove(other)
                break
        connection.client = client
        connection.joined = True
        files = self.documents.files()
        if self._files_told is None:
            self._files_told = {one["path"]: one for one in files}
        self.connections.append(connection)
        person = connection.person
        you = {
            "name": person.name,
            "display_name": person.display_name,
            "role": connection.role,
            "color": person.color,
        }
        welcome = message(
            "welcome",
            protocol=protocol.PROTOCOL,
            client=client,
            session=_about(self._row),
            you=you,
            files=files,
            people=self.people.all(),
            revision=self.checkpoint.head,
            **({"conflicts": conflicts} if (conflicts := self.clashes.told(person.name)) else {}),
        )
        self.turns.open.say([connection], welcome, asked_for=True)
        if unfinished := self.touches.unfinished():
            self.turns.open.say([connection], unfinished)
        self.people.changed()

    def receive(self, connection: Connection, received: protocol.ClientMessage) -> None:
        self.turns.post((connection, received))

    def leave(self, connection: Connection) -> None:
        """The connection is gone; nothing more is taken from it."""
        self.turns.post(lambda: self._remove(connection))

    def _remove(self, connection: Connection) -> None:
        if not connection.joined:
            return
        connection.joined = False
        self.connections.remove(connection)
        self.carets.leave(connection.client)
        self.people.left(connection)
        if not self.connections and self.clock.open:
            self._window_due()

    def _looked_away(self, account: int) -> None:
        self.in_background(self._keep_seen({account}))

    async def _keep_seen(self, accounts: set[int]) -> None:
        """These people leave, or look away: what they will be told of on their return begins here (PR5)."""
        try:
            await self.around.seen.keep(self.session, accounts, self.checkpoint.head)
        except Exception as error:
            log.error("not noted", exc_info=error, extra={"fields": {"session": self.session}})

    def change_role(self, account: int, role: str | None) -> None:
        """A member's role is another now; None: no member any more (RM6)."""

        def change() -> None:
            for connection in [c for c in self.connections if c.person.account == account]:
                if role is None:
                    connection.fail(NotAllowed("You are no longer a member of this session.", code="removed"))
                    self._remove(connection)
                elif connection.role != role and not connection.role_fixed:
                    connection.role = role
                    self.turns.open.say([connection], message("role", role=role))
            self.people.changed()

        self.turns.post(change)

    async def change_session(self, row: SessionRow) -> None:
        """The session has another title, or is archived or not; what was typed before it was is committed (AM2)."""

        def change() -> None:
            self._row = row
            self.turns.open.say(self.connections, message("session", session=_about(row)))

        await self.turns.perform(change)
        if row.archived and self.clock.open:
            self._window_due()

    def change_person(self, person: Person) -> None:
        """An account has another display name or colour."""

        def change() -> None:
            for connection in self.connections:
                if connection.person.account == person.account:
                    connection.person = person
            self.documents.people[person.account] = person
            self.people.changed()

        self.turns.post(change)

    def end_connections(self, which: Callable[[Connection], bool], error: CodeTogetherError) -> None:
        """Closes the connections for which `which` is true, with a reason (RM6)."""
        self.turns.post(lambda: self.end_connections_now(which, error))

    def end_connections_now(self, which: Callable[[Connection], bool], error: CodeTogetherError) -> None:
        """The same, for who is in the room's turn already."""
        for connection in [c for c in self.connections if which(c)]:
            connection.fail(error)
            self._remove(connection)

    # Edits by the server, windows

    def _author(self, name: str, display_name: str) -> Author:
        return author_body(name, display_name, email_of(name, self.around.host))

    async def document_marked(self, row: MarkedDocument) -> None:
        """A revision holds a document as this says; one without a path is gone, and whoever has it open is told."""

        def mark() -> None:
            document = self.documents.loaded.get(row.document)
            if row.path is None:
                sentence = "This file was deleted. What you had not sent yet is kept in your browser."
                gone = Conflict(sentence, code="document_deleted")
                self._tell_readers(row.document, protocol.error_message(gone, fatal=False, doc=row.document))
                self.documents.loaded.pop(row.document, None)
                for reader in self.readers(row.document):
                    reader.documents.discard(row.document)
            elif document is not None:
                document.path, document.format, document.committed = row.path, row.format, row.version

        await self.turns.perform(mark)
        if row.path is None:
            self.comments.anchoring.gone(row.document)
        else:
            await self.comments.revised(row.document, row.path)

    def _window_due(self) -> None:
        self.in_background(self._close_window_quietly())

    async def _close_window_quietly(self) -> None:
        try:
            if not self.deleted:
                await self.close_window()
            self._behind = False
        except Exception as error:
            if self.deleted:
                return  # while it was under way
            # The journal has everything; the window stays open and is tried again.
            log.error("window not closed", exc_info=error, extra={"fields": {"session": self.session}})
            self._tell_behind(error)

    def _tell_behind(self, error: Exception) -> None:
        """Says once that what is typed does not become revisions."""
        if self._behind or self.failed:
            return
        self._behind = True
        why = error.message if isinstance(error, CodeTogetherError) else "The server's log has more."
        said = f"What is typed is kept, but cannot become a revision just now; it is tried again. {why}"
        self.tell("error", code="not_committed", message=said, fatal=False)

    async def close_window(self, message: str | None = None) -> str | None:
        """The open window becomes a revision. Gives the newest revision's id, None in a session that has none."""
        async with self.repository_lock:
            return await windows.commit_window(self, message)

    async def before_clone(self) -> None:
        """Commits what is open, so that a clone is never older than the screen (GT1)."""
        await self.close_window()
        await self.comments.before_clone()

    def tell_revision(self, id: str, authors: Sequence[Person], text: str) -> None:
        """Tells everyone of a new revision, and takes it into the list of them."""
        named = [self._author(person.name, person.display_name) for person in authors]
        self.tell("revision", id=id, authors=named, message=text, at=rfc3339(time()))
        self.in_background(self.timeline.fill())
        self.in_background(self.summary.keep())


def _about(row: SessionRow) -> dict[str, Any]:
    return {"id": row.id, "title": row.title, "visibility": row.visibility, "archived": row.archived}
