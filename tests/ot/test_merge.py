from __future__ import annotations

import os
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_together.ot.merge import Clash, merge
from tests.ot.sides import base_lines, edited, tokens

ROUNDS = int(os.environ.get("MERGE_ROUNDS", "600"))

LINES = st.lists(st.sampled_from(["a", "b", "c d", "x = 1", "😀", ""]), max_size=8).map("\n".join)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("a\nb\nc\n", "a\nb2\nc\n", "a\nb\nc2\n", "a\nb2\nc2\n"),
        ("the quick fox\n", "the slow fox\n", "the quick cat\n", "the slow cat\n"),
        ("a\nb\n", "a\nnew\nb\n", "a\nnew\nb\n", "a\nnew\nb\n"),
        ("a\nb\n", "ours\na\nb\n", "theirs\na\nb\n", "ours\ntheirs\na\nb\n"),
        ("a\n", "a\nb\n", "a\nb\nc\n", "a\nb\nc\n"),
        ("a\n", "a\nb\nc\n", "a\nb\n", "a\nb\nc\n"),
        ("a\nb\nc\n", "a\nc\n", "a\nc\n", "a\nc\n"),
        ("x 😀 y\n", "x 😀 z\n", "w 😀 y\n", "w 😀 z\n"),
        ("a(b)\n", "    a(b)\n", "c(b)\n", "    c(b)\n"),
        ("one", "one\ntwo", "one\nthree", "one\ntwo\nthree"),
        ("x\ny\n", "x\n", "x\ny\nz\n", "x\nz\n"),
        ("x\n", "y\nx\n", "x", "y\nx"),
        ("x", "x\n", "y\nx", "y\nx\n"),
        ("", "a\n", "a\nb", "a\nb\n"),
        ("x\ny", "x", "y", ""),
        ("if a:\n    b\n", "if a:\n    b\n    c\n", "if a and d:\n    b\n", "if a and d:\n    b\n    c\n"),
        ("a\nb\nc\n", "a A\nb B\nc\n", "a\nNEW\nb\nc\n", "a A\nNEW\nb B\nc\n"),
        ("a\nb\nc\n", "a\nNEW\nb\nc\n", "a A\nb B\nX\nc\n", "a A\nNEW\nb B\nX\nc\n"),
        ("a\nb\nc\n", "a A\nNEW\nb B\nc\n", "a\nNEW\nb\nc\n", "a A\nNEW\nb B\nc\n"),
        ("x = 1\ny = 2\n", "x = 10\ny = 20\n\n", "x = 1\nw = 0\ny = 2\n", "x = 10\nw = 0\ny = 20\n\n"),
        (
            "    a = 1\n    b = 2\n",
            "    a = 1  # one\n    b = 2  # two\n\n",
            "    a = 1\n    c = 3\n    b = 2\n",
            "    a = 1  # one\n    c = 3\n    b = 2  # two\n\n",
        ),
        ("f(a)\ng(a)\n", "if a:\n    f(a)\n    g(a)\n", "f(a)\ng(b)\n", "if a:\n    f(a)\n    g(b)\n"),
    ],
)
def test_both_sides(base: str, ours: str, theirs: str, merged: str) -> None:
    """PU5: changes of different characters are both made, and what both did alike is there once."""
    changes, clashes = merge(base, ours, theirs)
    assert (changes.apply(ours), clashes) == (merged, [])


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged", "clash"),
    [
        (
            "x = 1\ny\n",
            "x = 12\ny\n",
            "x = 13\ny\n",
            "x = 12\nx = 13\ny\n",
            Clash(0, 14, "x = 12\n", "x = 13\n"),
        ),
        ("a\nb\nc\nd\n", "a\nd\n", "a\nb\ncX\nd\n", "a\nb\ncX\nd\n", Clash(2, 7, "", "b\ncX\n")),
        ("a\nb\nc\nd\n", "a\nb\ncX\nd\n", "a\nd\n", "a\nb\ncX\nd\n", Clash(2, 7, "b\ncX\n", "")),
        ("one", "two", "three", "two\nthree", Clash(0, 9, "two", "three")),
        (
            "x = 1\n",
            "x = 1 + 2\n",
            "x = 1 * 3\n",
            "x = 1 + 2\nx = 1 * 3\n",
            Clash(0, 20, "x = 1 + 2\n", "x = 1 * 3\n"),
        ),
        ("\n", "one\n", "two\n", "one\ntwo\n", Clash(0, 8, "one\n", "two\n")),
        (
            "a = 1\nb = 1\n",
            "a = 2\nb = 2\n",
            "a = 3\nb = 3\n",
            "a = 2\nb = 2\na = 3\nb = 3\n",
            Clash(0, 24, "a = 2\nb = 2\n", "a = 3\nb = 3\n"),
        ),
        ("a\nb", "a", "a\nbX", "a\nbX", Clash(2, 4, "", "bX")),
        (
            "",
            "def f():\n    long = line()\n    x = 1\n    return long\n",
            "def f():\n    long = line()\n    x = 2\n    return long\n",
            "def f():\n    long = line()\n    x = 1\n    x = 2\n    return long\n",
            Clash(27, 47, "    x = 1\n", "    x = 2\n"),
        ),
        ("😀\none\n", "😀\ntwo\n", "😀\nthree\n", "😀\ntwo\nthree\n", Clash(3, 13, "two\n", "three\n")),
    ],
)
def test_clashes(base: str, ours: str, theirs: str, merged: str, clash: Clash) -> None:
    """PU5: where the same characters were changed the lines of both stand there, ours first; what one took away stays."""
    changes, clashes = merge(base, ours, theirs)
    assert (changes.apply(ours), clashes) == (merged, [clash])


