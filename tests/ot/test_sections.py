"""Rows of sections: read, joined, cut."""

from __future__ import annotations

import pytest

from code_together.errors import BadChanges
from code_together.ot.sections import KEEP, Builder, Slices, joined_keeps, read_section, units


def test_units() -> None:
    """OT1: lengths are UTF-16 units, and half of a surrogate pair has none."""
    assert [units(text) for text in ("", "abc", "é", "😀", "a😀b")] == [0, 3, 1, 2, 4]
    with pytest.raises(BadChanges, match="surrogate"):
        units("\ud83d")


def test_neighbours_that_are_one() -> None:
    """OT2: keeps, deletions, and insertions at one place are joined; replacements side by side stay apart."""
    row = Builder()
    for section in [
        (2, KEEP, ""),
        (1, KEEP, ""),
        (0, 1, "a"),
        (0, 2, "bc"),
        (0, 0, ""),
        (2, 1, "x"),
        (1, 1, "y"),
        (1, 0, ""),
        (1, 0, ""),
    ]:
        row.add(*section)
    assert row.finish() == [(3, KEEP, ""), (0, 3, "abc"), (2, 1, "x"), (1, 1, "y"), (2, 0, "")]


def test_a_join_that_is_asked_for() -> None:
    """OT2: what belongs to the replacement before it becomes part of it, whatever the two are."""
    row = Builder()
    row.add(1, 1, "a")
    row.add(2, 1, "b", join=True)
    assert row.finish() == [(3, 2, "ab")]


def test_pieces_of_an_inserted_text() -> None:
    """OT1: pieces are counted in units, and none holds half of a pair."""
    pieces = Slices("a😀b", 4)
    assert pieces.next(1) == "a"
    pieces.skip(2)
    assert pieces.next(1) == "b"
    with pytest.raises(BadChanges, match="surrogate pair"):
        Slices("a😀b", 4).next(2)


def test_keeps_side_by_side() -> None:
    """OT2: a border between two keeps cuts nothing."""
    row = [(1, KEEP, ""), (2, KEEP, ""), (0, 1, "a"), (1, KEEP, ""), (1, 0, ""), (3, KEEP, ""), (4, KEEP, "")]
    assert list(joined_keeps(row)) == [(3, KEEP, ""), (0, 1, "a"), (1, KEEP, ""), (1, 0, ""), (7, KEEP, "")]


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (0, "keeps 0 units"),
        (True, "neither a whole number nor a list"),
        ([], "neither a whole number nor a list"),
        ([0], "does nothing"),
        ([-1, "a"], "replaces -1 units"),
        ([0, 7], "not a line of text"),
        ([0, "a\nb"], "line break inside a line"),
    ],
)
def test_parts_that_are_none(part: object, said: str) -> None:
    """OT3: a part of the wire form that is none is refused, with its number and what is wrong."""
    with pytest.raises(BadChanges, match=f"Part 3 of the changes.*{said}"):
        read_section(part, 3)
