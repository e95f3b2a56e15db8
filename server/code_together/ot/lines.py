"""What became of the lines of a text: which are another form of themselves, which went, which came.

A line is another form of an old one when they are equal but for blanks, or when more than half of the longer is in both. All else is a line that
went and another that came, so that no words of one line are ever taken for those of another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from code_together.ot.diff import (
    WORD_CHARACTERS,
    WORDS,
    Run,
    Steps,
    common_prefix,
    common_suffix,
    runs,
    solid,
)

_COMPARED = 10_000  # pairs of lines of one run that are compared, each with each


class LineEdit(NamedTuple):
    """`lines` in place of those from `start` up to `end`. `same`: it is one line and its other form."""

    start: int
    end: int
    lines: list[str]
    same: bool


def line_edits(old: Sequence[str], new: Sequence[str], steps: Steps) -> list[LineEdit]:
    """What makes `new` of `old`, ascending. Edits that touch stay apart where one of them is of one line's other form."""
    return [edit for run in runs(old, new, steps) for edit in _within(old, new, run, steps)]


def parted(edit: LineEdit, places: Iterable[int], old: Sequence[str], steps: Steps) -> list[LineEdit]:
    """The edit, cut at those places between old lines where the lines on both sides can be told in the new ones, if only just."""
    within = [place for place in places if edit.start < place < edit.end]
    if not within or not edit.lines:
        return [edit]
    run = (edit.start, edit.end, 0, len(edit.lines))
    told = dict(_similar_pairs(old, edit.lines, run, steps, loosely=True))
    parts, start, at = [], edit.start, 0
    for place in within:
        if place - 1 in told and place in told:
            before, after = told[place - 1] + 1, told[place]
            parts.append(LineEdit(start, place, edit.lines[at:before], False))
            if before < after:
                parts.append(LineEdit(place, place, edit.lines[before:after], False))
            start, at = place, after
    return [*parts, LineEdit(start, edit.end, edit.lines[at:], False)] if parts else [edit]


def alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many characters that are not blank the rows of lines have in common, at most."""
    both = Counter(one) & Counter(other)
    return sum(solid(line) * times for line, times in both.items())


def _within(old: Sequence[str], new: Sequence[str], run: Run, steps: Steps) -> Iterator[LineEdit]:
    """The edits of a run in which no line is equal to its old one."""
    at, new_at = run[0], run[2]
    for line, new_line in [*_pairs(old, new, run, steps), (run[1], run[3])]:
        if at < line or new_at < new_line:
            yield LineEdit(at, line, list(new[new_at:new_line]), False)
        if line < run[1]:
            yield LineEdit(line, line + 1, [new[new_line]], True)
        at, new_at = line + 1, new_line + 1


def _pairs(old: Sequence[str], new: Sequence[str], run: Run, steps: Steps) -> Iterator[tuple[int, int]]:
    """Old lines and their other forms: first those that are equal but for blanks, and between them those that are similar."""
    start, end, new_start, new_end = run
    bare = [line.strip() for line in old[start:end]]
    new_bare = [line.strip() for line in new[new_start:new_end]]
    at, new_at = start, new_start
    last = (len(bare), len(bare), len(new_bare), len(new_bare))
    for differ, end, new_differ, new_end in [*runs(bare, new_bare, steps), last]:
        yield from zip(range(at, start + differ), range(new_at, run[2] + new_differ), strict=True)
        at, new_at = start + end, run[2] + new_end
        yield from _similar_pairs(old, new, (start + differ, at, run[2] + new_differ, new_at), steps)


def _similar_pairs(
    old: Sequence[str], new: Sequence[str], run: Run, steps: Steps, loosely: bool = False
) -> Iterator[tuple[int, int]]:
    """`loosely`: half of the shorter line is enough."""
    start, end, new_start, new_end = run
    height, width = end - start, new_end - new_start
    if not height or not width or steps.left <= 0:
        return
    forms = [_Form(line) for line in old[start:end]]
    new_forms = [_Form(line) for line in new[new_start:new_end]]
    steps.left -= sum(form.cost for form in (*forms, *new_forms))
    if height * width > _COMPARED:
        if height == width:
            for number, (a, b) in enumerate(zip(forms, new_forms, strict=True)):
                if a.shared(b, loosely):
                    yield start + number, new_start + number
        return
    steps.left -= height * width
    shared = [[a.shared(b, loosely) for b in new_forms] for a in forms]
    # The most that can be shared by pairs of the lines from here on.
    best = [[0] * (width + 1) for _ in range(height + 1)]
    for i in reversed(range(height)):
        for j in reversed(range(width)):
            paired = best[i + 1][j + 1] + shared[i][j]
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    i = j = 0
    while i < height and j < width:
        if shared[i][j] and best[i][j] == best[i + 1][j + 1] + shared[i][j]:
            yield start + i, new_start + j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


class _Form:
    """A line, with its words counted."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._size = solid(line)
        self._words = (
            Counter(word for word in WORDS.findall(line) if not word.isspace())
            if len(line) <= WORD_CHARACTERS
            else None
        )
        self.cost = 1 + len(self._words or ())

    def shared(self, other: _Form, loosely: bool) -> int:
        """How many characters that are not blank are in both; 0 if that is not more than half of the longer line, `loosely` of the shorter one."""
        if self._words is None or other._words is None:
            prefix = common_prefix(self._line, other._line)
            kept = solid(self._line[:prefix])
            left = len(self._line) - common_suffix(self._line[prefix:], other._line[prefix:])
            kept += solid(self._line[left:])
        else:
            kept = sum(len(word) * times for word, times in (self._words & other._words).items())
        whole = (min if loosely else max)(self._size, other._size)
        return kept if kept * 2 > whole else 0
