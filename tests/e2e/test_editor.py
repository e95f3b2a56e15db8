"""What people choose for their editor: keys, themes, what is shown; two people type at once all the while."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import User

pytestmark = pytest.mark.browser


def prefer(page: Page, choices: dict[str, str | bool]) -> None:
    """Chooses in the dialog by label."""
    page.get_by_role("button", name="Editor preferences").click()
    dialog = page.get_by_role("dialog", name="Editor preferences")
    for label, value in choices.items():
        field = dialog.get_by_label(label.replace("_", " "), exact=True)
        if isinstance(value, bool):
            field.set_checked(value)
        else:
            field.select_option(label=value)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def lines(user: User, first: int, last: int) -> list[str]:
    return (user.text() or "").split("\n")[first - 1 : last]


def vim(user: User) -> None:
    prefer(user.page, {"Keys as in": "Vim"})
    expect(user.page.locator(".cm-vim-panel")).to_contain_text("NORMAL")


def test_vim_while_another_types(people: tuple[User, User], session: str) -> None:
    """ED1: Vim's commands work while another types; `u` takes back my own edits only, and Ctrl-R brings them back."""
    ann, bob = people
    vim(ann)
    ann.go_to(1, end=False)
    ann.type("dd")
    bob.page.wait_for_function("() => !document.querySelector('.cm-content').textContent.includes('rule_0(')")
    bob.go_to(1, end=False)
    bob.type("# by bob\n")
    ann.wait_text("# by bob")
    ann.type("ohello")
    ann.page.keyboard.press("Escape")
    bob.wait_text("hello")
    bob.type("# more ")
    ann.wait_text("# more")
    ann.picture("vim")
    ann.type("u")
    bob.page.wait_for_function("() => !document.querySelector('.cm-content').textContent.includes('hello')")
    ann.type("uuu")
    bob.wait_text("rule_0(", "# by bob", "# more")
    ann.page.keyboard.press("Control+r")
    bob.page.wait_for_function("() => !document.querySelector('.cm-content').textContent.includes('rule_0(')")
    for _ in range(3):
        ann.page.keyboard.press("Control+r")
    bob.wait_text("hello", "# by bob", "# more")
    ann.wait_saved()
    assert ann.text() == bob.text()


@pytest.mark.long
def test_a_visual_selection_stays_on_its_text(people: tuple[User, User], session: str) -> None:
    """ED2: what Vim has selected stays selected when others type above it, and `.` repeats nothing of theirs."""
    ann, bob = people
    vim(ann)
    ann.go_to(4, end=False)
    ann.type("vj")
    bob.go_to(1, end=False)
    bob.type("# one\n# two\n")
    ann.wait_text("# two")
    ann.type("jy")
    ann.type("Gp")
    ann.wait_saved()
    assert "def rule_1(tokens: list[str]) -> int:\n    return len(tokens) + 1\n" in (ann.text() or "")[-90:]
    ann.go_to(4, end=False)
    ann.type("Oann ")
    bob.go_to(1, end=False)
    bob.type("THEIRS ")
    ann.wait_text("THEIRS")
    ann.type("types")
    ann.page.keyboard.press("Escape")
    ann.type("j.")
    ann.wait_saved()
    assert (ann.text() or "").count("THEIRS") == 1
    assert (ann.text() or "").count("ann types") == 2


@pytest.mark.long
def test_vim_saves_and_closes(people: tuple[User, User], session: str, source: Path) -> None:
    """ED3: `:w` makes a revision of what was typed just now, and `:q` closes the file."""
    ann, _ = people
    vim(ann)
    ann.go_to(1, end=False)
    ann.type("Osaved by hand")
    ann.page.keyboard.press("Escape")
    ann.type(":w")
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_text(re.compile("Saved as revision|Nothing to save")).first).to_be_visible()
    newest = ann.page.request.get(f"{ann.server.url}/api/sessions/{session}/revisions").json()["revisions"][0]
    diff = ann.page.request.get(
        f"{ann.server.url}/api/sessions/{session}/revisions/{newest['id']}/diff"
    ).text()
    assert "saved by hand" in diff
    ann.page.locator(".cm-content:visible").focus()
    ann.type(":q")
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_role("button", name=f"Close {source.name}")).to_have_count(0)


