"""How cost grows, from figures at several sizes."""

from __future__ import annotations

import pytest
from bench.growth import Growth


def test_a_power_is_found_again() -> None:
    """What grows with a power of the size has that exponent, at each step."""
    growth = Growth.of([1, 10, 100], [3.0, 3 * 10**1.5, 3 * 10**3.0])
    assert growth.exponent == pytest.approx(1.5)
    assert growth.factor == pytest.approx(3)
    assert growth.steepest == pytest.approx(1.5)
    assert "WORSE" in str(growth)


def test_a_cliff_is_seen_where_the_fit_is_linear() -> None:
    """One step that is steeper than the rest is told."""
    growth = Growth.of([1, 10, 100, 1_000], [1.0, 1.0, 100.0, 100.0])
    assert growth.exponent < 1.1
    assert growth.steepest == pytest.approx(2)
    assert "linear or better" in str(growth)


def test_one_size_is_no_growth() -> None:
    """Fewer than two sizes are refused."""
    with pytest.raises(ValueError, match="two sizes"):
        Growth.of([8], [1.0])
