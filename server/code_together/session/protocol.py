"""The messages of the live protocol, version 1 (the contract, section 3): parsed strictly, written once for all receivers.

Server messages are bytes of JSON. Changes are kept encoded (`encode_changes`), so that the journal and every receiver share one encoding.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from code_together.errors import BadChanges, CodeTogetherError, Malformed
from code_together.ot.change import ChangeSet
from code_together.session.document import Update
from code_together.session.forms import what_is_wrong

PROTOCOL = 1


class _Message(msgspec.Struct, frozen=True, tag_field="type"):
    """Fields that a form does not have are left unread: a newer client may send more."""


class Hello(_Message, frozen=True, tag="hello"):
    protocol: int
    client: str | None = None
    files_delta: bool = False


class Open(_Message, frozen=True, tag="open"):
    path: str | None = None
    doc: int | None = None
    version: int | None = None


class Push(_Message, frozen=True, tag="push"):
    doc: int
    version: int
    seq: int
    changes: list[Any]


class Select(_Message, frozen=True, tag="select"):
    doc: int
    version: int
    ranges: list[tuple[int, int]]
    view: tuple[int, int] | None = None


class Presence(_Message, frozen=True, tag="presence"):
    path: str | None = None
    idle: int | None = None


class Close(_Message, frozen=True, tag="close"):
    doc: int


class Chat(_Message, frozen=True, tag="chat"):
    text: str


class Typing(_Message, frozen=True, tag="typing"):
    pass


class Ping(_Message, frozen=True, tag="ping"):
    pass


ClientMessage = Hello | Open | Push | Select | Presence | Close | Chat | Typing | Ping

_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage, strict=True)
_encode = msgspec.json.Encoder().encode


def parse(text: str | bytes) -> ClientMessage:
    """A client's message. Raises `Malformed` for what is not JSON of one of its forms, `BadChanges` for half of a surrogate pair in it."""
    try:
        message = _decoder.decode(text)
    except msgspec.ValidationError as error:
        wrong = what_is_wrong(error, ClientMessage, "it")
        raise Malformed(f"This is not a message of protocol {PROTOCOL}: {wrong}") from None
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        _refuse_half_a_pair(text)
        raise Malformed(f"This is not a message of protocol {PROTOCOL}: {error}.") from None
    if isinstance(message, Push) and not (0 < message.seq < 2**53 and message.changes):
        raise Malformed("A push has a seq from 1 on and at least one change.")
    return message


def _refuse_half_a_pair(text: str | bytes) -> None:
    """Python's parser takes halves of surrogate pairs, which no encoding has. Raises `BadChanges` for one in a push, else `Malformed`."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        pushed = isinstance(value, dict) and value.get("type") == "push"
        refuse = BadChanges if pushed else Malformed
        raise refuse("A text holds half of a surrogate pair; send whole characters.") from None
    except (ValueError, RecursionError):
        return


def parse_changes(push: Push, *, max_updates: int, max_parts: int) -> list[ChangeSet]:
    """The changes of a push. Raises `BadChanges` if one of them is not a ChangeSet, or there are too many."""
    if len(push.changes) > max_updates:
        raise BadChanges(f"A push may carry {max_updates} updates; this one has {len(push.changes)}.")
    return [ChangeSet.from_json(changes, max_parts=max_parts) for changes in push.changes]


def encode_changes(changes: ChangeSet) -> bytes:
    """The wire form as JSON, made once."""
    if changes.encoded is None:
        changes.encoded = _encode(changes.to_json())
    return changes.encoded


def decode_changes(encoded: bytes) -> ChangeSet:
    """What `encode_changes` wrote. Raises `BadChanges` if it is something else."""
    try:
        return ChangeSet.from_json(msgspec.json.decode(encoded), max_parts=2**31)
    except msgspec.MsgspecError as error:
        raise BadChanges(f"Stored changes cannot be read: {error}") from None


def message(type: str, **fields: Any) -> bytes:
    return _encode({"type": type, **fields})


def updates_message(document: int, updates: Sequence[Update], names: dict[int, str]) -> bytes:
    """The `updates` message for consecutive updates; `names` gives the account's name for its id."""
    return updates_frame(
        document, updates[0].version - 1, (update_piece(u, names[u.account]) for u in updates)
    )


def update_piece(update: Update, name: str) -> bytes:
    return b'{"client":%b,"seq":%d,"by":%b,"changes":%b}' % (
        _quoted(update.client),
        update.seq,
        _quoted(name),
        encode_changes(update.changes),
    )


@lru_cache(10_000)
def _quoted(name: str) -> bytes:
    return _encode(name)


def updates_frame(document: int, version: int, pieces: Iterable[bytes]) -> bytes:
    return b'{"type":"updates","doc":%d,"version":%d,"updates":[%b]}' % (document, version, b",".join(pieces))


def error_message(error: CodeTogetherError, *, fatal: bool, doc: int | None = None) -> bytes:
    fields: dict[str, Any] = {"code": error.code, "message": error.message, "fatal": fatal}
    if "reason" in error.details:
        fields["reason"] = error.details["reason"]
    if doc is not None:
        fields["doc"] = doc
    return message("error", **fields)
