"""server/code_together/ot/change.py"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_together.errors import BadChanges
from code_together.ot.change import ChangeSet
from code_together.ot.text import Text
from tests.conformance.cases import fault, our_answer
from tests.ot.strategies import changes_in_a_row, changes_of, laws, one_change, two_changes

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_answers_as_codemirror_did(vector: dict[str, Any]) -> None:
    """OT4: the answers that the real @codemirror/state gave to kept cases are ours."""
    case = vector["case"]
    ours = our_answer(case)
    assert fault(case, ours, vector["real"]) is None, (case, ours, vector["real"])


@pytest.mark.parametrize(
    "value",
    [
        None, 5, "abc", {}, True, (3,),
        [-1], [1.0], [0.5], [True], [2**31], [10**400], [float("nan")], [float("inf")],
        [[-1]], [[1.0]], [[True]], [[2**31]], [["a"]], [[None]], [[]], [[[1]]],
        [0], [[0]], [[0, ""]],
        [None], ["a"], [{}],
        [[0, "a\nb"]], [[0, "", "\n"]], [[1, "\n"]],
        [[0, "\ud83d"]], [[0, "a", "\ude00"]], [[0, "\ude00\ud83d"]],
        [[0, 1]], [[0, "a", None]], [[0, ["a"]]],
        [2**31 - 1, 1], [[2**31 - 1], [1]], [2**31 - 1, [0, "x"]],
    ],
)  # fmt: skip
def test_what_is_no_change_is_refused(value: object) -> None:
    """OT3: everything that is not strictly of the wire form is refused with a sentence."""
    with pytest.raises(BadChanges) as refusal:
        ChangeSet.from_json(value)
    assert refusal.value.message.endswith(".")
    assert refusal.value.code == "bad_changes"


def test_more_parts_than_the_limit_are_refused() -> None:
    """OT3: the limit is of parts, and as many as it are taken."""
    assert ChangeSet.from_json([[0, "a"], 1, [1]], max_parts=3).parts == 3
    with pytest.raises(BadChanges, match="3 parts"):
        ChangeSet.from_json([[0, "a"], 1, [1]], max_parts=2)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ([], []),
        ([3], [3]),
        ([[3, ""]], [[3]]),
        ([1, 1, [1], [2]], [1, 1, [1], [2]]),
        ([[0, "Q"], [1, "M"]], [[0, "Q"], [1, "M"]]),
        ([[0, "", ""]], [[0, "", ""]]),
        ([[2, "a\r", "😀"]], [[2, "a\r", "😀"]]),
        ([2**31 - 1], [2**31 - 1]),
    ],
)
def test_the_wire_form_comes_back(value: list[Any], written: list[Any]) -> None:
    """OT2: parts stay as they are, also neighbours of one kind; a deletion has one form."""
    assert ChangeSet.from_json(value).to_json() == written


def test_lengths_count_units() -> None:
    """OT1: inserted text is measured in UTF-16 units, its line breaks one each."""
    change = ChangeSet.from_json([1, [2, "😀", "b"], [3]])
    assert (change.length, change.new_length) == (6, 5)
    assert list(change.inserted_text()) == ["😀\nb"]
    assert list(change.edits()) == [(1, 3, "😀\nb"), (3, 6, "")]


def test_identity() -> None:
    """A change is the identity when it keeps everything, in however many parts."""
    assert ChangeSet.identity(0).to_json() == []
    assert ChangeSet.identity(3).to_json() == [3]
    assert ChangeSet.from_json([1, 2]).is_identity
    assert not ChangeSet.from_json([1, [0, "a"]]).is_identity
    assert ChangeSet.identity(3) == ChangeSet.from_json([3]) != ChangeSet.from_json([1, 2])


def test_of_is_the_inverse_of_edits() -> None:
    """A change can be made of its replacements; ranges that are not ascending and in the text are refused."""
    change = ChangeSet.from_json([1, [2, "x"], [0, "y"], 1, [1]])
    assert ChangeSet.of(change.length, change.edits()) == change
    assert ChangeSet.replace(3, 1, 1, "") == ChangeSet.identity(3)
    for edits in ([(2, 1, "x")], [(0, 4, "")], [(-1, 0, "x")], [(1, 2, ""), (1, 1, "x")]):
        with pytest.raises(BadChanges):
            ChangeSet.of(3, edits)
    with pytest.raises(BadChanges):
        ChangeSet.replace(0, 0, 0, "\udc00")


def test_operations_on_changes_of_other_lengths_are_refused() -> None:
    """SQ5: changes that do not fit each other or the text are never taken together."""
    three, four = ChangeSet.identity(3), ChangeSet.from_json([3, [1]])
    for operation in (
        lambda: three.map(four),
        lambda: four.map(three),
        lambda: three.compose(four),
        lambda: three.invert("four"),
        lambda: three.apply("four"),
        lambda: three.map_pos(4),
        lambda: three.map_pos(-1),
    ):
        with pytest.raises(BadChanges):
            operation()


def test_composing_never_cuts_an_inserted_pair() -> None:
    """OT9: a change that takes half of an inserted character cannot follow; a border between keeps is no cut."""
    insertion = ChangeSet.from_json([1, [0, "a😀b"], 1])
    for cut in ([3, [0, "x"], 3], [2, [1], 3], [3, [1, "x"], 2]):
        with pytest.raises(BadChanges):
            insertion.compose(ChangeSet.from_json(cut))
    assert insertion.compose(ChangeSet.from_json([1, 2, 2, [1]])).to_json() == [1, [0, "a😀b"], [1]]


def test_mapping_one_by_one_is_not_mapping_over_a_composition() -> None:
    """OT8: the contract's example, over which clients would diverge."""
    first, second = ChangeSet.from_json([1, [1], 1]), ChangeSet.from_json([1, [0, "X"], 1])
    typed = ChangeSet.from_json([1, [0, "Y"], 2])
    one_by_one = typed.map(first).map(second)
    at_once = typed.map(first.compose(second))
    text = first.compose(second).apply("abc")
    assert one_by_one.apply(text) == "aXYc"
    assert at_once.apply(text) == "aYXc"


def test_where_both_insert_the_other_comes_first() -> None:
    """SQ2: at equal positions the change that is mapped over comes first, unless `before` says otherwise."""
    ann, bob = ChangeSet.from_json([1, [0, "A"]]), ChangeSet.from_json([1, [0, "B"]])
    assert bob.map(ann).to_json() == [2, [0, "B"]]
    assert bob.map(ann, before=True).to_json() == [1, [0, "B"], 1]


def test_positions_at_an_insertion_and_in_a_replacement() -> None:
    """OT4: a position stays before text that comes in at it, or goes after it, as `assoc` says."""
    change = ChangeSet.from_json([2, [0, "xy"], 1, [3, "z"], 1])
    assert [change.map_pos(position) for position in range(8)] == [0, 1, 2, 5, 5, 5, 6, 7]
    assert [change.map_pos(position, 1) for position in range(8)] == [0, 1, 4, 5, 6, 6, 6, 7]


@laws
@given(two_changes())
def test_convergence(case: tuple[str, ChangeSet, ChangeSet]) -> None:
    """OT6: whichever of two changes is made first, with the other mapped over it the texts are equal."""
    text, a, b = case
    assert b.map(a).apply(a.apply(text)) == a.map(b, before=True).apply(b.apply(text))
    assert a.compose(b.map(a)).apply(text) == b.compose(a.map(b, before=True)).apply(text)


@laws
@given(two_changes())
def test_mapping_legal_changes_cuts_no_pair(case: tuple[str, ChangeSet, ChangeSet]) -> None:
    """OT9: a change that cuts no pair of the text cuts none of the text that it is mapped to."""
    text, a, b = case
    for first, second in ((a, b.map(a)), (a, b.map(a, before=True)), (b, a.map(b))):
        buffer = Text(first.apply(text))
        buffer.apply(second)  # refuses a cut
        assert ChangeSet.from_json(second.to_json()).to_json() == second.to_json()


@laws
@given(changes_in_a_row())
def test_composition(case: tuple[str, list[ChangeSet]]) -> None:
    """OT5: a row of changes as one makes the same text, however it is put together."""
    text, row = case
    expected = text
    forward = ChangeSet.identity(row[0].length)
    for change in row:
        expected = change.apply(expected)
        forward = forward.compose(change)
    backward = row[-1]
    for change in reversed(row[:-1]):
        backward = change.compose(backward)
    assert forward.apply(text) == backward.apply(text) == expected
    assert (forward.length, forward.new_length) == (row[0].length, row[-1].new_length)


@laws
@given(one_change())
def test_inversion(case: tuple[str, ChangeSet]) -> None:
    """OT7: the inverse takes the change back, and its own inverse is the change again."""
    text, change = case
    inverse = change.invert(text)
    assert inverse.apply(change.apply(text)) == text
    assert (
        inverse.invert(change.apply(text)) == change == change.invert(text).invert(Text(change.apply(text)))
    )


@laws
@given(one_change())
def test_positions_never_cross(case: tuple[str, ChangeSet]) -> None:
    """OT4: positions keep their order and stay in the text, and `assoc` never moves one back."""
    _, change = case
    before = [change.map_pos(position, -1) for position in range(change.length + 1)]
    after = [change.map_pos(position, 1) for position in range(change.length + 1)]
    assert before == sorted(before)
    assert after == sorted(after)
    assert all(0 <= low <= high <= change.new_length for low, high in zip(before, after, strict=True))


@laws
@given(two_changes())
def test_mapping_over_nothing_and_of_nothing(case: tuple[str, ChangeSet, ChangeSet]) -> None:
    """OT6: a change mapped over the identity is itself; the identity mapped over a change is an identity."""
    text, a, _ = case
    nothing = ChangeSet.identity(a.length)
    assert a.map(nothing) == a
    assert nothing.map(a).is_identity
    assert nothing.map(a).length == a.new_length
    assert a.compose(ChangeSet.identity(a.new_length)) == a == nothing.compose(a)
    assert a.invert(text).length == a.new_length


@laws
@given(st.data())
def test_mapping_over_a_row_is_mapping_over_each(data: st.DataObject) -> None:
    """OT8: `map_over` gives what `map` over one after the other gives, whatever short cuts it takes."""
    text, row = data.draw(changes_in_a_row())
    ours = data.draw(changes_of(text))
    one_by_one = ours
    for other in row:
        one_by_one = one_by_one.map(other)
    assert ours.map_over(row) == one_by_one


@laws
@given(st.data())
def test_typing_elsewhere_only_moves_a_replacement(data: st.DataObject) -> None:
    """OT4: the short way of mapping one replacement over another gives what the long way gives."""
    length = data.draw(st.integers(0, 12))

    def replacement() -> ChangeSet:
        start = data.draw(st.integers(0, length))
        end = data.draw(st.integers(start, length))
        return ChangeSet.replace(length, start, end, data.draw(st.sampled_from(["", "x", "yz"])))

    def the_long_way(change: ChangeSet) -> ChangeSet:
        # a text that goes on, kept in two parts, means the same and is no single replacement
        return ChangeSet.from_json([*change.to_json(), 1, 1])

    ours, theirs = replacement(), replacement()
    for before in (False, True):
        long = the_long_way(ours).map(the_long_way(theirs), before)
        assert list(ours.map(theirs, before).edits()) == list(long.edits())
