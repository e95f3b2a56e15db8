"""What a room does with each message of a client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from itertools import islice
from time import time
from typing import TYPE_CHECKING, Any

from code_together.errors import CodeTogetherError, Conflict, Malformed, NotAllowed, NotFound
from code_together.rooms.connection import Connection, Person
from code_together.rooms.turn import Turn
from code_together.session import protocol
from code_together.session.document import Document, HistoryNeeded, Update
from code_together.session.protocol import message
from code_together.session.roles import Action, allows, check_archived

if TYPE_CHECKING:
    from code_together.rooms.room import Room

_MISSED_UPDATES_A_MESSAGE = 1_000
_OPENED_TOGETHER = 32


def handle(room: Room, connection: Connection, received: protocol.ClientMessage, turn: Turn) -> None:
    """Takes one message in the room's turn. Errors go to its sender and to nobody else (RM5)."""
    if connection.backlog is not None:
        connection.backlog.append(received)
        return
    try:
        _HANDLERS[type(received)](room, connection, received, turn)
    except CodeTogetherError as error:
        _answer(connection, received, error)


def _answer(connection: Connection, received: protocol.ClientMessage, error: CodeTogetherError) -> None:
    doc = getattr(received, "doc", None)
    if isinstance(received, protocol.Push):
        connection.pushing.discard(received.doc)
    harmless = isinstance(received, protocol.Open | protocol.Chat)
    if harmless or isinstance(error, NotFound | NotAllowed) or error.code == "document_frozen":
        connection.refuse(error, doc=doc)
    else:
        connection.fail(error, doc=doc)


def _after(
    room: Room,
    connection: Connection,
    received: protocol.ClientMessage,
    preparation: Coroutine[Any, Any, protocol.ClientMessage],
) -> None:
    """Takes the message up again when what it needs is there; what the connection sends meanwhile waits behind it."""
    connection.backlog = []

    async def prepare() -> None:
        ready: list[protocol.ClientMessage] = []
        try:
            ready.append(await preparation)
        except CodeTogetherError as error:
            _answer(connection, received, error)
        ready += connection.backlog or []
        connection.backlog = None
        room.turns.post_first((connection, one) for one in ready)

    room.in_background(prepare())


def _hello(room: Room, connection: Connection, received: protocol.Hello, turn: Turn) -> None:
    raise Malformed("hello is the first message and comes once.")


def _ping(room: Room, connection: Connection, received: protocol.Ping, turn: Turn) -> None:
    for document in turn.changed():  # what came before it is told before it
        turn.say_updates(document, room.readers(document))
    turn.say([connection], message("pong"))


def _open(room: Room, connection: Connection, received: protocol.Open, turn: Turn) -> None:
    document = room.documents.find(received.path, received.doc)
    if document is None:
        _after(room, connection, received, _load(room, connection, received))
        return
    missed: Sequence[Update] | None = None
    version = received.version
    if version is not None and received.doc == document.id and 0 <= version <= document.version:
        try:
            missed = document.since(version)
        except HistoryNeeded:
            _after(room, connection, received, _remember(room, document, version, received))
            return
    turn.say_updates(document.id, room.readers(document.id))
    connection.documents.add(document.id)
    fields: dict[str, Any] = {
        "doc": document.id,
        "path": document.path,
        "version": document.version if missed is None else version,
        "read_only": room.archived or not allows(connection.role, Action.EDIT),
        "format": document.format,
        "seq": document.seq_of(connection.client),
    }
    if missed is None:
        fields["text"] = str(document.text)
        if version is not None:
            fields["reset"] = True
    turn.say([connection], message("opened", **fields), asked_for=True)
    for first in range(0, len(missed or ()), _MISSED_UPDATES_A_MESSAGE):
        part = (missed or ())[first : first + _MISSED_UPDATES_A_MESSAGE]
        names = {id: person.name for id, person in room.documents.people.items()}
        turn.say([connection], protocol.updates_message(document.id, part, names), asked_for=True)
    if carets := room.carets.all_in(document):
        turn.say([connection], carets)
    room.comments.anchoring.opened(connection, document, again=version is not None)


async def _load(room: Room, connection: Connection, received: protocol.Open) -> protocol.Open:
    """Brings the document, and together those that the next messages open: who opens thousands does not wait for them one by one."""
    loads = [_brought(room, received)]
    await asyncio.sleep(0)  # what came with it is behind it now
    for waiting in islice(connection.backlog or (), _OPENED_TOGETHER - 1):
        if not isinstance(waiting, protocol.Open):
            break
        loads.append(_brought(room, waiting))
    first, *_ = await asyncio.gather(*loads, return_exceptions=True)
    if isinstance(first, BaseException):
        raise first  # the others' errors come when it is their turn
    return received


