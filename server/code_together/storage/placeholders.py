"""Question marks for values of which nobody knows beforehand how many there are."""

from __future__ import annotations

from collections.abc import Sized


def placeholders(values: Sized) -> str:
    """What stands between the parentheses of `IN (…)`."""
    return ", ".join("?" * len(values))
