"""The project's documents, as a server shows them."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.docs.pages import page
from tests.e2e.axe import check
from tests.e2e.conftest import User
from tests.process import ServerProcess

pytestmark = pytest.mark.browser

_ROWS = """dialog => [...dialog.querySelectorAll('.keys dl > div')].map(row =>
    [row.querySelector('dt').textContent.trim(), [...row.querySelectorAll('kbd')].map(key => key.textContent.trim())])"""


def test_a_stranger_reads(chromium: Browser, server: ServerProcess) -> None:
    """HE1, HE2, HE4: from the log-in page, without an account and without any other server, one reads, follows links and comes back."""
    context = chromium.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    ann = User(context.new_page(), server, "ann")
    ann.page.goto(f"{server.url}/login")
    ann.page.get_by_role("link", name="Help", exact=True).click()
    expect(ann.page.get_by_role("heading", name="Help", level=1)).to_be_visible()
    article = ann.page.locator("article")
    article.get_by_role("link", name="Clone a session").click()
    expect(ann.page).to_have_url(f"{server.url}/help/howto/clone-a-session")
    expect(ann.page.get_by_role("heading", name="Clone a session", level=1)).to_be_visible()
    article.get_by_role("link", name="Comments", exact=True).first.click()
    expect(ann.page).to_have_url(f"{server.url}/help/reference/comments")
    expect(ann.page.get_by_role("heading", name="Comments", level=1)).to_be_visible()
    ann.page.go_back()
    expect(ann.page.get_by_role("heading", name="Clone a session", level=1)).to_be_visible()
    ann.page.goto(f"{server.url}/help/howto/install#with-docker")
    expect(article.get_by_role("heading", name="With Docker")).to_be_in_viewport()
    ann.page.goto(f"{server.url}/help/no/such/page")
    expect(ann.page.get_by_text("The help has no such page.")).to_be_visible()
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []
    assert ann.errors == []
    context.close()


@pytest.mark.long
def test_search(chromium: Browser, server: ServerProcess) -> None:
    """HE3: what is typed is looked for at once, and a result leads to its section."""
    context = chromium.new_context()
    ann = User(context.new_page(), server, "ann")
    ann.page.goto(f"{server.url}/help")
    field = ann.page.get_by_role("searchbox", name="Search in the help")
    field.fill("docker compose")
    results = ann.page.get_by_role("region", name="What was found")
    results.get_by_role("link", name="Install it for good: With Docker").click()
    expect(ann.page.locator("article").get_by_role("heading", name="With Docker")).to_be_in_viewport()
    expect(field).to_have_value("")
    field.fill("xyzzyplugh")
    expect(results.get_by_text("Nothing has all of these words.")).to_be_visible()
    assert ann.errors == []
    context.close()


@pytest.mark.long
def test_keys_are_those_of_the_page(people: tuple[User, User], session: str) -> None:
    """HE4, HE5: the page of keys, to which the account's menu leads, says what the dialog of keys says."""
    ann, _ = people
    ann.open(session, "parser.py")
    ann.page.get_by_role("button", name="Keys", exact=True).click()
    dialog = ann.page.get_by_role("dialog", name="Keys")
    expect(dialog.get_by_text("Go to the other bracket")).to_be_visible()
    shown = {title.removesuffix("…"): keys for title, keys in dialog.evaluate(_ROWS)}
    table = re.findall(r"^\| ([^|]+) \| (`.*`) \|$", page("docs/use/keys.md").text, re.MULTILINE)
    assert {title: re.findall(r"`([^`]+)`", keys) for title, keys in table} == shown
    ann.page.keyboard.press("Escape")
    ann.page.get_by_role("button", name=re.compile("^Account")).or_(
        ann.page.locator("button.av.me")
    ).first.click()
    ann.page.get_by_role("menuitem", name="Help").click()
    ann.page.locator("article").get_by_role("link", name="all keys").click()
    expect(ann.page.get_by_role("heading", name="Keys", level=1)).to_be_visible()
    expect(ann.page.locator("article").get_by_text("Go to the other bracket")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.long
def test_everyone_can_read_it(
    chromium: Browser, server: ServerProcess, scheme: Literal["light", "dark"], width: int
) -> None:
    """HE1: in light and dark, on wide and narrow windows, axe finds nothing, and nothing is wider than the window."""
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    ann = User(context.new_page(), server, "ann")
    for name in ("", "/use/keys", "/reference/http-api"):
        ann.page.goto(f"{server.url}/help{name}")
        ann.page.locator("article > *").nth(3).wait_for()
        check(ann.page)
        assert ann.page.evaluate("document.documentElement.scrollWidth") <= width
    assert ann.errors == []
    context.close()
