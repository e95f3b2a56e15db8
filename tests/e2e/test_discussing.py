"""Comments in the history: said in a difference or a file as it was, and seen in the editor of another at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e import axe
from tests.e2e.conftest import User
from tests.e2e.test_comments import about, card, say
from tests.e2e.test_history import put
from tests.e2e.test_looking import look, newest

pytestmark = pytest.mark.browser

LINES = [f"def rule_{number}(tokens):\n    return len(tokens) + {number}\n\n" for number in range(20)]
PATH = "src/rules.py"


@pytest.fixture
def told(people: tuple[User, User]) -> tuple[User, User, str, list[str]]:
    """A file of Ann's in two revisions, and Bob, who has it open in his editor."""
    ann, bob = people
    session = ann.make_session("Expression parser")
    ann.let_in(session, "bob")
    put(ann, session, PATH, "".join(LINES))
    ids = [newest(ann, session)]
    lines = list(LINES)
    lines[3] = lines[3].replace("len(tokens)", "count(tokens)")
    put(ann, session, PATH, "import sys\n\n" + "".join(lines))
    ids.append(newest(ann, session))
    bob.open(session, PATH)
    return ann, bob, session, ids


def region(user: User) -> Locator:
    return user.page.get_by_role("region", name="Difference")


def number(user: User, line: int, side: str = "new") -> Locator:
    return region(user).locator(f".no[data-side={side}][data-line='{line}']")


def talk(user: User) -> Locator:
    return user.page.locator(".talk")


def write(user: User, text: str) -> None:
    box = user.page.get_by_role("textbox", name="Write a comment")
    expect(box).to_be_focused()
    box.fill(text)
    box.press("Enter")


def test_in_a_difference(told: tuple[User, User, str, list[str]]) -> None:
    """CM12, CW6: what is said in a difference stands in the editor of another at its place, and what is settled there is settled here."""
    ann, bob, session, ids = told
    look(ann, session, ids[1])
    number(ann, 13).focus()
    ann.page.keyboard.press("c")
    write(ann, "@bob why **count**?")
    expect(talk(ann).locator("strong")).to_have_text("count")
    expect(talk(ann).get_by_text("Line 13", exact=True)).to_be_visible()
    expect(bob.page.locator(".ct-thread:not(.add)")).to_have_count(1)
    assert about(bob) == "return count(tokens) + 3"
    ann.picture("discuss-side")
    axe.check(ann.page)

    bob.page.locator(".ct-thread:not(.add)").click()
    expect(card(bob).get_by_role("link", name=f"Said of revision {ids[1][:7]}")).to_be_visible()
    box = card(bob).get_by_role("textbox", name="Reply")
    box.fill("It is faster.")
    box.press("Enter")
    expect(talk(ann).locator(".msg")).to_have_count(2)
    card(bob).get_by_role("button", name="Resolve").click()
    expect(talk(ann).get_by_role("button", name="Reopen")).to_be_visible()
    expect(region(ann).locator(".sign.resolved")).to_have_count(1)
    ann.page.keyboard.press("Escape")
    expect(talk(ann)).to_have_count(0)
    expect(number(ann, 13)).to_be_focused()

    # Unified, on two lines of the side before, which is the text of the revision before.
    ann.page.get_by_role("button", name="Unified").click()
    number(ann, 11, "old").focus()
    ann.page.keyboard.press("c")
    write(ann, "It was better before.")
    expect(talk(ann).get_by_role("link", name="In the editor")).to_be_visible()
    expect(bob.page.locator(".ct-thread:not(.add)")).to_have_count(1)
    ann.picture("discuss-unified")
    axe.check(ann.page)
    found = ann.page.request.get(f"{ann.server.url}/api/sessions/{session}/comments").json()["comments"]
    said = next(one for one in found if one["text"] == "It was better before.")
    assert (said["revision"], said["said"]["range"]["start_line"]) == (ids[0], 11)


