"""What happened in a run, and the checkers over it (after Jepsen's): pure functions of what clients and server saw."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any


class History:
    """Everything that was sent, received and acknowledged, client by client."""

    def __init__(self) -> None:
        self.invocations: set[tuple[str, int]] = set()
        self.acknowledgements: dict[tuple[str, int], int] = {}
        self.receipts: dict[str, list[tuple[int, str, int, str]]] = defaultdict(list)

    def invoked(self, client: str, seq: int) -> None:
        self.invocations.add((client, seq))

    def acknowledged(self, client: str, seq: int, version: int) -> None:
        self.acknowledgements[client, seq] = version

    def received(self, client: str, update: dict[str, Any]) -> None:
        self.receipts[client].append((update["version"], update["client"], update["seq"], update["changes"]))


def check(history: History, journal: list[tuple[int, str, int, str]]) -> None:
    """`journal`: (version after, client, seq, changes) in the order of the disk. Raises AssertionError naming the broken rule."""
    versions = [version for version, *_ in journal]
    assert versions == list(range(1, len(journal) + 1)), "gapless: versions are 1..n, each once"
    at = {version: (client, seq, changes) for version, client, seq, changes in journal}
    for reader, receipts in history.receipts.items():
        seen = [version for version, *_ in receipts]
        assert seen == sorted(set(seen)), f"contiguous delivery: {reader} saw {seen}"
        assert all(b == a + 1 for a, b in pairwise(seen)), f"contiguous delivery: gap for {reader}"
        for version, client, seq, changes in receipts:
            assert at.get(version + 1) == (client, seq, changes), f"no divergence: {reader} at {version}"
    for (client, seq), version in history.acknowledgements.items():
        assert at.get(version, ("", 0, ""))[:2] == (client, seq), f"no lost acknowledgement: {client} {seq}"
    counts = Counter((client, seq) for _, client, seq, _ in journal)
    assert all(count == 1 for count in counts.values()), "exactly once"
    assert counts.keys() <= history.invocations, "no phantom: every entry was sent by whom it names"
    for client in {client for client, _ in counts}:
        seqs = [seq for _, c, seq, _ in journal if c == client]
        assert seqs == list(range(1, len(seqs) + 1)), f"{client}'s updates are in their order"
