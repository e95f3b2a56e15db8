"""All parts in one table."""

from __future__ import annotations

import importlib.util

from bench.__main__ import PARTS, QUICK, rows


def test_every_part_is_a_command() -> None:
    """Each has a module of its name, and small numbers to try it with."""
    assert PARTS.keys() == QUICK.keys()
    assert all(importlib.util.find_spec(f"bench.{part}") for part in PARTS)


def test_what_is_measured_becomes_rows() -> None:
    """A line with a colon is a row; others, and rows of the part's own tables, are left out."""
    lines = ["first page: median 2 ms", "a remark", "| a: | b |", "1 < 2: yes"]
    assert rows("history", lines) == [
        "| `history` | first page | median 2 ms |",
        "| `history` | 1 &lt; 2 | yes |",
    ]
