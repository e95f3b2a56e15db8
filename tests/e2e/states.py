"""Every page and every main state of it, and the way there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.team import Team
from tests.e2e.test_files import row


@dataclass
class Visit:
    """Somebody at a window of this width who goes somewhere."""

    page: Page
    team: Team
    narrow: bool

    def go(self, path: str) -> None:
        # Nothing of the state before stays: neither open files nor panes.
        self.page.goto(self.team.server.url + "/healthz")
        self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear() }")
        self.page.goto(self.team.server.url + path)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        self.button(name).filter(visible=True).first.click()

    def dialog(self) -> None:
        expect(self.page.get_by_role("dialog").last).to_be_visible()

    def open(self, path: str = "src/parser.py") -> None:
        self.go(f"/s/{self.team.session}?file={path}")
        expect(self.page.get_by_text("Connected", exact=True)).to_be_attached()
        if path.endswith((".py", ".md", ".txt")):
            self.page.locator(".cm-content:visible").first.wait_for()

    def part(self, name: str) -> None:
        """Goes to a panel: a tab on the right, or at the bottom of a phone."""
        if self.narrow:
            self.page.get_by_role("navigation", name="Parts of the session").get_by_text(name).click()
        elif name != "Files":
            self.page.get_by_role("tab", name=name).click()

    def ask(self, who: str, method: str, path: str, data: Any = None) -> Any:
        """Asks the server as somebody, past all pages."""
        browser = self.page.context.browser
        assert browser
        context = browser.new_context(base_url=self.team.server.url, storage_state=self.team.logins[who])
        answer = context.request.fetch(f"/api/sessions/{self.team.session}/{path}", method=method, data=data)
        assert answer.ok, f"{method} {path}: {answer.status} {answer.text()}"
        found = None if answer.status == 204 else answer.json()
        context.close()
        return found

    def history(self, rest: str = "") -> None:
        self.go(f"/s/{self.team.session}/history{rest}")
        self.page.locator(".rev").first.wait_for(state="attached")


Way = Callable[[Visit], None]
STATES: dict[str, tuple[str | None, Way]] = {}
"""By name: who is there (nobody: None), and the way."""
WIDE_ONLY = {"split", "while-away"}
AWAY = [
    {
        "author": {"name": "cid", "display_name": "Cid Okonkwo-Vandenberghe", "email": "cid@localhost"},
        "files": [
            {"path": f"src/{name}.py", "added": 1_200, "removed": 3} for name in ("parser", "gone", "lexer")
        ],
    }
]
"""What Cid did meanwhile."""


def state(who: str | None = "ann") -> Callable[[Way], Way]:
    def add(way: Way) -> Way:
        STATES[way.__name__.replace("_", "-")] = (who, way)
        return way

    return add


# ---- before one is in


@state(None)
def login(v: Visit) -> None:
    v.go("/login")
    v.page.get_by_label("Name", exact=True).fill("ann")
    v.page.get_by_label("Password").fill("wrong")
    v.page.get_by_role("button", name="Log in").click()
    expect(v.page.get_by_role("alert")).to_be_visible()


@state(None)
def sign_up(v: Visit) -> None:
    v.go("/login")
    v.page.get_by_role("tab", name="Create account").click()
    v.page.get_by_role("button", name="Create account").click()
    expect(v.page.locator("[aria-invalid='true']").first).to_be_visible()


@state(None)
def join_by_link(v: Visit) -> None:
    v.go(f"/join#{v.team.token}")
    expect(v.page.get_by_text("Ann Meyer invites you to edit", exact=True)).to_be_visible()


@state("new")
def join_by_code(v: Visit) -> None:
    v.go("/join")
    v.page.get_by_label("Invite link or code").fill(v.team.code)
    v.page.get_by_role("button", name="Join", exact=True).click()
    expect(v.page.get_by_text("You join as Newt.")).to_be_visible()


@state(None)
def join_empty(v: Visit) -> None:
    v.go("/join")
    expect(v.page.get_by_label("Invite link or code")).to_be_visible()


@state(None)
def join_gone(v: Visit) -> None:
    v.go("/join#" + "a" * len(v.team.token))
    expect(v.page.get_by_role("alert")).to_be_visible()


@state(None)
def reset(v: Visit) -> None:
    v.go(f"/reset#{v.team.reset}")
    v.page.get_by_label("New password").fill("short")
    v.page.get_by_role("button", name="Set password").click()
    expect(v.page.locator("[aria-invalid='true']")).to_be_visible()


@state(None)
def reset_incomplete(v: Visit) -> None:
    v.go("/reset")
    expect(v.page.get_by_role("alert")).to_be_visible()


@state(None)
def certificate(v: Visit) -> None:
    v.go("/certificate")
    expect(v.page.get_by_text("no authority of its own")).to_be_visible()


@state(None)
def not_found(v: Visit) -> None:
    v.go("/nothing/here")
    expect(v.page.get_by_role("heading").first).to_be_visible()


# ---- sessions


@state()
def sessions(v: Visit) -> None:
    v.go("/")
    v.page.get_by_text("Archived (1)").click()
    expect(v.page.get_by_role("link", name="Last year")).to_be_visible()


@state("new")
def sessions_of_others(v: Visit) -> None:
    v.go("/")
    expect(v.page.get_by_role("link", name="A shared playground")).to_be_visible()


@state()
def new_session(v: Visit) -> None:
    v.go("/")
    v.press("New session")
    v.dialog()
    v.page.get_by_role("button", name="Create session").click()
    expect(v.page.locator("[aria-invalid='true']")).to_be_visible()


@state()
def new_session_of_the_sample(v: Visit) -> None:
    v.go("/")
    v.press("New session")
    v.page.get_by_label("A sample that shows every feature").check()
    expect(v.page.get_by_label("Title")).to_have_value("Weather station")


@state()
def new_session_of_files(v: Visit) -> None:
    v.go("/")
    v.press("New session")
    v.page.get_by_label("Files, a folder or a zip").check()
    expect(v.page.get_by_role("button", name="Choose files…")).to_be_visible()


@state()
def account_menu(v: Visit) -> None:
    v.go("/")
    v.press("Ann Meyer: account")
    expect(v.page.get_by_role("menu")).to_be_visible()


@state("new")
def unknown_session(v: Visit) -> None:
    v.go("/s/aaaaaaaaaaaa")
    expect(v.page.get_by_role("heading", name="There is no such session")).to_be_visible()


# ---- the workspace


@state()
def workspace(v: Visit) -> None:
    v.open()
    expect(v.page.locator(".ct-caret, .ct-selection").first).to_be_attached()


@state()
def no_such_file(v: Visit) -> None:
    v.go(f"/s/{v.team.session}?file=old.py")
    expect(v.page.get_by_text("It was deleted by Bob")).to_be_visible()


@state()
def workspace_none_open(v: Visit) -> None:
    v.go(f"/s/{v.team.session}")
    expect(v.page.get_by_role("heading", name="No file is open")).to_be_attached()


@state()
def workspace_empty(v: Visit) -> None:
    v.go(f"/s/{v.team.empty}")
    expect(v.page.get_by_role("heading", name="Nothing here yet")).to_be_attached()


@state("vera")
def workspace_of_a_viewer(v: Visit) -> None:
    v.open()
    v.page.get_by_text("You can read here, not edit").first.wait_for()


@state("new")
def removed(v: Visit) -> None:
    v.ask("ann", "PUT", "members/new", {"role": "editor"})
    v.open()
    v.ask("ann", "DELETE", "members/new")
    expect(v.page.get_by_text("You were removed from this session.")).to_be_visible()


@state()
def toast(v: Visit) -> None:
    v.open()
    v.page.locator(".cm-content:visible").first.focus()
    v.page.keyboard.press("Control+s")
    v.page.get_by_role("dialog").get_by_role("textbox").first.press("Enter")
    expect(v.page.locator(".toast")).to_be_visible()


@state("cid")  # who is at no other window: else one was not away
def while_away(v: Visit) -> None:
    v.page.route(
        "**/api/sessions/*/away",
        lambda route: route.fulfill(json={"since": "2026-11-01T10:00:00Z", "people": AWAY, "more": True}),
        times=1,
    )
    v.open()
    expect(v.page.get_by_role("region", name="While you were away")).to_be_visible()


@state()
def split(v: Visit) -> None:
    v.open()
    v.press("Split right")
    row(v.page, "README.md").click()
    expect(v.page.locator(".cm-content:visible")).to_have_count(2)


@state()
def files(v: Visit) -> None:
    v.open()
    v.part("Files")
    expect(row(v.page, "docs")).to_be_visible()


@state()
def files_menu(v: Visit) -> None:
    v.open()
    v.part("Files")
    row(v.page, "src/parser.py").click(button="right")
    expect(v.page.get_by_role("menu")).to_be_visible()


@state()
def new_file(v: Visit) -> None:
    v.open()
    v.part("Files")
    v.press("New file")
    v.dialog()
    v.page.get_by_label("Path", exact=True).fill("../outside")
    v.page.get_by_role("button", name="Create file").click()
    expect(v.page.locator("[aria-invalid='true']")).to_be_visible()


@state()
def delete_folder(v: Visit) -> None:
    v.open()
    v.part("Files")
    row(v.page, "docs").focus()
    v.page.keyboard.press("Delete")
    expect(v.page.get_by_role("dialog")).to_contain_text("go with it")


@state()
def deleted_files(v: Visit) -> None:
    v.open()
    v.part("Files")
    v.press("Deleted files")
    expect(v.page.get_by_role("dialog").get_by_role("listitem").first).to_be_visible()


@state()
def chat(v: Visit) -> None:
    v.open()
    v.part("Chat")
    expect(v.page.get_by_role("log").locator("article").last).to_be_visible()
    v.page.get_by_label("Message everyone here").fill("@b")
    expect(v.page.get_by_role("listbox")).to_be_visible()


@state()
def chat_empty(v: Visit) -> None:
    v.go(f"/s/{v.team.empty}")
    v.part("Chat")
    expect(v.page.get_by_role("heading", name="No messages yet")).to_be_visible()


@state()
def chat_search(v: Visit) -> None:
    v.open()
    v.part("Chat")
    v.page.get_by_role("button", name="Search in the chat").first.click()
    v.page.get_by_role("searchbox").filter(visible=True).last.fill("sure")
    v.page.locator("mark").filter(visible=True).first.wait_for()


@state()
def comments(v: Visit) -> None:
    v.open("README.md")
    v.part("Comments")
    expect(v.page.get_by_role("button", name="Reads well").filter(visible=True)).to_be_visible()


@state()
def comments_empty(v: Visit) -> None:
    v.go(f"/s/{v.team.empty}")
    v.part("Comments")
    expect(v.page.get_by_role("heading", name="No open comments").filter(visible=True)).to_be_visible()


@state()
def comment_thread(v: Visit) -> None:
    v.open("README.md")
    v.part("Comments")
    v.page.get_by_role("button", name="Reads well").filter(visible=True).first.click()
    expect(v.page.locator(".ct-card:visible .msg")).to_have_count(2)


@state()
def history_panel(v: Visit) -> None:
    v.open()
    v.part("History")
    expect(v.page.locator(".rev").first).to_be_visible()


@state()
def search(v: Visit) -> None:
    v.open()
    v.part("Search")
    v.page.get_by_role("searchbox", name="Search in all files").fill("token")
    expect(v.page.get_by_role("tree", name="Results of the search")).to_be_visible()
    expect(v.page.locator(".body mark").first).to_be_visible()


@state()
def search_wrong(v: Visit) -> None:
    v.open()
    v.part("Search")
    v.press("Regular expression")
    v.page.get_by_role("searchbox", name="Search in all files").fill("token(")
    expect(v.page.locator("[aria-invalid='true']")).to_be_visible()


@state()
def find_in_file(v: Visit) -> None:
    v.open()
    v.page.locator(".cm-content:visible").focus()
    v.page.keyboard.press("Control+f")
    v.page.locator(".cm-panel input").first.fill("token")


@state()
def preferences(v: Visit) -> None:
    v.open()
    v.press("Editor preferences")
    v.dialog()


@state()
def language(v: Visit) -> None:
    v.open()
    v.page.get_by_role("button", name="Language").or_(v.button("Python")).filter(visible=True).first.click()
    expect(v.page.get_by_role("listbox")).to_be_visible()


@state()
def preview(v: Visit) -> None:
    v.open("README.md")
    v.press("Preview")
    v.page.frame_locator(".preview iframe:not([aria-hidden='true'])").get_by_role("heading").wait_for()


@state()
def picture(v: Visit) -> None:
    v.open("docs/sky.png")
    expect(v.page.get_by_role("img", name="The picture sky.png")).to_be_visible()


@state()
def binary(v: Visit) -> None:
    v.open("data.bin")
    expect(v.page.get_by_role("heading", name="This file is not text")).to_be_visible()


@state()
def odd_text(v: Visit) -> None:
    v.open("odd.txt")
    expect(v.page.get_by_text("in no encoding that would come back")).to_be_visible()


@state()
def too_large(v: Visit) -> None:
    v.open("large.log")
    expect(v.page.get_by_text("line 0 of a long log file")).to_be_visible()


@state()
def people_here(v: Visit) -> None:
    v.open()
    v.page.get_by_role("button", name="People here").click()
    expect(v.page.get_by_role("dialog")).to_be_visible()


@state()
def following(v: Visit) -> None:
    v.open("README.md")
    v.page.get_by_role("button", name="People here").click()
    v.page.get_by_role("button", name="Follow Bob").click()
    expect(v.page.get_by_text("Following Bob").first).to_be_visible()


@state()
def share(v: Visit) -> None:
    v.open()
    v.press("Share")
    expect(v.page.get_by_label("Role of Bob")).to_be_visible()


@state()
def invite(v: Visit) -> None:
    v.open()
    v.press("Share")
    v.page.get_by_role("button", name="Create link").click()
    v.page.get_by_role("button", name="Show").first.click()
    expect(v.page.get_by_alt_text("QR code of the invite link")).to_be_visible()


@state()
def session_menu(v: Visit) -> None:
    v.open()
    v.press("Expression parser")
    expect(v.page.get_by_role("menuitem").last).to_be_visible()


@state()
def session_settings(v: Visit) -> None:
    v.open()
    v.press("Expression parser")
    v.page.get_by_role("menuitem", name="Session settings…").click()
    v.page.get_by_role("button", name="Delete session").click()
    expect(v.page.get_by_role("alert")).to_be_visible()


@state()
def leave(v: Visit) -> None:
    v.open()
    v.press("Expression parser")
    v.page.get_by_role("menuitem", name="Leave session…").click()
    v.dialog()


# ---- the history


@state()
def history(v: Visit) -> None:
    v.history()


@state()
def history_of_a_revision(v: Visit) -> None:
    v.history(f"/{v.team.revision}")
    region = v.page.get_by_role("region", name="Difference")
    expect(region).to_be_visible()
    region.scroll_into_view_if_needed()
    v.page.locator(".cm-line, .diff, td, [role=row]").filter(visible=True).first.wait_for()


@state()
def history_comment(v: Visit) -> None:
    v.history(f"/{v.team.revision}")
    v.page.locator(".diff .no[data-side=new][data-line]").first.focus()
    v.page.keyboard.press("c")
    expect(v.page.get_by_role("textbox", name="Write a comment")).to_be_focused()


@state()
def history_file_comment(v: Visit) -> None:
    v.history(f"/{v.team.revision}?view=file&file=src/parser.py")
    v.page.locator(".cm-content:visible").focus()
    v.page.keyboard.press("Control+Alt+m")
    expect(v.page.get_by_role("textbox", name="Write a comment")).to_be_focused()


@state()
def files_as_they_were(v: Visit) -> None:
    v.history(f"/{v.team.revision}?view=files")
    expect(v.page.get_by_role("link", name="src").filter(visible=True).first).to_be_visible()


@state()
def file_as_it_was(v: Visit) -> None:
    v.history(f"/{v.team.revision}?view=file&file=src/parser.py")
    v.page.locator(".cm-content:visible").wait_for()


@state()
def blame(v: Visit) -> None:
    v.history(f"/{v.team.revision}?view=blame&file=src/parser.py#L24")
    expect(v.page.get_by_role("group", name="Blame")).to_be_visible()


@state()
def compare(v: Visit) -> None:
    v.history(f"/{v.team.revision}")
    v.press("Compare with…")
    expect(v.page.get_by_role("option").first).to_be_visible()


@state()
def name_a_revision(v: Visit) -> None:
    v.history(f"/{v.team.revision}")
    if v.narrow:
        v.press("More with this revision")
        v.page.get_by_role("menuitem", name="Name this revision…").click()
    else:
        v.press("Name…")
    v.dialog()


@state()
def revert_conflict(v: Visit) -> None:
    revisions = v.ask("ann", "GET", "revisions?path=src/parser.py")["revisions"]
    v.history(f"/{revisions[-1]['id']}")
    v.press("Undo this revision…")
    v.press("Undo it")
    expect(v.page.get_by_role("dialog", name="This cannot be undone")).to_be_visible()


@state()
def playback(v: Visit) -> None:
    v.go(f"/s/{v.team.session}/history/playback?file=README.md")
    v.page.get_by_role("slider", name="Place in the life of the file").wait_for()


@state()
def history_people(v: Visit) -> None:
    v.history()
    v.press("Everyone")
    expect(v.page.get_by_role("menuitemcheckbox").first).to_be_visible()


@state()
def history_files(v: Visit) -> None:
    v.history()
    v.press("All files")
    expect(v.page.get_by_placeholder("Find a file")).to_be_visible()


@state()
def history_none(v: Visit) -> None:
    v.history()
    v.press("Search in messages")
    v.page.get_by_role("searchbox", name="Search in messages").fill("never said")
    expect(v.page.get_by_role("heading", name="No such revisions")).to_be_visible()


@state()
def history_empty(v: Visit) -> None:
    v.go(f"/s/{v.team.empty}/history")
    expect(v.page.get_by_role("heading").nth(1)).to_be_attached()


# ---- oneself and the server


@state()
def account(v: Visit) -> None:
    v.go("/account")
    v.page.get_by_label("Current password").fill("wrong")
    v.page.get_by_label("New password").fill("nine green lamps")
    v.page.get_by_role("button", name="Change password").click()
    expect(v.page.get_by_text("The current password is not right.")).to_be_visible()


@state()
def admin(v: Visit) -> None:
    v.go("/admin")
    expect(v.page.get_by_text("Cid Okonkwo-Vandenberghe")).to_be_visible()


@state()
def admin_menu(v: Visit) -> None:
    v.go("/admin")
    v.press("Actions for Bob")
    expect(v.page.get_by_role("menu")).to_be_visible()


@state()
def admin_reset_link(v: Visit) -> None:
    v.go("/admin")
    v.press("Actions for Newt")
    v.page.get_by_role("menuitem", name="Link for a new password…").click()
    expect(v.page.get_by_label("The link", exact=True)).to_be_visible()


@state()
def admin_disable(v: Visit) -> None:
    v.go("/admin")
    v.press("Actions for Bob")
    v.page.get_by_role("menuitem", name="Disable…").click()
    v.dialog()


@state()
def admin_sessions(v: Visit) -> None:
    v.go("/admin/sessions")
    expect(v.page.get_by_text("Owned by bob")).to_be_visible()


@state()
def admin_log(v: Visit) -> None:
    v.go("/admin/log")
    expect(v.page.get_by_text("ann added bob").first).to_be_visible()


@state("bob")
def admin_refused(v: Visit) -> None:
    v.go("/admin")
    v.page.get_by_role("heading").first.wait_for()


# ---- to get around


@state()
def go_to_file(v: Visit) -> None:
    v.open()
    v.page.keyboard.press("Control+p")
    v.dialog()
    expect(v.page.get_by_role("option").first).to_be_visible()


@state()
def commands(v: Visit) -> None:
    v.open()
    v.page.keyboard.press("Control+Shift+p")
    v.dialog()
    expect(v.page.get_by_role("option").first).to_be_visible()


@state()
def all_keys(v: Visit) -> None:
    v.open()
    if v.narrow:
        v.page.locator(".tabs .end button").filter(visible=True).last.click()
        v.page.get_by_role("menuitem", name="Keys…").click()
    else:
        v.press("Keys")
    v.dialog()


@state()
def pane_menu(v: Visit) -> None:
    v.open()
    v.page.locator(".tabs .end button").filter(visible=True).last.click()
    expect(v.page.get_by_role("menu")).to_be_visible()
