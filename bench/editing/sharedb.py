"""A person at ShareDB (peers/sharedb.js): its JSON protocol, with operations of ot-text-unicode."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from bench.editing.ours import Ours


class _Data(msgspec.Struct, gc=False):
    v: int
    data: str = ""


class _Received(msgspec.Struct, gc=False):
    """`a` is what it is, `v` the version that an operation was made at, `src` and `seq` whose it is and their number of it."""

    a: str
    id: str | None = None
    v: int = 0
    src: str = ""
    seq: int = 0
    data: _Data | None = None
    op: Any = None
    error: Any = None


_read = lru_cache(64)(msgspec.json.Decoder(_Received).decode)


class ShareDB(Ours):
    def greet(self) -> list[bytes]:
        return [
            b'{"a":"hs","id":null,"protocol":1,"protocolMinor":2}',
            b'{"a":"s","c":"texts","d":%b}' % msgspec.json.encode(self.path),
        ]

    def hear(self, frame: bytes) -> int:
        if self.ready and not self.reads:
            return frame.count(b'"op":')
        received = _read(frame)
        if received.error:
            raise RuntimeError(f"ShareDB says {received.error}")
        match received.a:
            case "hs":
                self.client = received.id
            case "s" if received.data:
                self._version = received.data.v
                self._length = len(received.data.data)
                self.ready = True
            case "op":
                # Before an acknowledgement ShareDB sends again what its operation was taken over.
                new = max(0, received.v + 1 - self._version)
                self._version += new
                self._length += new
                if received.src == self.client:
                    self.own += 1
                    return 0
                if not new:
                    return 0
                if self.sampled:
                    self.heard.append((received.src, received.seq))
                return 1
        return 0

    def push(self, at: int, deleted: int, text: str, length: int) -> bytes:
        self.sent += 1
        operation: list[object] = [at] if at else []
        if deleted:
            operation.append({"d": deleted})
        if text:
            operation.append(text)
        return b'{"a":"op","c":"texts","d":%b,"v":%d,"seq":%d,"x":{},"op":%b}' % (
            msgspec.json.encode(self.path),
            self._version,
            self.sent,
            msgspec.json.encode(operation),
        )
