"""A person at a bare transport (floors.py): sends as many bytes as an edit of ours has, and gets what all send."""

from __future__ import annotations

import random
from itertools import count

from bench.editing.ours import Ours, changes
from bench.editing.speaker import Patch

_people = count(1)


class Relay(Ours):
    def __init__(self, path: str, units: int, typing: bool, sampled: bool) -> None:
        super().__init__(path, units, typing, sampled)
        self.client = f"{next(_people):06}{random.randrange(2**50):016}"
        self.ready = True
        self._length = units

    def greet(self) -> list[bytes]:
        return []

    def edit(self, patch: Patch) -> bytes:
        at, deleted, text = patch
        return self.push(at, deleted, text, at + deleted)

    def push(self, at: int, deleted: int, text: str, length: int) -> bytes:
        self.sent += 1
        return (
            b'{"type":"updates","doc":1,"version":%d,"updates":[{"client":"%b","seq":%d,"by":"person1","changes":%b}]}'
            % (self._version, str(self.client).encode(), self.sent, changes(at, deleted, text, length))
        )
