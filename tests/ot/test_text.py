"""server/code_together/ot/text.py"""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given

from code_together.errors import BadChanges
from code_together.ot.change import ChangeSet
from code_together.ot.text import Text
from tests.ot.strategies import laws, one_change, texts, units


def test_lengths_and_slices_count_utf16_units() -> None:
    """OT1: an astral character counts two units, a line break and a carriage return one each."""
    text = Text("a😀\r\nz")
    assert len(text) == 6
    assert text.slice(1, 3) == "😀"
    assert text.slice(3, 5) == "\r\n"
    assert str(text) == "a😀\r\nz"


def test_a_lone_surrogate_is_refused() -> None:
    """OT3: half a pair is no character."""
    with pytest.raises(BadChanges):
        Text("a\ud83d")


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (2, 1), (0, 5), (2, 3), (0, 2)])
def test_a_slice_that_is_no_range_or_cuts_a_pair_is_refused(start: int, end: int) -> None:
    """OT9: nothing takes half a pair out of a text."""
    with pytest.raises(BadChanges):
        Text("a😀b").slice(start, end)


def test_splits_pair() -> None:
    """OT9: only the place between the two halves splits a pair."""
    text = Text("a😀😀\ue000")
    assert [text.splits_pair(position) for position in range(7)] == [
        False,
        False,
        True,
        False,
        True,
        False,
        False,
    ]


def test_is_break() -> None:
    """OT1: a break is one unit; a character that has 0x0A in it is none, and past the end there is none."""
    text = Text("\nĊ\u0a0a\n")
    assert [text.is_break(position) for position in range(5)] == [True, False, False, True, False]


@pytest.mark.parametrize(
    ("before", "parts"),
    [
        pytest.param("a😀bcd", [2, [0, "x"], 4], id="an insertion within the pair"),
        pytest.param("a😀bcd", [2, [1], 3], id="begins within"),
        pytest.param("a😀bcd", [[2], 4], id="ends within"),
        pytest.param("a😀b😀", [1, [2, "ok"], 2, [1, "bad"]], id="the second of two"),
        pytest.param("a😀bcd", [1, [1], [1], 3], id="the pair half by half"),
        pytest.param("a😀bcd", [5, [0, "x"]], id="shorter"),
        pytest.param("a😀bcd", [[7]], id="longer"),
    ],
)
def test_a_cut_pair_or_a_wrong_length_changes_nothing(before: str, parts: list[object]) -> None:
    """OT9, SQ5: a change that cuts a pair, or is for another text, is refused and the text is as it was."""
    text = Text(before)
    with pytest.raises(BadChanges):
        text.apply(ChangeSet.from_json(parts))
    assert str(text) == before


def test_a_border_between_two_keeps_cuts_nothing() -> None:
    """OT9: what is kept on both sides of a place is whole."""
    text = Text("a😀b")
    text.apply(ChangeSet.from_json([2, 1, [1, "c"]]))
    assert str(text) == "a😀c"


def test_a_copy_is_another_text() -> None:
    """A copy does not change with its original."""
    text = Text("ab")
    copy = text.copy()
    text.apply(ChangeSet.replace(2, 1, 2, "x"))
    assert (str(text), str(copy)) == ("ax", "ab")
    assert copy == Text("ab")


@laws
@given(one_change())
def test_apply_makes_what_the_edits_say(case: tuple[str, ChangeSet]) -> None:
    """OT4: applying is replacing each edit's range, from the last to the first."""
    text, change = case
    expected = text.encode("utf-16-le")
    for start, end, insert in reversed(list(change.edits())):
        expected = expected[: start * 2] + insert.encode("utf-16-le") + expected[end * 2 :]
    buffer = Text(text)
    buffer.apply(change)
    assert str(buffer) == expected.decode("utf-16-le")
    assert len(buffer) == change.new_length


@laws
@given(texts)
def test_text_comes_back(text: str) -> None:
    """OT1: a text is what it was made of, with its length in units."""
    assert str(Text(text)) == text
    assert len(Text(text)) == units(text)


def test_a_long_text_is_edited_like_a_short_one() -> None:
    """OT9: edits at borders, within and across the pieces that a long text is kept in."""
    seed = int(os.environ.get("SEED") or random.randrange(2**32))
    print("SEED", seed)
    chance = random.Random(seed)
    expected = "".join(chance.choices("abc\nd", k=300_000))
    text = Text(expected)
    for _ in range(400):
        start = chance.choice([0, len(expected), 65_536, 131_072, chance.randrange(len(expected) + 1)])
        start = min(start, len(expected))
        longest = chance.choice([0, 1, 10, 70_000, 200_000])
        end = min(len(expected), start + chance.randrange(longest + 1))
        put = "".join(chance.choices("xyz\n", k=chance.choice([0, 1, 5, 1_000, 150_000])))
        if start == end and not put:
            continue
        text.apply(ChangeSet.replace(len(expected), start, end, put))
        expected = expected[:start] + put + expected[end:]
        place = chance.randrange(len(expected) + 1)
        assert len(text) == len(expected)
        assert text.slice(place, min(place + 70_000, len(expected))) == expected[place : place + 70_000]
        assert text.is_break(place) == (expected[place : place + 1] == "\n")
    assert str(text) == expected
    assert text == Text(expected)
    assert text.copy() == text
    text.apply(ChangeSet.replace(len(expected), 0, len(expected), ""))
    assert (str(text), len(text)) == ("", 0)
    text.apply(ChangeSet.replace(0, 0, 0, "again"))
    assert str(text) == "again"


def test_several_edits_of_a_long_text() -> None:
    """OT9: also a change with many replacements, over the borders of pieces and of pairs there."""
    before = "a😀" * 100_000
    text = Text(before)
    parts: list[object] = [1, [2, "é"], 65_532, [3], 131_001, [0, "new"]]
    kept = sum(part if isinstance(part, int) else part[0] for part in parts)  # type: ignore[index]
    change = ChangeSet.from_json([*parts, 300_000 - kept])
    assert change.only_edit is None
    text.apply(change)
    data = before.encode("utf-16-le")
    expected = (
        data[:2]
        + "é".encode("utf-16-le")
        + data[6:131_070]
        + data[131_076:393_078]
        + "new".encode("utf-16-le")
    )
    assert str(text).encode("utf-16-le") == expected + data[393_078:]
