"""Two panes, tabs, the palette and the keys, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import User

pytestmark = pytest.mark.browser


def pane(user: User, which: str) -> Locator:
    return user.page.get_by_role("group", name=f"{which} pane")


def text_of(pane: Locator) -> str:
    text: str = pane.locator(".cm-content:visible").evaluate(
        "c => (c.cmTile?.root ?? c.cmView).view.state.doc.toString()"
    )
    return text


def wish(user: User, text: str) -> None:
    """Types into the open palette and takes the first result."""
    field = user.page.get_by_role("combobox")
    field.fill(text)
    expect(user.page.get_by_role("option").first).to_have_attribute("data-highlighted", "")
    field.press("Enter")
    expect(field).to_have_count(0)


@pytest.fixture
def two_files(people: tuple[User, User], session: str, tmp_path: Path) -> User:
    """Ann, with a second file in the session."""
    ann, _ = people
    notes = tmp_path / "notes.md"
    notes.write_text("# Notes\n\none\ntwo\n")
    ann.upload(notes)
    expect(ann.page.get_by_role("button", name="notes.md").first).to_be_visible()
    return ann


def test_one_file_in_two_panes(two_files: User, people: tuple[User, User]) -> None:
    """PN1, PN2, CL8: split by key, both panes follow what either and others type; undo is one; with its last tab a pane closes."""
    ann, bob = people
    page = ann.page
    ann.go_to(3)
    page.keyboard.press("Control+\\")
    left, right = pane(ann, "Left"), pane(ann, "Right")
    expect(right.locator(".cm-content:visible")).to_be_focused()
    right.locator(".cm-line", has_text="two").click()
    page.keyboard.press("End")
    ann.type(" right")
    left.locator(".cm-line", has_text="one").click()
    page.keyboard.press("End")
    ann.type(" left")
    bob.page.locator("[data-path='notes.md']").click()
    bob.wait_text("one left\ntwo right")
    bob.go_to(1)
    bob.type(" by bob")
    expect(left.locator(".cm-content:visible")).to_contain_text("by bob")
    assert text_of(left) == text_of(right) == bob.text()
    right.locator(".cm-line", has_text="two").click()
    for _ in range(2):
        page.keyboard.press("Control+z")
    bob.wait_text("# Notes by bob\n\none\ntwo\n")
    assert text_of(left) == text_of(right) == "# Notes by bob\n\none\ntwo\n"
    ann.picture("split")
    page.keyboard.press("Alt+w")
    expect(page.get_by_role("group", name="Left pane")).to_have_count(0)
    expect(page.locator(".cm-content:visible")).to_have_count(1)


@pytest.mark.long
def test_the_layout_outlives_a_reload(two_files: User) -> None:
    """PN3: tabs, panes, what is in front and the widths are there again after a reload; the address has the file."""
    ann, page = two_files, two_files.page
    page.keyboard.press("Control+p")
    wish(ann, "parser:7")
    expect(page.locator(".cm-content:visible")).to_be_focused()
    expect(page.locator("footer.status")).to_contain_text("Ln 7")
    page.keyboard.press("Control+p")
    page.get_by_role("combobox").fill("notes")
    page.keyboard.press("Control+Enter")
    expect(pane(ann, "Right").locator(".tab.on")).to_have_text("notes.md")
    handle = page.get_by_role("separator", name="Width of the left pane")
    handle.focus()
    for _ in range(3):
        handle.press("ArrowLeft")
    expect(handle).to_have_attribute("aria-valuenow", "44")
    page.wait_for_url("**?file=notes.md")
    page.reload()
    expect(pane(ann, "Left").locator(".tab.on")).to_have_text("parser.py")
    expect(pane(ann, "Right").locator(".tab.on")).to_have_text("notes.md")
    expect(handle).to_have_attribute("aria-valuenow", "44")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("group", name="Left pane")).to_have_count(0)
    expect(page.locator(".tab.on")).to_have_text("notes.md")


@pytest.mark.long
def test_tabs_are_dragged(two_files: User) -> None:
    """PN4: a tab is dragged to the right, and back among the others; keys move it; the middle button closes, a key brings back."""
    ann, page = two_files, two_files.page
    tab = page.locator(".tab", has_text="parser.py")
    box = page.locator(".cm-editor:visible").bounding_box()
    assert box is not None
    tab.hover()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 200, steps=8)
    expect(page.get_by_text("Open on the right")).to_be_visible()
    page.mouse.up()
    expect(pane(ann, "Right").locator(".tab")).to_have_text(["parser.py"])
    expect(pane(ann, "Left").locator(".tab")).to_have_text(["notes.md"])
    pane(ann, "Right").locator(".tab").drag_to(
        pane(ann, "Left").locator(".tab"), target_position={"x": 5, "y": 10}
    )
    tabs = page.locator(".tab")
    expect(tabs).to_have_text(["parser.py", "notes.md"])
    page.keyboard.press("Alt+Shift+PageDown")
    expect(tabs).to_have_text(["notes.md", "parser.py"])
    tabs.first.click(button="middle")
    expect(tabs).to_have_text(["parser.py"])
    page.keyboard.press("Alt+Shift+T")
    expect(tabs).to_have_text(["notes.md", "parser.py"])


@pytest.mark.long
def test_commands_by_name_and_key(two_files: User) -> None:
    """PN5, PN6: the palette runs what it lists and puts it first the next time; the dialog of keys is searched; so are languages."""
    ann, page = two_files, two_files.page
    ann.go_to(3, end=False)
    page.keyboard.press("F1")
    expect(page.get_by_role("combobox")).to_have_value(">")
    expect(page.get_by_role("option").first).to_have_attribute("data-highlighted", "")
    page.keyboard.type("copy lines down")
    expect(page.get_by_role("option").first).to_contain_text("Copy lines down")
    expect(page.get_by_role("option").first).to_have_attribute("data-highlighted", "")
    page.keyboard.press("Enter")
    ann.wait_text("one\none\ntwo")
    page.keyboard.press("F1")
    expect(page.get_by_role("option").first).to_contain_text("Copy lines down")
    page.get_by_role("combobox").fill(">no such thing at all")
    expect(page.get_by_text("Nothing is called so")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".cm-content:visible")).to_be_focused()
    page.keyboard.press("Control+b")
    expect(page.locator("[data-path='notes.md']")).to_be_hidden()
    page.keyboard.press("Control+b")
    page.keyboard.press("Control+k")
    page.keyboard.press("Control+s")
    dialog = page.get_by_role("dialog", name="Keys")
    dialog.get_by_role("searchbox").fill("split")
    expect(dialog.locator("dd")).to_have_text(["Ctrl+\\"])
    page.keyboard.press("Escape")
    page.keyboard.press("F1")
    page.get_by_role("combobox").fill(">change the language")
    page.get_by_role("combobox").press("Enter")
    page.get_by_role("combobox", name="Language of this file").wait_for()
    wish(ann, "python")
    expect(page.get_by_role("button", name="Python")).to_be_visible()
    for asked, said in (("vim keys", "Vim"), ("emacs", "Emacs"), ("keys as most", "most editors")):
        page.keyboard.press("F1")
        wish(ann, f">{asked}")
        expect(page.get_by_title(f"The keys are those of {said} now.")).to_be_visible()


@pytest.mark.long
def test_finding_folding_and_proposals(two_files: User) -> None:
    """PN7: find and replace with a regular expression, several cursors, folding, and proposals from the text."""
    ann, page = two_files, two_files.page
    ann.go_to(1)
    page.keyboard.press("Control+h")
    find = page.get_by_role("textbox", name="Find")
    find.fill("(one|two)")
    page.get_by_label("Regular expression", exact=True).check()
    page.get_by_role("textbox", name="Replace").fill("<$1>")
    page.get_by_role("button", name="Replace all").click()
    ann.wait_text("<one>\n<two>")
    ann.picture("find")
    page.keyboard.press("Escape")
    ann.go_to(3, end=False)
    page.keyboard.press("Control+Alt+ArrowDown")
    ann.type("* ")
    ann.wait_text("* <one>\n* <two>")
    page.keyboard.press("Escape")
    ann.go_to(4)
    page.keyboard.press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("Not", delay=30)
    proposals = page.locator(".cm-tooltip-autocomplete")
    page.keyboard.press("Control+Space")
    expect(proposals).to_contain_text("Notes")
    ann.picture("proposals")
    page.wait_for_timeout(300)
    page.keyboard.press("Tab")
    expect(proposals).to_have_count(0)
    assert (ann.text() or "").endswith("Notes")
    page.keyboard.type("\nNot", delay=30)
    page.keyboard.press("Control+Space")
    expect(proposals).to_be_visible()
    page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    assert (ann.text() or "").endswith("Not\n")
    page.keyboard.press("Control+p")
    wish(ann, "parser:1")
    page.keyboard.press("Control+Shift+{")
    expect(page.locator(".cm-foldPlaceholder:visible").first).to_be_visible()
    page.keyboard.press("Control+Shift+}")
    expect(page.locator(".cm-foldPlaceholder:visible")).to_have_count(0)
