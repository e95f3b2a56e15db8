"""Lines and columns, and the units of a text."""

from __future__ import annotations

import random

import pytest

from code_together.errors import Unprocessable
from code_together.ot.text import Text
from code_together.session.lines import LineRange, Lines, cut, ranges_in

TEXT = "one\n\n😀 two\nlast"


def test_whole_lines() -> None:
    """CM1: a range without columns is whole lines, without their last line break."""
    lines = Lines(TEXT)
    assert lines.span(1, None, 3, None) == (0, 11)
    assert cut(TEXT, (0, 11)) == "one\n\n😀 two"
    assert lines.range((0, 11)) == LineRange(1, 1, 3, 7)
    assert lines.is_whole(LineRange(1, 1, 3, 7))


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ((1, 2, 1, 2), (0, 3)),  # a caret: its line
        ((2, None, 2, None), (4, 5)),  # an empty line, with its end
        ((2, 1, 2, 1), (4, 5)),
        ((3, 1, 3, 3), (5, 7)),  # one character of two units
        ((1, 3, 2, 1), (2, 5)),  # the empty line is in it
    ],
)
def test_spans(asked: tuple[int, int | None, int, int | None], span: tuple[int, int]) -> None:
    """CM1: columns count units; what holds nothing stands for its line."""
    assert Lines(TEXT).span(*asked) == span


@pytest.mark.parametrize(
    ("text", "asked", "told"),
    [
        ("one\n\nthree", (1, None, 2, None), LineRange(1, 1, 2, 1)),
        ("one\n\n\nfour", (1, None, 2, None), LineRange(1, 1, 2, 1)),
        ("three\n  \n\nfour\n", (1, None, 3, None), LineRange(1, 1, 3, 1)),
        (
            "one\n",
            (1, None, 2, None),
            LineRange(1, 1, 1, 4),
        ),  # what is behind the last break is no line to choose with others
    ],
)
def test_a_last_line_that_is_empty(
    text: str, asked: tuple[int, int | None, int, int | None], told: LineRange
) -> None:
    """CM1: lines that were chosen are kept, though the last of them is empty."""
    lines = Lines(text)
    assert lines.range(lines.span(*asked)) == told


def test_a_range_says_its_span() -> None:
    """CM1, CM8: whoever knows the lines and columns of a comment, as Git does, finds the units that it was said of."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(500):
        text = "".join(chance.choice(["a", "\n", "😀"]) for _ in range(chance.randrange(1, 12)))
        lines, live = Lines(text), Text(text)
        edges = [at for at in range(len(live) + 1) if not live.splits_pair(at)]
        for _ in range(10):
            asked = min(pair := chance.choices(edges, k=2)), max(pair)
            span = lines.within(asked)
            range_ = lines.range(span)
            again = lines.span(range_.start_line, range_.start_column, range_.end_line, range_.end_column)
            assert (again, lines.range(again)) == (span, range_), (text, asked)


def test_empty_line_at_the_end() -> None:
    """CM1: the last line may be empty, and so its span."""
    lines = Lines("a\n")
    assert lines.span(2, None, 2, None) == (2, 2)
    assert lines.range((2, 2)) == LineRange(2, 1, 2, 1)
    assert Lines("").span(1, None, 1, None) == (0, 0)


@pytest.mark.parametrize(
    "asked",
    [(0, None, 1, None), (1, None, 5, None), (2, None, 1, None), (1, 5, 1, None), (1, 0, 1, 2), (1, 3, 1, 2),
     (-1, None, 1, None), (1, None, 2, 2), (10**30, None, 10**30, None)],
)  # fmt: skip
def test_ranges_that_cannot_be(asked: tuple[int, int | None, int, int | None]) -> None:
    """CM10: a range beyond the text, or one that ends before it begins, is refused."""
    with pytest.raises(Unprocessable) as refused:
        Lines(TEXT).span(*asked)
    assert refused.value.code == "bad_range"


def test_cut_characters() -> None:
    """CM10: a range may not cut a character in two."""
    with pytest.raises(Unprocessable):
        cut(TEXT, (5, 6))


def test_live_texts_have_the_same_lines() -> None:
    """`ranges_in` gives for a live text what `Lines.range` gives, whatever the spans."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(200):
        text = "".join(chance.choice(["a", "\n", "😀", "é"]) for _ in range(chance.randrange(30)))
        live, lines = Text(text), Lines(text)
        edges = [at for at in range(len(live) + 1) if not live.splits_pair(at)]
        spans = [(min(pair), max(pair)) for pair in (chance.choices(edges, k=2) for _ in range(10))]
        assert ranges_in(live, spans) == [lines.range(span) for span in spans]
