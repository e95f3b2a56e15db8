"""The history of a session."""

import codecs

import pygit2
import pytest
from pygit2.enums import ObjectType

from code_together.errors import NotFound
from code_together.git import history, repository
from code_together.git.blame import blame
from code_together.git.comparing import compare
from code_together.git.repository import FileChange, Person
from code_together.session.revisions import FileStat, Revision
from tests.git.making import ANN, BOB, HOST, MOST, document, put, window

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def described(path: str, limit: int = 1_000) -> list[Revision]:
    """The newest revisions along first parents."""
    head = repository.head(path)
    assert head is not None
    ids, _ = history.line(path, head, None, limit)
    return history.describe(path, ids, 60.0)


def described_one(path: str, id: str) -> Revision:
    return history.describe(path, [id], 60.0)[0]


def test_lines_of_revisions(path: str) -> None:
    """A line goes along first parents to where it is to end, has a longest length, and tells what follows."""
    ids = [put(path, {"a": b"%d" % n}) for n in range(7)][::-1]
    assert history.line(path, ids[0], None, 10) == (ids, None)
    assert history.line(path, ids[0], None, 7) == (ids, None)
    assert history.line(path, ids[0], None, 3) == (ids[:3], ids[3])
    assert history.line(path, ids[1], ids[4], 10) == (ids[1:4], ids[4])
    assert history.line(path, ids[4], ids[1], 10) == (ids[4:], None)


def test_descriptions_take_so_long(path: str) -> None:
    """However little time there is, one revision is described; with time, all that were asked for."""
    ids = [put(path, {"a": b"%d" % n}, at=1_000.0 + n, message=f"Number {n}") for n in range(4)]
    assert [one.id for one in history.describe(path, ids, 0.0)] == ids[:1]
    [first, *_] = all = history.describe(path, ids, 60.0)
    assert [one.id for one in all] == ids
    assert [one.at for one in all] == [1_000.0 + n for n in range(4)]
    assert (first.message, first.parents, first.authors, first.people) == ("Number 0", [], [ANN], [])
    assert history.describe(path, [], 60.0) == []


def test_windows_have_their_people(path: str) -> None:
    """WN4: a window has its people as authors, and their commits in their order, each with what that person did."""
    first = put(path, {"a": b"a\n", "b": b"b\n"})
    work = [
        document("a", "a\n", [(1, 0, 0, "Bob\n")]),
        document("b", "b\n", [(0, 0, 0, "x")], id=2),
    ]
    made = window(path, work, [ANN, BOB])
    [merge, root] = described(path)
    assert merge.id == made.id
    assert merge.authors == [ANN, BOB]
    assert merge.message == "Edit a and b"
    assert merge.files == [FileStat("a", 1, 0), FileStat("b", 1, 1)]
    assert merge.shares == [(1, 1), (1, 0)]
    assert root.id == first
    [ann, bob] = merge.people
    assert (ann.authors, ann.parents, ann.files) == ([ANN], [first], [FileStat("b", 1, 1)])
    assert (bob.authors, bob.parents, bob.files) == ([BOB], [ann.id], [FileStat("a", 1, 0)])
    assert bob.id == made.parents[1]
    assert described_one(path, bob.id) == bob


def test_counts_of_lines(path: str) -> None:
    """Lines added and removed are counted against the first parent; a binary file has none."""
    first = put(path, {"a": b"1\n2\n3\n", "bin": b"\0\1"})
    assert described_one(path, first).files == [FileStat("a", 3, 0, "added"), FileStat("bin", 0, 0, "added")]
    second = put(path, {"a": b"1\nzwei\n3\n4", "bin": b"\0\2", "new": b"x\n"})
    assert described_one(path, second).files == [
        FileStat("a", 2, 1),
        FileStat("bin", 0, 0),
        FileStat("new", 1, 0, "added"),
    ]
    gone = put(path, {"a": None})
    assert described_one(path, gone).files == [FileStat("a", 0, 4, "removed")]


def test_renames(path: str) -> None:
    """A file that has another path, and perhaps other lines, is one renamed file; one that only looks new is new."""
    put(path, {"a": b"line\n" * 20, "b": b"other\n"})
    parent = repository.head(path)
    changes = [FileChange("c/d", b"line\n" * 19 + b"end\n", "a"), FileChange("e", b"different\n")]
    commit = repository.commit_files(path, parent, changes, ANN, HOST, 2_000.0, "x").id
    assert described_one(path, commit).files == [
        FileStat("c/d", 1, 1, "renamed", "a"),
        FileStat("e", 1, 0, "added"),
    ]


def test_what_is_too_large_to_count(path: str) -> None:
    """R10: the lines of a very large file are not counted, nor those of more files than can be read at once."""
    commit = put(path, {"large": b"x\n" * 1_500_000, "small": b"x\n"})
    assert described_one(path, commit).files == [
        FileStat("large", None, None, "added"),
        FileStat("small", 1, 0, "added"),
    ]
    many = {f"f{n:02}": b"%d\n" % n + b"x" * 499_000 for n in range(6)}
    files = described_one(path, put(path, many)).files
    assert [file.added for file in files] == [1 + 1] * 4 + [None] * 2


