"""Who may do what in a session."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from code_together.errors import NotAllowed


class Action(StrEnum):
    READ = "read"
    COMMENT = "comment"
    EDIT = "edit"
    OWN = "own"


class Role(StrEnum):
    OWNER = "owner"
    EDITOR = "editor"
    COMMENTER = "commenter"
    VIEWER = "viewer"


RoleName = Annotated[str, Meta(extra_json_schema={"enum": [role.value for role in Role]})]
"""A role where it is a text, as in the API."""

_ALLOWED: dict[str, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    Role.EDITOR: frozenset({Action.READ, Action.COMMENT, Action.EDIT}),
    Role.COMMENTER: frozenset({Action.READ, Action.COMMENT}),
    Role.VIEWER: frozenset({Action.READ}),
}


def at_least(role: str, other: str) -> bool:
    """Whether who has this role may all that the other role may; an unknown role is less than any."""
    return role in _ALLOWED and _ALLOWED.get(other, frozenset()) <= _ALLOWED[role]


def allows(role: str, action: str) -> bool:
    """Whether a member with this role may take this action; an unknown role may nothing."""
    return Action(action) in _ALLOWED.get(role, ())


def check_archived(archived: bool, action: str) -> None:
    """Nothing in an archived session is changed, whatever the role; its owner may still look after it (AM2).

    Raises `NotAllowed` (`archived`).
    """
    if archived and Action(action) in (Action.COMMENT, Action.EDIT):
        raise NotAllowed(
            "This session is archived: it can be read and cloned, not changed. An owner can take it out of the archive.",
            code="archived",
        )
