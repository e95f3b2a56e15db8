"""Comments as Git notes: trees with fan-out, all refs or none, and whatever others wrote there."""

from __future__ import annotations

import random

import pygit2
import pytest

from code_together.errors import Conflict, NotFound
from code_together.git import appraise, notes
from code_together.git.appraise import Location, Range, Remark
from code_together.git.bare import opened
from code_together.git.commits import write_commit
from code_together.git.notes import DISCUSS, EXTRAS, REVIEWS, Extra, NewLine, Refs
from code_together.session.lines import LineRange
from tests.git.making import ANN, BOB, HOST, git, put

NOTHING = Refs(None, None)


def new(commit: str, text: str, **more: object) -> NewLine:
    """A comment on the first line of `a`."""
    remark = Remark("1763886305", "ann@host", location=Location(commit, "a", Range(1)), description=text)
    return NewLine(commit, remark.line, Extra(remark.id, "ann", 5.0, 1, LineRange(1, 1, 1, 4)).line)


def show(path: str, ref: str, commit: str) -> list[str]:
    return git(path, "notes", f"--ref={ref}", "show", commit).splitlines()


def foreign(path: str, ref: str, entries: dict[str, bytes], parents: list[str] | None = None) -> str:
    """A commit of notes as somebody else may have written it: a file of the tree for each entry, by its path."""
    with opened(path) as repository:
        tree: dict[str, dict[str, bytes]] = {}
        builder = repository.TreeBuilder()
        for name, data in entries.items():
            folder, _, rest = name.rpartition("/")
            tree.setdefault(folder, {})[rest] = data
        for folder, files in tree.items():
            below = builder if not folder else repository.TreeBuilder()
            for name, data in files.items():
                below.insert(name, repository.create_blob(data), pygit2.enums.FileMode.BLOB)
            if folder:
                builder.insert(folder, below.write(), pygit2.enums.FileMode.TREE)
        commit = write_commit(repository, builder.write(), parents or [], BOB, HOST, 9.0, "theirs")
        if ref:
            repository.references.create(ref, commit, force=True)
        return commit


def test_adding(path: str) -> None:
    """NO4: lines go to the notes of their commits, once; each commit has one line of a review; git reads them."""
    one, two = put(path, {"a": b"one\n"}), put(path, {"a": b"two\n"})
    refs, _ = notes.add(path, [new(one, "x"), new(one, "y"), new(two, "z")], ANN, HOST, 5.0)
    again, _ = notes.add(path, [new(one, "x"), new(two, "z")], ANN, HOST, 6.0)
    assert again == refs == notes.refs(path)
    more, _ = notes.add(path, [new(one, "w")], None, HOST, 7.0)
    assert more != refs
    assert show(path, "devtools/discuss", one) == [new(one, text).line for text in "xyw"]
    assert show(path, "devtools/discuss", two) == [new(two, "z").line]
    assert len(show(path, "devtools/reviews", one)) == len(show(path, "devtools/reviews", two)) == 1
    assert show(path, "code_together/comments", two) == [new(two, "z").extra]
    assert git(path, "log", "--format=%an", DISCUSS).split() == ["code_together", "Ann"]
    assert all("/" in name for name in git(path, "ls-tree", "-r", "--name-only", DISCUSS).split())
    assert git(path, "fsck", "--strict") == ""


def test_many_commits(path: str) -> None:
    """NO4: with many commits the tree has one folder for each pair of digits, and stays small to write."""
    first = put(path, {"a": b"one\n"})
    ids = [f"{random.Random(number).getrandbits(160):040x}" for number in range(600)]
    notes.add(path, [new(first, "x")], ANN, HOST, 5.0)
    with opened(path) as repository:
        head = notes._append(repository, DISCUSS, {id: [b"x"] for id in ids}, ANN, HOST, 5.0)
        notes._move(repository, {DISCUSS: head})
    assert len(git(path, "notes", "--ref=devtools/discuss", "list").splitlines()) == 601
    assert len(git(path, "ls-tree", DISCUSS).splitlines()) <= 256


