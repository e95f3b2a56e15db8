"""Which language a file is in, by its name."""

from __future__ import annotations

import pytest

from code_together.session.languages import language_of, languages_of


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("src/parser.py", "Python"), ("heap.cpp", "C++"), ("main.rs", "Rust"), ("a/b.tsx", "TSX"), ("README.md", "Markdown"),
        ("docker/Dockerfile", "Dockerfile"), ("Gemfile", "Ruby"), ("CMakeLists.txt", "CMake"), ("sites/nginx-1.conf", "Nginx"),
        ("picture.png", None), ("LICENSE", None), (".gitignore", None), ("py", None), ("x.", None),
    ],
)  # fmt: skip
def test_language_of(path: str, language: str | None) -> None:
    """A file's name says its language as it does in the editor."""
    assert language_of(path) == language


def test_the_most_used_first() -> None:
    """Languages are in the order of their files, and what goes with every code comes after it."""
    paths = ["a.md", "b.md", "c.md", "x.json", "a.py", "b.html", "c.py", "d.bin"]
    assert languages_of(paths) == ["Python", "HTML", "Markdown", "JSON"]
    assert languages_of([]) == []
    assert (
        len(languages_of(f"a.{end}" for end in ("py", "rs", "go", "c", "cpp", "js", "ts", "rb", "hs"))) == 8
    )
