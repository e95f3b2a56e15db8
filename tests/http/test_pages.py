from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

import code_together
from code_together.http import pages
from tests.conftest import Server, Start


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small web app, built."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<meta name="csp-nonce" content="__CSP_NONCE__"><b></b>')
    (folder / "index.html.gz").write_bytes(gzip.compress(b"stale"))
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "main-abc.js").write_text("let plain")
    (folder / "assets" / "main-abc.js.gz").write_bytes(gzip.compress(b"let packed"))
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr("code_together.http.app.STATIC", folder)
    return folder


@pytest.mark.usefixtures("built")
async def test_index_has_a_nonce_of_its_own(start: Start) -> None:
    """Every page has another nonce, the one in its policy, and is asked for anew each time."""
    browser = (await start()).browser()
    seen = set()
    for path in ("/", "/s/abc", "/s/abc/history", "/login"):
        answer = await browser.get(path)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert answer.headers["Cache-Control"] == "no-cache"
        (nonce,) = re.findall(r'content="([A-Za-z0-9_-]{20,})"', answer.body.decode())
        assert f"style-src 'self' 'nonce-{nonce}';" in answer.headers["Content-Security-Policy"]
        seen.add(nonce)
    assert len(seen) == 4


@pytest.mark.usefixtures("built")
async def test_files(start: Start) -> None:
    """Hashed files are kept by browsers for good, others are asked for; a packed one goes to who takes it."""
    browser = (await start()).browser()
    packed = await browser.get("/assets/main-abc.js")
    assert packed.body == b"let packed"
    assert packed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.headers["Content-Type"].partition(";")[0] in ("text/javascript", "application/javascript")
    plain = await browser.get("/assets/main-abc.js", headers={"Accept-Encoding": "identity"})
    assert plain.body == b"let plain"
    icon = await browser.get("/favicon.svg")
    assert (icon.body, icon.headers["Cache-Control"]) == (b"<svg/>", "no-cache")
    assert (await browser.send("HEAD", "/favicon.svg")).body == b""


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "path",
    ["/missing.js", "/assets/other.js", "/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt",
     "/..%2fsecret.txt", "/assets/main-abc.js.gz", "/index.html.gz"],
)  # fmt: skip
async def test_what_is_not_there(start: Start, path: str) -> None:
    """What looks like a file and is not one of the built ones is 404, outside of their folder too."""
    from yarl import URL

    browser = (await start()).browser()
    answer = await browser.send("GET", URL(browser.url + path, encoded=True))  # type: ignore[arg-type]
    assert (answer.status, answer.error) == (404, "not_found")


@pytest.mark.usefixtures("built")
async def test_file_like_address_in_a_browser(start: Start) -> None:
    """Somebody who goes to such an address gets the app, which can say so, with status 404."""
    answer = await (await start()).browser().get("/s/abc/main.py", headers={"Accept": "text/html,*/*"})
    assert answer.status == 404
    assert b"csp-nonce" in answer.body


async def test_not_built(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the built app there is a page that says what to do, and the rest works."""
    monkeypatch.setattr("code_together.http.app.STATIC", tmp_path / "nothing")
    server = await start()
    answer = await server.browser().get("/")
    assert b"The web interface has not been built: run make web" in answer.body
    await server.sign_up("ann")


async def test_health(server: Server) -> None:
    """The contract: liveness with the version, for anybody."""
    answer = await server.browser().get("/healthz")
    assert answer.json == {"status": "ok", "version": code_together.__version__}


def test_static_folder_is_the_packages() -> None:
    """The built app is read from the package itself, so that an installed wheel has it."""
    assert Path(code_together.__file__).parent / "static" == pages.STATIC


@pytest.mark.usefixtures("built")
async def test_what_is_no_page(start: Start) -> None:
    """Every page of the router is 200; what is none is 404, so that no probe with a stray slash is always green; a browser is told."""
    browser = (await start()).browser()
    router = Path(__file__).parents[2] / "web" / "src" / "router.ts"
    roots = set(re.findall(r"path: '/([a-z]*)[/']", router.read_text()))
    assert {"", "login", "s"} < roots
    for root in roots:
        assert (await browser.get(f"/{root}")).status == 200, root
    for path in ("/healthz/", "/metrics/", "/.git/config", "/sessions", "/helper"):
        answer = await browser.get(path)
        assert (answer.status, answer.error) == (404, "not_found"), path
        shown = await browser.get(path, headers={"Accept": "text/html"})
        assert (shown.status, b"csp-nonce" in shown.body) == (404, True), path
