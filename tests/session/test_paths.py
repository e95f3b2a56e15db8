"""Which paths a file may have."""

from __future__ import annotations

import pytest

from code_together.errors import Conflict, Unprocessable
from code_together.session.paths import TakenPaths, check_path


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "src/parser.py",
        ".gitignore",
        ".github/x.yml",
        "é/ü.txt",
        "日本.md",
        "-rf",
        "a b.txt",
        "git",
        "x.git",
        "a" * 255,
    ],
)
def test_good_paths(path: str) -> None:
    """WN8: ordinary names, hidden ones, other scripts and a leading dash may be used."""
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/etc/passwd", "../x", "a/../b", "a/./b", "a//b", "a/", ".", "..", "a\\b", "C:\\x", "C:/x", "a\0b", "a\nb", "a\x7fb",
        ".git", "a/.git/config", ".GIT", ".git ", ".git.", ".git::$INDEX_ALLOCATION", ".g\u200cit", "\ufeff.git", "git~1", "GIT~2", "gi7eba~1",
        "．git", ".gitmodules", "con", "CON.txt", "aux", "lpt1", "COM¹", "a/nul.c", "x ", " x", "x.", "a:b", "a*", 'a"', "a<b", "a|b", "a?",
        "\ud800", "a" * 256, "a/" * 600 + "a", "a\u2028b",
    ],
    ids=ascii,
)  # fmt: skip
def test_bad_paths(path: str) -> None:
    """WN8: what leaves the session, belongs to Git, or cannot be checked out everywhere is refused with a sentence."""
    with pytest.raises(Unprocessable) as refused:
        check_path(path)
    assert refused.value.code == "bad_path"


@pytest.mark.parametrize("path", ["a.txt", "A.TXT", "d", "D", "d/X", "D/y", "a.txt/b", "d/x/y", "e\u0301"])
def test_taken_paths(path: str) -> None:
    """WN8: the same name, in other case or normal form, as file or folder, is taken."""
    taken = TakenPaths(["a.txt", "d/x", "é"])
    with pytest.raises(Conflict):
        taken.check_free(path)


@pytest.mark.parametrize("path", ["b.txt", "d/y", "d/x2", "f/g/h"])
def test_free_paths(path: str) -> None:
    """WN8: a new name, also in a folder that is there, is free."""
    TakenPaths(["a.txt", "d/x", "é"]).check_free(path)
