"""A session's repository."""

import pygit2
import pytest
from pygit2.enums import FileMode

from code_together.errors import CodeTogetherError, Conflict, NotFound, Unavailable, Unprocessable
from code_together.git import repository
from code_together.git.repository import Committed, FileChange
from tests.git.making import ANN, BOB, HOST, git, put


def commit(path: str, *changes: FileChange, message: str = "Change") -> Committed:
    return repository.commit_files(path, repository.head(path), changes, ANN, HOST, 2_000.0, message)


def names(path: str, commit: str) -> list[str]:
    return [entry.path for entry in repository.files(path, commit)]


def test_first_revision(path: str) -> None:
    """WN8: the first files are the first commit, without a parent, by who brought them."""
    assert repository.head(path) is None
    assert repository.files(path, None) == []
    made = commit(path, FileChange("a", b"a"), FileChange("b/c", b"\0c"), message="Upload")
    assert (made.parents, made.people, made.documents, made.message) == ([], [0], [], "Upload")
    assert repository.head(path) is None
    repository.move_ref(path, made.id, None)
    assert repository.head(path) == made.id
    first, second = repository.files(path, made.id)
    assert (first.path, first.size, first.binary, first.blob) == ("a", 1, False, str(pygit2.hash(b"a")))
    assert (second.path, second.size, second.binary) == ("b/c", 2, True)
    assert repository.read(path, made.id, "b/c") == b"\0c"
    record = pygit2.Repository(path)[made.id].peel(pygit2.Commit)
    assert (record.author.name, record.committer.email, record.message) == ("Ann", "server@host", "Upload\n")


def test_many_changes_are_one_revision(path: str) -> None:
    """WN8: files come, are replaced, renamed and go in one commit; a folder left empty goes too."""
    parent = put(path, {"a": b"a", "b/c": b"c", "d": b"d", "e": b"e"})
    made = commit(
        path,
        FileChange("a", b"new"),
        FileChange("b/c", None),
        FileChange("x/y", None, "d"),
        FileChange("z", b"moved and changed", "e"),
        FileChange("f", b""),
    )
    assert made.parents == [parent]
    assert names(path, made.id) == ["a", "f", "x/y", "z"]
    assert repository.read(path, made.id, "x/y") == b"d"
    assert repository.read(path, made.id, "z") == b"moved and changed"
    assert [str(entry.name) for entry in pygit2.Repository(path)[made.id].peel(pygit2.Tree)] == [
        "a",
        "f",
        "x",
        "z",
    ]


def test_files_may_swap_names(path: str) -> None:
    """WN8: two files change names in one revision, and keep their blobs."""
    put(path, {"a": b"A", "b": b"B"})
    made = commit(path, FileChange("a", None, "b"), FileChange("b", None, "a"))
    assert repository.read(path, made.id, "a") == b"B"
    assert repository.read(path, made.id, "b") == b"A"


def test_everything_may_go(path: str) -> None:
    """WN8: the last file may be removed."""
    put(path, {"a/b": b"A"})
    made = commit(path, FileChange("a/b", None))
    assert names(path, made.id) == []
    assert repository.is_whole(path, made.id)


def test_nothing_changed_is_the_parent(path: str) -> None:
    """WN6: putting what is there is no revision."""
    parent = put(path, {"a": b"A"})
    for changes in ([FileChange("a", b"A")], [FileChange("a", None, "a")], []):
        made = commit(path, *changes)
        assert (made.id, made.people) == (parent, [])


