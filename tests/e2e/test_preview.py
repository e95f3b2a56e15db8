"""A file's preview: what it shows, and that what is in the file cannot leave the sandbox."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, FrameLocator, Page, expect

from tests.e2e.conftest import User

pytestmark = pytest.mark.browser

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def preview(page: Page) -> FrameLocator:
    """The frame in front of the two."""
    return page.frame_locator(".preview iframe:not([aria-hidden='true'])")


def show(user: User, session: str, path: Path) -> FrameLocator:
    user.upload(path)
    user.open(session, path.name)
    user.page.get_by_role("button", name="Preview", exact=True).click()
    return preview(user.page)


@pytest.mark.long
def test_markdown_follows_the_text(people: tuple[User, User], session: str, tmp_path: Path) -> None:
    """PV1: Markdown is rendered with its tables, coloured code and the session's pictures, and follows what another types."""
    ann, bob = people
    picture = tmp_path / "dot.png"
    picture.write_bytes(PIXEL)
    ann.upload(picture)
    path = tmp_path / "README.md"
    filler = "".join(f"Paragraph {i}.\n\n" for i in range(80))
    path.write_text(
        "# Hello *you*\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\ndef f(): return 'x'\n```\n\n"
        "![a dot](dot.png) [down](#the-end) [out](https://example.org/) [in](other.md)\n\n"
        f"<b>stays text</b>\n\n{filler}## The end\n"
    )
    frame = show(ann, session, path)
    expect(frame.get_by_role("heading", name="Hello you")).to_be_visible()
    expect(frame.get_by_role("cell", name="2")).to_be_visible()
    expect(frame.locator(".tok-keyword").first).to_have_text("def")
    keyword = frame.locator(".tok-keyword").first.evaluate("e => getComputedStyle(e).color")
    assert keyword == "rgb(124, 53, 148)"
    assert frame.get_by_alt_text("a dot").evaluate("i => i.naturalWidth") == 1
    expect(frame.get_by_text("<b>stays text</b>")).to_be_attached()
    expect(frame.get_by_role("link", name="out")).to_have_attribute("target", "_blank")
    expect(frame.get_by_text("in", exact=True)).not_to_have_attribute("href", "other.md")
    ann.picture("preview")
    bob.open(session, path.name)
    bob.go_to(1)
    bob.type(" and me")
    expect(frame.get_by_role("heading", name="Hello you and me")).to_be_visible()
    # It goes where the text is.
    ann.page.locator(".cm-content:visible").focus()
    ann.page.keyboard.press("Control+End")
    expect(frame.get_by_role("heading", name="The end")).to_be_in_viewport()
    ann.page.get_by_role("button", name="Preview without the text").click()
    expect(ann.page.locator(".cm-content:visible")).to_have_count(0)
    expect(frame.get_by_role("heading", name="The end")).to_be_visible()
    ann.page.get_by_role("button", name="Preview", exact=True).click()
    expect(ann.page.locator(".cm-content:visible")).to_have_count(1)
    expect(ann.page.locator(".preview")).to_have_count(0)