@pytest.mark.long
def test_escape_and_tab_leave_vim(people: tuple[User, User], session: str) -> None:
    """ED4: Escape ends what Vim is in and nothing around it; with Tab after it the keyboard leaves the editor."""
    ann, _ = people
    vim(ann)
    ann.page.locator(".cm-content:visible").focus()
    ann.type("i")
    expect(ann.page.locator(".cm-vim-panel")).to_contain_text("INSERT")
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator(".cm-vim-panel")).to_contain_text("NORMAL")
    expect(ann.page.get_by_role("log")).to_be_visible()
    assert ann.page.evaluate("() => document.activeElement.classList.contains('cm-content')")
    ann.page.keyboard.press("Escape")
    ann.page.keyboard.press("Tab")
    assert not ann.page.evaluate("() => document.activeElement.classList.contains('cm-content')")


@pytest.mark.long
def test_emacs(people: tuple[User, User], session: str) -> None:
    """ED5: killing and yanking, a mark that stays while another types, undo of my own, C-x C-s."""
    ann, bob = people
    prefer(ann.page, {"Keys as in": "Emacs"})
    page = ann.page
    ann.go_to(1, end=False)
    page.keyboard.press("Control+k")
    page.keyboard.press("Control+k")
    page.keyboard.press("Control+n")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+y")
    assert lines(ann, 1, 2) == ["    return len(tokens) + 0", "def rule_0(tokens: list[str]) -> int:"]
    # The mark is set, another types before it, and it is still set.
    page.keyboard.press("Control+p")
    page.keyboard.press("Control+Space")
    bob.go_to(1, end=False)
    bob.page.keyboard.press("Home")
    bob.type("# by bob\n")
    ann.wait_text("# by bob")
    page.keyboard.press("Control+e")
    page.keyboard.press("Control+n")
    page.keyboard.press("Alt+w")
    page.keyboard.press("Alt+Shift+Period")
    page.keyboard.press("Control+y")
    ann.wait_saved()
    assert (ann.text() or "").endswith("\n\ndef rule_0(tokens: list[str]) -> int:\n")
    for _ in range(4):
        page.keyboard.press("Control+/")
    ann.wait_saved()
    assert (ann.text() or "").count("def rule_0(tokens: list[str]) -> int:") == 1
    assert (ann.text() or "").startswith("# by bob")
    assert (ann.text() or "").endswith("return len(tokens) + 999\n\n")
    page.keyboard.press("Control+x")
    page.keyboard.press("Control+s")
    expect(page.get_by_text(re.compile("Saved as revision|Nothing to save")).first).to_be_visible()
    page.keyboard.press("Control+x")
    page.keyboard.press("k")
    expect(page.locator(".cm-content:visible")).to_have_count(0)


@pytest.mark.long
def test_preferences_hold_at_once_and_after_a_reload(people: tuple[User, User], session: str) -> None:
    """ED6: a theme, a size and the rest hold at once, are there after a reload, and are nobody else's."""
    ann, bob = people

    def look(user: User) -> list[str]:
        look: list[str] = user.page.evaluate(
            """() => { const e = document.querySelector('.cm-editor'); const s = getComputedStyle(e);
                return [s.backgroundColor, s.fontSize, getComputedStyle(e.querySelector('.cm-content')).whiteSpace,
                    getComputedStyle(document.documentElement).colorScheme] }"""
        )
        return look

    before = look(bob)
    assert before[:2] == ["rgb(255, 255, 255)", "13px"]
    prefer(
        ann.page,
        {
            "Editor in a light page": "Sepia",
            "Size of the text": "200 %",
            "Wrap long lines": True,
            "Show blanks and tabs": True,
        },
    )
    wanted = ["rgb(250, 243, 227)", "26px", "break-spaces", "light"]
    assert look(ann) == wanted
    expect(ann.page.locator(".cm-highlightSpace").first).to_be_attached()
    ann.picture("sepia")
    ann.page.reload()
    ann.page.locator(".cm-content:visible").wait_for()
    assert look(ann) == wanted
    assert look(bob) == before
    prefer(ann.page, {"Page": "Dark", "Editor in a dark page": "Dusk"})
    assert look(ann) == ["rgb(27, 32, 51)", "26px", "break-spaces", "dark"]
    ann.picture("dusk")
    ann.page.reload()
    ann.page.locator(".cm-content:visible").wait_for()
    assert look(ann)[0] == "rgb(27, 32, 51)"


