"""What pushed notes bring, told before they come in."""

from __future__ import annotations

import json
from dataclasses import replace

from code_together.git import notes, pushednotes
from code_together.git.notes import DISCUSS, REVIEWS
from code_together.git.pushednotes import Judged, Limits
from tests.git.making import ANN, HOST, git, put
from tests.git.test_notes import foreign, new

LIMITS = Limits(lines=10, bytes=3_000, line_bytes=500, characters=100, push=8, session=20, there=0)


def judge(path: str, theirs: str, ref: str = DISCUSS, limits: Limits = LIMITS) -> Judged:
    [judged] = pushednotes.judge(path, None, [(ref, theirs)], limits)
    return judged


def said(count: int, text: str = "n") -> bytes:
    return b"\n".join(json.dumps({"description": f"{text}{number}"}).encode() for number in range(count))


def test_what_is_new(path: str) -> None:
    """NO9: new comments, lines that are none, lines that were left out and commits that are not here are counted."""
    one, two = (put(path, {"a": text}) for text in (b"one\n", b"two\n"))
    refs, _ = notes.add(path, [new(one, "x"), new(one, "y"), new(two, "z")], ANN, HOST, 5.0)
    assert refs.discuss is not None
    kept = new(one, "x").line.encode()
    lines = [
        kept,
        *said(2).split(b"\n"),
        b"{}",
        b'{"description":5}',
        b"no json",
        b'{"description":" \\u0001 "}',
    ]
    theirs = foreign(path, "", {one: b"\n\n".join(lines), "9" * 40: said(1)}, [refs.discuss])
    assert judge(path, theirs) == Judged(None, said=3, others=4, left_out=2, unknown=["9" * 40])
    strangers = foreign(path, "", {one: b"\n\n".join(lines), "9" * 40: said(1)})
    assert judge(path, strangers) == Judged(None, said=3, others=4, left_out=0, unknown=["9" * 40])
    assert judge(path, foreign(path, "", {}, [refs.discuss])) == Judged(None, left_out=3)
    assert judge(path, refs.discuss) == Judged()
    requests = foreign(path, "", {one: b'{"targetRef":"refs/heads/main"}\n[]'})
    assert judge(path, requests, REVIEWS) == Judged(None, said=1, others=1)


def test_verdicts_and_changes_are_comments(path: str) -> None:
    """NO9: a line without a text is a comment if it settles something or changes another one."""
    one = put(path, {"a": b"one\n"})
    lines = [b'{"resolved":true}', b'{"original":"%b"}' % (b"1" * 40), b'{"parent":"%b"}' % (b"1" * 40)]
    assert judge(path, foreign(path, "", {one: b"\n".join(lines)})) == Judged(None, said=2, others=1)


def test_limits(path: str) -> None:
    """NO10: lines and bytes of a note, a line, a text, and comments of a push and of a session have limits, for what is new alone."""
    one, two = (put(path, {"a": text}) for text in (b"one\n", b"two\n"))
    for entries, why in (
        ({one: said(9)}, "one push may bring 8 comments; this one brings more"),
        ({one: said(5), two: said(4)}, "one push may bring 8 comments; this one brings more"),
        ({one: b"x" * 501}, f"a line of the note on {one[:10]} has 501 bytes; 500 is the most"),
        ({one: said(1, "x" * 101)}, f"the comment on {one[:10]} that begins with '{'x' * 60}' has 102 characters; 100 is the most"),
        ({one: b"\n".join(b"%d" % n + b"x" * 450 for n in range(7))}, f"the note on {one[:10]} would have 3,164 bytes; 3,000 is the most"),
    ):  # fmt: skip
        assert judge(path, foreign(path, "", entries)).why == why
    full = replace(LIMITS, there=14)
    assert (
        judge(path, foreign(path, "", {one: said(7)}), limits=full).why
        == "a session may have 20 comments; with these it would have more"
    )
    assert judge(path, foreign(path, "", {one: said(6)}), limits=full).why is None
    notes.add(path, [new(one, f"here {number}") for number in range(9)], ANN, HOST, 5.0)
    assert (
        judge(path, foreign(path, "", {one: said(2)})).why
        == f"the note on {one[:10]} would have 11 lines; 10 is the most"
    )
    assert judge(path, git(path, "rev-parse", DISCUSS).strip(), limits=replace(LIMITS, push=0)).why is None


def test_what_is_no_notes(path: str) -> None:
    """NO9: a commit of files, or anything beside notes, is refused by its path."""
    one = put(path, {"a": b"one\n", "src/b": b"two\n"})
    assert (judge(path, one).why or "").startswith("a in it is no note; ")
    beside = foreign(path, "", {f"{one[:2]}/{one[2:]}": b"x", f"{one[:2]}/README": b"y"})
    assert (judge(path, beside).why or "").startswith(f"{one[:2]}/README in it is no note; ")
