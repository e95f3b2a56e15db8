"""All parts in one table."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from bench.__main__ import PARTS, QUICK, rows

ROOT = Path(__file__).parent.parent.parent


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


@pytest.mark.long
@pytest.mark.parametrize("part", [part for part in PARTS if part != "editing"])
def test_every_part_runs(part: str) -> None:
    """With its small numbers each part comes to its end and prints figures; `editing`, which needs the other servers, has tests of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", f"bench.{part}", *QUICK[part].split()],
        cwd=ROOT, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert rows(part, ran.stdout.splitlines()), ran.stdout
