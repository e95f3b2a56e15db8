"""Random sessions of 3 to 10 people with a bad network and a dying server."""

from __future__ import annotations

import os

import pytest

from tests.simulation.run import run

ROUNDS = int(os.environ.get("ROUNDS", "300"))
FIRST = int(os.environ.get("SEED", "1"))


@pytest.mark.parametrize("seeds", [range(FIRST + i, FIRST + i + 30) for i in range(0, ROUNDS, 30)], ids=str)
def test_everyone_ends_with_the_same_text(seeds: range) -> None:
    """SQ1–SQ6, OT6: order without gap, each update once, nothing acknowledged is lost, all texts are equal."""
    for seed in seeds:
        try:
            run(seed)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
