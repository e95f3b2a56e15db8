"""What is wrong with a body or a message that has not the form it should have, in plain words."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_GOT = {"float": "a number with a fraction"}
_QUOTED = 60  # characters of what somebody sent
_PLACE = re.compile(r"(?s)(.*) - at `\$\.?(.*)`")
_EXPECTED = re.compile(r"Expected `([a-z]+(?: \| [a-z]+)*)`(?:, got `([a-z]+)`)?")
_LENGTH = re.compile(r"Expected `(array|str|object)` of length (>= |<= )?([0-9]+)(?:, got ([0-9]+))?")
_BOUND = re.compile(r"Expected `(int|float)` (>=|<=|>|<) (-?[0-9.]+)")
_MISSING = re.compile(r"Object missing required field `(.*)`")
_UNKNOWN = re.compile(r"(?s)Object contains unknown field `(.*)`")
_VALUE = re.compile(r"(?s)Invalid (?:enum )?value (.*)")
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_UNITS = {"str": "characters", "array": "items", "object": "fields"}


def what_is_wrong(error: msgspec.ValidationError, form: Any, whole: str) -> str:
    """A sentence for a person about what did not become a `form`; `whole` is what all of it is called, as "The body"."""
    message, place = str(error), ""
    if match := _PLACE.fullmatch(message):
        message, place = match.groups()
    subject = _code(place) if place else whole
    if match := _EXPECTED.fullmatch(message):
        wanted, got = match.groups()
        instead = f", not {_GOT.get(got) or _KINDS.get(got, got)}" if got else ""
        return f"{subject} must be {_or([_KINDS.get(kind, kind) for kind in wanted.split(' | ')])}{instead}."
    if match := _LENGTH.fullmatch(message):
        kind, bound, number, got = match.groups()
        exactly = f"{_BOUNDS[bound.strip()]} " if bound else ""
        units = _UNITS[kind].removesuffix("s") if number == "1" else _UNITS[kind]
        return f"{subject} must have {exactly}{number} {units}{f', not {got}' if got else ''}."
    if match := _BOUND.fullmatch(message):
        kind, bound, number = match.groups()
        return f"{subject} must be {_KINDS[kind]} of {_BOUNDS[bound]} {number}."
    if match := _MISSING.fullmatch(message):
        return f"{_code(_within(place, match[1]))} is missing."
    if match := _UNKNOWN.fullmatch(message):
        return f"{_code(_within(place, match[1]))} is not known here."
    if match := _VALUE.fullmatch(message):
        choices = _choices(form, place)
        instead = f": it is one of {', '.join(choices)}" if choices else ""
        return f"{subject} cannot be {_short(match[1])}{instead}."
    if message == "Number out of range":
        return f"{subject} is a number out of range."
    return f"{subject} is not as it should be: {_short(message)}."


def _within(place: str, field: str) -> str:
    return f"{place}.{field}" if place else field


def _code(name: str) -> str:
    return f"`{_short(name.replace('[...]', '[…]'))}`"


def _short(text: str) -> str:
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED - 1]}…"


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _choices(form: Any, place: str) -> list[str]:
    """What a field of the form may be, where that is a few words."""
    try:
        hint = get_type_hints(form).get(place)
    except (TypeError, NameError):
        return []
    found: list[str] = []
    for one in (hint, *get_args(hint)):
        if get_origin(one) is Literal:
            found += [str(value) for value in get_args(one)]
        elif isinstance(one, type) and issubclass(one, Enum):
            found += [str(value.value) for value in one]
    return found
