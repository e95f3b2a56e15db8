"""Random cases for the text core, our answers to them, and the verdict on two answers.

A case is a JSON object: `op`, what goes in, and `kind`. The kind says what the case is about, and so what may
differ: for `ordinary` cases and those in `BOTH_REFUSE` nothing may. What we refuse and CodeMirror takes (or may take)
is listed in `WE_REFUSE`, kind by kind; nothing else is excused. The texts that changes make are known from how they
were generated, not from applying them.

Not among the cases: `map` over a change of another length, on which the real one may run for ever.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from code_together.errors import BadChanges
from code_together.ot.change import ChangeSet

FOLDER = Path(__file__).parent
Case = dict[str, Any]
Answer = dict[str, Any]

# Kinds of input that CodeMirror takes, or takes at times, and we never do.
WE_REFUSE = {
    "a negative length": "OT3",
    "a fractional length": "OT3",
    "a whole length written as a fraction": "OT3",
    "a length above 2^31-1": "OT3",
    "lengths that add up to above 2^31-1": "OT3",
    "a part of nothing": "OT3",
    "a line break inside a line": "OT3",
    "a lone surrogate": "OT3",
    "more parts than the limit": "OT3",
    "a position that is negative": "positions count from 0",
    "another length": "CodeMirror looks at the length only where it needs it",
    "a cut pair in the text": "OT9",
}
# Composing sees the text that the first change inserted, not what it kept: a cut is refused where it is seen.
WE_MAY_REFUSE = {"a cut pair in what is composed": "OT9"}
BOTH_REFUSE = [
    "not a list",
    "a part of a wrong type",
    "an empty part",
    "a line that is no string",
    "a position past the end",
]

ALPHABETS = [
    "abcxyz",
    "abc \n",
    "ab\n\n",
    "aé\u0301ñ\u0303汉字\n",
    "a😀𝒳\U0010ffff\n",
    "😀👩‍👩‍👧",
    "ab\r\n\u2028\u0085",
    "a\ue000\ud7ff\uffff\U00010000",
]


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def random_text(rng: random.Random, longest: int) -> str:
    alphabet = rng.choice(ALPHABETS)
    return "".join(rng.choices(alphabet, k=rng.randint(0, longest)))


def random_change(rng: random.Random, text: str) -> tuple[list[Any], str]:
    """The wire form of a legal change of `text`, and the text that it makes."""
    parts: list[Any] = []
    new: list[str] = []
    style = rng.random()
    tidy = rng.random() < 0.6
    position = 0
    while True:
        at_end = position == len(text)
        choice = rng.random()
        taken = text[position : position + rng.randint(1, 1 + int(rng.expovariate(0.3)))]
        if choice < 0.25 + 0.2 * style and (not at_end or choice < 0.15):
            inserted = random_text(rng, 3) or "i"
            replaced = taken if rng.random() < 0.4 else ""
            parts.append([units(replaced), *inserted.split("\n")])
            new.append(inserted)
            position += len(replaced)
        elif at_end:
            break
        elif choice < 0.5 + 0.2 * style:
            parts.append([units(taken)] if rng.random() < 0.9 else [units(taken), ""])
            position += len(taken)
        else:
            kept = [units(taken)]
            if kept[0] > 1 and rng.random() < 0.05:
                border = rng.randint(
                    1, kept[0] - 1
                )  # also within a pair, where a border between keeps cuts nothing
                kept = [border, kept[0] - border]
            parts += kept
            new.append(taken)
            position += len(taken)
    if tidy:
        parts = _tidied(parts)
    return parts, "".join(new)


def _tidied(parts: list[Any]) -> list[Any]:
    """Neighbouring keeps and neighbouring deletions as one, as a program would send them."""
    tidied: list[Any] = []
    for part in parts:
        last = tidied[-1] if tidied else None
        if isinstance(part, int) and isinstance(last, int):
            tidied[-1] += part
        elif isinstance(part, list) and len(part) == 1 and isinstance(last, list) and len(last) == 1:
            tidied[-1] = [last[0] + part[0]]
        else:
            tidied.append(part)
    return tidied


def _cutting_change(rng: random.Random, text: str) -> list[Any] | None:
    """A change of `text` with an edge inside a surrogate pair, if it has one."""
    pairs = [units(text[:index]) for index, character in enumerate(text) if character > "\uffff"]
    if not pairs:
        return None
    cut = rng.choice(pairs) + 1
    length = units(text)
    boundaries = [units(text[:index]) for index in range(len(text) + 1)]
    other = rng.choice([*boundaries, cut])
    start, end = sorted((cut, other))
    part = [end - start, "x"] if start == end or rng.random() < 0.5 else [end - start]
    return [*([start] if start else []), part, *([length - end] if length > end else [])]


def _malformed(rng: random.Random) -> tuple[str, Any]:
    """A kind of malformed change and one of it."""
    parts, _ = random_change(rng, random_text(rng, 10))
    kind, part = rng.choice(
        [
            ("a negative length", rng.choice([-1, [-1], [-2, "x"], -(2**40)])),
            ("a fractional length", rng.choice([0.5, [1.5], [2.25, "x"], -0.5])),
            ("a whole length written as a fraction", rng.choice([1.0, [2.0], [3.0, "x"]])),
            ("a length above 2^31-1", rng.choice([2**31, [2**31], [2**53, "x"], 2**64])),
            ("lengths that add up to above 2^31-1", rng.choice([2**31 - 1, [2**31 - 1]])),
            ("a part of nothing", rng.choice([0, [0], [0, ""]])),
            (
                "a line break inside a line",
                rng.choice([[0, "a\nb"], [1, "\n"], [0, "a", "b\n"], [2, "", "\n", "c"]]),
            ),
            ("a lone surrogate", rng.choice([[0, "\ud800"], [1, "a\udc00b"], [0, "x", "\ude00\ud83d"]])),
            ("more parts than the limit", None),
            ("not a list", rng.choice([None, True, 5, "abc", {}, {"0": 5}, ""])),
            (
                "a part of a wrong type",
                rng.choice([None, True, False, "a", {}, [None], [True, "a"], ["a"], [[1]], {"a": 1}]),
            ),
            ("an empty part", []),
            (
                "a line that is no string",
                rng.choice([[0, 1], [1, None], [1, ["a"]], [0, "a", True], [1, "", {}]]),
            ),
        ]
    )
    if kind == "not a list":
        return kind, part
    if kind == "more parts than the limit":
        return kind, [1] * (MOST_PARTS + rng.randint(1, 20))
    if kind == "lengths that add up to above 2^31-1":
        return kind, [part, 1, part]
    parts.insert(rng.randint(0, len(parts)), part)
    return kind, parts


MOST_PARTS = 300  # the limit that our side of these cases is given


def random_case(rng: random.Random) -> Case:
    text = random_text(rng, rng.choice([0, 3, 8, 8, 20, 20, 60]))
    a, after = random_change(rng, text)
    op = rng.choices(
        ["json", "apply", "compose", "map", "invert", "map_pos", "collab", "malformed"],
        [10, 15, 20, 25, 7, 8, 10, 5],
    )[0]
    kind = "ordinary"
    strange = rng.random() < 0.08
    if op == "malformed":
        kind, a = _malformed(rng)
        return {"op": "json", "kind": kind, "a": a}
    if op == "json":
        return {"op": op, "kind": kind, "a": a}
    if op in ("apply", "invert"):
        case = {"op": op, "kind": kind, "a": a, "text": text}
        if op == "apply":
            case["expected"] = after
        if strange and (cutting := _cutting_change(rng, text)):
            case |= {"kind": "a cut pair in the text", "a": cutting}
            case.pop("expected", None)
        elif strange:
            case |= {"kind": "another length", "text": text + "more"[: rng.randint(1, 4)]}
            case.pop("expected", None)
        return case
    if op == "compose":
        b, last = random_change(rng, after)
        case = {"op": op, "kind": kind, "a": a, "b": b, "text": text, "expected": last}
        if strange and (cutting := _cutting_change(rng, after)):
            case |= {"kind": "a cut pair in what is composed", "b": cutting}
        elif strange:
            case |= {"kind": "another length", "b": [*b, 1]}
        return case
    b, _ = random_change(rng, text)
    if op == "map":
        return {"op": op, "kind": kind, "a": a, "b": b, "before": rng.random() < 0.5}
    if op == "map_pos":
        length = units(text)
        position = rng.randint(0, length)
        if strange and rng.random() < 0.5:
            kind, position = "a position past the end", length + rng.randint(1, 3)
        elif strange:
            kind, position = "a position that is negative", -rng.randint(1, 3)
        return {"op": op, "kind": kind, "a": a, "position": position, "assoc": rng.choice([-1, 1])}
    second, _ = random_change(rng, after)
    return {"op": op, "kind": kind, "a": a, "b": second, "other": b}


def _ours(case: Case) -> Any:
    op = case["op"]
    a = ChangeSet.from_json(case["a"], max_parts=MOST_PARTS)
    if op == "json":
        return [a.to_json(), a.length, a.new_length, [list(edit) for edit in a.edits()]]
    if op == "apply":
        return a.apply(case["text"])
    if op == "invert":
        return a.invert(case["text"]).to_json()
    if op == "map_pos":
        return a.map_pos(case["position"], case["assoc"])
    b = ChangeSet.from_json(case["b"], max_parts=MOST_PARTS)
    if op == "map":
        return a.map(b, case["before"]).to_json()
    if op == "compose":
        return a.compose(b).to_json()
    both = a.compose(b)
    other = ChangeSet.from_json(case["other"], max_parts=MOST_PARTS)
    mapped = both.map(other)
    return [mapped.to_json(), other.map(both, before=True).to_json(), other.compose(mapped).to_json()]


def our_answer(case: Case) -> Answer:
    try:
        return {"value": _ours(case)}
    except BadChanges as error:
        return {"refused": error.message}


def real_answers(cases: Sequence[Case]) -> list[Answer]:
    """What the real one says. Needs Node and `npm ci` in this folder."""
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run(
        ["node", str(FOLDER / "real.mjs")], input=lines.encode(), capture_output=True, timeout=300, check=True
    )
    answers = [json.loads(line) for line in done.stdout.split(b"\n")[:-1]]
    assert len(answers) == len(cases)
    return answers


def fault(case: Case, ours: Answer, real: Answer) -> str | None:
    """What is wrong with our answer, or None when it is as it should be."""
    kind = case["kind"]
    if kind in WE_REFUSE:
        return None if "refused" in ours else f"we take {kind} ({WE_REFUSE[kind]})"
    if kind in WE_MAY_REFUSE and "refused" in ours:
        return None
    if kind in BOTH_REFUSE:
        if "refused" not in real:
            return f"CodeMirror takes {kind}"
        return None if "refused" in ours else f"we take {kind}"
    if "refused" in ours or "refused" in real:
        return "one refuses"
    if ours != real:
        return "the answers differ"
    if case["op"] == "apply" and ours["value"] != case["expected"]:
        return "both make another text than was meant"
    if case["op"] == "compose" and kind == "ordinary":
        made = ChangeSet.from_json(ours["value"]).apply(case["text"])
        if made != case["expected"]:
            return "the composed change makes another text"
    return None
