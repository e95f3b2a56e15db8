"""A person at a Yjs server (peers/y-websocket.js, peers/hocuspocus.js): updates as Yjs writes them.

Who types writes on at one place, as people do: the cheapest that Yjs can be given. Traces go through pycrdt, the real thing.
"""

from __future__ import annotations

import random
from functools import lru_cache
from itertools import count
from typing import ClassVar

from pycrdt import Doc, Text, TransactionEvent

from bench.editing.ours import ALPHABET
from bench.editing.speaker import Patch, Speaker

_SYNC, _AUTH, _SYNC_STATUS = 0, 2, 8
_STEP_1, _STEP_2, _UPDATE = 0, 1, 2
_STRING = 4
_ORIGIN, _RIGHT_ORIGIN = 0x80, 0x40
_SERVER = 1
"""The id under which the server wrote the text of a new room."""

_people = count(2)


def varuint(number: int) -> bytes:
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _with_length(data: bytes) -> bytes:
    return varuint(len(data)) + data


def _read_varuint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
        shift += 7


def _typed_in(update: bytes, at: int) -> tuple[tuple[int, int], ...]:
    """Who typed which of their characters, from a Yjs update that only puts in strings."""
    typed = []
    clients, at = _read_varuint(update, at)
    for _ in range(clients):
        structs, at = _read_varuint(update, at)
        client, at = _read_varuint(update, at)
        clock, at = _read_varuint(update, at)
        for _ in range(structs):
            info = update[at]
            at += 1
            if info & 31 != _STRING:
                raise ValueError("The update holds something else than text.")
            for origin in (_ORIGIN, _RIGHT_ORIGIN):
                if info & origin:
                    _, at = _read_varuint(update, at)
                    _, at = _read_varuint(update, at)
            if not info & (_ORIGIN | _RIGHT_ORIGIN):  # the first text of a room: the name of its parent
                length, at = _read_varuint(update, at + 1)
                at += length
            length, at = _read_varuint(update, at)
            at += length
            if client != _SERVER:
                typed += [(client, clock + number + 1) for number in range(length)]
            clock += length
    return tuple(typed)


@lru_cache(64)
def _read(frame: bytes, at: int) -> tuple[tuple[int, int], ...]:
    _, at = _read_varuint(frame, at)
    return _typed_in(frame, at)


class Yjs(Speaker):
    binary: ClassVar[bool] = True
    acknowledges: ClassVar[bool] = False
    """Whether the server says that it has an edit, besides sending it to everybody, its sender included."""

    def __init__(self, path: str, units: int, typing: bool, sampled: bool) -> None:
        super().__init__(path, units, typing, sampled)
        self.client = next(_people)
        self._head = b""
        self._before = self._after = (0, 0)
        self._traced: Text | None = None
        self._update = b""

    def greet(self) -> list[bytes]:
        return [self._head + bytes((_SYNC, _STEP_1, 1, 0))]

    def hear(self, frame: bytes) -> int:
        at = len(self._head)
        kind = frame[at]
        if kind == _SYNC_STATUS:
            self.own += 1
        elif kind == _SYNC and frame[at + 1] == _STEP_2:
            self.ready = True
        elif kind == _SYNC and frame[at + 1] == _UPDATE:
            return self._others(frame, at + 2)
        return 0

    def _others(self, frame: bytes, at: int) -> int:
        if self._traced is not None:
            self.own += not self.acknowledges
            return 0
        if not self.units:
            return 1  # somebody else's trace
        typed = _read(frame, at)
        others = 0
        for one in typed:
            if one[0] != self.client:
                others += 1
                if self.sampled:
                    self.heard.append(one)
        if not self.acknowledges:
            self.own += len(typed) - others
        return others

    def type(self) -> bytes:
        if not self.sent:
            place = random.randrange(1, self.units)
            self._before, self._after = (_SERVER, place - 1), (_SERVER, place)
        clock = self.sent
        self.sent += 1
        struct = b"".join(
            (
                bytes((_STRING | _ORIGIN | _RIGHT_ORIGIN,)),
                *(varuint(number) for number in (*self._before, *self._after)),
                b"\x01",
                random.choice(ALPHABET).encode(),
            )
        )
        client = varuint(int(str(self.client)))
        self._before = (int(str(self.client)), clock)
        return self._framed(b"\x01\x01" + client + varuint(clock) + struct + b"\x00")

    def edit(self, patch: Patch) -> bytes:
        if self._traced is None:
            document: Doc[Text] = Doc()
            self._traced = document.get("text", type=Text)
            document.observe(self._changed)
        text = self._traced
        at, deleted, inserted = patch
        with text.doc.transaction():
            if deleted:
                del text[at : at + deleted]
            if inserted:
                text.insert(at, inserted)
        self.sent += 1
        return self._framed(self._update)

    def _changed(self, event: TransactionEvent) -> None:
        self._update = event.update

    def _framed(self, update: bytes) -> bytes:
        return self._head + bytes((_SYNC, _UPDATE)) + _with_length(update)


class Hocuspocus(Yjs):
    acknowledges: ClassVar[bool] = True

    def __init__(self, path: str, units: int, typing: bool, sampled: bool) -> None:
        super().__init__(path, units, typing, sampled)
        self._head = _with_length(path.encode())

    def greet(self) -> list[bytes]:
        return [self._head + bytes((_AUTH, 0)) + _with_length(b"token"), *super().greet()]
