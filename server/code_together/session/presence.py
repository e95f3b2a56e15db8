"""Who is in a session now, and where their carets are. Never stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from code_together.ot.change import ChangeSet

Ranges = list[list[int]]
MOST_RANGES = 100


@dataclass(slots=True)
class Caret:
    """The selections of one client in one document: pairs of anchor and head, in units of the text at `version`.

    `view` is where what it sees of the text begins and ends, if it says.
    """

    version: int
    ranges: Ranges
    view: list[int] | None = None


@dataclass(slots=True)
class Presence:
    """The carets of a room by document and client."""

    carets: dict[int, dict[str, Caret]] = field(default_factory=dict)

    def place(
        self, document: int, client: str, version: int, ranges: Ranges, view: list[int] | None = None
    ) -> None:
        if ranges or view:
            self.carets.setdefault(document, {})[client] = Caret(version, ranges, view)
        else:
            self.carets.get(document, {}).pop(client, None)

    def leave(self, client: str) -> list[int]:
        """Takes the client's carets away; the documents that had one."""
        return [document for document, carets in self.carets.items() if carets.pop(client, None)]


def map_ranges(ranges: Iterable[Iterable[int]], changes: Iterable[ChangeSet], length: int) -> Ranges:
    """The ranges after these changes, at most `MOST_RANGES` of them and all within a text of `length` units."""
    mapped = [list(pair) for pair in ranges][:MOST_RANGES]
    for change in changes:
        mapped = [[change.map_pos(min(position, change.length), 1) for position in pair] for pair in mapped]
    return [[min(max(position, 0), length) for position in pair] for pair in mapped]
