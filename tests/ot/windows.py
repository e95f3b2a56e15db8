"""Random windows of several people's edits, and what a reader of the final text expects to be told of each line.

Who touched what is worked out here character by character, from where each came, without cells or steps.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, field

from code_together.ot.change import ChangeSet

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word(rng: random.Random) -> str:
    """A word that nobody else writes; now and then with an astral character."""
    return "".join(rng.choices(LETTERS, k=rng.randint(4, 7))) + rng.choice(["", "", "", "😀", "𝒳é"])


@dataclass
class Window:
    """One window. `origins` says of each character of the text where it is from: an index into the base, or ~author."""

    base: str
    text: str = ""
    origins: list[int] = field(default_factory=list)
    deleters: dict[int, int] = field(default_factory=dict)  # index into the base → author
    updates: list[tuple[int, ChangeSet]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = self.base
        self.origins = list(range(len(self.base)))

    def edit(self, author: int, start: int, end: int, text: str) -> None:
        """Places are in characters."""

        def units(part: str) -> int:
            return len(part.encode("utf-16-le")) // 2

        before = units(self.text[:start])
        after = before + units(self.text[start:end])
        self.updates.append((author, ChangeSet.replace(units(self.text), before, after, text)))
        for origin in self.origins[start:end]:
            if origin >= 0:
                self.deleters[origin] = author
        self.origins[start:end] = [~author] * len(text)
        self.text = self.text[:start] + text + self.text[end:]


def random_window(rng: random.Random, people: int, edits: int) -> Window:
    lines = [" ".join(word(rng) for _ in range(rng.randint(1, 4))) for _ in range(rng.randint(1, 9))]
    window = Window("\n".join(lines) + rng.choice(["\n", "\n", "\n", ""]) if rng.random() < 0.95 else "")
    carets = [rng.randint(0, len(window.text)) for _ in range(people)]
    for _ in range(edits):
        author = rng.randrange(people)
        text = window.text
        if rng.random() < 0.4:
            carets[author] = rng.randint(0, len(text))
        caret = min(carets[author], len(text))
        line_start = text.rfind("\n", 0, caret) + 1
        line_end = text.find("\n", caret) if "\n" in text[caret:] else len(text)
        next_line = min(line_end + 1, len(text))
        start, end, new = rng.choice(
            [
                (caret, caret, word(rng)),
                (caret, caret, word(rng)),
                (caret, caret, word(rng)),
                (line_end, line_end, " " + word(rng)),
                (line_start, line_start, word(rng) + " "),
                (line_end, line_end, "\n"),
                (line_end, line_end, "\n"),
                (line_start, line_start, "\n"),
                (caret, caret, "\n"),
                (line_end, line_end, "\n" + word(rng)),
                (line_start, line_start, word(rng) + "\n"),
                (line_start, line_start, word(rng) + "\n" + word(rng) + "\n"),
                (line_start, next_line, ""),
                (max(0, line_start - 1), line_end, ""),
                (line_end, next_line, ""),
                (line_start, line_end, ""),
                (line_start, line_end, word(rng)),
                (caret, min(len(text), caret + rng.randint(1, 4)), ""),
                (caret, min(len(text), caret + rng.randint(1, 4)), word(rng)),
                (caret, min(len(text), caret + rng.randint(5, 40)), rng.choice(["", word(rng)])),
            ]
        )
        if start < end or new:
            window.edit(author, start, end, new)
            carets[author] = start + len(new)
    return window


@dataclass(frozen=True)
class Expected:
    """What blame should say of a line: one of these people; none of them: nobody touched it."""

    text: str
    people: frozenset[int]


def expected_blame(window: Window) -> list[Expected | None]:
    """For each line of the final text; None where a diff of texts cannot tell: an empty line, a line whose like is
    elsewhere in the final or the base text, and a last line that got or lost its line break."""
    base_lines = window.base.split("\n")
    starts = [0]
    for line in base_lines:
        starts.append(starts[-1] + len(line) + 1)
    final_lines = window.text.split("\n")
    expected: list[Expected | None] = []
    at = 0
    for line in final_lines:
        begin, end = at, at + len(line)
        at = end + 1
        origins = window.origins[begin:end]
        kept = [origin for origin in origins if origin >= 0]
        people = {~origin for origin in origins if origin < 0}
        before = max((place for place in range(begin) if window.origins[place] >= 0), default=-1)
        after = next(
            (place for place in range(end, len(window.text)) if window.origins[place] >= 0), len(window.text)
        )
        breakers_before, breakers_after = (
            {
                ~window.origins[place]
                for place in gap
                if window.text[place] == "\n" and window.origins[place] < 0
            }
            for gap in (range(before + 1, begin), range(end, after))
        )
        whole = False
        if kept:
            # Who wrote in it, who deleted some of what is left of its line or lines, and who broke it off the rest.
            first = bisect_right(starts, kept[0]) - 1
            last = bisect_right(starts, kept[-1]) - 1
            people |= {
                window.deleters[index]
                for index in range(starts[first], starts[last + 1] - 1)
                if index in window.deleters
            }
            if origins[0] != starts[first]:
                people |= breakers_before
            if origins[-1] != starts[last + 1] - 2:
                people |= breakers_after
            # Typed at the beginning or the end of it, where the lines were joined.
            left = window.origins[before] if before >= 0 else -1
            right = window.origins[after] if after < len(window.text) else len(window.base)
            if origins[0] < 0:
                people |= {window.deleters[index] for index in range(left + 1, kept[0])}
            if origins[-1] < 0:
                people |= {window.deleters[index] for index in range(kept[-1] + 1, right)}
            whole = not people and first == last
            if not whole:
                # Lines that somebody joined and somebody else broke apart again.
                if starts[first] - 1 in window.deleters:
                    people |= breakers_before
                if starts[last + 1] - 1 in window.deleters:
                    people |= breakers_after
            ended_so = (last < len(base_lines) - 1) == (end < len(window.text))
        else:
            # A new line: its writers, and who cleared or broke the line of the base in whose place it is.
            left = window.origins[before] if before >= 0 else -1
            right = window.origins[after] if after < len(window.text) else len(window.base)
            people |= {window.deleters[index] for index in range(left + 1, right)}
            if left >= 0 and right < len(window.base) and "\n" not in window.base[left : right + 1]:
                people |= breakers_before | breakers_after
            ended_so = end < len(window.text) or window.base[-1:] != "\n"
        if not line or final_lines.count(line) > 1 or (line in base_lines and not whole) or not ended_so:
            expected.append(None)
        else:
            expected.append(Expected(line, frozenset(people)))
    if final_lines[-1] == "":
        expected.pop()
    return expected
