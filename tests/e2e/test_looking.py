"""Looking at what was: differences, any two revisions, files and blame of a revision."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.conftest import User
from tests.e2e.test_acting import shots
from tests.e2e.test_history import move, put

pytestmark = pytest.mark.browser

LINES = [f"def rule_{number}(tokens):\n    return len(tokens) + {number}\n" for number in range(60)]
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def newest(user: User, session: str) -> str:
    answer = user.page.request.get(f"{user.server.url}/api/sessions/{session}/revisions?limit=1")
    return str(answer.json()["revisions"][0]["id"])


def look(user: User, session: str, revision: str, rest: str = "") -> Page:
    user.page.goto(f"{user.server.url}/s/{session}/history/{revision}{rest}")
    return user.page


@pytest.fixture
def history(people: tuple[User, User]) -> tuple[User, str, list[str]]:
    """Ann's session: a file comes, changes at two places, is renamed and changes again."""
    ann, _ = people
    session = ann.make_session("Expression parser")
    ids = []
    put(ann, session, "src/rules.py", "".join(LINES))
    ids.append(newest(ann, session))
    lines = list(LINES)
    lines[10] = lines[10].replace("len(tokens)", "count(tokens)")
    lines[40] += '"""Of several lines,\n  return is no keyword\n"""\n'
    put(ann, session, "src/rules.py", "".join(lines))
    ids.append(newest(ann, session))
    move(ann, session, "src/rules.py", "src/grammar.py")
    ids.append(newest(ann, session))
    lines[10] = lines[10].replace("count(tokens)", "sum(tokens)")
    put(ann, session, "src/grammar.py", "".join(lines))
    ids.append(newest(ann, session))
    return ann, session, ids


def test_differences(history: tuple[User, str, list[str]]) -> None:
    """LK8: changed words are marked, code is coloured, folds open from both sides and whole, both layouts, F7 goes from change to change."""
    ann, session, ids = history
    page = look(ann, session, ids[1])
    region = page.get_by_role("region", name="Difference")
    expect(region.locator(".dc.add mark").first).to_have_text("count")
    expect(region.locator(".dc.add .tok-keyword").first).to_have_text("return")
    # Within the string of several lines nothing is a keyword.
    inside = region.locator(".dc.add", has_text="return is no keyword")
    expect(inside.locator(".tok-string")).to_have_count(1)
    expect(inside.locator(".tok-keyword")).to_have_count(0)
    ann.picture("looking-side")
    axe.check(ann.page)
    folds = region.locator(".gap")
    expect(folds.nth(1)).to_contain_text("54 unchanged lines")
    folds.nth(1).get_by_role("button", name="Show 20 more lines below").click()
    expect(folds.nth(1)).to_contain_text("34 unchanged lines")
    folds.nth(1).get_by_role("button", name="Show 20 more lines above").click()
    expect(folds.nth(1)).to_contain_text("14 unchanged lines")
    folds.nth(1).get_by_role("button", name="Show", exact=True).click()
    expect(region.get_by_text("def rule_30(tokens):").first).to_be_visible()
    page.get_by_role("button", name="Unified").click()
    expect(region.locator(".dl")).to_have_count(0)
    ann.picture("looking-unified")
    page.keyboard.press("F7")
    expect(region.locator("section").nth(1)).to_be_focused()
    page.keyboard.press("Shift+F7")
    region.locator(".no[data-side=new][data-line='22']").click()
    assert page.url.endswith("?file=src/rules.py#L22")
    page.reload()
    expect(region.locator(".dc.at")).to_contain_text("count(tokens)")
    page.get_by_role("button", name="Lines of src/rules.py").click()
    expect(region.locator(".dc.at")).to_be_hidden()


