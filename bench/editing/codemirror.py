"""A person at a CodeMirror authority (peers/codemirror.js): the same edits as ours, in that server's messages."""

from __future__ import annotations

import random
from itertools import count

from bench.editing.ours import Ours, changes

_people = count(1)


class CodeMirror(Ours):
    def __init__(self, path: str, units: int, typing: bool, sampled: bool) -> None:
        super().__init__(path, units, typing, sampled)
        self.client = f"person{next(_people)}-{random.randrange(2**32)}"

    def greet(self) -> list[bytes]:
        return []

    def push(self, at: int, deleted: int, text: str, length: int) -> bytes:
        self.sent += 1
        return b'{"type":"push","version":%d,"updates":[{"client":"%b","seq":%d,"changes":%b}]}' % (
            self._version,
            str(self.client).encode(),
            self.sent,
            changes(at, deleted, text, length),
        )
