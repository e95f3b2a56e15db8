"""How quickly a long life is played: `python -m bench.playback TRACE.json.gz`.

Takes a recorded trace (`{"startContent", "txns": [{"time", "patches": [[at, deleted, text], …]}]}`), puts it into a document through the one door,
as pushes of a live connection, and measures what the playback page asks for and, where there is a Chromium, the page itself.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar
from tests.e2e.conftest import _CHROMIUM, _FLAGS
from tests.process import ServerProcess

from code_together.ot.change import ChangeSet

PUSH = 1_000
PASSWORD = "correct horse battery"


def updates(trace: dict[str, Any], most: int | None) -> Iterator[list[Any]]:
    """The trace's edits as changes."""
    length = len(trace["startContent"].encode("utf-16-le")) // 2
    for transaction in trace["txns"][:most]:
        for at, deleted, text in transaction["patches"]:
            change = ChangeSet.replace(length, at, at + deleted, text)
            length = change.new_length
            yield change.to_json()


async def fill(server: ServerProcess, trace: dict[str, Any], most: int | None, http: ClientSession) -> str:
    body = {"name": "ann", "password": PASSWORD, "display_name": "Ann"}
    async with http.post(f"{server.url}/api/accounts", json=body) as answer:
        assert answer.status == 201, await answer.text()
    async with http.post(f"{server.url}/api/sessions", json={"title": "Paper"}) as answer:
        session = str((await answer.json())["id"])
    files = f"{server.url}/api/sessions/{session}/files"
    async with http.put(f"{files}/paper.tex", data=trace["startContent"].encode()) as answer:
        assert answer.status == 201
    async with http.ws_connect(f"{server.url}/api/sessions/{session}/live", max_msg_size=0) as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        await socket.send_json({"type": "open", "path": "paper.tex"})
        doc = version = 0
        while not doc:
            message = await socket.receive_json()
            doc = message["doc"] if message["type"] == "opened" else 0
        waiting = list(updates(trace, most))
        for first in range(0, len(waiting), PUSH):
            changes = waiting[first : first + PUSH]
            push = {"type": "push", "doc": doc, "version": version, "seq": first + 1, "changes": changes}
            await socket.send_json(push)
            version += len(changes)
            reached = 0
            while reached < version:
                message = await socket.receive_json()
                if message["type"] == "updates":
                    reached = message["version"] + len(message["updates"])
    async with http.post(f"{server.url}/api/sessions/{session}/revisions", json={}) as answer:
        assert answer.status in (200, 201), await answer.text()
    return session


async def ask(http: ClientSession, url: str) -> tuple[float, int, Any]:
    began = time.perf_counter()
    async with http.get(url) as answer:
        data = await answer.read()
        assert answer.status == 200, data[:300]
    return (time.perf_counter() - began) * 1000, len(data), json.loads(data)


async def measure(server: ServerProcess, session: str, http: ClientSession) -> None:
    base = f"{server.url}/api/sessions/{session}/playback"
    ms, size, about = await ask(http, f"{base}?path=paper.tex")
    print(
        f"overview: {ms:.0f} ms, {size:,} bytes; {about['version']:,} updates, {len(about['stretches'])} stretches"
    )
    doc, middle = about["doc"], about["version"] // 2
    ms, size, found = await ask(http, f"{base}/text?doc={doc}&version={middle}")
    print(
        f"text before the middle: {ms:.0f} ms, {size:,} bytes, at version {found['version']:,} of {middle:,}"
    )
    times, sizes = [], 0
    after = 0
    while True:
        ms, size, page = await ask(http, f"{base}/updates?doc={doc}&after={after}")
        times.append(ms)
        sizes += size
        after = page["version"]
        if not page["more"]:
            break
    print(
        f"all updates: {len(times)} pages, {sum(times):.0f} ms, at the most {max(times):.0f} ms, {sizes:,} bytes"
    )
    for what in ("revisions", "steps", "events"):
        ms, size, _ = await ask(http, f"{base}/{what}?doc={doc}")
        print(f"{what}: {ms:.0f} ms, {size:,} bytes")


def in_browser(server: ServerProcess, session: str, cookies: list[dict[str, Any]]) -> None:
    from playwright.sync_api import sync_playwright

    if _CHROMIUM is None:
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies(cookies)  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(120_000)

        def timed(what: str, act: Callable[[], object], from_: float, to: float) -> None:
            began = time.perf_counter()
            act()
            page.wait_for_function(
                "([from, to]) => { const at = document.querySelector('[role=slider]')?.getAttribute('aria-valuenow');"
                " return at && +at >= from && +at <= to && document.querySelector('.cm-content') }",
                arg=[from_, to],
            )
            heap = page.evaluate("() => performance.memory?.usedJSHeapSize ?? 0") / 1e6
            print(f"{what}: {(time.perf_counter() - began) * 1000:.0f} ms, {heap:.0f} MB of heap", flush=True)

        def click(part: float) -> None:
            box = page.locator(".strip").bounding_box()
            assert box
            page.mouse.click(box["x"] + box["width"] * part, box["y"] + box["height"] - 4)

        address = f"{server.url}/s/{session}/history/playback?file=paper.tex"
        timed("page opened", lambda: page.goto(address), 0, 0)
        slider = page.locator("[role=slider]")
        last = int(slider.get_attribute("aria-valuemax") or 0)
        page.wait_for_timeout(2_000)
        for what, part in (("to the middle", 0.5), ("to three quarters", 0.75), ("to the middle again", 0.5)):
            near = (last * (part - 0.02), last * (part + 0.02))
            timed(what, lambda part=part: click(part), *near)  # type: ignore[misc]
        slider.focus()
        timed("to the end", lambda: page.keyboard.press("End"), last, last)
        browser.close()


async def main(trace: dict[str, Any], most: int | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder) / "data")
        server.start()
        try:
            async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
                began = time.perf_counter()
                session = await fill(server, trace, most, http)
                print(f"pushed in {time.perf_counter() - began:.0f} s")
                await measure(server, session, http)
                cookies = [{"name": c.key, "value": c.value, "url": server.url} for c in http.cookie_jar]
                await asyncio.to_thread(in_browser, server, session, cookies)
        finally:
            server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("trace", type=Path)
    parser.add_argument("--most", type=int, help="so many transactions of the trace")
    arguments = parser.parse_args()
    with gzip.open(arguments.trace) as packed:
        asyncio.run(main(json.load(packed), arguments.most))
