"""People in commits."""

import pygit2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_together.git.identity import Person, clean, one_line, seconds, server, signature

ANYTHING = st.text(st.characters(), max_size=300)  # lone surrogates included


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Ann", "Ann"),
        ("Ann\nauthor Eve <e@e> 0 +0000", "Ann author Eve e@e 0 +0000"),
        ("Ann <admin@host>", "Ann admin@host"),
        ("A\0nn", "A nn"),
        ("   ", "ann"),
        ("", "ann"),
        ("<>", "ann"),
        ("...", "ann"),
        ("\u202enna", "nna"),
        ("\u2066a\u2069\u200e", "a"),
        ("a\u2028b", "a b"),
        ("\ud800", "ann"),
        ("x" * 300, "x" * 100),
        ("  Zoë   Ünal ", "Zoë Ünal"),
        ("👩‍💻", "👩‍💻"),
    ],
)
def test_names_are_cleaned(name: str, cleaned: str) -> None:
    """WN11: whatever the database says, a name in a commit is one line without `<` and `>`, and never empty."""
    assert clean(Person(name, "ann@host")) == Person(cleaned, "ann@host")


@given(ANYTHING, ANYTHING)
def test_git_takes_every_person(name: str, email: str) -> None:
    """WN11: every name makes a signature that reads the same as it was cleaned."""
    person = clean(Person(name, email))
    made = signature(Person(name, email), 5)
    assert Person(made.name, made.email) == person
    assert clean(person) == person
    assert not set("<>\n\r\0") & set(person.name + person.email)


def test_time_is_utc_in_whole_seconds() -> None:
    """A commit's time is UTC and has a date."""
    made = signature(Person("Ann", "ann@host"), 12.9)
    assert (made.time, made.offset) == (12, 0)
    assert seconds(-1) == 0
    assert seconds(1e30) == 253402300799


def test_server_is_a_person() -> None:
    """The committer is named as the contract says (section 4)."""
    made = signature(server("code.example"), 0)
    assert isinstance(made, pygit2.Signature)
    assert (made.name, made.email) == ("code_together", "server@code.example")


def test_one_line() -> None:
    """A line break or control is a space; runs of blanks are one."""
    assert one_line(" a\r\n\tb\x07c ") == "a b c"
