"""JSON that is nested deeper than Python's own reader goes, as Go reads it."""

from __future__ import annotations

import re
from typing import Final

DEEPEST: Final = 10_000
"""Levels of nesting that Go's `encoding/json` takes."""

_KEPT = 20  # levels of which something may be used; a comment has three
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
_SCALAR = re.compile(rf"(?:{_STRING}|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)", re.ASCII)
_KEY = re.compile(_STRING)
_ENDS = {"[": "]", "{": "}"}


def shallow(text: str) -> str:
    """The same JSON with a 0 in the place of each list and object that lies deeper than anybody looks. Raises ValueError if it is none."""
    out: list[str] = []
    open: list[str] = []
    at = _skip(text, 0)
    wants_value = True
    while wants_value or open:
        kept = len(open) <= _KEPT
        if not wants_value:
            end = _ENDS[open[-1]]
            if text[at : at + 1] == end:
                open.pop()
                if len(open) < _KEPT:
                    out.append(end)
                at = _skip(text, at + 1)
                continue
            at = _expect(text, at, ",")
            out += [","] * kept
            wants_value = True
        if open and open[-1] == "{":
            key = _match(_KEY, text, at)
            at = _expect(text, _skip(text, at + len(key)), ":")
            out += [key, ":"] * kept
        if (begin := text[at : at + 1]) in _ENDS:
            open.append(begin)
            if len(open) > DEEPEST:
                raise ValueError("nested too deep")
            out += [begin] if len(open) <= _KEPT else ["0"] if len(open) == _KEPT + 1 else []
            at = _skip(text, at + 1)
            wants_value = text[at : at + 1] != _ENDS[begin]
        else:
            scalar = _match(_SCALAR, text, at)
            out += [scalar] * kept
            at = _skip(text, at + len(scalar))
            wants_value = False
    if at != len(text):
        raise ValueError("something follows")
    return "".join(out)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _match(pattern: re.Pattern[str], text: str, at: int) -> str:
    if not (found := pattern.match(text, at)):
        raise ValueError(f"no JSON at {at}")
    return found[0]


def _expect(text: str, at: int, what: str) -> int:
    if text[at : at + 1] != what:
        raise ValueError(f"no {what} at {at}")
    return _skip(text, at + 1)