def test_modes_are_kept(path: str) -> None:
    """FL1: an executable file stays one when it is replaced or renamed, and its copy is one."""
    base = pygit2.Repository(path)
    builder = base.TreeBuilder()
    builder.insert("run", base.create_blob(b"ls\n"), FileMode.BLOB_EXECUTABLE)
    builder.insert("go", base.create_blob(b"go\n"), FileMode.BLOB_EXECUTABLE)
    who = pygit2.Signature("A", "a@b", 1, 0)
    repository.move_ref(path, str(base.create_commit(None, who, who, "x", builder.write(), [])), None)
    copied = FileChange("twin", None, copied_from="run")
    made = commit(path, FileChange("run", b"pwd\n"), FileChange("bin/go", b"gone\n", "go"), copied)
    tree = pygit2.Repository(path)[made.id].peel(pygit2.Tree)
    assert tree["run"].filemode == FileMode.BLOB_EXECUTABLE
    assert tree["bin/go"].filemode == FileMode.BLOB_EXECUTABLE
    twin = tree["twin"]
    assert isinstance(twin, pygit2.Blob)
    assert (twin.filemode, twin.data) == (FileMode.BLOB_EXECUTABLE, b"ls\n"), "as it was before"
    listed = repository.entries(path, made.id, ["twin", "bin", "gone", "run"])
    assert [(entry.path, entry.size) for entry in listed] == [("twin", 3), ("run", 4)]


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ([FileChange("a/below", b"")], Conflict, "path_taken"),
        ([FileChange("folder", b"")], Conflict, "path_taken"),
        ([FileChange("b", None, "a")], Conflict, "path_taken"),
        ([FileChange("x", b"1"), FileChange("x", b"2")], Conflict, "path_taken"),
        ([FileChange("x", b"1"), FileChange("x/y", b"2")], Conflict, "path_taken"),
        ([FileChange("folder/c/d", None, "a")], Conflict, "path_taken"),
        ([FileChange("none", None)], NotFound, "no_file"),
        ([FileChange("folder", None)], NotFound, "no_file"),
        ([FileChange("x", None, "none")], NotFound, "no_file"),
        ([FileChange("x", b"", "none")], NotFound, "no_file"),
        ([FileChange("x", None, "folder")], NotFound, "no_file"),
        ([FileChange("x", None, copied_from="none")], NotFound, "no_file"),
        ([FileChange("b", None, copied_from="a")], Conflict, "path_taken"),
        ([FileChange("x/.git/y", None, copied_from="a")], Unprocessable, "bad_path"),
        ([FileChange("", b"")], Unprocessable, "bad_path"),
        ([FileChange("../x", b"")], Unprocessable, "bad_path"),
        ([FileChange("/x", b"")], Unprocessable, "bad_path"),
        ([FileChange("x/.Git/config", b"")], Unprocessable, "bad_path"),
        ([FileChange("git~1/config", b"")], Unprocessable, "bad_path"),
        ([FileChange("x", None, "..")], Unprocessable, "bad_path"),
    ],
)
def test_what_cannot_be(
    path: str, changes: list[FileChange], kind: type[CodeTogetherError], code: str
) -> None:
    """WN8: a change that does not fit what is there is refused whole, with a sentence that names the path."""
    parent = put(path, {"a": b"A", "b": b"B", "folder/c": b"C"})
    with pytest.raises(kind) as error:
        commit(path, FileChange("good", b""), *changes)
    assert error.value.code == code
    assert repository.head(path) == parent


def test_first_revision_of_nothing(path: str) -> None:
    """There is no revision without a file ever."""
    with pytest.raises(Conflict):
        commit(path)
    with pytest.raises(NotFound):
        commit(path, FileChange("a", None))


def test_message_is_never_empty(path: str) -> None:
    """A change without a message says which file it is about."""
    assert commit(path, FileChange("src/a", b"A"), message="\n").message == "Edit a"


def test_links_and_submodules_are_not_listed(path: str) -> None:
    """A listing has plain files only; others are no one's to read."""
    base = pygit2.Repository(path)
    builder = base.TreeBuilder()
    builder.insert("link", base.create_blob(b"/etc/passwd"), FileMode.LINK)
    builder.insert("file", base.create_blob(b"x"), FileMode.BLOB)
    who = pygit2.Signature("A", "a@b", 1, 0)
    made = str(base.create_commit(None, who, who, "x", builder.write(), []))
    assert names(path, made) == ["file"]
    for absent in ("link", "none", "file/below"):
        with pytest.raises(NotFound):
            repository.read(path, made, absent)


def test_listing_is_by_path(path: str) -> None:
    """Files are sorted by their whole path."""
    made = put(path, {"b.py": b"", "b/a": b"", "a": b"", "b-": b""})
    assert names(path, made) == ["a", "b-", "b.py", "b/a"]


