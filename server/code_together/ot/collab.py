"""Taking changes that were made at once over each other."""

from __future__ import annotations

from collections.abc import Sequence

from code_together.ot.change import ChangeSet


def rebase(pending: Sequence[ChangeSet], accepted: ChangeSet) -> tuple[list[ChangeSet], ChangeSet]:
    """Takes one accepted change over a row of pending ones that do not know it yet.

    `pending` are in order, the first made from the text that `accepted` was made from. Gives them as they are
    to be made after `accepted`, and `accepted` as it is to be made after all of them. At equal positions
    `accepted` comes first. Several accepted changes are taken one by one, never composed (SPEC OT8).
    """
    rebased = []
    for change in pending:
        rebased.append(change.map(accepted))
        accepted = accepted.map(change, before=True)
    return rebased, accepted
