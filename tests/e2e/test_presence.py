"""Who is where, going along with them, and what they did meanwhile: three people at their browsers."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.conftest import User
from tests.process import ServerProcess

pytestmark = pytest.mark.browser

NOTES = "".join(f"line {n}\n" for n in range(1, 401))
TOP = """() => [...document.querySelectorAll('.cm-scroller')].filter(s => s.offsetParent
    && getComputedStyle(s).visibility === 'visible')[0].scrollTop"""


def put(user: User, session: str, path: str, text: str) -> None:
    status = user.page.evaluate(
        "([url, body]) => fetch(url, { method: 'PUT', body }).then((answer) => answer.status)",
        [f"/api/sessions/{session}/files/{path}", text],
    )
    assert status in (200, 201)


def people_list(user: User) -> Locator:
    user.page.get_by_role("button", name=re.compile("^People here")).click()
    return user.page.get_by_role("dialog", name="People here")


def follow(user: User, name: str) -> None:
    people_list(user).get_by_role("button", name=f"Follow {name}").click()
    expect(user.page.get_by_text(f"Following {name}", exact=True)).to_be_visible()


def tab(user: User, name: str) -> Locator:
    return user.page.get_by_role("navigation", name="Open files").get_by_role("button", name=name, exact=True)


def scrolled(user: User, least: int) -> None:
    user.page.wait_for_function(f"least => ({TOP})() >= least", arg=least)


@pytest.fixture
def cleo(chromium: Browser, server: ServerProcess, people: tuple[User, User], session: str) -> Iterator[User]:
    """A third person, who looks at the same file; there is another one in a folder."""
    ann, bob = people
    put(ann, session, "docs/notes.md", NOTES)
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(15_000)
    user = User(context.new_page(), server, "cleo")
    user.sign_up()
    ann.let_in(session, "cleo")
    user.open(session, "parser.py")
    yield user
    assert user.errors == []
    context.close()


@pytest.mark.long
def test_who_comes_and_goes_is_said(people: tuple[User, User], session: str) -> None:
    """PR8: the one polite region says who left and who joined, but not who was there when one came."""
    ann, bob = people
    region = ann.page.locator("[role='status'][aria-live='polite']")
    ann.page.wait_for_timeout(4_000)
    expect(region).not_to_contain_text("joined")
    bob.page.goto("about:blank")
    expect(region).to_contain_text("Bob left", timeout=20_000)
    bob.open(session, "parser.py")
    expect(region).to_contain_text("Bob joined", timeout=20_000)


@pytest.mark.long
def test_going_to_a_person(people: tuple[User, User], cleo: User, session: str) -> None:
    """PR1: the list says who is in which file; a click opens it with the caret at theirs."""
    ann, bob = people
    bob.open(session, "docs/notes.md")
    bob.go_to(250)
    listed = people_list(cleo)
    expect(listed.get_by_role("listitem").filter(has_text="Bob")).to_contain_text("notes.md")
    expect(listed.get_by_role("listitem").filter(has_text="Ann")).to_contain_text("parser.py")
    cleo.picture("people")
    listed.get_by_role("button", name=re.compile("^Bob")).click()
    expect(tab(cleo, "notes.md")).to_have_attribute("aria-current", "true")
    expect(cleo.page.locator("footer.status")).to_contain_text("250")
    expect(cleo.page.locator(".cm-content:visible")).to_be_focused()
    expect(cleo.page.locator(".ct-lane:visible i[data-person]").first).to_be_attached()


def test_following(people: tuple[User, User], cleo: User, session: str) -> None:
    """PR7: two follow a third into another file, along the text and to the caret; one's own act ends it, for oneself alone."""
    ann, bob = people
    follow(ann, "Bob")
    follow(cleo, "Bob")
    bob.page.locator("[data-path='docs/notes.md']").click()
    for user in (ann, cleo):
        expect(tab(user, "notes.md")).to_have_attribute("aria-current", "true")
    bob.page.locator(".cm-content:visible").hover()
    bob.page.mouse.wheel(0, 3_000)
    scrolled(ann, 2_900)
    scrolled(cleo, 2_900)
    ann.picture("following")
    bob.go_to(390)
    scrolled(ann, 5_000)
    # Typing into the chat is nothing that one does in the editor; typing into the text is.
    ann.page.get_by_label("Message everyone here").fill("I am with you")
    expect(ann.page.get_by_text("Following Bob", exact=True)).to_be_visible()
    ann.page.locator(".cm-content:visible").focus()
    ann.type("x")
    expect(ann.page.get_by_text("Following Bob", exact=True)).to_have_count(0)
    before = ann.page.evaluate(TOP)
    expect(cleo.page.get_by_text("Following Bob", exact=True)).to_be_visible()
    bob.go_to(1)
    cleo.page.wait_for_function(f"() => ({TOP})() < 100")
    assert ann.page.evaluate(TOP) == before
    bob.page.locator("[data-path='parser.py']").click()
    expect(tab(cleo, "parser.py")).to_have_attribute("aria-current", "true")
    cleo.page.keyboard.press("Escape")
    expect(cleo.page.get_by_text("Following Bob", exact=True)).to_have_count(0)
    expect(cleo.page.locator("p[role='status']")).to_have_text("You no longer follow Bob.")


