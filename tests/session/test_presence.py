"""Carets."""

from __future__ import annotations

from code_together.ot.change import ChangeSet
from code_together.session.presence import MOST_RANGES, Presence, map_ranges


def test_ranges_follow_the_text() -> None:
    """RM8: a selection moves with what is typed before it and stays within the text."""
    changes = [ChangeSet.from_json([[0, "xx"], 5])]
    assert map_ranges([[1, 3]], changes, 7) == [[3, 5]]
    assert map_ranges([[99, -3]], [], 7) == [[7, 0]]
    assert len(map_ranges([[0, 0]] * 1000, [], 7)) == MOST_RANGES


def test_leaving_takes_carets_away() -> None:
    """RM8: who leaves has no caret any more, and the documents are named."""
    presence = Presence()
    presence.place(1, "c", 0, [[0, 0]])
    presence.place(2, "c", 0, [])
    assert presence.leave("c") == [1]
    assert presence.carets[1] == {}


def test_a_view_alone() -> None:
    """PR3: who sees a text and has no caret in it has a place there all the same; who has neither has none."""
    presence = Presence()
    presence.place(1, "c", 3, [], [0, 9])
    assert presence.carets[1]["c"].view == [0, 9]
    presence.place(1, "c", 3, [])
    assert presence.carets[1] == {}
