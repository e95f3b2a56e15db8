"""server/code_together/ot/diff.py"""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_together.errors import BadChanges
from code_together.ot import diff as module
from code_together.ot.diff import diff
from code_together.ot.text import Text
from tests.ot.strategies import laws, texts


@laws
@given(texts, texts)
def test_it_makes_the_new_text(old: str, new: str) -> None:
    """OT10: the change makes `new` from `old`, cuts no pair, and is the identity only for equal texts."""
    change = diff(old, new)
    text = Text(old)
    text.apply(change)
    assert str(text) == new
    assert change.is_identity == (old == new)


lines = st.lists(
    st.sampled_from(["one two\n", "three\n", "\n", "}\n", "😀 four, five\n", "six"]), max_size=12
)


@laws
@given(lines, lines)
def test_it_makes_the_new_text_of_repeated_lines(old: list[str], new: list[str]) -> None:
    """OT10: also where lines repeat and moved."""
    assert diff("".join(old), "".join(new)).apply("".join(old)) == "".join(new)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("", "", []),
        ("", "a\nb", [[0, "a", "b"]]),
        ("a\nb", "", [[3]]),
        ("a\nb\nc\n", "a\nc\n", [2, [2], 2]),
        ("a\nc\n", "a\nb\nc\n", [2, [0, "b", ""], 2]),
        ("the quick fox\n", "the slow fox\n", [4, [5, "slow"], 5]),
        ("if x:\n    y = 1\n", "if x:\n    y = 2\n", [14, [1, "2"], 1]),
        ("a\nlast", "a\nlast\nmore", [6, [0, "", "more"]]),
        ("x😀y", "x😁y", [1, [2, "😁"], 1]),
        ("a b c d\n", "q r s t\n", [[7, "q r s t"], 1]),
    ],
)
def test_it_is_small_and_sensible(old: str, new: str, parts: list[object]) -> None:
    """OT10: whole lines come and go as lines, within a changed line words do, and words without likeness go at once."""
    assert diff(old, new).to_json() == parts


def test_an_indentation_is_an_insertion_in_every_line() -> None:
    """OT10: carets stay where they are when many lines change a little."""
    old = "".join(f"line{number} of the text\n" for number in range(4_000))
    new = "".join(f"    {line}\n" for line in old.splitlines())
    change = diff(old, new)
    assert set(change.inserted_text()) == {"    "}
    assert all(start == end for start, end, _ in change.edits())


def test_a_moved_line_leaves_the_others_alone() -> None:
    """OT10: lines that occur once hold the comparison together."""
    old = [f"line {number}\n" for number in range(50)]
    new = [*old[1:30], old[0], *old[30:]]
    assert diff("".join(old), "".join(new)).to_json() == [[7], 223, [0, "line 0", ""], 160]


def test_the_number_of_replacements_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """OT10: a change has no more parts than who takes it allows; too many neighbours are made one."""
    monkeypatch.setattr(module, "EDITS", 10)
    old = "".join(f"{number} a\n" for number in range(101))
    new = "".join(f"{number} {'b' if number % 2 else 'a'}\n" for number in range(101))
    change = diff(old, new)
    assert change.apply(old) == new
    assert 2 < change.parts <= 21


def test_a_lone_surrogate_is_refused() -> None:
    """OT3: no change is made of half characters."""
    with pytest.raises(BadChanges):
        diff("a", "a\ud800")


def _big(rng: random.Random) -> dict[str, tuple[str, str]]:
    long = "".join(f"line {number} {rng.random()} and more words\n" for number in range(230_000))
    old = "".join(long.splitlines(True)[:60_000])
    few = ["a\n", "b\n", "}\n", "\n"]
    shuffled = old.splitlines(True)
    rng.shuffle(shuffled)
    return {
        "every line is another": (long, long.replace("line", "row")),
        "every line is indented": (old, "".join("  " + line for line in old.splitlines(True))),
        "lines that repeat": ("".join(rng.choices(few, k=400_000)), "".join(rng.choices(few, k=400_000))),
        "lines in another order": (old, "".join(shuffled)),
        "one line": (old.replace("\n", " "), old.replace("\n", " ").replace("line 999 ", "row 999 ")),
    }


def test_its_cost_is_bounded() -> None:
    """OT10: ten million characters with every line changed are done in seconds, and other hard cases are."""
    for name, (old, new) in _big(random.Random(1)).items():
        begin = time.process_time()
        change = diff(old, new)
        assert time.process_time() - begin < 10, (
            name
        )  # about 1 s of the processor, however busy it is with others
        text = Text(old)
        text.apply(change)
        assert str(text) == new, name
        assert change.parts <= 2 * module.EDITS + 1
        if name == "one line":
            assert list(change.inserted_text()) == ["row"]
