"""Commits, read without trust."""

import pygit2
import pytest
from pygit2.enums import ObjectType

from code_together.errors import NotFound
from code_together.git.commits import parse, parse_identity, read_commit, write_commit
from code_together.git.identity import Person
from tests.git.making import ANN, HOST, put

TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@pytest.mark.parametrize(
    ("line", "person", "at"),
    [
        ("Ann <ann@h> 12 +0100", Person("Ann", "ann@h"), 12),
        ("<ann@h> 12 +0000", Person("ann", "ann@h"), 12),
        ("Ann <> 12 +0000", Person("Ann", ""), 12),
        ("Ann <ann@h>", Person("Ann", "ann@h"), 0),
        ("Ann <ann@h> -5 +0000", Person("Ann", "ann@h"), 0),
        ("Ann <ann@h> 99999999999999 +0000", Person("Ann", "ann@h"), 253402300799),
        ("Ann <ann@h> 9999999999999999999999 +0000", Person("Ann", "ann@h"), 253402300799),
        ("Ann <ann@h> yesterday", Person("Ann", "ann@h"), 0),
        ("Ann", Person("Ann", ""), 0),
        ("Ann <a<b>c> 1 +0000", Person("Ann <a<b>c> 1 +0000", ""), 0),
        ("", Person("unknown", ""), 0),
    ],
)
def test_identities_are_read_as_far_as_possible(line: str, person: Person, at: float) -> None:
    """An author that breaks the rules has a name all the same, and crashes nothing."""
    assert parse_identity(line) == (person, at)


def test_a_broken_author_is_read() -> None:
    """A line break in a name, as other programs have written it, leaves what stands before it."""
    raw = f"tree {TREE}\nauthor a\nb <x@y> 1 +0000\ncommitter C <c@d> 7 +0000\n\nHi\n".encode()
    commit = parse("0" * 40, raw)
    assert (commit.author, commit.at, commit.message, commit.parents) == (Person("a", ""), 7.0, "Hi\n", [])


def test_other_encodings_are_read() -> None:
    """A commit may say that it is not UTF-8; one that says nonsense is read as UTF-8."""
    raw = f"tree {TREE}\nauthor J\xfcrg <j@h> 1 +0000\ncommitter J <j@h> 1 +0000\nencoding ISO-8859-1\n\n\xe9"
    commit = parse("0" * 40, raw.encode("latin-1"))
    assert (commit.author.name, commit.message) == ("Jürg", "é")
    raw = raw.replace("ISO-8859-1", "hex").replace("J\xfcrg", "J")
    assert parse("0" * 40, raw.encode()).message == "é"


@pytest.mark.parametrize("id", ["", "main", "HEAD", "0" * 40, "0" * 39, "A" * 40, "--all", "0" * 40 + "\n"])
def test_only_full_ids_of_commits_are_revisions(path: str, id: str) -> None:
    """What is not the full id of a commit is not found."""
    put(path, {"a": b"a"})
    with pytest.raises(NotFound):
        read_commit(pygit2.Repository(path), id)


def test_trees_are_no_revisions(path: str) -> None:
    """The id of another kind of object is not found."""
    commit = put(path, {"a": b"a"})
    repository = pygit2.Repository(path)
    with pytest.raises(NotFound):
        read_commit(repository, read_commit(repository, commit).tree)


def test_time_never_goes_back(path: str) -> None:
    """A commit is at least as young as its parent, though the clock was set back; a date of next year is not taken over."""
    first = put(path, {"a": b"a"}, at=500_000)
    repository = pygit2.Repository(path)
    tree = repository.odb.write(ObjectType.TREE, b"")
    second = write_commit(repository, tree, [first], ANN, HOST, 499_000.0, "x\n")
    assert read_commit(repository, second).at == 500_000.0
    assert repository[second].author.time == 500_000
    third = write_commit(repository, tree, [first], ANN, HOST, 400_000.0, "x\n")
    assert read_commit(repository, third).at == 400_000.0
