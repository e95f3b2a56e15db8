"""server/code_together/ot/authorship.py"""

from __future__ import annotations

import random
import subprocess
from itertools import pairwise
from pathlib import Path

import pygit2
import pytest

from code_together.errors import BadChanges
from code_together.ot import authorship
from code_together.ot.authorship import chain
from code_together.ot.change import ChangeSet
from tests.ot.windows import Window, expected_blame, random_window

ANN, BOB, CARL = 1, 2, 3

Edits = list[tuple[int, int, int, str]]


def steps_of(base: str, edits: Edits) -> list[tuple[int, str]]:
    """The chain after edits `(author, start, end, text)`; the last step must be the text that they make."""
    window = Window(base)
    for author, start, end, text in edits:
        window.edit(author, start, end, text)
    steps = chain(base, window.updates)
    assert (steps[-1][1] if steps else base) == window.text
    return steps


@pytest.mark.parametrize(
    ("base", "edits", "steps"),
    [
        pytest.param("a\n", [], [], id="nothing"),
        pytest.param(
            "a\n",
            [(BOB, 1, 1, "b"), (ANN, 0, 0, "x")],
            [(BOB, "ab\n"), (ANN, "xab\n")],
            id="first comes first",
        ),
        pytest.param("a\n", [(ANN, 0, 0, "xyz"), (BOB, 0, 2, "")], [(ANN, "za\n")], id="AU2: deleted again"),
        pytest.param("a\n", [(ANN, 0, 0, "xyz"), (BOB, 0, 3, "")], [], id="AU5: nothing is left"),
        pytest.param(
            "ab\n",
            [(ANN, 0, 0, "x"), (BOB, 1, 2, "")],
            [(ANN, "xab\n"), (BOB, "xb\n")],
            id="a deletion of the base",
        ),
        pytest.param(
            "abc\n",
            [(ANN, 1, 1, "xy"), (BOB, 2, 4, ""), (ANN, 2, 2, "z")],
            [(ANN, "axbzc\n"), (BOB, "axzc\n")],
            id="typed into what another deletes",
        ),
        pytest.param(
            "two",
            [(ANN, 0, 0, "X"), (BOB, 1, 4, "")],
            [(ANN, "Xtwo"), (BOB, "X")],
            id="typed before what goes",
        ),
        pytest.param(
            "two",
            [(ANN, 3, 3, "X"), (BOB, 0, 3, "")],
            [(ANN, "twoX"), (BOB, "X")],
            id="typed after what goes",
        ),
        pytest.param("two", [(ANN, 0, 0, ""), (BOB, 0, 3, "one")], [(BOB, "one")], id="an empty update"),
        pytest.param(
            "", [(ANN, 0, 0, "a\n"), (BOB, 2, 2, "b\n")], [(ANN, "a\n"), (BOB, "a\nb\n")], id="from nothing"
        ),
        pytest.param(
            "a😀\n", [(ANN, 1, 2, "𝒳"), (BOB, 2, 2, "é")], [(ANN, "a𝒳\n"), (BOB, "a𝒳é\n")], id="astral"
        ),
    ],
)
def test_steps(base: str, edits: Edits, steps: list[tuple[int, str]]) -> None:
    """AU1, AU2, AU5: step k holds what persons 1 to k inserted and still stands, without what they deleted."""
    assert steps_of(base, edits) == steps


HELLO = (ANN, 0, 0, "!")  # makes Ann's the first step


@pytest.mark.parametrize(
    ("base", "edits", "anns"),
    [
        pytest.param("old\n", [HELLO, (BOB, 5, 5, "\n"), (ANN, 5, 5, "foo")], "!old\nfoo\n", id="a fresh line at the end"),
        pytest.param("-\nold\n", [HELLO, (BOB, 3, 3, "\n"), (ANN, 3, 3, "foo")], "!-\nfoo\nold\n", id="before an old line"),
        pytest.param("prev\nold\n", [HELLO, (BOB, 5, 5, "\n"), (ANN, 6, 6, "foo")], "!prev\nfoo\nold\n", id="after an old line"),
        pytest.param("prev\nold\n", [HELLO, (BOB, 5, 5, "\n")], "!prev\nold\n", id="a break alone is not hers"),
        pytest.param("hello\n", [HELLO, (BOB, 3, 3, "\n"), (ANN, 3, 3, "X")], "!heXllo\n", id="he breaks a line of the base"),
        pytest.param(
            "-\nold\n",
            [HELLO, (BOB, 3, 3, "a\nb\nc\n"), (ANN, 6, 6, "X")],
            "!-\nX\nold\n",
            id="within his fresh lines",
        ),
        pytest.param(
            "one\ntwo\nthree\n", [HELLO, (BOB, 4, 8, ""), (ANN, 4, 4, "X")], "!oneX\ntwo\nthree\n", id="where he deleted a line below"
        ),
        pytest.param(
            "one\ntwo\nthree\n", [HELLO, (BOB, 5, 9, ""), (ANN, 5, 5, "X")], "!one\ntwo\nXthree\n", id="where he deleted a line above"
        ),
        pytest.param(
            "one\ntwo\n",
            [HELLO, (BOB, 5, 8, "zwei"), (ANN, 5, 5, "new\n")],
            "!one\nnew\ntwo\n",
            id="a line before one that he replaced",
        ),
        pytest.param(
            "one more\ntwo\n",
            [HELLO, (BOB, 4, 4, "\n"), (ANN, 5, 11, "")],
            "!one\ntwo\n",
            id="she deletes from his break to the next line",
        ),
    ],
)  # fmt: skip
def test_line_breaks(base: str, edits: Edits, anns: str) -> None:
    """AU4: a break counts in Ann's step when it keeps her fresh line apart from a line of the base, and only then."""
    assert steps_of(base, edits)[0] == (ANN, anns)


