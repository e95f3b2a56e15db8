"""Whether a text that comments spoke of and that was deleted may be coming back, as by an undo.

This only says when it is worth a look. Whether and where the text is there, its difference to the one in which it was said tells, as when a
window closes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from code_together.ot.change import ChangeSet
from code_together.ot.sections import units
from code_together.ot.text import Text

_WORDS: Final = 3
"""Lines of each text that are looked for: the first, the last and the longest."""
_SHORTEST: Final = 4
"""Characters of a text that is looked for within lines; a shorter one is a line of its own, or not worth a look."""
_ASIDE: Final = 500
"""Units to each side of an edit in which its line is looked for."""
_SEARCHED: Final = 200_000
"""Characters of edits that are searched; more are taken to bring something back."""


class Returning:
    """The texts of a document's threads that are gone, at most so many: the newest of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._words: dict[str, Sequence[str]] = {}

    def lose(self, id: str, quote: str) -> None:
        """A thread's text is gone; `quote` is what it was when it was said."""
        self._words[id] = _words(quote)
        while len(self._words) > self._most:
            del self._words[next(iter(self._words))]

    def forget(self, ids: Iterable[str]) -> None:
        """These have a place again, or are no more."""
        for id in ids:
            self._words.pop(id, None)

    def may_come(self, text: Text, changes: Sequence[ChangeSet]) -> bool:
        """Whether what these edits typed, or the lines that they made, has a line of a text that is gone; `text` is the one after all of them."""
        if not self._words:
            return False
        typed = [new for one in changes for _, _, new in one.edits() if new]
        if not typed:
            return False
        if sum(map(len, typed)) > _SEARCHED:
            return True
        typed += _lines_of(text, changes[-1])
        lines = {line.strip() for new in typed for line in new.split("\n")}
        return any(
            word in lines or (len(word) >= _SHORTEST and any(word in new for new in typed))
            for words in self._words.values()
            for word in words
        )


def _words(quote: str) -> list[str]:
    lines = [line for line in map(str.strip, quote.removesuffix("…").split("\n")) if len(line) >= _SHORTEST]
    if not lines:
        return [one for one in quote.split() if one][:_WORDS]
    return list(dict.fromkeys([lines[0], lines[-1], max(lines, key=len)]))[:_WORDS]


def _lines_of(text: Text, changes: ChangeSet) -> list[str]:
    """The lines in which an edit typed, as they are after it."""
    found = []
    grown = 0
    for start, end, new in changes.edits():
        size = units(new)
        if new:
            found.append(_line_around(text, start + grown, start + grown + size))
        grown += size - (end - start)
        if len(found) == _ASIDE:
            break
    return found


def _line_around(text: Text, start: int, end: int) -> str:
    first, last = start, end
    while first > 0 and start - first < _ASIDE and not text.is_break(first - 1):
        first -= 1
    while last < len(text) and last - end < _ASIDE and not text.is_break(last):
        last += 1
    # Where the line goes on it may be cut within a character: then what was typed is enough.
    whole = (first == 0 or text.is_break(first - 1)) and (last == len(text) or text.is_break(last))
    return text.slice(first, last) if whole else text.slice(start, end)