def test_ref_moves_from_what_was_expected_only(path: str) -> None:
    """WN1: of two revisions on one parent one becomes the newest, the other is refused."""
    parent = put(path, {"a": b"a"})
    one = commit(path, FileChange("a", b"1")).id
    other = commit(path, FileChange("a", b"2")).id
    repository.move_ref(path, one, parent)
    for expected in (parent, None):
        with pytest.raises(Conflict) as error:
            repository.move_ref(path, other, expected)
        assert error.value.code == "ref_moved"
    assert repository.head(path) == one
    assert repository.is_ancestor(path, None, one)
    assert repository.is_ancestor(path, parent, one)
    assert repository.is_ancestor(path, one, one)
    assert not repository.is_ancestor(path, one, other)
    assert not repository.is_ancestor(path, one, parent)


def test_ref_names_commits_only(path: str) -> None:
    """WN1: the newest revision is a commit that is there."""
    put(path, {"a": b"a"})
    for id in ("0" * 40, str(pygit2.hash(b"a")), "main"):
        with pytest.raises(NotFound):
            repository.move_ref(path, id, repository.head(path))


def test_locked_ref_is_said(path: str, tmp_path: object) -> None:
    """WN10: a lock that nobody holds any more is an error that says what to do, until recovery removes it."""
    parent = put(path, {"a": b"a"})
    made = commit(path, FileChange("a", b"1")).id
    with open(f"{path}/refs/heads/main.lock", "x"), pytest.raises(Unavailable):
        repository.move_ref(path, made, parent)
    assert repository.recover(path)
    repository.move_ref(path, made, parent)


def test_a_refused_move_leaves_no_lock(path: str) -> None:
    """WN1: after a refusal the ref can be moved at once."""
    parent = put(path, {"a": b"a"})
    made = commit(path, FileChange("a", b"1")).id
    with pytest.raises(Conflict):
        repository.move_ref(path, made, None)
    repository.move_ref(path, made, parent)
    assert len(git(path, "reflog", "show", "main").splitlines()) == 2


def test_named_version(path: str) -> None:
    """A named version is an annotated tag whose message is the name; naming it so again is the same tag."""
    first = put(path, {"a": b"a"})
    second = put(path, {"a": b"b"})
    assert repository.tag(path, first, "Hand-in 1: über uns", ANN, 5.0) == "refs/tags/Hand-in-1-über-uns"
    assert repository.tag(path, first, "Hand-in 1: über uns", BOB, 6.0) == "refs/tags/Hand-in-1-über-uns"
    assert repository.tag(path, second, "Hand-in 1: über uns", BOB, 6.0) == "refs/tags/Hand-in-1-über-uns-2"
    base = pygit2.Repository(path)
    found = base[base.references["refs/tags/Hand-in-1-über-uns"].target]
    assert isinstance(found, pygit2.Tag)
    assert (found.message, str(found.target)) == ("Hand-in 1: über uns", first)
    assert found.tagger is not None
    assert (found.tagger.name, found.tagger.time) == ("Ann", 5)
    assert git(path, "fsck", "--strict") == ""


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "-f",
        "..",
        "a..b",
        "a.lock",
        "a.lock.lock",
        "@{",
        "@",
        "a/b",
        "refs/heads/main",
        "a b",
        "~^:?*[\\",
        "ä" * 300,
        "😀",
        "a\nb",
        ".",
    ],
)
def test_every_name_has_a_ref(path: str, name: str) -> None:
    """The ref of a named version is one that Git takes, whatever the name."""
    ref = repository.tag(path, put(path, {"a": b"a"}), name, ANN, 5.0)
    assert git(path, "check-ref-format", ref) == ""
    assert git(path, "for-each-ref", "--format=%(refname)", "refs/tags/") == ref + "\n"
    assert git(path, "fsck", "--strict") == ""


@pytest.mark.parametrize("name", ["", " \n", "\u202e"])
def test_a_name_needs_something_to_see(path: str, name: str) -> None:
    """A version cannot be named by nothing."""
    with pytest.raises(Unprocessable) as error:
        repository.tag(path, put(path, {"a": b"a"}), name, ANN, 5.0)
    assert error.value.code == "bad_name"
