"""What notes say, as the index of comments takes it up."""

from __future__ import annotations

import json

import pytest

from code_together.git import notes, passages
from code_together.git.notes import DISCUSS, Refs
from code_together.rooms import noted
from code_together.session.textfile import Format, decode
from tests.git.conftest import path as path
from tests.git.making import ANN, BOB, HOST, put
from tests.git.test_notes import foreign, new


def texts(difference: noted.Difference) -> list[str]:
    return [one.comment.text for piece in difference.pieces for one in noted.unpacked(piece)]


def test_only_what_is_new(path: str) -> None:
    """CM8: of a note that grew, the comments that are new or changed are given, with their place; the others are not."""
    one = put(path, {"a": b"one\n"})
    start, _ = notes.add(path, [new(one, "x"), new(one, "y")], ANN, HOST, 5.0)
    first = noted.difference(path, Refs(None, None), 1_000)
    assert texts(first) == ["x", "y"]
    [x, _] = noted.unpacked(first.pieces[0])
    assert (x.account, x.comment.quote) == ("ann", "one")
    lines = [json.dumps({"description": f"n{number}"}) for number in range(450)]
    reply = json.dumps({"parent": x.comment.id, "description": "an answer", "author": "e@f"})
    theirs = foreign(path, "", {one: "\n".join([*lines, "{}", reply]).encode()})
    notes.merge(path, DISCUSS, theirs, BOB, HOST, 6.0)
    further = noted.difference(path, start, 1_000)
    assert sorted(texts(further)) == sorted([*(f"n{number}" for number in range(450)), "an answer"])
    assert len(further.pieces) == 3
    assert further.gone == []
    assert noted.difference(path, further.now, 1_000).pieces == []


def test_files_are_read_once(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CM9: many comments on many files, in whatever order, have each file read once."""
    files = {f"f{number}": b"one\ntwo\n" for number in range(20)}
    commit = put(path, files)
    said = [
        {"description": f"{place}", "location": {"commit": commit, "path": name, "range": {"startLine": 1}}}
        for place in range(5)
        for name in files
    ]
    theirs = foreign(path, "", {commit: "\n".join(map(json.dumps, said)).encode()})
    notes.merge(path, DISCUSS, theirs, BOB, HOST, 6.0)
    read: list[bytes] = []

    def reading(data: bytes) -> tuple[str, Format] | None:
        read.append(data)
        return decode(data)

    monkeypatch.setattr(passages, "decode", reading)
    found = noted.difference(path, Refs(None, None), 1_000)
    placed = [one.comment for piece in found.pieces for one in noted.unpacked(piece)]
    assert len(placed) == 100
    assert {comment.quote for comment in placed} == {"one"}
    assert len(read) == len(files)
