"""Titles, labels and display names: one line of text that is shown everywhere and may reach a Git commit."""

from __future__ import annotations

import unicodedata
from typing import Final

from code_together.errors import Unprocessable

# Characters that turn the direction of the text around them (Unicode Standard Annex 9): a name with one can
# make the rest of the line read as something else. The plain marks U+200E and U+200F, which names in Hebrew
# or Arabic use, change nothing else.
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOT_TEXT: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def clean_line(text: str, longest: int, *, what: str, code: str, refused: str = "") -> str:
    """`text` in NFC without blanks around it.

    Raises `Unprocessable` with `code` and a sentence about `what` if that is empty or longer than `longest`
    characters, shows nothing, or holds control characters, line breaks, marks that turn the direction of
    text, or one of `refused`.
    """
    line = unicodedata.normalize("NFC", text).strip()
    if not any(unicodedata.category(c)[0] in "LNS" for c in line):
        raise Unprocessable(f"The {what} needs at least one letter, digit or symbol.", code=code)
    if len(line) > longest:
        raise Unprocessable(f"The {what} has {len(line)} characters; {longest} is the most.", code=code)
    for character in line:
        if character in refused:
            raise Unprocessable(f"The {what} cannot hold {' or '.join(refused)}.", code=code)
        if character in _TURNS or unicodedata.category(character) in _NOT_TEXT:
            raise Unprocessable(
                f"The {what} cannot hold line breaks or control characters (U+{ord(character):04X}).",
                code=code,
            )
    return line
