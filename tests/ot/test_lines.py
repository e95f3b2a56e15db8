"""server/code_together/ot/lines.py"""

from __future__ import annotations

import random

import pytest

from code_together.ot.diff import Steps
from code_together.ot.lines import LineEdit, alike, line_edits
from tests.ot.sides import base_lines, edited


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        (["a", "b"], ["a", "b"], []),
        (["line 0", "b"], ["<o 0>", "b"], [LineEdit(0, 1, ["<o 0>"], False)]),
        (["x = f(1)"], ["x = f(2)"], [LineEdit(0, 1, ["x = f(2)"], True)]),
        (["x = f(1)"], ["new", "x = f(2)"], [LineEdit(0, 0, ["new"], False), LineEdit(0, 1, ["x = f(2)"], True)]),
        (["a", "b"], ["if c:", "  a", "  b"], [
            LineEdit(0, 0, ["if c:"], False), LineEdit(0, 1, ["  a"], True), LineEdit(1, 2, ["  b"], True)]),
    ],
)  # fmt: skip
def test_edits(old: list[str], new: list[str], edits: list[LineEdit]) -> None:
    """PU5: a line is another form of an old one when more than half of the longer is in both, or all but blanks."""
    assert line_edits(old, new, Steps()) == edits


def test_edits_make_the_new_lines() -> None:
    """PU5: whatever the lines, the edits are ascending and make the new ones, also without a budget."""
    seed = random.randrange(10**6)
    print(f"SEED={seed}")
    rng = random.Random(seed)
    for round in range(500):
        old = base_lines(rng)
        new = edited(rng, old, "N").lines
        made: list[str] = []
        reached = 0
        for edit in line_edits(old, new, Steps(0 if round % 5 == 0 else 1_000)):
            assert edit.start >= reached
            assert not edit.same or (edit.end == edit.start + 1 and len(edit.lines) == 1)
            made += [*old[reached : edit.start], *edit.lines]
            reached = edit.end
        assert [*made, *old[reached:]] == new


def test_alike() -> None:
    """PU5: blank lines are nothing that two texts have in common."""
    assert alike(["a b", "", "c"], ["", "a b", "d"]) == 2
