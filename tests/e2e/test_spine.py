"""Two people type in their browsers, and it is in Git."""

from __future__ import annotations

import resource
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import axe
from tests.e2e.conftest import PASSWORD, User, git
from tests.process import ServerProcess

pytestmark = pytest.mark.browser


def test_from_nothing_to_two_people(people: tuple[User, User], chromium: Browser, source: Path) -> None:
    """By the pages alone: an account, a session, a file from the disk, and somebody let in who then has it all."""
    _, bob = people
    context = chromium.new_context()
    context.set_default_timeout(15_000)
    dora = User(context.new_page(), bob.server, "dora")
    page = dora.page
    page.goto(bob.server.url)
    page.get_by_role("tab", name="Create account").click()
    page.get_by_label("Name", exact=True).fill("dora")
    page.get_by_label("Full name").fill("Dora")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("heading", name="Sessions", exact=True).wait_for()
    page.get_by_role("button", name="New session").first.click()
    page.get_by_label("Title").fill("Expression parser")
    page.get_by_role("button", name="Create session").click()
    page.wait_for_url("**/s/*")
    dora.upload(source)
    page.get_by_role("button", name="Share").click()
    page.get_by_label("Add someone").fill("bob")
    page.get_by_label("Role", exact=True).select_option("editor")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Role of Bob").wait_for()
    page.keyboard.press("Escape")
    bob.go_home()
    bob.page.get_by_role("link", name="Expression parser").click()
    bob.page.locator("[data-path='parser.py']").click()
    bob.wait_text("def rule_999(")
    bob.go_to(1)
    bob.type("  # by bob")
    page.locator("[data-path='parser.py']").click()
    dora.wait_text("# by bob")
    assert dora.errors == []
    context.close()


def test_two_people_type_at_once(people: tuple[User, User], session: str, source: Path) -> None:
    """Both type, in the same line too; each sees the other's caret and name, colours and who is there; chat outlives a reload."""
    ann, bob = people
    ann.go_to(2)
    bob.go_to(2)
    for i in range(10):
        ann.type(f"a{i}")
        bob.type(f"b{i}")
    ann.wait_text("a9", "b9")
    bob.wait_text("a9", "b9")
    ann.wait_saved()
    bob.wait_saved()
    assert ann.text() == bob.text()
    line = (ann.text() or "").splitlines()[1]
    assert sorted(line.removeprefix("    return len(tokens) + 0")) == sorted(
        "".join(f"a{i}b{i}" for i in range(10))
    )
    expect(ann.page.locator(".cm-editor").get_by_text("Bob").first).to_be_attached()
    expect(bob.page.locator(".cm-editor").get_by_text("Ann").first).to_be_attached()
    expect(ann.page.get_by_role("button", name="People here: 1")).to_contain_text("B")
    colours = ann.page.evaluate(
        "() => new Set([...document.querySelectorAll('.cm-line span')].map(s => getComputedStyle(s).color)).size"
    )
    assert colours >= 3, "code is not coloured"
    field = bob.page.get_by_label("Message everyone here")
    field.fill("Line 2 is a <b>mess</b>")
    field.press("Enter")
    expect(ann.page.get_by_role("log")).to_contain_text("Line 2 is a <b>mess</b>")
    ann.picture("typing")
    ann.page.reload()
    expect(ann.page.get_by_role("log")).to_contain_text("Line 2 is a <b>mess</b>")
    ann.wait_text("a9", "b9")
    assert ann.text() == bob.text()


def test_undo_takes_back_ones_own(people: tuple[User, User], session: str) -> None:
    """CL8: undo takes back what I typed and leaves what others typed meanwhile."""
    ann, bob = people
    ann.go_to(1, end=False)
    ann.page.keyboard.insert_text("mine")  # in one go: what is typed with pauses is undone in as many steps
    bob.wait_text("mine")
    bob.go_to(1, end=False)
    bob.type("theirs")
    ann.wait_text("theirs")
    ann.page.keyboard.press("Control+z")
    bob.page.wait_for_function("() => !document.querySelector('.cm-content')?.textContent.includes('mine')")
    assert (ann.text() or "").startswith("theirsdef rule_0")


def test_a_viewer_may_only_look(people: tuple[User, User], session: str) -> None:
    """RM7: a viewer sees others type, cannot type, and is told why."""
    ann, bob = people
    ann.page.get_by_role("button", name="Share").click()
    ann.page.get_by_label("Role of Bob").select_option("viewer")
    expect(bob.page.get_by_text("You can still read, but no longer edit.")).to_be_visible()
    ann.page.keyboard.press("Escape")
    bob.page.locator(".cm-content:visible").focus()
    bob.type("nothing")
    ann.go_to(1, end=False)
    ann.type("# hello ")
    bob.wait_text("# hello def rule_0")
    assert "nothing" not in (bob.text() or "")
    bob.picture("viewer")


