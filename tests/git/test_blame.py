"""Who typed each line."""

import random

import pytest

from code_together.errors import NotFound, Unprocessable
from code_together.git import blame as module
from code_together.git import repository
from code_together.git.blame import Blame, Source, blame, parse_porcelain
from code_together.git.identity import Person
from code_together.git.kept import Kept
from code_together.git.repository import FileChange
from code_together.session.textfile import Format
from tests.git.making import ANN, BOB, HOST, document, put, typed, window

PORCELAIN = b"""\
1111111111111111111111111111111111111111 1 1 2
author Ann
author-mail <ann@host>
author-time 5
author-tz +0000
committer code_together
committer-mail <server@host>
committer-time 7
committer-tz +0000
summary \tauthor Eve
boundary
filename a
\tone
1111111111111111111111111111111111111111 2 2
\tauthor Eve
2222222222222222222222222222222222222222 3 3 1
author B\xff <b
author-mail <b@host>
committer-time 9
filename "a\\n"
\t
"""


def test_porcelain() -> None:
    """A commit's details are taken from where it is first named, and a line's own text is never taken for them."""
    one, two, three = parse_porcelain(PORCELAIN)
    assert (one.author, one.at, one.size) == (Person("Ann", "ann@host"), 7.0, 4)
    assert (two.author, two.revision, two.size) == (Person("Ann", "ann@host"), "1" * 40, 11)
    assert (three.at, three.size) == (9.0, 1)
    assert three.author == Person("B\ufffd <b <b@host>", "")
    assert (one.line, one.source) == (1, Source("\tauthor Eve", "a", None))
    assert three.source.path == "a\n"
    assert list(parse_porcelain(b"")) == []


def test_each_line_names_who_typed_it(path: str) -> None:
    """AU3: a line that nobody touched keeps its revision; a line that one person typed names that person."""
    first = put(path, {"src/a": b"one\ntwo\nthree\n"})
    edits = [(0, 4, 7, "ZWEI"), (1, 9, 9, "new\n")]
    made = window(path, [document("src/a", "one\ntwo\nthree\n", edits)], [ANN, BOB])
    lines = blame(path, made.id, "src/a").lines
    assert [(line.number, line.text, line.author.name) for line in lines] == [
        (1, "one", "Ann"),
        (2, "ZWEI", "Ann"),
        (3, "new", "Bob"),
        (4, "three", "Ann"),
    ]
    assert [line.revision for line in lines][2] == made.parents[1]
    assert [line.revision == first for line in lines] == [True, False, False, True]
    assert [line.at for line in lines] == [1_000.0, 2_000.0, 2_000.0, 1_000.0]
    assert [line.revision for line in blame(path, first, "src/a").lines] == [first] * 3


@pytest.mark.parametrize(
    "format",
    [
        Format("utf-8", crlf=True),
        Format("utf-16-le", True),
        Format("utf-16-le", True, True),
        Format("utf-16-be", True),
    ],
)
def test_lines_are_those_of_the_text(path: str, format: Format) -> None:
    """TX3: lines are those of the text, in any encoding, with characters that hold a line end's byte."""
    before = "eins\n\u0a0a\u010a zwei\ndrei"
    data = ("\ufeff" * format.bom + (before.replace("\n", "\r\n") if format.crlf else before)).encode(
        format.encoding
    )
    put(path, {"a": data})
    made = window(path, [document("a", before, [(0, 5, 5, "neu\n")], format=format)], [BOB])
    lines = blame(path, made.id, "a").lines
    assert [line.text for line in lines] == ["eins", "neu", "\u0a0a\u010a zwei", "drei"]
    assert [line.author.name for line in lines] == ["Ann", "Bob", "Ann", "Ann"]


def test_odd_files(path: str) -> None:
    """An empty file has no lines, a file that is no text is refused, a missing one not found."""
    commit = put(path, {"empty": b"", "bin": b"\0", "folder/a": b"\n\n"})
    assert blame(path, commit, "empty").lines == []
    assert [line.text for line in blame(path, commit, "folder/a").lines] == ["", ""]
    with pytest.raises(Unprocessable) as error:
        blame(path, commit, "bin")
    assert error.value.code == "not_text"
    for missing in ("none", "folder"):
        with pytest.raises(NotFound):
            blame(path, commit, missing)