@pytest.mark.long
def test_the_language_can_be_chosen(people: tuple[User, User], session: str) -> None:
    """ED7: a language is found by a part of its name, colours the text at once, and is kept for this file."""
    ann, _ = people
    status = ann.page.locator("footer.status")
    status.get_by_role("button", name="Python").click()
    ann.page.get_by_label("Search languages").fill("rub")
    ann.page.get_by_role("option", name="Ruby").click()
    expect(status.get_by_role("button", name="Ruby")).to_be_visible()
    ann.page.reload()
    expect(status.get_by_role("button", name="Ruby")).to_be_visible()
    status.get_by_role("button", name="Ruby").click()
    ann.page.get_by_role("option", name="By the file’s name").click()
    expect(status.get_by_role("button", name="Python")).to_be_visible()


@pytest.mark.long
def test_what_deceives_the_eye_is_shown(people: tuple[User, User], session: str, tmp_path: Path) -> None:
    """ED8: characters that turn the text around or are not seen are labelled, in the editor of everyone, and stay in the text."""
    ann, bob = people
    text = (
        "access = 'user\u202e \u2066# admin\u2069 \u2066'\n"
        "pass\u200bword = 1\u00a0+ 2\n"
        "soft\u00adhyphen \ufeff bom \U000e0041 tag\n"
        "family 👨‍👩‍👧 flag ❤️ and שלום is fine\n"
    )
    path = tmp_path / "trojan.py"
    path.write_text(text, encoding="utf-8")
    ann.upload(path)
    ann.open(session, path.name)
    chips = ann.page.locator(".cm-content:visible .ct-chip")
    expect(chips).to_have_text(
        ["RLO", "LRI", "PDI", "LRI", "ZWSP", "NBSP", "SHY", "BOM", "U+E0041"], use_inner_text=True
    )
    expect(chips.first).to_have_attribute("aria-label", "Right-to-left override (U+202E)")
    view = "content => (content.cmTile?.root ?? content.cmView).view.state.doc.toString()"
    assert ann.page.locator(".cm-content:visible").evaluate(view) == text
    ann.picture("bidi")
    # The chip stands where its character is: what comes after it in the text is on its right.
    line = ann.page.locator(".cm-content:visible .cm-line").first
    left, word = line.evaluate(
        """line => { const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
            const chip = line.querySelector('.ct-chip').getBoundingClientRect().x;
            for (let n = walker.nextNode(); n; n = walker.nextNode()) { const i = n.data.indexOf('admin');
                if (i >= 0) { const r = document.createRange(); r.setStart(n, i); r.setEnd(n, i + 5);
                    return [chip, r.getBoundingClientRect().x] } } }"""
    )
    assert word > left
    bob.open(session, path.name)
    expect(bob.page.locator(".cm-content:visible .ct-chip")).to_have_count(9)


@pytest.mark.long
def test_what_deceives_the_eye_is_shown_outside_of_the_editor(
    people: tuple[User, User], session: str, tmp_path: Path
) -> None:
    """ED8, CH8: a file's name and its text have the same chips in tree, tab, search, quick open, chat and history."""
    ann, _ = people
    page = ann.page
    path = tmp_path / "invoice\u00a02.py"
    path.write_text("admin = '\u2066yes'\n", encoding="utf-8")
    ann.upload(path)
    tree = page.get_by_role("treeitem").filter(has_text="invoice")
    expect(tree.locator(".ct-chip")).to_have_text("NBSP")
    tree.click()
    expect(page.get_by_role("navigation", name="Open files").locator(".ct-chip")).to_have_text("NBSP")
    page.keyboard.press("Control+Shift+F")
    page.get_by_role("searchbox", name="Search in all files").fill("admin")
    found = page.get_by_role("tree", name="Results of the search")
    expect(found.locator(".ct-chip")).to_have_text(["NBSP", "LRI"])
    ann.picture("bidi-search")
    page.keyboard.press("Control+p")
    page.get_by_role("combobox").fill("invoice")
    expect(page.get_by_role("option").first.locator(".ct-chip")).to_have_text("NBSP")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Chat").click()
    page.get_by_label("Message everyone here").fill("see\u200bit, n\u00b0\u00a07")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log").locator(".ct-chip").first).to_have_text("ZWSP")
    page.goto(f"{ann.server.url}/s/{session}/history")
    expect(page.locator(".rev .ct-chip").first).to_have_text("NBSP", timeout=15_000)
    page.locator(".rev").filter(has=page.locator(".ct-chip")).first.click()
    expect(page.get_by_role("region", name="Difference").locator(".dc.add .ct-chip")).to_have_text("LRI")
    ann.picture("bidi-history")


