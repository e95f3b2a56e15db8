"""A server of one's own, a Chromium, and people at its windows."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.process import ServerProcess

PASSWORD = "four teal kites"
PICTURES = os.environ.get("PICTURES")
expect.set_options(timeout=15_000)
_CHROMIUM = next(
    filter(
        None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))
    ),
    None,
)
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A name of the tests' servers that is not this machine's own, as it would be on a network.
    "--host-resolver-rules=MAP code.test 127.0.0.1",
    # Pages of the browser's own that each new window would make ready behind its address line, which nobody sees here.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]
NO_CHROMIUM = (
    "There is no Chromium, so no browser test was run. Install it (on Debian: apt-get install chromium)."
)
_NETWORK = ("Failed to load resource:", "WebSocket connection to ")
_TEXT = """() => [...document.querySelectorAll('.cm-content')].filter(c => c.checkVisibility({visibilityProperty: true}))
    .map(c => (c.cmTile?.root ?? c.cmView)?.view.state.doc.toString())[0] ?? null"""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says at the very end, where it is read, that all of this was left out."""
    if _CHROMIUM is None:
        terminalreporter.write_sep("!", NO_CHROMIUM, red=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a machine that is busy with something else may miss its time: once more, and the summary names it (`-r R`)."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if _CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
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
        # Vue says on the console what fails in a component. Only what the browser says of a server that is away, or says no, is none of ours.
        if type == "error" and not text.startswith(_NETWORK):
            self.errors.append(text)

    def ask(self, method: str, path: str, data: Any = None) -> Any:
        """Asks the server as this person, past the page: for what a test only needs to be there."""
        answer = self.page.request.fetch(self.server.url + path, method=method, data=data)
        assert answer.ok, f"{method} {path}: {answer.status} {answer.text()}"
        return answer.json() if answer.status != 204 else None

    def sign_up(self) -> None:
        data = {"name": self.name, "password": PASSWORD, "display_name": self.name.title()}
        self.ask("POST", "/api/accounts", data)

    def make_session(self, title: str) -> str:
        id: str = self.ask("POST", "/api/sessions", {"title": title})["id"]
        return id

    def let_in(self, session: str, name: str, role: str = "editor") -> None:
        self.ask("PUT", f"/api/sessions/{session}/members/{name}", {"role": role})

    def put(self, session: str, path: str, data: str | bytes) -> None:
        self.ask("PUT", f"/api/sessions/{session}/files/{path}", data)

    def go_home(self) -> None:
        self.page.goto(self.server.url)
        self.page.get_by_role("heading", name="Sessions", exact=True).wait_for()

    def go_into(self, session: str) -> None:
        self.page.goto(f"{self.server.url}/s/{session}")
        self.page.get_by_text("Connected", exact=True).wait_for(state="attached")

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
        self.page.get_by_role("combobox", name="File, or > for a command").fill(f":{line}")
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".cm-content:visible").first).to_be_focused()
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
    """Ann and Bob, each in a browser of their own, logged in, before an empty page."""
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
    ann.put(id, source.name, source.read_bytes())
    ann.let_in(id, "bob")
    for user in people:  # both pages load at once
        user.page.goto(f"{user.server.url}/s/{id}?file={source.name}", wait_until="commit")
    for user in people:
        user.page.locator(".cm-content:visible").wait_for()
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
