"""Commits: written, and read without trust.

A commit that came with a push may have an author that libgit2 refuses to parse; then it could be neither listed
nor built upon. So commits are read from their raw bytes here, taking what can be understood, and written so.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

import pygit2
from pygit2.enums import ObjectType

from code_together.errors import NotFound
from code_together.git.identity import Person, clean, one_line, seconds, server
from code_together.git.transport import environment
from code_together.session.authors import distinct
from code_together.session.textfile import codec_name

_MERGED = 1000  # commits of one merge that are looked at; a first push may bring a long history
_CHAIN = (
    100  # commits of one merge that are looked for without the git binary; a window has one for each person
)
_SET_BACK = 86_400.0  # seconds that a clock may be set back; a date that is further ahead no clock gave
_SECONDS = 60.0  # when to give up; who waits for an answer does so sooner
_ID = re.compile(r"[0-9a-f]{40}\Z")
_IDENTITY = re.compile(r"(?P<name>[^<]*)<(?P<email>[^<>]*)> ?(?P<at>\d{1,18})?[^<>]*\Z")


@dataclass(frozen=True)
class Commit:
    """`at`: when it was committed, seconds since the epoch. The message is whole, with its trailers."""

    id: str
    tree: str
    parents: list[str]
    author: Person
    at: float
    message: str


@dataclass(frozen=True)
class CommittedDocument:
    """A document's file in a revision: the format really written, the blob, and its size in bytes."""

    document: int
    format: str
    blob: str
    size: int


@dataclass(frozen=True)
class Committed:
    """A new revision.

    `id` is the parent's when nothing changed; then `people`, who else have a commit in it, is empty. `people`
    are indices into the people that were given; `message` is without trailers.
    """

    id: str
    parents: list[str]
    people: list[int]
    documents: list[CommittedDocument]
    message: str


def read_commit(repository: pygit2.Repository, id: str) -> Commit:
    """Raises `NotFound` (`no_revision`) if there is no commit of that full id."""
    missing = NotFound("There is no such revision in this session.", code="no_revision")
    if not _ID.match(id):
        raise missing
    try:
        kind, data = repository.odb.read(id)
    except KeyError:
        raise missing from None
    if kind != ObjectType.COMMIT:
        raise missing
    return parse(id, data)


def tree_of(repository: pygit2.Repository, commit: Commit) -> pygit2.Tree:
    """All files of a commit."""
    tree = repository[commit.tree]
    assert isinstance(tree, pygit2.Tree)
    return tree


def merged(repository: pygit2.Repository, merge: Commit) -> list[Commit]:
    """What a merge brought: the commits that can be reached from its second parent and not from its first, oldest first.

    Of more than a thousand the newest thousand. Raises `NotFound` if one of them is gone.
    """
    if len(merge.parents) < 2:
        return []
    first, second = merge.parents[:2]
    return _chain(repository, first, second) or [
        read_commit(repository, id) for id in _only_in(repository.path, second, first)
    ]


def _chain(repository: pygit2.Repository, base: str, tip: str) -> list[Commit]:
    """The commits from a base to a tip if each has one parent, as those of a window have; else none."""
    brought: list[Commit] = []
    id = tip
    while id != base:
        commit = read_commit(repository, id)
        if len(commit.parents) != 1 or len(brought) == _CHAIN:
            return []
        brought.append(commit)
        id = commit.parents[0]
    return brought[::-1]


def _only_in(path: str, tip: str, base: str) -> list[str]:
    """By the git binary: it stops soon after the two lines met, and reads commits that libgit2 refuses."""
    command = ["git", "--git-dir", path, "rev-list", "--topo-order", "--reverse", f"--max-count={_MERGED}"]
    command += ["--end-of-options", tip, f"^{base}"]
    try:
        done = subprocess.run(command, env=environment(), capture_output=True, check=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotFound(
            f"The commits that {tip[:7]} brought cannot be read; the session's repository is damaged.",
            code="no_revision",
        ) from error
    return done.stdout.decode("ascii").split()


def authors_of(repository: pygit2.Repository, commit: Commit) -> list[Person]:
    """Who made what a revision brought: of a merge the authors of its commits, in their order, each once."""
    return distinct(one.author for one in merged(repository, commit) or [commit])


def parse(id: str, data: bytes) -> Commit:
    """A raw commit; what cannot be understood of its identities is left out."""
    head, _, message = data.partition(b"\n\n")
    headers = [line.partition(b" ") for line in head.split(b"\n")]
    encoding = _encoding(next((value for key, _, value in headers if key == b"encoding"), b"utf-8"))
    values: dict[bytes, list[str]] = {}
    for key, _, value in headers:
        values.setdefault(key, []).append(value.decode(encoding, "replace"))
    author, _ = parse_identity(values.get(b"author", [""])[0])
    _, at = parse_identity(values.get(b"committer", [""])[0])
    return Commit(
        id, values[b"tree"][0], values.get(b"parent", []), author, at, message.decode(encoding, "replace")
    )


def parse_identity(line: str) -> tuple[Person, float]:
    """`Name <mail> seconds zone` as in commits, or as much of it as is there."""
    match = _IDENTITY.match(line)
    if not match:
        return Person(one_line(line) or "unknown", ""), 0.0
    name, email = one_line(match["name"]), one_line(match["email"])
    return Person(name or email.partition("@")[0] or "unknown", email), float(seconds(int(match["at"] or 0)))


def parents_with(repository: pygit2.Repository, head: str, source: str | None) -> list[str]:
    """The parents of a revision on `head` in which files come back as they were in `source`: it is the second one, if it is of that history.

    So git finds those who wrote the lines (AU6).
    """
    if source is None or source == head or not repository.descendant_of(head, source):
        return [head]
    return [head, source]


def write_commit(
    repository: pygit2.Repository,
    tree: pygit2.Oid,
    parents: list[str],
    author: Person,
    host: str,
    at: float,
    message: str,
) -> str:
    """Writes the commit and moves no ref.

    The server is the committer. It is never older than its first parent, unless that has a date that somebody made up.
    """
    if parents and (before := read_commit(repository, parents[0]).at) <= at + _SET_BACK:
        at = max(at, before)
    lines = [
        f"tree {tree}",
        *(f"parent {parent}" for parent in parents),
        f"author {_identity(author, at)}",
        f"committer {_identity(server(host), at)}",
    ]
    raw = "\n".join([*lines, "", message])
    return str(repository.odb.write(ObjectType.COMMIT, raw.encode()))


def _identity(person: Person, at: float) -> str:
    person = clean(person)
    return f"{person.name} <{person.email}> {seconds(at)} +0000"


def _encoding(value: bytes) -> str:
    try:
        return codec_name(value.decode("ascii", "replace"))
    except ValueError:
        return "utf-8"