@pytest.mark.long
def test_other_ends_of_following(people: tuple[User, User], cleo: User, session: str) -> None:
    """PR7: a wheel in the editor ends it, another file does, and so does their going, with a sentence."""
    ann, bob = people
    follow(ann, "Bob")
    ann.page.locator(".cm-content:visible").hover()
    ann.page.mouse.wheel(0, 300)
    expect(ann.page.get_by_text("Following Bob", exact=True)).to_have_count(0)
    follow(ann, "Bob")
    ann.page.locator("[data-path='docs/notes.md']").click()
    expect(ann.page.get_by_text("Following Bob", exact=True)).to_have_count(0)
    expect(tab(ann, "notes.md")).to_have_attribute("aria-current", "true")
    follow(cleo, "Bob")
    bob.page.reload()  # who is back at once was not gone
    bob.page.locator(".cm-content:visible").wait_for()
    expect(cleo.page.get_by_text("Following Bob", exact=True)).to_be_visible()
    bob.page.goto("about:blank")
    expect(cleo.page.get_by_text("Bob left. You no longer follow them.").first).to_be_visible(timeout=15_000)
    expect(cleo.page.get_by_text("Following Bob", exact=True)).to_have_count(0)


@pytest.mark.long
def test_idle(people: tuple[User, User], cleo: User, session: str) -> None:
    """PR1: who has not touched anything for two minutes is shown as idle, and no longer when they are back."""
    ann, bob = people
    bob.page.clock.install()
    bob.open(session, "parser.py")
    bob.page.clock.fast_forward(125_000)
    row = people_list(cleo).get_by_role("listitem").filter(has_text="Bob")
    expect(row).to_contain_text("idle for 2 min")
    cleo.picture("idle")
    bob.page.mouse.move(300, 300)
    bob.page.mouse.move(310, 310)
    expect(row).not_to_contain_text("idle")


