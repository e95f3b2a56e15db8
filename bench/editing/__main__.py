"""`python -m bench.editing [WORK…]`: what the works cost this server, its peers and bare transports, as a table."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from bench.editing.measuring import TRACE, patches, run
from bench.editing.servers import SERVERS
from bench.editing.table import Told, number, table
from bench.editing.work import WORKS


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
    told: Told = {}
    for name in options.works or WORKS:
        work = WORKS[name]
        if options.seconds:
            work = replace(work, seconds=options.seconds)
        told[name] = {}
        for server in SERVERS if options.all else options.servers:
            try:
                figures = run(server, work, trace)
            except Exception as error:
                print(f"{name}, {server}: failed: {str(error) or type(error).__name__}", flush=True)
            else:
                told[name][server] = figures
                short = ", ".join(f"{number(value)} {figure}" for figure, value in figures.items())
                print(f"{name}, {server}: {short}", flush=True)
    print(f"\n{table(told)}")
    if options.out:
        options.out.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
