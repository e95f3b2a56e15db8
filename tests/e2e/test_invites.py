"""Somebody is invited, by link or by code, with an account or without one, and writes with the others."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PASSWORD, User
from tests.process import ServerProcess

pytestmark = pytest.mark.browser


def make_link(owner: User, role: str, uses: str = "any") -> tuple[str, str]:
    """Makes a link in the share dialog and leaves it: (the link, its code)."""
    page = owner.page
    page.get_by_role("button", name="Share").click()
    page.get_by_label("Role of those who come").select_option(role)
    page.get_by_label("For how many").select_option(uses)
    page.get_by_role("button", name="Create link").click()
    page.get_by_role("button", name="Show").first.click()
    picture = page.get_by_alt_text("QR code of the invite link")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    dialog = page.get_by_role("dialog", name="Join as")
    url = dialog.locator("pre").inner_text()
    code = dialog.locator(".code").inner_text()
    assert url.startswith(f"{owner.server.url}/join#")
    assert re.fullmatch(r"[A-Z]{3}-[A-Z]{3}-[A-Z]{3}", code)
    owner.picture("invite")
    close_dialog(owner, "Join as")
    close_dialog(owner, "Share")
    return url, code


def close_dialog(user: User, name: str) -> None:
    user.page.keyboard.press("Escape")
    expect(user.page.get_by_role("dialog", name=name)).to_have_count(0)


def sign_up_here(page: Page, name: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Full name").fill(name.title())
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account and join").click()


def test_from_a_link_into_the_session(
    people: tuple[User, User], chromium: Browser, server: ServerProcess
) -> None:
    """IN6: a link opens in a browser without an account; signing up leads straight into the session, to type there at once."""
    ann, _ = people
    session = ann.make_session("Expression parser")
    ann.go_into(session)
    ann.page.get_by_role("button", name="New file").first.click()
    ann.page.get_by_label("Path").fill("a.py")
    ann.page.get_by_role("button", name="Create file").click()
    ann.page.locator(".cm-content:visible").wait_for()
    url, _ = make_link(ann, "editor", "1")
    context = chromium.new_context()
    context.set_default_timeout(15_000)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url + str(request.headers.get("referer"))))
    cid = User(context.new_page(), server, "cid")
    cid.page.goto(url)
    expect(cid.page.get_by_text("Ann invites you to edit", exact=True)).to_be_visible()
    expect(cid.page.get_by_text("Expression parser", exact=True)).to_be_visible()
    cid.picture("join")
    sign_up_here(cid.page, "cid")
    cid.page.wait_for_url(f"**/s/{session}")
    cid.open(session, "a.py")
    cid.go_to(1)
    cid.type("# from cid")
    ann.wait_text("# from cid")
    token = url.split("#")[1]
    leaks = [line for line in asked if token in line and not line.startswith(f"{server.url}/join#")]
    # the contract's address, which no history and no Referer has
    assert {line.removesuffix("None") for line in leaks} == {f"{server.url}/api/invites/{token}/accept"}
    cid.page.go_back()
    assert "/join" not in cid.page.url
    ann.page.get_by_role("button", name="Share").click()
    expect(ann.page.get_by_label("Role of Cid")).to_have_value("editor")
    expect(ann.page.get_by_text("used by all 1")).to_be_visible()
    assert cid.errors == []
    context.close()


@pytest.mark.long
def test_by_code_with_an_account(people: tuple[User, User]) -> None:
    """A code that was read out is typed on the page of sessions; the page says what it is for and as whom; one button."""
    ann, bob = people
    session = ann.make_session("Expression parser")
    ann.go_into(session)
    _, code = make_link(ann, "viewer")
    bob.go_home()
    field = bob.page.get_by_label("Invite link or code")
    field.fill("what")
    field.press("Enter")
    expect(bob.page.get_by_role("alert")).to_contain_text("no code of nine letters")
    field.fill(code.replace("-", " ").lower())
    field.press("Enter")
    expect(bob.page.get_by_text("Ann invites you to read", exact=True)).to_be_visible()
    expect(bob.page.get_by_text("You join as Bob.")).to_be_visible()
    bob.picture("join")
    bob.page.get_by_role("button", name="Join the session").click()
    bob.page.wait_for_url(f"**/s/{session}")
    expect(bob.page.get_by_role("heading", name="Expression parser")).to_be_visible()


@pytest.mark.long
def test_a_link_that_was_ended(people: tuple[User, User]) -> None:
    """A13: an ended link says so, and leaves the way open for another one."""
    ann, bob = people
    ann.go_into(ann.make_session("Expression parser"))
    url, _ = make_link(ann, "editor")
    ann.page.get_by_role("button", name="Share").click()
    ann.page.get_by_role("button", name="End this link").click()
    expect(ann.page.get_by_role("button", name="End this link")).to_have_count(0)
    bob.page.goto(url)
    expect(bob.page.get_by_role("alert")).to_contain_text("ended by an owner")
    bob.picture("gone")
    close_dialog(ann, "Share")
    other, _ = make_link(ann, "editor")
    bob.page.get_by_label("Invite link or code").fill(other)
    bob.page.get_by_role("button", name="Join", exact=True).click()
    bob.page.get_by_role("button", name="Join the session").click()
    bob.page.wait_for_url("**/s/*")


@pytest.mark.long
def test_not_me(people: tuple[User, User]) -> None:
    """Whoever is at somebody else's browser logs out on the page of the invite, logs in, and is in."""
    ann, bob = people
    session = ann.make_session("Expression parser")
    ann.go_into(session)
    url, _ = make_link(ann, "commenter")
    ann.page.goto("about:blank")
    ann.page.goto(url)
    expect(ann.page.get_by_text("You join as Ann.")).to_be_visible()
    ann.page.get_by_role("button", name="That is not me: log out").click()
    ann.page.get_by_label("Name", exact=True).fill("bob")
    ann.page.get_by_label("Password").fill("wrong")
    ann.page.get_by_role("button", name="Log in and join").click()
    expect(ann.page.get_by_role("alert")).to_contain_text("wrong")
    ann.page.get_by_label("Password").fill(PASSWORD)
    ann.page.get_by_role("button", name="Log in and join").click()
    ann.page.wait_for_url(f"**/s/{session}")
    bob.page.goto(f"{bob.server.url}/s/{session}")
    expect(bob.page.get_by_role("heading", name="Expression parser")).to_be_visible()


@pytest.mark.long
def test_where_nobody_makes_an_account(
    people: tuple[User, User], chromium: Browser, server: ServerProcess
) -> None:
    """IN2, IN6: where registration is closed, who has no account is told so before typing, and offered the login alone."""
    ann, _ = people
    session = ann.make_session("Closed")
    api = f"{server.url}/api"
    made = ann.page.request.post(f"{api}/sessions/{session}/invites", data={"role": "editor"}).json()
    assert ann.page.request.patch(f"{api}/admin/server", data={"registration": "closed"}).ok
    context = chromium.new_context()
    try:
        page = context.new_page()
        page.goto(f"{server.url}/join#{made['token']}")
        expect(page.get_by_text("people do not make accounts themselves")).to_be_visible()
        expect(page.get_by_role("button", name="Log in and join")).to_be_visible()
        expect(page.get_by_role("tab", name="Create account")).to_have_count(0)
        if os.environ.get("PICTURES"):
            page.screenshot(path=f"{os.environ['PICTURES']}/join-closed.png")
    finally:
        context.close()
        assert ann.page.request.patch(f"{api}/admin/server", data={"registration": "open"}).ok
