"""Measures one work at one server: its figures by their names, as bench/README.md explains them."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.editing.servers import Server, cost, settle, start
from bench.editing.work import Work

PATIENCE_SECONDS = 300.0
"""For making what a work needs, and for measuring it; a thousand rooms are made in a minute."""
TRACE = Path(__file__).parent.parent / "traces" / "sveltecomponent.json.gz"


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
        # a server that answers nothing, or an answer that nobody understands, ends this work and not the whole run
        self._patience = threading.Timer(PATIENCE_SECONDS, self._process.kill)
        self._patience.start()
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
        self._patience.cancel()
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
        "µs CPU an edit": 1e6 * cpu / max(1, result["edits"]),
        "share of its core": cpu / result["seconds"],
        "load's share of its core": result["cpu_share"],
        "load average": os.getloadavg()[0],
        "memory": after.memory / 1e6,
    }
    figures |= {f"{key} ms": 1e3 * result[key] for key in ("p50", "p99") if result[key] is not None}
    if work.joins:
        figures |= {
            "join: ms CPU": 1e3 * (joined.cpu - joining.cpu) / work.joins,
            "join: p50 ms": 1e3 * statistics.median(result["joins"]),
            "join: kB": result["join_bytes"] / 1e3,
        }
    return figures


def run(name: str, work: Work, trace: list[Any]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        server = start(name, work, Path(folder) / "data", "0")
        try:
            asyncio.run(settle())
            at_start = cost(server.pid).memory / 1e6
            places = asyncio.run(asyncio.wait_for(server.prepare(work), PATIENCE_SECONDS))
            asyncio.run(settle())
            figures = measure(server, work, places, trace if work.traced else [])
        finally:
            server.stop()
    return figures | {"MB at its start": at_start, "MB more at the end": figures.pop("memory") - at_start}
