"""A live session: the one task that changes it (RM1).

    mailbox → one turn: everything that waits is sequenced → one journal transaction → messages to everyone

Turns do not wait for the disk: while one transaction is under way the next turn is sequenced and, under load, gathers (JR2). Nothing is
said before it is durable; `Outbox` keeps that order. A broken invariant or a failed transaction fails the room: its connections are
closed, and it is opened again from the journal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any, ClassVar

from code_together.config import Settings
from code_together.errors import (
    CodeTogetherError,
    Conflict,
    Malformed,
    NotAllowed,
    NotFound,
    TooLarge,
    Unavailable,
)
from code_together.ot.change import ChangeSet
from code_together.rooms import loading
from code_together.rooms.checkpoint import Checkpoint
from code_together.rooms.connection import Connection, Person
from code_together.rooms.turn import Outbox, Turn
from code_together.rooms.windows import WindowClock, describe_window, identity
from code_together.rooms.workers import Workers
from code_together.session import protocol
from code_together.session.authors import author_body, email_of, rfc3339
from code_together.session.document import Document, DocumentLimits, HistoryNeeded, Update
from code_together.session.presence import MOST_RANGES, Presence, map_ranges
from code_together.session.protocol import encode_changes, message
from code_together.session.roles import Action, allows
from code_together.storage.accounts import Accounts
from code_together.storage.chat import Chat, ChatMessage
from code_together.storage.journal import Journal
from code_together.storage.sessions import Sessions

log = logging.getLogger(__name__)

# How many transactions of a room may be under way before turns gather.
_TRANSACTIONS_UNDER_WAY = 2
# How long carets are gathered before they are told, in seconds.
_CARET_PAUSE = 0.04
_MISSED_UPDATES_A_MESSAGE = 1_000

Work = Callable[[], None]
Letter = tuple[Connection, protocol.ClientMessage] | Work


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all rooms of a server share. `host` is the server's name in e-mail addresses of commits."""

    settings: Settings
    workers: Workers
    journal: Journal
    accounts: Accounts
    sessions: Sessions
    chat: Chat
    host: str
    repositories: Path