HOSTILE = "(a+)+$"


@pytest.mark.long
def test_a_hostile_pattern_does_not_hold_the_page(people: tuple[User, User]) -> None:
    """ED10: a pattern that would take for ever is stopped with a sentence; typing, finding and replacing go on, by others too."""
    ann, bob = people
    session = ann.make_session("Patterns")
    ann.put(session, "a.txt", "a" * 40 + "!\nbb 12\nbb 34\n")
    ann.let_in(session, "bob")
    for user in people:
        user.open(session, "a.txt")
    page = ann.page
    ann.go_to(2)
    page.keyboard.press("Control+h")
    find = page.get_by_role("textbox", name="Find")
    page.get_by_label("Regular expression", exact=True).check()
    said = page.locator(".ct-find-said")
    find.fill("(")
    find.press("End")
    expect(said).to_contain_text("not a regular expression yet")
    for places in ("^", "$", r"\b"):
        find.fill(places)
        find.press("End")
        expect(said).to_contain_text("matches places between characters")
    ann.picture("find-places")
    find.fill(HOSTILE)
    find.press("Enter")
    expect(said).to_contain_text("takes too long")
    ann.picture("hostile")
    page.get_by_role("button", name="Replace all").click()
    expect(said).to_contain_text("takes too long")
    bob.go_to(3)
    bob.type(" bob")
    ann.wait_text("34 bob")
    find.fill(r"(b+) (\d+)")
    find.press("Enter")
    expect(page.locator(".cm-searchMatch")).to_have_count(2)
    expect(said).to_be_hidden()
    page.get_by_role("textbox", name="Replace").fill("$2 $9")
    page.get_by_role("button", name="Replace all").click()
    expect(said).to_contain_text("no group 9")
    page.get_by_role("textbox", name="Replace").fill("$2 $1")
    page.get_by_role("button", name="Replace", exact=True).click()
    bob.wait_text("!\nbb 12\n34 bb bob")
    page.get_by_role("button", name="Replace all").click()
    bob.wait_text("!\n12 bb\n34 bb bob\n")
    ann.wait_saved()
    assert ann.text() == bob.text()


@pytest.mark.long
def test_vim_is_not_given_a_hostile_pattern(people: tuple[User, User]) -> None:
    """ED10: Vim's line refuses a repetition of what repeats, with a sentence, and searches for what does not."""
    ann, _ = people
    session = ann.make_session("Patterns")
    ann.put(session, "a.txt", "a" * 40 + "!\nbb\n")
    ann.open(session, "a.txt")
    vim(ann)
    ann.go_to(1, end=False)
    for line in (f"/{HOSTILE}", f":%s/{HOSTILE}/x/"):
        ann.type(line)
        ann.page.keyboard.press("Enter")
        expect(ann.page.get_by_text("A repetition within a repetition")).to_be_visible()
    ann.page.locator(".cm-content:visible").focus()
    ann.type("/b+")
    ann.page.keyboard.press("Enter")
    ann.type("x")
    ann.wait_text("!\nb\n")


_CHIPS = """() => [...document.querySelectorAll('.cm-content .ct-chip')].map(chip => chip.closest('.cm-line').textContent)"""


@pytest.mark.long
def test_chips_stay_in_their_places(people: tuple[User, User]) -> None:
    """ED8: what deceives the eye has its chip where it is, while somebody types above what is drawn; typing goes on."""
    ann, bob = people
    session = ann.make_session("Blanks")
    text = "".join(f"li\u200bne {line}\n" if line % 7 == 0 else f"line {line}\n" for line in range(600))
    ann.put(session, "a.txt", text)
    ann.let_in(session, "bob")
    for user in people:
        user.open(session, "a.txt")
    ann.go_to(300)
    bob.go_to(1, end=False)
    before = ann.page.evaluate(_CHIPS)
    assert len(before) > 3
    for typed in ("abc", "one\ntwo\n", "x"):
        bob.type(typed)
        bob.wait_saved()
    ann.wait_text("two\nx")
    ann.page.wait_for_timeout(300)
    assert ann.page.evaluate(_CHIPS) == before
    assert all(line.startswith("liZWSPne") for line in before), before[:2]
    ann.type("!")
    bob.wait_text("!")
    assert ann.text() == bob.text()
    ann.picture("chips")
