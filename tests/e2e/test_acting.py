"""Acting on revisions in real browsers: reverts while another types, names, saving by hand."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PICTURES, User
from tests.e2e.test_history import put

pytestmark = pytest.mark.browser

LINES = [f"line {number}\n" for number in range(40)]


def with_lines(**changed: str) -> str:
    """The text in which lines are others: `l3="three"`."""
    lines = list(LINES)
    for key, text in changed.items():
        lines[int(key[1:])] = f"{text}\n"
    return "".join(lines)


def history(user: User, session: str, revision: str = "") -> None:
    user.page.goto(f"{user.server.url}/s/{session}/history{revision and '/' + revision}")


def newest(user: User, session: str) -> dict[str, object]:
    answer = user.page.request.get(f"{user.server.url}/api/sessions/{session}/revisions")
    first: dict[str, object] = answer.json()["revisions"][0]
    return first


def shots(user: User, name: str) -> None:
    """Pictures in both themes, wide and on a phone."""
    if not PICTURES:
        return
    page = user.page
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.wait_for_timeout(150)
            user.picture(f"{name}-{width}-{theme}")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")


def test_revert_while_another_types(people: tuple[User, User], session: str) -> None:
    """RV1, RV2, RV5: a revision is undone on every screen while another goes on typing; a place of it, and the way back, too."""
    ann, bob = people
    put(ann, session, "notes.md", with_lines())
    put(ann, session, "notes.md", with_lines(l3="three", l30="thirty"))
    old = str(newest(ann, session)["id"])
    bob.open(session, "notes.md")
    bob.go_to(10)
    bob.type(" by bob")
    bob.wait_saved()
    history(ann, session, old)
    page = ann.page
    difference = page.get_by_role("region", name="Difference")
    expect(difference.get_by_text("thirty")).to_be_visible()
    shots(ann, "acting-revision")
    page.get_by_role("button", name="Undo this change in notes.md").last.click()
    # Somebody is in that file: it asks.
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Bob")
    shots(ann, "acting-confirm")
    bob.type(" on")
    dialog.get_by_role("button", name="Undo it").click()
    bob.wait_text("line 30", "by bob on")
    assert "three" in (bob.text() or "")
    toast = page.locator(".toast", has_text="is undone")
    expect(toast).to_be_visible()
    toast.get_by_role("button", name="Undo").click()
    bob.wait_text("thirty")
    bob.type(" and on")
    page.get_by_role("button", name="Undo this revision…").click()
    dialog.get_by_role("button", name="Undo it").click()
    bob.wait_text("line 3\n", "line 30", "by bob on and on")
    assert "thirty" not in (bob.text() or "")
    expect(page.locator(".rev", has_text=f"Revert {old[:7]}: Replace notes.md")).to_be_visible()


@pytest.mark.long
def test_conflict(people: tuple[User, User], session: str) -> None:
    """RV3: what was changed again stands beside what would come back, leads to its lines, and nothing has changed."""
    ann, _ = people
    put(ann, session, "notes.md", with_lines())
    put(ann, session, "notes.md", with_lines(l3="three"))
    old = str(newest(ann, session)["id"])
    put(ann, session, "notes.md", "top\n" + with_lines(l3="THREE"))
    last = newest(ann, session)["id"]
    history(ann, session, old)
    page = ann.page
    page.get_by_role("button", name="Undo what this revision changed in notes.md").click()
    dialog = page.get_by_role("dialog", name="This cannot be undone alone")
    expect(dialog).to_contain_text("notes.md, line 5, has changed again since. Nothing was changed.")
    expect(dialog.locator("pre").first).to_have_text("THREE\n")
    expect(dialog.locator("pre").last).to_have_text("line 3\n")
    shots(ann, "acting-conflict")
    assert newest(ann, session)["id"] == last
    dialog.get_by_role("link", name="Open in the editor").click()
    expect(page).to_have_url(re.compile(r"file=notes\.md"))
    expect(page.locator(".status")).to_contain_text("Ln 5")


@pytest.mark.long
def test_names(people: tuple[User, User], session: str) -> None:
    """NV2, NV4: a name is given, changed and taken away by keyboard, and the other sees it at once."""
    ann, bob = people
    put(ann, session, "notes.md", "one\n")
    named = str(newest(ann, session)["id"])
    put(ann, session, "notes.md", "two\n")
    history(ann, session, named)
    history(bob, session)
    row = bob.page.locator(".rev", has_text=named[:7])
    expect(row).to_be_visible()
    page = ann.page
    page.get_by_role("button", name="Name…").click()
    page.keyboard.type("Hand-in 1")
    page.keyboard.press("Enter")
    expect(row.locator(".tag")).to_have_text("Hand-in 1")
    expect(page.locator("h2 .tag")).to_have_text("Hand-in 1")
    page.get_by_role("button", name="Name…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Rename Hand-in 1").click()
    page.keyboard.type("Hand-in 1, late")
    page.keyboard.press("Enter")
    expect(row.locator(".tag")).to_have_text("Hand-in 1, late")
    shots(ann, "acting-names")
    dialog.get_by_role("button", name="Take the name Hand-in 1, late away").click()
    expect(row.locator(".tag")).to_have_count(0)
    page.keyboard.press("Escape")
    page.locator(".toast", has_text="is no name").get_by_role("button", name="Undo").click()
    expect(row.locator(".tag")).to_have_text("Hand-in 1, late")
    # The newest one has another name: a clash is told where it was typed.
    page.locator(".rev a").first.click()
    page.get_by_role("button", name="Name…").click()
    page.keyboard.type("hand-in 1, LATE")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("is called Hand-in 1, late already")).to_be_visible()


@pytest.mark.long
def test_saving(people: tuple[User, User], session: str) -> None:
    """NV3, NV6: Ctrl+S asks for a message and a name, Enter takes it without; what is saved already is said to be. No browser saves the page."""
    ann, _ = people
    page = ann.page
    ann.go_to(1)
    ann.type("  # mine")
    page.keyboard.press("Control+s")
    dialog = page.get_by_role("dialog", name="Save a revision")
    expect(dialog.get_by_label("What changed, if you like")).to_be_focused()
    page.keyboard.press("Control+s")
    page.keyboard.press("Enter")
    expect(page.locator(".toast", has_text=re.compile("Saved as revision|Nothing to save"))).to_be_visible()
    expect(dialog).to_have_count(0)
    expect(page.locator(".cm-content:visible")).to_be_focused()
    ann.type(" and more")
    ann.wait_text("mine and more")
    page.keyboard.press("Control+s")
    page.keyboard.type("Say more")
    page.keyboard.press("Tab")
    page.keyboard.type("Draft 1")
    page.keyboard.press("Enter")
    # A window that closed by itself meanwhile takes no message any more: the dialog says so.
    expect(page.get_by_text("is called Draft 1").first).to_be_visible()
    if dialog.count():
        page.keyboard.press("Escape")
    saved = newest(ann, session)
    assert saved["names"] == ["Draft 1"]
    status = page.get_by_test_id("saved")
    expect(status).to_contain_text(str(saved["id"])[:7])
    expect(status).to_contain_text("Draft 1")
    ann.picture("acting-status")
    page.keyboard.press("Control+s")
    page.keyboard.press("Enter")
    nothing = f"Nothing to save: everything is in revision {str(saved['id'])[:7]}"
    expect(page.locator(".toast", has_text=nothing)).to_be_visible()
    page.keyboard.press("Control+s")
    page.keyboard.type("Come too late")
    page.keyboard.press("Tab")
    page.keyboard.type("Draft 2")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text(re.compile("is called Draft 2 now.* yours was not used"))).to_be_visible()
    expect(dialog.get_by_label("What changed, if you like")).to_have_value("Come too late")
    expect(dialog.get_by_label("Name, if it is a version")).to_have_value("")
    shots(ann, "acting-late")
    page.keyboard.press("Escape")
    assert newest(ann, session)["names"] == ["Draft 1", "Draft 2"]
    status.get_by_role("link").click()
    expect(page.get_by_role("heading", name=str(saved["message"]))).to_be_visible()
    page.keyboard.press("Control+s")
    expect(dialog).to_be_visible()
    shots(ann, "acting-save")


@pytest.mark.long
def test_restoring_can_be_undone(people: tuple[User, User], session: str) -> None:
    """RV5, RV7: a session that was put back is as before after one press on Undo, to which a key leads that is told."""
    ann, bob = people
    put(ann, session, "notes.md", "one\n")
    first = str(newest(ann, session)["id"])
    put(ann, session, "notes.md", "two\n")
    put(ann, session, "more.md", "more\n")
    bob.open(session, "notes.md")
    bob.wait_text("two")
    history(ann, session, first)
    page = ann.page
    page.get_by_role("button", name="More with this revision").press("Enter")
    shots(ann, "acting-menu")
    page.get_by_role("menuitem", name="Restore session…").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore session").click()
    bob.wait_text("one")
    expect(bob.page.locator(".tree", has_text="more.md")).to_have_count(0)
    expect(page.locator("p[role=status][aria-live=polite]").last).to_contain_text("Undo: F6")
    page.keyboard.press("F6")
    expect(page.locator(".toast").get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    bob.wait_text("two")
    expect(page.get_by_text("more.md").first).to_be_visible()


@pytest.mark.long
def test_bringing_back_can_be_undone(people: tuple[User, User], session: str) -> None:
    """RV7: who brought a deleted file back by mistake takes that back where it is said."""
    ann, _ = people
    put(ann, session, "notes.md", "one\n")
    ann.ask("DELETE", f"/api/sessions/{session}/files/notes.md")
    ann.go_into(session)
    page = ann.page
    page.get_by_role("button", name="Deleted files").first.click()
    page.get_by_role("button", name="Bring back notes.md").click()
    expect(page.locator("[data-path='notes.md']")).to_be_visible()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast", has_text="That was taken back")).to_be_visible()
    expect(page.locator("[data-path='notes.md']")).to_have_count(0)


@pytest.mark.long
def test_long_names(people: tuple[User, User], session: str) -> None:
    """NV5: the longest name breaks no row, head, toast or list; its dialog says the limit, counts near it and cuts nothing off."""
    ann, _ = people
    page = ann.page
    name = "Submission-without-a-single-break-" * 5 + "x" * 30
    put(ann, session, "notes.md", "one\n")
    first = str(newest(ann, session)["id"])
    put(ann, session, "notes.md", "two\n")
    ann.ask("POST", f"/api/sessions/{session}/versions", {"revision": first, "name": "Spoken " * 28})
    history(ann, session, str(newest(ann, session)["id"]))
    page.get_by_role("button", name="Name…").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("Name", exact=True)
    expect(field).to_have_accessible_description("Up to 200 characters.")
    field.fill(name[:150])
    expect(field).to_have_accessible_description("Up to 200 characters. 150 of 200")
    shots(ann, "acting-long-counted")
    field.fill(name + "yy")
    expect(dialog.get_by_role("alert")).to_have_text("2 characters too many: it has 200 at the most.")
    shots(ann, "acting-long-refused")
    field.fill(name)
    page.keyboard.press("Enter")
    toast = page.locator(".toast", has_text="is called")
    expect(toast).to_be_visible()
    assert name in (toast.locator(".say").get_attribute("title") or "")
    shots(ann, "acting-long")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        tag = page.locator("h2 .tag")
        expect(tag).to_have_attribute("title", name)
        expect(tag).to_have_text(name)
        inside = "e => e.getBoundingClientRect().right <= innerWidth && document.documentElement.scrollWidth <= innerWidth"
        assert tag.evaluate(inside)
        assert page.locator(".rev .tag").first.evaluate(inside)
        if toast.count():
            assert toast.evaluate("e => e.getBoundingClientRect().height") < 140
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Compare with…").click()
    expect(page.locator(".menu .tag").first).to_be_visible()
    assert page.locator(".menu .list").evaluate("e => e.scrollWidth <= e.clientWidth")
    shots(ann, "acting-long-picker")
    page.get_by_role("option").first.click()
    expect(page.locator(".tools .btn", has_text="compared with")).to_have_attribute(
        "title", re.compile("Spoken Spoken$")
    )
    shots(ann, "acting-long-compared")
    page.get_by_role("button", name="Name…").click()
    dialog.get_by_role("button", name=f"Rename {name}").click()
    shots(ann, "acting-long-dialog")
    ann.go_into(session)
    expect(page.get_by_test_id("saved").locator(".name")).to_have_attribute("title", name)
    shots(ann, "acting-long-status")
