"""A server of one's own, a Chromium, and people at its windows."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.process import ServerProcess

PASSWORD = "four teal kites"
PICTURES = os.environ.get("PICTURES")
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_TEXT = """() => [...document.querySelectorAll('.cm-content')].filter(c => c.offsetParent)
    .map(c => (c.cmTile?.root ?? c.cmView)?.view.state.doc.toString())[0] ?? null"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if _CHROMIUM is None:
        pytest.skip("There is no Chromium: install it to run the browser tests.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data", window_pause=1.0)
    server.start()
    yield server
    server.stop()


class User:
    """A person at a browser window."""

    def __init__(self, page: Page, server: ServerProcess, name: str) -> None:
        self.page = page
        self.server = server
        self.name = name
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._note(message.type, message.text))

    def _note(self, type: str, text: str) -> None:
        # A server that is away makes the browser complain; a policy that is broken must be seen.
        if type == "error" and "Content Security Policy" in text:
            self.errors.append(text)

    def sign_up(self) -> None:
        self.page.goto(self.server.url)
        self.page.get_by_role("tab", name="Create account").click()
        self.page.get_by_label("Name", exact=True).fill(self.name)
        self.page.get_by_label("Full name").fill(self.name.title())
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Create account").click()
        self.page.get_by_role("heading", name="Sessions", exact=True).wait_for()

    def make_session(self, title: str) -> str:
        self.page.get_by_role("button", name="New session").first.click()
        self.page.get_by_label("Title").fill(title)
        self.page.get_by_role("button", name="Create session").click()
        self.page.wait_for_url("**/s/*")
        return self.page.url.split("/s/")[1].split("?")[0]

    def let_in(self, name: str, role: str = "editor") -> None:
        self.page.get_by_role("button", name="Share").click()
        self.page.get_by_label("Add someone").fill(name)
        self.page.get_by_label("Role", exact=True).select_option(role)
        self.page.get_by_role("button", name="Add", exact=True).click()
        self.page.get_by_label(f"Role of {name.title()}").wait_for()
        self.page.keyboard.press("Escape")

    def upload(self, path: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Upload").first.click()
        chooser.value.set_files(path)
        self.page.locator(f"[data-path='{path.name}']").wait_for()

    def open(self, session: str, path: str) -> None:
        self.page.goto(f"{self.server.url}/s/{session}?file={path}")
        self.page.locator(".cm-content:visible").wait_for()

    def text(self) -> str | None:
        text: str | None = self.page.evaluate(_TEXT)
        return text

    def go_to(self, line: int, end: bool = True) -> None:
        self.page.locator(".cm-content:visible").focus()
        self.page.keyboard.press("Control+Alt+g")
        self.page.locator(".cm-gotoLine input, .cm-panel input").fill(str(line))
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("End" if end else "Home")

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def wait_saved(self) -> None:
        self.page.locator("footer.status", has_text="Saved").wait_for()

    def wait_text(self, *parts: str) -> None:
        for part in parts:
            self.page.wait_for_function(f"part => ({_TEXT})()?.includes(part)", arg=part, timeout=15_000)

    def picture(self, name: str) -> None:
        """A photograph of the page, where PICTURES names a folder."""
        if PICTURES:
            self.page.screenshot(path=f"{PICTURES}/{name}-{self.name}.png")


@pytest.fixture
def people(chromium: Browser, server: ServerProcess) -> Iterator[tuple[User, User]]:
    """Ann and Bob, each in a browser of their own, with accounts."""
    contexts: list[BrowserContext] = []
    users = []
    for name in ("ann", "bob"):
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(15_000)
        contexts.append(context)
        user = User(context.new_page(), server, name)
        user.sign_up()
        users.append(user)
    yield users[0], users[1]
    for user in users:
        assert user.errors == [], f"{user.name}'s page had errors"
    for context in contexts:
        context.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source file of 3,000 lines."""
    path = tmp_path / "parser.py"
    lines = [
        f"def rule_{i}(tokens: list[str]) -> int:\n    return len(tokens) + {i}\n\n" for i in range(1000)
    ]
    path.write_text("".join(lines))
    return path


@pytest.fixture
def session(people: tuple[User, User], source: Path) -> str:
    """Ann's session with the file, in which Bob is an editor; both look at it."""
    ann, bob = people
    id = ann.make_session("Expression parser")
    ann.upload(source)
    ann.let_in("bob")
    ann.open(id, source.name)
    bob.open(id, source.name)
    return id


def git(*arguments: str, folder: Path | None = None) -> str:
    """Real git, with nothing of this machine's configuration."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    run = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout
