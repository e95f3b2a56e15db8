"""The sections that a change is a row of: read from the wire form, put together, cut.

A section is `(length, size, text)`: of the old text `length` units are kept (`size` is KEEP and `text` empty) or replaced by `text`, which
has `size` units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from code_together.errors import BadChanges

Section = tuple[int, int, str]

KEEP: Final = -1
"""The size of what is kept."""
LONGEST: Final = 2**31 - 1
"""Units that a text may have, here and in the wire form."""
END: Final[Section] = (0, -2, "")
"""What comes after the last section."""


def units(text: str) -> int:
    """The length of `text` in UTF-16 units. Raises BadChanges for a lone surrogate."""
    if text.isascii():
        return len(text)
    try:
        return len(text.encode("utf-16-le")) >> 1
    except UnicodeEncodeError:
        raise BadChanges("A text holds half of a surrogate pair; send whole characters.") from None


class Builder:
    """Collects sections, joining neighbours that are one: keeps, deletions, and insertions at one place."""

    __slots__ = ("_length", "_more", "_sections", "_size", "_text", "count")

    def __init__(self) -> None:
        self._sections: list[Section] = []
        self.count = 0
        self._length, self._size, self._text = END  # the last section, which may still grow
        self._more: list[str] = []  # what was added to its text

    def add(self, length: int, size: int, text: str, join: bool = False) -> None:
        """Adds a section; with `join` it becomes part of the last one, whatever the two are."""
        if size <= 0 and (not length or size == self._size):
            self._length += length
        elif self.count and (join or (not length and not self._length)):
            self._length += length
            self._size += size
            self._more.append(text)
        else:
            if self.count:
                self._sections.append((self._length, self._size, self._whole_text()))
            self.count += 1
            self._length, self._size, self._text = length, size, text

    def finish(self) -> list[Section]:
        if self.count:
            self._sections.append((self._length, self._size, self._whole_text()))
        return self._sections

    def _whole_text(self) -> str:
        if not self._more:
            return self._text
        text = "".join([self._text, *self._more])
        self._more.clear()
        return text


class Slices:
    """Takes an inserted text piece by piece, measured in UTF-16 units."""

    __slots__ = ("_data", "_position", "_text")

    def __init__(self, text: str, size: int) -> None:
        self._text = text
        self._position = 0
        # Where units and characters count the same, the string itself is sliced.
        self._data = b"" if size == len(text) else text.encode("utf-16-le")

    def skip(self, size: int) -> None:
        self._position += size

    def next(self, size: int) -> str:
        start = self._position
        end = self._position = start + size
        if not self._data:
            return self._text[start:end]
        try:
            return self._data[start * 2 : end * 2].decode("utf-16-le")
        except UnicodeDecodeError:
            raise BadChanges(
                "A change cuts a surrogate pair; a character is taken whole or not at all."
            ) from None


def joined_keeps(sections: Iterable[Section]) -> Iterator[Section]:
    """The sections with neighbouring keeps as one, so that a border between two keeps cuts nothing."""
    kept = 0
    for section in sections:
        if section[1] < 0:
            kept += section[0]
            continue
        if kept:
            yield kept, KEEP, ""
            kept = 0
        yield section
    if kept:
        yield kept, KEEP, ""


def read_section(part: object, number: int) -> Section:
    """One part of the wire form; `number` counts from 1 and is for the message."""
    if type(part) is int:
        if 0 < part <= LONGEST:
            return part, KEEP, ""
        raise BadChanges(f"Part {number} of the changes keeps {part} units; it must be 1 to {LONGEST}.")
    if type(part) is not list or not part or type(part[0]) is not int:
        raise BadChanges(
            f"Part {number} of the changes is neither a whole number nor a list that begins with one."
        )
    length = part[0]
    if not 0 <= length <= LONGEST:
        raise BadChanges(f"Part {number} of the changes replaces {length} units; it must be 0 to {LONGEST}.")
    try:
        text = "\n".join(part[1:])
    except TypeError:
        raise BadChanges(
            f"Part {number} of the changes inserts something that is not a line of text."
        ) from None
    if text.count("\n") > max(0, len(part) - 2):
        raise BadChanges(
            f"Part {number} of the changes has a line break inside a line; give every line by itself."
        )
    size = units(text)
    if not length and not size:
        raise BadChanges(f"Part {number} of the changes does nothing; leave it out.")
    return length, size, text