@pytest.mark.long
def test_several_lines(told: tuple[User, User, str, list[str]]) -> None:
    """CW7: lines are chosen by Shift and arrows, by Shift and click, by dragging, and made more in the card; a finger taps a number."""
    ann, bob, session, ids = told
    look(ann, session, ids[1])
    number(ann, 12).click()
    number(ann, 14).click(modifiers=["Shift"])
    expect(region(ann).locator(".dc.chosen")).to_have_count(3)
    ann.page.keyboard.press("Escape")
    number(ann, 12).focus()
    ann.page.keyboard.press("Shift+ArrowDown")
    ann.page.keyboard.press("c")
    expect(talk(ann).get_by_text("Lines 12–13", exact=True)).to_be_visible()
    talk(ann).get_by_role("button", name="One line more").click()
    expect(talk(ann).get_by_text("Lines 12–14", exact=True)).to_be_visible()
    talk(ann).get_by_role("button", name="One line less").click()
    talk(ann).get_by_role("textbox").focus()
    write(ann, "These two.")
    expect(bob.page.locator(".ct-thread:not(.add)")).to_have_count(1)
    assert "def rule_3(tokens):" in about(bob)
    ann.page.keyboard.press("Escape")
    expect(talk(ann)).to_have_count(0)
    signs = region(ann).locator(".cs[data-side=new]")
    start = signs.nth(0).bounding_box()
    end = signs.nth(2).bounding_box()
    assert start is not None
    assert end is not None
    ann.page.mouse.move(start["x"] + 5, start["y"] + 5)
    ann.page.mouse.down()
    ann.page.mouse.move(end["x"] + 5, end["y"] + 5, steps=4)
    ann.page.mouse.up()
    expect(talk(ann).get_by_text("Lines 1–3", exact=True)).to_be_visible()
    ann.page.keyboard.press("Escape")
    ann.page.keyboard.press("F8")
    expect(talk(ann).locator(".msg")).to_have_count(1)


@pytest.mark.long
def test_in_a_file_as_it_was(told: tuple[User, User, str, list[str]]) -> None:
    """CM12, CW6: what is said of a range in an old text is where that text is now; an old comment is found in every revision that has its text."""
    ann, bob, session, ids = told
    say(bob, 7, "Of the live text.")
    page = look(ann, session, ids[0], f"?view=file&file={PATH}#L5")
    expect(page.locator(".ct-thread:not(.add)")).to_have_count(1)
    expect(card(ann).get_by_text("Of the live text.")).to_be_visible()
    expect(card(ann).get_by_text("Line 5", exact=True)).to_be_visible()
    ann.page.keyboard.press("Escape")
    page.locator(".cm-content:visible").focus()
    page.keyboard.press("Control+Home")
    for key in ("ArrowDown", "Home", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+End"):
        page.keyboard.press(key)
    page.keyboard.press("Control+Alt+m")
    expect(card(ann).get_by_text("Lines 2–4", exact=True)).to_be_visible()
    write(ann, "Both of them.")
    expect(card(ann).locator(".msg")).to_have_count(1)
    ann.picture("discuss-file")
    axe.check(ann.page)
    expect(bob.page.locator(".ct-thread:not(.add)")).to_have_count(2)
    assert "return len(tokens) + 0" in about(bob)
    # And from there back to the text in which it was said.
    card(ann).get_by_role("link", name="In the editor").click()
    expect(card(ann).get_by_text("Both of them.")).to_be_visible()
    card(ann).get_by_role("link", name=f"Said of revision {ids[0][:7]}").click()
    expect(page).to_have_url(f"{ann.server.url}/s/{session}/history/{ids[0]}?view=file&file={PATH}#L2")
    expect(card(ann).get_by_text("Both of them.")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    ann.picture("discuss-file-narrow")
    look(ann, session, ids[1])
    expect(region(ann).locator(".gap").filter(has_text="4 unchanged lines · 1 comment")).to_be_visible()
    ann.picture("discuss-narrow")
