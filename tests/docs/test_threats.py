"""The tables of threats and faults: every row is there, and what it names is."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT

THREATS = [
    *(f"{letter}{number}" for letter, most in {"A": 16, "Z": 12, "C": 7, "X": 12, "T": 12, "G": 15}.items() for number in range(1, most + 1)),
    *(f"{letter}{number}" for letter, most in {"W": 18, "R": 10, "L": 5, "S": 8}.items() for number in range(1, most + 1)),
]  # fmt: skip
FAULTS = sorted([*(f"F{number}" for number in range(1, 28)), "F1b", "F2b", "F3b"])


def rows(page: str) -> list[tuple[str, str]]:
    """The id of each row, and its last column."""
    text = (ROOT / "docs" / "design" / page).read_text()
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| [A-Z]\d", line)]
    return [(row[0], row[-1]) for row in cells]


def test_every_row_is_there() -> None:
    """Each of the 115 attacks and 30 faults has one row."""
    assert len(THREATS) == 115
    assert [id for id, _ in rows("threat-model.md")] == THREATS
    assert sorted(id for id, _ in rows("faults.md")) == FAULTS


@pytest.mark.parametrize("page", ["threat-model.md", "faults.md"])
def test_what_rows_name(page: str) -> None:
    """A row names tests that are there, or says why there is none."""
    for id, tests in rows(page):
        named = re.findall(r"`([\w/.-]+\.(?:py|ts))(?:: (\w+))?`", tests)
        assert named or tests.startswith(("does not apply", "not injected")), id
        for file, name in named:
            path = ROOT / file
            assert path.is_file(), (id, file)
            assert not name or f"def test_{name}(" in path.read_text(), (id, file, name)
