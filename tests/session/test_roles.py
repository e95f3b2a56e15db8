"""Who may do what."""

from __future__ import annotations

import pytest

from code_together.errors import NotAllowed
from code_together.session.roles import Role, allows, at_least, check_archived


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("owner", {"read", "comment", "edit", "own"}),
        ("editor", {"read", "comment", "edit"}),
        ("commenter", {"read", "comment"}),
        ("viewer", {"read"}),
        ("nobody", set()),
    ],
)
def test_roles(role: str, may: set[str]) -> None:
    """RM7: each role may do what it says, and nothing more."""
    assert {action for action in ("read", "comment", "edit", "own") if allows(role, action)} == may


def test_archived() -> None:
    """AM2: in an archived session nobody comments or edits; reading it and looking after it stay."""
    for action in ("read", "own"):
        check_archived(True, action)
    for action in ("comment", "edit"):
        check_archived(False, action)
        with pytest.raises(NotAllowed, match="archived: it can be read and cloned, not changed") as refused:
            check_archived(True, action)
        assert refused.value.code == "archived"


def test_order() -> None:
    """IN4: of two roles one is at least the other; what is no role is less than any."""
    for i, role in enumerate(Role):
        assert [at_least(role, other) for other in Role] == [i <= j for j in range(4)]
        assert not at_least("nobody", role)