def test_names(path: str) -> None:
    """A revision carries the names given to it; a plain tag is called by its ref."""
    one, two = put(path, {"a": b"1"}), put(path, {"a": b"2"})
    repository.tag(path, one, "Zulu", ANN, 5.0)
    repository.tag(path, one, "Alpha", ANN, 6.0)
    pygit2.Repository(path).references.create("refs/tags/plain", two)
    assert history.names(path) == history.Names({one: ["Zulu", "Alpha"], two: ["plain"]}, {})


def test_authors_nobody_can_parse(path: str) -> None:
    """WN11: a commit of another program with a broken author is listed like any other, and so are those after it."""
    put(path, {"a": b"1\n"})
    base = pygit2.Repository(path)
    tree = base[base.references["refs/heads/main"].target].peel(pygit2.Tree).id
    parent = repository.head(path)
    raw = f"tree {tree}\nparent {parent}\nauthor Ev\nil <x@y> 1 +0000\ncommitter <<>> yesterday\n\nHello\n"
    broken = str(base.odb.write(ObjectType.COMMIT, raw.encode()))
    repository.move_ref(path, broken, parent)
    last = put(path, {"a": b"2\n"})
    page = described(path)
    assert [one.id for one in page] == [last, broken, parent]
    assert page[1].authors == [Person("Ev", "")]
    assert (page[1].at, page[1].message) == (0.0, "Hello")


def test_two_of_one_name_are_two_authors(path: str) -> None:
    """Authors are told apart by their address."""
    put(path, {"a": b""})
    twin = Person("Ann", "ann2@host")
    made = window(path, [document("a", "", [(0, 0, 0, "x\n"), (1, 2, 2, "y\n")])], [ANN, twin])
    assert described_one(path, made.id).authors == [ANN, twin]


def test_a_push_is_named_by_its_authors(path: str) -> None:
    """Authors of a merge that brought other commits are theirs, each once, none from before they parted."""
    first = put(path, {"a": b"1"})
    pushed = first
    for number, who in enumerate((BOB, ANN, BOB)):
        changes = [FileChange("b", b"%d" % number)]
        pushed = repository.commit_files(path, pushed, changes, who, HOST, 1.0, "Pushed").id
    second = put(path, {"a": b"2"})
    base = pygit2.Repository(path)
    server = pygit2.Signature("code_together", "server@host", 2_000, 0)
    tree = base[pushed].peel(pygit2.Tree).id
    merge = str(base.create_commit(None, server, server, "Merge", tree, [second, pushed]))
    repository.move_ref(path, merge, second)
    pushed_one = described_one(path, merge)
    assert pushed_one.authors == [BOB, ANN]
    assert [one.authors for one in pushed_one.people] == [[BOB], [ANN], [BOB]]
    assert pushed_one.shares == [(2, 1), (1, 1)]


def test_a_push_with_merges_of_its_own(path: str) -> None:
    """The people's commits of a push are all that came with it, by whatever way, and none that was there before."""
    base = pygit2.Repository(path)
    server = pygit2.Signature("code_together", "server@host", 2_000, 0)

    def commit(files: dict[str, bytes], *parents: str) -> str:
        changes = [FileChange(file, data) for file, data in files.items()]
        single = repository.commit_files(path, parents[0], changes, BOB, HOST, 1.0, "Pushed").id
        if len(parents) == 1:
            return single
        tree = base[single].peel(pygit2.Tree).id
        return str(base.create_commit(None, server, server, "Merge", tree, list(parents)))

    old = put(path, {"a": b"0"})
    older_branch = commit({"b": b"0"}, old)
    first = put(path, {"a": b"1"})
    branch = commit({"c": b"1"}, first)
    inner = commit({"b": b"0"}, branch, older_branch)
    second = put(path, {"a": b"2"})
    merge = commit({"b": b"0", "c": b"1"}, second, inner)
    repository.move_ref(path, merge, second)
    [found, *rest] = described(path)
    assert [one.id for one in rest] == [second, first, old]
    assert {one.id for one in found.people} == {older_branch, branch, inner}
    assert found.people[-1].id == inner
    assert found.people[-1].files == []
    assert found.files == [FileStat("b", 1, 0, "added"), FileStat("c", 1, 0, "added")]


@pytest.mark.parametrize("id", ["0" * 40, "main", "HEAD~1", "--output=x", "0" * 64, EMPTY_TREE, ""])
def test_ids_from_outside(path: str, id: str) -> None:
    """Only the full id of a commit that is there is looked at."""
    commit = put(path, {"a": codecs.BOM_UTF8})
    with pytest.raises(NotFound):
        history.describe(path, [id], 1.0)
    with pytest.raises(NotFound):
        compare(path, id, None, MOST)
    with pytest.raises(NotFound):
        compare(path, commit, id, MOST)
    with pytest.raises(NotFound):
        blame(path, id, "a")
    if id:
        with pytest.raises(NotFound):
            history.line(path, id, None, 10)
