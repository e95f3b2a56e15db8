"""The history page, in real browsers."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e import axe
from tests.e2e.conftest import User

pytestmark = pytest.mark.browser


def put(user: User, session: str, path: str, text: str) -> None:
    """A file with this text is a revision at once."""
    url = f"{user.server.url}/api/sessions/{session}/files/{path}"
    assert user.page.request.put(url, data=text).ok


def move(user: User, session: str, path: str, new: str) -> None:
    url = f"{user.server.url}/api/sessions/{session}/files/{path}"
    assert user.page.request.patch(url, data={"path": new}).ok


def query(user: User) -> dict[str, list[str]]:
    return parse_qs(urlsplit(user.page.url).query)


def test_windows_and_what_is_new(people: tuple[User, User], session: str) -> None:
    """HI1: a window of two is one line that opens into what each did; a new revision comes on top, a name stands out."""
    ann, bob = people
    ann.go_to(1)
    bob.go_to(30)
    ann.type("  # by ann")
    bob.type("  # by bob")
    ann.wait_text("# by ann", "# by bob")
    page = ann.page
    page.goto(f"{ann.server.url}/s/{session}/history")
    window = page.locator(".rev", has_text="Edit parser.py")
    expect(window).to_have_count(1)
    axe.check(page, ["label-content-name-mismatch"])
    window.get_by_role("button", name="Show what each of 2 did").click()
    commits = page.locator("a.one")
    expect(commits).to_have_count(2)
    expect(commits.nth(0)).to_contain_text("+1 −1")
    ann.picture("history-window")
    commits.filter(has_text="Bob").click()
    expect(page.get_by_role("region", name="Difference").get_by_text("# by bob")).to_be_visible()
    expect(page.get_by_role("region", name="Difference").get_by_text("# by ann")).to_have_count(0)
    looked_at = page.url
    put(bob, session, "notes.md", "Hello\n")
    expect(page.locator(".rev").first).to_contain_text("Add notes.md")
    expect(page.locator(".rev").first).to_contain_text(re.compile("now|ago"))
    assert page.url == looked_at
    expect(page.locator("a.one[aria-current]")).to_contain_text("Bob")
    url = f"{ann.server.url}/api/sessions/{session}/revisions"
    assert page.request.post(url, data={"name": "First draft"}).ok
    page.reload()
    expect(page.locator(".rev", has_text="Add notes.md").locator(".tag")).to_have_text("First draft")
    page.locator(".rev a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("a.one")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(page.locator("a.one").first).to_be_focused()
    page.keyboard.press("Home")
    expect(page.locator(".rev a").first).to_be_focused()


@pytest.mark.long
def test_lines_that_are_not_counted(people: tuple[User, User], session: str) -> None:
    """HI8: of a file that is too large to count in the list says that, beside what was counted."""
    ann, _ = people
    put(ann, session, "large.txt", "x\n" * 300_000)
    ann.page.goto(f"{ann.server.url}/s/{session}/history")
    row = ann.page.locator(".rev", has_text="Add large.txt")
    expect(row).to_contain_text("not counted")
    expect(row).not_to_contain_text("+0")
    ann.picture("history-uncounted")


@pytest.mark.long
def test_filters_are_in_the_address(people: tuple[User, User], session: str) -> None:
    """HI5, HI6: one file through its rename, one person, words of the message; a link and the way back show the same."""
    ann, bob = people
    put(ann, session, "src/lexer.py", "one\ntwo\n")
    move(ann, session, "src/lexer.py", "src/tokens.py")
    put(bob, session, "src/tokens.py", "one\nthree\n")
    page = ann.page
    page.goto(f"{ann.server.url}/s/{session}/history")
    revisions = page.locator(".rev")
    expect(revisions).to_have_count(4)
    page.get_by_role("button", name="All files").click()
    page.get_by_placeholder("Find a file").fill("tok")
    ann.picture("history-file")
    page.keyboard.press("Enter")
    expect(revisions).to_have_count(3)
    expect(revisions.nth(1)).to_contain_text("renamed from src/lexer.py")
    expect(revisions.nth(2)).to_contain_text("as lexer.py")
    assert query(ann) == {"path": ["src/tokens.py"]}
    page.get_by_role("button", name="Everyone").click()
    page.get_by_role("menuitemcheckbox", name=re.compile("Bob")).click()
    ann.picture("history-people")
    page.keyboard.press("Escape")
    expect(revisions).to_have_count(1)
    assert query(ann) == {"path": ["src/tokens.py"], "author": ["bob"]}
    page.reload()
    expect(revisions).to_have_count(1)
    page.get_by_role("button", name="Show the whole history").click()
    expect(revisions).to_have_count(4)
    assert query(ann) == {}
    page.get_by_role("button", name="Search in messages").click()
    page.get_by_role("searchbox", name="Search in messages").fill("RENAME")
    expect(revisions).to_have_count(1)
    page.get_by_role("searchbox", name="Search in messages").fill("never said")
    expect(page.get_by_role("heading", name="No such revisions")).to_be_visible()
    ann.picture("history-none")
    page.keyboard.press("Escape")
    expect(revisions).to_have_count(4)


@pytest.mark.long
def test_the_strip(people: tuple[User, User], session: str) -> None:
    """HI7: a stretch of time is chosen with the mouse or the keyboard, and let go of again."""
    ann, bob = people
    for number in range(3):
        put(bob, session, "notes.md", f"{number}\n")
        ann.page.wait_for_timeout(1_100)
    page = ann.page
    page.goto(f"{ann.server.url}/s/{session}/history")
    revisions = page.locator(".rev")
    expect(revisions).to_have_count(4)
    since = page.get_by_role("slider", name="From")
    since.focus()
    page.keyboard.press("ArrowRight")
    expect(revisions).to_have_count(3)
    assert list(query(ann)) == ["since"]
    expect(since).to_be_focused()
    page.keyboard.press("Escape")
    expect(revisions).to_have_count(4)
    assert query(ann) == {}
    box = page.locator(".strip .frame").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 1, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 10, box["y"] + 10, steps=3)
    page.mouse.up()
    expect(revisions).to_have_count(1)
    expect(revisions).to_contain_text("Add parser.py")
    ann.picture("history-strip")
    page.get_by_role("button", name="Show the whole history").click()
    expect(revisions).to_have_count(4)
