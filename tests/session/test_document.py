"""The sequencer."""

from __future__ import annotations

import gc

import pytest

from code_together.errors import BadChanges, Conflict, TooLarge
from code_together.ot.change import ChangeSet
from code_together.session.document import Document, DocumentLimits, HistoryNeeded


def make(text: str = "abc", **limits: int) -> Document:
    return Document(7, "a.txt", "utf-8", text, limits=DocumentLimits(**limits))


def cs(value: object) -> ChangeSet:
    return ChangeSet.from_json(value)


def test_versions_count_updates() -> None:
    """SQ1: a document begins at 0 and every update takes one version."""
    document = make()
    accepted = document.push("c", 1, 0, 1, [cs([3, [0, "d"]]), cs([4, [0, "e"]])])
    assert [(u.version, u.seq) for u in accepted] == [(1, 1), (2, 2)]
    assert (str(document.text), document.version) == ("abcde", 2)


def test_mapping_is_one_by_one() -> None:
    """SQ2, OT8: delete b, then insert X at 1, against a Y at 1, gives aXYc; over the composition it would be aYXc."""
    document = make()
    document.push("other", 1, 0, 1, [cs([1, [0, "Y"], 2])])
    document.push("c", 2, 0, 1, [cs([1, [1], 1]), cs([1, [0, "X"], 1])])
    one_by_one = str(document.text)
    document = make()
    document.push("c", 2, 0, 1, [cs([1, [1], 1]), cs([1, [0, "X"], 1])])
    document.push("other", 1, 0, 1, [cs([1, [0, "Y"], 2])])
    assert str(document.text) == "aXYc"
    assert one_by_one == "aYXc"


def test_at_equal_positions_the_accepted_comes_first() -> None:
    """SQ2: of two insertions at one place the earlier accepted stands before the later."""
    document = make("")
    document.push("a", 1, 0, 1, [cs([[0, "1"]])])
    document.push("b", 2, 0, 1, [cs([[0, "2"]])])
    assert str(document.text) == "12"


def test_a_known_push_is_skipped() -> None:
    """SQ3: a push that is sent again is applied once."""
    document = make()
    document.push("c", 1, 0, 1, [cs([3, [0, "d"]])])
    assert document.push("c", 1, 0, 1, [cs([3, [0, "d"]])]) == []
    assert str(document.text) == "abcd"


def test_known_updates_beside_new_ones() -> None:
    """SQ3: of a push that holds a known update and a new one the new one is applied, mapped over what came between."""
    document = make()
    document.push("other", 2, 0, 1, [cs([[0, "<"], 3])])
    document.push("c", 1, 0, 1, [cs([3, [0, "d"]])])
    document.push("other", 2, 2, 2, [cs([5, [0, ">"]])])
    accepted = document.push("c", 1, 0, 1, [cs([3, [0, "d"]]), cs([4, [0, "e"]])])
    assert [(u.seq, u.version) for u in accepted] == [(2, 4)]
    assert str(document.text) == "<abcd>e"


def test_a_resend_mapped_by_the_client() -> None:
    """SQ3: a resend on a newer version, which the client has mapped itself, is known by its number all the same."""
    document = make()
    document.push("other", 2, 0, 1, [cs([[0, "<"], 3])])
    document.push("c", 1, 0, 1, [cs([3, [0, "d"]])])
    assert document.push("c", 1, 1, 1, [cs([4, [0, "d"]])]) == []
    accepted = document.push("c", 1, 1, 1, [cs([4, [0, "d"]]), cs([5, [0, "e"]])])
    assert [u.seq for u in accepted] == [2]
    assert str(document.text) == "<abcde"


def test_known_updates_from_before_the_version() -> None:
    """SQ3: a known update that the version already holds is left out, and the rest stands on the version."""
    document = make()
    document.push("c", 1, 0, 1, [cs([3, [0, "d"]])])
    accepted = document.push("c", 1, 1, 1, [cs([3, [0, "d"]]), cs([4, [0, "e"]])])
    assert [u.seq for u in accepted] == [2]
    assert str(document.text) == "abcde"


def test_a_resend_with_other_content_is_refused() -> None:
    """SQ3: what claims to be a known update but does not fit it is refused and changes nothing."""
    document = make()
    document.push("c", 1, 0, 1, [cs([3, [0, "d"]])])
    with pytest.raises(BadChanges):
        document.push("c", 1, 0, 1, [cs([3, [0, "ddd"]]), cs([6, [0, "e"]])])
    assert (str(document.text), document.version) == ("abcd", 1)


@pytest.mark.parametrize("seq", [2, 3, 100])
def test_a_gap_is_refused(seq: int) -> None:
    """SQ3: a push that leaves a number out is refused and changes nothing."""
    document = make()
    with pytest.raises(Conflict) as refused:
        document.push("c", 1, 0, seq, [cs([3, [0, "d"]])])
    assert refused.value.code == "sequence_gap"
    assert (str(document.text), document.version) == ("abc", 0)


