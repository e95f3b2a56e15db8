"""A change of a text: what becomes of each stretch of it.

Semantics and wire form are those of `ChangeSet` in CodeMirror 6 (`@codemirror/state`, MIT licence, Marijn
Haverbeke and others; see NOTICE), including which of two changes comes first where they meet.
`tests/conformance` compares the two.

A change is a row of sections, each `(length, size, text)`: of the old text `length` units are kept (`size` is
KEEP and `text` empty) or replaced by `text`, which has `size` units. An insertion has length 0, a deletion
size 0. Neighbouring replacements stay apart: where one ends and the next begins decides where positions and
other changes go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from code_together.errors import BadChanges
from code_together.ot.sections import (
    END,
    KEEP,
    LONGEST,
    Builder,
    Section,
    Slices,
    joined_keeps,
    read_section,
    units,
)
from code_together.ot.text import Text


class ChangeSet(Struct, gc=False, eq=False):
    """An immutable change of a text of `length` UTF-16 units into one of `new_length`.

    Nearly every change is one replacement: of that only the replacement is held. There are as many of them in memory as updates that may
    still be asked for, so they are kept from the garbage collector, which would look at each again and again: they refer to
    nothing that could refer to them.
    """

    length: int
    new_length: int
    _start: int = -1
    """Where its one replacement begins in the old text, -1 if it is not one replacement; then `_many` holds the sections."""
    _end: int = -1
    _size: int = 0
    _text: str = ""
    _many: tuple[Section, ...] = ()
    encoded: bytes | None = None
    """What `session.protocol` has made of it: the journal, every receiver and Git share one encoding."""

    @classmethod
    def identity(cls, length: int) -> ChangeSet:
        """The change of nothing in a text of `length` units."""
        return cls(length, length, _many=((length, KEEP, ""),) if length else ())

    @classmethod
    def replace(cls, length: int, start: int, end: int, text: str) -> ChangeSet:
        """In a text of `length` units: `text` in place of the units from `start` up to `end`."""
        return cls.of(length, ((start, end, text),))

    @classmethod
    def of(cls, length: int, edits: Iterable[tuple[int, int, str]]) -> ChangeSet:
        """The replacements `(start, end, text)`, in positions of the old text of `length` units, ascending."""
        sections = Builder()
        position = 0
        for start, end, text in edits:
            if not position <= start <= end <= length:
                raise BadChanges(f"There is no range {start} to {end} in what is left of {length} units.")
            sections.add(start - position, KEEP, "")
            sections.add(end - start, units(text), text)
            position = end
        sections.add(length - position, KEEP, "")
        return _of(sections.finish())

    @classmethod
    def from_json(cls, value: object, *, max_parts: int = 50_000) -> ChangeSet:
        """Reads the wire form, as a JSON parser gives it. Raises BadChanges for all that SPEC OT3 refuses."""
        if type(value) is not list:
            raise BadChanges("Changes are a list of parts.")
        if len(value) > max_parts:
            raise BadChanges(f"The changes have {len(value)} parts; at most {max_parts} are taken at once.")
        changes = _of([read_section(part, number) for number, part in enumerate(value, 1)])
        if changes.length > LONGEST or changes.new_length > LONGEST:
            raise BadChanges(f"The changes are for a text of more than {LONGEST} units.")
        return changes

    def to_json(self) -> list[int | list[int | str]]:
        """The wire form."""
        return [
            length if size < 0 else [length, *text.split("\n")] if size else [length]
            for length, size, text in self.sections
        ]

    @property
    def sections(self) -> tuple[Section, ...]:
        """All of them, in order."""
        start, end, length = self._start, self._end, self.length
        if start < 0:
            return self._many
        replacement = (end - start, self._size, self._text)
        if end < length:
            after = (length - end, KEEP, "")
            return ((start, KEEP, ""), replacement, after) if start else (replacement, after)
        return ((start, KEEP, ""), replacement) if start else (replacement,)

    def __eq__(self, other: object) -> bool:
        return self.sections == other.sections if isinstance(other, ChangeSet) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # nobody looks changes up

    def __repr__(self) -> str:
        return f"ChangeSet.from_json({self.to_json()!r})"

    @property
    def is_identity(self) -> bool:
        """Whether everything is kept."""
        return self._start < 0 and all(size < 0 for _, size, _ in self._many)

    @property
    def parts(self) -> int:
        """How many parts the wire form has."""
        if self._start < 0:
            return len(self._many)
        return 1 + (self._start > 0) + (self._end < self.length)

    def inserted_text(self) -> Iterable[str]:
        """The inserted texts, in order."""
        if self._start < 0:
            return [text for _, _, text in self._many if text]
        return (self._text,) if self._text else ()

    def edits(self) -> Iterator[tuple[int, int, str]]:
        """Every replacement as `(start, end, text)` in positions of the old text, ascending, none joined."""
        position = 0
        for length, size, text in self.sections:
            if size >= 0:
                yield position, position + length, text
            position += length

    @property
    def only_edit(self) -> tuple[int, int, str] | None:
        """The replacement as `edits` gives it, if there is one alone, as in nearly every change."""
        return None if self._start < 0 else (self._start, self._end, self._text)

    def apply(self, text: str) -> str:
        """The changed text. Raises BadChanges as `Text.apply` does."""
        buffer = Text(text)
        buffer.apply(self)
        return str(buffer)

    def invert(self, text: Text | str) -> ChangeSet:
        """The change that takes this one back, given the text as it was before."""
        old = Text(text) if isinstance(text, str) else text
        if self.length != len(old):
            raise BadChanges(f"The changes are for a text of {self.length} units, but it has {len(old)}.")
        inverted: list[Section] = []
        position = 0
        for length, size, _ in self.sections:
            if size < 0:
                inverted.append((length, KEEP, ""))
            else:
                inverted.append((size, length, old.slice(position, position + length)))
            position += length
        return _of(inverted)

    def map_pos(self, position: int, assoc: int = -1) -> int:
        """Where `position` of the old text is in the new one.

        Where text comes in at the position, it stays before that text when `assoc` is negative and goes after
        it otherwise; from within replaced text it goes to that side of the new text.
        """
        if not 0 <= position <= self.length:
            raise BadChanges(f"There is no position {position} in a text of {self.length} units.")
        old = new = 0
        for length, size, _ in self.sections:
            end = old + length
            if size < 0:
                if end > position:
                    return new + position - old
                new += length
            else:
                if end > position or (not length and end == position and assoc < 0):
                    return new if position == old or assoc < 0 else new + size
                new += size
            old = end
        return new

    def compose(self, other: ChangeSet) -> ChangeSet:
        """This change and then `other`, which starts from the text that this one makes, as one change."""
        if self.new_length != other.length:
            raise BadChanges(
                f"A change of a text of {other.length} units cannot follow one that makes {self.new_length}."
            )
        if self._is_plain_identity:
            return other
        if other._is_plain_identity:
            return self
        composed = Builder()
        add = composed.add
        # What is left of the section that each side is in. `first_units` is how much of the text between the
        # two changes it still covers; `…_whole` says that nothing of it has been taken yet.
        firsts = iter(self.sections)
        seconds = joined_keeps(other.sections)
        first_length, first_size, first_text = next(firsts, END)
        second_length, second_size, second_text = next(seconds, END)
        first_units = first_length if first_size < 0 else first_size
        first_whole = second_whole = True
        taken = Slices(first_text, first_size)
        joins = False  # whether what comes next belongs to the replacement added last, which is not over yet
        while True:
            if first_size == 0:
                add(first_length, 0, "", joins)
                step = 0
            elif second_length == 0 and second_size >= 0:
                add(0, second_size, second_text, joins)
                second_length, second_size, second_text = next(seconds, END)
                second_whole = True
                continue
            elif first_size < KEEP:
                return _of(composed.finish())
            else:
                step = min(first_units, second_length)
                count = composed.count
                if first_size == KEEP:
                    if second_size == KEEP:
                        add(step, KEEP, "", joins)
                    elif second_whole:
                        add(step, second_size, second_text, joins)
                    else:
                        add(step, 0, "", joins)
                else:
                    length = first_length if first_whole else 0
                    if second_size == KEEP:
                        add(length, step, taken.next(step), joins)
                    elif second_whole:
                        add(length, second_size, second_text, joins)
                        taken.skip(step)
                    else:
                        add(length, 0, "", joins)
                        taken.skip(step)
                goes_on = (first_size >= 0 and first_units > step) or (
                    second_size >= 0 and second_length > step
                )
                joins = goes_on and (joins or composed.count > count)
                second_length -= step
                second_whole = False
                if not second_length:
                    second_length, second_size, second_text = next(seconds, END)
                    second_whole = True
            first_units -= step
            first_whole = False
            if not first_units:
                first_length, first_size, first_text = next(firsts, END)
                first_units = first_length if first_size < 0 else first_size
                first_whole = True
                taken = Slices(first_text, first_size)

    def map(self, other: ChangeSet, before: bool = False) -> ChangeSet:
        """This change as it is to be made after `other`, when both were made from the same text.

        Where both insert at one place the text of `other` comes first, or ours with `before`.
        `A.compose(B.map(A))` and `B.compose(A.map(B, before=True))` make the same text. Mapping over a
        composition is *not* the same as mapping over its changes one by one.
        """
        if self.length != other.length:
            raise BadChanges(
                f"A change of a text of {self.length} units cannot be mapped over one of {other.length}."
            )
        if other._is_plain_identity:
            return self
        start = self._start
        if start >= 0 and other._start >= 0:
            if other._end < start:
                return self._moved(start + other.new_length - other.length, other.new_length)
            if other._start > self._end:
                return self._moved(start, other.new_length)
        mapped = Builder()
        add = mapped.add
        ours = iter(self.sections)
        theirs = iter(other.sections)
        length, size, text = next(ours, END)
        other_length, other_size, _ = next(theirs, END)
        whole = True  # nothing of our section has been passed yet
        placed = False  # the text of our section is already in
        while True:
            if size == KEEP and other_size == KEEP:
                step = length if length < other_length else other_length
                add(step, KEEP, "")
                length -= step
                other_length -= step
                if not other_length:
                    other_length, other_size, _ = next(theirs, END)
                if not length:
                    length, size, text = next(ours, END)
                    whole, placed = True, False
            elif other_size >= 0 and (
                size < 0
                or placed
                or (whole and (other_length < length or (other_length == length and not before)))
            ):
                # Theirs comes first: it stands, and of our changes in what it took only the texts are left.
                add(other_size, KEEP, "")
                while other_length:
                    step = length if length < other_length else other_length
                    if size >= 0 and not placed and length <= other_length:
                        add(0, size, text)
                    length -= step
                    other_length -= step
                    if length:
                        whole = False
                    else:
                        length, size, text = next(ours, END)
                        whole, placed = True, False
                other_length, other_size, _ = next(theirs, END)
            elif size >= 0:
                # Ours comes first, up to their next replacement that does more than delete within it.
                passed = 0
                left = length
                while left:
                    if other_size == KEEP:
                        step = left if left < other_length else other_length
                        passed += step
                        left -= step
                        other_length -= step
                    elif other_size == 0 and other_length < left:
                        left -= other_length
                        other_length = 0
                    else:
                        break
                    if not other_length:
                        other_length, other_size, _ = next(theirs, END)
                if placed:
                    add(passed, 0, "")
                else:
                    add(passed, size, text)
                if left:
                    placed = True
                    length = left
                else:
                    length, size, text = next(ours, END)
                    whole, placed = True, False
            else:
                return _of(mapped.finish())

    def map_over(self, others: Iterable[ChangeSet]) -> ChangeSet:
        """`map` over each of `others` in turn: each starts from the text that the one before it makes.

        Typing elsewhere in the text only moves a replacement; that is reckoned with two numbers, and a change made at the end.
        """
        change = self
        start, end, length = self._start, self._end, self.length
        for other in others:
            from_ = other._start
            if start >= 0 and from_ > end:
                length = other.new_length
            elif from_ >= 0 and other._end < start:
                step = other.new_length - other.length
                start, end, length = start + step, end + step, other.new_length
            else:
                if start != change._start or length != change.length:
                    change = change._moved(start, length)
                change = change.map(other)
                start, end, length = change._start, change._end, change.length
        if start != change._start or length != change.length:
            change = change._moved(start, length)
        return change

    def _moved(self, start: int, length: int) -> ChangeSet:
        """The one replacement of this change, at `start` of a text of `length` units."""
        replaced, size = self._end - self._start, self._size
        return ChangeSet(length, length + size - replaced, start, start + replaced, size, self._text)

    @property
    def _is_plain_identity(self) -> bool:
        # Not the same as is_identity: two neighbouring keeps change nothing, but composing with them tidies.
        many = self._many
        return self._start < 0 and (not many or (len(many) == 1 and many[0][1] < 0))


def _of(sections: Sequence[Section]) -> ChangeSet:
    """The change with these sections, which are trusted."""
    count = len(sections)
    if 0 < count <= 3:
        # keep, replacement, keep, either keep left out
        before, size, text = sections[0]
        if size >= 0:
            replaced, before, after = before, 0, sections[1:]
        elif count > 1:
            (replaced, size, text), after = sections[1], sections[2:]
        if size >= 0 and (not after or (len(after) == 1 and after[0][1] < 0)):
            end = before + replaced
            length = end + after[0][0] if after else end
            return ChangeSet(length, length + size - replaced, before, end, size, text)
    old = new = 0
    for length, size, _ in sections:
        old += length
        new += length if size < 0 else size
    return ChangeSet(old, new, _many=tuple(sections))
