"""What may be said, by whom, and whom it calls."""

from __future__ import annotations

import pytest

from code_together.errors import NotAllowed, Unprocessable
from code_together.session.comments import (
    QUOTED,
    check_author,
    check_taking_back,
    check_text,
    is_id,
    mentioned,
    quoted,
)
from code_together.session.roles import Role

NAMES = ["ann", "bob", "c-3_po"]


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@bob, @ann: look", ["bob", "ann"]),
        ("@bob @bob @BOB", ["bob"]),
        ("(@c-3_po)", ["c-3_po"]),
        ("ann@bob.org a@ann", []),
        ("@nobody @an @annie", []),
        ("@ann's and @bob.", ["ann", "bob"]),
        ("`@ann`", ["ann"]),
        ("@@ann @ann@bob", []),
    ],
)
def test_mentions(text: str, called: list[str]) -> None:
    """CM6: members that are named with `@` as a word are mentioned, once each; addresses are not."""
    assert mentioned(text, NAMES) == called


@pytest.mark.parametrize("text", ["", " \n", "x" * 11, "half \ud800"])
def test_texts_that_are_refused(text: str) -> None:
    """CM10: an empty text, one that is too long, and half of a character are refused."""
    with pytest.raises(Unprocessable) as refused:
        check_text(text, 10)
    assert refused.value.code == "bad_comment"


def test_who_may() -> None:
    """CM5: its author alone changes what a comment says; its author and owners take it back; nobody's is nobody's."""
    check_author(1, 1)
    for author in (2, None):
        with pytest.raises(NotAllowed):
            check_author(1, author)
    check_taking_back(1, Role.COMMENTER, 1)
    check_taking_back(1, Role.OWNER, 2)
    check_taking_back(1, Role.OWNER, None)
    for role in (Role.EDITOR, Role.COMMENTER):
        with pytest.raises(NotAllowed):
            check_taking_back(1, role, 2)


def test_ids_and_quotes() -> None:
    """CM10: an id is forty digits in lower case; a long quote is cut."""
    assert is_id("0" * 40)
    assert not any(map(is_id, ["", "0" * 39, "0" * 41, "A" * 40, "0" * 40 + "\n", "é" * 40]))
    assert len(quoted("x" * 5000)) == QUOTED
