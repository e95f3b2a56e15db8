"""Everything, in under half an hour on a quiet machine: `python -m bench [PART…] [--out FIGURES.md] [--pictures FOLDER]`.

Every part is a command of its own (bench/README.md) and prints a line for each thing it measures: what, a colon, the figures. These become a table.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from bench.editing.measuring import TRACE
from bench.editing.table import table
from bench.machine import machine

LONGEST = 1_500
"""Seconds after which a part is ended."""
PARTS = {
    "editing": "--all --seconds 3",
    "growth": "--seconds 2",
    "starting": "--sessions 1000 --updates 100000",
    "large_session": "5000",
    "long_document": "--seconds 20",
    "history": "--revisions 3000 --comments 300",
    "comments_browser": "1000",
    "playback": str(TRACE),
    "presence": "100 5 5",
    "packing": "--objects 4000 --seconds 10 --most 60",
    "maintenance": "--windows 120",
    "sync": "500",
    "typing_browser": "--seconds 10",
    "under_load": "--megabytes 200 --seconds 20",
}
QUICK = {
    "editing": "room-100 --all --seconds 1",
    "growth": "people --largest 16 --seconds 1",
    "starting": "--sessions 60 --updates 2000",
    "large_session": "200",
    "long_document": "--units 100000 --seconds 6",
    "history": "--revisions 300 --comments 20",
    "comments_browser": "600",
    "playback": f"{TRACE} --most 2000",
    "presence": "10 5 2",
    "packing": "--objects 1200 --seconds 3 --most 10",
    "maintenance": "--windows 20",
    "sync": "50",
    "typing_browser": "--seconds 2",
    "under_load": "--megabytes 20 --objects 1200 --seconds 3",
}


def lines_of(part: str, arguments: list[str]) -> tuple[list[str], int]:
    """What the part prints, which is shown as it comes, and its exit status."""
    child = subprocess.Popen(
        [sys.executable, "-m", f"bench.{part}", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = threading.Timer(LONGEST, os.killpg, (child.pid, signal.SIGKILL))
    end.start()
    try:
        assert child.stdout is not None
        lines = []
        for line in child.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip())
        return lines, child.wait()
    finally:
        end.cancel()
        with suppress(ProcessLookupError):
            os.killpg(
                child.pid, signal.SIGKILL
            )  # nothing of a part goes on after it, or after this was interrupted


def rows(part: str, lines: list[str]) -> list[str]:
    """The lines that are `what: figures`, as rows of the table."""
    told = (line.partition(": ") for line in lines if not line.startswith("|"))
    return [
        f"| `{part}` | {what.strip()} | {' '.join(figures.split())} |".replace("<", "&lt;")
        for what, colon, figures in told
        if colon
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that everything runs")
    parser.add_argument("--out", type=Path, help="the tables, as Markdown")
    parser.add_argument("--pictures", type=Path, help="where the pictures of growth go")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"There is no part {', '.join(sorted(unknown))}.")
    begun = time.monotonic()
    about, told, editing, failed = machine(), [], "", False
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "editing.json"
        for part in options.parts or PARTS:
            arguments = (QUICK if options.quick else PARTS)[part].split()
            if part == "editing":
                arguments += ["--out", str(figures)]
            elif part == "growth" and options.pictures:
                arguments += ["--pictures", str(options.pictures)]
            print(f"\n{part} {' '.join(arguments)}", flush=True)
            since = time.monotonic()
            lines, status = lines_of(part, arguments)
            if part == "editing" and figures.exists():
                editing = table(json.loads(figures.read_text()))
                lines = [line for line in lines if ": failed: " in line]
            told += rows(part, lines)
            outcome = f"failed with {status}" if status else f"{time.monotonic() - since:.0f} s"
            told.append(f"| `{part}` | all of it | {outcome} |")
            failed |= status != 0
    command = " ".join(["python -m bench", *sys.argv[1:]])
    report = "\n".join([
        f"`{command}`, {(time.monotonic() - begun) / 60:.0f} minutes.",
        f"{about}; at the end {os.getloadavg()[0]:.1f}.",
        *(["", editing] if editing else []),
        "", "| part | | |", "| --- | --- | --- |", *told,
    ])  # fmt: skip
    print(f"\n{report}")
    if options.out:
        options.out.write_text(report + "\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
