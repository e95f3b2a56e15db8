"""From revision to revision: the texts of a file, and what changed between them."""

from __future__ import annotations

import json

import pytest

from code_together.errors import Conflict, NotFound
from code_together.git import steps
from code_together.ot.change import ChangeSet
from code_together.ot.text import Text
from tests.git.making import put

UNITS = 1_000


def played(walked: steps.Walked) -> list[str]:
    """The text before the steps and after each of them."""
    text = Text(json.loads(walked.text))
    texts = [str(text)]
    for revision in walked.revisions:
        for changes in revision:
            if changes is not None:
                text.apply(ChangeSet.from_json(json.loads(changes)))
            texts.append(str(text))
    return texts


def test_walk(path: str) -> None:
    """PB4: each step makes the text of its revision, through a rename and where the file is gone; what changed nothing is None."""
    ids = [put(path, {"a.py": b"one\n"}), put(path, {"a.py": "one\r\nzwölf 😀\r\n".encode()})]
    ids.append(put(path, {"a.py": None, "b.py": b"one\n2\n"}))
    ids.append(put(path, {"other": b"x"}))
    ids.append(put(path, {"b.py": None}))
    places = list(zip(ids, ["a.py", "a.py", "b.py", "b.py", "b.py"], strict=True))
    walked = steps.walk(path, None, [[place] for place in places], None, UNITS, 60)
    assert played(walked) == ["", "one\n", "one\nzwölf 😀\n", "one\n2\n", "one\n2\n", ""]
    assert walked.revisions[3] == [None]
    later = steps.walk(path, places[0], [places[1:3]], None, UNITS, 60)
    assert played(later) == ["one\n", "one\nzwölf 😀\n", "one\n2\n"]


def test_out_of_time(path: str) -> None:
    """PB4: a walk that has no time left has gone through the newest revision at least."""
    ids = [put(path, {"a.py": f"{n}\n".encode()}) for n in range(4)]
    walked = steps.walk(path, None, [[(id, "a.py")] for id in ids], "utf-8", UNITS, 0)
    assert played(walked) == ["2\n", "3\n"]


@pytest.mark.parametrize("data", [b"\0\1\2", b"x" * 4_001])
def test_what_is_no_text(path: str, data: bytes) -> None:
    """PB4: where the file is no text, or too long, nothing changes; as the text to begin with it is refused."""
    ids = [put(path, {"a": b"one\n"}), put(path, {"a": data}), put(path, {"a": b"two\n"})]
    walked = steps.walk(path, None, [[(id, "a")] for id in ids], None, UNITS, 60)
    assert played(walked) == ["", "one\n", "two\n", "two\n"]
    with pytest.raises(Conflict):
        steps.text(path, (ids[1], "a"), None, UNITS)
    assert steps.text(path, (ids[2], "a"), "utf-8", UNITS) == b'"two\\n"'
    with pytest.raises(NotFound):
        steps.text(path, (ids[2], "b"), None, UNITS)
