"""The one hierarchy of errors that people hear about."""

from __future__ import annotations

import inspect
import re

import pytest

from code_together import errors
from code_together.errors import CodeTogetherError, TooFast, Unavailable

ALL = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, CodeTogetherError) and kind is not CodeTogetherError
]


def drawn() -> dict[str, tuple[int, int]]:
    """name → (status, close code), as the module's docstring draws it."""
    rows = re.findall(r"── (\w+) +(\d{3}) +(\d{4})", errors.__doc__ or "")
    return {name: (int(status), int(close)) for name, status, close in rows}


def test_drawing_is_true() -> None:
    """The tree in the docstring has every error with its status and close code, and no other."""
    assert drawn() == {kind.__name__: (kind.status, kind.close_code) for kind in ALL}


@pytest.mark.parametrize("kind", ALL)
def test_codes(kind: type[CodeTogetherError]) -> None:
    """Each has a snake_case code of its own, a status that HTTP knows as an error, and a close code of ours."""
    assert re.fullmatch("[a-z]+(_[a-z]+)*", kind.default_code)
    assert [other for other in ALL if other.default_code == kind.default_code] == [kind]
    assert 400 <= kind.status <= 503
    assert 4400 <= kind.close_code <= 4503


def test_narrowed() -> None:
    """Whoever raises one may narrow its code and add public fields; the message is the exception's text."""
    error = errors.Conflict("Two lines collide.", code="revert_conflict", places=[{"path": "a"}])
    assert (error.code, error.message, str(error)) == (
        "revert_conflict",
        "Two lines collide.",
        "Two lines collide.",
    )
    assert error.details == {"places": [{"path": "a"}]}
    plain = Unavailable("Come back later.")
    assert (plain.code, plain.details) == ("unavailable", {})
    assert errors.Conflict.default_code == "conflict", "narrowing one does not change the others"


def test_too_fast() -> None:
    """Who is too fast hears how many seconds to wait."""
    assert TooFast("Slow down.", retry_after=7).retry_after == 7
