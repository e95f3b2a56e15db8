"""Places that follow their text."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_together.ot.change import ChangeSet
from code_together.ot.diff import diff
from code_together.ot.sections import units
from code_together.ot.text import Text
from code_together.session.anchors import Anchors, follow
from code_together.session.lines import Span
from tests.ot.strategies import laws

lines = st.lists(
    st.sampled_from(["one two three\n", "one 2 three\n", "three\n", "\n", "}\n", "😀 four, five\n", "six"]),
    max_size=12,
)


def moved(text: str, span: Span, *edits: tuple[int, int, str]) -> str | None:
    """The text of a span after edits of the text, which are one change."""
    changes = ChangeSet.of(len(text), edits)
    (after,) = follow(changes, [span])
    return after and changes.apply(text)[after[0] : after[1]]


@pytest.mark.parametrize(
    ("edit", "then"),
    [
        ((0, 0, "xx"), "bcd"),  # before it
        ((1, 1, "xx"), "bcd"),  # typed at its start stays outside
        ((4, 4, "xx"), "bcd"),  # and at its end
        ((2, 2, "xx"), "bxxcd"),  # typed within belongs to it
        ((2, 3, ""), "bd"),
        ((0, 3, ""), "d"),
        ((3, 5, "zz"), "bc"),
        ((0, 3, "zz"), None),
        ((1, 4, ""), None),
        ((1, 3, ""), "d"),
        ((1, 3, "z"), None),  # more was replaced than is left
        ((2, 3, "z"), "bzd"),
        ((1, 4, "new"), None),  # what stands there instead is not the text
        ((0, 5, "abcde"), None),
    ],
)
def test_following(edit: tuple[int, int, str], then: str | None) -> None:
    """CM2: a span moves with its text; it is gone with it, and never on what came instead."""
    assert moved("abcde", (1, 4), edit) == then


def test_found_in_pieces() -> None:
    """CM2: a bracket that a difference finds again is not the text; a text of which most is left is."""
    text = "call(first, second)\nrest\n"
    gone = diff(text, "x = other()\nrest\n")
    assert follow(gone, [(0, 19)]) == [None]
    assert follow(gone, [(0, 19)], strict=True) == [None]
    edited = "renamed(first, second)\nrest\n"
    (span,) = follow(diff(text, edited), [(0, 19)], strict=True)
    assert span is not None
    assert edited[span[0] : span[1]].endswith("(first, second)")


@laws
@given(st.data())
def test_only_what_touches_a_place_counts(data: st.DataObject) -> None:
    """CM2, OT10: a place is found in the same spot whether or not what is far from it was compared by words."""
    old, new = "".join(data.draw(lines)), "".join(data.draw(lines))
    position = st.integers(0, units(old))
    spans = [(min(one), max(one)) for one in data.draw(st.lists(st.tuples(position, position), max_size=3))]
    near = diff(old, new, spans)
    assert near.apply(old) == new
    for strict in (True, False):
        assert follow(near, spans, strict=strict) == follow(diff(old, new), spans, strict=strict)


def test_an_empty_line_at_the_end() -> None:
    """CM2: the empty last line stands with the break before it, and goes with it."""
    assert follow(ChangeSet.replace(2, 0, 1, ""), [(2, 2)]) == [(1, 1)]
    assert follow(ChangeSet.replace(2, 1, 2, ""), [(2, 2)]) == [None]
    assert follow(ChangeSet.replace(0, 0, 0, "x"), [(0, 0)]) == [(1, 1)]


def test_positions_are_those_of_the_editor() -> None:
    """CM2, CM4: a span that stands is where `mapPos` of a client puts it, whatever the changes."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(500):
        length = chance.randrange(1, 30)
        parts: list[object] = []
        left = length
        while left:
            size = chance.randint(1, left)
            left -= size
            parts.append(size if chance.random() < 0.6 else [size] if chance.random() < 0.5 else [size, "xy"])
            if chance.random() < 0.4:
                parts.append([0, "new"])
        changes = ChangeSet.from_json(parts)
        spans = [(min(pair), max(pair)) for pair in (chance.sample(range(length + 1), 2) for _ in range(5))]
        for (start, end), after in zip(spans, follow(changes, spans), strict=True):
            if after is not None:
                assert after == (changes.map_pos(start, 1), changes.map_pos(end, -1))
                assert after[0] < after[1]


def test_many_threads_through_many_updates() -> None:
    """CM2: all threads of a document are taken through its updates one by one; those whose text went are told."""
    text = Text("".join(f"line {number}\n" for number in range(100)))
    anchors = Anchors(0)
    anchors.put(
        {
            f"{n}": (at, at + len(f"line {n}"))
            for n, at in ((n, str(text).index(f"line {n}\n")) for n in range(100))
        }
    )
    first = ChangeSet.replace(len(text), 0, 0, "# head\n")
    second = ChangeSet.replace(len(text) + 7, 7, 14, "")
    assert anchors.follow([(1, first), (2, second)]) == ["0"]
    text.apply(first)
    text.apply(second)
    assert anchors.version == 2
    assert {id: text.slice(*span).strip() for id, span in anchors.spans.items()} == {
        f"{n}": f"line {n}" for n in range(1, 100)
    }