def test_a_pause_makes_a_revision(people: tuple[User, User], session: str, source: Path) -> None:
    """After a pause the history has a revision of both; its diff is shown with colours; restoring it is a live edit for both."""
    ann, bob = people
    ann.go_to(1, end=False)
    bob.go_to(3001, end=False)
    # Both within one pause, on a busy machine too.
    ann.page.keyboard.insert_text("# by ann\n")
    bob.page.keyboard.insert_text("# by bob")
    bob.wait_text("# by ann", "# by bob")
    ann.wait_text("# by ann", "# by bob")
    ann.page.get_by_role("tab", name="History").click()
    row = ann.page.locator(".rev", has_text="Edit parser.py").first
    row.wait_for()
    expect(row.locator(".av")).to_have_count(2)
    row.click()
    ann.page.wait_for_url("**/history/*")
    diff = ann.page.get_by_role("main")
    expect(diff).to_contain_text("# by ann")
    expect(diff).to_contain_text("# by bob")
    ann.page.wait_for_timeout(500)
    ann.picture("diff")
    ann.page.locator(".rev", has_text="Add parser.py").first.click()
    expect(ann.page.get_by_role("heading", name="Add parser.py")).to_be_visible()
    ann.page.get_by_role("button", name="Restore this file…").first.click()
    ann.page.get_by_role("button", name="Restore file").click()
    original = source.read_text()
    bob.page.wait_for_function(
        "length => ([...document.querySelectorAll('.cm-content')].filter(c => c.offsetParent)"
        ".map(c => (c.cmTile?.root ?? c.cmView).view.state.doc.length)[0]) === length",
        arg=len(original),
    )
    assert bob.text() == original
    bob.page.get_by_role("tab", name="History").click()
    bob.page.locator(".rev", has_text="Restore parser.py").first.wait_for()
    bob.picture("restored")


def test_a_clone_is_what_is_on_the_screen(
    people: tuple[User, User], session: str, server: ServerProcess, tmp_path: Path
) -> None:
    """GT1: half a second after a keystroke a clone has it; fsck is clean; blame names who typed; one line a window."""
    ann, bob = people
    ann.go_to(1, end=False)
    ann.type("# typed by ann\n")
    bob.wait_text("# typed by ann")
    bob.go_to(3002)
    bob.type("# typed by bob\n")
    bob.page.wait_for_timeout(500)
    url = f"http://ann:{quote(PASSWORD)}@127.0.0.1:{server.port}/git/{session}.git"
    git("clone", "--quiet", url, str(tmp_path / "clone"))
    clone = tmp_path / "clone"
    assert (clone / "parser.py").read_text() == ann.text() == bob.text()
    git("fsck", "--strict", folder=clone)
    blame = git("blame", "--line-porcelain", "parser.py", folder=clone).splitlines()
    authors = [line.removeprefix("author ") for line in blame if line.startswith("author ")]
    assert authors[0] == "Ann"
    assert authors[3000:] == ["Ann", "Bob"] or authors[3001:] == ["Bob"]
    assert set(authors[1:3000]) == {"Ann"}
    windows = git("log", "--first-parent", "--format=%s", folder=clone).splitlines()
    assert windows[-1] == "Add parser.py"
    assert set(windows[:-1]) == {"Edit parser.py"}


def test_killed_in_the_middle(people: tuple[User, User], session: str, server: ServerProcess) -> None:
    """JR1, CL4: after kill -9 both browsers come back by themselves; what was typed while it was away arrives once."""
    ann, bob = people
    ann.go_to(1, end=False)
    ann.type("# before\n")
    ann.wait_saved()
    bob.wait_text("# before")
    server.kill()
    ann.type("# ann, away\n")
    bob.go_to(3000)
    bob.type("# bob, away")
    expect(ann.page.locator("footer.status")).to_contain_text("kept here", timeout=15_000)
    ann.picture("away")
    axe.check(ann.page)
    server.start()
    ann.wait_text("# before", "# ann, away", "# bob, away")
    bob.wait_text("# before", "# ann, away", "# bob, away")
    ann.wait_saved()
    bob.wait_saved()
    assert ann.text() == bob.text()
    for part in ("# before", "# ann, away", "# bob, away"):
        assert (ann.text() or "").count(part) == 1


def test_a_disk_that_takes_nothing(people: tuple[User, User], session: str, server: ServerProcess) -> None:
    """JR3, P10: while the server cannot save, a banner says so; what is typed is kept, and goes out by itself when it can."""
    ann, bob = people
    ann.go_to(1, end=False)
    ann.type("# before\n")
    ann.wait_saved()
    limits = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (4_096, limits[1]))
    ann.type("# not yet\n")
    banner = ann.page.get_by_role("alert").filter(has_text="The server cannot save")
    expect(banner).to_contain_text("kept in this browser", timeout=15_000)
    ann.type("# nor this\n")
    ann.picture("cannot-save")
    axe.check(ann.page)
    assert "# not yet" not in (bob.text() or "")
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, limits)
    bob.wait_text("# not yet", "# nor this")
    ann.wait_saved()
    expect(banner).to_have_count(0)
    assert ann.text() == bob.text()


def test_a_reload_while_the_server_is_away(
    people: tuple[User, User], session: str, server: ServerProcess
) -> None:
    """CL5: what was typed while the server was away outlives the tab, and is sent when both are back."""
    ann, bob = people
    ann.go_to(1, end=False)
    ann.type("# before\n")
    ann.wait_saved()
    server.kill()
    ann.type("# kept in the browser\n")
    ann.page.wait_for_timeout(600)
    address = ann.page.url
    ann.page.goto("about:blank")
    server.start()
    ann.page.goto(address)
    bob.wait_text("# kept in the browser")
    ann.wait_text("# kept in the browser")
    ann.wait_saved()
    assert ann.text() == bob.text()
    assert (bob.text() or "").count("# kept in the browser") == 1
