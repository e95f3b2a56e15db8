"""Search in all files of a session, in real browsers."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import User

pytestmark = pytest.mark.browser

SELECTED = "() => getSelection().toString()"


def test_search_opens_at_the_match(people: tuple[User, User], session: str) -> None:
    """Ctrl+Shift+F finds what another has just typed; the keyboard goes through the results and opens one with the match selected."""
    ann, bob = people
    bob.go_to(2)
    bob.type("  # needle here")
    ann.wait_text("needle here")
    ann.go_to(1)
    ann.page.keyboard.press("Control+Shift+F")
    field = ann.page.get_by_role("searchbox", name="Search in all files")
    expect(field).to_be_focused()
    field.fill("NEEDLE")
    results = ann.page.get_by_role("tree", name="Results of the search")
    expect(results.get_by_role("treeitem")).to_have_count(2)
    expect(results.locator("mark")).to_have_text("needle")
    field.press("ArrowDown")
    ann.page.keyboard.press("ArrowDown")
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator(".cm-content:visible")).to_be_focused()
    assert ann.page.evaluate(SELECTED) == "needle"
    ann.picture("search")


def test_options_and_refusals(people: tuple[User, User], session: str) -> None:
    """The options narrow the search; nothing found and a wrong pattern are said in words; a wrong pattern marks its field."""
    ann, _ = people
    ann.page.get_by_role("tab", name="Search").click()
    field = ann.page.get_by_role("searchbox", name="Search in all files")
    field.fill("RULE_1")
    expect(ann.page.get_by_text("matches in 1 file").first).to_be_visible()
    ann.page.get_by_role("button", name="Match case").click()
    expect(ann.page.get_by_role("heading", name="Nothing found")).to_be_visible()
    field.fill("rule_1")
    ann.page.get_by_role("button", name="Whole words").click()
    expect(ann.page.get_by_text("1 match in 1 file").first).to_be_visible()
    ann.page.get_by_label("Files to search in").fill("*.md")
    expect(ann.page.get_by_role("heading", name="Nothing found")).to_be_visible()
    ann.page.get_by_role("button", name="Regular expression").click()
    field.fill("rule_(")
    expect(ann.page.get_by_text("wrong at character 6")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
