"""What may be said about a text, by whom, and whom it calls."""

from __future__ import annotations

import re
from collections.abc import Iterable

from code_together.errors import NotAllowed, Unprocessable
from code_together.session.roles import Action, allows

_MENTION = re.compile(r"(?<![\w@./+-])@([A-Za-z0-9][A-Za-z0-9_-]{0,31})(?![\w@])")
_ID = re.compile(r"[0-9a-f]{40}\Z")
QUOTED = 2_000
"""How many characters of the text that it speaks of are kept with a comment."""


def is_id(id: str) -> bool:
    """Whether a comment could have this id."""
    return bool(_ID.match(id))


def check_text(text: str, longest: int) -> None:
    """Raises `Unprocessable` (`bad_comment`) for a text that is none, or too long."""
    if not text.strip():
        raise Unprocessable("A comment cannot be empty.", code="bad_comment")
    if len(text) > longest:
        raise Unprocessable(
            f"The comment has {len(text):,} characters; {longest:,} is the most.", code="bad_comment"
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Unprocessable("The comment holds half of a character and cannot be kept.", code="bad_comment")


def mentioned(text: str, names: Iterable[str]) -> list[str]:
    """Those of the names that the text calls with `@`, in the order of the first call."""
    known = set(names)
    called = (match[1].lower() for match in _MENTION.finditer(text))
    return [name for name in dict.fromkeys(called) if name in known]


def check_author(account: int, author: int | None) -> None:
    """Nobody changes what another said. Raises `NotAllowed` (`not_yours`)."""
    if account != author:
        raise NotAllowed("Only its author can change what a comment says.", code="not_yours")


def check_taking_back(account: int, role: str, author: int | None) -> None:
    """Its author takes a comment back; owners take any. Raises `NotAllowed` (`not_yours`)."""
    if account != author and not allows(role, Action.OWN):
        raise NotAllowed("Only its author or an owner of the session can delete a comment.", code="not_yours")


def quoted(text: str) -> str:
    """The text that a comment speaks of, as it is kept with it."""
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"
