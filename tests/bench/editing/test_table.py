"""The table of a run."""

from __future__ import annotations

from bench.editing.table import against, number, table


def test_ours_is_put_beside_the_best_of_the_others() -> None:
    """The least time and CPU, and the most edits; floors and the machine's own figures are compared with nothing."""
    assert against("p50 ms", {"ours": 3.0, "a": 4.0, "b": 2.0, "picows": 0.5}) == "× 1.50"
    assert against("edits/s", {"ours": 300.0, "a": 400.0, "b": 200.0}) == "× 0.75"
    assert against("load average", {"ours": 1.0, "a": 1.0}) == ""
    assert against("share of its core", {"ours": 0.8, "a": 1.0}) == ""
    assert against("p50 ms", {"ours": 1.0, "aiohttp": 2.0}) == ""


def test_a_server_that_failed_leaves_a_gap() -> None:
    """A row has a cell for every server of the run."""
    told = {"loop": {"ours": {"p50 ms": 1.0}, "a": {"p50 ms": 2.0}}, "trace": {"a": {"p50 ms": 12_345.6}}}
    assert table(told).splitlines() == [
        "| work | figure | ours | a | ours / best other |",
        "| --- | --- | --- | --- | --- |",
        "| `loop` | p50 ms | 1 | 2 | × 0.50 |",
        "| `trace` | p50 ms |  | 12,346 |  |",
    ]


def test_numbers_have_three_digits() -> None:
    """Large ones have all of theirs, and a comma."""
    assert [number(value) for value in (12_345.6, 99.96, 0.01234)] == ["12,346", "100", "0.0123"]
