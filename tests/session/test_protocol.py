"""The messages of the live protocol."""

from __future__ import annotations

import json

import pytest

from code_together.errors import BadChanges, Malformed
from code_together.ot.change import ChangeSet
from code_together.session import protocol
from code_together.session.document import Update


def test_messages_are_parsed() -> None:
    """RM5: each form of the contract is taken."""
    assert protocol.parse('{"type":"hello","protocol":1}') == protocol.Hello(1)
    assert protocol.parse('{"type":"open","doc":3,"version":9}') == protocol.Open(None, 3, 9)
    assert protocol.parse('{"type":"select","doc":1,"version":2,"ranges":[[1,2]]}') == protocol.Select(
        1, 2, [(1, 2)]
    )
    assert protocol.parse('{"type":"ping","also":"unknown fields"}') == protocol.Ping()


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "[" * 100_000, "null", "1", "{}", '{"type":"nonsense"}', '{"type":"push"}', '{"type":"hello","protocol":true}',
        '{"type":"hello","protocol":1e999}', '{"type":"hello","protocol":NaN}', '{"type":"push","doc":1,"version":1.5,"seq":1,"changes":[[]]}',
        '{"type":"push","doc":1,"version":0,"seq":0,"changes":[[]]}', '{"type":"push","doc":1,"version":0,"seq":1,"changes":[]}',
        '{"type":"push","doc":1,"version":0,"seq":1,"changes":{}}', '{"type":"chat","text":"\\ud800"}', '{"type":"open","doc":"1"}',
        '{"type":"select","doc":1,"version":0,"ranges":[[1]]}', "\ufeff{}",
        '{"type":"push","doc":1,"version":0,"seq":' + "9" * 5000 + ',"changes":[[]]}',
    ],
    ids=lambda text: ascii(text)[:60],
)  # fmt: skip
def test_what_is_no_message(text: str) -> None:
    """RM5: anything else is malformed, and nothing worse happens."""
    with pytest.raises(Malformed):
        protocol.parse(text)


@pytest.mark.parametrize("line", ['"\\ud800"', '"\\ud800a"', '"a\\ud83d","\\ude00b"', '"\\udc00"'])
def test_half_of_a_surrogate_pair(line: str) -> None:
    """OT3, RM10: it is said to be that, whatever the parser makes of it."""
    with pytest.raises(BadChanges, match="half of a surrogate pair"):
        protocol.parse(f'{{"type":"push","doc":1,"version":0,"seq":1,"changes":[[[0,{line}]]]}}')
    with pytest.raises(Malformed, match="half of a surrogate pair"):
        protocol.parse(f'{{"type":"chat","text":{line.partition(",")[0]}}}')


def test_too_many_updates() -> None:
    """SQ5: a push with more updates than the limit is refused."""
    push = protocol.parse('{"type":"push","doc":1,"version":0,"seq":1,"changes":[[1],[1],[1]]}')
    assert isinstance(push, protocol.Push)
    with pytest.raises(BadChanges):
        protocol.parse_changes(push, max_updates=2, max_parts=10)


def test_updates_message() -> None:
    """RM2: what is sent is the contract's form, with the version before the first update."""
    updates = [
        Update(5, "c", 1, 2, 0, ChangeSet.from_json([[0, "ü"], 3])),
        Update(6, "d", 9, 3, 0, ChangeSet.from_json([4])),
    ]
    sent = json.loads(protocol.updates_message(7, updates, {2: "ann", 3: "bob"}))
    assert sent == {
        "type": "updates",
        "doc": 7,
        "version": 4,
        "updates": [
            {"client": "c", "seq": 1, "by": "ann", "changes": [[0, "ü"], 3]},
            {"client": "d", "seq": 9, "by": "bob", "changes": [4]},
        ],
    }


def test_stored_changes_come_back() -> None:
    """JR2: what the journal holds is read as it was written."""
    changes = ChangeSet.from_json([1, [2, "a", "b"], [3], 4])
    assert protocol.decode_changes(protocol.encode_changes(changes)) == changes
    with pytest.raises(BadChanges):
        protocol.decode_changes(b"[-1")
