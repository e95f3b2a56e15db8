"""Undoing one revision alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import pytest

from code_together.errors import NotFound, TooLarge
from code_together.git import repository, reverting
from code_together.git.changes import Landing
from code_together.git.repository import FileChange
from code_together.git.reverting import Lines, Plan
from tests.git.making import ANN, BOB, HOST, document, git, put, window


def planned(
    path: str, revision: str, file: str | None = None, lines: Lines | None = None, **more: int
) -> Plan:
    head = repository.head(path)
    assert head is not None
    limits = {"units": 100_000, "most": 1_000, **more}
    return reverting.plan(path, head, revision, file, lines, {}, **limits)


def reverted(path: str, revision: str, file: str | None = None, lines: Lines | None = None) -> str:
    """Does what is planned, as a room does it."""
    plan = planned(path, revision, file, lines)
    assert plan.places == []
    head = repository.head(path)
    assert head is not None
    landings = []
    for change in plan.changes:
        landing = Landing(change.path, change.to, change.mode, change.blob)
        if change.edit is not None and change.path is not None:
            text = change.edit.apply(repository.read(path, head, change.path).decode())
            landing = Landing(change.path, change.to, change.mode, None, text, change.format)
        landings.append(landing)
    made, _ = reverting.write(path, head, landings, BOB, HOST, 5_000.0, plan.message, plan.source)
    repository.move_ref(path, made.id, head)
    return made.id


def files(path: str) -> dict[str, bytes]:
    head = repository.head(path)
    assert head is not None
    return {entry.path: repository.read(path, head, entry.path) for entry in repository.files(path, head)}


def text(*lines: int | str) -> bytes:
    return "".join(f"line {line}\n" for line in lines).encode()


TEN = tuple(range(10))


def test_one_edit_among_later_ones(path: str) -> None:
    """RV1: what one revision did is gone, what came after stays, and the commit says what was undone and by whom."""
    put(path, {"a": text(*TEN), "b": b"b\n"})
    old = put(path, {"a": text(0, "one", *range(2, 10)), "b": b"B\n"}, message="Spell it")
    put(path, {"a": text(0, "one", *range(2, 9), "nine"), "c": b"c\n"})
    made = reverted(path, old)
    assert files(path) == {"a": text(*range(9), "nine"), "b": b"b\n", "c": b"c\n"}
    assert (
        git(path, "log", "-1", "--format=%an|%s|%b", made)
        == f"Bob|Revert {old[:7]}: Spell it|This reverts {old}.\n\n"
    )


def test_it_is_undone_by_the_same(path: str) -> None:
    """RV5: reverting the revert gives back what was."""
    put(path, {"a": text(*TEN), "gone": b"x"})
    old = put(path, {"a": text(*TEN, "more"), "gone": None, "new": b"n"})
    before = files(path)
    undone = reverted(path, old)
    assert files(path) == {"a": text(*TEN), "gone": b"x"}
    reverted(path, undone)
    assert files(path) == before
    assert planned(path, undone).changes == []


def test_one_persons_part(path: str) -> None:
    """RV1: of a window of several people one person's part can be undone, or all of it."""
    put(path, {"a": text(*TEN)})
    size = len(text(*TEN))
    window(
        path,
        [document("a", text(*TEN).decode(), [(0, 0, 0, "ann\n"), (1, size + 4, size + 4, "bob\n")])],
        [ANN, BOB],
    )
    whole = repository.head(path)
    assert whole is not None
    anns = git(path, "log", "--author=Ann", "-1", "--format=%H").strip()
    reverted(path, anns)
    assert files(path)["a"] == text(*TEN) + b"bob\n"
    reverted(path, whole)
    assert files(path)["a"] == text(*TEN)


def test_one_file_of_it(path: str) -> None:
    """RV2: with a path what the revision did to that file is undone; a file that it did not touch is none of it."""
    put(path, {"a": b"a\n", "b": b"b\n", "c": b"c\n"})
    old = put(path, {"a": b"A\n", "b": b"B\n"})
    made = reverted(path, old, "b")
    assert files(path) == {"a": b"A\n", "b": b"b\n", "c": b"c\n"}
    assert git(path, "log", "-1", "--format=%s", made) == f"Revert {old[:7]} in b: Upload\n"
    for unknown in ("c", "nowhere"):
        with pytest.raises(NotFound) as refused:
            planned(path, old, unknown)
        assert refused.value.code == "no_file"