@pytest.mark.parametrize("form", ["{0}", "{1}/{2}", "{1}/{3}/{4}"])
def test_forms_of_trees(path: str, form: str) -> None:
    """NO4: a note is found and added to wherever git may have put it, and nothing beside it is lost."""
    commit = put(path, {"a": b"one\n"})
    name = form.format(commit, commit[:2], commit[2:], commit[2:4], commit[4:])
    if name.count("/") == 2:
        with opened(path) as repository:
            inner, middle, outer = (repository.TreeBuilder() for _ in range(3))
            inner.insert(name.split("/")[2], repository.create_blob(b"old"), pygit2.enums.FileMode.BLOB)
            middle.insert(commit[2:4], inner.write(), pygit2.enums.FileMode.TREE)
            outer.insert(commit[:2], middle.write(), pygit2.enums.FileMode.TREE)
            id = write_commit(repository, outer.write(), [], BOB, HOST, 1.0, "x")
            repository.references.create(DISCUSS, id)
    else:
        foreign(path, DISCUSS, {name: b"old", "README": b"not a note", "zz": b"neither"})
    before = notes.refs(path)
    notes.add(path, [new(commit, "x")], ANN, HOST, 5.0)
    assert show(path, "devtools/discuss", commit) == ["old", new(commit, "x").line]
    assert len(git(path, "notes", "--ref=devtools/discuss", "list").splitlines()) == 1
    if name.count("/") < 2:
        assert git(path, "show", f"{DISCUSS}:README") == "not a note"
    assert [one.commit for one in notes.discussions(path, before)[0]] == [commit]


def test_reading(path: str) -> None:
    """CM8: what changed since is read, with what the server knows besides; what did not is not looked at."""
    one, two = put(path, {"a": b"one\n"}), put(path, {"a": b"two\n"})
    refs, _ = notes.add(path, [new(one, "x")], ANN, HOST, 5.0)
    (discussion,), now = notes.discussions(path, NOTHING)
    assert now == refs
    assert discussion.commit == one
    (said,) = discussion.said
    assert said.remark.description == "x"
    assert said.extra == Extra(said.id, "ann", 5.0, 1, LineRange(1, 1, 1, 4))
    assert discussion.before == []
    notes.add(path, [new(two, "y")], ANN, HOST, 6.0)
    assert [each.commit for each in notes.discussions(path, refs)[0]] == [two]
    refs = notes.refs(path)
    notes.add(path, [new(one, "z")], ANN, HOST, 7.0)
    [further] = notes.discussions(path, refs)[0]
    assert [one.remark.description for one in further.before] == ["x"]
    assert [one.remark.description for one in further.said] == ["x", "z"]
    assert notes.discussions(path, notes.refs(path))[0] == []


def test_merging(path: str) -> None:
    """NO5: notes that were written elsewhere are joined with ours, nothing of either side is lost, and again changes nothing."""
    one, two, three = (put(path, {"a": text}) for text in (b"one\n", b"two\n", b"three\n"))
    refs, _ = notes.add(path, [new(one, "ours"), new(two, "both")], ANN, HOST, 5.0)
    assert refs.discuss is not None
    theirs = foreign(
        path,
        "",
        {
            one: b"theirs\n\n" + new(one, "more").line.encode(),
            two: new(two, "both").line.encode(),
            three: b"new",
        },
    )
    merged = notes.merge(path, DISCUSS, theirs, BOB, HOST, 6.0)
    assert show(path, "devtools/discuss", one) == sorted(
        [new(one, "ours").line, new(one, "more").line, "theirs"]
    )
    assert show(path, "devtools/discuss", two) == [new(two, "both").line]
    assert show(path, "devtools/discuss", three) == ["new"]
    assert git(path, "log", "-1", "--format=%P", DISCUSS).split() == [refs.discuss, theirs]
    assert notes.merge(path, DISCUSS, theirs, BOB, HOST, 7.0) == merged
    whole = {
        commit: "\n".join(show(path, "devtools/discuss", commit)).encode() for commit in (one, two, three)
    }
    ahead = foreign(path, "", {**whole, one: whole[one] + b"\nahead"}, [merged])
    assert notes.merge(path, DISCUSS, ahead, BOB, HOST, 8.0) == ahead
    assert notes.merge(path, REVIEWS, theirs, BOB, HOST, 8.0) != theirs
    with pytest.raises(NotFound):
        notes.merge(path, DISCUSS, "0" * 40, BOB, HOST, 9.0)


@pytest.mark.parametrize("parents", ["ahead", "beside"])
def test_nothing_goes(path: str, parents: str) -> None:
    """NO5: what theirs took out or altered stays, whether it builds on ours or not; what it adds comes in."""
    one, two = (put(path, {"a": text}) for text in (b"one\n", b"two\n"))
    refs, _ = notes.add(path, [new(one, "x"), new(one, "y"), new(two, "z")], ANN, HOST, 5.0)
    assert refs.discuss is not None
    on = [refs.discuss] if parents == "ahead" else []
    before = {commit: show(path, "devtools/discuss", commit) for commit in (one, two)}
    altered = foreign(path, "", {one: new(one, "X").line.encode() + b"\n" + new(one, "y").line.encode()}, on)
    merged = notes.merge(path, DISCUSS, altered, BOB, HOST, 6.0)
    assert show(path, "devtools/discuss", one) == sorted([*before[one], new(one, "X").line])
    assert show(path, "devtools/discuss", two) == before[two]
    empty = foreign(path, "", {}, [merged] if on else [])
    notes.merge(path, DISCUSS, empty, BOB, HOST, 7.0)
    assert len(show(path, "devtools/discuss", one)) == 3
    assert show(path, "devtools/discuss", two) == before[two]
    assert git(path, "merge-base", DISCUSS, empty).strip() == empty
    assert git(path, "fsck", "--strict") == ""


