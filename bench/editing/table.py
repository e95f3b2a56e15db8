"""All figures of a run as one Markdown table, this server beside the others."""

from __future__ import annotations

FLOORS = ("aiohttp", "picows")
FIGURES = (
    "edits/s",
    "ms CPU per 1,000 deliveries",
    "µs CPU an edit",
    "share of its core",
    "p50 ms",
    "p99 ms",
    "MB at its start",
    "MB more at the end",
    "join: ms CPU",
    "join: p50 ms",
    "join: kB",
    "load's share of its core",
    "load average",
)
MORE_IS_BETTER = ("edits/s",)
WITHOUT_RATIO = ("share of its core", "load's share of its core", "load average")
"""These speak of the machine, or of how much a server did in the time: less is nothing better."""

Told = dict[str, dict[str, dict[str, float]]]
"""By work, server and figure."""


def table(told: Told) -> str:
    """A row for each figure of each work, a column for each server; the last is ours by the best of the others, floors aside."""
    servers = list(dict.fromkeys(server for by_server in told.values() for server in by_server))
    head = ["work", "figure", *servers, "ours / best other"]
    rows = [head, ["---"] * len(head)]
    for work, by_server in told.items():
        for figure in FIGURES:
            values = {server: found[figure] for server, found in by_server.items() if figure in found}
            if values:
                cells = [number(values[server]) if server in values else "" for server in servers]
                rows.append([f"`{work}`", figure, *cells, against(figure, values)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def against(figure: str, values: dict[str, float]) -> str:
    """Ours by the best of the other servers; nothing where that says nothing."""
    others = [value for server, value in values.items() if server != "ours" and server not in FLOORS]
    if figure in WITHOUT_RATIO or "ours" not in values or not others:
        return ""
    best = max(others) if figure in MORE_IS_BETTER else min(others)
    return f"× {values['ours'] / best:.2f}" if best > 0 else ""


def number(value: float) -> str:
    """Three digits that count, without an exponent."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
