"""Two people talk while they write."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import User
from tests.process import ServerProcess

pytestmark = pytest.mark.browser


def box(user: User) -> Locator:
    return user.page.get_by_label("Message everyone here")


def log(user: User) -> Locator:
    return user.page.get_by_role("log")


def say(user: User, text: str) -> None:
    box(user).fill(text)
    box(user).press("Enter")


def post_many(user: User, session: str, texts: list[str]) -> None:
    """Says them through the API, as the person who is logged in here."""
    user.page.evaluate(
        """async ([session, texts]) => {
            for (const text of texts)
                await fetch(`/api/sessions/${session}/chat`, {method: 'POST', body: JSON.stringify({text}),
                    headers: {'Content-Type': 'application/json'}})
        }""",
        [session, texts],
    )


def test_what_is_said_is_shown(people: tuple[User, User], session: str) -> None:
    """CH8: Markdown is shown as what it means, code in the editor's colours; files and lines are links that open there; nothing
    of HTML reaches the page, and what cannot be seen is shown."""
    ann, bob = people
    box(ann).fill(
        "Look at parser.py:31 and **not** at `rule_3`:\n```py\nright = expression(tokens, 1)  # a comment\n```\n"
        "- one\n- https://example.test/a_b\n> quoted"
    )
    box(ann).press("Enter")
    said = log(bob).locator("article").first
    expect(said.locator("strong")).to_have_text("not")
    expect(said.locator("li")).to_have_count(2)
    expect(said.locator("pre .tok-comment")).to_have_text("# a comment")
    link = said.get_by_role("link", name="https://example.test/a_b")
    expect(link).to_have_attribute("rel", re.compile("noopener noreferrer"))
    say(
        ann, "<img src=x onerror=document.title='pwned'> [x](javascript:document.title='pwned') \u202egnp.exe"
    )
    hostile = log(bob).locator("article").last
    expect(hostile).to_contain_text("<img src=x")
    expect(hostile).to_contain_text("RLO")
    expect(hostile.locator("img, a")).to_have_count(0)
    bob.picture("chat-markdown")
    said.get_by_role("link", name="parser.py:31").click()
    expect(bob.page.locator("footer.status")).to_contain_text("Ln 31")
    assert "pwned" not in bob.page.title()


@pytest.mark.long
def test_a_revision_is_a_link(people: tuple[User, User], session: str) -> None:
    """CH8: the id of a revision leads to it in the history."""
    ann, bob = people
    revision = ann.page.evaluate(
        "async session => (await (await fetch(`/api/sessions/${session}/revisions`)).json()).revisions[0].id",
        session,
    )
    say(ann, f"since {revision[:8]}")
    log(bob).get_by_role("link", name=revision[:8]).click()
    bob.page.wait_for_url(f"**/history/{revision}")


@pytest.mark.long
def test_mentions_and_unread(people: tuple[User, User], session: str) -> None:
    """CH6: who is mentioned is offered by the keyboard; the mentioned one sees it in the tab and title, on a reload too, until it is read."""
    ann, bob = people
    bob.page.get_by_role("tab", name="History").click()
    box(ann).click()
    ann.type("hi @b")
    option = ann.page.get_by_role("option", name="Bob")
    expect(option).to_have_attribute("aria-selected", "true")
    ann.picture("chat-mention")
    ann.page.keyboard.press("Tab")
    expect(box(ann)).to_have_value("hi @bob ")
    ann.type("and @b")
    expect(option).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(option).to_have_count(0)
    ann.page.keyboard.press("Enter")
    expect(box(ann)).to_have_value("")
    say(ann, "and more")
    badge = bob.page.get_by_role("tab", name=re.compile("Chat"))
    expect(badge).to_contain_text("2 unread, 1 names you")
    expect(bob.page).to_have_title(re.compile(r"^\(2\) "))
    bob.page.reload()
    expect(log(bob).locator(".mention.me")).to_have_text("@Bob")
    expect(badge).not_to_contain_text("unread")
    bob.picture("chat-mentioned")
    bob.page.wait_for_timeout(800)
    bob.page.get_by_role("tab", name="History").click()
    bob.page.reload()
    log(bob).locator("article").first.wait_for()
    expect(bob.page).not_to_have_title(re.compile(r"^\("))


@pytest.mark.long
def test_typing(people: tuple[User, User], session: str) -> None:
    """CH7: the other sees that one is typing, until it is said or some seconds have gone."""
    ann, bob = people
    hint = ann.page.get_by_text("Bob is typing…")
    box(bob).press_sequentially("hm")
    expect(hint).to_be_visible()
    ann.picture("chat-typing")
    expect(hint).to_have_count(0, timeout=8_000)
    bob.page.wait_for_timeout(500)
    box(bob).press_sequentially("m")
    expect(hint).to_be_visible()
    box(bob).press("Enter")
    expect(log(ann)).to_contain_text("hmm")
    expect(hint).to_have_count(0, timeout=1_000)


@pytest.mark.long
def test_changing_and_deleting(people: tuple[User, User], session: str) -> None:
    """CH4: by the keyboard alone one's last message is changed, deleted and brought back; an owner deletes another's, who cannot."""
    ann, bob = people
    say(bob, "frist")
    expect(log(ann)).to_contain_text("frist")
    box(bob).press("ArrowUp")
    field = bob.page.get_by_label("Editing your message")
    expect(field).to_have_value("frist")
    bob.picture("chat-editing")
    field.press("Escape")
    expect(box(bob)).to_have_value("")
    box(bob).press("ArrowUp")
    field.fill("first")
    field.press("Enter")
    expect(log(ann).locator("article")).to_contain_text(["first"])
    expect(log(ann)).to_contain_text("edited")
    # from the box back to the messages, and on to what can be done with this one
    box(bob).press("Shift+Tab")
    expect(log(bob).locator("article")).to_be_focused()
    bob.page.keyboard.press("Tab")
    bob.page.keyboard.press("Tab")
    expect(bob.page.get_by_role("button", name="Delete message")).to_be_focused()
    bob.picture("chat-actions")
    bob.page.keyboard.press("Enter")
    expect(log(ann)).to_contain_text("This message was deleted.")
    bob.page.get_by_role("button", name="Undo").click()
    expect(log(ann)).to_contain_text("first")
    say(ann, "of ann")
    of_ann = log(bob).locator("article", has_text="of ann")
    of_ann.hover()
    expect(of_ann.get_by_role("button")).to_have_count(0)
    log(ann).locator("article", has_text="first").hover()
    ann.page.get_by_role("button", name="Delete message").click()
    ann.picture("chat-moderate")
    ann.page.get_by_role("dialog").get_by_role("button", name="Delete message").click()
    expect(log(bob)).to_contain_text("This message was deleted.")
    expect(log(bob)).not_to_contain_text("first")


@pytest.mark.long
def test_paging_and_search(people: tuple[User, User], session: str) -> None:
    """CH3, CH5: a long chat is paged both ways while what one reads stays in its place; a message that is found opens where it was said."""
    ann, bob = people
    post_many(ann, session, [f"message {n}" for n in range(1, 231)])
    expect(log(bob)).to_contain_text("message 230")
    bob.page.reload()
    expect(log(bob)).to_contain_text("message 230")
    assert log(bob).locator("article").count() == 50
    bob.page.get_by_role("button", name="Search in the chat").click()
    bob.page.get_by_role("searchbox", name="Search in the chat").fill("MESSAGE 17")
    results = bob.page.get_by_role("list", name="Messages found")
    expect(results.get_by_role("button")).to_have_count(13)
    bob.picture("chat-search")
    bob.page.keyboard.press("ArrowDown")
    bob.page.keyboard.press("End")
    results.get_by_role("button", name=re.compile(r"message 17$")).click()
    found = log(bob).locator("article.marked")
    expect(found).to_have_text(re.compile("message 17"))
    expect(found).to_be_in_viewport()
    bob.picture("chat-found")
    say(ann, "the newest")
    expect(bob.page.get_by_role("button", name="1 new message")).to_be_visible()
    expect(log(bob)).not_to_contain_text("the newest")
    # down to the end, page by page
    for _ in range(40):
        log(bob).evaluate("log => { log.scrollTop = log.scrollHeight }")
        bob.page.wait_for_timeout(100)
        if log(bob).get_by_text("the newest").count():
            break
    expect(log(bob)).to_contain_text("the newest")
    # and up: what one looks at does not move when older ones come
    log(bob).evaluate("log => { log.scrollTop = 300 }")
    place = "log => log.querySelector(`[data-id='${log.dataset.look}']`).getBoundingClientRect().top"
    log(bob).evaluate(
        "log => { log.dataset.look = [...log.querySelectorAll('[data-id]')]"
        ".find(m => m.getBoundingClientRect().top > log.getBoundingClientRect().top).dataset.id }"
    )
    before = log(bob).evaluate(place)
    bob.page.wait_for_timeout(800)
    assert abs(log(bob).evaluate(place) - before) <= 1
    assert log(bob).locator("article").count() <= 300
    bob.page.get_by_role("button", name=re.compile("newest|new message")).click()
    expect(log(bob).get_by_text("the newest")).to_be_in_viewport()


@pytest.mark.long
def test_a_message_without_a_server(people: tuple[User, User], session: str, server: ServerProcess) -> None:
    """CH10: what is said while the server is away waits, over a reload too, and comes once; a draft outlives a reload."""
    ann, bob = people
    for user in people:
        user.page.wait_for_load_state("networkidle")  # the colours of the language are there
    server.kill()
    say(ann, "said into the void")
    expect(log(ann)).to_contain_text("Waits for the server")
    box(ann).fill("a draft")
    ann.picture("chat-offline")
    address = ann.page.url
    ann.page.goto("about:blank")
    server.start()
    ann.page.goto(address)
    expect(log(bob).get_by_text("said into the void")).to_have_count(1)
    expect(log(ann).get_by_text("said into the void")).to_have_count(1)
    expect(log(ann)).not_to_contain_text("Waits for the server")
    expect(box(ann)).to_have_value("a draft")


@pytest.mark.long
def test_a_long_message(people: tuple[User, User], session: str) -> None:
    """CH1: near the limit one sees what is left; beyond it nothing is sent and nothing is lost."""
    ann, _ = people
    box(ann).fill("x" * 9_990)
    expect(ann.page.get_by_text("10 characters left")).to_be_visible()
    box(ann).fill("x" * 10_003)
    expect(ann.page.get_by_text("3 characters too many")).to_be_visible()
    box(ann).press("Enter")
    expect(box(ann)).to_have_value("x" * 10_003)
    expect(log(ann)).to_contain_text("No messages yet")


@pytest.mark.long
def test_a_long_message_is_folded(people: tuple[User, User], session: str) -> None:
    """CH12: a message of 2,000 characters is folded; the keyboard alone shows all of it, and folds it again."""
    ann, bob = people
    post_many(
        ann,
        session,
        ["word " * 380 + "\n- [end](https://example.test/end) https://example.test/end", "short"],
    )
    first = log(bob).locator("article").first
    expect(first).to_contain_text("word word")
    expect(log(bob).locator("article").last.get_by_role("button", name="Show more")).to_have_count(0)
    box(bob).press("Shift+Tab")
    bob.page.keyboard.press("ArrowUp")
    expect(first).to_be_focused()
    folded = first.evaluate("e => e.offsetHeight")
    bob.picture("folded")
    more = first.get_by_role("button", name="Show more")
    more.focus()
    more.press("Enter")
    less = first.get_by_role("button", name="Show less")
    expect(less).to_be_focused()
    expect(less).to_have_attribute("aria-expanded", "true")
    assert first.evaluate("e => e.offsetHeight") > folded
    less.press("Enter")
    expect(more).to_be_focused()
    assert first.evaluate("e => e.offsetHeight") == folded
    more.press("Shift+Tab")
    expect(first.get_by_role("link").last).to_be_focused()
    expect(less).to_be_visible()
