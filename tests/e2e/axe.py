"""What axe, the checker of accessibility, finds on a page as it stands. Its script comes with the web interface's packages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_SCRIPT = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
# A menu or list that a control has opened belongs to the control, as a dialog does: it needs no landmark around it.
_POPUPS = """() => axe.configure({ checks: [{ id: 'region', options: {
    regionMatcher: 'dialog, [role=dialog], [role=alertdialog], svg, [data-reka-popper-content-wrapper]' } }] })"""
# Sandboxed frames run no scripts, so that axe would wait for them in vain.
_RUN = """async rules => (await axe.run(document, {
    resultTypes: ['violations'],
    iframes: false,
    ...(rules.length ? { runOnly: { type: 'rule', values: rules } } : { rules: { 'target-size': { enabled: true } } }),
})).violations"""


@cache
def _script() -> str:
    return _SCRIPT.read_text(encoding="utf-8")


def findings(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Each finding as "rule at selector: what would help". All rules (WCAG 2.2 AA and what is held to be good practice),
    or those given."""
    if page.evaluate("() => typeof axe === 'undefined'"):
        # Not as an element of the page, which its Content Security Policy would refuse.
        page.evaluate(_script() + "\n;undefined")
        page.evaluate(_POPUPS)
    violations: list[dict[str, Any]] = page.evaluate(_RUN, list(rules))
    return [
        f"{violation['id']} at {' '.join(map(str, node['target']))}: {violation['help']}"
        f" ({_first_line(node['failureSummary'])})"
        for violation in violations
        for node in violation["nodes"]
    ]


def check(page: Page, rules: Sequence[str] = ()) -> None:
    """Fails with what axe finds."""
    found = findings(page, rules)
    assert not found, "\n".join(["axe finds on " + page.url, *found])


def _first_line(summary: str) -> str:
    """The summary without its heading ("Fix any of the following:")."""
    return "; ".join(line.strip() for line in summary.splitlines()[1:] if line.strip())
