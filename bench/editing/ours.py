"""A person at this server: the live protocol, as docs/reference/live-protocol.md has it."""

from __future__ import annotations

import random
from functools import lru_cache

import msgspec

from bench.editing.speaker import Patch, Speaker

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


class _Update(msgspec.Struct, gc=False):
    client: str
    seq: int


class _Received(msgspec.Struct, gc=False):
    type: str
    version: int = 0
    doc: int = 0
    client: str = ""
    text: str = ""
    code: str = ""
    message: str = ""
    updates: list[_Update] = []


_decode = msgspec.json.Decoder(_Received).decode


@lru_cache(64)
def _read(frame: bytes) -> tuple[tuple[str, int], ...] | _Received:
    """Who made which updates; of any other message itself. All in a room get the same frames: each is read once."""
    received = _decode(frame)
    if received.type == "updates":
        return tuple((update.client, update.seq) for update in received.updates)
    return received


class Ours(Speaker):
    """Everybody only inserts single units, so the length follows from the version; a trace has one who types, who knows it."""

    _doc = 0

    def __init__(self, path: str, units: int, typing: bool, sampled: bool) -> None:
        super().__init__(path, units, typing, sampled)
        self._version = 0
        self._length = 0

    def greet(self) -> list[bytes]:
        return [
            b'{"type":"hello","protocol":1}',
            b'{"type":"open","path":%b}' % msgspec.json.encode(self.path),
        ]

    def hear(self, frame: bytes) -> int:
        if self.ready and not self.reads:
            return frame.count(b'"seq"')
        received = _read(frame)
        if isinstance(received, tuple):
            count = len(received)
            self._version += count
            self._length += count
            client = self.client
            own = 0
            for update in received:
                if update[0] == client:
                    own += 1
                elif self.sampled:
                    self.heard.append(update)
            self.own += own
            return count - own
        self.told(received)
        return 0

    def told(self, received: _Received) -> None:
        if received.type == "welcome":
            self.client = received.client
        elif received.type == "opened":
            self._doc, self._version = received.doc, received.version
            self._length = len(received.text)
            self.ready = True
        elif received.type == "error":
            raise RuntimeError(f"{received.code}: {received.message}")

    def type(self) -> bytes:
        """One more character at a random place."""
        return self.push(random.randrange(self._length + 1), 0, random.choice(ALPHABET), self._length)

    def edit(self, patch: Patch) -> bytes:
        at, deleted, text = patch
        length, self.units = self.units, self.units + len(text) - deleted
        return self.push(at, deleted, text, length)

    def push(self, at: int, deleted: int, text: str, length: int) -> bytes:
        self.sent += 1
        return b'{"type":"push","doc":%d,"version":%d,"seq":%d,"changes":[%b]}' % (
            self._doc,
            self._version,
            self.sent,
            changes(at, deleted, text, length),
        )


def changes(at: int, deleted: int, text: str, length: int) -> bytes:
    """One replacement, as CodeMirror's change sets are in JSON."""
    parts: list[object] = [at] if at else []
    parts.append([deleted, *text.split("\n")] if text else [deleted])
    if at + deleted < length:
        parts.append(length - at - deleted)
    return msgspec.json.encode(parts)