@pytest.mark.long
def test_line_ends(people: tuple[User, User]) -> None:
    """LK8: in a file of CR LF no line has a badge for it, until one has another end than before."""
    ann, _ = people
    session = ann.make_session("From Windows")
    lines = [f"line {number}\r\n" for number in range(8)]
    ann.put(session, "dos.txt", "".join(lines).encode())
    page = look(ann, session, newest(ann, session))
    region = page.get_by_role("region", name="Difference")
    expect(region.get_by_text("line 7")).to_be_visible()
    expect(region.locator(".ct-chip")).to_have_count(0)
    lines[3] = "line three\r\n"
    ann.put(session, "dos.txt", "".join(lines).encode())
    look(ann, session, newest(ann, session))
    expect(region.get_by_text("line three")).to_be_visible()
    expect(region.locator(".ct-chip")).to_have_count(0)
    ann.picture("looking-crlf")
    lines[5] = "line 5\n"
    ann.put(session, "dos.txt", "".join(lines).encode())
    look(ann, session, newest(ann, session))
    expect(region.locator(".dc.del .ct-chip")).to_have_text("CR")
    expect(region.locator(".ct-chip")).to_have_count(1)
    shots(ann, "looking-crlf-changed")


@pytest.mark.long
def test_any_two_revisions(history: tuple[User, str, list[str]]) -> None:
    """LK1, LK2: another revision is chosen from the list, the two change places, and the address has both."""
    ann, session, ids = history
    page = look(ann, session, ids[3])
    page.get_by_role("button", name="Compare with…").click()
    page.get_by_placeholder("Search in messages").fill("Add rules")
    page.get_by_role("option", name=re.compile("Add rules.py")).click()
    region = page.get_by_role("region", name="Difference")
    expect(region.get_by_text("from src/rules.py")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query) == {"base": [ids[0]]}
    expect(region.locator(".dc.add mark").first).to_have_text("sum")
    ann.picture("looking-two")
    axe.check(ann.page)
    page.get_by_role("button", name="Swap the two revisions").click()
    expect(region.locator(".dc.add mark").first).to_have_text("len")
    assert urlsplit(page.url).path.endswith(ids[0])
    page.get_by_role("button", name="Compare with the revision before").click()
    expect(region.locator(".tag", has_text="new")).to_be_visible()
    page.go_back()
    expect(region.locator(".dc.add mark").first).to_have_text("len")


@pytest.mark.long
def test_files_as_they_were(history: tuple[User, str, list[str]]) -> None:
    """LK1, LK5: folders of a revision are walked through to a file, which is read there and names its lines in the address."""
    ann, session, ids = history
    page = look(ann, session, ids[1])
    page.get_by_role("link", name="All files", exact=True).click()
    page.get_by_role("link", name=re.compile("^src")).click()
    ann.picture("looking-files")
    axe.check(ann.page)
    page.get_by_role("link", name=re.compile("^rules.py")).click()
    text = page.get_by_role("textbox", name="src/rules.py in revision")
    expect(text).to_contain_text("def rule_0(tokens):")
    expect(text.locator(".tok-keyword").first).to_have_text("def")
    page.locator(".cm-lineNumbers .cm-gutterElement", has_text=re.compile("^12$")).click()
    page.wait_for_url("**#L12")
    ann.picture("looking-file")
    axe.check(ann.page)
    page.goto(page.url.replace("#L12", "#L100"))
    page.reload()
    expect(page.locator(".cm-lineNumbers .cm-activeLineGutter")).to_have_text("100")
    text.press("x")
    expect(text).not_to_contain_text("xdef")
    look(ann, session, ids[1], "?view=file&file=src/nothing.py")
    expect(page.get_by_text("could not be loaded")).to_be_visible()
    look(ann, session, ids[1], "?view=files&folder=nowhere")
    expect(page.get_by_text("There was no folder nowhere")).to_be_visible()