@pytest.mark.long
def test_marks(people: tuple[User, User], cleo: User, session: str) -> None:
    """PR4, PR6: a file that is not open here is marked with who changed it, its folder too, over a reload, until one looks."""
    ann, bob = people
    row = cleo.page.locator("[data-path='docs/notes.md']")
    row.click()
    cleo.wait_text("line 3")
    cleo.page.locator("[data-path='parser.py']").click()
    cleo.page.get_by_role("button", name="Close notes.md").click()
    mark = row.get_by_role("img", name=re.compile("^Changed by"))
    expect(mark).to_have_count(0)
    bob.open(session, "docs/notes.md")
    bob.go_to(3)
    bob.type("bob was here")
    expect(mark).to_have_attribute("aria-label", "Changed by Bob since you looked")
    folder = cleo.page.locator("[data-path='docs']").get_by_role(
        "img", name="Changed by Bob since you looked"
    )
    expect(folder).to_be_visible()
    cleo.picture("marks")
    cleo.page.wait_for_timeout(600)
    cleo.page.reload()
    expect(mark).to_be_visible()
    row.click()
    expect(mark).to_have_count(0)
    expect(folder).to_have_count(0)
    # A tab that is open and not in front.
    cleo.page.locator("[data-path='parser.py']").click()
    bob.type("!")
    marked = cleo.page.get_by_role("navigation", name="Open files").get_by_role("img", name=re.compile("Bob"))
    expect(marked).to_be_visible()
    tab(cleo, "notes.md").click()
    expect(marked).to_have_count(0)


@pytest.mark.long
def test_while_away(people: tuple[User, User], cleo: User, session: str) -> None:
    """PR5: who comes back the next day is told what the others did, by person and file, opens one of them, and dismisses it."""
    ann, bob = people
    bob.page.goto("about:blank")
    expect(ann.page.get_by_role("button", name="People here: 1")).to_be_visible()
    ann.open(session, "docs/notes.md")
    ann.go_to(5)
    ann.type("\nanother line")
    ann.wait_saved()
    cleo.go_to(1)
    cleo.type("  # hello")
    cleo.wait_saved()
    ann.page.locator("footer.status", has_text="revision").wait_for()
    ann.page.wait_for_timeout(2_500)
    bob.page.clock.install(time=datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(days=1))
    bob.open(session, "parser.py")
    card = bob.page.get_by_role("region", name="While you were away")
    expect(card).to_contain_text("yesterday")
    expect(card.get_by_role("listitem").filter(has_text="Ann").first).to_contain_text("docs/notes.md")
    expect(card.get_by_role("img", name="1 line added, 0 lines removed")).to_be_visible()
    expect(card.get_by_role("listitem").filter(has_text="Cleo").first).to_contain_text("parser.py")
    mark = bob.page.locator("[data-path='docs/notes.md']").get_by_role("img", name=re.compile("Ann"))
    expect(mark).to_be_visible()
    bob.picture("away")
    card.get_by_role("button", name="docs/notes.md").click()
    expect(tab(bob, "notes.md")).to_have_attribute("aria-current", "true")
    expect(mark).to_have_count(0)
    card.get_by_role("button", name="Close").click()
    expect(card).to_have_count(0)


@pytest.mark.long
def test_flags_and_keys_within_a_phone(people: tuple[User, User]) -> None:
    """PR3: on a phone a caret's flag at the right edge goes to the other side, whole; the keys of the dialog stay within it, at twice the size."""
    ann, bob = people
    session = ann.make_session("Edges")
    ann.put(session, "a.txt", "\n" + "x" * 37 + "\n")
    ann.let_in(session, "bob")
    ann.page.set_viewport_size({"width": 390, "height": 844})
    for user in people:
        user.open(session, "a.txt")
    bob.go_to(2)
    flag = ann.page.locator(".ct-caret.turned .ct-caret-flag")
    expect(flag).to_have_text("Bob")
    left, right = flag.evaluate(
        "e => { const {left, right} = e.getBoundingClientRect(); return [left, right] }"
    )
    assert 0 < left < right < 390
    ann.picture("flag")
    bob.go_to(1)
    expect(ann.page.locator(".ct-caret.after:not(.turned)")).to_have_count(1)
    ann.page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    ann.page.locator(".tabs .end button").filter(visible=True).last.click()
    ann.page.get_by_role("menuitem", name="Keys…").click()
    dialog = ann.page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    ann.picture("keys")
    assert (
        dialog.evaluate(
            """e => [...e.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > innerWidth + 1)
            .map(one => one.outerHTML.slice(0, 100))"""
        )
        == []
    )
