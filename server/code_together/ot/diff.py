"""The difference of two texts as one change: by lines, then by words within the lines that differ.

Lines that occur once in both texts are the fixed points (Bram Cohen's patience diff); what is between two of them is
compared by Eugene Myers's O(ND) algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986). All of it draws
on one budget of steps. What it does not reach is replaced whole, so the cost is bounded whatever the texts are.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from code_together.ot.change import ChangeSet
from code_together.ot.sections import units

STEPS = 1_000_000  # about half a second
WORD_CHARACTERS = 200_000  # the most text of a changed run that is compared by words
PAIRED_LINES = 20  # from here on, as many new lines as old ones are compared each with its own
EDITS = 10_000  # the most replacements in one change; a program that takes changes bounds their parts

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
WORDS = re.compile(r"\w+|[^\S\n]+|.", re.DOTALL)

Run = tuple[int, int, int, int]  # old[a:b] becomes new[c:d]
Edit = tuple[int, int, str]  # start and end in characters of the old text, and what is there instead


def diff(old: str, new: str, near: Sequence[tuple[int, int]] | None = None) -> ChangeSet:
    """A change that makes `new` of `old`. It cuts no surrogate pair; equal texts give a change of nothing.

    `near`: spans in units of `old`, for who asks only what becomes of these; changed lines that touch none of them are replaced whole, and not
    compared by words, which is most of the work. Raises BadChanges when a text holds a lone surrogate.
    """
    return replaced(old, list(_edits(old, new, None if near is None else _Spans(near))))


def replaced(old: str, all_edits: list[Edit]) -> ChangeSet:
    """The change that makes these replacements, ascending, in characters of `old`. Raises as `diff` does."""
    edits = []
    position = 0  # in units
    reached = 0  # the same place in characters
    for start, end, text in _fewer(old, all_edits):
        position += units(old[reached:start])
        width = units(old[start:end])
        edits.append((position, position + width, text))
        position += width
        reached = end
    return ChangeSet.of(position + units(old[reached:]), edits)


def _fewer(old: str, edits: list[Edit]) -> list[Edit]:
    """At most EDITS replacements: of too many, neighbours are made one with what is between them."""
    joined = -(-len(edits) // EDITS)
    if joined <= 1:
        return edits
    fewer = []
    for first in range(0, len(edits), joined):
        together = edits[first : first + joined]
        pieces = []
        reached = together[0][0]
        for start, end, text in together:
            pieces += [old[reached:start], text]
            reached = end
        fewer.append((together[0][0], reached, "".join(pieces)))
    return fewer


class _Spans:
    """Spans of a text, which may overlap."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = list(accumulate((end for _, end in ordered), max))  # the furthest end up to each of them

    def touch(self, start: int, end: int) -> bool:
        """Whether one of them shares a unit with a stretch, or stands beside it."""
        count = bisect_right(self._starts, end + 1)
        return count > 0 and self._ends[count - 1] >= start - 1


def _edits(old: str, new: str, near: _Spans | None) -> Iterator[Edit]:
    """The replacements, ascending."""
    steps = Steps()
    old_lines = _LINES.findall(old)
    new_lines = _LINES.findall(new)
    at = line = unit = 0
    for old_start, old_end, new_start, new_end in runs(old_lines, new_lines, steps):
        between = "".join(old_lines[line:old_start])
        before, after = "".join(old_lines[old_start:old_end]), "".join(new_lines[new_start:new_end])
        at += len(between)
        line = old_end
        if near is not None:
            unit += units(between)
            ends = unit + units(before)
            touched = near.touch(unit, ends)
            unit = ends
            if not touched:
                yield at, at + len(before), after
                at += len(before)
                continue
        for before, after in _blocks(old_lines[old_start:old_end], new_lines[new_start:new_end], steps):
            for start, end, text in word_edits(before, after, steps):
                yield at + start, at + end, text
            at += len(before)


def _blocks(old: list[str], new: list[str], steps: Steps) -> Iterator[tuple[str, str]]:
    """What of a run of changed lines is compared with what: many lines that became as many (an indentation, a name
    that is replaced everywhere) each with its own while the budget lasts, others all at once."""
    paired = 0
    if len(old) == len(new) >= PAIRED_LINES:
        while paired < len(old) and steps.left > 0:
            yield old[paired], new[paired]
            paired += 1
    if paired < len(old) or paired < len(new):
        yield "".join(old[paired:]), "".join(new[paired:])


def word_edits(old: str, new: str, steps: Steps) -> list[Edit]:
    """The replacements within one run of changed lines, by words."""
    if not old or not new or steps.left <= 0:
        return [(0, len(old), new)]
    skipped = 0
    if len(old) + len(new) > WORD_CHARACTERS:
        skipped = common_prefix(old, new)
        kept = common_suffix(old[skipped:], new[skipped:])
        old = old[skipped : len(old) - kept]
        new = new[skipped : len(new) - kept]
        if len(old) + len(new) > WORD_CHARACTERS:
            return [(skipped, skipped + len(old), new)]
    old_words = WORDS.findall(old)
    new_words = WORDS.findall(new)
    steps.left -= 20 + len(old_words) + len(new_words)
    edits = []
    at = word = 0
    kept = solid(old)
    for old_start, old_end, new_start, new_end in runs(old_words, new_words, steps):
        at += sum(map(len, old_words[word:old_start]))
        width = sum(map(len, old_words[old_start:old_end]))
        edits.append((skipped + at, skipped + at + width, "".join(new_words[new_start:new_end])))
        kept -= solid(old[at : at + width])
        at += width
        word = old_end
    if len(edits) > 1 and kept * 4 < min(solid(old), solid(new)):
        # They have little more than blanks in common: one replacement is easier to read.
        start, end = edits[0][0], edits[-1][1]
        tail = len(old) - (end - skipped)
        return [(start, end, new[start - skipped : len(new) - tail])]
    return edits


