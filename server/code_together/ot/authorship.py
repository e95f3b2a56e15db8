"""Who typed what in a window: the texts of a chain of commits, one for each person, that leads from base to final text.

While the updates are taken, the window is a row of cells in document order: text of the base that stands, text of the
base that somebody deleted (it stays in the row, without width), and inserted text that stands. The text after person
k's step is what the cells of the persons up to k make of the base. Nothing is reordered.

Line breaks need care, because Git blames whole lines. Say Bob made a fresh line and Ann, whose step is before his, typed
on it. Her text without his break would stick to a neighbouring line that nobody touched, and both would be blamed on the
wrong person. So a break counts in step k as soon as it is needed to keep lines apart that count: see `_apart`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from code_together.ot.change import ChangeSet, units
from code_together.ot.text import Text

_NOBODY: Final = -1


def chain(base: str, updates: Sequence[tuple[int, ChangeSet]]) -> list[tuple[int, str]]:
    """The updates of a window, `(author, change)` in order, as `[(author, text after that author's step)]`.

    Authors come in the order of their first update; those whose step changes nothing are left out. The last text is
    the final one. Raises BadChanges when an update does not fit the text that it meets.
    """
    authors = list(dict.fromkeys(author for author, _ in updates))
    ranks = {author: rank for rank, author in enumerate(authors)}
    cells = _Cells(base)
    for author, changes in updates:
        cells.take(ranks[author], changes)
    atoms = _atoms(cells, len(authors))
    steps = []
    before = base
    for rank, author in enumerate(authors):
        text = _text_after(rank, atoms)
        if text != before:
            steps.append((author, text))
            before = text
    return steps


class _Cell(NamedTuple):
    length: int  # units
    inserted_by: int  # a person's rank, or _NOBODY: it is of the base
    deleted_by: int  # a person's rank, or _NOBODY: it stands
    start: int  # where it begins in the base; 0 for inserted text

    def split(self, offset: int) -> tuple[_Cell, _Cell]:
        start = self.start + offset if self.inserted_by == _NOBODY else 0
        return self._replace(length=offset), self._replace(length=self.length - offset, start=start)


class _Cells:
    """The row of cells, and the text as it stands. Positions are in units of that text."""

    def __init__(self, base: str) -> None:
        self.base = Text(base)
        self.text = Text(base)
        length = len(self.base)
        self.row = [_Cell(length, _NOBODY, _NOBODY, 0)] if length else []
        self._widths = [length] if length else []  # for each cell how much of the standing text it is
        # People type where they typed: the search for a place begins at the last one.
        self._index = 0
        self._begin = 0  # the position at which the cell at _index begins

    def take(self, author: int, changes: ChangeSet) -> None:
        self.text.apply(changes)
        grown = 0
        for start, end, text in changes.edits():
            if end > start:
                self._delete(start + grown, end - start, author)
            size = units(text)
            if size:
                self._insert(start + grown, text, size, author)
            grown += size - (end - start)

    def _delete(self, position: int, size: int, author: int) -> None:
        first = last = self._seek(position)
        offset = position - self._begin
        left = []
        while size:
            cell = self.row[last]
            last += 1
            if cell.deleted_by >= 0:
                left.append(cell)
                continue
            head, rest = cell.split(offset)
            offset = 0
            gone, tail = rest.split(min(size, rest.length))
            size -= gone.length
            left.append(head)
            if cell.inserted_by == _NOBODY:
                left.append(gone._replace(deleted_by=author))
            left.append(tail)
        self._splice(first, last, left)

    def _insert(self, position: int, text: str, size: int, author: int) -> None:
        fresh = _Cell(size, author, _NOBODY, 0)
        first = self._seek(position)
        offset = position - self._begin
        if 0 < offset < self._widths[first]:
            head, tail = self.row[first].split(offset)
            self._splice(first, first + 1, [head, fresh, tail])
            return
        if offset:
            first += 1
        last = first
        while last < len(self.row) and not self._widths[last]:
            last += 1
        if first == last:
            self._splice(first, first, [fresh])
            return
        start = self.row[first].start
        end = self.row[last - 1].start + self.row[last - 1].length
        place = start + self._place(position, text, self.base.slice(start, end))
        left = []
        for cell in self.row[first:last]:
            if cell.start < place <= cell.start + cell.length or (place == start == cell.start):
                head, tail = cell.split(place - cell.start)
                left += [head, fresh, tail]
            else:
                left.append(cell)
        self._splice(first, last, left)

    def _place(self, position: int, text: str, deleted: str) -> int:
        """Where in the text that was deleted at `position` an insertion goes, in units.

        It belongs to the line that it was typed on; whole lines that were typed before another line go before that,
        also if its beginning was deleted.
        """
        if position and not self.text.is_break(position - 1):
            line_end = deleted.find("\n")
            return units(deleted[:line_end] if line_end >= 0 else deleted)
        if text.endswith("\n"):
            return units(deleted[: deleted.rfind("\n") + 1])
        return units(deleted)

    def _seek(self, position: int) -> int:
        """The first cell that ends at or after `position`; sets _begin to where that begins."""
        index, begin, widths = self._index, self._begin, self._widths
        while index and begin >= position:
            stride = min(index, 64)
            width = sum(widths[index - stride : index])
            if begin - width < position:
                stride, width = 1, widths[index - 1]
            index -= stride
            begin -= width
        while index < len(widths) and begin + widths[index] < position:
            stride = 64
            width = sum(widths[index : index + stride])
            if begin + width >= position:
                stride, width = 1, widths[index]
            index += stride
            begin += width
        self._index, self._begin = index, begin
        return index

    def _splice(self, first: int, last: int, cells: list[_Cell]) -> None:
        """Puts `cells` in place of row[first:last], as one with each other and with the neighbours where they are of one
        kind. Leaves the search at the beginning of what changed."""
        after = last
        if first:
            first -= 1
            cells.insert(0, self.row[first])
        if after < len(self.row):
            cells.append(self.row[after])
            after += 1
        self._begin -= sum(self._widths[first : self._index])
        self._index = min(self._index, first)
        joined: list[_Cell] = []
        for cell in cells:
            if not cell.length:
                continue
            if joined and joined[-1][1:3] == cell[1:3]:
                joined[-1] = joined[-1]._replace(length=joined[-1].length + cell.length)
            else:
                joined.append(cell)
        self.row[first:after] = joined
        self._widths[first:after] = [0 if cell.deleted_by >= 0 else cell.length for cell in joined]


class _Atom(NamedTuple):
    """A stretch within a line, or a line break. The base is before rank 0, the final text at the rank after the last."""

    text: str
    since: int  # it counts in the steps from this rank on; _NOBODY: it is of the base
    until: int  # it counts in the steps before this rank
    stands: bool  # in the final text
    is_break: bool

    @property
    def of_base(self) -> bool:
        return self.since == _NOBODY


def _atoms(cells: _Cells, people: int) -> list[_Atom]:
    atoms: list[_Atom] = []
    position = 0
    for cell in cells.row:
        stands = cell.deleted_by == _NOBODY
        if cell.inserted_by == _NOBODY:
            text = cells.base.slice(cell.start, cell.start + cell.length)
        else:
            text = cells.text.slice(position, position + cell.length)
        if stands:
            position += cell.length
        until = people if stands else cell.deleted_by
        if cell.inserted_by == _NOBODY and stands and text.count("\n") > 1:
            # Whole lines of the base that stand are one break, however many: nothing happens within them.
            head, middle = text[: text.index("\n")], text[text.index("\n") : text.rindex("\n") + 1]
            pieces = [(head, False), (middle, True), (text[text.rindex("\n") + 1 :], False)]
        else:
            lines = text.split("\n")
            pieces = [piece for line in lines for piece in ((line, False), ("\n", True))][:-1]
        for piece, is_break in pieces:
            if piece:
                atoms.append(_Atom(piece, cell.inserted_by, until, stands, is_break))
    return atoms


def _text_after(rank: int, atoms: list[_Atom]) -> str:
    pieces: list[str] = []
    line: list[_Atom] = []  # what counts since the last break that counts, and the breaks that do not
    for atom in atoms:
        counts = atom.since <= rank < atom.until
        if atom.is_break and counts:
            pieces += [_apart(line), atom.text]
            line = []
        elif atom.is_break or counts:
            line.append(atom)
    pieces.append(_apart(line, at_end=True))
    return "".join(pieces)


def _apart(line: list[_Atom], at_end: bool = False) -> str:
    """The texts of a line, with those of the breaks between them that count after all.

    Two texts that have their own lines in the base and in the final text keep them: of the breaks between them that
    somebody deleted and those that a later person typed, one counts. A break that a later person typed counts also
    if on one of its sides there is nothing of the base: what was typed there has its own line, as in the final text,
    and the line of the base stays whole. A break that was deleted counts for as long as on one of its sides there is
    nothing that stands, for the same reason with the roles exchanged.

    `at_end`, where the text ends with this line, a typed line has its break too: Git takes a line for another one when
    its break comes later.
    """
    texts: list[_Atom] = []
    deleted: list[
        bool
    ] = []  # whether between a text and the one before it there is a break that was deleted,
    typed: list[bool] = []  # and one that a later person typed
    was_deleted = was_typed = False
    for atom in line:
        if atom.is_break:
            was_deleted |= not atom.stands
            was_typed |= atom.stands
        else:
            deleted.append(bool(texts) and was_deleted)
            typed.append(bool(texts) and was_typed)
            texts.append(atom)
            was_deleted = was_typed = False
    breaks = set()
    if any(deleted) and any(typed):
        breaks = _replaced(deleted, typed, texts)
    if any(deleted):
        breaks |= _one_sided(breaks, deleted, [atom.stands for atom in texts])
    if any(typed):
        breaks |= _one_sided(breaks, typed, [atom.of_base for atom in texts])
    pieces = ["\n" + atom.text if index in breaks else atom.text for index, atom in enumerate(texts)]
    if at_end and was_typed:
        last_line = texts[max(breaks, default=0) :]
        if last_line and not any(atom.of_base for atom in last_line):
            pieces.append("\n")
    return "".join(pieces)


def _replaced(deleted: list[bool], typed: list[bool], texts: list[_Atom]) -> set[int]:
    """One place between any two neighbours that are parted by a deleted break and by a typed one, and one between any
    two kept texts that are: at the deleted break if that sets deleted text apart, else at the typed one."""
    found = set()
    old_break = new_break = 0
    goes = False  # there is text that somebody deletes later
    for index, text in enumerate(texts):
        if deleted[index] and typed[index]:
            found.add(index)
        old_break = index if deleted[index] else old_break
        new_break = index if typed[index] else new_break
        if text.of_base and text.stands:
            if old_break and new_break:
                found.add(old_break if goes else new_break)
            old_break = new_break = 0
            goes = False
        goes |= not text.stands
    return found


def _one_sided(breaks: set[int], candidates: list[bool], marked: list[bool]) -> set[int]:
    """The candidates that have nothing marked on one of their sides, up to the next of `breaks`."""
    found = set()
    for start, end in pairwise(sorted({0, *breaks, len(marked)})):
        inside = [index for index in range(start, end) if marked[index]]
        for index in range(start + 1, end):
            if candidates[index] and (not inside or index <= inside[0] or index > inside[-1]):
                found.add(index)
    return found