@pytest.mark.long
def test_blame_and_what_was_before(history: tuple[User, str, list[str]]) -> None:
    """LK6: from a line to its revision, and to the file before it, through the rename; the cursor's line is told."""
    ann, session, ids = history
    page = look(ann, session, ids[3], "?view=blame&file=src/grammar.py#L22")
    bar = page.get_by_role("group", name="Blame")
    expect(bar).to_contain_text("Line 22")
    expect(bar).to_contain_text("Replace grammar.py")
    expect(page.locator(".ct-blame-mark").first).to_contain_text("Ann")
    ann.picture("looking-blame")
    axe.check(ann.page)
    bar.get_by_role("link", name="Blame before this").click()
    expect(page.get_by_role("textbox")).to_contain_text("count(tokens)")
    expect(bar).to_contain_text("Line 22")
    bar.get_by_role("link", name="Blame before this").click()
    expect(page.get_by_role("textbox", name="src/rules.py")).to_contain_text("len(tokens) + 10")
    expect(bar).to_contain_text("The file begins here")
    page.get_by_role("textbox").press("ArrowDown")
    expect(bar).to_contain_text("Line 23")
    page.go_back()
    bar.get_by_role("link", name=f"Show revision {ids[1][:7]}").click()
    region = page.get_by_role("region", name="Difference")
    expect(region.locator(".dc.at")).to_contain_text("count(tokens)")


@pytest.mark.long
def test_pictures_and_large_files(people: tuple[User, User]) -> None:
    """LK3: a picture is there before and after; a large difference is left out until it is asked for, and then comes in parts."""
    ann, _ = people
    session = ann.make_session("Pictures")
    url = f"{ann.server.url}/api/sessions/{session}/files"
    assert ann.page.request.put(f"{url}/dot.png", data=DOT).ok
    put(ann, session, "many.txt", "".join(f"number {number} of many\n" for number in range(50_000)))
    assert ann.page.request.put(f"{url}/dot.png", data=DOT + b"more").ok
    page = look(ann, session, newest(ann, session))
    region = page.get_by_role("region", name="Difference")
    expect(region.locator("figure img")).to_have_count(2)
    expect(region.locator("figcaption").last).to_contain_text("1 × 1")
    ann.picture("looking-pictures")
    axe.check(ann.page)
    put(ann, session, "many.txt", "".join(f"place {number} of many\n" for number in range(50_000)))
    look(ann, session, newest(ann, session))
    expect(region.get_by_text("This difference is large and was left out.")).to_be_visible()
    region.get_by_role("button", name="Show it").click()
    expect(region.get_by_text("99000 more lines of this difference")).to_be_visible()
    region.get_by_role("button", name="Show 1,000 more").click()
    expect(region.get_by_text("98000 more lines of this difference")).to_be_visible()
    put(ann, session, "line.txt", "x" * 400_000)
    look(ann, session, newest(ann, session))
    expect(region.get_by_text("and 398,000 more characters")).to_be_visible()


@pytest.mark.long
def test_since_last_here_and_blame_from_the_editor(people: tuple[User, User], session: str) -> None:
    """LK2, LK6: who comes back sees all that changed as one difference; the palette leads from a live text to its blame."""
    ann, bob = people
    ann.page.goto(f"{ann.server.url}/")
    ann.page.get_by_role("heading", name="Sessions", exact=True).wait_for()
    for number in range(2):
        put(bob, session, f"notes{number}.md", f"Number {number}\n")
    page = ann.page
    page.goto(f"{ann.server.url}/s/{session}/history")
    page.get_by_role("button", name="Since I was last here").click()
    region = page.get_by_role("region", name="Difference")
    expect(region.locator("article")).to_have_count(2)
    expect(page.get_by_role("button", name="2 files")).to_be_visible()
    assert "base=" in page.url
    ann.open(session, "parser.py")
    ann.go_to(1)
    ann.type("  # just now")
    page.keyboard.press("Control+Shift+P")
    page.keyboard.type("blame this file")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Blame")).to_contain_text("Ann")
    expect(page.get_by_role("textbox", name="parser.py in revision")).to_contain_text("# just now")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("link", name="Blame before this")).to_be_visible()
    ann.picture("looking-phone-blame")
    page.emulate_media(color_scheme="dark")
    page.get_by_role("link", name=re.compile("Show revision")).click()
    expect(region.locator(".dc.add").first).to_contain_text("# just now")
    expect(region.locator(".tok-keyword").first).to_be_visible()
    ann.picture("looking-phone-dark")
    axe.check(ann.page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