@pytest.mark.parametrize(
    "name", ["-rf", "--contents", ":(top)a", "*", "a b", "ä", "a\nb", "\\", 'a"b', "HEAD", "@{1}"]
)
def test_odd_names(path: str, name: str) -> None:
    """A file's name is never taken for an option, a pattern or a revision."""
    commit = put(path, {name: b"x\n", "other": b"y\n"})
    assert [line.text for line in blame(path, commit, name).lines] == ["x"]


def test_nobody_renames_others(path: str) -> None:
    """A mailmap in the session does not change who a line is by."""
    commit = put(path, {"a": b"x\n", ".mailmap": b"Eve <eve@host> <ann@host>\n"})
    assert blame(path, commit, "a").lines[0].author == ANN


def test_what_was_before_a_line(path: str) -> None:
    """LK6: each line's revision has a title, and the revision and path of before, through renames; the first has none."""
    first = put(path, {'so "it" is\tä': b"one\ntwo\nthree\n"}, message="Begin")
    changes = [FileChange("src/b", None, 'so "it" is\tä')]
    moved = repository.commit_files(path, first, changes, ANN, HOST, 2_000.0, "Move")
    repository.move_ref(path, moved.id, first)
    last = put(path, {"src/b": b"zero\none\n2\nthree\n"}, message="Count\n\nIn words.")
    found = blame(path, last, "src/b")
    assert [(line.revision, line.original) for line in found.lines] == [
        (last, 1),
        (first, 1),
        (last, 3),
        (first, 3),
    ]
    assert found.sources == {
        first: Source("Begin", 'so "it" is\tä', None),
        last: Source("Count", "src/b", (moved.id, "src/b")),
    }
    source = blame(path, moved.id, "src/b").sources[first]
    assert source.path == 'so "it" is\tä'


def anew(path: str, commit: str, file: str) -> Blame:
    """As if nobody had looked before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_kept", Kept(1_000))
        patch.setattr(module, "_last", Kept(1_000))
        return blame(path, commit, file)


def test_a_second_look(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """LK9: who looks again waits for nothing; who looks at a later revision, for what came since."""
    first = put(path, {"a": b"one\ntwo\n"})
    later = put(path, {"a": b"one\nzwei\ndrei\n"})
    ran: list[str] = []
    run = module._run

    def counted(path: str, revisions: str, file: str) -> bytes:
        ran.append(revisions)
        return run(path, revisions, file)

    monkeypatch.setattr(module, "_run", counted)
    for _ in range(2):
        for commit in (first, later):
            assert blame(path, commit, "a") == anew(path, commit, "a")
    assert [revisions for revisions in ran if ".." in revisions] == [f"{first}..{later}"]
    assert len(ran) == 6  # four of them are those that it is compared with
    with pytest.raises(NotFound):
        blame(path, "0" * 40, "a")


def test_every_look_is_what_git_says(path: str) -> None:
    """LK9, LK6: through windows of two people, renames, restored and deleted files, whatever was looked at before, forwards and back."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    lines = [f"line {number}" for number in range(12)]
    file = "a"
    seen = [(put(path, {file: "\n".join(lines).encode()}), file)]
    texts = [list(lines)]
    for number in range(30):
        old = "\n".join(lines)
        place = chance.randrange(len(lines))
        kind = chance.choice(["edit", "window", "rename", "back", "gone"])
        if kind == "rename":
            new = f"moved{number}"
            head = repository.head(path)
            moved = repository.commit_files(
                path, head, [FileChange(new, None, file)], ANN, HOST, 3_000.0, "Move"
            )
            repository.move_ref(path, moved.id, head)
            file = new
            seen.append((moved.id, file))
            continue
        if kind == "window":
            edits = [(0, 0, 0, f"Ann {number}\n"), (1, len(old), len(old), f"Bob {number}")]
            lines = typed(old, edits)[1].split("\n")
            made = window(path, [document(file, old, edits)], [ANN, BOB])
            seen.append((made.id, file))
        else:
            if kind == "gone":
                put(path, {file: None})
            lines = (
                list(chance.choice(texts))
                if kind == "back"
                else [*lines[:place], f"new {number}", *lines[place + 1 :]]
            )
            if "\n".join(lines) != old or kind == "gone":
                seen.append((put(path, {file: "\n".join(lines).encode()}), file))
        texts.append(list(lines))
    for _ in range(60):
        commit, name = chance.choice(seen)
        assert blame(path, commit, name) == anew(path, commit, name)
