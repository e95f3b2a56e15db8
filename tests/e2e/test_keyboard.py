"""The whole workspace by the keyboard alone: what Tab leads to, there and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import CDPSession, expect

from tests.e2e.conftest import User

pytestmark = pytest.mark.browser

_TO_REACH = """() => {
    window.stops = []
    const all = 'a[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable=true]'
    return [...document.querySelectorAll(all)].filter(e => e.tabIndex >= 0 && !e.disabled && !e.closest('[inert]') &&
        e.checkVisibility({ visibilityProperty: true }))
        // A list of tabs hands the focus on to the one that is in front.
        .map(e => e.matches('[role=tablist]') ? e.querySelector('[role=tab][aria-selected=true]') : e)
        .map(e => window.stops.includes(e) ? window.stops.indexOf(e) : window.stops.push(e) - 1)
}"""
# What of it can be seen: its box without what lies beyond the window and beyond whatever scrolls or clips around it.
_HERE = """() => {
    const e = document.activeElement
    if (e === document.body) return null
    if (!window.stops.includes(e)) window.stops.push(e)
    const box = e.getBoundingClientRect()
    let [left, top, right, bottom] = [Math.max(box.left, 0), Math.max(box.top, 0),
        Math.min(box.right, innerWidth), Math.min(box.bottom, innerHeight)]
    for (let p = e.parentElement; p; p = p.parentElement) {
        if (getComputedStyle(p).overflow === 'visible') continue
        const around = p.getBoundingClientRect()
        left = Math.max(left, around.left); right = Math.min(right, around.right)
        top = Math.max(top, around.top); bottom = Math.min(bottom, around.bottom)
    }
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    const area = Math.max(0, right - left) * Math.max(0, bottom - top)
    return {
        id: window.stops.indexOf(e),
        html: e.outerHTML.slice(0, 150),
        share: area / (box.width * box.height),
        onTop: hit !== null && (e.contains(hit) || hit.contains(e)),
        isEditor: e.matches('.cm-content'),
        ofMessage: e.closest('[role=log] .actions') !== null,
    }
}"""
# Whatever marks an element or what is close around it, or its caret where one writes.
_MARKS = """id => {
    const marks = []
    for (let [e, steps] = [window.stops[id], 0]; e && steps < 3; e = e.parentElement, steps++)
        for (const part of [null, '::before', '::after']) {
            const s = getComputedStyle(e, part)
            marks.push([s.outlineStyle, s.outlineWidth, s.boxShadow, s.backgroundColor, s.borderColor].join())
        }
    const caret = window.stops[id].closest('.cm-editor')?.querySelector('.cm-cursor')
    return marks.join('|') + (caret ? getComputedStyle(caret).display : '')
}"""


@dataclass(frozen=True)
class Stop:
    """A control that Tab led to."""

    id: int
    html: str
    marks: str
    of_message: bool


def name_of_focus(devtools: CDPSession) -> str:
    """What a screen reader is told that it is called."""
    focus = devtools.send("Runtime.evaluate", {"expression": "document.activeElement"})
    found = devtools.send(
        "Accessibility.getPartialAXTree",
        {"objectId": focus["result"]["objectId"], "fetchRelatives": False},
    )
    name: dict[str, Any] = found["nodes"][0].get("name", {})
    return str(name.get("value", ""))


def walk(user: User, devtools: CDPSession, key: str) -> list[Stop]:
    """Every stop on the way through the page, until it ends or begins anew."""
    page = user.page
    stops: list[Stop] = []
    while True:
        if stops and page.evaluate("() => document.activeElement.matches('.cm-content')"):
            page.keyboard.press("Escape")
        page.keyboard.press(key)
        here = page.evaluate(_HERE)
        if stops:
            # The editor hides its caret a moment after it lost the focus.
            page.wait_for_function(
                f"([id, marks]) => ({_MARKS})(id) !== marks", arg=[stops[-1].id, stops[-1].marks]
            )
        if here is None or any(stop.id == here["id"] for stop in stops):
            assert here is None or here["id"] == stops[0].id, f"back at {here['html']} after {stops[-1].html}"
            return stops
        # The text is far longer than its window.
        assert here["share"] > (0 if here["isEditor"] else 0.99), f"out of sight: {here}"
        assert here["onTop"], f"behind something: {here}"
        assert name_of_focus(devtools), f"without a name: {here}"
        if here["isEditor"]:  # it shows its caret a moment after it got the focus
            page.locator(".cm-editor.cm-focused").wait_for()
        stops.append(Stop(here["id"], here["html"], page.evaluate(_MARKS, here["id"]), here["ofMessage"]))
        assert len(stops) < 200, "no end"


def test_tab_goes_through_the_whole_workspace(people: tuple[User, User], session: str) -> None:
    """PN8, CH11, ED4: from the first control to the last and back each is reached once, seen, marked and has a name; the editor lets go."""
    ann, _ = people
    page = ann.page
    for path in ("src/lexer.py", "README.md"):
        ann.put(session, path, "print(1)\n")
    for text in (
        "Look at parser.py:3",
        "and at\n```py\nprint(1)\n```\nof https://example.test/",
        "or at README.md",
    ):
        ann.ask("POST", f"/api/sessions/{session}/chat", {"text": text})
    page.emulate_media(reduced_motion="reduce")
    page.locator("[data-path='README.md']").click()
    ann.open(session, "parser.py")
    expect(page.get_by_role("log").get_by_role("link", name="README.md")).to_be_visible()
    expect(page.get_by_role("log").locator("pre")).to_be_visible()
    expect(page.locator("footer.status")).to_contain_text("Ln 1")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Accessibility.enable")
    # The way begins where the page does, wherever the focus was.
    page.evaluate("() => { document.body.tabIndex = -1; document.body.focus() }")
    page.evaluate("() => document.body.removeAttribute('tabindex')")
    to_reach = set(page.evaluate(_TO_REACH))
    there = walk(ann, devtools, "Tab")
    assert "skip" in there[0].html
    missed = to_reach - {stop.id for stop in there}
    assert not missed, [page.evaluate("id => window.stops[id].outerHTML.slice(0, 150)", id) for id in missed]
    # What can be done with a message is there while the focus is in it, and comes after it: here the one with code, and the last.
    added = [stop.html for stop in there if stop.id not in to_reach and not stop.of_message]
    assert not added, added
    assert [stop.of_message for stop in there].count(True) == 4
    back = walk(ann, devtools, "Shift+Tab")
    assert [stop.id for stop in back] == [stop.id for stop in reversed(there) if not stop.of_message]
