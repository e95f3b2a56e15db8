"""Hypothesis strategies for texts and legal changes of them."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from code_together.ot.change import ChangeSet

# The same examples every time; a failure is printed with what made it.
laws = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

texts = st.text(st.sampled_from("ab \n\r😀𝒳é\u0301汉\u2028"), max_size=30)
inserts = st.text(st.sampled_from("xyz\n😀𝒳\u0301"), min_size=1, max_size=5)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@st.composite
def changes_of(draw: st.DrawFn, text: str) -> ChangeSet:
    """A legal change of `text`, neighbouring replacements included."""
    parts: list[object] = []
    position = 0
    while position < len(text):
        end = draw(st.integers(position + 1, len(text)))
        width = units(text[position:end])
        kind = draw(st.sampled_from(["keep", "keep", "delete", "replace", "insert"]))
        if kind == "keep":
            parts.append(width)
        elif kind == "delete":
            parts.append([width])
        else:
            parts.append([width if kind == "replace" else 0, *draw(inserts).split("\n")])
        position = position if kind == "insert" else end
    if draw(st.booleans()):
        parts.append([0, *draw(inserts).split("\n")])
    return ChangeSet.from_json(parts)


@st.composite
def one_change(draw: st.DrawFn) -> tuple[str, ChangeSet]:
    text = draw(texts)
    return text, draw(changes_of(text))


@st.composite
def two_changes(draw: st.DrawFn) -> tuple[str, ChangeSet, ChangeSet]:
    """A text and two changes of it that were made at once."""
    text = draw(texts)
    return text, draw(changes_of(text)), draw(changes_of(text))


@st.composite
def changes_in_a_row(draw: st.DrawFn, longest: int = 4) -> tuple[str, list[ChangeSet]]:
    """A text and changes of which each is of the text that the one before makes."""
    text = draw(texts)
    row = []
    now = text
    for _ in range(draw(st.integers(1, longest))):
        change = draw(changes_of(now))
        row.append(change)
        now = change.apply(now)
    return text, row
