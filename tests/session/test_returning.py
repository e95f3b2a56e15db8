"""When it is worth a look whether a deleted text comes back."""

from __future__ import annotations

import pytest

from code_together.ot.change import ChangeSet
from code_together.ot.text import Text
from code_together.session.returning import Returning

QUOTE = "def term(tokens):\n    return tokens[0]\n"


def typed(before: str, at: int, new: str) -> tuple[Text, list[ChangeSet]]:
    change = ChangeSet.from_json(
        [at, [0, *new.split("\n")], len(before) - at] if at else [[0, *new.split("\n")], len(before)]
    )
    return Text(change.apply(before)), [change]


@pytest.mark.parametrize(
    ("quote", "before", "at", "new", "expected"),
    [
        (QUOTE, "a\nb\n", 2, QUOTE, True),
        (QUOTE, "a\nb\n", 2, "x", False),
        (QUOTE, "a\ndef term():\nb\n", 11, "tokens", True),  # the line that it makes
        (QUOTE, "a\nreturn tokens[0\nb\n", 17, "]", True),
        ("two", "a\nb\n", 2, "two\n", True),
        ("two", "a\nb\n", 2, "twofold\n", False),  # too short to be looked for within lines
        (QUOTE, "a\nb\n", 2, "x" * 300_000, True),  # more than is searched
        ("", "a\nb\n", 2, "\n", False),
    ],
)
def test_what_may_come(quote: str, before: str, at: int, new: str, expected: bool) -> None:
    """CM3: what brings a line of the text back is worth a look, in what was typed or around it; other typing is not."""
    returning = Returning(10)
    assert not returning.may_come(*typed(before, at, new))
    returning.lose("1", quote)
    assert returning.may_come(*typed(before, at, new)) == expected
    returning.forget(["1", "2"])
    assert not returning.may_come(*typed(before, at, new))


def test_only_so_many() -> None:
    """CM3: of very many texts that are gone the newest are looked for."""
    returning = Returning(2)
    for number in range(3):
        returning.lose(str(number), f"line number {number}")
    assert not returning.may_come(*typed("a\nb\n", 2, "line number 0"))
    assert returning.may_come(*typed("a\nb\n", 2, "line number 2"))


def test_halves_of_characters() -> None:
    """CM3, OT9: a long line is not cut within a character."""
    returning = Returning(2)
    returning.lose("1", QUOTE)
    before = "\U0001f600" * 700
    change = ChangeSet.from_json([700, [0, "x"], 700])
    assert not returning.may_come(Text(change.apply(before)), [change])
