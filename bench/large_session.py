"""A session of many files: what it costs the server to open it and to make a file in it, and the browser to show it.

python -m bench.large_session [FILES]      (5,000; needs Chromium and the tests' packages)
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright
from tests.e2e.conftest import _CHROMIUM, _FLAGS, User
from tests.process import ServerProcess

ROW = "[role=treeitem]"
# When the first message of the live connection came, how long it is, and when the tree stood there.
WATCH = """() => {
    const Real = WebSocket
    window.marks = {}
    window.WebSocket = class extends Real {
        constructor(...given) {
            super(...given)
            this.addEventListener('message', ({ data }) => {
                if (marks.welcome) return
                marks.welcome = performance.now()
                marks.size = new TextEncoder().encode(data).length
            })
        }
    }
    const look = () => {
        if (document.querySelector('[role=treeitem]')) marks.tree = performance.now()
        else requestAnimationFrame(look)
    }
    look()
}"""
SCROLL = """async () => {
    const list = document.querySelector('[role=tree]')
    const frames = []
    let last = await new Promise(requestAnimationFrame)
    for (let step = 0; step < 120; step++) {
        list.scrollTop += list.scrollHeight / 120
        const now = await new Promise(requestAnimationFrame)
        frames.push(now - last)
        last = now
    }
    return { frames, rows: document.querySelectorAll('[role=treeitem]').length }
}"""


def archive(files: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(files):
            packed.writestr(f"d{number % 50}/e{number % 7}/file{number}.py", f"print({number})\n" * 20)
    return out.getvalue()


def timed(work: Callable[[], object], times: int = 1) -> float:
    """Milliseconds; of several times the median."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)


def ask(page: Page, method: str, path: str, body: object = None, data: bytes | None = None) -> None:
    given = {"data": data if data is not None else json.dumps(body), "timeout": 120_000}
    kind = "application/zip" if data is not None else "application/json"
    answer = page.request.fetch(
        f"{page.url.split('/s/')[0]}/api/sessions/{session_of(page)}/{path}",
        method=method, headers={"Content-Type": kind}, **given,  # type: ignore[arg-type]
    )  # fmt: skip
    assert answer.ok, answer.text()


def session_of(page: Page) -> str:
    return page.url.split("/s/")[1].split("?")[0].split("/")[0]


SEARCH = """async ({address, query}) => {
  const begun = performance.now()
  const answer = await fetch(`${address}/search?q=${encodeURIComponent(query)}`, {headers: {Accept: "application/x-ndjson"}})
  const lines = answer.body.getReader()
  await lines.read()
  const first = performance.now() - begun
  while (!(await lines.read()).done) {}
  return [first, performance.now() - begun]
}"""


def search(page: Page, what: str, query: str) -> None:
    """How long the first file that is found takes to the page, and the last."""
    address = f"/api/sessions/{session_of(page)}"
    took = [page.evaluate(SEARCH, {"address": address, "query": query}) for _ in range(5)]
    first, all_of_it = (median(each) for each in zip(*took, strict=True))
    print(f"search for what is in {what}: first hit {first:.0f} ms, all {all_of_it:.0f} ms", flush=True)


def measure(page: Page, server: ServerProcess, files: int) -> None:
    user = User(page, server, "ann")
    user.sign_up()
    user.go_into(user.make_session("Large"))
    packed = archive(files)
    say("import of a zip", timed(lambda: ask(page, "POST", "import", data=packed)))
    page.locator(ROW).first.wait_for()
    names = iter(range(1_000))
    say("make a file", timed(lambda: ask(page, "PUT", f"files/new{next(names)}.py", ""), 9))
    say("rename a file", timed(lambda: ask(page, "PATCH", "files/new0.py", {"path": "moved.py"})))
    say("copy a folder", timed(lambda: ask(page, "POST", "files/d0", {"copy_to": "d0 copy"})))
    say("delete a folder", timed(lambda: ask(page, "DELETE", "files/d0%20copy")))
    say("list what was deleted", timed(lambda: ask(page, "GET", "deleted"), 5))
    search(page, "every file", "print(")
    search(page, "one file", f"print({files // 2})")
    search(page, "no file", "not to be found")

    address = page.url
    page.goto("about:blank")
    server.stop()
    server.start()
    page.goto(server.url + address[address.index("/s/") :].partition("?")[0] + "/history")
    page.goto("about:blank")
    page.add_init_script(f"({WATCH})()")
    for what in ("first after the server's start", "again"):
        page.goto(server.url + address[address.index("/s/") :])
        page.wait_for_function("() => marks.tree && marks.welcome")
        marks = page.evaluate("() => marks")
        print(f"open, {what}: page to welcome {marks['welcome']:.0f} ms, welcome {marks['size'] / 1000:.0f} kB,"
              f" welcome to the tree {marks['tree'] - marks['welcome']:.0f} ms")  # fmt: skip
    page.wait_for_timeout(1000)
    scrolled = page.evaluate(SCROLL)
    frames = sorted(scrolled["frames"])
    print(f"scroll through all: frames of {median(frames):.1f} ms, 95 of 100 below {frames[len(frames) * 95 // 100]:.1f} ms,"
          f" longest {frames[-1]:.1f} ms; {scrolled['rows']} rows in the page")  # fmt: skip
    page.locator(ROW).first.focus()
    say("End to focus on the last row", timed(lambda: press(page, "End")))
    say("Home", timed(lambda: press(page, "Home")))


def press(page: Page, key: str) -> None:
    before = page.evaluate("() => document.activeElement.dataset.path")
    page.keyboard.press(key)
    page.wait_for_function("path => document.activeElement.dataset.path !== path", arg=before)


def say(what: str, milliseconds: float) -> None:
    print(f"{what}: {milliseconds:.0f} ms", flush=True)


def main() -> None:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = ServerProcess(Path(folder) / "data", window_pause=1.0)
        server.start()
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(60_000)
            print(f"{files:,} files")
            measure(page, server, files)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
