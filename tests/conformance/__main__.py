"""`python -m tests.conformance --cases 100000 --seed 1` compares; exit status 1 if anything differs."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from pathlib import Path

from tests.conformance.cases import WE_MAY_REFUSE, WE_REFUSE, fault, our_answer, random_case, real_answers

BATCH = 5_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="write the cases with the real one's answers to FILE"
    )
    options = parser.parse_args()
    print(f"Comparing {options.cases} cases with the real @codemirror/state, seed {options.seed}", flush=True)
    rng = random.Random(options.seed)
    counts: Counter[str] = Counter()
    faults = 0
    kept: list[str] = []
    for begin in range(0, options.cases, BATCH):
        cases = [random_case(rng) for _ in range(min(BATCH, options.cases - begin))]
        for case, real in zip(cases, real_answers(cases), strict=True):
            ours = our_answer(case)
            problem = fault(case, ours, real)
            if problem:
                faults += 1
                if faults <= 20:
                    print(f"MISMATCH: {problem}\n  case {json.dumps(case)}\n  ours {ours}\n  real {real}")
            counts[_category(case["kind"], case["op"], ours, real)] += 1
            kept.append(json.dumps({"case": case, "real": real}))
    for category, count in sorted(counts.items()):
        print(f"{count:8}  {category}")
    print(f"{options.cases} cases, {faults} mismatches")
    if options.keep:
        options.keep.write_text("[\n" + ",\n".join(kept) + "\n]\n", encoding="utf-8")
    return 1 if faults else 0


def _category(kind: str, op: str, ours: dict[str, object], real: dict[str, object]) -> str:
    if "refused" in ours:
        if "refused" in real:
            return "same refusal"
        rule = WE_REFUSE.get(kind) or WE_MAY_REFUSE.get(kind) or "not excused"
        return f"refused by policy: {kind} ({rule})"
    return f"same output: {op}"


sys.exit(main())
