"""How quick a session with many comments is in a real browser: opening it, the list, filters, scrolling, what others say and settle, and typing.

python -m bench.comments_browser [HOW_MANY]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from playwright.async_api import Page, async_playwright, expect
from tests.e2e.conftest import _CHROMIUM, _FLAGS

from bench.comments import PASSWORD, call
from code_together.config import Settings
from code_together.http.app import serving

FILES = 40
LINES = 2_500
AT_ONCE = 4
PAGES = 10
# The longest frame while something goes on, in milliseconds.
_FRAMES = """async seconds => {
    let [longest, last, end] = [0, performance.now(), performance.now() + 1000 * seconds]
    while (last < end) {
        const now = await new Promise(requestAnimationFrame)
        ;[longest, last] = [Math.max(longest, now - last), now]
    }
    return longest
}"""
_SCROLL = """async () => {
    const list = document.querySelector('.scroll[aria-label=Comments]')
    let [longest, last] = [0, performance.now()]
    for (let step = 0; step < 120; step++) {
        list.scrollTop = list.scrollHeight * (step % 60) / 60
        const now = await new Promise(requestAnimationFrame)
        ;[longest, last] = [Math.max(longest, now - last), now]
    }
    return longest
}"""


def tell(what: str, milliseconds: float) -> None:
    print(f"{what}: {milliseconds:.0f} ms", flush=True)


async def fill(http: aiohttp.ClientSession, where: str, count: int) -> None:
    """Half of the comments in one long file, the others over many."""
    text = "".join(f"line {number} of a file\n" for number in range(LINES)).encode()
    for name in ("big", *map(str, range(FILES))):
        await call(http, "PUT", f"{where}/files/{name}.py", data=text)
    numbers = iter(range(count))

    async def say() -> None:
        for number in numbers:
            name = "big" if number % 2 else str(number // 2 % FILES)
            line = number * 7 % LINES + 1
            body = {"path": f"{name}.py", "range": {"start_line": line, "end_line": line}}
            await call(http, "POST", f"{where}/comments", json={**body, "text": f"Comment {number}"})

    await asyncio.gather(*(say() for _ in range(AT_ONCE)))


async def look(page: Page, http: aiohttp.ClientSession, url: str, where: str, session: str) -> None:
    await page.goto(url)
    await page.get_by_label("Name", exact=True).fill("ann")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("heading", name="Sessions", exact=True).wait_for()

    began = time.perf_counter()
    await page.goto(f"{url}/s/{session}?file=big.py")
    await page.locator(".cm-content:visible").wait_for()
    tell("workspace with half of them in the open file, text", 1000 * (time.perf_counter() - began))
    await page.locator(".ct-thread:not(.add)").first.wait_for()
    tell("…and their signs", 1000 * (time.perf_counter() - began))

    rows = page.locator(".cm")
    began = time.perf_counter()
    await page.get_by_role("tab", name="Comments").click()
    await rows.first.wait_for()
    tell("list", 1000 * (time.perf_counter() - began))
    for name in ("Mine", "This file", "Resolved", "Open"):
        began = time.perf_counter()
        await page.get_by_role("button", name=name, exact=True).click()
        if name == "Resolved":
            await page.get_by_role("heading", name="Nothing was resolved yet").wait_for()
        else:
            await rows.first.wait_for()
        tell(f"filter {name}", 1000 * (time.perf_counter() - began))
    slowest = 0.0
    for _ in range(PAGES):
        before = await rows.count()
        began = time.perf_counter()
        await page.locator(".scroll[aria-label=Comments]").evaluate(
            "list => { list.scrollTop = list.scrollHeight }"
        )
        await page.wait_for_function("n => document.querySelectorAll('.cm').length > n", arg=before)
        slowest = max(slowest, time.perf_counter() - began)
    tell(f"further page of the list, slowest of {PAGES}", 1000 * slowest)
    print(f"threads in the list now: {await rows.count():,}")
    tell("longest frame while all of the list is scrolled twice", await page.evaluate(_SCROLL))

    body = {"path": "big.py", "range": {"start_line": 3, "end_line": 3}, "text": "The newest"}
    await page.locator(".scroll[aria-label=Comments]").evaluate("list => { list.scrollTop = 0 }")
    frames = asyncio.create_task(page.evaluate(_FRAMES, 3))
    began = time.perf_counter()
    made = await call(http, "POST", f"{where}/comments", json=body)
    await expect(rows.filter(has_text="The newest")).to_have_count(1)
    tell("what another says: asked, answered and in the list", 1000 * (time.perf_counter() - began))
    tell("…the longest frame meanwhile", await frames)
    frames = asyncio.create_task(page.evaluate(_FRAMES, 3))
    began = time.perf_counter()
    await call(http, "PATCH", f"{where}/comments/{made['id']}", json={"resolved": True})
    await expect(rows.filter(has_text="The newest")).to_have_count(0)
    tell("what another resolves: asked, answered and gone", 1000 * (time.perf_counter() - began))
    tell("…the longest frame meanwhile", await frames)

    await page.locator(".cm-content:visible").click()
    frames = asyncio.create_task(page.evaluate(_FRAMES, 4))
    for key in "typing beside them":
        await page.keyboard.press("Space" if key == " " else key)
    tell("the longest frame while one types in the open file", await frames)

    revision = made["revision"]
    for what in ("the file as it was, with its signs", "…again"):
        began = time.perf_counter()
        await page.goto(f"{url}/s/{session}/history/{revision}?view=file&file=big.py")
        await page.locator(".ct-thread:not(.add)").first.wait_for()
        tell(what, 1000 * (time.perf_counter() - began))


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data=Path(folder) / "data", port=0, name="bench.test", bcrypt_cost=4, comments_per_account=10**9
        )
        async with serving(settings) as running, aiohttp.ClientSession(
            running.url, cookie_jar=aiohttp.CookieJar(unsafe=True)
        ) as http, async_playwright() as playwright:  # fmt: skip
            await call(http, "POST", "/api/accounts", json={"name": "ann", "password": PASSWORD})
            session = (await call(http, "POST", "/api/sessions", json={"title": "Bench"}))["id"]
            where = f"/api/sessions/{session}"
            began = time.perf_counter()
            await fill(http, where, count)
            print(f"{count:,} comments, said: {time.perf_counter() - began:.0f} s", flush=True)
            browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
            page = await browser.new_page(viewport={"width": 1440, "height": 900})
            await look(page, http, running.url, where, session)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
