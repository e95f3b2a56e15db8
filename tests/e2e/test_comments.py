"""Comments in two browsers: at their lines, moving with them, answered and settled."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import User

pytestmark = pytest.mark.browser

TEXT = """def expression(tokens):
    left = term(tokens)
    while tokens.peek():
        left = join(left, tokens)
    return left


def term(tokens):
    return next(tokens)
"""


@pytest.fixture
def here(people: tuple[User, User]) -> tuple[User, User, str]:
    """Ann and Bob with `parser.py` open in a session of Ann's."""
    ann, bob = people
    session = ann.make_session("Expression parser")
    ann.put(session, "parser.py", TEXT)
    ann.let_in(session, "bob")
    for user in (ann, bob):
        user.open(session, "parser.py")
    return ann, bob, session


def about(user: User) -> str:
    """The text that comments speak of, as the editor marks it."""
    return "".join(user.page.locator(".ct-about").all_text_contents())


def card(user: User) -> Locator:
    return user.page.locator(".ct-card:visible")


def say(user: User, line: int, text: str) -> None:
    """A comment on a line, by the keyboard alone."""
    user.go_to(line, end=False)
    user.page.keyboard.press("Control+Alt+m")
    user.page.get_by_role("textbox", name="Write a comment").wait_for()
    user.type(text)
    user.page.keyboard.press("Enter")
    expect(card(user).locator(".msg")).to_have_count(1)


def test_a_comment_moves_with_its_line(here: tuple[User, User, str]) -> None:
    """CM2, CW1, CW2, CW3: a comment on a line is seen by the other at once and goes along; when its lines are deleted it tells what it spoke of."""
    ann, bob, _ = here
    ann.go_to(9)
    ann.type("  # fresh")
    say(ann, 2, "Why is this a **term**?")
    expect(card(ann).get_by_text("Line 2", exact=True)).to_be_visible()
    expect(bob.page.locator(".ct-thread:not(.add)")).to_have_count(1)
    ann.picture("comment")
    assert about(bob) == "left = term(tokens)"

    bob.go_to(1, end=False)
    bob.type("import sys\n\n")
    ann.wait_text("import sys")
    expect(card(ann).get_by_text("Line 4", exact=True)).to_be_visible()
    for user in (ann, bob):
        assert about(user) == "left = term(tokens)"

    # The card of one is left alone by what another types, and by the keys of its own.
    bob.page.locator(".ct-thread:not(.add)").click()
    expect(card(bob).locator("strong", has_text="term")).to_be_visible()
    box = card(bob).get_by_role("textbox", name="Reply")
    box.fill("Because of the precedence.")
    ann.page.keyboard.press("Escape")
    ann.go_to(1)
    ann.type("  # ann was here")
    expect(box).to_have_value("Because of the precedence.")
    box.press("Enter")
    expect(card(bob).locator(".msg")).to_have_count(2)
    ann.page.keyboard.press("F8")
    expect(card(ann).locator(".msg")).to_have_count(2)

    # The lines go: it says what it spoke of, and stands nowhere.
    bob.page.keyboard.press("Escape")
    bob.page.keyboard.press("Escape")
    expect(card(bob)).to_have_count(0)
    bob.go_to(4, end=False)
    bob.page.keyboard.press("Shift+ArrowDown")
    bob.page.keyboard.press("Delete")
    expect(card(ann).get_by_text("It was:")).to_be_visible()
    expect(card(ann).locator("pre")).to_have_text("left = term(tokens)")
    for user in (ann, bob):
        expect(user.page.locator(".ct-thread:not(.add)")).to_have_count(0)
    ann.page.get_by_role("tab", name="Comments").click()
    expect(ann.page.locator(".cm del")).to_have_text("left = term(tokens)")
    ann.picture("outdated")


