"""A text, and two texts that people made of it: lines of few words, so that all of them look alike, and tokens that only one side has."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

WORDS = ["end", "if", "x", "return", "0", "line"]


@dataclass
class Side:
    """`touched`: numbers of the lines of the base that it changed or took away."""

    lines: list[str]
    touched: set[int] = field(default_factory=set)

    def text(self, ended: bool) -> str:
        return "\n".join(self.lines) + "\n" * (ended and bool(self.lines))


def base_lines(rng: random.Random, *, alone: bool = False) -> list[str]:
    """Up to 9 lines; `alone`: no two are equal, but for blank ones and closing brackets."""
    lines = [" ".join(rng.sample(WORDS, rng.randint(1, 6))) for _ in range(rng.randint(0, 9))]
    return [
        rng.choice(["", "}"]) if rng.random() < 0.2 else f"{line} b{number}" if alone else line
        for number, line in enumerate(lines)
    ]


def edited(rng: random.Random, base: list[str], name: str) -> Side:
    """Lines are added, replaced, changed, taken away. What is added has tokens that begin with the name, a capital, and words of the rest."""
    side = Side(list(base))
    from_: list[int | None] = list(range(len(base)))
    lines = side.lines
    for number in range(rng.randint(0, 5)):
        token = f"{name}{number}"
        at = rng.randint(0, len(lines))
        kind = rng.choice(["add", "add", "replace", "within", "within", "remove"])
        if kind == "add":
            new = [_words(rng, f"{token}_{n}") for n in range(rng.randint(1, 3))]
            lines[at:at], from_[at:at] = new, [None] * len(new)
            continue
        old = from_[at] if at < len(lines) else None
        if old is None or old in side.touched:
            continue
        side.touched.add(old)
        if kind == "replace":
            lines[at] = _words(rng, token)
        elif kind == "within":
            words = lines[at].split(" ")
            place = rng.randint(0, len(words))
            words[place : place + rng.randint(0, 1)] = [token]
            lines[at] = " ".join(words)
        else:
            del lines[at], from_[at]
    return side


def _words(rng: random.Random, token: str) -> str:
    return " ".join([token, *rng.sample(WORDS, rng.randint(0, 2))])


def tokens(*lines: str) -> Counter[str]:
    return Counter(word for line in lines for word in line.split(" ") if word[:1].isupper())
