"""Colours of code."""

import random

import pytest

from code_together.session.colors import ROLES, colored


def words(path: str, text: str) -> list[list[tuple[str, str]]]:
    """Each line's stretches with their roles."""
    found = colored(path, text)
    assert found is not None
    lines = []
    for line, pairs in zip(text.split("\n"), found.lines, strict=True):
        data = line.encode("utf-16-le")
        stretches, at = [], 0
        for length, role in zip(pairs[::2], pairs[1::2], strict=True):
            stretches.append((data[2 * at : 2 * (at + length)].decode("utf-16-le"), ROLES[role]))
            at += length
        assert 2 * at == len(data)
        lines.append(stretches)
    return lines


def test_roles() -> None:
    """LK4: words have the roles of the editor, over lines' ends, and lengths count UTF-16 units."""
    assert words("src/a.py", 'def f():\n    """One\n    𝄞 two"""\n    return 1  # x') == [
        [("def", "keyword"), (" ", ""), ("f", "function"), ("():", "punctuation")],
        [("    ", ""), ('"""One', "string")],
        [('    𝄞 two"""', "string")],
        [("    ", ""), ("return", "keyword"), (" ", ""), ("1", "number"), ("  ", ""), ("# x", "comment")],
    ]


def test_languages() -> None:
    """LK4: a language is known by the file's name, or by a script's first line; else there are no colours."""
    for path, text, language in [
        ("Makefile", "all:\n", "Makefile"),
        ("a/b.ts", "let a = 1", "TypeScript"),
        ("run", "#!/usr/bin/env python3\nprint(1)\n", "Python"),
    ]:
        found = colored(path, text)
        assert found is not None
        assert found.language == language
    for path in ("notes", "a.txt", "a.nosuchthing", ""):
        assert colored(path, "words") is None


@pytest.mark.parametrize("path", ["a.py", "a.html", "a.md", "Makefile", "a.php", "a.vue", "a.tex", "a.json"])
def test_all_of_the_text_is_there(path: str) -> None:
    """LK4: whatever the text, its lines come out with their lengths."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(50):
        text = "".join(chance.choice("ab0 \t\n\n\r\"'<>?#/*{}()=𝄞é$") for _ in range(chance.randrange(200)))
        lines = words(path, text)
        assert ["".join(part for part, _ in line) for line in lines] == text.split("\n")
