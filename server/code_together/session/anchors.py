"""Where the text that comments speak of is, while it is edited.

A place is a span of UTF-16 units. It moves with its text: what is typed at its edges stays outside, what is typed within belongs to it. A span
whose text was deleted is nowhere; it is never put on what stands there instead.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

from code_together.ot.change import ChangeSet
from code_together.ot.sections import units
from code_together.session.lines import Span


def follow(changes: ChangeSet, spans: Sequence[Span], *, strict: bool = False) -> list[Span | None]:
    """Each span after a change, None where its text was deleted.

    Positions move as CodeMirror's `mapPos` moves them, the start with assoc 1 and the end with -1. Of a text that is replaced in part, or in several
    places at once, as a difference does, at least half must be left: a word or a bracket that is found again is not the text. A single deletion
    may take more of it, but not if `strict`.
    """
    course = _Course(changes)
    return [course.follow(start, end, strict) for start, end in spans]


class _Course:
    """A change, laid out so that one position is found without walking through it."""

    def __init__(self, changes: ChangeSet) -> None:
        self._length = changes.length
        self._new_length = changes.new_length
        # Sections: where each ends in the old text, where it begins there and in the new text, its new size (-1: kept), units kept before it.
        self._ends: list[int] = []
        self._sections: list[tuple[int, int, int, int]] = []
        old = new = kept = 0
        for start, end, text in changes.edits():
            if start > old:
                self._add(old, new, start, -1, kept)
                kept += start - old
                new += start - old
            size = units(text)
            self._add(start, new, end, size, kept)
            new += size
            old = end
        if self._length > old:
            self._add(old, new, self._length, -1, kept)

    def _add(self, old: int, new: int, end: int, size: int, kept: int) -> None:
        self._ends.append(end)
        self._sections.append((old, new, size, kept))

    def follow(self, start: int, end: int, strict: bool) -> Span | None:
        if start == end:  # the empty line at the end of a text: it stands with the break before it
            if start and not self._kept(start - 1, start):
                return None
            at = self._after(start)
            return at, at
        left = self._kept(start, end)
        if not left or (2 * left < end - start and (strict or not self._is_deletion(start, end))):
            return None
        moved = self._after(start), self._before(end)
        return moved if moved[0] < moved[1] else None

    def _after(self, position: int) -> int:
        """Where it is with assoc 1."""
        index = bisect_right(self._ends, position)
        if index == len(self._ends):
            return self._new_length
        old, new, size, _ = self._sections[index]
        if size < 0:
            return new + position - old
        return new if position == old else new + size

    def _before(self, position: int) -> int:
        """Where it is with assoc -1."""
        index = bisect_left(self._ends, position)
        while index < len(self._ends) and self._ends[index] == position:
            old, new, _, _ = self._sections[index]
            if old == position:  # text comes in here, and stays behind it
                return new
            index += 1
        if index == len(self._ends):
            return self._new_length
        old, new, size, _ = self._sections[index]
        return new + position - old if size < 0 else new

    def _kept(self, start: int, end: int) -> int:
        return self._kept_before(end) - self._kept_before(start)

    def _kept_before(self, position: int) -> int:
        index = bisect_left(self._ends, position)
        if index == len(self._ends):
            return 0  # an empty text
        old, _, size, kept = self._sections[index]
        return kept + (position - old if size < 0 else 0)

    def _is_deletion(self, start: int, end: int) -> bool:
        """Whether the span is touched by one deletion and nothing else."""
        first, last = bisect_right(self._ends, start), bisect_left(self._ends, end)
        return [size for _, _, size, _ in self._sections[first : last + 1] if size >= 0] == [0]


class Anchors:
    """The places of one document's threads at a version of it; `settled` are those that are resolved."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.spans: dict[str, Span] = {}
        self.settled: set[str] = set()

    def put(self, spans: Mapping[str, Span]) -> None:
        """Threads, each at its place in the present version."""
        self.spans.update(spans)

    def remove(self, id: str) -> None:
        self.spans.pop(id, None)

    def follow(self, updates: Iterable[tuple[int, ChangeSet]]) -> list[str]:
        """Takes all along through updates, each with the version that it makes; gives the threads whose text went."""
        gone: list[str] = []
        for version, changes in updates:
            self.version = version
            if not self.spans:
                continue
            moved = follow(changes, list(self.spans.values()))
            for id, span in zip(list(self.spans), moved, strict=True):
                if span is None:
                    del self.spans[id]
                    gone.append(id)
                else:
                    self.spans[id] = span
        return gone
