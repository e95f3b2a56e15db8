"""Places in a text, as people count them (lines and columns from 1) and as editors do (UTF-16 units from 0)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypedDict

from code_together.errors import Unprocessable
from code_together.ot.sections import units
from code_together.ot.text import Text

Span = tuple[int, int]
"""From, up to, in UTF-16 units of a text."""


@dataclass(frozen=True, slots=True)
class LineRange:
    """Lines from 1, the last included; columns from 1 in UTF-16 units, the last one is that after the last unit."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int


class Range(TypedDict):
    """A `LineRange`, as the API and the live protocol say it."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int


def range_body(range: LineRange) -> Range:
    return Range(
        start_line=range.start_line,
        start_column=range.start_column,
        end_line=range.end_line,
        end_column=range.end_column,
    )


class Lines:
    """A text cut into its lines."""

    def __init__(self, text: str) -> None:
        self.texts = text.split("\n")
        self._lengths = [units(line) for line in self.texts]
        self._starts = [0, *accumulate(length + 1 for length in self._lengths)]

    def span(self, start_line: int, start_column: int | None, end_line: int, end_column: int | None) -> Span:
        """The units of a range; without columns whole lines. Raises `Unprocessable` (`bad_range`) for what is not in the text."""
        count = len(self.texts)
        if not 1 <= start_line <= end_line <= count:
            raise _bad(f"There are no lines {start_line} to {end_line}: the file has {count:,}.")
        start = self._starts[start_line - 1]
        end = self._starts[end_line - 1]
        first = 1 if start_column is None else start_column
        last = self._lengths[end_line - 1] + 1 if end_column is None else end_column
        for line, column in ((start_line, first), (end_line, last)):
            if not 1 <= column <= self._lengths[line - 1] + 1:
                raise _bad(f"Line {line} has no column {column}.")
        if start + first > end + last:
            raise _bad("The range ends before it begins.")
        return self._settled(self._held((start + first - 1, end + last - 1), start_line, end_line))

    def within(self, span: Span) -> Span:
        """The span as a comment has it, if it is one of this text. Raises `Unprocessable` (`bad_range`)."""
        start, end = span
        if not 0 <= start <= end < self._starts[-1]:
            raise _bad("There is no such range in the text.")
        return self._settled(self.whole(span))

    def _settled(self, span: Span) -> Span:
        """The span that its range stands for, so that who knows only the range finds the same: without the break behind its last line,
        but with it where that line is empty."""
        told = self.range(span)
        start = self._starts[told.start_line - 1] + told.start_column - 1
        end = self._starts[told.end_line - 1] + told.end_column - 1
        return self._held((start, end), told.start_line, told.end_line)

    def _held(self, span: Span, start_line: int, end_line: int) -> Span:
        """`whole`, and of several lines the last one too where it is empty: it needs its break, if another line follows."""
        whole = self.whole(span)
        if whole == span and start_line < end_line < len(self.texts) and not self._lengths[end_line - 1]:
            return span[0], span[1] + 1
        return whole

    def whole(self, span: Span) -> Span:
        """The span as a comment has it: one that holds nothing but a line's end becomes that line, an empty line with its end."""
        number = bisect_right(self._starts, span[0]) - 1
        start, length = self._starts[number], self._lengths[number]
        if span[1] - span[0] > (span[0] == start + length):
            return span
        if length or number == len(self.texts) - 1:
            return start, start + length
        return start, start + 1

    def range(self, span: Span) -> LineRange:
        """The lines of a span. A line break at its end belongs to the line that it ends."""
        start, end = span
        first = min(bisect_right(self._starts, start), len(self.texts)) - 1
        last = min(bisect_right(self._starts, end), len(self.texts)) - 1
        column = end - self._starts[last] + 1
        if start < end and column == 1:
            last -= 1
            column = self._lengths[last] + 1
        return LineRange(first + 1, start - self._starts[first] + 1, last + 1, column)

    def is_whole(self, range: LineRange) -> bool:
        """Whether a range is of whole lines."""
        return range.start_column == 1 and range.end_column == self._lengths[range.end_line - 1] + 1


def ranges_in(text: Text, spans: Sequence[Span]) -> list[LineRange]:
    """The lines of spans of a live text, as `Lines.range` gives them."""
    places = _places(text, {position for span in spans for position in span})
    after_break = {end for start, end in spans if start < end and places[end][1] == 1}
    before = _places(text, {end - 1 for end in after_break})
    return [
        LineRange(*places[start], *(before[end - 1] if start < end and end in after_break else places[end]))
        for start, end in spans
    ]


def _places(text: Text, positions: set[int]) -> dict[int, tuple[int, int]]:
    """Line and column of each position, in one walk through the text."""
    places = {}
    line = column = 1
    reached = 0
    for position in sorted(positions):
        between = text.slice(reached, position)
        if breaks := between.count("\n"):
            line += breaks
            column = 1
        column += units(between[between.rfind("\n") + 1 :])
        reached = position
        places[position] = line, column
    return places


def cut(text: str, span: Span) -> str:
    """The text of a span. Raises `Unprocessable` (`bad_range`) if it cuts a character in two."""
    if text.isascii():
        return text[span[0] : span[1]]
    try:
        return text.encode("utf-16-le")[span[0] * 2 : span[1] * 2].decode("utf-16-le")
    except UnicodeDecodeError:
        raise _bad("The range cuts a character in two.") from None


def _bad(message: str) -> Unprocessable:
    return Unprocessable(message, code="bad_range")
