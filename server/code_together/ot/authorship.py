"""Who typed what in a window: the texts of a chain of commits, one for each person, that leads from base to final text.

While the updates are taken, the window is a row of cells in document order: text of the base that stands, text of the
base that somebody deleted (it stays in the row, without width), and inserted text that stands. The text after person
k's step is what the cells of the persons up to k make of the base. Nothing is reordered.

Line breaks need care, because Git blames whole lines. Say Bob made a fresh line and Ann, whose step is before his, typed
on it. Her text without his break would stick to a neighbouring line that nobody touched, and both would be blamed on the
wrong person. So a break counts in step k as soon as it is needed to keep lines apart that count: see `_apart`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from itertools import chain as flat
from typing import Final, NamedTuple

from code_together.ot.change import ChangeSet
from code_together.ot.sections import units
from code_together.ot.text import Text

_NOBODY: Final = -1
_BLOCK: Final = 256  # cells


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
    """The row of cells, and the text as it stands. Positions are in units of that text.

    The row is kept in blocks, so that a hundred thousand edits all over a text take seconds and not minutes.
    """

    def __init__(self, base: str) -> None:
        self.base = Text(base)
        self.text = Text(base)
        length = len(self.base)
        self._blocks = [[_Cell(length, _NOBODY, _NOBODY, 0)] if length else []]
        # For each cell, and for each block, how much of the standing text it is.
        self._widths = [[length] if length else []]
        self._totals = [length]

    def row(self) -> list[_Cell]:
        """All cells in order."""
        return _joined(flat.from_iterable(self._blocks))

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
        block, first, offset = self._seek(position)
        last = first
        left = []
        while size:
            cell = self._cell(block, last)
            assert cell is not None, "the text is longer than its cells"
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
        self._splice(block, first, last, left)

    def _insert(self, position: int, text: str, size: int, author: int) -> None:
        fresh = _Cell(size, author, _NOBODY, 0)
        block, first, offset = self._seek(position)
        if offset:
            cell = self._blocks[block][first]
            if offset < cell.length:
                head, tail = cell.split(offset)
                self._splice(block, first, first + 1, [head, fresh, tail])
                return
            first += 1
        deleted: list[_Cell] = []  # what was deleted at this place
        while (cell_here := self._cell(block, first + len(deleted))) and cell_here.deleted_by >= 0:
            deleted.append(cell_here)
        if not deleted:
            self._splice(block, first, first, [fresh])
            return
        start = deleted[0].start
        end = deleted[-1].start + deleted[-1].length
        place = start + self._place(position, text, self.base.slice(start, end))
        left = []
        for cell in deleted:
            if cell.start < place <= cell.start + cell.length or (place == start == cell.start):
                head, tail = cell.split(place - cell.start)
                left += [head, fresh, tail]
            else:
                left.append(cell)
        self._splice(block, first, first + len(deleted), left)

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

    def _seek(self, position: int) -> tuple[int, int, int]:
        """The first cell that ends at or after `position`: its block, its index there, and how far into it `position` is."""
        block, left = 0, position
        while self._totals[block] < left:
            left -= self._totals[block]
            block += 1
        ends = list(accumulate(self._widths[block]))
        index = bisect_left(ends, left)
        return block, index, left - (ends[index - 1] if index else 0)

    def _cell(self, block: int, index: int) -> _Cell | None:
        """The cell at `index`, counted from the beginning of a block, which takes in those after it as far as need be."""
        while index >= len(self._blocks[block]):
            if block + 1 == len(self._blocks):
                return None
            self._blocks[block] += self._blocks.pop(block + 1)
            self._widths[block] += self._widths.pop(block + 1)
            self._totals[block] += self._totals.pop(block + 1)
        return self._blocks[block][index]

    def _splice(self, block: int, first: int, last: int, cells: list[_Cell]) -> None:
        """Puts `cells` in place of those from `first` to `last` of a block."""
        row, widths = self._blocks[block], self._widths[block]
        if first:
            first -= 1
            cells.insert(0, row[first])
        if last < len(row):
            cells.append(row[last])
            last += 1
        joined = _joined(cells)
        standing = [0 if cell.deleted_by >= 0 else cell.length for cell in joined]
        self._totals[block] += sum(standing) - sum(widths[first:last])
        row[first:last] = joined
        widths[first:last] = standing
        if len(row) > 2 * _BLOCK:
            starts = range(0, len(row), _BLOCK)
            self._blocks[block : block + 1] = [row[start : start + _BLOCK] for start in starts]
            self._widths[block : block + 1] = parts = [widths[start : start + _BLOCK] for start in starts]
            self._totals[block : block + 1] = [sum(part) for part in parts]


def _joined(cells: Iterable[_Cell]) -> list[_Cell]:
    """The cells without empty ones, neighbours of one kind as one."""
    joined: list[_Cell] = []
    for cell in cells:
        if not cell.length:
            continue
        if joined and joined[-1][1:3] == cell[1:3]:
            joined[-1] = joined[-1]._replace(length=joined[-1].length + cell.length)
        else:
            joined.append(cell)
    return joined


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
    for cell in cells.row():
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
