"""Two texts that come from one: what one side changed, as a change of the other side's text.

They are compared by lines. Where the two sides changed different lines both changes are made; within one line, where they changed different words.
What both did alike is there once. Where they changed the same, nothing is thrown away and nothing mixed: the lines stand as the one side left them,
and below them as the other side wants them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from code_together.ot.change import ChangeSet
from code_together.ot.diff import (
    Edit,
    Run,
    Steps,
    common_prefix,
    common_suffix,
    diff,
    replaced,
    runs,
    solid,
    word_edits,
)
from code_together.ot.lines import LineEdit, alike, line_edits, parted
from code_together.ot.sections import units


@dataclass(frozen=True, slots=True)
class Clash:
    """A place where both sides changed the same lines: from `start` to `end` of the merged text stand both versions.

    `theirs` is empty where they took away what was changed here; then it stays.
    """

    start: int
    end: int
    ours: str
    theirs: str


def merge(base: str, ours: str, theirs: str) -> tuple[ChangeSet, list[Clash]]:
    """What makes of `ours` the text with the changes of both, and where they clash.

    Raises `BadChanges` when a text holds a lone surrogate.
    """
    for text in (base, ours, theirs):
        units(text)
    if base == ours:
        return diff(ours, theirs), []
    if theirs in (base, ours):
        return diff(ours, ours), []
    return _Merging(_Lines.of(base), _Lines.of(ours), _Lines.of(theirs), ours).run()


@dataclass(frozen=True, slots=True)
class _Lines:
    """A text as lines, and whether the last one is ended too; None in a text without lines."""

    lines: list[str]
    ended: bool | None

    @classmethod
    def of(cls, text: str) -> _Lines:
        if not text:
            return cls([], None)
        ended = text.endswith("\n")
        return cls(text.removesuffix("\n").split("\n"), ended)


@dataclass(slots=True)
class _Group:
    """Edits of both sides that are about the same lines of the base, or of one side alone.

    `words`: what of theirs is to be done within the line that both changed, if it goes by words.
    """

    start: int
    end: int
    ours: list[LineEdit] = field(default_factory=list)
    theirs: list[LineEdit] = field(default_factory=list)
    words: list[Edit] | None = None
    clash: bool = False

    @classmethod
    def of(cls, edit: LineEdit, side: int) -> _Group:
        return cls(edit.start, edit.end, *(([], [edit]) if side else ([edit], [])))

    def meets(self, edit: LineEdit, side: int) -> bool:
        others = self.ours if side else self.theirs
        return bool(others) and _cross(others[-1], edit)

    def take(self, other: _Group) -> None:
        """The other one follows this one."""
        self.end = max(self.end, other.end)
        self.ours += other.ours
        self.theirs += other.theirs


def _cross(a: LineEdit, b: LineEdit) -> bool:
    """Whether they are about the same lines or the same place between two; beside one another is not enough."""
    return (a.start, a.end) == (b.start, b.end) or (a.start < b.end and b.start < a.end)


class _Merging:
    def __init__(self, base: _Lines, ours: _Lines, theirs: _Lines, text: str) -> None:
        self._base, self._ours, self._theirs, self._text = base, ours, theirs, text
        self._steps = Steps()
        self._starts = [0, *accumulate(len(line) + 1 for line in ours.lines)]  # of our lines, in characters
        self._edits: list[Edit] = []
        self._merged: list[str] = []
        self._clashes: list[tuple[int, int, int]] = []  # numbers of merged lines: ours, theirs, what follows
        self._at = 0  # how many of our lines are in the merged ones

    def run(self) -> tuple[ChangeSet, list[Clash]]:
        reached = 0
        for group in self._groups():
            self._keep(group.start - reached)
            reached = group.end
            self._settle(group)
        self._keep(len(self._ours.lines) - self._at)
        return replaced(self._text, self._whole()), self._places()

    def _groups(self) -> list[_Group]:
        ours = line_edits(self._base.lines, self._ours.lines, self._steps)
        theirs = line_edits(self._base.lines, self._theirs.lines, self._steps)
        both = [(e, 0) for e in self._apart(ours, theirs)] + [(e, 1) for e in self._apart(theirs, ours)]
        edits = sorted(both, key=lambda one: one[0][:2])
        groups: list[_Group] = []
        for edit, side in edits:
            group = _Group.of(edit, side)
            if groups and groups[-1].meets(edit, side):
                groups[-1].take(group)
            else:
                groups.append(group)
        joined: list[_Group] = []
        for group in groups:
            group.words = self._by_words(group)
            group.clash = group.words is None and self._differ(group) and group.start < group.end
            if joined and joined[-1].clash and group.clash and joined[-1].end == group.start:
                joined[-1].take(group)  # both versions stay whole
            else:
                joined.append(group)
        return joined

    def _apart(self, edits: Sequence[LineEdit], others: Sequence[LineEdit]) -> Iterator[LineEdit]:
        """The edits of one side, apart where the other put lines between those that they change: these it did not touch."""
        places = [other.start for other in others if other.start == other.end]
        for edit in edits:
            near = places[bisect_right(places, edit.start) : bisect_left(places, edit.end)]
            yield from parted(edit, near, self._base.lines, self._steps)

    def _differ(self, group: _Group) -> bool:
        """Whether both sides changed these lines, and not alike."""
        return bool(group.ours and group.theirs) and self._here(group) != self._there(group)

    def _here(self, group: _Group) -> list[str]:
        return _after(self._base.lines, group, group.ours)

    def _there(self, group: _Group) -> list[str]:
        return _after(self._base.lines, group, group.theirs)

    def _by_words(self, group: _Group) -> list[Edit] | None:
        """What of theirs is to be done within our form of the line; None if it is not about words of one line, or they clash."""
        if [edit.same for edit in group.theirs] != [True]:
            return None
        line, (there,) = self._base.lines[group.start], group.theirs[0].lines
        theirs = word_edits(line, there, self._steps)
        if not group.ours:
            return theirs
        if [edit.same for edit in group.ours] != [True]:
            return None
        (here,) = group.ours[0].lines
        if here == there:
            return []
        ours = word_edits(line, here, self._steps)
        return _beside(line, ours, theirs)

    def _keep(self, count: int) -> None:
        self._merged += self._ours.lines[self._at : self._at + count]
        self._at += count

    def _settle(self, group: _Group) -> None:
        if group.words is not None:
            self._edit_words(group.words)
        elif not group.ours:
            (edit,) = group.theirs
            self._edit(edit.end - edit.start, edit.lines)
        elif self._differ(group):
            self._both(self._here(group), self._there(group), group.clash)
        else:
            self._keep(len(self._here(group)))

    def _both(self, here: list[str], there: list[str], clash: bool) -> None:
        """Our lines, and below them what of theirs is not in them. What is not in place of anything clashes only with another form of itself."""
        whole = [(0, len(here), 0, len(there))]
        close = _mostly_alike(here, there)
        reached = 0
        for start, end, from_, to in _runs_both_ways(here, there, self._steps) if close else whole:
            self._keep(start - reached)
            first = len(self._merged)
            self._keep(end - start)
            second = len(self._merged)
            self._edit(0, there[from_:to])
            reached = end
            if clash or (close and start < end and from_ < to):
                self._clashes.append((first, second, len(self._merged)))
        self._keep(len(here) - reached)

    def _edit(self, count: int, lines: list[str]) -> None:
        """`lines` in place of so many of ours."""
        start, end = self._starts[self._at], self._starts[self._at + count]
        if count or lines:
            self._edits.append((start, end, "".join(f"{line}\n" for line in lines)))
        self._merged += lines
        self._at += count

    def _edit_words(self, edits: list[Edit]) -> None:
        """Within our next line."""
        start, line = self._starts[self._at], self._ours.lines[self._at]
        self._edits += [(start + a, start + b, text) for a, b, text in edits]
        self._merged.append(_replace(line, edits))
        self._at += 1

    def _ended(self) -> bool:
        """Whether the last line of the merged text is ended."""
        base, ours, theirs = self._base.ended, self._ours.ended, self._theirs.ended
        return bool(ours if theirs == base else theirs if ours == base else ours or theirs)

    def _whole(self) -> list[Edit]:
        """The edits in our text as it is: up to here each line was taken to be ended."""
        edits, ended = self._edits, self._ended()
        if ended and self._ours.ended:
            return edits
        start, pieces = self._starts[-1], [""]
        while edits and edits[-1][1] == start:
            start, _, text = edits.pop()
            pieces.append(text)
        from_ = max(start - 1, 0)  # the end of the line before
        new = ("\n" if start else "") + "".join(reversed(pieces))
        if not ended:
            new = new.removesuffix("\n")
        old = self._text[from_:]
        same = common_prefix(old, new)
        kept = common_suffix(old[same:], new[same:])
        edit = (from_ + same, len(self._text) - kept, new[same : len(new) - kept])
        return edits if old == new else [*edits, edit]

    def _places(self) -> list[Clash]:
        if not self._clashes:
            return []
        starts = [0, *accumulate(units(line) + 1 for line in self._merged)]
        open_end = not self._ended()

        def text(first: int, end: int, last: bool) -> str:
            joined = "".join(f"{line}\n" for line in self._merged[first:end])
            return joined.removesuffix("\n") if last and open_end else joined

        clashes = []
        for first, second, end in self._clashes:
            last = end == len(self._merged)
            stop = starts[end] - (last and open_end)
            clashes.append(
                Clash(min(starts[first], stop), stop, text(first, second, last), text(second, end, last))
            )
        return clashes


def _after(base: Sequence[str], group: _Group, edits: Iterable[LineEdit]) -> list[str]:
    """The lines of the base that the group is about, as one side has them."""
    lines: list[str] = []
    position = group.start
    for edit in edits:
        lines += [*base[position : edit.start], *edit.lines]
        position = edit.end
    return [*lines, *base[position : group.end]]


def _mostly_alike(here: Sequence[str], there: Sequence[str]) -> bool:
    """Whether the one is nearly the other or a part of it, as when a commit is pushed once more in another form."""
    shorter = min(sum(map(solid, here)), sum(map(solid, there)))
    return alike(here, there) * 4 >= shorter * 3 > 0


def _runs_both_ways(here: list[str], there: list[str], steps: Steps) -> list[Run]:
    """The runs in which they differ; the same ones whichever side is asked."""
    if here <= there:
        return list(runs(here, there, steps))
    return [(c, d, a, b) for a, b, c, d in runs(there, here, steps)]


def _beside(line: str, ours: Sequence[Edit], theirs: Sequence[Edit]) -> list[Edit] | None:
    """Their edits of a line as edits of our form of it, without what is in both; None where they are in each other's way."""
    starts, ends = [one[0] for one in ours], [one[1] for one in ours]
    grown = [0, *accumulate(len(text) - (end - start) for start, end, text in ours)]
    left: list[Edit] = []
    for edit in theirs:
        start, end, text = edit
        near = ours[bisect_left(ends, start) : bisect_right(starts, end)]
        if edit in near:
            continue
        if any(_in_the_way(line, one, edit) for one in near):
            return None
        shift = grown[bisect_right(ends, start)]
        left.append((start + shift, end + shift, text))
    return left


def _in_the_way(line: str, one: Edit, other: Edit) -> bool:
    """Of two edits of a line that touch at least: blanks may change beside a word that changes, all else is one place."""
    return (
        (one[0] < other[1] and other[0] < one[1])
        or one[:2] == other[:2]
        or (_says(line, one) and _says(line, other))
    )


def _says(line: str, edit: Edit) -> bool:
    """Whether an edit is about more than blanks."""
    start, end, text = edit
    return bool((line[start:end] + text).strip())


def _replace(line: str, edits: Sequence[Edit]) -> str:
    pieces, reached = [], 0
    for start, end, text in edits:
        pieces += [line[reached:start], text]
        reached = end
    return "".join([*pieces, line[reached:]])
