"""The files of a session, in real browsers: the tree, moving and copying, pictures, what was deleted."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import User

pytestmark = pytest.mark.browser


def picture(width: int, height: int) -> bytes:
    """A PNG with a diagonal of colours and a clear half."""
    rows = b"".join(
        b"\0"
        + b"".join(
            bytes((x * 255 // width, y * 255 // height, 160, 255 if x > y else 90)) for x in range(width)
        )
        for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">2I5B", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def put(user: User, session: str, path: str, data: bytes) -> None:
    """What an upload by a script does."""
    status = user.page.evaluate(
        """async ([address, data]) => (await fetch(address, {
            method: 'PUT', body: Uint8Array.from(atob(data), c => c.charCodeAt(0)),
        })).status""",
        [f"/api/sessions/{session}/files/{path}", base64.b64encode(data).decode()],
    )
    assert status in (200, 201), status


def row(page: Page, path: str) -> Locator:
    return page.locator(f"[role=treeitem][data-path='{path}']")


@pytest.fixture
def tree(people: tuple[User, User], session: str) -> str:
    """The session, with a few folders and a picture."""
    ann, _ = people
    for path in ("src/app.py", "src/deep/util.py", "docs/notes.md", ".gitignore"):
        put(ann, session, path, f"# {path}\n".encode())
    put(ann, session, "docs/sky.png", picture(640, 400))
    for user in people:
        row(user.page, "docs/sky.png").wait_for()
    return session


def test_keys_of_the_tree(people: tuple[User, User], tree: str) -> None:
    """FL5: arrows, Home, End, letters and * go over the tree; one row is in the order of the tab key."""
    ann, _ = people
    page = ann.page
    row(page, "docs").focus()
    page.keyboard.press("ArrowLeft")
    expect(row(page, "docs")).to_have_attribute("aria-expanded", "false")
    expect(row(page, "docs/notes.md")).to_have_count(0)
    page.keyboard.press("End")
    expect(row(page, "parser.py")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("*")
    expect(row(page, "docs")).to_have_attribute("aria-expanded", "true")
    page.keyboard.type("sr")
    expect(row(page, "src")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(row(page, "src/deep")).to_be_focused()
    expect(row(page, "src/deep")).to_have_attribute("aria-level", "2")
    expect(row(page, "src/deep")).to_have_attribute("aria-setsize", "2")
    expect(page.locator("[role=tree] [tabindex='0']")).to_have_count(1)
    expect(row(page, ".gitignore")).to_be_visible()


@pytest.mark.long
def test_duplicate(people: tuple[User, User], tree: str) -> None:
    """FL1: a copy gets a free name, is there for the other at once, and opens."""
    ann, bob = people
    page = ann.page
    row(page, "src/app.py").focus()
    page.keyboard.press("Control+d")
    field = page.get_by_label("Path", exact=True)
    expect(field).to_have_value("src/app copy.py")
    ann.picture("duplicate")
    page.get_by_role("button", name="Duplicate", exact=True).click()
    expect(row(bob.page, "src/app copy.py")).to_be_visible()
    expect(page.locator(".cm-content:visible")).to_contain_text("# src/app.py")
    row(page, "src").click(button="right")
    ann.picture("tree-menu")
    page.get_by_role("menuitem", name="Duplicate").click()
    expect(field).to_have_value("src copy")
    field.fill("again/src")
    page.get_by_role("button", name="Duplicate", exact=True).click()
    expect(row(bob.page, "again/src/deep/util.py")).to_be_visible()


@pytest.mark.long
def test_drag_to_move(people: tuple[User, User], tree: str) -> None:
    """A file that is dragged to a folder moves for both, who has it open goes on typing in it, and the move can be taken back."""
    ann, bob = people
    page = ann.page
    row(page, "parser.py").drag_to(row(page, "src/deep"))
    expect(row(page, "src/deep/parser.py")).to_be_visible()
    expect(row(page, "parser.py")).to_have_count(0)
    expect(row(bob.page, "src/deep/parser.py")).to_have_attribute("aria-selected", "true")
    bob.go_to(1)
    bob.type("  # still here")
    ann.wait_text("still here")
    page.get_by_role("button", name="Undo").click()
    expect(row(bob.page, "parser.py")).to_be_visible()
    # A folder, with a picture that is open, to the top and into another.
    row(page, "docs/sky.png").click()
    row(page, "docs").drag_to(row(page, "src"))
    expect(row(page, "src/docs/sky.png")).to_have_attribute("aria-selected", "true")
    row(page, "src/docs").drag_to(row(page, "parser.py"))
    expect(row(bob.page, "docs/sky.png")).to_be_visible()


@pytest.mark.long
def test_cut_and_paste(people: tuple[User, User], tree: str) -> None:
    """What dragging does the keyboard does: cut or copy, and paste in a folder."""
    ann, bob = people
    page = ann.page
    row(page, "docs/notes.md").focus()
    page.keyboard.press("Control+x")
    row(page, "src/app.py").focus()
    page.keyboard.press("Control+v")
    expect(row(bob.page, "src/notes.md")).to_be_visible()
    row(page, "src/notes.md").focus()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(row(bob.page, "src/notes copy.md")).to_be_visible()


@pytest.mark.long
def test_two_move_one_file(people: tuple[User, User], tree: str) -> None:
    """FL2: who comes second hears why."""
    ann, bob = people
    bob.page.route("**/files/src/app.py", lambda route: (ann_moves(ann), route.continue_()))
    row(bob.page, "src/app.py").drag_to(row(bob.page, "docs"))
    expect(bob.page.get_by_text("it may have been moved or deleted meanwhile").first).to_be_visible()
    expect(row(bob.page, "src/deep/app.py")).to_be_visible()


def ann_moves(ann: User) -> None:
    ann.page.evaluate(
        """session => fetch(`/api/sessions/${session}/files/src/app.py`, {
            method: 'PATCH', headers: {'Content-Type': 'application/json'},
            body: JSON.stringify({path: 'src/deep/app.py'}),
        })""",
        ann.page.url.split("/s/")[1].split("?")[0],
    )


@pytest.mark.long
def test_deleted_files(people: tuple[User, User], tree: str) -> None:
    """FL3, FL4: a deleted folder's files are listed, can be looked at, and come back for both."""
    ann, bob = people
    page = ann.page
    row(page, "docs").focus()
    page.keyboard.press("Delete")
    expect(page.get_by_role("dialog")).to_contain_text("2 files go with it")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(row(bob.page, "docs/sky.png")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Deleted files").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    expect(dialog.get_by_role("listitem").first).to_contain_text("Ann")
    ann.picture("deleted-files")
    dialog.get_by_role("button", name="notes.md docs").click()
    expect(dialog.get_by_text("# docs/notes.md")).to_be_visible()
    ann.picture("deleted-look")
    dialog.get_by_role("button", name="To the list").click()
    expect(dialog.get_by_role("button", name="notes.md docs")).to_be_focused()
    dialog.get_by_label("Filter by path").fill("sky")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    dialog.get_by_role("button", name="Bring back docs/sky.png").click()
    expect(row(bob.page, "docs/sky.png")).to_be_visible()
    expect(page.get_by_role("img", name="The picture sky.png")).to_be_visible()


@pytest.mark.long
def test_a_deleted_file_that_comes_back(people: tuple[User, User], tree: str) -> None:
    """FL8: the tab that had the file open is the living file's again, for whoever was there and whoever was away meanwhile."""
    ann, bob = people
    api = f"{ann.server.url}/api/sessions/{tree}"
    for user in people:
        row(user.page, "docs/notes.md").click()
        user.wait_text("# docs/notes.md")
    for away in (False, True):
        was = ann.page.request.get(f"{api}/revisions?limit=1").json()["revisions"][0]["id"]
        bob.page.context.set_offline(away)
        assert ann.page.request.delete(f"{api}/files/docs/notes.md").ok
        expect(ann.page.get_by_text("This file was deleted.")).to_be_visible()
        restored = ann.page.request.post(f"{api}/restore", data={"revision": was, "path": "docs/notes.md"})
        assert restored.ok, restored.text()
        bob.page.context.set_offline(False)
        for user in people:
            expect(user.page.locator(".cm-content:visible")).to_have_attribute("contenteditable", "true")
            expect(user.page.get_by_text("This file was deleted.")).to_have_count(0)
            row(user.page, "docs/notes.md").click()
            expect(user.page.locator(".tab", has_text="notes.md")).to_have_count(1)
        bob.page.locator(".cm-content:visible").click()
        bob.type(f"again{away} ")
        ann.wait_text(f"again{away} ")


@pytest.mark.long
def test_pictures(people: tuple[User, User], tree: str) -> None:
    """FL6: a picture is shown with its size, to fit or pixel for pixel, and anew when it is replaced; a broken one says so."""
    ann, bob = people
    page = ann.page
    row(page, "docs/sky.png").click()
    image = page.get_by_role("img", name="The picture sky.png")
    expect(image).to_be_visible()
    expect(page.get_by_text("640 × 400 pixels")).to_be_visible()
    ann.picture("picture")
    put(bob, tree, "docs/sky.png", picture(1600, 1200))
    expect(page.get_by_text("1600 × 1200 pixels")).to_be_visible()
    board = page.locator(".board")
    assert board.evaluate("e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight")
    page.get_by_role("button", name="100 %").click()
    assert image.evaluate("e => e.width") == 1600
    ann.picture("picture-whole")
    put(bob, tree, "docs/broken.png", b"\x89PNG\r\n\x1a\n\0\0\0 nothing of the kind")
    row(page, "docs/broken.png").click()
    expect(page.get_by_role("heading", name="broken.png cannot be shown as a picture.")).to_be_visible()
    ann.picture("picture-broken")
    put(bob, tree, "docs/data.bin", b"\0\1\2" * 50)
    row(page, "docs/data.bin").click()
    expect(page.get_by_role("heading", name="This file is not text")).to_be_visible()


@pytest.mark.long
def test_what_cannot_be_edited(people: tuple[User, User], tree: str) -> None:
    """FL7: a text in no encoding that comes back opens for reading, with the reason, read as one likes."""
    ann, _ = people
    page = ann.page
    noise = random.Random(0)
    put(ann, tree, "odd.txt", b"plain words\n" + bytes(noise.randrange(1, 256) for _ in range(400)))
    row(page, "odd.txt").click()
    expect(page.get_by_text("in no encoding that would come back")).to_be_visible()
    text = page.get_by_label("Text of odd.txt, read only")
    expect(text).to_contain_text("plain words")
    read = text.text_content()
    page.get_by_label("Read as").select_option("koi8-r")
    expect(text).not_to_have_text(read or "")
    expect(text).to_contain_text("plain words")
    ann.picture("plain")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.log"
    path.write_text("".join(f"line {number} of a long log file\n" for number in range(400_000)))
    return path


@pytest.mark.long
def test_longer_than_the_limit(people: tuple[User, User], session: str, large: Path) -> None:
    """FL7: a text above the limit opens for reading with the reason, as far as it is read at once."""
    ann, _ = people
    assert large.stat().st_size > 10_000_000
    ann.upload(large)
    expect(ann.page.get_by_text("large.log is longer than 10,000,000 characters")).to_be_visible()
    expect(ann.page.get_by_text("Shown are the first 2 MB of")).to_be_visible()
    expect(ann.page.get_by_text("line 0 of a long log file")).to_be_visible()
    ann.picture("long")
    # Also where it is the only one that brings the editor's styles.
    ann.page.goto(ann.page.url.split("?")[0] + "?file=large.log")
    ann.page.get_by_role("button", name="Close parser.py").click()
    ann.page.reload()
    expect(ann.page.get_by_text("line 0 of a long log file")).to_be_in_viewport()
    assert ann.page.locator(".cm-scroller").evaluate("e => getComputedStyle(e).display") == "flex"


@pytest.mark.long
def test_bad_names_are_said_beside_the_field(people: tuple[User, User], session: str) -> None:
    """WN8: a name that no file may have is refused with its reason, before it is sent and by the server too."""
    ann, _ = people
    ann.page.get_by_role("button", name="New file").first.click()
    dialog = ann.page.get_by_role("dialog")
    field = dialog.get_by_label("Path", exact=True)
    for path, sentence in (
        ("", "Give a path."),
        ("../x", "A path stays in the session"),
        ("a//b", "A name between two slashes"),
        (".git/config", ".git belongs to Git"),
        ("con", "con is the name of a device on Windows"),
        ("x" * 256, "A name in it is too long"),
        ("parser.py", "There is parser.py already"),
        ("PARSER.py", "There is parser.py already, and not every system"),
        ("parser.py/x", "parser.py is a file"),
    ):
        field.fill(path)
        field.press("Enter")
        expect(dialog.get_by_role("alert")).to_contain_text(sentence)
    ann.picture("bad-name")
    field.fill("good.py")
    expect(dialog.get_by_role("alert")).to_have_count(0)
    refused = ann.page.request.put(f"{ann.server.url}/api/sessions/{session}/files/con", data="x")
    assert refused.json()["error"]["code"] == "bad_path"


@pytest.mark.long
def test_a_link_to_no_file(people: tuple[User, User], session: str) -> None:
    """An address of a file that is not there says what became of it, and leads on: make it, open it by its new name, bring it back."""
    ann, bob = people
    api = f"{ann.server.url}/api/sessions/{session}/files"
    ann.page.goto(f"{ann.server.url}/s/{session}?file=notes/new.md")
    expect(ann.page.get_by_role("heading", name="There is no file notes/new.md")).to_be_visible()
    expect(ann.page.get_by_text("Nobody has made a file of this name")).to_be_visible()
    ann.picture("no-such-file")
    ann.page.get_by_role("button", name="Make this file").click()
    ann.page.get_by_role("button", name="Create file").click()
    ann.page.wait_for_url("**/s/*?file=notes/new.md")
    ann.page.locator(".cm-content:visible").wait_for()

    assert ann.page.request.put(f"{api}/old.py", data="pass\n").ok
    assert ann.page.request.delete(f"{api}/old.py").ok
    bob.page.goto(f"{bob.server.url}/s/{session}?file=old.py")
    expect(bob.page.get_by_text("It was deleted by Ann")).to_be_visible()
    bob.picture("deleted-file")
    bob.page.get_by_role("button", name="Look in the deleted files").click()
    bob.page.get_by_role("button", name="Bring back old.py").click()
    bob.wait_text("pass")

    assert ann.page.request.patch(f"{api}/old.py", data={"path": "better.py"}).ok
    bob.page.goto(f"{bob.server.url}/s/{session}?file=old.py")
    expect(bob.page.get_by_text("Ann has renamed it to better.py")).to_be_visible()
    bob.page.get_by_role("button", name="Open better.py").click()
    bob.wait_text("pass")
    expect(bob.page.get_by_role("heading", name="There is no file")).to_have_count(0)
    bob.page.goto(f"{bob.server.url}/s/{session}?file=nothing.py")
    bob.page.get_by_role("button", name="Back to what is open").click()
    bob.wait_text("pass")
    bob.page.wait_for_url("**/s/*?file=better.py")
