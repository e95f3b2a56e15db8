"""One line of text: titles, labels, display names."""

from __future__ import annotations

import pytest

from code_together.errors import Unprocessable
from code_together.storage.lines import clean_line


def clean(text: str, longest: int = 20, refused: str = "") -> str:
    return clean_line(text, longest, what="title", code="bad_title", refused=refused)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Ann Smith\t", "Ann Smith"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("a" * 20, "a" * 20),
        ("אנה\u200f", "אנה\u200f"),
        ("🦊", "🦊"),
        ("李 雷", "李 雷"),
        ("C++ <3", "C++ <3"),
    ],
)
def test_kept(text: str, line: str) -> None:
    """Names in every script are kept, in NFC and without blanks around them."""
    assert clean(text) == line


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "needs at least one letter"),
        (" \u200b\u2060 ", "needs at least one letter"),
        ("...", "needs at least one letter"),
        ("a" * 21, "has 21 characters; 20 is the most"),
        ("Ann\nCommitter: Eve", "U\\+000A"),
        ("Ann\x00", "U\\+0000"),
        ("Ann\u2028Eve", "U\\+2028"),
        ("Ann\x1b[31m", "U\\+001B"),
        ("Ann\u202egpj", "U\\+202E"),
        ("Ann\u2066x", "U\\+2066"),
        ("Ann\ud800", "U\\+D800"),
    ],
)
def test_refused(text: str, sentence: str) -> None:
    """What shows nothing, breaks the line, or turns or hides text is refused with a sentence that says why."""
    with pytest.raises(Unprocessable, match=sentence) as caught:
        clean(text)
    assert caught.value.code == "bad_title"


def test_refused_characters() -> None:
    """Characters that the caller cannot have are refused by name."""
    with pytest.raises(Unprocessable, match="cannot hold < or >"):
        clean("Ann <ann@example.org>", 40, refused="<>")
