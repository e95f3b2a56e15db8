"""The pictures of the README, taken anew: `python -m tests.e2e.pictures` (after `make web`)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.conftest import _CHROMIUM, _FLAGS, NO_CHROMIUM, User
from tests.e2e.team import Team
from tests.process import ServerProcess

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
FILE = "src/parser.py"


def main() -> None:
    """Two people edit one file, and then look at the revision that became of it."""
    if _CHROMIUM is None:
        raise SystemExit(NO_CHROMIUM)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = ServerProcess(Path(folder) / "data", window_pause=1.0)
        server.start()
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        try:
            team = Team.make(browser, server)
            users = []
            for name in ("ann", "bob"):
                context = browser.new_context(
                    viewport={"width": 1440, "height": 900},
                    storage_state=team.logins[name],
                    reduced_motion="reduce",
                )
                users.append(User(context.new_page(), server, name))
                users[-1].open(team.session, FILE)
            ann, bob = users
            ann.go_to(34)
            bob.go_to(31)
            ann.type("  # and takes it")
            bob.type("\n# Where nothing is left, the place is the end of the text.")
            ann.wait_text("end of the text.")
            newest = ann.page.locator("footer.status a.mono").inner_text()
            ann.page.wait_for_function(
                "before => !document.querySelector('footer.status a.mono')?.textContent.includes(before)",
                arg=newest,
            )
            ann.wait_saved()
            bob.type(" ")
            bob.page.keyboard.press("Backspace")
            ann.page.locator(".ct-caret-flag").wait_for()
            ann.wait_saved()
            ann.page.screenshot(path=FOLDER / "workspace.png")
            ann.page.locator("footer.status a.mono").click()
            ann.page.get_by_role("region", name="Difference").wait_for()
            ann.page.locator(".diff td, .diff [data-line]").first.wait_for()
            ann.page.wait_for_timeout(500)
            ann.page.screenshot(path=FOLDER / "history.png")
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
