"""A text that is edited in place, counted in UTF-16 code units as editors in browsers count.

Python's strings count code points. Keeping the text as UTF-16-LE bytes makes a position plain arithmetic (two
bytes a unit), an edit one slice assignment, and the question whether a position lies inside a surrogate pair
a look at one byte. A long text is kept in pieces, so that an edit moves the bytes of one piece and not half the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from code_together.errors import BadChanges

if TYPE_CHECKING:
    from code_together.ot.change import ChangeSet

_PIECE: Final = 1 << 17  # bytes


class Text:
    """A mutable text. Positions and lengths are UTF-16 units; it never holds half of a surrogate pair."""

    __slots__ = ("_pieces", "_size")

    _pieces: list[bytearray]  # none is empty but the only one; where one ends means nothing
    _size: int  # of all, in bytes

    def __init__(self, text: str = "") -> None:
        """Raises BadChanges when `text` holds a lone surrogate: it is no character, no file can hold it."""
        try:
            data = text.encode("utf-16-le")
        except UnicodeEncodeError as error:
            raise BadChanges(
                f"The text holds half of a surrogate pair at character {error.start}; send whole characters."
            ) from None
        self._size = len(data)
        self._pieces = _cut(data)

    def __len__(self) -> int:
        return self._size >> 1

    def __str__(self) -> str:
        return self._bytes(0, self._size).decode("utf-16-le")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Text):
            return NotImplemented
        return self._size == other._size and self._bytes(0, self._size) == other._bytes(0, other._size)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"Text({str(self)!r})"

    def copy(self) -> Text:
        text = Text.__new__(Text)
        text._size = self._size
        text._pieces = [piece.copy() for piece in self._pieces]
        return text

    def slice(self, start: int, end: int) -> str:
        """The text from `start` up to `end`. Raises BadChanges when that is no range of it or cuts a pair."""
        if not 0 <= start <= end <= len(self):
            raise BadChanges(f"There is no range {start} to {end} in a text of {len(self)} units.")
        self._refuse_cut(start)
        self._refuse_cut(end)
        return self._bytes(start * 2, end * 2).decode("utf-16-le")

    def splits_pair(self, position: int) -> bool:
        """Whether `position` lies between the two halves of a surrogate pair."""
        if position <= 0:
            return False
        # There are no lone halves, so a high one (upper byte 0xD8 to 0xDB) before the position is enough.
        number, at = self._find(position * 2)
        return self._pieces[number][at - 1] & 0xFC == 0xD8

    def is_break(self, position: int) -> bool:
        """Whether the unit at `position` is a line break."""
        return self._bytes(position * 2, position * 2 + 2) == b"\n\0"

    def apply(self, changes: ChangeSet) -> None:
        """Makes `changes` in place.

        Raises BadChanges when they are for a text of another length or cut a surrogate pair; then the text is
        as it was.
        """
        if changes.length != len(self):
            raise BadChanges(f"The changes are for a text of {changes.length} units, but it has {len(self)}.")
        if only := changes.only_edit:
            start, end, text = only
            self._refuse_cut(start)
            if end > start:
                self._refuse_cut(end)
            self._replace(start * 2, end * 2, text.encode("utf-16-le"))
            return
        # Everything between the first and the last edit is put together first and then set at once.
        first = last = -1
        pieces: list[bytes | bytearray] = []
        for start, end, text in changes.edits():
            self._refuse_cut(start)
            self._refuse_cut(end)
            if first < 0:
                first = start
            elif last < start:
                pieces.append(self._bytes(last * 2, start * 2))
            if text:
                pieces.append(text.encode("utf-16-le"))
            last = end
        if first >= 0:
            self._replace(first * 2, last * 2, b"".join(pieces))

    def _find(self, offset: int) -> tuple[int, int]:
        """The piece that holds the byte before `offset`, and where in it `offset` is. Raises IndexError beyond the end."""
        pieces = self._pieces
        for number in range(len(pieces)):
            size = len(pieces[number])
            if offset <= size:
                return number, offset
            offset -= size
        raise IndexError(offset)

    def _bytes(self, start: int, end: int) -> bytes | bytearray:
        pieces = self._pieces
        if len(pieces) == 1:
            return pieces[0][start:end]
        number, at = self._find(min(start, self._size))
        found, left = bytearray(), end - start
        while left > 0 and number < len(pieces):
            part = pieces[number][at : at + left]
            found += part
            left -= len(part)
            number, at = number + 1, 0
        return found

    def _replace(self, start: int, end: int, data: bytes) -> None:
        pieces = self._pieces
        number, at = self._find(start)
        piece = pieces[number]
        if at + end - start <= len(piece):
            piece[at : at + end - start] = data
        else:
            last, until = self._find(end)
            del pieces[last][:until]
            piece[at:] = data
            del pieces[number + 1 : last]
        self._size += len(data) - (end - start)
        if len(piece) > 2 * _PIECE:
            pieces[number : number + 1] = _cut(piece)
        elif end > start and len(pieces) > 1:
            pieces[:] = [one for one in pieces if one] or [bytearray()]

    def _refuse_cut(self, position: int) -> None:
        if self.splits_pair(position):
            raise BadChanges(
                f"Position {position} is inside a surrogate pair; a character is taken whole or not at all."
            )


def _cut(data: bytes | bytearray) -> list[bytearray]:
    return [bytearray(data[at : at + _PIECE]) for at in range(0, len(data), _PIECE)] or [bytearray()]
