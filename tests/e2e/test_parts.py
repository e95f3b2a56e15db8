"""What of a page comes later, while the server cannot be reached."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.conftest import User
from tests.process import ServerProcess

pytestmark = pytest.mark.browser


@pytest.mark.long
def test_a_part_that_cannot_come(server: ServerProcess, people: tuple[User, User], session: str) -> None:
    """CL11: what is opened first while the server is away says so, and is there as soon as the server is; so is a page."""
    ann, _ = people
    server.kill()
    ann.page.get_by_role("button", name="Share").click()
    expect(ann.page.get_by_text("This needs the server, which cannot be reached.").first).to_be_visible()
    ann.page.get_by_role("button", name="History", exact=True).or_(
        ann.page.get_by_role("link", name="Open the history page")
    ).first.click()
    expect(ann.page.locator(".cm-content:visible")).to_be_visible()
    server.start()
    expect(ann.page.get_by_role("dialog", name="Share")).to_be_visible(timeout=30_000)


@pytest.mark.long
def test_a_part_that_is_gone(server: ServerProcess, people: tuple[User, User], session: str) -> None:
    """CL11: a part that a server of another version has no more is not asked for again and again: the page is to be loaded again."""
    ann, _ = people
    asked: list[str] = []

    def gone(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=404)

    ann.page.route("**/assets/ShareDialog-*", gone)
    ann.page.reload()
    ann.page.get_by_role("button", name="Share").click()
    toast = ann.page.locator(".toast", has_text="of an older version than the server")
    expect(toast).to_be_visible()
    expect(ann.page.get_by_text("This needs the server, which cannot be reached.")).to_have_count(0)
    ann.picture("part-gone")
    ann.page.unroute("**/assets/ShareDialog-*")
    toast.get_by_role("button", name="Load again").click()
    ann.page.get_by_text("Connected", exact=True).wait_for(state="attached")
    ann.page.get_by_role("button", name="Share").click()
    expect(ann.page.get_by_role("dialog", name="Share")).to_be_visible()


@pytest.mark.long
def test_what_came_in_time(people: tuple[User, User], session: str) -> None:
    """CL11: a few seconds after a session was opened all of its parts are there, also without the server."""
    ann, _ = people
    came: list[str] = []
    ann.page.on("response", lambda response: came.append(response.url))
    ann.open(session, "parser.py")
    for _ in range(100):
        if any("DeletedFiles" in url for url in came) and any("ShareDialog" in url for url in came):
            break
        ann.page.wait_for_timeout(250)
    ann.page.wait_for_timeout(1_000)  # the last of them
    ann.page.context.set_offline(True)
    ann.page.get_by_role("button", name="New file").click()
    expect(ann.page.get_by_role("dialog")).to_be_visible()
    ann.page.keyboard.press("Escape")
    ann.page.get_by_role("button", name="Share").click()
    expect(ann.page.get_by_role("dialog")).to_be_visible()
    ann.page.context.set_offline(False)