@pytest.mark.parametrize("version", [-1, 1, 10**9])
def test_a_version_that_is_not_yet(version: int) -> None:
    """SQ5: a version below 0 or from the future is refused."""
    with pytest.raises(BadChanges):
        make().push("c", 1, version, 1, [cs([3])])


@pytest.mark.parametrize("changes", [[[2]], [[4]], [[3], [[0, "x"]]], [[]]], ids=str)
def test_changes_that_do_not_fit(changes: list[object]) -> None:
    """SQ5: changes for a text of another length are refused whole."""
    document = make()
    with pytest.raises(BadChanges):
        document.push("c", 1, 0, 1, [cs(change) for change in changes])
    assert (str(document.text), document.version, document.seq_of("c")) == ("abc", 0, 0)


def test_all_or_nothing() -> None:
    """SQ5, OT9: when the last change of a push cuts a surrogate pair, the first ones are taken back."""
    document = make("a😀")
    with pytest.raises(BadChanges):
        document.push("c", 1, 0, 1, [cs([[1, "b"], 2]), cs([[0, "x"], 3]), cs([3, [1]])])
    assert (str(document.text), document.version, document.seq_of("c")) == ("a😀", 0, 0)


def test_what_maps_to_nothing_takes_a_version() -> None:
    """SQ6: a deletion of what is gone is accepted as an update, for its sender waits for it."""
    document = make()
    document.push("a", 1, 0, 1, [cs([[3]])])
    accepted = document.push("b", 2, 0, 1, [cs([1, [1], 1])])
    assert accepted[0].changes.is_identity
    assert document.version == 2


def test_the_longest_text() -> None:
    """SQ7: a push that would make the text too long is refused; one that shortens it is not."""
    document = make("abc", units=4)
    with pytest.raises(TooLarge):
        document.push("c", 1, 0, 1, [cs([3, [0, "dd"]])])
    document.push("c", 1, 0, 1, [cs([3, [0, "d"]])])
    document.push("c", 1, 1, 2, [cs([[1], 3])])
    assert str(document.text) == "bcd"


def test_no_nul() -> None:
    """SQ8: a NUL would make the file binary; it is refused."""
    document = make()
    with pytest.raises(BadChanges):
        document.push("c", 1, 0, 1, [cs([3, [0, "\0"]])])
    assert str(document.text) == "abc"


def test_cost_of_a_stale_push_is_bounded() -> None:
    """SQ2: a huge push on a very old version is refused rather than hold up everyone."""
    document = make("", mapping=10)
    for seq in range(1, 12):
        document.push("a", 1, seq - 1, seq, [cs([seq - 1, [0, "x"]] if seq > 1 else [[0, "x"]])])
    with pytest.raises(Conflict) as refused:
        document.push("b", 2, 0, 1, [cs([[0, "y"]])])
    assert refused.value.code == "too_far_behind"


def test_replay_gives_the_same_document() -> None:
    """WN3, SQ4: base text and journal give the live text, and the numbers of clients are known."""
    document = make()
    updates = document.push("c", 1, 0, 1, [cs([3, [0, "d"]]), cs([[1], 3])])
    again = make()
    again.replay(updates)
    assert (str(again.text), again.version, again.seq_of("c")) == ("bcd", 2, 2)
    with pytest.raises(BadChanges):
        again.replay(updates)


def test_forgotten_history_is_asked_for() -> None:
    """SQ2: a push older than what is held asks for the journal, and is mapped once it is remembered."""
    document = make()
    updates = [document.push("a", 1, i, i + 1, [cs([[0, "x"], 3 + i])])[0] for i in range(4)]
    document.committed = 4
    document.forget(1)
    with pytest.raises(HistoryNeeded) as needed:
        document.push("b", 2, 1, 1, [cs([4, [0, "!"]])])
    assert needed.value.version == 1
    document.remember(updates[1:3])
    document.push("b", 2, 1, 1, [cs([4, [0, "!"]])])
    assert str(document.text) == "xxxxabc!"


def test_the_open_window_is_not_forgotten() -> None:
    """WN3: updates that no revision holds yet stay in memory."""
    document = make()
    document.push("a", 1, 0, 1, [cs([3, [0, "d"]])])
    document.forget(0)
    assert document.first_held == 0


def test_accepted_updates_are_kept_from_the_garbage_collector() -> None:
    """A room holds as many of them as were typed since the last revision: looking at each again and again stops everyone."""
    document = make()
    document.push("a", 1, 0, 1, [cs([1, [0, "x"], 2])])
    document.push("b", 2, 0, 1, [cs([3, [0, "y"]])])
    document.push("b", 2, 2, 2, [cs([[0, "1"], 3, [0, "2"], 2])])
    for update in document.since(0):
        assert not gc.is_tracked(update)
        assert not gc.is_tracked(update.changes)
