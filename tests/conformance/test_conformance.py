"""The text core against the real @codemirror/state (2,000 cases here, 100,000 in `make conformance`)."""

from __future__ import annotations

import random
import shutil
from collections import Counter

import pytest

from tests.conformance.cases import (
    BOTH_REFUSE,
    FOLDER,
    WE_REFUSE,
    fault,
    our_answer,
    random_case,
    real_answers,
)

installed = shutil.which("node") and (FOLDER / "node_modules" / "@codemirror" / "state").is_dir()


@pytest.mark.skipif(
    not installed, reason="Node or @codemirror/state is not there: run `npm ci` in tests/conformance"
)
def test_same_output_or_same_refusal() -> None:
    """OT4: on random cases our answers are CodeMirror's, but for what the list of refusals names."""
    seed = 20_240
    print(f"seed {seed}")
    rng = random.Random(seed)
    cases = [random_case(rng) for _ in range(2_000)]
    for case, real in zip(cases, real_answers(cases), strict=True):
        ours = our_answer(case)
        assert fault(case, ours, real) is None, (case, ours, real)
    kinds = Counter(case["kind"] for case in cases)
    assert kinds["ordinary"] > 1_500
    assert set(WE_REFUSE) | set(BOTH_REFUSE) <= set(kinds), "every kind of bad input is among the cases"