HOSTILE = """<!doctype html>
<html><head>
<base href="https://attacker.example/">
<meta http-equiv="refresh" content="0;url=https://attacker.example/refresh">
<link rel="stylesheet" href="https://attacker.example/style.css">
<style>@import url(https://attacker.example/import.css); h1 { color: rgb(1, 2, 3) }
body { background: url(/api/me?style) }</style>
<script>parent.document.title = 'stolen'; fetch('/api/me?script'); document.documentElement.dataset.ran = '1'</script>
<script src="/api/me?src"></script>
</head><body onload="document.documentElement.dataset.ran = '2'">
<h1 style="margin: 7px; } * { display: none">Hostile</h1>
<img src="https://attacker.example/pixel.png" onerror="document.documentElement.dataset.ran = '3'">
<img src=x onerror="document.documentElement.dataset.ran = '4'">
<svg><script>document.documentElement.dataset.ran = '5'</script><image href="/api/me?image"></image></svg>
<math><mtext></p><style><img src=x onerror="document.documentElement.dataset.ran = '6'"></style></mtext></math>
<iframe src="javascript:parent.parent.document.title = 'stolen'"></iframe>
<iframe srcdoc="<script>top.document.title = 'stolen'</script>"></iframe>
<object data="/api/me?object"></object><embed src="/api/me?embed">
<video src="/api/me?video" autoplay poster="/api/me?poster"></video>
<form id="f" action="/api/logout" method="post"><button>send</button></form>
<a id="js" href="javascript:document.documentElement.dataset.ran = '7'">js</a>
<a id="api" href="/api/me?link" ping="/api/me?ping">api</a>
<details open ontoggle="document.documentElement.dataset.ran = '8'"><summary>s</summary></details>
<input autofocus onfocus="document.documentElement.dataset.ran = '9'">
</body></html>
"""


@pytest.mark.parametrize(
    "name", ["page.html", *[pytest.param(name, marks=pytest.mark.long) for name in ("page.svg", "page.md")]]
)
def test_nothing_hostile_leaves_the_sandbox(
    people: tuple[User, User], session: str, tmp_path: Path, name: str
) -> None:
    """PV2: no script of a previewed file runs, and nothing of it reaches the page, its login or any network."""
    ann, _ = people
    # What the frame tries and is kept from is what the browser complains of here.
    ann.errors = Kept()
    path = tmp_path / name
    text = HOSTILE
    if name == "page.svg":
        text = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40" onload="top.document.title=1">'
            "<script>fetch('/api/me?svg'); parent.document.title = 'stolen'</script>"
            '<image href="/api/me?image" width="5" height="5"/><style>@import url(/api/me?import);</style>'
            '<rect width="60" height="40" fill="teal"/></svg>'
        )
    elif name == "page.md":
        text = (
            "# Hostile\n\n[js](javascript:top.document.title='stolen') ![p](https://attacker.example/p.png)\n\n"
            "<script>fetch('/api/me?markdown')</script>\n\n![api](/api/me?image) <img src=x onerror=alert(1)>\n"
        )
    path.write_text(text)
    answered: list[str] = []
    ann.page.context.on("response", lambda response: answered.append(response.url))
    failed: list[str | None] = []
    ann.page.context.on("requestfailed", lambda request: failed.append(request.failure))
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    ann.page.on("dialog", note)
    frame = show(ann, session, path)
    if name == "page.svg":
        expect(frame.locator("img")).to_have_js_property("naturalWidth", 60)
    else:
        expect(frame.get_by_role("heading", name="Hostile")).to_be_visible()
    if name == "page.html":
        heading = frame.get_by_role("heading", name="Hostile")
        assert heading.evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
        assert heading.evaluate("e => getComputedStyle(e).marginTop") == "7px"
        frame.get_by_text("send").click()
        frame.locator("#js").click()
        frame.locator("#api").click()
    ann.page.wait_for_timeout(500)
    root = frame.locator("html")
    assert root.evaluate("e => e.dataset.ran ?? 'never'") == "never"
    assert root.evaluate("() => self.origin") == "null"
    assert "Hostile" in root.inner_text() or name == "page.svg"
    assert not [url for url in answered if "attacker" in url or "/api/me?" in url]
    assert "net::ERR_NAME_NOT_RESOLVED" not in failed, "something was looked for in a network"
    assert not dialogs
    assert ann.page.title() != "stolen"
    sandbox = ann.page.locator(".preview iframe").first.get_attribute("sandbox") or ""
    assert "allow-scripts" not in sandbox.split()
    assert "allow-same-origin" not in sandbox.split()
    ann.picture(f"hostile-{name}")


class Kept(list[str]):
    """Takes no errors: here the policy is meant to be broken."""

    def append(self, _: str) -> None:
        return
