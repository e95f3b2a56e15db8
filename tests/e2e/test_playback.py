"""Playback, in a real browser."""

from __future__ import annotations

import re
import sqlite3

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import User
from tests.e2e.test_acting import shots

pytestmark = pytest.mark.browser


def place(page: Page) -> int:
    slider = page.get_by_role("slider", name="Place in the life of the file")
    return int(slider.get_attribute("aria-valuenow") or "-1")


def goes_to(page: Page, wanted: int) -> None:
    slider = page.get_by_role("slider", name="Place in the life of the file")
    expect(slider).to_have_attribute("aria-valuenow", str(wanted))


def play_page(user: User, session: str, path: str = "parser.py", more: str = "") -> Page:
    user.page.goto(f"{user.server.url}/s/{session}/history/playback?file={path}{more}")
    user.page.get_by_role("slider", name="Place in the life of the file").wait_for()
    return user.page


def save(user: User, session: str, name: str) -> None:
    url = f"{user.server.url}/api/sessions/{session}/revisions"
    assert user.page.request.post(url, data={"name": name}).ok


def two_type(ann: User, bob: User) -> None:
    """Ann's line, then Bob's in another place."""
    ann.go_to(1)
    ann.type("  # ann")
    bob.wait_text("# ann")
    bob.go_to(4)
    bob.type("  # bob")
    ann.wait_text("# bob")
    bob.wait_saved()


def test_two_people(people: tuple[User, User], session: str) -> None:
    """PB1, PB6: the text of two is typed again in their order and colours, with what was said meanwhile."""
    ann, bob = people
    two_type(ann, bob)
    url = f"{ann.server.url}/api/sessions/{session}/chat"
    assert bob.page.request.post(url, data={"text": "Done with the rule"}).ok
    save(ann, session, "First green")
    # From the file's own history.
    ann.page.goto(f"{ann.server.url}/s/{session}/history?path=parser.py")
    ann.page.get_by_role("link", name="Play how this file was written").click()
    page = ann.page
    slider = page.get_by_role("slider", name="Place in the life of the file")
    slider.wait_for()
    goes_to(page, 0)
    expect(page.locator(".cm-content:visible")).to_be_visible()
    assert "# ann" not in (ann.text() or "")
    last = int(slider.get_attribute("aria-valuemax") or "0")
    assert last >= 2
    page.get_by_label("Speed").select_option("8")
    page.get_by_role("button", name="Play", exact=True).click()
    goes_to(page, last)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert "# ann" in (ann.text() or "")
    assert "# bob" in (ann.text() or "")
    colors = page.locator(".ct-typed").evaluate_all("all => [...new Set(all.map(one => one.dataset.person))]")
    assert len(colors) == 2
    expect(page.locator(".ct-caret-flag")).to_have_text("Bob")
    ann.picture("playback")
    # The end of the journal is before what was said; it is on the time line all the same.
    expect(page.locator(".tick.chat, .tick.named")).not_to_have_count(0)
    expect(page.get_by_role("link", name="Open the revision")).to_be_visible()
    # Everything was Ann's first, then Bob's.
    page.locator("main").focus()
    while "# bob" in (ann.text() or ""):
        page.keyboard.press("ArrowLeft")
    assert "# ann" in (ann.text() or "")
    while "# ann" in (ann.text() or ""):
        page.keyboard.press("ArrowLeft")
    assert "# b" not in (ann.text() or "")


@pytest.mark.long
def test_keys_and_strip(people: tuple[User, User], session: str) -> None:
    """PB1: steps by keystroke and by revision with the keys, anywhere by the strip; the address keeps the place."""
    ann, bob = people
    two_type(ann, bob)
    save(ann, session, "First green")
    page = play_page(ann, session)
    slider = page.get_by_role("slider", name="Place in the life of the file")
    last = int(slider.get_attribute("aria-valuemax") or "0")
    page.keyboard.press("ArrowRight")
    goes_to(page, 1)
    page.keyboard.press("ArrowLeft")
    goes_to(page, 0)
    page.keyboard.press("Shift+ArrowRight")
    expect(slider).not_to_have_attribute("aria-valuenow", "0")
    slider.focus()
    page.keyboard.press("End")
    goes_to(page, last)
    page.wait_for_url(re.compile(rf"at=\d+\.{last}"))
    text = ann.text()
    page.reload()
    goes_to(page, last)
    page.wait_for_function("() => document.querySelector('.ct-typed')")
    assert ann.text() == text
    slider.focus()
    page.keyboard.press("Home")
    first = int(slider.get_attribute("aria-valuemin") or "1")
    goes_to(page, 0 if first == 0 else -1)
    strip = page.locator(".strip").bounding_box()
    assert strip
    page.mouse.click(strip["x"] + strip["width"] - 1, strip["y"] + strip["height"] / 2)
    goes_to(page, last)
    page.locator("main").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


