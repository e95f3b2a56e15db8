"""Every page in every main state, light and dark, wide and narrow: axe finds nothing, nothing sticks out, and with PICTURES
all of it is photographed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import pytest
from _pytest.mark import ParameterSet
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e import axe
from tests.e2e.conftest import _CHROMIUM, _FLAGS, PICTURES, User
from tests.e2e.states import STATES, WIDE_ONLY, Visit
from tests.e2e.team import Team
from tests.process import ServerProcess

pytestmark = pytest.mark.browser

SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
MAIN = (
    "login",
    "sessions",
    "workspace",
    "chat",
    "comments",
    "share",
    "history",
    "history-of-a-revision",
    "playback",
    "admin",
)
"""What every run looks at; the other states are part of the long one."""
STICKS_OUT = """() => [...document.querySelectorAll('body *')].filter(e => {
    const { left, right, width, height } = e.getBoundingClientRect()
    return width > 0 && height > 0 && (right > innerWidth + 1 || left < -1) && !e.closest('.sr') &&
        getComputedStyle(e).position !== 'absolute'
}).map(e => e.outerHTML.slice(0, 120)).slice(0, 3)"""


def each(names: Iterable[str], short: Collection[str]) -> list[str | ParameterSet]:
    """Parameters, of which the short run has some."""
    return [name if name in short else pytest.param(name, marks=pytest.mark.long) for name in names]


@pytest.fixture(scope="module")
def team(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    server = ServerProcess(tmp_path_factory.mktemp("team") / "data", window_pause=1.0, document_units=100_000)
    server.start()
    yield Team.make(chromium, server)
    server.stop()


def window(chromium: Browser, team: Team, who: str | None, size: str) -> BrowserContext:
    context = chromium.new_context(
        viewport=SIZES[size],  # type: ignore[arg-type]
        reduced_motion="reduce",
        storage_state=team.logins[who] if who else None,
    )
    context.set_default_timeout(15_000)
    return context


@pytest.fixture(scope="module")
def bob(chromium: Browser, team: Team) -> Iterator[None]:
    """Bob sits in the session, with a few words of the parser selected."""
    context = window(chromium, team, "bob", "wide")
    user = User(context.new_page(), team.server, "bob")
    user.open(team.session, "src/parser.py")
    user.go_to(24, end=False)
    user.page.keyboard.press("Shift+End")
    yield
    context.close()


@pytest.fixture(scope="module")
def pages(chromium: Browser, team: Team, bob: None) -> Iterator[dict[tuple[str | None, str], Page]]:
    """A page for each person and size."""
    whos = {who for who, _ in STATES.values()}
    contexts = {(who, size): window(chromium, team, who, size) for who in whos for size in SIZES}
    yield {key: context.new_page() for key, context in contexts.items()}
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", each(STATES, MAIN))
def test_state(team: Team, pages: dict[tuple[str | None, str], Page], name: str, size: str) -> None:
    """Nothing is found in this state, in either theme, and the page is no wider than the window."""
    if size == "phone" and name in WIDE_ONLY:
        pytest.skip("not on a phone")
    who, way = STATES[name]
    page = pages[who, size]
    page.emulate_media(color_scheme="light")
    way(Visit(page, team, size == "phone"))
    found = axe.findings(page)
    look(page, name, "light", size)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {finding}" for finding in axe.findings(page, ["color-contrast"])]
    look(page, name, "dark", size)
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        found += [f"{wide} px wider than the window: {page.evaluate(STICKS_OUT)}"]
    # CodeMirror has one of its own in each editor, for what its own keys do.
    live = page.locator("[aria-live='polite']:not(.cm-announced)").count()
    if live != 1:
        found.append(f"{live} polite live regions")
    assert not found, "\n".join(found)


def look(page: Page, name: str, theme: str, size: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}-{theme}-{size}.png")


def test_axe_is_awake(people: tuple[User, User]) -> None:
    """A picture that says nothing and words that cannot be read are found, so that finding nothing means something."""
    ann, _ = people
    ann.page.emulate_media(reduced_motion="reduce")  # what fades in is pale for a moment
    ann.go_home()
    ann.page.locator(".empty").wait_for()
    ann.page.evaluate(
        """() => document.querySelector('main').insertAdjacentHTML('beforeend',
            '<img src="/favicon.svg"><p id="pale">Hardly there</p>')"""
    )
    ann.page.evaluate("() => { document.getElementById('pale').style.color = '#ddd' }")
    found = axe.findings(ann.page)
    assert [finding.split(" at ")[0] for finding in found] == ["color-contrast", "image-alt"], found
    with pytest.raises(AssertionError, match="image-alt at img"):
        axe.check(ann.page)


def test_less_motion(team: Team, pages: dict[tuple[str | None, str], Page]) -> None:
    """Where less motion is wanted, nothing of the page moves: no transition and no animation lasts."""
    page = pages["ann", "wide"]
    v = Visit(page, team, False)
    v.open()
    v.press("Share")
    v.dialog()
    moving = """() => [...document.querySelectorAll('*')].filter(e => {
        const s = getComputedStyle(e)
        const long = list => list.split(',').some(one => parseFloat(one) > 0.01)
        return long(s.transitionDuration) || (s.animationName !== 'none' && long(s.animationDuration))
    }).map(e => e.className || e.tagName)"""
    assert page.evaluate(moving) == []
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) != [], "otherwise this test sees nothing"
    page.emulate_media(reduced_motion="reduce")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", each(MAIN, ("workspace",)))
def test_text_of_twice_the_size(chromium_large: Browser, team: Team, bob: None, name: str, size: str) -> None:
    """At 200 % text everything is still there: the page is no wider than the window, and axe finds nothing."""
    who, way = STATES[name]
    context = window(chromium_large, team, who, size)
    page = context.new_page()
    # As narrow as a phone, whatever the window: the text decides.
    way(Visit(page, team, True))
    look(page, f"large-{name}", "light", size)
    found = axe.findings(page)
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        found.append(f"{wide} px wider than the window: {page.evaluate(STICKS_OUT)}")
    context.close()
    assert not found, "\n".join(found)


@pytest.fixture(scope="module")
def chromium_large(chromium: Browser) -> Iterator[Browser]:
    """A browser whose reader wants text of twice the size."""
    assert _CHROMIUM is not None
    browser = chromium.browser_type.launch(
        executable_path=_CHROMIUM,
        args=[*_FLAGS, "--blink-settings=defaultFontSize=32,defaultFixedFontSize=26"],
    )
    yield browser
    browser.close()
