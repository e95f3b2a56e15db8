"""Search in all files of a session, in real browsers."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import User

pytestmark = pytest.mark.browser

SELECTED = "() => getSelection().toString()"


@pytest.mark.long
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


@pytest.mark.long
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
    field.fill("^")
    expect(ann.page.get_by_text("^ matches places between characters, not text.")).to_be_visible()
    ann.picture("search-places")
    field.fill("rule_(")
    expect(ann.page.get_by_text("wrong at character 6")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")


def test_replace_in_files(people: tuple[User, User], session: str) -> None:
    """SE7: after a question that says how many, every match becomes the other text for both, and the history has one revision for it."""
    ann, bob = people
    page = ann.page
    page.get_by_role("tab", name="Search").click()
    page.get_by_role("searchbox", name="Search in all files").fill("rule_7")
    page.get_by_role("button", name="Whole words").click()
    page.get_by_role("button", name="Replace", exact=True).click()
    expect(page.get_by_text("1 match in 1 file").first).to_be_visible()
    page.get_by_label("Replace with").fill("law_7")
    page.get_by_role("button", name="Replace all…").click()
    expect(page.get_by_role("dialog")).to_contain_text("Replace 1 match in 1 file?")
    ann.picture("replace")
    page.get_by_role("button", name="Replace all", exact=True).click()
    bob.wait_text("def law_7(")
    expect(page.get_by_text("Replaced 1 match in 1 file").first).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    bob.page.get_by_role("tab", name="History").click()
    bob.page.locator(".rev", has_text="Replace “rule_7” with “law_7” in 1 file").wait_for()


@pytest.mark.long
def test_a_viewer_replaces_nothing(people: tuple[User, User], session: str) -> None:
    """RM7: who may only look can search and is not offered to replace."""
    ann, bob = people
    ann.page.get_by_role("button", name="Share").click()
    ann.page.get_by_label("Role of Bob").select_option("viewer")
    expect(bob.page.get_by_text("You can still read, but no longer edit.")).to_be_visible()
    bob.page.get_by_role("tab", name="Search").click()
    bob.page.get_by_role("searchbox", name="Search in all files").fill("rule_7")
    expect(bob.page.get_by_text("matches in 1 file").first).to_be_visible()
    expect(bob.page.get_by_role("button", name="Replace", exact=True)).to_have_count(0)