class Room:
    def __init__(
        self, session: str, around: Surroundings, checkpoint: Checkpoint, gone: Callable[[Room], None]
    ) -> None:
        self.session = session
        self.around = around
        self.checkpoint = checkpoint
        self.repository = Path(checkpoint.repository)
        self.documents: dict[int, Document] = {}
        self.connections: list[Connection] = []
        self.failed = False
        # Held for everything that writes to the repository, and for what must not see it half-way.
        self.repository_lock = asyncio.Lock()
        self._gone = gone
        self._mailbox: list[Letter] = []
        self._wake = asyncio.Event()
        self._outbox = Outbox(self._fail)
        self._presence = Presence()
        self._stale_carets: set[tuple[int, str]] = set()
        self._caret_timer: asyncio.TimerHandle | None = None
        self._loading: dict[str, asyncio.Task[Document]] = {}
        self._people: dict[int, Person] = {}
        self._hands: dict[int, str] = {}
        self._background: set[asyncio.Task[None]] = set()
        settings = around.settings
        self._clock = WindowClock(settings.window_pause, settings.window_longest, self._window_due)
        self._limits = DocumentLimits(units=settings.document_units)
        self._task = asyncio.create_task(self._run(), name=f"room {session}")

    # ------------------------------------------------------------------ opening and closing

    @classmethod
    async def open(cls, session: str, around: Surroundings, gone: Callable[[Room], None]) -> Room:
        """The session as it was left: from its newest revision, with what the journal holds beyond it."""
        checkpoint = await Checkpoint.open(
            session,
            around.repositories / f"{session}.git",
            around.host,
            around.workers,
            around.journal,
        )
        room = cls(session, around, checkpoint, gone)
        try:
            newest = await around.journal.last_versions(session)
            for row in list(checkpoint.marked.values()):
                if row.path is not None and newest.get(row.document, 0) > row.version:
                    await room.load(row.path)
                    room._clock.typed()
        except BaseException:
            room._task.cancel()
            raise
        return room

    async def close(self) -> None:
        """Commits what is open, says good-bye to everyone and ends the room's task."""
        with suppress(CodeTogetherError):
            await self.close_window()
        for connection in list(self.connections):
            connection.fail(Unavailable("The server is going away; it will be back.", code="going_away"))
        self.end()
        with suppress(asyncio.CancelledError):
            await self._task

    def end(self) -> None:
        """Ends the room as it is; what is open stays in the journal."""
        self.failed = True
        self._clock.stop()
        if self._caret_timer:
            self._caret_timer.cancel()
        for task in self._background:
            task.cancel()
        self._task.cancel()

    def _fail(self, error: BaseException) -> None:
        if self.failed:
            return
        log.error("room failed", exc_info=error, extra={"session": self.session})
        sentence = "The last edits could not be saved. They are kept in your browser and sent again."
        public = Unavailable(sentence, code="not_saved")
        self._outbox.abandon(public)
        for connection in list(self.connections):
            connection.fail(public)
        self.end()
        self._gone(self)

    @property
    def idle(self) -> bool:
        """Nobody is here and nothing is open: the room may be let go of."""
        return not (self.connections or self._clock.open or self._background or self.repository_lock.locked())

    # ------------------------------------------------------------------ turns

    async def _run(self) -> None:
        try:
            while True:
                await self._wake.wait()
                while self._outbox.under_way >= _TRANSACTIONS_UNDER_WAY:
                    self._outbox.released.clear()
                    await self._outbox.released.wait()
                self._wake.clear()
                letters, self._mailbox = self._mailbox, []
                self._turn(letters)
        except Exception as error:
            self._fail(error)

    def _post(self, letter: Letter) -> None:
        self._mailbox.append(letter)
        self._wake.set()

    def _turn(self, letters: Sequence[Letter]) -> None:
        turn = self._now = Turn()
        for letter in letters:
            if not isinstance(letter, tuple):
                letter()
                continue
            connection, received = letter
            if connection.closed or connection.client == "":
                continue
            if connection.backlog is not None:
                connection.backlog.append(received)
                continue
            try:
                self._handlers[type(received)](self, connection, received, turn)
            except CodeTogetherError as error:
                self._answer_error(connection, received, error)
        self._end_turn(turn)

    def _end_turn(self, turn: Turn) -> None:
        for document in turn.changed():
            turn.say_updates(document, self._readers(document))
        durable: Future[None] | None = None
        if turn.entries:
            durable = self.around.journal.append(turn.entries)
            self._clock.typed()
        if turn.entries or turn.messages or turn.answered:
            self._outbox.put(turn, durable)

    def _answer_error(
        self, connection: Connection, received: protocol.ClientMessage, error: CodeTogetherError
    ) -> None:
        doc = getattr(received, "doc", None)
        if isinstance(received, protocol.Push):
            connection.pushing.discard(received.doc)
        harmless = isinstance(received, protocol.Open | protocol.Chat)
        if harmless or isinstance(error, NotFound | NotAllowed) or error.code == "document_frozen":
            connection.refuse(error, doc=doc)
        else:
            connection.fail(error, doc=doc)

    def _readers(self, document: int) -> list[Connection]:
        return [connection for connection in self.connections if document in connection.documents]

    # ------------------------------------------------------------------ connections

    async def join(self, connection: Connection, hello: protocol.Hello) -> None:
        """Brings a connection in: gives it its client id and tells it where it is. Raises `Malformed` for another protocol."""
        if hello.protocol != protocol.PROTOCOL:
            raise Malformed(
                f"This server speaks protocol {protocol.PROTOCOL}, not {hello.protocol}. Load the page again.",
                code="unknown_protocol",
            )
        account = connection.person.account
        client = hello.client
        if client is None or await self.around.journal.client_owner(client) != (self.session, account):
            client = await self.around.journal.new_client(self.session, account)
        row = await self.around.sessions.get(self.session)
        if row is None:
            raise NotFound("This session is no longer there.", code="no_session")
        about = {"id": row.id, "title": row.title, "visibility": row.visibility, "archived": row.archived}
        await self._perform(lambda: self._enter(connection, client, about))

    def _enter(self, connection: Connection, client: str, about: dict[str, Any]) -> None:
        for other in self.connections:
            if other.client == client:
                other.fail(Conflict("This editor was opened again elsewhere.", code="taken_over"))
                self._remove(other)
                break
        connection.client = client
        self.connections.append(connection)
        person = connection.person
        self._people[person.account] = person
        welcome = message(
            "welcome",
            protocol=protocol.PROTOCOL,
            client=client,
            session=about,
            you={
                "name": person.name,
                "display_name": person.display_name,
                "role": connection.role,
                "color": person.color,
            },
            files=self.files(),
            people=self.people(),
            revision=self.checkpoint.head,
        )
        self._now.say([connection], welcome, asked_for=True)
        self._tell_people(without=connection)

    def receive(self, connection: Connection, received: protocol.ClientMessage) -> None:
        self._post((connection, received))

    def leave(self, connection: Connection) -> None:
        """The connection is gone; nothing more is taken from it."""
        self._post(lambda: self._remove(connection))

    def _remove(self, connection: Connection) -> None:
        if connection not in self.connections:
            return
        self.connections.remove(connection)
        for document in self._presence.leave(connection.client):
            self._caret_moved(document, connection.client)
        connection.client = ""
        self._tell_people()
        if not self.connections and self._clock.open:
            self._in_background(self._close_window_quietly())

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
            self._now.say(others, message("people", people=self.people()))

    def change_role(self, account: int, role: str | None) -> None:
        """A member's role is another now; None: no member any more (RM6)."""

        def change() -> None:
            for connection in [c for c in self.connections if c.person.account == account]:
                if role is None:
                    connection.fail(NotAllowed("You are no longer a member of this session.", code="removed"))
                    self._remove(connection)
                elif connection.role != role:
                    connection.role = role
                    self._now.say([connection], message("role", role=role))
            self._tell_people()

        self._post(change)

    def end_connections(self, which: Callable[[Connection], bool], error: CodeTogetherError) -> None:
        def end() -> None:
            for connection in [c for c in self.connections if which(c)]:
                connection.fail(error)
                self._remove(connection)

        self._post(end)

    def change_person(self, person: Person) -> None:
        """An account has another display name or colour."""

        def change() -> None:
            for connection in self.connections:
                if connection.person.account == person.account:
                    connection.person = person
            self._people[person.account] = person
            self._tell_people()

        self._post(change)

    async def _perform(self, work: Work) -> None:
        """Does something in the room's task, and waits until it is done and what it said is on its way."""
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

        self._check_alive()
        self._post(perform)
        await self._or_failure(done)

    async def _or_failure(self, future: asyncio.Future[None]) -> None:
        await asyncio.wait({future, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            self._check_alive()
        await future

    def _check_alive(self) -> None:
        if self.failed:
            raise Unavailable("The session is being opened again; try once more.", code="room_failed")

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # ------------------------------------------------------------------ messages of clients

    def _on_hello(self, connection: Connection, received: protocol.Hello, turn: Turn) -> None:
        raise Malformed("hello is the first message and comes once.")

    def _on_ping(self, connection: Connection, received: protocol.Ping, turn: Turn) -> None:
        turn.say([connection], message("pong"))

    def _on_open(self, connection: Connection, received: protocol.Open, turn: Turn) -> None:
        document = self._find(received)
        if document is None:
            self._after(connection, received, self._load_for(received))
            return
        version = received.version
        missed: Sequence[Update] = ()
        if version is not None and received.doc == document.id and 0 <= version <= document.version:
            try:
                missed = document.since(version)
            except HistoryNeeded:
                self._after(connection, received, self._remember(document, version, received))
                return
        else:
            version = None
        turn.say_updates(document.id, self._readers(document.id))
        connection.documents.add(document.id)
        fields: dict[str, Any] = {
            "doc": document.id,
            "path": document.path,
            "version": document.version if version is None else version,
            "read_only": not allows(connection.role, Action.EDIT),
            "format": document.format,
            "seq": document.seq_of(connection.client),
        }
        if version is None:
            fields["text"] = str(document.text)
            if received.version is not None:
                fields["reset"] = True
        turn.say([connection], message("opened", **fields), asked_for=True)
        for first in range(0, len(missed), _MISSED_UPDATES_A_MESSAGE):
            part = missed[first : first + _MISSED_UPDATES_A_MESSAGE]
            frame = protocol.updates_message(document.id, part, self._names())
            turn.say([connection], frame, asked_for=True)
        if carets := self._carets(document):
            turn.say([connection], carets)

    def _find(self, received: protocol.Open) -> Document | None:
        """The document if it is loaded. Raises `NotFound` if there is no such file."""
        if received.doc is not None:
            if received.doc in self.documents:
                return self.documents[received.doc]
            if any(row.document == received.doc for row in self.checkpoint.marked.values()):
                return None
        path = received.path
        if path is None or path not in self.checkpoint.files:
            raise NotFound(f"There is no file {path or received.doc}.", code="no_document")
        row = self.checkpoint.marked.get(path)
        return self.documents.get(row.document) if row else None

    def _after(
        self,
        connection: Connection,
        received: protocol.ClientMessage,
        preparation: Coroutine[Any, Any, protocol.ClientMessage],
    ) -> None:
        """Takes the message up again when what it needs is there; what the connection sends meanwhile waits behind it."""
        connection.backlog = []

        async def prepare() -> None:
            letters: list[Letter] = []
            try:
                letters.append((connection, await preparation))
            except CodeTogetherError as error:
                self._answer_error(connection, received, error)
            except Exception as error:
                self._fail(error)
            letters += [(connection, later) for later in connection.backlog or ()]
            connection.backlog = None
            self._mailbox[:0] = letters
            self._wake.set()

        self._in_background(prepare())

    async def _load_for(self, received: protocol.Open) -> protocol.Open:
        path = received.path
        for row in self.checkpoint.marked.values():
            if row.document == received.doc:
                path = row.path
        await self.load(path or "")
        return received

    async def _remember(
        self, document: Document, version: int, received: protocol.Open | protocol.Push
    ) -> protocol.ClientMessage:
        """Fetches history from the journal that is no longer held."""
        entries = await self.around.journal.updates(document.id, version, document.first_held)
        updates = [loading.update_of(entry) for entry in entries]
        await self._know_names({update.account for update in updates})
        if updates and updates[0].version == version + 1:
            document.remember(updates)
            return received
        if isinstance(received, protocol.Push):
            raise Conflict("The push is older than what is kept; open the document again.", code="too_old")
        # What is no longer in the journal cannot be served: the text comes instead.
        return protocol.Open(path=received.path, doc=received.doc, version=-1)

    def _on_push(self, connection: Connection, received: protocol.Push, turn: Turn) -> None:
        document = self.documents.get(received.doc)
        if document is None or received.doc not in connection.documents:
            raise NotFound("Open the document before you push to it.", code="no_document")
        if not allows(connection.role, Action.EDIT):
            raise NotAllowed(
                "You may look at this session, not edit it. Ask an owner for the role Editor.",
                code="read_only",
            )
        if document.frozen:
            raise Conflict(
                f"{document.path} was deleted; your text is kept in your browser.", code="document_frozen"
            )
        settings = self.around.settings
        changes = protocol.parse_changes(
            received, max_updates=settings.push_updates, max_parts=settings.change_parts
        )
        try:
            accepted = document.push(
                connection.client, connection.person.account, received.version, received.seq, changes
            )
        except HistoryNeeded as needed:
            self._after(connection, received, self._remember(document, needed.version, received))
            return
        turn.answered.append((connection, document.id))
        self._record(document, accepted, connection.person, turn)

    def _record(self, document: Document, accepted: Sequence[Update], person: Person, turn: Turn) -> None:
        self._people[person.account] = person
        turn.accept(
            document.id, accepted, person.name, int(time() * 1000), lambda u: encode_changes(u.changes)
        )

    def _on_select(self, connection: Connection, received: protocol.Select, turn: Turn) -> None:
        document = self.documents.get(received.doc)
        if (
            document is None
            or received.doc not in connection.documents
            or not 0 <= received.version <= document.version
        ):
            return
        try:
            since = [update.changes for update in document.since(received.version)]
        except HistoryNeeded:
            return
        ranges = map_ranges(received.ranges[:MOST_RANGES], since, len(document.text))
        self._presence.place(document.id, connection.client, document.version, ranges)
        self._caret_moved(document.id, connection.client)

    def _on_close(self, connection: Connection, received: protocol.Close, turn: Turn) -> None:
        turn.say_updates(received.doc, self._readers(received.doc))
        connection.documents.discard(received.doc)
        self._presence.place(received.doc, connection.client, 0, [])
        self._caret_moved(received.doc, connection.client)

    def _on_chat(self, connection: Connection, received: protocol.Chat, turn: Turn) -> None:
        if not allows(connection.role, Action.COMMENT):
            raise NotAllowed("You may look at this session, not write in its chat.", code="read_only")
        self._in_background(self._chat(connection, received.text))

    async def _chat(self, connection: Connection, text: str) -> None:
        try:
            await self.post_chat(connection.person.account, text)
        except CodeTogetherError as error:
            connection.refuse(error)

    _handlers: ClassVar[dict[type, Callable[..., None]]] = {
        protocol.Hello: _on_hello,
        protocol.Ping: _on_ping,
        protocol.Open: _on_open,
        protocol.Push: _on_push,
        protocol.Select: _on_select,
        protocol.Close: _on_close,
        protocol.Chat: _on_chat,
    }

    # ------------------------------------------------------------------ carets and chat

    def _caret_moved(self, document: int, client: str) -> None:
        self._stale_carets.add((document, client))
        if self._caret_timer is None:
            loop = asyncio.get_running_loop()
            self._caret_timer = loop.call_later(_CARET_PAUSE, self._post, self._tell_carets)

    def _tell_carets(self) -> None:
        self._caret_timer = None
        stale, self._stale_carets = self._stale_carets, set()
        for id in {document for document, _ in stale}:
            readers = self._readers(id)
            if readers and (document := self.documents.get(id)):
                self._now.say_updates(id, readers)
                self._now.say(readers, self._carets(document, {client for doc, client in stale if doc == id}))

    def _carets(self, document: Document, only: set[str] | None = None) -> bytes:
        """The `selections` message: all carets in a document, or those of some clients (no ranges: it is gone)."""
        carets = self._presence.carets.get(document.id, {})
        names = {connection.client: connection.person for connection in self.connections}
        told = []
        for client in carets if only is None else only:
            caret = carets.get(client)
            ranges = []
            if caret:
                with suppress(HistoryNeeded):
                    since = [update.changes for update in document.since(caret.version)]
                    ranges = caret.ranges = map_ranges(caret.ranges, since, len(document.text))
                    caret.version = document.version
            person = names.get(client)
            told.append(
                {
                    "client": client,
                    "name": person.name if person else None,
                    "display_name": person.display_name if person else None,
                    "color": person.color if person else None,
                    "ranges": ranges,
                }
            )
        if not told:
            return b""
        return message("selections", doc=document.id, version=document.version, selections=told)

    async def post_chat(self, account: int, text: str) -> ChatMessage:
        """Keeps a chat message and tells everyone. Raises `Malformed` or `TooLarge` for a text that is none."""
        if not text.strip():
            raise Malformed("A chat message has at least one character.", code="bad_chat")
        if len(text) > self.around.settings.chat_length:
            raise TooLarge(
                f"A chat message may have {self.around.settings.chat_length:,} characters.", code="bad_chat"
            )
        posted = await self.around.chat.add(self.session, account, text)
        self.tell(
            "chat",
            id=posted.id,
            author=author_body(
                posted.account.name,
                posted.account.display_name,
                email_of(posted.account.name, self.around.host),
            ),
            at=rfc3339(posted.at),
            text=posted.text,
        )
        return posted

    def tell(self, type: str, **fields: Any) -> None:
        """Tells everyone in the room something, in its turn."""
        frame = message(type, **fields)
        self._post(lambda: self._now.say(self.connections, frame))

    # ------------------------------------------------------------------ documents

    def files(self) -> list[dict[str, Any]]:
        """The files of the session as the contract lists them."""
        marked = self.checkpoint.marked
        listed = []
        for path, entry in sorted(self.checkpoint.files.items()):
            item: dict[str, Any] = {"path": path, "size": entry.size, "binary": entry.binary}
            if path in marked:
                item["doc"] = marked[path].document
            listed.append(item)
        return listed

    async def load(self, path: str) -> Document:
        """The live document of a text file. Raises `NotFound` (`no_document`) or `Conflict` (`not_text`, `document_too_large`)."""
        row = self.checkpoint.marked.get(path)
        if row and row.document in self.documents:
            return self.documents[row.document]
        if path not in self._loading:
            task = self._loading[path] = asyncio.create_task(self._load(path))
            task.add_done_callback(lambda _: self._loading.pop(path, None))
        return await asyncio.shield(self._loading[path])

    async def _load(self, path: str) -> Document:
        if path not in self.checkpoint.files:
            raise NotFound(f"There is no file {path}.", code="no_document")
        row, head = self.checkpoint.marked.get(path), self.checkpoint.head
        assert head is not None
        text, format = await self.around.workers.read(
            loading.load_text,
            str(self.repository),
            head,
            path,
            row.format if row else None,
            self._limits.units,
        )
        if row is None:
            row = await self.checkpoint.adopt(path, format)
        journal = self.around.journal
        seqs = await journal.seqs(row.document)
        document = Document(
            row.document, path, format, text, version=row.version, seqs=seqs, limits=self._limits
        )
        updates = [loading.update_of(entry) for entry in await journal.updates(row.document, row.version)]
        await self._know_names({update.account for update in updates})
        document.replay(updates)
        self._check_alive()
        self.documents[document.id] = document
        return document

    async def document_moved(self, id: int, path: str | None) -> None:
        """A document has another path (the `files` message tells it), or none any more: then whoever has it open is told."""

        def move() -> None:
            readers = self._readers(id)
            self._now.say_updates(id, readers)
            if path is not None:
                if id in self.documents:
                    self.documents[id].path = path
                return
            self.documents.pop(id, None)
            for reader in readers:
                reader.documents.discard(id)
            sentence = "This file was deleted. What you had not sent yet is kept in your browser."
            gone = Conflict(sentence, code="document_deleted")
            self._now.say(readers, protocol.error_message(gone, fatal=False, doc=id))

        await self._perform(move)

    async def _know_names(self, accounts: set[int]) -> None:
        for id in accounts - self._people.keys():
            account = await self.around.accounts.by_id(id)
            if account:
                self._people[id] = Person(account.id, account.name, account.display_name, account.color)

    def _names(self) -> dict[int, str]:
        return {id: person.name for id, person in self._people.items()}

    async def edit(self, document: Document, person: Person, version: int, changes: ChangeSet) -> None:
        """An edit by the server in someone's name (a restore, an upload), through the same door. Returns when it is durable."""
        if person.account not in self._hands:
            self._hands[person.account] = await self.around.journal.new_client(self.session, person.account)
        hand = self._hands[person.account]

        def push() -> None:
            seq = document.seq_of(hand) + 1
            accepted = document.push(hand, person.account, version, seq, [changes])
            self._record(document, accepted, person, self._now)

        await self._perform(push)
        await self.durable()

    async def durable(self) -> None:
        """Waits until everything accepted so far is on the disk and on its way to everyone."""
        self._check_alive()
        await self._outbox.all_durable()

    # ------------------------------------------------------------------ windows

    def _window_due(self) -> None:
        self._in_background(self._close_window_quietly())

    async def _close_window_quietly(self) -> None:
        try:
            await self.close_window()
        except CodeTogetherError as error:
            # The journal has everything; the window stays open and is tried again.
            log.error("window not closed", exc_info=error, extra={"session": self.session})
            self._clock.typed()

    async def before_clone(self) -> None:
        """Commits what is open, so that a clone is never older than the screen (GT1)."""
        await self.close_window()

    async def close_window(self, message: str | None = None) -> str | None:
        """The open window becomes a revision. Gives the newest revision's id, None in a session that has none."""
        async with self.repository_lock:
            return await self.close_window_held(message)

    async def close_window_held(self, message: str | None = None) -> str | None:
        """`close_window` for a caller that holds `repository_lock`."""
        self._check_alive()
        self._clock.close()
        window = [
            (document, document.version, document.since(document.committed))
            for document in self.documents.values()
            if document.version > document.committed
        ]
        if not window:
            return self.checkpoint.head
        await self.durable()
        accounts, described = describe_window(window)
        await self._know_names(set(accounts))
        people = [identity(self._people[account], self.around.host) for account in accounts]
        before = self.checkpoint.head
        try:
            committed = await self.checkpoint.commit_window(described, people, message)
        except Conflict as error:
            # What is in memory is not what base and journal give: never commit it, begin again from the journal.
            self._fail(error)
            raise
        except BaseException:
            self._clock.typed()
            raise
        formats = {done.document: done.format for done in committed.documents}
        for document, version, _ in window:
            document.committed = version
            document.format = formats.get(document.id, document.format)
            document.forget(self.around.settings.history_updates)
        if committed.id != before:
            authors = [self._people[accounts[index]] for index in committed.people]
            self.tell_revision(committed.id, authors, committed.message)
        return committed.id

    def tell_revision(self, id: str, authors: Sequence[Person], text: str) -> None:
        self.tell(
            "revision",
            id=id,
            authors=[
                author_body(p.name, p.display_name, email_of(p.name, self.around.host)) for p in authors
            ],
            message=text,
            at=rfc3339(time()),
        )