def test_lines_of_it(path: str) -> None:
    """RV2: of several places only those within the lines are undone; a place where lines were taken away counts where they were."""
    put(path, {"a": text(*range(30))})
    changed = [*range(2), "two", *range(3, 12), *range(14, 25), "25", "more", *range(26, 30)]
    old = put(path, {"a": text(*changed)})
    later = put(path, {"a": b"top\n" + text(*changed)})
    assert later
    # The third line, nothing between the 12th and the 13th, and the 25th.
    reverted(path, old, "a", Lines(9, 15))
    assert files(path)["a"] == b"top\n" + text(0, 1, "two", *range(3, 25), "25", "more", *range(26, 30))
    reverted(path, old, "a", Lines(13, 12))
    assert files(path)["a"] == b"top\n" + text(0, 1, "two", *range(3, 25), "25", "more", *range(26, 30))
    reverted(path, old, "a", Lines(3, 3))
    assert files(path)["a"] == b"top\n" + text(*range(25), "25", "more", *range(26, 30))
    for nothing in (Lines(5, 7), Lines(100, 200), Lines(4, 3)):
        with pytest.raises(NotFound) as refused:
            planned(path, old, "a", nothing)
        assert refused.value.code == "no_change"


def test_what_was_changed_again(path: str) -> None:
    """RV3: lines that were changed since stand in the way, with where they are now and both sides."""
    put(path, {"a": text(*TEN)})
    old = put(path, {"a": text(0, "one", *range(2, 10))})
    put(path, {"a": b"top\ntop\n" + text(0, "uno", *range(2, 10))})
    plan = planned(path, old)
    [place] = plan.places
    assert plan.changes == []
    assert (place.path, place.lines, place.reason) == ("a", Lines(4, 4), "lines")
    assert (place.here, place.before) == ("line uno\n", "line 1\n")


def test_lines_that_were_taken_away(path: str) -> None:
    """RV3: where what the revision wrote is gone, what was before does not come back by itself."""
    put(path, {"a": text(*TEN)})
    old = put(path, {"a": text(*range(4), "four", *range(5, 10))})
    put(path, {"a": text(*range(4), *range(5, 10))})
    [place] = planned(path, old).places
    assert (place.reason, place.here, place.before, place.lines.start) == ("lines", "", "line 4\n", 5)


Files = Mapping[str, bytes | None]


@pytest.mark.parametrize(
    ("then", "since", "expected"),
    [
        ({"new": b"n\n"}, {"new": b"n\nmore\n"}, ("edited", "n\nmore\n", "")),
        ({"a": b"A\n"}, {"a": None}, ("deleted", "", "a\n")),
        ({"a": None}, {"a": b"another\n"}, ("taken", "another\n", "a\n")),
        ({"a": None}, {"A": b"on some systems the same\n"}, ("taken", "", "a\n")),
        ({"bin": b"\0two"}, {"bin": b"\0three"}, ("binary", "", "")),
    ],
)
def test_files_in_the_way(path: str, then: Files, since: Files, expected: tuple[str, str, str]) -> None:
    """RV3: a file that was edited, deleted or made since, or is no text, stands in the way as a whole; of texts both sides are told."""
    put(path, {"a": b"a\n", "bin": b"\0one", "keep": b"k"})
    old = put(path, then)
    put(path, since)
    plan = planned(path, old)
    assert [(place.reason, place.here, place.before) for place in plan.places] == [expected]


def test_renames(path: str) -> None:
    """RV4: a rename is undone, with edits since in place; a file that was renamed since is found under its new name."""
    first = put(path, {"a": text(*TEN)})
    moved = repository.commit_files(
        path, first, [FileChange("b", None, old_path="a")], ANN, HOST, 1_500.0, "Move"
    )
    repository.move_ref(path, moved.id, first)
    put(path, {"b": text(*TEN, "more")})
    edited = put(path, {"b": text("null", *range(1, 10), "more")})
    reverted(path, moved.id)
    assert files(path) == {"a": text("null", *range(1, 10), "more")}
    reverted(path, edited)
    assert files(path) == {"a": text(*TEN, "more")}


def move(path: str, old: str, new: str, *, copy: str | None = None) -> str:
    head = repository.head(path) or ""
    changes = [FileChange(new, None, old_path=old)]
    if copy is not None:
        changes.append(FileChange(copy, repository.read(path, head, old)))
    moved = repository.commit_files(path, head, changes, ANN, HOST, 1_500.0, f"Move {old}")
    repository.move_ref(path, moved.id, head)
    return moved.id


