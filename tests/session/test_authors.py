"""Authors and moments."""

from __future__ import annotations

from code_together.session.authors import account_name, email_of, rfc3339


def test_accounts_are_known_by_their_address() -> None:
    """WN4: an e-mail address of this server stands for the account; others stand for nobody."""
    assert account_name(email_of("ann", "lab.example"), "lab.example") == "ann"
    assert account_name("ann@else.example", "lab.example") is None
    assert account_name("Ann Smith@lab.example", "lab.example") is None
    assert account_name("ann", "") is None


def test_moments() -> None:
    """Times in the API are UTC, RFC 3339."""
    assert rfc3339(0.5) == "1970-01-01T00:00:00.500Z"