@pytest.mark.long
def test_pruned(people: tuple[User, User], session: str) -> None:
    """PB4, JR9: what was pruned is played by revisions, and the page says so."""
    ann, bob = people
    two_type(ann, bob)
    save(ann, session, "First green")
    ann.type(" more")
    ann.wait_saved()
    save(ann, session, "Second")
    ann.server.stop()
    with sqlite3.connect(ann.server.data / "code_together.db") as database:
        (version,) = database.execute("SELECT min(version) FROM mark_documents WHERE version > 0").fetchone()
        database.execute("DELETE FROM updates WHERE version <= ?", (version,))
    ann.server.start()
    page = play_page(ann, session)
    expect(page.get_by_text(re.compile("only revisions are kept: stepping by revisions"))).to_be_visible()
    slider = page.get_by_role("slider", name="Place in the life of the file")
    expect(slider).not_to_have_attribute("aria-valuemin", "0")
    assert "more" not in (ann.text() or "")
    page.locator("main").focus()
    page.keyboard.press("ArrowLeft")
    goes_to(page, -1)
    expect(page.get_by_text("1 revision before the keystrokes")).to_be_visible()
    ann.picture("playback-pruned")
    slider.focus()
    page.keyboard.press("Home")
    assert place(page) < 0
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('.ct-typed')")
    assert "more" in (ann.text() or "")


@pytest.mark.long
def test_deleted_and_restored(people: tuple[User, User], session: str) -> None:
    """PB9: a file that was deleted and brought back plays its whole life: what was typed, the deletion, the restore, what is typed since."""
    ann, bob = people
    files = f"/api/sessions/{session}/files/parser.py"
    ann.go_to(1)
    ann.type("  # old")
    ann.wait_saved()
    save(ann, session, "Whole")
    whole = ann.ask("GET", f"/api/sessions/{session}/revisions?limit=1")["revisions"][0]["id"]
    ann.ask("DELETE", files)
    bob.ask("POST", f"/api/sessions/{session}/chat", {"text": "**Gone**, see `parser.py`"})
    bob.ask("POST", f"/api/sessions/{session}/restore", {"revision": whole, "path": "parser.py"})
    # Nobody has opened it since: it ends with the restore.
    page = play_page(ann, session)
    slider = page.get_by_role("slider", name="Place in the life of the file")
    expect(slider).to_have_attribute("aria-valuemax", "9")
    expect(page.get_by_text("0 of 9")).to_be_visible()
    expect(page.get_by_text("7 keystrokes")).to_be_visible()
    bob.open(session, "parser.py")
    bob.go_to(4)
    bob.type("  # new")
    bob.wait_saved()
    save(bob, session, "Again")
    page = play_page(ann, session)
    expect(slider).to_have_attribute("aria-valuemax", "16")
    page.get_by_role("checkbox", name="Skip silence").check()
    page.get_by_label("Speed").select_option("64")
    page.get_by_role("button", name="Play", exact=True).click()
    goes_to(page, 16)
    text = ann.text() or ""
    assert ("# old" in text, "# new" in text) == (True, True)
    expect(page.get_by_text("Gone, see parser.py")).to_be_visible()
    shots(ann, "playback-restored")
    page.wait_for_url(re.compile(r"at=\d+\.\d+"))
    page.reload()
    goes_to(page, 16)
    page.wait_for_function("() => document.querySelector('.ct-typed')")
    assert ann.text() == text
    page.locator("main").focus()
    for _ in range(7):
        page.keyboard.press("ArrowLeft")
    goes_to(page, 9)
    assert "# new" not in (ann.text() or "")
    assert "# old" in (ann.text() or "")
    ann.picture("playback-restore")
    page.keyboard.press("ArrowLeft")
    goes_to(page, 8)
    assert ann.text() == ""
    ann.picture("playback-gone")
    page.keyboard.press("ArrowLeft")
    goes_to(page, 7)
    assert "# old" in (ann.text() or "")
    expect(page.get_by_text(re.compile("Nobody has typed"))).to_have_count(0)


@pytest.mark.long
def test_nothing_and_nowhere(people: tuple[User, User], session: str) -> None:
    """PB5: a file that nobody typed into plays its revisions; one that never was is said to be none."""
    ann, _ = people
    url = f"{ann.server.url}/api/sessions/{session}/files/notes.md"
    assert ann.page.request.put(url, data="Hello\n").ok
    page = play_page(ann, session, "notes.md")
    expect(page.get_by_text("Nobody has typed into this file here")).to_be_visible()
    page.locator("main").focus()
    page.keyboard.press("ArrowLeft")
    goes_to(page, -1)
    page.goto(f"{ann.server.url}/s/{session}/history/playback?file=never.py")
    expect(page.get_by_role("heading", name="There is no such file")).to_be_visible()
    page.goto(f"{ann.server.url}/s/{session}/history/playback")
    expect(page.get_by_role("heading", name="Which file?")).to_be_visible()