def test_renamed_again(path: str) -> None:
    """RV4: undoing a rename that another one followed gives the name of before it, unless that is taken; back already, nothing is left."""
    put(path, {"a": text(*TEN)})
    first = move(path, "a", "b")
    put(path, {"b": text(*TEN, "more")})
    second = move(path, "b", "lib/c")
    put(path, {"a": b"another\n"})
    assert [(place.path, place.reason) for place in planned(path, first).places] == [("a", "taken")]
    put(path, {"a": None})
    reverted(path, first)
    assert files(path) == {"a": text(*TEN, "more")}
    assert planned(path, first).changes == []
    reverted(path, second)
    assert files(path) == {"b": text(*TEN, "more")}


def test_renamed_to_one_of_several(path: str) -> None:
    """RV3: where more than one file may be what was renamed, that is told and nothing is renamed."""
    put(path, {"a": text(*TEN)})
    first = move(path, "a", "b")
    move(path, "b", "c", copy="d")
    [place] = planned(path, first).places
    assert (place.path, place.reason) in [("c", "moved"), ("d", "moved")]


def test_modes_and_binary_files(path: str) -> None:
    """RV4: a deleted file comes back as it was, a program as a program; a replaced picture too."""
    put(path, {"pic": b"\0one", "run": b"#!/bin/sh\n", "keep": b"k"})
    head = repository.head(path) or ""
    made, _ = reverting.write(
        path, head, [Landing("run", "run", 0o100755)], ANN, HOST, 1_100.0, "Run it", None
    )
    repository.move_ref(path, made.id, head)
    old = put(path, {"pic": b"\0two", "run": None})
    reverted(path, old)
    assert files(path) == {"pic": b"\0one", "run": b"#!/bin/sh\n", "keep": b"k"}
    assert git(path, "ls-tree", "main", "run").startswith("100755")
    reverted(path, made.id)
    assert git(path, "ls-tree", "main", "run").startswith("100644")


def test_the_first_revision(path: str) -> None:
    """RV1: the first revision made files; undone, they are gone."""
    first = put(path, {"a": b"a", "b": b"b"})
    put(path, {"c": b"c"})
    reverted(path, first)
    assert files(path) == {"c": b"c"}


def test_foreign_and_unknown_revisions(path: str) -> None:
    """RV6: what is no revision of main is not there, whatever is in the repository."""
    first = put(path, {"a": b"a"})
    put(path, {"b": b"b"})
    foreign = repository.commit_files(path, first, [FileChange("x", b"x")], ANN, HOST, 1.0, "Elsewhere")
    for id in (foreign.id, "0" * 40, "main", "HEAD~1", "--help", first[:7], first.upper(), "", "é"):
        with pytest.raises(NotFound) as refused:
            planned(path, id)
        assert refused.value.code == "no_revision"


def test_too_many_files(path: str) -> None:
    """RV6: files that come back count."""
    put(path, {"a": b"a", "b": b"b"})
    old = put(path, {"a": None})
    put(path, {"c": b"c"})
    with pytest.raises(TooLarge):
        planned(path, old, most=2)
    assert planned(path, old, most=3).changes


def test_random_edits(path: str) -> None:
    """RV1: undoing one of many edits, each of its own lines, gives the text in which it never happened."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(15):
        lines = [f"{number} {chance.getrandbits(40):x} {chance.choice('abc')}" for number in range(60)]
        places = chance.sample(range(0, 60, 3), 12)
        edits = [_edit(chance, place) for place in places]
        put(path, {"t": _joined(lines)})
        revisions = []
        now: dict[int, list[str]] = {}
        for place, edit in zip(places, edits, strict=True):
            now[place] = edit([lines[place]])
            revisions.append(put(path, {"t": _joined(lines, now)}))
        undone = chance.randrange(12)
        assert files(path)["t"] == _joined(lines, now)
        reverted(path, revisions[undone])
        del now[places[undone]]
        assert files(path)["t"] == _joined(lines, now)


Edit = Callable[[list[str]], list[str]]


def _edit(chance: random.Random, place: int) -> Edit:
    word = f"{chance.getrandbits(30):x} é😀"
    edits: list[Edit] = [
        lambda lines: [],
        lambda lines: [f"{word} {place}"],
        lambda lines: [*lines, f"{word} {place}"],
        lambda lines: [f"{lines[0]} {word}"],
    ]
    return chance.choice(edits)


def _joined(lines: list[str], now: Mapping[int, list[str]] = {}) -> bytes:
    return "".join(f"{line}\n" for place, old in enumerate(lines) for line in now.get(place, [old])).encode()
