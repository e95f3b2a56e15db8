"""JSON that is nested deep."""

from __future__ import annotations

import json
import os
import random

import pytest

from code_together.git import appraise
from code_together.git.nesting import DEEPEST, shallow

SEED = int(os.environ.get("SEED", random.randrange(2**32)))


def cut(value: object, depth: int = 1) -> object:
    """What is to come out: 0 for whatever begins below twenty levels."""
    if not isinstance(value, (list, dict)):
        return value
    if depth > 20:
        return 0
    if isinstance(value, list):
        return [cut(one, depth + 1) for one in value]
    return {key: cut(one, depth + 1) for key, one in value.items()}


def grown(chance: random.Random, depth: int) -> object:
    kind = chance.random()
    if depth <= 0 or kind < 0.05:
        return chance.choice([0, -1.5e10, '\u2028 \\ " 😀', True, None, "", [], {}])
    below = [grown(chance, depth - 1)] + [
        grown(chance, chance.randrange(3)) for _ in range(chance.randrange(3))
    ]
    chance.shuffle(below)
    return below if kind < 0.6 else {f"{n} \n": one for n, one in enumerate(below)}


def test_the_same_but_for_what_is_deep() -> None:
    """NO2: random JSON comes out as it was, with a 0 for what lies deeper than anybody looks; broken in a place it is refused, as by Python."""
    print(f"SEED={SEED}")
    chance = random.Random(SEED)
    for _ in range(400):
        value = grown(chance, chance.randrange(60))
        text = json.dumps(value, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, None, 1]))
        assert json.loads(shallow(text)) == cut(value), text
        place = chance.randrange(len(text))
        broken = text[:place] + chance.choice('[]{},:"0a \\\t') + text[place + chance.randrange(2) :]
        try:
            expected = json.loads(broken)
        except ValueError:
            with pytest.raises(ValueError, match=r"."):
                shallow(broken)
        else:
            assert json.loads(shallow(broken)) == cut(expected), broken


@pytest.mark.parametrize("levels", [5_000, DEEPEST - 1, DEEPEST])
def test_a_line_with_thousands_of_brackets(levels: int) -> None:
    """NO2: an unknown field may be nested 10,000 levels deep with the object around it, as Go takes it; one more and the line is no comment."""
    deep = "[" * levels + "]" * levels
    remark = appraise.parse(b'{"description":"x","more":%b}' % deep.encode())
    assert (remark is not None) == (levels < DEEPEST)
    if remark is not None:
        assert remark.id == appraise.Remark(description="x").id
    assert appraise.is_request(b'{"targetRef":"x","more":%b}' % deep.encode()) == (levels < DEEPEST)
    assert appraise.parse(b'{"description":%b}' % deep.encode()) is None
    assert appraise.parse(b'{"description":"x","more":%b}' % deep.replace("]", "}", 1).encode()) is None
