"""A person at a server, without the connection: speaks its protocol, types, and counts what comes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

Patch = tuple[int, int, str]
"""An edit of a recorded trace: where, how much is deleted, what is put in."""


class Speaker(ABC):
    """`greet` gives the frames to begin with; `hear` takes a frame and gives how many edits of others it held; `type` gives the frame
    that types one more character, `edit` the one of a trace's next edit.

    `sampled`: who typed what comes is kept in `heard`, for the delays. `reads`: what comes has to be understood, not only counted.
    """

    binary: ClassVar[bool] = False

    def __init__(self, path: str, units: int, typing: bool, sampled: bool) -> None:
        self.path = path
        self.units = units
        self.reads = typing or sampled
        self.sampled = sampled
        self.ready = False
        self.own = 0
        """How many own edits were acknowledged."""
        self.sent = 0
        self.heard: list[tuple[object, int]] = []
        """Edits of others since `heard` was last cleared, as (who, their number)."""
        self.client: object = ""

    @abstractmethod
    def greet(self) -> list[bytes]: ...

    @abstractmethod
    def hear(self, frame: bytes) -> int: ...

    @abstractmethod
    def type(self) -> bytes: ...

    @abstractmethod
    def edit(self, patch: Patch) -> bytes: ...