@pytest.mark.long
def test_the_list(here: tuple[User, User, str]) -> None:
    """CM6, CM9, CW5: the list shows what is open, mine, of this file and settled; a mention is unread until its thread is looked at."""
    ann, bob, _ = here
    say(ann, 2, "@bob is this a term?")
    ann.page.keyboard.press("Escape")
    say(ann, 9, "A generator?")
    tab = bob.page.get_by_role("tab", name="Comments")
    expect(tab).to_contain_text("@1")
    expect(bob.page).to_have_title("(1) parser.py · Expression parser · code_together")
    tab.click()
    rows = bob.page.locator(".cm")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("@ you")
    bob.picture("comments")
    rows.nth(1).click()
    expect(card(bob).get_by_text("Line 2", exact=True)).to_be_visible()
    expect(tab).not_to_contain_text("@1")
    expect(bob.page).to_have_title("parser.py · Expression parser · code_together")

    card(bob).get_by_role("button", name="Resolve").click()
    expect(rows).to_have_count(1)
    expect(ann.page.locator(".ct-thread.resolved")).to_have_count(1)
    bob.page.get_by_role("button", name="Mine", exact=True).click()
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("is this a term?")
    bob.page.get_by_role("button", name="Resolved", exact=True).click()
    expect(rows).to_have_count(1)
    bob.page.get_by_role("button", name="This file", exact=True).click()
    expect(rows).to_have_count(2)
    card(bob).get_by_role("button", name="Reopen").click()
    expect(ann.page.locator(".ct-thread.resolved")).to_have_count(0)

    # Edited and taken back.
    box = card(ann)
    box.get_by_role("button", name="Actions for the comment of You").click()
    ann.page.get_by_role("menuitem", name="Edit comment").click()
    field = box.get_by_role("textbox", name="Edit your comment")
    field.fill("A generator, or a list?")
    field.press("Enter")
    expect(rows.filter(has_text="or a list?")).to_have_count(1)
    box.get_by_role("button", name="Actions for the comment of You").click()
    ann.page.get_by_role("menuitem", name="Delete comment").click()
    ann.page.get_by_role("button", name="Delete comment").click()
    expect(card(ann)).to_have_count(0)
    expect(rows).to_have_count(1)
    expect(ann.page.locator(".ct-thread:not(.add)")).to_have_count(1)


@pytest.mark.long
def test_small_things(here: tuple[User, User, str]) -> None:
    """CW8: Enter sends after a whole name, a list has no marks, what the history counts follows, and a sign is hit beside its line."""
    ann, bob, session = here
    revision = ann.ask("GET", f"/api/sessions/{session}/revisions")["revisions"][0]["id"]
    bob.page.goto(f"{bob.server.url}/s/{session}/history/{revision}")
    row = bob.page.locator(f".rev:has-text('{revision[:7]}')")
    expect(row).to_be_visible()
    ann.go_to(2, end=False)
    ann.page.keyboard.press("Control+Alt+m")
    ann.page.get_by_role("textbox", name="Write a comment").wait_for()
    ann.type("**Why** `this`, @bob")
    expect(ann.page.get_by_role("option")).to_have_count(1)
    ann.page.keyboard.press("Enter")
    expect(card(ann).locator(".msg")).to_have_count(1)
    expect(row.locator(".said")).to_contain_text("1")
    expect(bob.page.locator(".vhead .meta")).to_contain_text("1 comment")
    ann.page.keyboard.press("Escape")
    ann.page.get_by_role("tab", name="Comments").click()
    expect(ann.page.locator(".cm .say")).to_have_text("Why this, @bob")
    box = ann.page.locator(".ct-thread:not(.add)").bounding_box()
    assert box is not None
    ann.page.mouse.click(box["x"] + 14, box["y"] + box["height"] + 1)
    expect(card(ann).get_by_text("Line 2", exact=True)).to_be_visible()


@pytest.mark.long
def test_roles_and_trouble(here: tuple[User, User, str]) -> None:
    """CM5, CW4: a viewer reads and is told why not more; without a connection what is written stays."""
    ann, bob, session = here
    say(ann, 2, "Why?")
    ann.page.keyboard.press("Escape")
    ann.page.get_by_role("button", name="Share").click()
    ann.page.get_by_label("Role of Bob").select_option("viewer")
    bob.page.get_by_text("an owner can give you another role").first.wait_for()
    bob.page.locator(".ct-thread:not(.add)").click()
    expect(card(bob).get_by_text("Why?")).to_be_visible()
    expect(card(bob).get_by_role("textbox")).to_have_count(0)
    bob.page.locator(".cm-content:visible").focus()
    bob.page.keyboard.press("Control+Alt+m")
    expect(bob.page.locator(".toast", has_text="not write any")).to_be_visible()
    expect(card(bob).get_by_role("button", name="Resolve")).to_have_count(0)
    ann.page.get_by_label("Role of Bob").select_option("commenter")
    box = card(bob).get_by_role("textbox", name="Reply")
    box.fill("Say more.")
    ann.page.keyboard.press("Escape")

    bob.server.stop()
    expect(card(bob).get_by_text("No connection: what you write is kept here")).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value("Say more.")
    bob.server.start()
    expect(card(bob).get_by_text("No connection: what you write is kept here")).to_have_count(0)
    box.press("Enter")
    expect(card(bob).locator(".msg")).to_have_count(2)
