"""Links, settings, routes and pictures of the documentation."""

from __future__ import annotations

import dataclasses
import re
from urllib.parse import unquote

import pytest

from code_together.config import Settings
from code_together.http.routes import ROUTES
from tests.docs.pages import ROOT, Page, page, pages

SETTINGS = {field.name for field in dataclasses.fields(Settings)}
CONTRACT = "docs/reference/contract.md"
# These speak of what is not built, and say so.
OF_THE_FUTURE = {CONTRACT, "docs/design/SPEC.md"}


def plain(path: str) -> str:
    """A route's path with aiohttp's patterns left out: `/files/{path:.+}` is `/files/{path}`."""
    return re.sub(r":[^{}]*(?:\{[^}]*\})?[^{}]*\}", "}", path)


def public_routes() -> dict[tuple[str, str], str]:
    """(method, path) of everything but the pages of the web interface, with what it needs."""
    kept = ("/api/", "/git/", "/healthz", "/ca.crt", "/metrics", "/readyz")
    return {(r.method, plain(r.path)): r.action for r in ROUTES if r.path.startswith(kept)}


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.name)
def test_links(one: Page) -> None:
    """Every relative link leads to a file that is there, and to a heading that is in it."""
    for link in one.links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (one.path.parent / path).resolve() if path else one.path
        assert target.exists(), f"{one.name}: {link}"
        assert target.is_relative_to(ROOT), f"{one.name}: {link}"
        if anchor:
            assert anchor in Page(target).anchors, f"{one.name}: {link}"


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.name)
def test_headings(one: Page) -> None:
    """No page of the reference has a heading twice: a link would lead to the first alone."""
    if one.path.parent.name == "reference":
        assert sorted(one.headings) == sorted(set(one.headings))


def test_every_page_is_reached() -> None:
    """Whoever begins at README.md and follows links comes to every page."""
    reached, waiting = set(), [page("README.md")]
    while waiting:
        one = waiting.pop()
        if one.path in reached:
            continue
        reached.add(one.path)
        targets = (one.path.parent / link.partition("#")[0] for link in one.links if "://" not in link)
        waiting += [Page(target.resolve()) for target in targets if target.suffix == ".md"]
    alone = {one.name for one in pages() if one.path not in reached}
    assert alone <= {"repos/README.md"}


def test_settings() -> None:
    """Every variable CODE_TOGETHER_… that a page names is a setting, the token of `sync`, or what Kubernetes makes of a service."""
    for one in pages():
        for name in re.findall(r"\bCODE_TOGETHER_([A-Z_]+[A-Z])\b", one.text):
            assert name.lower() in {*SETTINGS, "token", "service_host"}, f"{one.name}: CODE_TOGETHER_{name}"


def test_every_route_is_in_the_contract() -> None:
    """The contract's table of what this version has is the table of routes, with what each needs."""
    rows = re.findall(r"^> \| ([A-Z]+) \| `([^`]+)` \| (\w+) \|$", page(CONTRACT).text, re.MULTILINE)
    assert {(method, path): needs for method, path, needs in rows} == public_routes()
    assert len(rows) == len(public_routes())


def test_every_route_is_described() -> None:
    """The page of the HTTP API names every route with its method."""
    text = page("docs/reference/http-api.md").text
    missing = [f"{method} {path}" for method, path in public_routes() if not re.search(
        rf"\b{method} {re.escape(path).replace('{session}', '[^/]+')}(?![\w/])", text)]  # fmt: skip
    example = "PUT /api/sessions/{session}/files/{path}"  # shown with a path
    assert set(missing) <= {example}


def test_routes_that_are_named_are_there() -> None:
    """Every route that a page names with its method exists."""
    known = [(m, re.sub(r"\\\{\w+\\\}", r"[^\\s`?]+", re.escape(path))) for m, path in public_routes()]
    for one in pages():
        if one.name in OF_THE_FUTURE:
            continue
        for method, path in re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w/{}.-]+)", one.text):
            fits = [m for m, pattern in known if m == method and re.fullmatch(pattern, path)]
            assert fits, f"{one.name}: {method} {path}"


def test_pictures_are_small() -> None:
    """No picture of the documentation is larger than 200 kB."""
    pictures = list((ROOT / "docs" / "pictures").iterdir())
    assert pictures
    assert {
        picture.name: picture.stat().st_size for picture in pictures if picture.stat().st_size > 200_000
    } == {}


def test_decisions_are_listed() -> None:
    """Every decision is in their list, under the title that it has."""
    folder = ROOT / "docs" / "decisions"
    rows = re.findall(
        r"^\| \[(\d{4})\]\(([^)]+)\) \| (.*) \|$", (folder / "README.md").read_text(), re.MULTILINE
    )
    listed = {file: f"{number} {title}" for number, file, title in rows}
    titles = {
        path.name: path.read_text().splitlines()[0].removeprefix("# ") for path in folder.glob("[0-9]*.md")
    }
    assert listed == titles


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "docs/tutorial.md",
        "docs/tutorial-lan.md",
        "docs/howto/clone-a-session.md",
        "docs/howto/classroom.md",
        "docs/use/chat.md",
        "docs/use/comments.md",
        "docs/use/editor.md",
        "docs/use/history.md",
        "docs/use/keys.md",
    ],
)
def test_words_on_the_screen(name: str) -> None:
    """What a page says is on the screen, in italics, is a text of the web interface or a sentence of the server."""
    texts = [*(ROOT / "web/src/texts").rglob("*.ts"), *(ROOT / "server").rglob("*.py")]
    shown = "".join(path.read_text() for path in texts)
    of_git = {"Authentication failed"}
    words = set(re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", page(name).prose)) - of_git
    assert words
    begun = {re.sub(r"\s+", " ", word).removesuffix("…") for word in words}  # an ellipsis: it goes on
    assert {word for word in begun if word not in shown} == set()


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.name)
def test_files_that_are_named_are_there(one: Page) -> None:
    """Every file of the project that a page names in code is there."""
    kept = r"(?:tests|server|web|docs|deploy|storage|http|rooms|session|git|ot)/"
    for path in re.findall(rf"`({kept}[\w./-]*)`", one.prose):
        folders = (ROOT, ROOT / "server" / "code_together")
        found = [folder for folder in folders for end in ("", ".py") if (folder / (path + end)).exists()]
        assert found, f"{one.name}: {path}"