def test_a_joined_line_that_is_deleted_later_never_sticks() -> None:
    """AU3: Ann joins two lines, Bob deletes the second: the first was touched by nobody, and is whole in each step."""
    steps = steps_of("one\ntwo\nend\n", [(ANN, 3, 4, ""), (BOB, 3, 6, "")])
    assert all("one" in text.split("\n") for _, text in steps)


def test_an_update_that_does_not_fit_is_refused() -> None:
    """SQ5: a window whose updates do not follow each other is not made into commits."""
    with pytest.raises(BadChanges):
        chain("abc", [(ANN, ChangeSet.identity(4))])


class Repository:
    """Commits chains of texts as a window is committed, and asks the real git whom it blames."""

    def __init__(self, path: Path) -> None:
        self.git = pygit2.init_repository(str(path), bare=True)

    def blame(self, base: str, steps: list[tuple[int, str]]) -> list[str]:
        first = last = self._commit("base", base, [])
        for author, text in steps:
            last = self._commit(str(author), text, [last])
        if len(steps) > 1:
            last = self._commit("merge", steps[-1][1], [first, last])
        command = ["git", "-C", self.git.path, "blame", "--line-porcelain", str(last), "--", "file"]
        done = subprocess.run(command, capture_output=True, check=True)
        prefix = b"author "
        return [line[len(prefix) :].decode() for line in done.stdout.split(b"\n") if line.startswith(prefix)]

    def _commit(self, author: str, text: str, parents: list[pygit2.Oid]) -> pygit2.Oid:
        tree = self.git.TreeBuilder()
        tree.insert("file", self.git.create_blob(text.encode()), pygit2.enums.FileMode.BLOB)
        person = pygit2.Signature(author, "someone@example.org", 1_700_000_000, 0)
        return self.git.create_commit(None, person, person, "A step", tree.write(), parents)


def standing_since(line: str, base: str, steps: list[tuple[int, str]]) -> str | None:
    """The step from which on the line is in every text; None if it is not in the last."""
    since = None
    for author, text in [("base", base), *((str(author), text) for author, text in steps)]:
        since = (since or author) if line in text.split("\n") else None
    return since


@pytest.mark.parametrize(("seed", "people", "edits"), [(1, 2, 6), (2, 3, 12), (3, 4, 25), (4, 6, 60)])
def test_git_blame_names_who_touched_the_line(tmp_path: Path, seed: int, people: int, edits: int) -> None:
    """AU1, AU3: over random windows the real `git blame` names, for every line, somebody who touched it, and the
    base's author for a line that nobody touched.

    Not asked: lines that a diff of texts cannot tell (see `expected_blame`). Excused, and counted: a line that stands
    whole in all the steps it should, and that git's own heuristics, which do not look for the shortest diff where empty
    lines repeat, take for a new one.
    """
    print(f"seed {seed}")
    rng = random.Random(seed)
    repository = Repository(tmp_path)
    asked = excused = 0
    for number in range(80):
        window = random_window(rng, people, rng.randint(1, edits))
        steps = chain(window.base, window.updates)
        authors = [author for author, _ in steps]
        first_updates = list(dict.fromkeys(author for author, _ in window.updates))
        assert authors == [author for author in first_updates if author in authors]
        texts = [window.base, *(text for _, text in steps)]
        assert texts[-1] == window.text
        assert all(before != after for before, after in pairwise(texts))
        if not window.text:
            continue
        blamed = repository.blame(window.base, steps)
        expected = expected_blame(window)
        assert len(blamed) == len(expected)
        for got, want in zip(blamed, expected, strict=True):
            if want is None:
                continue
            asked += 1
            names = {str(person) for person in want.people} or {"base"}
            if got not in names:
                assert standing_since(want.text, window.base, steps) in names, (
                    number,
                    want,
                    got,
                    window,
                    steps,
                )
                excused += 1
    assert asked > 200
    assert excused < asked / 100


def test_a_window_of_one_person_is_one_step() -> None:
    """WN4: whatever one person does, alone it is one step from the base to the final text."""
    rng = random.Random(5)
    for _ in range(100):
        window = random_window(rng, 1, 12)
        expected = [(0, window.text)] if window.text != window.base else []
        assert chain(window.base, window.updates) == expected


def test_thousands_of_updates_in_a_long_text() -> None:
    """AU1: 5,000 keystrokes of 30 people all over a text of a million characters give the final text at the end."""
    rng = random.Random(6)
    base = "".join(f"line {number} of a long text\n" for number in range(40_000))
    length = len(base)
    carets = [rng.randrange(length) for _ in range(30)]
    updates = []
    text = bytearray(base.encode())
    for _ in range(5_000):
        author = rng.randrange(30)
        caret = min(carets[author], length)
        typed = rng.choice(["x", "y", "\n", ""])
        start = caret if typed else max(0, caret - 1)
        updates.append((author, ChangeSet.replace(length, start, caret, typed)))
        text[start:caret] = typed.encode()
        length += len(typed) - (caret - start)
        carets[author] = start + len(typed)
    steps = chain(base, updates)
    assert len(steps) == 30
    assert steps[-1][1] == text.decode()


@pytest.mark.parametrize("seed", range(40))
def test_blocks_do_not_show(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """AU1: the cells of a long window lie in blocks; where these begin and end makes no difference."""
    rng = random.Random(seed)
    window = random_window(rng, people=rng.randint(1, 5), edits=150)
    whole = chain(window.base, window.updates)
    monkeypatch.setattr(authorship, "_BLOCK", 2)
    assert chain(window.base, window.updates) == whole
