"""What is kept for who asks again."""

from __future__ import annotations

from code_together.git.kept import Kept


def test_what_nobody_asked_for_the_longest_goes() -> None:
    """LK9: what is kept is bounded in all: the last to be asked for stays, and what is too large is not kept."""
    kept: Kept[str, int] = Kept(10)
    kept.put("a", 1, 4)
    kept.put("b", 2, 4)
    assert kept.get("a") == 1
    kept.put("c", 3, 4)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)
    kept.put("a", 4, 6)
    assert (kept.get("a"), kept.get("c")) == (4, 3)
    kept.put("c", 5, 11)
    assert (kept.get("a"), kept.get("c")) == (4, None)
    kept.put("b", 6, 4)
    assert (kept.get("a"), kept.get("b")) == (4, 6)
