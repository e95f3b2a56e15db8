from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
import pytest

from code_together.errors import Malformed
from code_together.session.forms import what_is_wrong
from code_together.session.protocol import parse


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    line: int
    column: int | None = None


class Form(msgspec.Struct, forbid_unknown_fields=True):
    count: int
    name: str = ""
    limit: int | None = None
    share: float | None = None
    flag: bool = False
    maybe: bool | msgspec.UnsetType | None = msgspec.UNSET
    inner: Inner | None = None
    words: list[str] = []
    pair: tuple[int, int] = (1, 2)
    scope: Literal["read", "write"] = "read"
    kind: Literal["a", "b"] | None = None
    colour: Colour = Colour.RED
    numbers: dict[str, int] = {}
    several: list[Inner] = []
    small: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    short: Annotated[str, msgspec.Meta(min_length=1, max_length=3)] = "x"


CASES = [
    ("null", "the body must be an object, not null."),
    ("[1]", "the body must be an object, not a list."),
    ('"x"', "the body must be an object, not a text."),
    ("{}", "`count` is missing."),
    ('{"count": "x"}', "`count` must be a whole number, not a text."),
    ('{"count": 1.5}', "`count` must be a whole number, not a number with a fraction."),
    ('{"count": true}', "`count` must be a whole number, not true or false."),
    ('{"count": null}', "`count` must be a whole number, not null."),
    ('{"count": 1, "name": null}', "`name` must be a text, not null."),
    ('{"count": 1, "limit": "x"}', "`limit` must be a whole number or null, not a text."),
    ('{"count": 1, "share": []}', "`share` must be a number or null, not a list."),
    ('{"count": 1, "flag": 1}', "`flag` must be true or false, not a whole number."),
    ('{"count": 1, "maybe": {}}', "`maybe` must be true or false or null, not an object."),
    ('{"count": 1, "inner": 5}', "`inner` must be an object or null, not a whole number."),
    ('{"count": 1, "inner": {}}', "`inner.line` is missing."),
    ('{"count": 1, "inner": {"line": "1"}}', "`inner.line` must be a whole number, not a text."),
    ('{"count": 1, "inner": {"line": 1, "row": 2}}', "`inner.row` is not known here."),
    ('{"count": 1, "words": 5}', "`words` must be a list, not a whole number."),
    ('{"count": 1, "words": ["a", 5]}', "`words[1]` must be a text, not a whole number."),
    ('{"count": 1, "pair": [1]}', "`pair` must have 2 items."),
    ('{"count": 1, "scope": "all"}', "`scope` cannot be 'all': it is one of read, write."),
    ('{"count": 1, "kind": "c"}', "`kind` cannot be 'c': it is one of a, b."),
    ('{"count": 1, "colour": "green"}', "`colour` cannot be 'green': it is one of red, blue."),
    ('{"count": 1, "numbers": {"a": "x"}}', "`numbers[…]` must be a whole number, not a text."),
    ('{"count": 1, "several": [{"line": 1}, {}]}', "`several[1].line` is missing."),
    ('{"count": 1, "small": 0}', "`small` must be a whole number of at least 1."),
    ('{"count": 1, "small": 10}', "`small` must be a whole number of at most 9."),
    ('{"count": 1, "short": ""}', "`short` must have at least 1 character."),
    ('{"count": 1, "short": "abcd"}', "`short` must have at most 3 characters."),
    ('{"count": 1, "limit": 1e400}', "`limit` is a number out of range."),
    ('{"count": 1, "zz": 1}', "`zz` is not known here."),
    ('{"count": 1, "' + "z" * 99 + '": 1}', "`" + "z" * 59 + "…` is not known here."),
]


def wrong(body: str, form: Any = Form) -> str:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(body, type=form)
    return what_is_wrong(caught.value, form, "the body")


@pytest.mark.parametrize(("body", "sentence"), CASES, ids=range(len(CASES)))
def test_what_is_wrong(body: str, sentence: str) -> None:
    """RM10: what has not the form it should have is told in plain words: which field, what it must be, what it was."""
    assert wrong(body) == sentence


def test_no_words_for_it() -> None:
    """RM10: what there are no words for is told as it was said."""
    assert what_is_wrong(msgspec.ValidationError("Odd - at `$.a`"), Form, "it") == (
        "`a` is not as it should be: Odd."
    )


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("{}", "`type` is missing."),
        ('{"type": "shout"}', "`type` cannot be 'shout'."),
        ('{"type": 5}', "`type` must be a text."),
        ("[]", "it must be an object, not a list."),
        ('{"type": "open", "path": 5}', "`path` must be a text or null, not a whole number."),
        ('{"type": "select", "doc": 1, "version": 1, "ranges": [[1]]}', "`ranges[0]` must have 2 items."),
    ],
    ids=range(6),
)
def test_messages(message: str, sentence: str) -> None:
    """RM10: so are messages of the live protocol."""
    with pytest.raises(Malformed) as caught:
        parse(message)
    assert caught.value.message == f"This is not a message of protocol 1: {sentence}"
