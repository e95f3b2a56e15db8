"""What a push by git does in open editors."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, User, git

pytestmark = pytest.mark.browser


def clone(user: User, session: str, folder: Path) -> Path:
    """A clone of the session by a person with a password."""
    copy = folder / "copy"
    login = user.server.url.replace("://", f"://{user.name}:{PASSWORD.replace(' ', '%20')}@")
    git("clone", "-q", f"{login}/git/{session}.git", str(copy))
    return copy


def push(copy: Path, message: str) -> None:
    """What was changed in the clone becomes a commit by Ann, and is pushed though the clone is behind."""
    git("-c", "user.name=Ann", "-c", "user.email=ann@x", "commit", "-qam", message, folder=copy)
    git("push", "--force", "-q", "origin", "main", folder=copy)


def test_a_push_lands_in_the_editor(people: tuple[User, User], session: str, tmp_path: Path) -> None:
    """PU1, PU5: a push arrives while one types; where both changed the same, a card shows both versions and leads there."""
    ann, bob = people
    copy = clone(ann, session, tmp_path)
    bob.go_to(2)
    bob.page.keyboard.press("Backspace")
    bob.type("5")
    bob.wait_saved()
    file = copy / "parser.py"
    text = file.read_text()
    changed = text.replace("len(tokens) + 0\n", "len(tokens) + 7\n").replace("def rule_999", "def last_rule")
    file.write_text(changed)
    push(copy, "Last rule")
    bob.wait_text("def last_rule", "len(tokens) + 5\n    return len(tokens) + 7\n")
    card = bob.page.get_by_role("region", name="Ann pushed a change of what was changed here too")
    expect(card).to_contain_text("Line 2: both versions stand below one another now.")
    expect(card.locator("pre").first).to_have_text("    return len(tokens) + 5\n", use_inner_text=False)
    expect(bob.page.get_by_text("Ann pushed with git. 1 file changed live")).to_be_visible()
    bob.picture("push")
    bob.page.emulate_media(color_scheme="dark")
    bob.picture("push-dark")
    bob.page.set_viewport_size({"width": 390, "height": 844})
    bob.picture("push-narrow")
    bob.page.set_viewport_size({"width": 1440, "height": 900})
    card.get_by_role("button", name="Show the place").click()
    bob.page.keyboard.type("    return 8")
    bob.wait_text("def rule_0(tokens: list[str]) -> int:\n    return 8\n")
    bob.picture("push-settled")
    card.get_by_role("button", name="Done").click()
    expect(card).to_be_hidden()
    git("pull", "-q", "--ff-only", folder=copy)
    assert "    return 8\n" in file.read_text()


@pytest.mark.long
def test_the_card_stays_for_whom_it_concerns(people: tuple[User, User], session: str, tmp_path: Path) -> None:
    """PU5: the card is there again after a reload until it is done; who had no part in it is told and sees none."""
    ann, bob = people
    copy = clone(ann, session, tmp_path)
    ann.go_to(2)
    ann.page.keyboard.press("Backspace")
    ann.type("5")
    ann.wait_saved()
    file = copy / "parser.py"
    file.write_text(file.read_text().replace("len(tokens) + 0\n", "len(tokens) + 7\n"))
    push(copy, "Seven")
    bob.wait_text("len(tokens) + 5\n    return len(tokens) + 7\n")
    expect(bob.page.get_by_text("Ann pushed with git. 1 file changed live")).to_be_visible()
    card = "Ann pushed a change of what was changed here too"
    expect(ann.page.get_by_role("region", name=card)).to_be_visible()
    expect(bob.page.get_by_role("region", name=card)).to_have_count(0)
    ann.page.reload()
    expect(ann.page.get_by_role("region", name=card)).to_contain_text("both versions stand below one another")
    ann.page.get_by_role("region", name=card).get_by_role("button", name="Done").click()
    expect(ann.page.get_by_role("region", name=card)).to_be_hidden()
    ann.page.reload()
    ann.page.locator(".cm-content:visible").wait_for()
    expect(ann.page.get_by_role("region", name=card)).to_have_count(0)


@pytest.mark.long
def test_who_was_away_gets_the_card(people: tuple[User, User], session: str, tmp_path: Path) -> None:
    """PU10: whose browser was closed when a push met their edits sees the card on return; when one settles it, it goes for all."""
    ann, bob = people
    copy = clone(ann, session, tmp_path)
    bob.go_to(2)
    bob.page.keyboard.press("Backspace")
    bob.type("5")
    bob.wait_saved()
    address = bob.page.url
    bob.page.goto("about:blank")
    file = copy / "parser.py"
    file.write_text(file.read_text().replace("len(tokens) + 0\n", "len(tokens) + 7\n"))
    push(copy, "Seven")
    name = "Ann pushed a change of what was changed here too"
    mine, hers = (user.page.get_by_role("region", name=name) for user in (bob, ann))
    expect(hers).to_be_visible()
    bob.page.goto(address.partition("?")[0])
    told = bob.page.locator(".toast", has_text="There is a place where a push met your edits")
    told.get_by_role("button", name="Show the place").click()
    bob.wait_text("len(tokens) + 5\n    return len(tokens) + 7\n")
    expect(mine).to_contain_text("Line 2: both versions stand below one another now.")
    for scheme in ("light", "dark"):
        bob.page.emulate_media(color_scheme=scheme)
        bob.picture(f"push-return-{scheme}")
    mine.get_by_role("button", name="Done").click()
    expect(mine).to_be_hidden()
    expect(hers).to_be_hidden()


@pytest.mark.long
def test_begin_with_a_push(people: tuple[User, User], tmp_path: Path) -> None:
    """PU3: a new session shows the commands that fill it, and its files appear when the push has landed."""
    ann, _ = people
    page = ann.page
    ann.go_home()
    page.get_by_role("button", name="New session").first.click()
    page.get_by_label("Title").fill("Pushed")
    page.get_by_role("radio", name="A repository, by git push").check()
    ann.picture("new-by-push")
    page.get_by_role("button", name="Create session").click()
    box = page.get_by_role("region", name="Or push a repository that you have")
    commands = box.locator("pre").inner_text().split("\n")
    assert len(commands) == 2
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 1440, "height": 900})
        ann.picture(f"push-here-{scheme}")
        page.set_viewport_size({"width": 390, "height": 844})
        ann.picture(f"push-here-{scheme}-narrow")
    page.set_viewport_size({"width": 1440, "height": 900})
    work = tmp_path / "work"
    work.mkdir()
    git("init", "-q", "-b", "trunk", folder=work)
    (work / "main.py").write_text("print('pushed')\n")
    git("add", "-A", folder=work)
    git("-c", "user.name=Ann", "-c", "user.email=ann@x", "commit", "-qm", "Work", folder=work)
    git("tag", "v1", folder=work)
    login = f"://ann:{PASSWORD.replace(' ', '%20')}@"
    for command in commands:
        git(*command.replace("://", login).split(" ")[1:], folder=work)
    page.locator("[data-path='main.py']").click()
    ann.wait_text("print('pushed')")
    expect(box).to_be_hidden()
    ann.picture("pushed")


@pytest.mark.long
def test_the_history_in_one_file(people: tuple[User, User], session: str, tmp_path: Path) -> None:
    """GT6: the bundle of the menu is a file from which git clones what is on the screen."""
    ann, _ = people
    ann.go_to(1, end=False)
    ann.type("# new\n")
    ann.page.get_by_role("button", name="Download", exact=True).click()
    ann.picture("download-menu")
    with ann.page.expect_download() as download:
        ann.page.get_by_role("menuitem", name="The whole history as a Git bundle").click()
    assert download.value.suggested_filename == "expression-parser.bundle"
    expect(ann.page.locator(".toast", has_text="The Git bundle is here:")).to_be_visible()
    git("clone", "-q", str(download.value.path()), str(tmp_path / "copy"))
    assert (tmp_path / "copy" / "parser.py").read_text() == ann.text()
    ann.server.kill()
    ann.page.get_by_role("button", name="Download", exact=True).click()
    ann.page.get_by_role("menuitem", name="The whole history as a Git bundle").click()
    expect(ann.page.locator(".toast", has_text="reach").first).to_be_visible()
    ann.server.start()


@pytest.mark.long
def test_commands_for_pushing(people: tuple[User, User], session: str) -> None:
    """PU4: the dialog for sharing says how to push, also from a clone that is behind."""
    ann, _ = people
    page = ann.page
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("pre", has_text="git push origin main")).to_be_visible()
    expect(dialog.locator("pre", has_text="git push origin HEAD:refs/for/main")).to_be_visible()
    dialog.locator("pre", has_text="refs/for").scroll_into_view_if_needed()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 1440, "height": 900})
        ann.picture(f"share-push-{scheme}")
        page.set_viewport_size({"width": 390, "height": 844})
        ann.picture(f"share-push-{scheme}-narrow")
