"""What people may do changes while they are at it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import User

pytestmark = pytest.mark.browser


def set_role(user: User, session: str, name: str, role: str | None) -> None:
    url = f"{user.server.url}/api/sessions/{session}/members/{name}"
    answer = user.page.request.put(url, data={"role": role}) if role else user.page.request.delete(url)
    assert answer.ok


def test_demoted_under_the_hands(people: tuple[User, User], session: str) -> None:
    """RM7: an editor who becomes a viewer in the middle of a line is told so and can type no more; with the role back, on it goes."""
    ann, bob = people
    bob.go_to(1)
    bob.type("  # before")
    bob.wait_saved()
    set_role(ann, session, "bob", "viewer")
    expect(bob.page.get_by_text("You can still read, but no longer edit.")).to_be_visible()
    bob.type("not any more")
    ann.go_to(3)
    ann.type("# by ann")
    bob.wait_text("# before", "# by ann")
    assert "not any more" not in (bob.text() or "") + (ann.text() or "")
    refused = bob.page.request.put(f"{bob.server.url}/api/sessions/{session}/files/mine.py", data="x")
    assert refused.status == 403
    bob.picture("demoted")
    set_role(ann, session, "bob", "editor")
    expect(bob.page.get_by_text("Your role here is now Editor.").first).to_be_visible()
    bob.go_to(1)
    bob.type(" and after")
    ann.wait_text("# before and after")


@pytest.mark.long
def test_removed_under_the_hands(people: tuple[User, User], session: str) -> None:
    """RM6: who is removed is out at once, with a sentence, and sees nothing of what comes after."""
    ann, bob = people
    set_role(ann, session, "bob", "owner")
    bob.page.locator(".toast", has_text="Your role here is now Owner.").wait_for()
    set_role(ann, session, "bob", None)
    bob.page.get_by_text("You were removed from this session.").wait_for()
    expect(bob.page.locator(".toast")).to_have_count(0)
    bob.picture("removed")
    ann.go_to(1)
    ann.type("  # among us")
    ann.wait_saved()
    assert "among us" not in (bob.text() or "")
    bob.page.goto(f"{bob.server.url}/s/{session}")
    expect(bob.page.get_by_role("heading", name="There is no such session")).to_be_visible()


@pytest.mark.long
def test_no_owner_any_more(people: tuple[User, User], session: str) -> None:
    """RM7: the dialogs that are an owner's close under the hands of one who is none any more, with a sentence."""
    ann, bob = people
    set_role(ann, session, "bob", "owner")
    bob.page.get_by_role("button", name="Share").click()
    dialog = bob.page.get_by_role("dialog", name="Share")
    expect(dialog).to_be_visible()
    set_role(ann, session, "bob", "editor")
    expect(bob.page.locator(".toast", has_text="Your role here is now Editor.")).to_be_visible()
    expect(dialog).to_have_count(0)
    bob.picture("no-owner")


