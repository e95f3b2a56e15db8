"""Sessions as zips, in real browsers."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import User
from tests.git import zips

pytestmark = pytest.mark.browser


@pytest.mark.long
def test_download(people: tuple[User, User], session: str) -> None:
    """ZP1: the zip holds what another has just typed."""
    ann, bob = people
    bob.go_to(1, end=False)
    bob.type("# by bob\n")
    ann.wait_text("# by bob")
    with ann.page.expect_download() as download:
        ann.page.get_by_role("button", name="Download", exact=True).click()
        ann.page.get_by_role("menuitem", name="All files as a zip").click()
    assert download.value.suggested_filename == "Expression parser.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["parser.py"]
        assert archive.read("parser.py").decode() == ann.text()
    expect(ann.page.locator(".cm-content:visible")).to_be_visible()


@pytest.mark.long
def test_download_as_it_was(people: tuple[User, User], session: str, source: Path) -> None:
    """ZP1: from the history page the zip holds the files as they were in that revision."""
    ann, _ = people
    ann.go_to(1, end=False)
    ann.type("# later\n")
    ann.wait_saved()
    ann.page.get_by_role("tab", name="History").click()
    ann.page.locator(".rev", has_text="Add parser.py").click()
    ann.page.get_by_role("button", name="More with this revision").click()
    with ann.page.expect_download() as download:
        ann.page.get_by_role("menuitem", name="Download all files as they were, as a zip").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.read("parser.py") == source.read_bytes()
    ann.picture("as-it-was")


@pytest.mark.long
def test_drop_on_a_new_session(people: tuple[User, User]) -> None:
    """ZP3: files that are dropped on the dialog of a new session are what it begins with, in one revision."""
    ann, _ = people
    page = ann.page
    ann.go_home()
    page.get_by_role("button", name="New session").first.click()
    transfer = page.evaluate_handle(
        """() => { const data = new DataTransfer()
        data.items.add(new File(['one'], 'é.py')); data.items.add(new File([''], 'b.md')); return data }"""
    )
    page.get_by_role("dialog").locator("form").dispatch_event("drop", {"dataTransfer": transfer})
    expect(page.get_by_role("dialog")).to_contain_text("2 files")
    page.get_by_label("Title").fill("Dropped")
    page.get_by_role("button", name="Create session").click()
    page.locator("[data-path='é.py']").click()
    ann.wait_text("one")
    page.get_by_role("tab", name="History").click()
    expect(page.locator(".rev")).to_have_count(1)


@pytest.mark.long
def test_begin_with_a_zip(people: tuple[User, User], tmp_path: Path) -> None:
    """ZP3: a session begins with the files of a zip, in one revision and without the folder they were in; a bad zip leaves no session."""
    ann, _ = people
    good, bad = tmp_path / "parser-main.zip", tmp_path / "bad.zip"
    good.write_bytes(zips.zipped([("parser-main/src/a.py", b"one\n"), ("parser-main/b.md", b"two\n")]))
    bad.write_bytes(zips.zipped([("../a.py", b"one\n")]))
    page = ann.page
    ann.go_home()
    page.get_by_role("button", name="New session").first.click()
    page.get_by_label("Files, a folder or a zip").check()
    choose(page, "Choose files…", bad)
    page.get_by_role("button", name="Create session").click()
    expect(page.get_by_role("alert").or_(page.locator(".err"))).to_contain_text(
        "cannot be the path of a file"
    )
    ann.picture("zip-refused")
    page.get_by_label("Title").fill("")
    choose(page, "Choose files…", good)
    expect(page.get_by_label("Title")).to_have_value("parser-main")
    page.get_by_role("button", name="Create session").click()
    page.wait_for_url("**/s/*")
    page.locator("[data-path='src/a.py']").click()
    ann.wait_text("one")
    page.get_by_role("tab", name="History").click()
    expect(page.locator(".rev")).to_have_count(1)
    expect(page.locator(".rev")).to_contain_text("Import 2 files from parser-main.zip")
    page.goto(ann.server.url)
    expect(page.get_by_role("link", name="parser-main")).to_have_count(1)


@pytest.mark.long
def test_unpack_in_the_workspace(people: tuple[User, User], session: str, tmp_path: Path) -> None:
    """ZP3, ZP4: a zip is unpacked or kept, as asked; what would replace a file is refused in words; several new files are one revision."""
    ann, bob = people
    archive = tmp_path / "more.zip"
    archive.write_bytes(zips.zipped([("parser.py", b"other\n"), ("x/y.py", b"new\n")]))
    page = ann.page
    choose(page, "Upload", archive)
    page.get_by_role("button", name="Unpack").click()
    expect(page.get_by_role("dialog")).to_contain_text("there is already parser.py")
    ann.picture("unpack-refused")
    expect(page.get_by_label("Into the folder")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    bad = tmp_path / "bad.zip"
    bad.write_bytes(zips.zipped([("good.py", b"x\n"), ("docs/con.txt", b"x\n")]))
    choose(page, "Upload", bad)
    page.get_by_role("button", name="Unpack").click()
    expect(
        page.get_by_role("dialog").get_by_text("'docs/con.txt' cannot be the path of a file")
    ).to_be_visible()
    expect(page.get_by_label("Into the folder")).not_to_have_attribute("aria-invalid", "true")
    ann.picture("unpack-bad-entry")
    page.get_by_label("Into the folder").fill("a//b")
    page.get_by_role("button", name="Unpack").click()
    expect(page.get_by_label("Into the folder")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    choose(page, "Upload", archive)
    page.get_by_label("Into the folder").fill("lib")
    page.get_by_role("button", name="Unpack").click()
    bob.page.locator("[data-path='lib/x/y.py']").wait_for()
    choose(page, "Upload", archive)
    page.get_by_label("Keep it as one file").check()
    page.get_by_role("button", name="Upload", exact=True).last.click()
    bob.page.locator("[data-path='more.zip']").wait_for()
    several = [tmp_path / f"{name}.txt" for name in "abc"]
    for file in several:
        file.write_text(file.name)
    choose(page, "Upload", *several)
    bob.page.locator("[data-path='c.txt']").wait_for()
    bob.page.get_by_role("tab", name="History").click()
    expect(bob.page.locator(".rev").first).to_contain_text("Import 3 files")
    expect(bob.page.locator(".rev", has_text="Import 2 files from more.zip")).to_have_count(1)


def choose(page: Page, button: str, *files: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button).first.click()
    chooser.value.set_files(list(files))


@pytest.mark.long
def test_a_session_begins_with_the_sample(people: tuple[User, User]) -> None:
    """AM12: from the empty list to the sample in two presses: its first page is open, with a history and a comment."""
    ann, _ = people
    ann.page.goto(ann.server.url)
    expect(ann.page.get_by_role("button", name="Try the sample")).to_be_visible()
    ann.picture("sessions-empty")
    ann.page.get_by_role("button", name="Try the sample").click()
    expect(ann.page.get_by_label("Title")).to_have_value("Weather station")
    expect(ann.page.get_by_label("A sample that shows every feature")).to_be_checked()
    ann.picture("new-session-sample")
    ann.page.get_by_role("button", name="Create session").click()
    ann.wait_text("# Weather station", "Try this")
    ann.page.get_by_role("tab", name="History").click()
    expect(ann.page.locator(".rev", has_text="First report that is right")).to_be_visible()
    ann.picture("sample")
    ann.page.goto(ann.server.url)
    row = ann.page.get_by_test_id("session").filter(has_text="Weather station")
    expect(row).to_contain_text("Python")
    expect(row).to_contain_text("You")
    expect(row).to_contain_text("7 files")
    ann.picture("sessions-sample")