async def _brought(room: Room, received: protocol.Open) -> None:
    await room.documents.load(room.documents.path_of(received.doc) or received.path or "")


async def _remember(
    room: Room, document: Document, version: int, received: protocol.Open | protocol.Push
) -> protocol.ClientMessage:
    """Fetches history from the journal; where it does not reach back so far, the text comes instead of missed updates."""
    if await room.documents.remember(document, version):
        return received
    if isinstance(received, protocol.Push):
        raise Conflict("The push is older than what is kept; open the document again.", code="too_old")
    return protocol.Open(path=received.path, doc=received.doc, version=-1)


def _push(room: Room, connection: Connection, received: protocol.Push, turn: Turn) -> None:
    document = room.documents.loaded.get(received.doc)
    if document is None or received.doc not in connection.documents:
        raise NotFound("Open the document before you push to it.", code="no_document")
    if not allows(connection.role, Action.EDIT):
        sentence = "You may look at this session, not edit it. Ask an owner for the role Editor."
        raise NotAllowed(sentence, code="read_only")
    check_archived(room.archived, Action.EDIT)
    if document.frozen:
        raise Conflict(
            f"{document.path} was deleted; your text is kept in your browser.", code="document_frozen"
        )
    if held := room.held.get(document.id):
        _after(room, connection, received, _when(held, received))
        return
    settings = room.around.settings
    changes = protocol.parse_changes(
        received, max_updates=settings.push_updates, max_parts=settings.change_parts
    )
    person = connection.person
    try:
        accepted = document.push(
            connection.client, person.account, received.version, received.seq, changes, now()
        )
    except HistoryNeeded as needed:
        _after(room, connection, received, _remember(room, document, needed.version, received))
        return
    turn.answered.append((connection, document.id))
    record(room, document, accepted, person, turn)


async def _when(event: asyncio.Event, received: protocol.Push) -> protocol.Push:
    await event.wait()
    return received


def record(room: Room, document: Document, accepted: Sequence[Update], person: Person, turn: Turn) -> None:
    """What was accepted goes into the journal and to everyone, with the turn."""
    room.documents.people[person.account] = person
    turn.accept(document.id, accepted, person.name)
    room.comments.anchoring.follow(document.id, accepted)
    room.touches.text(document.id, person.account)
    room.summary.edited(person, document.path)


def now() -> int:
    """Milliseconds since the epoch."""
    return int(time() * 1000)


def _select(room: Room, connection: Connection, received: protocol.Select, turn: Turn) -> None:
    document = room.documents.loaded.get(received.doc)
    if document is not None and received.doc in connection.documents:
        room.carets.place(connection, document, received)


def _presence(room: Room, connection: Connection, received: protocol.Presence, turn: Turn) -> None:
    room.people.look(connection, received)


def _close(room: Room, connection: Connection, received: protocol.Close, turn: Turn) -> None:
    if received.doc in connection.documents:
        turn.say_updates(received.doc, room.readers(received.doc))
        connection.documents.discard(received.doc)
        room.carets.leave(connection.client, received.doc)


def _chat(room: Room, connection: Connection, received: protocol.Chat, turn: Turn) -> None:
    _check_may_write(room, connection)

    async def post() -> None:
        try:
            await room.chat.post(connection.person.account, received.text)
        except CodeTogetherError as error:
            connection.refuse(error)

    room.in_background(post())


def _typing(room: Room, connection: Connection, received: protocol.Typing, turn: Turn) -> None:
    _check_may_write(room, connection)
    room.chat.typing(connection)


def _check_may_write(room: Room, connection: Connection) -> None:
    if not allows(connection.role, Action.COMMENT):
        raise NotAllowed("You may look at this session, not write in its chat.", code="read_only")
    check_archived(room.archived, Action.COMMENT)


_HANDLERS: dict[type, Callable[..., None]] = {
    protocol.Hello: _hello,
    protocol.Ping: _ping,
    protocol.Open: _open,
    protocol.Push: _push,
    protocol.Select: _select,
    protocol.Presence: _presence,
    protocol.Close: _close,
    protocol.Chat: _chat,
    protocol.Typing: _typing,
}
