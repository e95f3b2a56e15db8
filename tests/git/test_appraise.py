"""The lines that comments are, and their ids."""

from __future__ import annotations

import hashlib
import json

import pytest

from code_together.git import appraise
from code_together.git.appraise import Location, Range, Remark

COMMIT = "f4ee6207631343ff566f5a32889a2d85a024db6a"


def id_of(line: str) -> str:
    return hashlib.sha1(line.encode(), usedforsecurity=False).hexdigest()


def test_a_line() -> None:
    """NO1: fields in git-appraise's order, empty ones left out, escaped as Go does; the id is the SHA-1 of the line."""
    remark = Remark(
        timestamp="0000000012",
        author="ann@host",
        original="a" * 40,
        parent="b" * 40,
        location=Location(COMMIT, "a.py", Range(2, 3, 4, 5)),
        description='<b>&\u2028"\\\n\té😀',
        resolved=False,
        signature="s",
    )
    line = (
        '{"timestamp":"0000000012","author":"ann@host","original":"'
        + "a" * 40
        + '","parent":"'
        + "b" * 40
        + '",'
        '"location":{"commit":"'
        + COMMIT
        + '","path":"a.py","range":{"startLine":2,"startColumn":3,"endLine":4,'
        '"endColumn":5}},"description":"\\u003cb\\u003e\\u0026\\u2028\\"\\\\\\n\\té😀","resolved":false,"signature":"s"}'
    )
    assert remark.line == line
    assert remark.id == id_of(line)
    assert appraise.parse(line.encode()) == remark
    assert Remark().line == "{}"


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        (b'{"description":"x","more":{"v":1}}', '{"description":"x"}'),
        (b' { "description" : "x" , "author":"a"}\t', '{"author":"a","description":"x"}'),
        (b'{"Description":"x","PARENT":"p","re\xc5\xbfolved":true}', '{"parent":"p","description":"x","resolved":true}'),
        (b'{"timestamp":"5","description":"x"}', '{"timestamp":"0000000005","description":"x"}'),
        (b'{"timestamp":"then"}', '{"timestamp":"then"}'),
        (b'{"description":null,"location":null,"resolved":null}', "{}"),
        (b'{"location":{}}', '{"location":{}}'),
        (b'{"location":{"range":{}}}', '{"location":{"range":{"startLine":0}}}'),
        (b'{"location":{"range":{"startLine":1,"startColumn":0}}}', '{"location":{"range":{"startLine":1}}}'),
        (b'{"description":"a","description":"b"}', '{"description":"b"}'),
        (b'{"location":{"path":"a"},"location":{"commit":"c"}}', '{"location":{"commit":"c","path":"a"}}'),
        (b'{"description":"\\ud800\\u0041"}', '{"description":"\ufffdA"}'),
        (b'{"description":"\xe2\x82"}', '{"description":"\ufffd\ufffd"}'),
        (b'{"description":"\\/\\u00e9\\u003c"}', '{"description":"/\u00e9\\u003c"}'),
        (b'{"v":0,"resolved":false}', '{"resolved":false}'),
    ],
)  # fmt: skip
def test_lines_of_others(written: bytes, canonical: str) -> None:
    """NO2: a line is read as Go reads it and written again before it is hashed; unknown fields are no part of the id."""
    remark = appraise.parse(written)
    assert remark is not None
    assert remark.line == canonical
    assert remark.id == id_of(canonical)


@pytest.mark.parametrize(
    "line",
    [b"", b"hello", b"[]", b'"x"', b"{", b'{"description":1}', b'{"resolved":"yes"}', b'{"location":"a.py"}',
     b'{"location":{"range":{"startLine":-1}}}', b'{"location":{"range":{"startLine":1.0}}}',
     b'{"location":{"range":{"startLine":4294967296}}}', b'{"v":1}', b'{"v":0.5}', b'{"description":NaN}',
     b'{"description":"a\x00b"}', b'{"a":' * 10_001 + b"1" + b"}" * 10_001, b'{"timestamp":12}', b"\xff{}",
     b'{"description":"' + b"x" * appraise.LONGEST_LINE + b'"}', b'{"location":{"range":{"startLine":' + b"9" * 5000 + b"}}}"],
)  # fmt: skip
def test_no_comments(line: bytes) -> None:
    """NO2, NO6: what git-appraise would not take for a comment is none, whatever it is."""
    assert appraise.parse(line) is None


def test_clean() -> None:
    """NO1: line breaks are one kind, other control characters go."""
    assert appraise.clean("a\r\nb\rc\x00\x1b[0m\x7f\x85\td \n\n") == "a\nb\nc[0m\td"


def test_requests() -> None:
    """NO1: the line that makes git-appraise show a commit's comments, known again in any form."""
    line = appraise.request(1763886305.7, "ann@host", "Edit <a>", COMMIT)
    assert json.loads(line) == {
        "timestamp": "1763886305",
        "targetRef": "refs/heads/main",
        "requester": "ann@host",
        "description": "Edit <a>",
        "baseCommit": COMMIT,
    }
    assert appraise.is_request(line.encode())
    assert not any(map(appraise.is_request, [b"", b"[]", b"x", b'{"targetRef":1}', b'{"v":1}']))


def test_merging() -> None:
    """NO5: every line of both once, sorted by bytes, none empty."""
    assert appraise.merge(b"b\n\na\n", b"c\nb") == b"a\nb\nc\n"
    assert appraise.merge(b"", b"") == b""
    assert appraise.merge("é\nz\n".encode(), b"\xff\r\n") == b"z\n\xc3\xa9\n\xff\r\n"
