"""The history of a session."""

import codecs

import pygit2
import pytest
from pygit2.enums import ObjectType

from code_together.errors import NotFound
from code_together.git import history, repository
from code_together.git.history import FileStat
from code_together.git.repository import FileChange, Person
from tests.git.making import ANN, BOB, HOST, document, put, window

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_no_history_yet(path: str) -> None:
    """Before the first revision the list is empty."""
    assert history.revisions(path, None, 10) == ([], None)


def test_pages(path: str) -> None:
    """Pages follow each other without gap or repetition, newest first, and the last has no next."""
    ids = [put(path, {"a": b"%d" % n}, at=1_000.0 + n, message=f"Number {n}") for n in range(7)][::-1]
    seen, start, sizes = [], None, []
    while True:
        page, start = history.revisions(path, start, 3)
        seen += page
        sizes.append(len(page))
        if start is None:
            break
    assert [one.id for one in seen] == ids
    assert sizes == [3, 3, 1]
    assert [one.at for one in seen] == [1_006.0 - n for n in range(7)]
    assert seen[0].message == "Number 6"
    assert seen[0].parents == [ids[1]]
    assert seen[0].authors == [ANN]
    assert history.revisions(path, None, 7)[1] is None


def test_windows_show_their_people(path: str) -> None:
    """WN4: a window is one line with its people as authors; opened it is followed by their commits, newest first."""
    first = put(path, {"a": b"a\n", "b": b"b\n"})
    work = [
        document("a", "a\n", [(1, 0, 0, "Bob\n")]),
        document("b", "b\n", [(0, 0, 0, "x")], id=2),
    ]
    made = window(path, work, [ANN, BOB])
    [merge, root], after = history.revisions(path, None, 10)
    assert after is None
    assert merge.authors == [ANN, BOB]
    assert merge.message == "Edit a and b"
    assert merge.files == [FileStat("a", 1, 0), FileStat("b", 1, 1)]
    assert root.id == first
    opened, _ = history.revisions(path, None, 10, people=True)
    assert [one.id for one in opened] == [made.id, made.parents[1], opened[2].id, first]
    assert [one.authors for one in opened] == [[ANN, BOB], [BOB], [ANN], [ANN]]
    assert opened[2].parents == [first]
    page, after = history.revisions(path, None, 1, people=True)
    assert [one.id for one in page] == [one.id for one in opened[:3]]
    assert after == first
    assert history.revision(path, made.id) == merge
    assert history.revision(path, opened[1].id) == opened[1]


def test_one_file(path: str) -> None:
    """With a file only what changed it is listed, its coming and going included, in pages as well."""
    came = put(path, {"x/a": b"1", "b": b"1"})
    put(path, {"b": b"2"})
    changed = put(path, {"x/a": b"2"})
    put(path, {"x/c": b"2"})
    gone = put(path, {"x/a": None})
    put(path, {"b": b"3"})
    page, after = history.revisions(path, None, 2, file="x/a")
    assert [one.id for one in page] == [gone, changed]
    assert after == came
    page, after = history.revisions(path, after, 2, file="x/a")
    assert [one.id for one in page] == [came]
    assert after is None
    assert history.revisions(path, None, 5, file="never") == ([], None)


def test_counts_of_lines(path: str) -> None:
    """Lines added and removed are counted against the first parent; a binary file has none."""
    first = put(path, {"a": b"1\n2\n3\n", "bin": b"\0\1"})
    assert history.revision(path, first).files == [FileStat("a", 3, 0), FileStat("bin", 0, 0)]
    second = put(path, {"a": b"1\nzwei\n3\n4", "bin": b"\0\2", "new": b"x\n"})
    assert history.revision(path, second).files == [
        FileStat("a", 2, 1),
        FileStat("bin", 0, 0),
        FileStat("new", 1, 0),
    ]
    gone = put(path, {"a": None})
    assert history.revision(path, gone).files == [FileStat("a", 0, 4)]


def test_names(path: str) -> None:
    """A revision carries the names given to it; a tag without a message is no name."""
    one, two = put(path, {"a": b"1"}), put(path, {"a": b"2"})
    repository.tag(path, one, "Zulu", ANN, 5.0)
    repository.tag(path, one, "Alpha", ANN, 6.0)
    pygit2.Repository(path).references.create("refs/tags/plain", two)
    page, _ = history.revisions(path, None, 5)
    assert [revision.names for revision in page] == [[], ["Zulu", "Alpha"]]


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
    page, after = history.revisions(path, None, 10)
    assert [one.id for one in page] == [last, broken, parent]
    assert page[1].authors == [Person("Ev", "")]
    assert (page[1].at, page[1].message) == (0.0, "Hello")
    assert after is None


