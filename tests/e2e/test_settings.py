"""Looking after one's account, a session and the server, in real browsers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PASSWORD, User
from tests.process import ServerProcess

pytestmark = pytest.mark.browser


@pytest.mark.long
def test_account_page(chromium: Browser, people: tuple[User, User], server: ServerProcess) -> None:
    """AM1: a wrong current password is said beside its field; ending another login puts that browser out of its session."""
    ann, _ = people
    session = ann.make_session("Parser")
    context = chromium.new_context()
    context.set_default_timeout(15_000)
    other = context.new_page()
    other.goto(f"{server.url}/login")
    other.get_by_label("Name", exact=True).fill("ann")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Log in").click()
    other.get_by_role("heading", name="Sessions", exact=True).wait_for()
    other.goto(f"{server.url}/s/{session}")
    other.get_by_text("Connected", exact=True).wait_for()

    page = ann.page
    page.goto(server.url)
    page.get_by_role("button", name="Ann: account").click()
    page.get_by_role("menuitem", name="Account").click()
    page.get_by_label("Current password").fill("wrong")
    page.get_by_label("New password").fill("nine green lamps")
    page.get_by_role("button", name="Change password").click()
    page.get_by_text("The current password is not right.").wait_for()
    assert page.get_by_label("Current password").get_attribute("aria-invalid") == "true"
    page.get_by_role("button", name="End the login on Chrome on Linux").click()
    other.get_by_text("You were logged out.").wait_for()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    page.get_by_text("Your password is another now.").first.wait_for()
    ann.picture("account")
    context.close()


@pytest.mark.long
def test_session_settings(people: tuple[User, User], server: ServerProcess, session: str) -> None:
    """AM2, AM5: the owner archives, takes back and deletes a session under the other's eyes, who is told each time."""
    ann, bob = people

    def settings() -> None:
        ann.page.get_by_role("button", name="Expression parser").click()
        ann.page.get_by_role("menuitem", name="Session settings…").click()

    settings()
    ann.page.get_by_label("Title", exact=True).fill("Parser of expressions")
    ann.page.get_by_role("button", name="Save", exact=True).click()
    bob.page.get_by_role("heading", name="Parser of expressions").wait_for()
    ann.page.get_by_role("button", name="Parser of expressions").click()
    ann.page.get_by_role("menuitem", name="Session settings…").click()
    ann.page.get_by_label("Title", exact=True).fill("Expression parser")
    ann.page.get_by_role("button", name="Save", exact=True).click()
    settings()
    ann.page.get_by_role("button", name="Archive session").click()
    bob.page.get_by_text("This session is archived").first.wait_for()
    before = bob.text()
    bob.page.locator(".cm-content:visible").focus()
    bob.type("not any more")
    assert bob.text() == before
    settings()
    ann.page.get_by_role("button", name="Take out of the archive").click()
    bob.page.get_by_text("This session is archived").first.wait_for(state="hidden")
    bob.go_to(1)
    bob.type("  # again")
    ann.wait_text("# again")
    settings()
    ann.page.get_by_label("To confirm").fill("Parser")
    ann.page.get_by_role("button", name="Delete session").click()
    ann.page.get_by_text("This is not the title.").wait_for()
    ann.page.get_by_label("To confirm").fill("Expression parser")
    ann.page.get_by_role("button", name="Delete session").click()
    bob.page.get_by_text("This session was deleted.").wait_for()
    ann.page.get_by_role("heading", name="Sessions", exact=True).wait_for()
    ann.page.get_by_text("No sessions yet").wait_for()


def test_administration(people: tuple[User, User], server: ServerProcess) -> None:
    """AM7, AM10, Z6: an admin hands over a link for a new password, which works once; disables an account under its hands; and
    finds it all in the log."""
    ann, bob = people
    session = bob.make_session("Parser")
    bob.go_into(session)
    ann.go_home()
    ann.page.get_by_role("button", name="Ann: account").click()
    ann.page.get_by_role("menuitem", name="Administration").click()
    ann.page.get_by_role("button", name="Actions for Bob").click()
    ann.page.get_by_role("menuitem", name="Link for a new password…").click()
    link = ann.page.get_by_label("The link", exact=True).input_value()
    ann.page.keyboard.press("Escape")

    bob.page.get_by_text("Connected", exact=True).wait_for()
    other = bob.page.context.new_page()
    other.goto(link)
    other.get_by_label("New password").fill("short")
    other.get_by_role("button", name="Set password").click()
    other.locator("[aria-invalid='true']").wait_for()
    other.get_by_label("New password").fill("nine green lamps")
    other.get_by_role("button", name="Set password").click()
    other.get_by_text("You can log in now as bob.").wait_for()
    bob.page.get_by_text("You were logged out.").wait_for()
    other.get_by_role("link", name="Log in").click()
    other.get_by_label("Name", exact=True).fill("bob")
    other.get_by_label("Password").fill("nine green lamps")
    other.get_by_role("button", name="Log in").click()
    other.get_by_role("heading", name="Sessions", exact=True).wait_for()
    again = bob.page.context.new_page()
    again.goto(link)
    again.get_by_label("New password").fill("seven red doors")
    again.get_by_role("button", name="Set password").click()
    again.get_by_text("This link was used or has expired.").wait_for()

    other.goto(f"{server.url}/s/{session}")
    other.get_by_text("Connected", exact=True).wait_for()
    ann.page.get_by_role("button", name="Actions for Bob").click()
    ann.page.get_by_role("menuitem", name="Disable…").click()
    ann.page.get_by_role("button", name="Disable", exact=True).click()
    other.get_by_text("Your account was disabled by an administrator.").wait_for()
    bob.page = other
    bob.picture("disabled")
    ann.page.get_by_label("Who may make an account").select_option("closed")
    ann.page.get_by_role("link", name="Sessions", exact=True).click()
    ann.page.get_by_text("Owned by bob").wait_for()
    ann.page.get_by_role("link", name="Log", exact=True).click()
    for sentence in (
        "bob set a new password by a link",
        "ann disabled bob",
        "ann set registration to closed",
    ):
        ann.page.get_by_text(sentence).wait_for()
    ann.picture("administration")

    # Nothing is offered on the first page that would be refused.
    other.goto(f"{server.url}/login")
    other.get_by_text("No accounts can be made here by oneself.").wait_for()
    expect(other.get_by_role("tab", name="Create account")).to_have_count(0)
    bob.picture("login-closed")
    ann.ask("PATCH", "/api/admin/server", {"registration": "invite"})
    other.reload()
    other.get_by_text("New accounts are by invitation").wait_for()
    ann.ask("PATCH", "/api/admin/server", {"registration": "open"})
    other.reload()
    expect(other.get_by_role("tab", name="Create account")).to_be_visible()


@pytest.mark.long
def test_shell_beside_the_server(people: tuple[User, User], server: ServerProcess, session: str) -> None:
    """AM6, Z6: `user disable` in a shell beside the running server puts that person out within seconds, and nobody else."""
    ann, bob = people
    command = [sys.executable, "-m", "code_together", "user", "disable", "bob", "--data", str(server.data)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    bob.page.get_by_text("Your account was disabled by an administrator.").wait_for(timeout=5_000)
    ann.go_to(1)
    ann.type("  # still here")
    ann.wait_saved()
