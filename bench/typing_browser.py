"""What ten people who type cost the page of one more: `python -m bench.typing_browser [--seconds 10] [--lines 3000]`.

A file of 3,000 lines is open in Chromium; ten people type ten characters a second each at random places, and somebody types in the page. How much the
page works for each frame comes from the browser's own tracing. Then a file of 1 MB is opened, and the first script is weighed.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
from playwright.sync_api import CDPSession, Page, sync_playwright
from tests.e2e.conftest import _CHROMIUM, _FLAGS

from bench.editing.measuring import Load
from bench.editing.servers import PASSWORD, Ours
from bench.editing.work import Work

FRAME = 16.0
"""Milliseconds that a frame may take."""
KEYS = 5
"""How many characters a second are typed in the page itself."""
LINE = 40
"""After so many the line is ended, as people do: one that is longer than the window is scrolled, and all that is seen drawn anew, at each key."""
TEN = Work("typing", people=10, typing=10, keys=10)
OPENINGS = 5
CATEGORIES = ["toplevel", "devtools.timeline"]
TASK, DRAWN = "ThreadControllerImpl::RunTask", "AnimationFrame::Render"
SIXTIETH = 1e6 / 60
"""As times in a trace: in µs."""
VISIBLE = ".cm-content:visible"

Event = dict[str, Any]


def source(lines: int) -> str:
    return "".join(f"def rule_{n}(tokens): return len(tokens) + {n}\n" for n in range(lines))


def traced(session: CDPSession, page: Page, act: Callable[[], object]) -> list[Event]:
    """What the browser recorded of itself meanwhile."""
    ended: list[Event] = []
    session.once("Tracing.tracingComplete", lambda event: ended.append(event))
    session.send(
        "Tracing.start",
        {
            "transferMode": "ReturnAsStream",
            "traceConfig": {"includedCategories": CATEGORIES, "excludedCategories": ["*"]},
        },
    )
    act()
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    stream = ended[0]["stream"]
    parts = []
    while True:
        part = session.send("IO.read", {"handle": stream, "size": 2**20})
        parts.append(part["data"])
        if part["eof"]:
            break
    session.send("IO.close", {"handle": stream})
    events: list[Event] = json.loads("".join(parts))["traceEvents"]
    return events


def main_thread(events: list[Event]) -> tuple[int, int]:
    """Process and thread of the page: of all renderers the one that worked most."""
    named = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    work = dict.fromkeys(named, 0)
    for event in events:
        if (who := (event["pid"], event["tid"])) in work:
            work[who] += event.get("tdur", 0)
    return max(work, key=lambda who: work[who])


def frames(events: list[Event]) -> list[tuple[float, float]]:
    """For each frame that was drawn, the work of the page's main thread for it in ms: by the clock, and its CPU.

    A frame's work is the task that draws it and what was done in the sixtieth of a second before it, since the last frame.
    """
    page = main_thread(events)
    own = [event for event in events if (event["pid"], event["tid"]) == page]
    drawn = sorted(event["ts"] for event in own if event["name"] == DRAWN and event["ph"] == "b")
    tasks = sorted(
        (event["ts"], event["ts"] + event["dur"], event["dur"], event.get("tdur", 0))
        for event in own
        if event["name"] == TASK and event["ph"] == "X"
    )
    found = []
    first = 0
    for at in drawn:
        took = cpu = 0
        while first < len(tasks) and tasks[first][0] <= at:
            _, ended, dur, tdur = tasks[first]
            if ended > at - SIXTIETH:
                took += dur
                cpu += tdur
            first += 1
        if took:
            found.append((took / 1e3, cpu / 1e3))
    return found


def told(what: str, milliseconds: list[float]) -> None:
    if not milliseconds:
        print(f"{what}: none was drawn", flush=True)
        return
    ordered = sorted(milliseconds)
    over = sum(value > FRAME for value in ordered)
    print(
        f"{what}: {len(ordered)}, p50 {ordered[len(ordered) // 2]:.1f} ms,"
        f" p99 {ordered[int(len(ordered) * 0.99)]:.1f} ms, longest {ordered[-1]:.1f} ms,"
        f" {over} over {FRAME:.0f} ms",
        flush=True,
    )


async def furnish(server: Ours, text: str) -> tuple[str, list[dict[str, Any]]]:
    """A session with the file; gives its address for a browser, and where the people connect."""
    places = await server.prepare(TEN)
    files = places[0]["url"].replace("ws", "http", 1).removesuffix("live") + "files/"
    large = source(25_000)[:1_000_000]
    async with aiohttp.ClientSession(headers=places[0]["headers"]) as http:
        for path, data in (("long.py", text), ("large.py", large), ("large.txt", large)):
            async with http.put(files + path, data=data.encode()) as answer:
                answer.raise_for_status()
    session = re.findall("/sessions/([^/]+)/", files)[0]
    return f"{server.url}/s/{session}", [place | {"path": "long.py"} for place in places]


def log_in(page: Page, server: Ours) -> None:
    answer = page.request.post(f"{server.url}/api/login", data={"name": "person0", "password": PASSWORD})
    assert answer.ok, answer.text()


def type_for(page: Page, seconds: float) -> None:
    until = time.monotonic() + seconds
    typed = 0
    while time.monotonic() < until:
        page.keyboard.press("Enter" if typed % LINE == 0 else "x")
        typed += 1
        page.wait_for_timeout(1_000 / KEYS)


def measure_typing(page: Page, address: str, places: list[dict[str, Any]], seconds: float) -> None:
    page.goto(f"{address}?file=long.py")
    page.locator(VISIBLE).click()
    session = page.context.new_cdp_session(page)
    quiet = frames(traced(session, page, lambda: type_for(page, seconds)))
    work = asdict(TEN) | {"seconds": seconds + 60}
    load = Load({"work": work, "places": places, "speaks": "ours", "trace": []})
    try:
        load.expect("measure")
        busy = frames(traced(session, page, lambda: type_for(page, seconds)))
    finally:
        load.end()
    for who, found in (("one alone", quiet), ("ten more type", busy)):
        told(f"frames of the page, {who}, work by the clock", [took for took, _ in found])
        told(f"frames of the page, {who}, CPU", [cpu for _, cpu in found])


def measure_opening(page: Page, address: str) -> None:
    for path in ("large.py", "large.txt"):
        times = []
        for _ in range(OPENINGS):
            page.goto(f"{address}?file=text.txt")
            page.locator(VISIBLE).wait_for()
            begun = time.perf_counter()
            page.locator(f"[data-path='{path}']").click()
            page.wait_for_function(
                "path => [...document.querySelectorAll('.cm-content')].some(one => one.checkVisibility()"
                " && one.textContent.startsWith('def rule_0'))",
                arg=path,
            )
            times.append(1e3 * (time.perf_counter() - begun))
        times.sort()
        print(
            f"opening {path} of 1 MB, click to text: median {times[len(times) // 2]:.0f} ms,"
            f" longest {times[-1]:.0f} ms",
            flush=True,
        )


def weigh(page: Page, server: Ours) -> None:
    """The scripts that the page asks for by itself, compressed."""
    html = page.request.get(server.url).text()
    for kind, pattern in (
        ("first script", r'<script[^>]+src="([^"]+)"'),
        ("style", r'stylesheet"[^>]*href="([^"]+)"'),
    ):
        size = sum(
            len(gzip.compress(page.request.get(server.url + path).body(), 9))
            for path in re.findall(pattern, html)
        )
        print(f"{kind}, compressed: {size / 1e3:.0f} kB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--lines", type=int, default=3_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Ours(Path(folder) / "data", "0")
        try:
            address, places = asyncio.run(furnish(server, source(options.lines)))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.set_default_timeout(60_000)
                log_in(page, server)
                measure_typing(page, address, places, options.seconds)
                measure_opening(page, address)
                weigh(page, server)
                browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