@given(LINES, LINES, LINES)
def test_any_texts(base: str, ours: str, theirs: str) -> None:
    """PU5: a merge is always possible; without changes of one side it is the other side, and its places lie in the text."""
    changes, clashes = merge(base, ours, theirs)
    merged = changes.apply(ours)
    length = len(merged.encode("utf-16-le")) // 2
    assert all(0 <= clash.start <= clash.end <= length for clash in clashes)
    assert merge(base, base, theirs)[0].apply(base) == theirs
    assert merge(base, ours, base)[0].apply(ours) == ours
    assert merge(base, ours, ours)[0].apply(ours) == ours


def test_nothing_is_lost() -> None:
    """PU5: every line that either side put in is in the merged text, however the two meet."""
    seed = random.randrange(10**6)
    print(f"SEED={seed}")
    rng = random.Random(seed)
    for round in range(200):
        base = [chr(ord("а") + n) * 4 for n in range(rng.randint(0, 12))]  # nothing in common with the tokens

        def edited(side: str, base: list[str] = base, round: int = round) -> tuple[str, list[str]]:
            lines, tokens = list(base), []
            for number in range(rng.randint(0, 6)):
                token = f"<{side}{round}.{number}>"
                at = rng.randint(0, len(lines))
                if rng.random() < 0.5:
                    lines.insert(at, token)
                elif lines and at < len(lines) and not lines[at].startswith("<"):
                    lines[at] = token
                else:
                    continue
                tokens.append(token)
            return "\n".join(lines), tokens

        ours, mine = edited("o")
        theirs, yours = edited("t")
        merged = merge("\n".join(base), ours, theirs)[0].apply(ours)
        for token in mine + yours:
            assert merged.count(token) == 1, (token, base, ours, theirs, merged)


def test_lines_that_share_words_stay_apart() -> None:
    """PU5: lines of both sides stay whole, also where a word of the line that they replaced is in both (seed 482633)."""
    ours, theirs = "<o70.0>\nline 1\n<o70.4>\n<o70.5>", "<t70.3>\n<t70.1>\nline 1\n<t70.0>"
    merged = merge("line 0\nline 1", ours, theirs)[0].apply(ours).splitlines()
    assert {*ours.splitlines(), *theirs.splitlines()} <= set(merged)


def test_lines_are_not_mixed() -> None:
    """PU5: whatever both sides do to the lines of a text, every token is there once, every line is one that somebody wrote, or that both changed
    in different words; what nobody touched stays; and it is the same text whoever merges, but for the order of what clashes."""
    seed = random.randrange(10**6)
    print(f"SEED={seed}")
    rng = random.Random(seed)
    within = 0
    for round in range(ROUNDS):
        base, ended = base_lines(rng), rng.random() < 0.7
        ours, theirs = edited(rng, base, "O"), edited(rng, base, "T")
        texts = [
            ("\n".join(base) + "\n" * (ended and bool(base))),
            ours.text(ended ^ (rng.random() < 0.1)),
            theirs.text(ended ^ (rng.random() < 0.1)),
        ]
        why = (round, texts)
        changes, clashes = merge(*texts)
        merged = changes.apply(texts[1])
        lines = merged.removesuffix("\n").split("\n")
        assert tokens(*lines) == tokens(*ours.lines) + tokens(*theirs.lines), (why, merged)
        for line in {*lines} - {*base, *ours.lines, *theirs.lines, ""}:
            mine = {one for one in ours.lines if tokens(one) and tokens(one) <= tokens(line)}
            other = {one for one in theirs.lines if tokens(one) and tokens(one) <= tokens(line)}
            assert len(mine) == len(other) == 1, (why, merged)
            assert [old for old in base if _forms(old, *mine, *other)], (why, merged)
            within += 1
        for number, line in enumerate(base):
            if line and base.count(line) == 1 and number not in ours.touched | theirs.touched:
                assert line in lines, (why, merged)
        for clash in clashes:
            there = merged[clash.start : clash.end]
            assert there in (clash.ours + clash.theirs, f"{clash.ours}\n{clash.theirs}"), (why, merged)
        other_way = merge(texts[0], texts[2], texts[1])[0].apply(texts[2])
        assert Counter(other_way.split("\n")) == Counter(merged.split("\n")), why
        for text in texts[1:]:
            assert merge(texts[0], text, text)[0].is_identity
            assert merge(texts[0], text, texts[0])[0].is_identity
            assert merge(texts[0], texts[0], text)[0].apply(texts[0]) == text
    assert within or ROUNDS < 500


def _forms(old: str, *new: str) -> bool:
    """Whether more than half of each new line is in the old one, but for blanks."""
    words = Counter(old.split(" "))
    return all(
        2 * sum(len(word) * n for word, n in (words & Counter(one.split(" "))).items())
        > max(len(one.replace(" ", "")), len(old.replace(" ", "")))
        for one in new
    )


def test_a_long_text() -> None:
    """PU5: whole texts that were indented anew and others changed are merged within bounds, and line by line."""
    base = [f"value_{n} = compute({n}, other)" for n in range(3_000)]
    ours = [f"    {line}" for line in base]
    theirs = [line.replace("other", "another") if n % 100 == 0 else line for n, line in enumerate(base)]
    changes, clashes = merge("\n".join(base), "\n".join(ours), "\n".join(theirs))
    assert changes.apply("\n".join(ours)) == "\n".join(f"    {line}" for line in theirs)
    assert clashes == []
