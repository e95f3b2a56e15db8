"""Where in a file a comment speaks, in lines, units and bytes."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

import pytest

from code_together.errors import CodeTogetherError
from code_together.git import passages
from code_together.git.appraise import Location, Range
from code_together.git.bare import opened
from code_together.git.passages import Asked
from code_together.ot.change import ChangeSet
from code_together.ot.diff import diff
from code_together.session.lines import LineRange, Span
from tests.git.making import put

UNITS = 1_000_000
TEXT = "one\n\nzwei ü 😀 drei\nlast"


def written(encoding: str, mark: bytes = b"", crlf: bool = False) -> bytes:
    return mark + (TEXT.replace("\n", "\r\n") if crlf else TEXT).encode(encoding)


UTF8 = written("utf-8")
MARKED = written("utf-8", codecs.BOM_UTF8, crlf=True)
LATIN = "für später schön\nüberflüssig größer\n".encode("cp1252")


@pytest.mark.parametrize(
    ("data", "asked", "columns", "quote"),
    [
        (UTF8, (1, None, 1, None), Range(1), "one"),
        (UTF8, (1, 1, 1, 4), Range(1), "one"),
        (UTF8, (1, 2, 1, 3), Range(1, 2, 1, 2), "n"),
        (UTF8, (2, None, 2, None), Range(2), "\n"),
        (UTF8, (3, 6, 3, 7), Range(3, 6, 3, 7), "ü"),
        (UTF8, (3, 8, 3, 10), Range(3, 9, 3, 12), "😀"),
        (UTF8, (3, 8, 4, 3), Range(3, 9, 4, 2), "😀 drei\nla"),
        (UTF8, (1, None, 4, None), Range(1, 0, 4, 0), TEXT),
        (UTF8, (1, 1, 3, 5), Range(1, 0, 3, 4), "one\n\nzwei"),
        (UTF8, (1, 4, 2, 1), Range(1), "one"),
        (MARKED, (1, 2, 1, 3), Range(1, 5, 1, 5), "n"),
        (MARKED, (3, 6, 3, 7), Range(3, 6, 3, 7), "ü"),
        (LATIN, (2, 1, 2, 2), Range(2, 0, 2, 1), "ü"),
        (TEXT.encode("utf-16"), (3, 6, 3, 7), Range(3), "ü"),
    ],
)  # fmt: skip
def test_columns(path: str, data: bytes, asked: Asked, columns: Range, quote: str) -> None:
    """NO3: columns are bytes from 1, the last included; whole lines have none; and they come back as the same units."""
    commit = put(path, {"a.txt": data})
    found = passages.passage(path, commit, "a.txt", None, UNITS, asked)
    assert found.location == Location(commit, "a.txt", columns)
    assert found.quote == quote
    with opened(path) as repository:
        assert passages.Places(repository, UNITS).placed(found.location, found.range) == found
        again = passages.Places(repository, UNITS).placed(found.location, None)
    assert (again == found) == (not data.startswith(codecs.BOM_UTF16_LE))
    lines = data.split(b"\n")
    assert columns.end_column <= len(lines[(columns.end_line or columns.start_line) - 1])
    assert columns.start_column <= len(lines[columns.start_line - 1])


@pytest.mark.parametrize(
    ("file", "where", "code"),
    [
        ("a.txt", (9, None, 9, None), "bad_range"),
        ("a.txt", (0, 99), "bad_range"),
        ("a.txt", (-1, 2), "bad_range"),
        ("a.txt", (12, 13), "bad_range"),
        ("b.txt", (1, None, 1, None), "no_file"),
        ("../a.txt", (1, None, 1, None), "bad_path"),
        ("image", (1, None, 1, None), "not_text"),
    ],
)  # fmt: skip
def test_places_that_are_none(path: str, file: str, where: Asked | Span, code: str) -> None:
    """CM10: what is not in the revision, or no text, or half of a character, is refused."""
    commit = put(path, {"a.txt": UTF8, "image": b"\0\1"})
    with pytest.raises(CodeTogetherError) as refused:
        passages.passage(path, commit, file, None, UNITS, where)
    assert refused.value.code == code
    with pytest.raises(CodeTogetherError) as refused:
        passages.passage(path, "0" * 40, file, None, UNITS, where)
    assert refused.value.code == "no_revision"


def test_foreign_places(path: str) -> None:
    """NO6: a location that somebody else wrote is taken as far as it can be, and passed over else."""
    commit = put(path, {"a.txt": UTF8})
    with opened(path) as repository:

        def place(range: Range | None, file: str = "a.txt", at: str = commit) -> LineRange | None:
            found = passages.Places(repository, UNITS).placed(Location(at, file, range), None)
            return None if found is None else found.range

        assert place(Range(3)) == LineRange(3, 1, 3, 15)
        assert place(Range(3, 99, 3, 99)) == LineRange(3, 1, 3, 15)
        assert place(Range(3, 0, 3, 7)) == LineRange(3, 1, 3, 7)
        for nowhere in (None, Range(), Range(99), Range(3, 0, 2), Range(2**32 - 1, 2**32 - 1)):
            assert place(nowhere) is None
        assert place(Range(1), "b.txt") is None
        assert place(Range(1), "a/../b") is None
        assert place(Range(1), at="0" * 40) is None
        assert place(Range(1), at="main") is None


def test_tracing(path: str) -> None:
    """CM2: through the difference of two revisions a place follows its text, also into a file of another name; or it is gone."""
    old = put(path, {"a.py": b"one\ntwo\nthree\n"})
    new = put(path, {"a.py": None, "b.py": b"zero\none\nthree and more\n"})
    spans = [(0, 3), (4, 7), (8, 13)]
    found = passages.trace_to(path, old, "a.py", UNITS, spans, new, "b.py", "utf-8")
    assert [one and one.range for one in found] == [LineRange(2, 1, 2, 4), None, LineRange(3, 1, 3, 6)]
    assert passages.trace(path, old, "a.py", UNITS, spans[:1], "one\ntwo\nthree\n") == [
        passages.Traced((0, 3), LineRange(1, 1, 1, 4))
    ]
    assert passages.trace_to(path, old, "a.py", UNITS, spans, new, "a.py", None) == [None] * 3
    assert passages.trace(path, "0" * 40, "a.py", UNITS, spans, "") == [None] * 3


def test_texts_are_compared_once(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CM9: of a text that many commits have, the difference to the one of now is made once."""
    commits = [put(path, {"a.py": b"one\ntwo\n", "other": b"%d" % number}) for number in range(10)]
    made: list[str] = []

    def comparing(was: str, now: str, near: Sequence[Span]) -> ChangeSet:
        made.append(was)
        return diff(was, now, near)

    monkeypatch.setattr(passages, "diff", comparing)
    found = passages.trace_each(
        path, [(commit, "a.py", [(4, 7)]) for commit in commits], UNITS, "zero\ntwo\n"
    )
    assert found == [[passages.Traced((5, 8), LineRange(2, 1, 2, 4))]] * 10
    assert len(made) == 1


def test_a_long_search_goes_on_where_it_ended(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CM13: once the time is used up no further text is compared; what was found is known to who asks again."""
    said = [
        (put(path, {"a.py": b"%d\none\ntwo\n" % number}), "a.py", [(2, 5), (6, 9)]) for number in range(3)
    ]
    said.insert(1, ("0" * 40, "a.py", [(0, 1)]))
    now = put(path, {"a.py": b"zero\nand\ntwo\n"})
    places = [None, passages.Traced((9, 12), LineRange(3, 1, 3, 4))]

    def look(seconds: float) -> list[list[passages.Traced | None] | None]:
        return passages.trace_all(path, said, now, "a.py", UNITS, seconds)

    assert look(0) == [places, [None], None, None]
    assert look(0) == [places, [None], places, None]
    assert look(60) == [places, [None], places, places]
    monkeypatch.delattr(passages, "diff")
    assert look(0) == [places, [None], places, places]
    other = [(said[0][0], "a.py", [(6, 9), (6, 7)])]
    with pytest.raises(NameError):
        passages.trace_all(path, other, now, "a.py", UNITS, 60)