def test_first_merge(path: str) -> None:
    """NO5: the first notes of a session may be somebody else's."""
    theirs = foreign(path, "", {put(path, {"a": b"one\n"}): b"x"})
    assert notes.merge(path, DISCUSS, theirs, BOB, HOST, 1.0) == theirs
    assert notes.refs(path).discuss == theirs


def test_all_refs_or_none(path: str) -> None:
    """NO4: where one of the refs has moved meanwhile none is moved."""
    commit = put(path, {"a": b"one\n"})
    before, _ = notes.add(path, [new(commit, "x")], ANN, HOST, 5.0)
    with opened(path) as repository, pytest.raises(Conflict):
        notes._move(repository, {EXTRAS: (before.extras, commit), DISCUSS: (commit, commit[::-1])})
    assert notes.refs(path) == before


HOSTILE = [
    b"", b"\n\n\n", b"\0" * 100, b"{}", b"[]", b"{" * 100_000, b'{"parent":"' + b"0" * 40 + b'"}',
    b'{"original":"' + b"0" * 40 + b'","description":"of nothing"}', b'{"location":{"commit":"HEAD","path":"a","range":{"startLine":1}}}',
    b'{"location":{"commit":"%b","path":"../../etc/passwd","range":{"startLine":1}}}' % (b"1" * 40),
    b'{"timestamp":"99999999999999999999999","description":"far"}', b'{"timestamp":"-5","author":"<script>\\u0000"}',
    b'{"description":"' + b"x" * 2_000_000 + b'"}', b"\xff\xfe\xfd", b'{"location":{"range":{"startLine":4294967295,"endLine":1}}}',
    b'{"description":"\\ud800"}', b'{"location":null,"location":{"path":"a"}}', b'{"description":"\\u0000\\u001b[31m"}',
]  # fmt: skip


def test_hostile_notes(path: str) -> None:
    """NO6: whatever stands in the notes, everything else is read; what is no comment is kept."""
    commit = put(path, {"a": b"one\n"})
    note = b"\n".join([*HOSTILE, new(commit, "good").line.encode(), *HOSTILE])
    extras = b"\n".join([b"x", b"{}", b'{"id":1}', b'{"id":"a","account":"b","at":"nan"}', b'{"id":"a","account":"b","at":NaN}',
                         b'{"id":"a","account":"b","at":1,"range":[1,2,"x",4],"doc":true}', b'{"id":"a","account":"b","at":1e400}',
                         new(commit, "good").extra.encode()])  # fmt: skip
    foreign(path, DISCUSS, {commit: note, "0" * 40: note, "x" * 40: b"no note", "ab": b"a file"})
    foreign(path, EXTRAS, {commit: extras, "1" * 40: b"\xff"})
    discussions, _ = notes.discussions(path, NOTHING)
    assert [each.commit for each in discussions] == sorted({commit, "0" * 40, "1" * 40})
    for each in discussions[:1] + [one for one in discussions if one.commit == commit]:
        good = [one for one in each.said if one.remark.description == "good"]
        assert len(good) == 1
        assert (good[0].extra is not None) == (each.commit == commit)
    notes.add(path, [new(commit, "x")], ANN, HOST, 5.0)
    assert (
        b"\0" * 100
        in pygit2.Repository(path)[
            git(path, "notes", "--ref=devtools/discuss", "list", commit).strip()
        ].read_raw()
    )


def test_random_notes(path: str) -> None:
    """NO6: bytes at random, and pieces of real lines, never break reading."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    commit = put(path, {"a": b"one\n"})
    line = new(commit, "text \u2028 <&>").line.encode()
    pieces = [bytes([byte]) for byte in range(256)] + [
        b'"',
        b"{",
        b"}",
        b":",
        b",",
        b'"location":',
        b"null",
        b"\\ud83d",
    ]
    for _ in range(300):
        broken = bytearray(line)
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(broken))
            broken[at : at + chance.randrange(3)] = chance.choice(pieces)
        remark = appraise.parse(bytes(broken))
        if remark is not None:
            again = appraise.parse(remark.line.encode())
            assert again is not None
            assert again.line == remark.line
    foreign(path, DISCUSS, {commit: b"\n".join(chance.randbytes(chance.randrange(200)) for _ in range(200))})
    notes.discussions(path, NOTHING)
