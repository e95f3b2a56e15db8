"""A text that is edited in place, counted in UTF-16 code units as editors in browsers count.

Python's strings count code points. Keeping the text as UTF-16-LE bytes makes a position plain arithmetic (two
bytes a unit), an edit one slice assignment, and the question whether a position lies inside a surrogate pair
a look at one byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from code_together.errors import BadChanges

if TYPE_CHECKING:
    from code_together.ot.change import ChangeSet


class Text:
    """A mutable text. Positions and lengths are UTF-16 units; it never holds half of a surrogate pair."""

    __slots__ = ("_data",)

    def __init__(self, text: str = "") -> None:
        """Raises BadChanges when `text` holds a lone surrogate: it is no character, no file can hold it."""
        try:
            self._data = bytearray(text.encode("utf-16-le"))
        except UnicodeEncodeError as error:
            raise BadChanges(
                f"The text holds half of a surrogate pair at character {error.start}; send whole characters."
            ) from None

    def __len__(self) -> int:
        return len(self._data) >> 1

    def __str__(self) -> str:
        return self._data.decode("utf-16-le")

    def __eq__(self, other: object) -> bool:
        return self._data == other._data if isinstance(other, Text) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"Text({str(self)!r})"

    def copy(self) -> Text:
        text = Text.__new__(Text)
        text._data = self._data.copy()
        return text

    def slice(self, start: int, end: int) -> str:
        """The text from `start` up to `end`. Raises BadChanges when that is no range of it or cuts a pair."""
        if not 0 <= start <= end <= len(self):
            raise BadChanges(f"There is no range {start} to {end} in a text of {len(self)} units.")
        self._refuse_cut(start)
        self._refuse_cut(end)
        return self._data[start * 2 : end * 2].decode("utf-16-le")

    def splits_pair(self, position: int) -> bool:
        """Whether `position` lies between the two halves of a surrogate pair."""
        # There are no lone halves, so a high one (upper byte 0xD8 to 0xDB) before the position is enough.
        return position > 0 and self._data[position * 2 - 1] & 0xFC == 0xD8

    def is_break(self, position: int) -> bool:
        """Whether the unit at `position` is a line break."""
        return self._data[position * 2 : position * 2 + 2] == b"\n\0"

    def apply(self, changes: ChangeSet) -> None:
        """Makes `changes` in place.

        Raises BadChanges when they are for a text of another length or cut a surrogate pair; then the text is
        as it was.
        """
        data = self._data
        if changes.length * 2 != len(data):
            raise BadChanges(f"The changes are for a text of {changes.length} units, but it has {len(self)}.")
        # Everything between the first and the last edit is put together first and then set at once.
        first = last = -1
        pieces: list[bytes | bytearray] = []
        for start, end, text in changes.edits():
            self._refuse_cut(start)
            self._refuse_cut(end)
            if first < 0:
                first = start
            elif last < start:
                pieces.append(data[last * 2 : start * 2])
            if text:
                pieces.append(text.encode("utf-16-le"))
            last = end
        if first >= 0:
            data[first * 2 : last * 2] = pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _refuse_cut(self, position: int) -> None:
        if self.splits_pair(position):
            raise BadChanges(
                f"Position {position} is inside a surrogate pair; a character is taken whole or not at all."
            )
