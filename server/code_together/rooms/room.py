"""A live session: the one task that changes it (RM1).

    mailbox → one turn: everything that waits is sequenced → one journal transaction → messages to everyone

Turns do not wait for the disk: while one transaction is under way the next turn is sequenced and, under load, gathers (JR2). Nothing is
said before it is durable; `Outbox` keeps that order. A broken invariant or a failed transaction fails the room: its connections are
closed, and it is opened again from the journal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any

from code_together.errors import (
    CodeTogetherError,
    Conflict,
    Malformed,
    NotAllowed,
    NotFound,
    TooLarge,
    Unavailable,
)
from code_together.rooms import messages, windows
from code_together.rooms.carets import Carets
from code_together.rooms.checkpoint import Checkpoint
from code_together.rooms.connection import Connection, Person
from code_together.rooms.documents import Documents
from code_together.rooms.edits import Edits
from code_together.rooms.surroundings import Surroundings
from code_together.rooms.turn import Outbox, Turn
from code_together.session import protocol
from code_together.session.authors import author_body, email_of, rfc3339
from code_together.session.protocol import message
from code_together.storage.chat import ChatMessage
from code_together.storage.journal import MarkedDocument
from code_together.storage.sessions import SessionRow

log = logging.getLogger(__name__)

# How many transactions of a room may be under way before turns gather.
_TRANSACTIONS_UNDER_WAY = 2

Work = Callable[[], None]
Letter = tuple[Connection, protocol.ClientMessage] | Work


class Room:
    """`repository_lock` is held for everything that writes to the repository, and by what must not see it half-way."""

    def __init__(
        self, session: str, around: Surroundings, checkpoint: Checkpoint, gone: Callable[[Room], None]
    ) -> None:
        self.session = session
        self.around = around
        self.checkpoint = checkpoint
        self.repository = Path(checkpoint.repository)
        self.repository_lock = asyncio.Lock()
        self.connections: list[Connection] = []
        self.documents = Documents(around, checkpoint)
        self.carets = Carets(self.documents, self.connections, self._post, self._tell_readers)
        settings = around.settings
        self.clock = windows.WindowClock(settings.window_pause, settings.window_longest, self._window_due)
        self.failed = False
        self.archived = False
        self._gone = gone
        self._mailbox: list[Letter] = []
        self._wake = asyncio.Event()
        self.turn = Turn()
        self._outbox = Outbox(self.fail)
        self.edits = Edits(self)
        self._background: set[asyncio.Task[None]] = set()
        self._task = asyncio.create_task(self._run(), name=f"room {session}")

    # Opening and closing

    @classmethod
    async def open(cls, session: str, around: Surroundings, gone: Callable[[Room], None]) -> Room:
        """The session as it was left: from its newest revision, with what the journal holds beyond it."""
        folder = around.repositories / f"{session}.git"
        checkpoint = await Checkpoint.open(session, folder, around.host, around.workers, around.journal)
        room = cls(session, around, checkpoint, gone)
        try:
            row = await around.sessions.get(session)
            room.archived = row is not None and row.archived
            if await room.documents.load_unfinished():
                room.clock.typed()
        except BaseException:
            room.end()
            raise
        return room

    async def close(self) -> None:
        """Commits what is open, says good-bye to everyone and ends the room's task."""
        await self._close_window_quietly()
        for connection in list(self.connections):
            connection.fail(Unavailable("The server is going away; it will be back.", code="going_away"))
        self.end()
        with suppress(asyncio.CancelledError):
            await self._task

    def end(self) -> None:
        """Ends the room as it is; what is open stays in the journal."""
        self.failed = self.documents.closed = True
        self.clock.stop()
        self.carets.stop()
        for task in self._background:
            task.cancel()
        self._task.cancel()

    def fail(self, error: BaseException) -> None:
        """Something that must hold does not: nothing more is said, everyone comes back to a room made from the journal."""
        if self.failed:
            return
        log.error("room failed", exc_info=error, extra={"fields": {"session": self.session}})
        sentence = "The last edits could not be saved. They are kept in your browser and sent again."
        public = Unavailable(sentence, code="not_saved")
        self._outbox.abandon(public)
        for connection in list(self.connections):
            connection.fail(public)
        self.end()
        self._gone(self)

    def check_alive(self) -> None:
        """Raises `Unavailable` (`room_failed`) once the room has ended."""
        if self.failed:
            raise Unavailable("The session is being opened again; try once more.", code="room_failed")

    @property
    def idle(self) -> bool:
        """Nobody is here and nothing is open: the room may be let go of."""
        return not (self.connections or self.clock.open or self._background or self.repository_lock.locked())

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Work beside the turns, on the room's behalf; an error that it does not expect fails the room."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background_done)

    def _background_done(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.fail(error)

    # Turns

    async def _run(self) -> None:
        try:
            while True:
                await self._wake.wait()
                while self._outbox.under_way >= _TRANSACTIONS_UNDER_WAY:
                    self._outbox.released.clear()
                    await self._outbox.released.wait()
                self._wake.clear()
                letters, self._mailbox = self._mailbox, []
                self._take(letters)
        except Exception as error:
            self.fail(error)

    def _post(self, letter: Letter) -> None:
        self._mailbox.append(letter)
        self._wake.set()

    def take_first(self, connection: Connection, received: Iterable[protocol.ClientMessage]) -> None:
        """Puts messages before everything that waits."""
        self._mailbox[:0] = [(connection, one) for one in received]
        self._wake.set()

    def _take(self, letters: Sequence[Letter]) -> None:
        turn = self.turn = Turn()
        for letter in letters:
            if not isinstance(letter, tuple):
                letter()
            elif letter[0].joined and not letter[0].closed:
                messages.handle(self, *letter, turn)
        for document in turn.changed():
            turn.say_updates(document, self.readers(document))
        durable: Future[None] | None = None
        if turn.entries:
            durable = self.around.journal.append(turn.entries)
            self.clock.typed()
        if turn.entries or turn.messages or turn.answered:
            self._outbox.put(turn, durable)

    async def perform(self, work: Work) -> None:
        """Does something in the room's task, and waits until it is done. Raises what it raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def perform() -> None:
            try:
                work()
            except CodeTogetherError as error:
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(None)

        self.check_alive()
        self._post(perform)
        await asyncio.wait({done, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not done.done():
            self.check_alive()
        await done

    async def durable(self) -> None:
        """Waits until everything accepted so far is on the disk and on its way to everyone."""
        self.check_alive()
        await self._outbox.all_durable()

    def tell(self, type: str, **fields: Any) -> None:
        """Tells everyone in the room something, in its turn."""
        frame = message(type, **fields)
        self._post(lambda: self.turn.say(self.connections, frame))

    def readers(self, document: int) -> list[Connection]:
        """The connections that have a document open."""
        return [connection for connection in self.connections if document in connection.documents]

    def _tell_readers(self, document: int, frame: bytes) -> None:
        readers = self.readers(document)
        self.turn.say_updates(document, readers)
        self.turn.say(readers, frame)

    # Connections

    async def join(self, connection: Connection, hello: protocol.Hello) -> None:
        """Brings a connection in: gives it its client id and tells it where it is. Raises `Malformed` for another protocol."""
        if hello.protocol != protocol.PROTOCOL:
            raise Malformed(
                f"This server speaks protocol {protocol.PROTOCOL}, not {hello.protocol}. Load the page again.",
                code="unknown_protocol",
            )
        journal, account = self.around.journal, connection.person.account
        client = hello.client
        if client is None or await journal.client_owner(client) != (self.session, account):
            client = await journal.new_client(self.session, account)
        row = await self.around.sessions.get(self.session)
        if row is None:
            raise NotFound("This session is no longer there.", code="no_session")
        await self.perform(lambda: self._enter(connection, client, _about(row)))

    def _enter(self, connection: Connection, client: str, about: dict[str, Any]) -> None:
        for other in self.connections:
            if other.client == client:
                other.fail(Conflict("This editor was opened again elsewhere.", code="taken_over"))
                self._remove(other)
                break
        connection.client = client
        connection.joined = True
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
            session=about,
            you=you,
            files=self.documents.files(),
            people=self.people(),
            revision=self.checkpoint.head,
        )
        self.turn.say([connection], welcome, asked_for=True)
        self._tell_people(without=connection)

    def receive(self, connection: Connection, received: protocol.ClientMessage) -> None:
        self._post((connection, received))

    def leave(self, connection: Connection) -> None:
        """The connection is gone; nothing more is taken from it."""
        self._post(lambda: self._remove(connection))

    def _remove(self, connection: Connection) -> None:
        if not connection.joined:
            return
        connection.joined = False
        self.connections.remove(connection)
        self.carets.leave(connection.client)
        self._tell_people()
        if not self.connections and self.clock.open:
            self._window_due()

    def people(self) -> list[dict[str, Any]]:
        """Who is here: one entry a connection."""
        return [
            {
                "client": connection.client,
                "name": connection.person.name,
                "display_name": connection.person.display_name,
                "color": connection.person.color,
                "role": connection.role,
            }
            for connection in self.connections
        ]

    def _tell_people(self, without: Connection | None = None) -> None:
        others = [connection for connection in self.connections if connection is not without]
        if others:
            self.turn.say(others, message("people", people=self.people()))

    def change_role(self, account: int, role: str | None) -> None:
        """A member's role is another now; None: no member any more (RM6)."""

        def change() -> None:
            for connection in [c for c in self.connections if c.person.account == account]:
                if role is None:
                    connection.fail(NotAllowed("You are no longer a member of this session.", code="removed"))
                    self._remove(connection)
                elif connection.role != role and not connection.role_fixed:
                    connection.role = role
                    self.turn.say([connection], message("role", role=role))
            self._tell_people()

        self._post(change)

    async def change_session(self, row: SessionRow) -> None:
        """The session has another title, or is archived or not; what was typed before it was is committed (AM2)."""

        def change() -> None:
            self.archived = row.archived
            self.turn.say(self.connections, message("session", session=_about(row)))

        await self.perform(change)
        if row.archived and self.clock.open:
            self._window_due()

    def change_person(self, person: Person) -> None:
        """An account has another display name or colour."""

        def change() -> None:
            for connection in self.connections:
                if connection.person.account == person.account:
                    connection.person = person
            self.documents.people[person.account] = person
            self._tell_people()

        self._post(change)

    def end_connections(self, which: Callable[[Connection], bool], error: CodeTogetherError) -> None:
        """Closes the connections for which `which` is true, with a reason (RM6)."""
        self._post(lambda: self.end_connections_now(which, error))

    def end_connections_now(self, which: Callable[[Connection], bool], error: CodeTogetherError) -> None:
        """The same, for who is in the room's task already."""
        for connection in [c for c in self.connections if which(c)]:
            connection.fail(error)
            self._remove(connection)

    # Chat, edits by the server, windows

    async def post_chat(self, account: int, text: str) -> ChatMessage:
        """Keeps a chat message and tells everyone. Raises `Malformed` or `TooLarge` for a text that is none."""
        longest = self.around.settings.chat_length
        if not text.strip() or "\0" in text:
            raise Malformed("A chat message has at least one character, and no NUL.", code="bad_chat")
        if len(text) > longest:
            raise TooLarge(f"A chat message may have {longest:,} characters.", code="bad_chat")
        posted = await self.around.chat.add(self.session, account, text)
        self.tell(
            "chat",
            id=posted.id,
            author=self._author(posted.account.name, posted.account.display_name),
            at=rfc3339(posted.at),
            text=posted.text,
        )
        return posted

    def _author(self, name: str, display_name: str) -> dict[str, str | None]:
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

        await self.perform(mark)

    def _window_due(self) -> None:
        self.in_background(self._close_window_quietly())

    async def _close_window_quietly(self) -> None:
        try:
            await self.close_window()
        except Exception as error:
            # The journal has everything; the window stays open and is tried again.
            log.error("window not closed", exc_info=error, extra={"fields": {"session": self.session}})

    async def close_window(self, message: str | None = None) -> str | None:
        """The open window becomes a revision. Gives the newest revision's id, None in a session that has none."""
        async with self.repository_lock:
            return await windows.commit_window(self, message)

    async def before_clone(self) -> None:
        """Commits what is open, so that a clone is never older than the screen (GT1)."""
        await self.close_window()

    def tell_revision(self, id: str, authors: Sequence[Person], text: str) -> None:
        """Tells everyone of a new revision."""
        named = [self._author(person.name, person.display_name) for person in authors]
        self.tell("revision", id=id, authors=named, message=text, at=rfc3339(time()))


def _about(row: SessionRow) -> dict[str, Any]:
    return {"id": row.id, "title": row.title, "visibility": row.visibility, "archived": row.archived}
