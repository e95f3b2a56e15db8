"""The rules of the specification and the tests that hold them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from tests.docs.pages import ROOT, page, pages, rules

_CITED = re.compile(r"\b([A-Z]{2})(\d+)(?:\s?(?:–|-|to)\s?([A-Z]{2})?(\d+))?")
FAMILIES = {rule[:2] for rule in rules()}


def cited_in(text: str) -> set[str]:
    """The ids of rules in a text; `SQ1–SQ6` is six of them."""
    found = set()
    for family, first, other, last in _CITED.findall(text):
        if family not in FAMILIES:
            continue
        found.add(family + first)
        if last and other in ("", family):
            found |= {f"{family}{n}" for n in range(int(first), int(last) + 1)}
    return found


def sources_of_tests() -> list[Path]:
    """All but these, which speak of every rule."""
    python = [path for path in (ROOT / "tests").rglob("*.py") if path.parent.name != "docs"]
    return [
        path
        for path in (*python, *(ROOT / "web" / "tests").rglob("*.ts"))
        if "node_modules" not in path.parts
    ]


def test_ids_are_used_once() -> None:
    """An id stands for one rule."""
    assert {rule: n for rule, n in Counter(rules()).items() if n > 1} == {}
    assert len(rules()) > 50


def test_cited_rules_exist() -> None:
    """Every rule that a test, the code or a page cites is in the specification."""
    known = set(rules())
    sources = [*(ROOT / "server").rglob("*.py"), *(ROOT / "web" / "src").rglob("*.ts"), *sources_of_tests()]
    for path in (*sources, *(one.path for one in pages())):
        unknown = cited_in(path.read_text("utf-8")) - known
        assert not unknown, f"{path.relative_to(ROOT)}: {sorted(unknown)}"


def test_every_rule_has_a_test() -> None:
    """Every rule of the specification is cited by a test."""
    cited: set[str] = set()
    for path in sources_of_tests():
        cited |= cited_in(path.read_text("utf-8"))
    assert [rule for rule in rules() if rule not in cited] == []


def test_families_are_explained() -> None:
    """Each family of rules has a heading with its letters."""
    headings = re.findall(r"^## ([A-Z]{2}): ", page("docs/design/SPEC.md").text, re.MULTILINE)
    assert set(headings) == FAMILIES
