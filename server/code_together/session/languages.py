"""Which language a file is in, by its name: the editor's own list (`web/languages.mjs` writes it), so that both say the same."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from typing import Final

# They are in nearly every session, and say less of it than its code.
_BESIDE: Final = frozenset(
    {"Markdown", "JSON", "JSON-LD", "YAML", "TOML", "XML", "Properties files", "diff", "HTTP", "mbox"}
)
_MOST: Final = 8

_table = json.loads(files(__package__).joinpath("languages.json").read_text())
_NAMES: Final[list[tuple[str, re.Pattern[str]]]] = [
    (name, re.compile(pattern)) for name, pattern in _table["names"].items()
]
_ENDINGS: Final[dict[str, str]] = _table["endings"]


def language_of(path: str) -> str | None:
    """The language's name, None for a file of no language that is known."""
    name = path.rpartition("/")[2]
    for language, pattern in _NAMES:
        if pattern.search(name):
            return language
    _, dot, ending = name.rpartition(".")
    return _ENDINGS.get(ending) if dot else None


def languages_of(paths: Iterable[str]) -> list[str]:
    """The languages of these files, at most eight: that of most files first, data and prose after code."""
    counted = Counter(filter(None, map(language_of, paths)))
    ordered = sorted(counted, key=lambda name: (name in _BESIDE, -counted[name], name))
    return ordered[:_MOST]
