"""`python -m bench.editing [WORK…]`: what the works cost this server, its peers and bare transports, as tables."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench.editing.servers import SERVERS, Server, cost, settle, start
from bench.editing.work import WORKS, Work

TRACE = Path(__file__).parent.parent / "traces" / "sveltecomponent.json.gz"
COLUMNS = {
    "edits/s": "edits/s",
    "deliveries/s": "deliveries/s",
    "ms CPU per 1,000 deliveries": "ms CPU per 1,000 deliveries",
    "us CPU an edit": "µs CPU an edit",
    "share": "share of its core",
    "p50": "p50 ms",
    "p99": "p99 ms",
    "start": "MB at its start",
    "grown": "MB more at the end",
    "join cpu": "join: ms CPU",
    "join p50": "join: p50 ms",
    "join kB": "join: kB",
    "load": "load's share of its core",
    "load average": "load average",
}


def patches(file: Path) -> list[list[Any]]:
    trace = json.loads(gzip.decompress(file.read_bytes()))
    return [patch for one in trace["txns"] for patch in one["patches"]]


class Load:
    """The load generator's process."""

    def __init__(self, task: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            ["taskset", "-c", "1", sys.executable, "-m", "bench.editing.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()

    def expect(self, word: str) -> None:
        if self.line().strip() != word:
            raise RuntimeError(f"The load generator failed before it said {word!r}.")

    def line(self) -> str:
        assert self._process.stdout is not None
        return str(self._process.stdout.readline())

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def measure(server: Server, work: Work, places: list[dict[str, Any]], trace: list[Any]) -> dict[str, float]:
    task = {"work": asdict(work), "places": places, "speaks": server.speaks, "trace": trace}
    load = Load(task)
    try:
        load.expect("measure")
        before = cost(server.pid)
        load.expect("measured")
        after = cost(server.pid)
        if work.joins:
            load.expect("join")
            joining = cost(server.pid)
            load.expect("joined")
            joined = cost(server.pid)
        result = json.loads(load.line())
    finally:
        load.end()
    cpu = after.cpu - before.cpu
    figures = {
        "edits/s": result["edits"] / result["seconds"],
        "deliveries/s": result["deliveries"] / result["seconds"],
        "ms CPU per 1,000 deliveries": 1e6 * cpu / max(1, result["deliveries"]),
        "us CPU an edit": 1e6 * cpu / max(1, result["edits"]),
        "share": cpu / result["seconds"],
        "load": result["cpu_share"],
        "load average": os.getloadavg()[0],
        "memory": after.memory / 1e6,
    }
    figures |= {key: 1e3 * result[key] for key in ("p50", "p99") if result[key] is not None}
    if work.joins:
        figures |= {
            "join cpu": 1e3 * (joined.cpu - joining.cpu) / work.joins,
            "join p50": 1e3 * statistics.median(result["joins"]),
            "join kB": result["join_bytes"] / 1e3,
        }
    return figures


def run(name: str, work: Work, trace: list[Any]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        server = start(name, work, Path(folder) / "data", "0")
        try:
            asyncio.run(settle())
            at_start = cost(server.pid).memory / 1e6
            places = asyncio.run(server.prepare(work))
            asyncio.run(settle())
            figures = measure(server, work, places, trace if work.traced else [])
        finally:
            server.stop()
    return figures | {"start": at_start, "grown": figures.pop("memory") - at_start}


def row(name: str, figures: dict[str, float]) -> str:
    cells = (f"{figures[key]:,.4g}" if key in figures else "" for key in COLUMNS)
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(WORKS))
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=["ours"])
    parser.add_argument("--all", action="store_true", help="this server, its peers and the floors")
    parser.add_argument("--seconds", type=float, help="how long each is measured")
    parser.add_argument("--trace", type=Path, default=TRACE, help="a recorded trace, TRACE.json.gz")
    parser.add_argument("--out", type=Path, help="all figures, as JSON")
    options = parser.parse_args()
    trace = patches(options.trace)
    told: dict[str, dict[str, dict[str, float]]] = {}
    for name in options.works or WORKS:
        work = WORKS[name]
        if options.seconds:
            work = replace(work, seconds=options.seconds)
        print(f"\n**{name}**, {time.strftime('%H:%M')}\n")
        print(f"| | {' | '.join(COLUMNS.values())} |\n|---|{'---|' * len(COLUMNS)}", flush=True)
        told[name] = {}
        for server in SERVERS if options.all else options.servers:
            try:
                told[name][server] = run(server, work, trace)
            except Exception as error:
                print(f"| {server} | failed: {error} |", flush=True)
            else:
                print(row(server, told[name][server]), flush=True)
    if options.out:
        options.out.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
