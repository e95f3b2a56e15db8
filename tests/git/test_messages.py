"""Commit messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_together.git import messages
from code_together.git.identity import Person


@pytest.mark.parametrize(
    ("paths", "subject"),
    [
        (["parser.py"], "Edit parser.py"),
        (["src/deep/parser.py"], "Edit parser.py"),
        (["a/parser.py", "b/lexer.py"], "Edit parser.py and lexer.py"),
        (["a/x.py", "b/x.py"], "Edit a/x.py and b/x.py"),
        (["src/a", "src/b", "src/c/d"], "Edit 3 files in src/"),
        (["src/a", "src/b", "c"], "Edit 3 files"),
        (["src/" + "a" * 60, "src/" + "b" * 60], "Edit 2 files in src/"),
        (["a" * 200], "Edit " + "a" * 200),
        (["a\nb"], "Edit a b"),
        (["a<b>"], "Edit a<b>"),
    ],
)
def test_edits_are_said_shortly(paths: list[str], subject: str) -> None:
    """A revision's message names one or two files, else how many and in which folder."""
    assert messages.edit(paths) == subject


def test_trailers_are_a_paragraph() -> None:
    """Trailers stand at the end, behind an empty line; without any the message ends."""
    assert messages.with_trailers("Edit a", ["A: b", "C: d"]) == "Edit a\n\nA: b\nC: d\n"
    assert messages.with_trailers("Edit a", []) == "Edit a\n"


def test_co_author_is_cleaned() -> None:
    """WN11: a name cannot add a line to the trailers."""
    assert messages.co_author(Person("A\nB: c", "a@h\n")) == "Co-authored-by: A B: c <a@h>"


@pytest.mark.parametrize(
    ("path", "quoted"),
    [
        ("src/a b.py", "src/a b.py"),
        ("ä/漢.txt", "ä/漢.txt"),
        ("a\nCo-authored-by: x", '"a\\012Co-authored-by: x"'),
        (' "\\', '" \\"\\\\"'),
        ("a ", '"a "'),
        ("é\x7f", '"\\303\\251\\177"'),
        ("\u202e", '"\\342\\200\\256"'),
    ],
)
def test_paths_are_quoted(path: str, quoted: str) -> None:
    """The audit trailer is one line for every path, in Git's own quotes where it needs any."""
    assert messages.document(7, 3, 9, path) == f"Code-Together-Document: 7 3..9 {quoted}"


@pytest.mark.parametrize(
    ("message", "tidy"),
    [
        (None, ""),
        (" \n\t", ""),
        ("\r\nA\r\n\r\nb  \r\n", "A\n\nb"),
        ("A\0b\x1b[31m", "Ab[31m"),
        ("a\ud800", "a"),
        ("\tindented", "\tindented"),
    ],
)
def test_messages_are_tidied(message: str | None, tidy: str) -> None:
    """A person's message loses controls and the blanks around it, and nothing else."""
    assert messages.tidy(message) == tidy


@given(st.text(st.characters()))
def test_tidy_is_final(message: str) -> None:
    """Tidying twice is tidying once, and the result can be written as UTF-8."""
    tidy = messages.tidy(message)
    assert messages.tidy(tidy) == tidy
    tidy.encode()


@given(st.text().map(messages.tidy).filter(str.strip))
def test_our_trailers_come_off_again(message: str) -> None:
    """A message with our trailers is shown as it was written, unless it ends like trailers itself."""
    trailers = ["Co-authored-by: A <a@b>", "Code-Together-Document: 1 1..2 a"]
    assert messages.without_trailers(messages.with_trailers(message, trailers)) == message


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Fix\n\nSigned-off-by: A <a@b>\n", "Fix"),
        ("Fix\n\nWhy: because\n", "Fix\n\nWhy: because"),
        ("Fix\n\nBody\n\nReviewed-by: A\n folded\nWhy: x\n", "Fix\n\nBody"),
        ("Fix\n\nNot all\nReviewed-by: A\n", "Fix\n\nNot all\nReviewed-by: A"),
        ("Signed-off-by: A\n", "Signed-off-by: A"),
        ("", ""),
    ],
)
def test_only_trailers_come_off(message: str, shown: str) -> None:
    """The last paragraph is left out only if it is all trailers and one of them is of a known kind."""
    assert messages.without_trailers(message) == shown
