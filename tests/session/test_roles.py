"""Who may do what."""

from __future__ import annotations

import pytest

from code_together.session.roles import allows


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