def test_two_of_one_name_are_two_authors(path: str) -> None:
    """Authors are told apart by their address."""
    put(path, {"a": b""})
    twin = Person("Ann", "ann2@host")
    made = window(path, [document("a", "", [(0, 0, 0, "x\n"), (1, 2, 2, "y\n")])], [ANN, twin])
    assert history.revision(path, made.id).authors == [ANN, twin]


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
    assert history.revision(path, merge).authors == [BOB, ANN]
    page, _ = history.revisions(path, None, 10, people=True)
    assert len(page) == 6


def test_diff(path: str) -> None:
    """A diff has each file's hunks without their header, three lines around, renames found."""
    lines = [b"line %d\n" % n for n in range(1, 21)]
    put(path, {"a": b"".join(lines), "old": b"some text\n" * 20, "gone": b"x\n", "bin": b"\0\1"})
    parent = repository.head(path)
    lines[9] = b"changed\n"
    changes = [
        FileChange("a", b"".join(lines)),
        FileChange("new", None, "old"),
        FileChange("gone", None),
        FileChange("come", b"no end"),
        FileChange("bin", b"\0\2"),
    ]
    commit = repository.commit_files(path, parent, changes, ANN, HOST, 2_000.0, "x").id
    diffs = {one.path: one for one in history.diff(path, commit, None)}
    assert {name: one.status for name, one in diffs.items()} == {
        "a": "changed",
        "new": "renamed",
        "gone": "removed",
        "come": "added",
        "bin": "changed",
    }
    assert diffs["a"].diff == (
        "@@ -7,7 +7,7 @@ line 6\n line 7\n line 8\n line 9\n-line 10\n+changed\n line 11\n line 12\n line 13\n"
    )
    assert (diffs["new"].old_path, diffs["new"].diff) == ("old", "")
    assert diffs["gone"].diff == "@@ -1 +0,0 @@\n-x\n"
    assert diffs["come"].diff == "@@ -0,0 +1 @@\n+no end\n\\ No newline at end of file\n"
    assert (diffs["bin"].binary, diffs["bin"].diff) == (True, "")
    assert [one.binary for name, one in diffs.items() if name != "bin"] == [False] * 4
    assert diffs["a"].old_path is None


def test_diff_of_the_first_revision(path: str) -> None:
    """Against nothing, everything is added."""
    commit = put(path, {"a": b"1\n"})
    [one] = history.diff(path, commit, None)
    assert (one.status, one.diff) == ("added", "@@ -0,0 +1 @@\n+1\n")


def test_diff_against_any_revision(path: str) -> None:
    """A base may be any revision, a later one too; against itself nothing differs."""
    first, _, last = (put(path, {"a": b"%d\n" % n}) for n in range(3))
    assert history.diff(path, last, first)[0].diff == "@@ -1 +1 @@\n-0\n+2\n"
    assert history.diff(path, first, last)[0].diff == "@@ -1 +1 @@\n-2\n+0\n"
    assert history.diff(path, last, last) == []


def test_diff_reads_the_encoding(path: str) -> None:
    """TX1: lines of a file that is not UTF-8 are shown in its own encoding."""
    text = "# für später schön überflüssig\n# größer als zuvor\n"
    put(path, {"a": text.encode("cp1252")})
    commit = put(path, {"a": (text + "# süß\n").encode("cp1252")})
    assert "+# süß\n" in history.diff(path, commit, None)[0].diff
    gone = put(path, {"a": None})
    assert "-# süß\n" in history.diff(path, gone, None)[0].diff


def test_a_file_with_its_own_hunk_marks(path: str) -> None:
    """What looks like a hunk's head within a file is a line like any other."""
    put(path, {"a@@ -1 +1 @@": b"@@ -1 +1 @@\n"})
    commit = put(path, {"a@@ -1 +1 @@": b"@@ -2 +2 @@\n"})
    assert history.diff(path, commit, None)[0].diff == "@@ -1 +1 @@\n-@@ -1 +1 @@\n+@@ -2 +2 @@\n"


@pytest.mark.parametrize("id", ["0" * 40, "main", "HEAD~1", "--output=x", "0" * 64, EMPTY_TREE, ""])
def test_ids_from_outside(path: str, id: str) -> None:
    """Only the full id of a commit that is there is looked at."""
    commit = put(path, {"a": codecs.BOM_UTF8})
    with pytest.raises(NotFound):
        history.revision(path, id)
    with pytest.raises(NotFound):
        history.diff(path, id, None)
    with pytest.raises(NotFound):
        history.diff(path, commit, id)
    with pytest.raises(NotFound):
        history.blame(path, id, "a")
    if id:
        with pytest.raises(NotFound):
            history.revisions(path, id, 10)
