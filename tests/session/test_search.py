from __future__ import annotations

import re

import pytest

from code_together.errors import TooLarge, Unprocessable
from code_together.session.search import (
    Match,
    Query,
    check_replacement,
    compile_query,
    matches,
    path_filter,
    replace,
)


def found(text: str, query: Query, most: int = 100) -> list[Match]:
    return matches(compile_query(query, 1_000), text, literal=not query.regex, most=most)


def places(text: str, query: Query) -> list[tuple[int, int, int]]:
    return [(match.line, match.start_column, match.end_column) for match in found(text, query)]


def replaced(text: str, query: Query, replacement: str, longest: int = 1_000) -> str:
    done = replace(compile_query(query, 1_000), text, query, replacement, longest)
    return text if done is None else done[0].apply(text)


def test_places() -> None:
    """SE1: lines and columns count from 1, columns in UTF-16 units, the end column is the one after the last unit."""
    assert places("one\n😀 One one\n", Query("one")) == [(1, 1, 4), (2, 4, 7), (2, 8, 11)]
    assert places("one\n😀 One one\n", Query("one", case=True)) == [(1, 1, 4), (2, 8, 11)]
    assert places("a.b axb", Query("a.b")) == [(1, 1, 4)]
    assert places("a.b axb", Query("a.b", regex=True)) == [(1, 1, 4), (1, 5, 8)]


def test_words() -> None:
    """SE2: whole words are not part of longer ones, for texts and regular expressions alike."""
    assert places("cat concat cat_ (cat)", Query("cat", word=True)) == [(1, 1, 4), (1, 18, 21)]
    assert places("ab abc", Query("ab|abc", regex=True, word=True)) == [(1, 1, 3), (1, 4, 7)]


def test_within_lines() -> None:
    """SE3: no match reaches over a line break; a match of nothing is none."""
    assert places("a \n\n b", Query(r"\s+", regex=True)) == [(1, 2, 3), (3, 1, 2)]
    assert places("x\ny", Query("^|$", regex=True)) == []
    assert places("x\ny\n", Query("^y$", regex=True)) == [(2, 1, 2)]
    with pytest.raises(Unprocessable):
        found("a\nb", Query("a\nb"))


@pytest.mark.parametrize("regex", [False, True])
def test_long_lines_are_cut(regex: bool) -> None:
    """SE1: a long line is cut around its match, and says at which column it begins."""
    line = "😀" * 1_000 + "needle" + "x" * 1_000
    (match,) = found(line, Query("needle", regex=regex))
    assert (match.start_column, match.end_column) == (2_001, 2_007)
    assert len(match.text) <= 240
    at = match.start_column - match.text_column
    assert match.text.encode("utf-16-le")[2 * at :].decode("utf-16-le").startswith("needle")


def test_most() -> None:
    """SE4: no more matches are given than were asked for."""
    assert len(found("x" * 1_000, Query("x"), most=7)) == 7


@pytest.mark.parametrize(
    ("query", "code", "position"),
    [
        (Query(""), "bad_query", None),
        (Query("x" * 1_001), "bad_query", None),
        (Query("a(b", regex=True), "bad_pattern", 2),
        (Query("a(b", regex=True, word=True), "bad_pattern", 2),
        (Query("ab)", regex=True), "bad_pattern", 3),
        (Query("(" * 500 + ")" * 500, regex=True), "bad_pattern", 1),
        (Query("a{99999999999999999999}", regex=True), "bad_pattern", 1),
        (Query("b(?i)a", regex=True), "bad_pattern", 2),
    ],
)
def test_bad_queries(query: Query, code: str, position: int | None) -> None:
    """SE5: a query that cannot be is refused, a wrong pattern with the place where it is wrong."""
    with pytest.raises(Unprocessable) as refused:
        compile_query(query, 1_000)
    assert refused.value.code == code
    assert refused.value.details.get("position") == position


def test_paths() -> None:
    """SE6: globs take files and folders by name at any depth, or by path; ! takes out; ** crosses folders."""
    paths = ["a.py", "src/b.py", "src/deep/c.py", "src/deep/d.md", "docs/src.txt"]

    def let_through(text: str) -> str:
        return " ".join(filter(path_filter(text), paths))

    assert let_through("") == let_through(" , ") == " ".join(paths)
    assert let_through("*.py") == "a.py src/b.py src/deep/c.py"
    assert let_through("*.PY, !src") == "a.py"
    assert let_through("src") == let_through("src/") == "src/b.py src/deep/c.py src/deep/d.md"
    assert let_through("src/*.py") == "src/b.py"
    assert let_through("src/**/*.py") == "src/b.py src/deep/c.py"
    assert let_through("/a.py") == "a.py"
    assert let_through("?.py") == "a.py src/b.py src/deep/c.py"
    assert let_through("!*.py") == "src/deep/d.md docs/src.txt"


def test_replacing() -> None:
    """SE7: every match becomes the replacement; groups of a regular expression can stand in it."""
    assert replaced("one 😀 One\n😀one", Query("one"), "two") == "two 😀 two\n😀two"
    assert replaced("a.b axb", Query("a.b"), "$1\\n") == "$1\\n axb"
    pattern = Query(r"(\w+)@(\w+)", regex=True)
    assert replaced("me@home\nyou@work", pattern, r"$2:$1 $$ $&\n\t\\") == (
        "home:me $ me@home\n\t\\\nwork:you $ you@work\n\t\\"
    )
    assert replaced("aaa", Query("a"), "") == ""
    assert replaced("a1", Query(r"(a)", regex=True), "$11") == "a11"
    assert replaced("x\n\ny", Query("^$", regex=True), "-") == "x\n\ny"


def test_groups_that_are_not_there() -> None:
    """SE11: a replacement that names a group which the pattern does not have is refused, with what it has; `$12` may be group 1 and a 2."""
    for source, replacement, words in (
        ("a", "$1", "has no groups"),
        ("(a)", "x$9y", "has $9, but the regular expression has one group"),
        ("(a)(b)", "$1 $30", "has 2 groups"),
    ):
        query = Query(source, regex=True)
        with pytest.raises(Unprocessable, match=re.escape(words)) as caught:
            check_replacement(compile_query(query, 100), query, replacement)
        assert caught.value.code == "bad_replacement"
    for query, replacement in (
        (Query("(a)", regex=True), "$1 $12 $$9 $& $0"),
        (Query("a", regex=True), "$$1 \\n"),
        (Query("a"), "$9"),
        (Query("(a)", regex=True, word=True), "$1"),
    ):
        check_replacement(compile_query(query, 100), query, replacement)


def test_nothing_to_replace() -> None:
    """SE7: a text without a match, or whose matches are the replacement already, has no change."""
    for query, new in ((Query("z"), "y"), (Query("a"), "a")):
        assert replace(compile_query(query, 10), "aaa", query, new, 100) is None


def test_too_long_a_replacement() -> None:
    """SE7: a text that would be too long is refused before it is made."""
    with pytest.raises(TooLarge):
        replaced("x" * 100, Query("x"), "y" * 100, longest=1_000)
    assert len(replaced("xx" * 1_000, Query("xx"), "x", longest=10)) == 1_000
