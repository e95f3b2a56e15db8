"""The pages of the documentation, and what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_RULE = re.compile(r"^- \*\*([A-Z]{2}\d+)\*\*", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        """Without code blocks."""
        return _FENCE.sub("", self.text)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def headings(self) -> list[str]:
        return _HEADING.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """What a link may have behind `#`, as GitHub and its like make it of headings."""
        plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in self.headings)
        return {heading.replace(" ", "-") for heading in plain}

    @property
    def commands(self) -> Iterator[str]:
        """The lines of its `sh` and `console` blocks, without prompts, comments and output."""
        for language, block in _FENCE.findall(self.text):
            if language not in ("sh", "console"):
                continue
            for line in block.splitlines():
                if language == "console" and not line.startswith("$ "):
                    continue
                command = re.sub(r"\s+#.*$", "", line.removeprefix("$ ")).strip()
                if command:
                    yield command


@cache
def pages() -> tuple[Page, ...]:
    """Every page that people read, the generated one included."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "repos" / "README.md"]
    return tuple(Page(path) for path in sorted(found))


def page(name: str) -> Page:
    return Page(ROOT / name)


def rules() -> list[str]:
    """The ids of the specification, in its order."""
    return _RULE.findall(page("docs/design/SPEC.md").text)
