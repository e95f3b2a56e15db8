"""server/code_together/ot/collab.py"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from code_together.ot.change import ChangeSet
from code_together.ot.collab import rebase
from tests.ot.strategies import changes_in_a_row, changes_of, laws


@laws
@given(st.data())
def test_pending_and_accepted_changes_meet(data: st.DataObject) -> None:
    """SQ2, OT6: pending changes after the accepted one, and the accepted one after all pending, make one text."""
    text, pending = data.draw(changes_in_a_row())
    accepted = data.draw(changes_of(text))
    rebased, over = rebase(pending, accepted)
    theirs = accepted.apply(text)
    for change in rebased:
        theirs = change.apply(theirs)
    mine = text
    for change in pending:
        mine = change.apply(mine)
    assert over.apply(mine) == theirs
    assert len(rebased) == len(pending)


def test_the_accepted_change_comes_first() -> None:
    """SQ2: at equal positions what was accepted stands before what is pending."""
    pending = [ChangeSet.replace(1, 1, 1, "p"), ChangeSet.replace(2, 2, 2, "q")]
    rebased, over = rebase(pending, ChangeSet.replace(1, 1, 1, "A"))
    assert [change.to_json() for change in rebased] == [[2, [0, "p"]], [3, [0, "q"]]]
    assert over.to_json() == [1, [0, "A"], 2]


def test_nothing_pending() -> None:
    """With nothing pending the accepted change stays what it is."""
    accepted = ChangeSet.replace(1, 0, 1, "x")
    assert rebase([], accepted) == ([], accepted)