@pytest.mark.long
def test_two_make_the_same_file(people: tuple[User, User], session: str) -> None:
    """FL2: of two who make a file of one name at once, one gets it, and the other a sentence beside the field."""
    for user in people:
        user.page.get_by_role("button", name="New file").first.click()
        user.page.get_by_label("Path", exact=True).fill("same.py")
    # Both are held back until both have asked.
    held = []
    for user in people:
        user.page.route("**/files/same.py", lambda route: held.append(route))
    for user in people:
        user.page.get_by_role("button", name="Create file").click()
    people[0].page.wait_for_timeout(300)
    people[1].page.wait_for_timeout(300)
    for route in held:
        route.continue_()
    refused = [
        user for user in people if user.page.get_by_role("dialog").get_by_role("alert").count()
        or not settled(user)
    ]  # fmt: skip
    assert len(refused) == 1
    expect(refused[0].page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    refused[0].picture("same-name")
    for user in people:
        expect(user.page.locator("[data-path='same.py']")).to_have_count(1)


def settled(user: User) -> bool:
    """Whether the dialog has closed, which is to say the file is made."""
    try:
        expect(user.page.get_by_role("dialog")).to_have_count(0, timeout=3_000)
    except AssertionError:
        return False
    return True


@pytest.mark.long
def test_removed_with_unsent_edits(people: tuple[User, User], session: str) -> None:
    """CL10: who was removed can type no more, has what was not sent to take along, and goes on when let in again."""
    ann, bob = people
    bob.go_to(1)
    bob.page.wait_for_load_state("networkidle")  # the language and what the page fetches ahead
    bob.page.context.set_offline(True)
    bob.type("  # unsent")
    expect(bob.page.locator("footer.status")).to_contain_text("kept here", timeout=10_000)
    set_role(ann, session, "bob", None)
    bob.page.context.set_offline(False)
    notice = bob.page.get_by_role("alert").filter(has_text="This session is not there for you any more.")
    expect(notice).to_be_visible()
    expect(notice).to_contain_text("not sent: kept in this browser")
    expect(notice).to_contain_text("parser.py: ")
    expect(bob.page.locator(".cm-content:visible")).to_have_attribute("contenteditable", "false")
    before = bob.text()
    bob.page.locator(".cm-content:visible").focus()
    bob.type("for nobody")
    assert bob.text() == before
    with bob.page.expect_download() as download:
        notice.get_by_role("link", name="Download your text of parser.py").click()
    assert "# unsent" in download.value.path().read_text()
    notice.get_by_role("button", name="Try again").click()
    expect(notice).to_contain_text("You are not let in yet.")
    bob.picture("shut")
    bob.page.reload()
    expect(bob.page.get_by_role("heading", name="There is no such session")).to_be_visible()
    expect(bob.page.get_by_role("link", name="Download your text of parser.py")).to_be_visible()
    bob.picture("shut-reloaded")
    set_role(ann, session, "bob", "editor")
    bob.page.reload()
    ann.wait_text("# unsent")
    bob.wait_saved()
    assert ann.text() == bob.text()


@pytest.mark.long
def test_let_in_again(people: tuple[User, User], session: str) -> None:
    """CL10: a removed editor who is let in again goes on where they were, at the press of a button."""
    ann, bob = people
    set_role(ann, session, "bob", None)
    notice = bob.page.get_by_role("alert").filter(has_text="You were removed from this session.")
    expect(notice).to_be_visible()
    set_role(ann, session, "bob", "editor")
    notice.get_by_role("button", name="Try again").press("Enter")
    expect(notice).to_have_count(0)
    bob.go_to(1)
    bob.type("  # back")
    ann.wait_text("# back")


@pytest.mark.long
def test_deleted_under_the_hands(people: tuple[User, User], session: str) -> None:
    """CL10: in a session that was deleted nothing can be typed any more, and the way on leads to the others."""
    ann, bob = people
    assert ann.page.request.delete(f"{ann.server.url}/api/sessions/{session}").ok
    notice = bob.page.get_by_role("alert").filter(has_text="This session was deleted.")
    expect(notice).to_be_visible(timeout=1_000)
    expect(bob.page.locator(".cm-content:visible")).to_have_attribute("contenteditable", "false")
    expect(notice.get_by_role("button", name="Try again")).to_have_count(0)
    bob.picture("deleted")
    notice.get_by_role("link", name="All sessions").click()
    expect(bob.page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.long
def test_nothing_covers_the_sentence(people: tuple[User, User], session: str, width: int) -> None:
    """A toast about a role stands above the sentence about another one, never on it."""
    ann, bob = people
    bob.page.set_viewport_size({"width": width, "height": 800})
    set_role(ann, session, "bob", "owner")
    expect(bob.page.locator(".toast")).to_have_count(1)
    set_role(ann, session, "bob", "viewer")
    notice = bob.page.locator(".notices .banner", has_text="You can still read, but no longer edit.")
    expect(notice).to_be_visible()
    bob.page.wait_for_function(
        """() => document.querySelector('.toast').getBoundingClientRect().bottom
            <= document.querySelector('.notices .banner').getBoundingClientRect().top""",
        timeout=4_000,
    )
    for scheme in ("light", "dark"):
        bob.page.emulate_media(color_scheme=scheme)
        bob.picture(f"toast-{width}-{scheme}")


@pytest.mark.long
def test_the_network_is_gone(people: tuple[User, User], session: str) -> None:
    """CL9: a network that goes without a word is said within seconds while edits are on their way, and they go out after."""
    _, bob = people
    bob.go_to(1)
    bob.page.wait_for_load_state("networkidle")  # the language and what the page fetches ahead
    bob.page.context.set_offline(True)
    bob.type("  # on the train")
    expect(bob.page.locator("footer.status")).to_contain_text("kept here", timeout=10_000)
    bob.page.context.set_offline(False)
    bob.wait_saved()
    people[0].wait_text("# on the train")