def solid(text: str) -> int:
    """How many characters of it are not blank."""
    return sum(map(len, text.split()))


class Steps:
    """What is left of the budget."""

    def __init__(self, left: int = STEPS) -> None:
        self.left = left


def runs(old: Sequence[str], new: Sequence[str], steps: Steps) -> Iterator[Run]:
    """The runs in which two rows of tokens differ, ascending and apart from each other."""
    shorter = min(len(old), len(new))
    start = kept = 0
    while start < shorter and old[start] == new[start]:
        start += 1
    while kept < shorter - start and old[-1 - kept] == new[-1 - kept]:
        kept += 1
    old_at, new_at = start, start
    anchors = _anchors(old[start : len(old) - kept], new[start : len(new) - kept])
    for old_anchor, new_anchor in [*anchors, (len(old) - kept - start, len(new) - kept - start)]:
        old_end, new_end = start + old_anchor, start + new_anchor
        if old_at < old_end or new_at < new_end:
            yield from _shortest(old, old_at, old_end, new, new_at, new_end, steps)
        old_at, new_at = old_end + 1, new_end + 1


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places of tokens that occur once in both, the longest row of them that ascends in both."""
    in_old, in_new = Counter(old), Counter(new)
    places = {token: place for place, token in enumerate(new) if in_new[token] == 1}
    pairs = [
        (place, places[token]) for place, token in enumerate(old) if token in places and in_old[token] == 1
    ]
    if all(this[1] < following[1] for this, following in pairwise(pairs)):
        return pairs  # nothing was moved
    ends: list[int] = []  # the smallest place in `new` that ends an ascending row, by the row's length
    last: list[int] = []  # the pair that ends it
    before: list[int] = []  # for each pair the one before it in its row
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(place)
            last.append(index)
        else:
            ends[length] = place
            last[length] = index
    row = []
    index = last[-1] if last else -1
    while index >= 0:
        row.append(pairs[index])
        index = before[index]
    return row[::-1]


def _shortest(
    old: Sequence[str],
    old_start: int,
    old_end: int,
    new: Sequence[str],
    new_start: int,
    new_end: int,
    steps: Steps,
) -> Iterator[Run]:
    """The runs in which old[old_start:old_end] and new[new_start:new_end] differ, as few tokens as can be, or one run
    that is all of it when the budget does not reach."""
    while old_start < old_end and new_start < new_end and old[old_start] == new[new_start]:
        old_start += 1
        new_start += 1
    while old_start < old_end and new_start < new_end and old[old_end - 1] == new[new_end - 1]:
        old_end -= 1
        new_end -= 1
    if old_start == old_end and new_start == new_end:
        return
    a, b = old[old_start:old_end], new[new_start:new_end]
    path = None if set(a).isdisjoint(b) else _path(a, b, steps)
    if path is None:
        yield old_start, old_end, new_start, new_end
        return
    x = y = 0
    for match_x, match_y, length in path:
        if match_x > x or match_y > y:
            yield old_start + x, old_start + match_x, new_start + y, new_start + match_y
        x, y = match_x + length, match_y + length
    if x < len(a) or y < len(b):
        yield old_start + x, old_end, new_start + y, new_end


def _path(a: Sequence[str], b: Sequence[str], steps: Steps) -> list[tuple[int, int, int]] | None:
    """The matches `(place in a, place in b, length)` of a shortest edit script; None when the budget does not reach."""
    rows: list[
        list[int]
    ] = []  # by number of edits: how far in `a` each diagonal reaches, from -edits up in twos
    for edits in range(len(a) + len(b) + 1):
        last = rows[-1] if rows else []
        row: list[int] = []
        for index in range(edits + 1):
            diagonal = 2 * index - edits
            if not edits:
                x = 0
            elif index == 0 or (index < edits and last[index - 1] < last[index]):
                x = last[index]  # one more of `b`
            else:
                x = last[index - 1] + 1  # one less of `a`
            start = x
            y = x - diagonal
            while x < len(a) and y < len(b) and a[x] == b[y]:
                x += 1
                y += 1
            row.append(x)
            steps.left -= 1 + x - start
            if x >= len(a) and y >= len(b):
                rows.append(row)
                return _matches(rows, len(a), len(b))
        rows.append(row)
        if steps.left <= 0:
            return None
    raise AssertionError("an edit script is never longer than both rows together")


def _matches(rows: list[list[int]], x: int, y: int) -> list[tuple[int, int, int]]:
    """Walks back from the end through what `_path` reached."""
    matches = []
    for edits in range(len(rows) - 1, 0, -1):
        last = rows[edits - 1]
        index = (x - y + edits) // 2
        if index == 0 or (index < edits and last[index - 1] < last[index]):
            previous_x = last[index]
            previous_y = previous_x - (2 * index - edits + 1)
            start = previous_x
        else:
            previous_x = last[index - 1]
            previous_y = previous_x - (2 * index - edits - 1)
            start = previous_x + 1
        if x > start:
            matches.append((start, y - (x - start), x - start))
        x, y = previous_x, previous_y
    if x:
        matches.append((0, 0, x))
    return matches[::-1]


def common_prefix(a: str, b: str) -> int:
    """How many characters two texts begin with in common; halving compares at the speed of memory."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_suffix(a: str, b: str) -> int:
    """How many characters two texts end with in common."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[len(a) - middle : len(a) - low] == b[len(b) - middle : len(b) - low]:
            low = middle
        else:
            high = middle - 1
    return low
