"""`python -m tests.simulation --rounds 10000`: the long form."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tests.simulation.run import run


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    total: Counter[str] = Counter()
    broken = 0
    for seed in range(arguments.seed, arguments.seed + arguments.rounds):
        try:
            total.update(run(seed))
        except AssertionError as error:
            broken += 1
            print(f"seed {seed}: {error}", file=sys.stderr)
    print(f"{arguments.rounds} rounds from seed {arguments.seed}: {dict(total)}, {broken} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
