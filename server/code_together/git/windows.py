"""A window becomes a revision: a commit for each person, with just what that person did (WN4, WN6, WN7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import pygit2
from pygit2.enums import FileMode

from code_together.errors import Conflict
from code_together.git import messages
from code_together.git.bare import opened, settle
from code_together.git.commits import Committed, CommittedDocument, read_commit, tree_of, write_commit
from code_together.git.identity import Person, server
from code_together.git.trees import TreeEdit, file_at
from code_together.ot import authorship
from code_together.ot.change import ChangeSet
from code_together.ot.text import Text
from code_together.session.textfile import Format, decode_as, encode


@dataclass(frozen=True)
class WindowDocument:
    """What happened to one document: `updates` are (index into the people, changes as JSON), in order.

    `path` and `format` are those at the parent; `length` is that of the text in the end, in UTF-16 units.
    """

    document: int
    path: str
    format: str
    updates: Sequence[tuple[int, bytes]]
    first_version: int
    last_version: int
    length: int


@dataclass(frozen=True)
class _Written:
    """A document's blobs: after each person's step, and in the end."""

    source: WindowDocument
    mode: FileMode
    end: CommittedDocument
    steps: dict[int, pygit2.Oid] = field(default_factory=dict)


def commit_window(
    path: str,
    parent: str | None,
    documents: Sequence[WindowDocument],
    people: Sequence[Person],
    host: str,
    at: float,
    message: str | None,
    max_parts: int,
) -> Committed:
    """Writes a window's commits on `parent`, without moving a ref.

    `people` stand in the order of their first update in the window.
    One person: one commit. Several: a chain in that order, closed by the server's merge whose first parent is
    `parent`. No effect: no commit, `id` is the parent's. `message` replaces the closing commit's own.

    Raises `NotFound` for a parent or a file that is not there, `BadChanges` for updates that do not fit the
    text, `Conflict` (`text_mismatch`) if what comes out is not the text that the caller has, `Conflict`
    (`no_revision`) without a parent: then there is no file that could have been edited.
    """
    if parent is None:
        raise Conflict(
            "The session has no revision yet, so nothing can have been edited.", code="no_revision"
        )
    with opened(path) as repository:
        before = read_commit(repository, parent)
        base = tree_of(repository, before)
        everybody = range(len(people))
        written = [_write(repository, base, document, everybody, max_parts) for document in documents]
        active = [person for person in everybody if any(person in one.steps for one in written)]
        ends = [one.end for one in written]
        if not active:
            return Committed(parent, before.parents, [], ends, "")
        tree, tip = base, parent
        for person in active:
            tree = _step(repository, tree, written, person)
            if len(active) > 1:
                did = messages.edit([one.source.path for one in written if person in one.steps])
                whole = messages.with_trailers(did, [])
                tip = write_commit(repository, tree.id, [tip], people[person], host, at, whole)
        author, parents, trailers = people[active[0]], [parent], [_audit(one.source) for one in written]
        if len(active) > 1:
            author, parents = server(host), [parent, tip]
            trailers = [messages.co_author(people[person]) for person in active] + trailers
        text = messages.tidy(message) or messages.edit([one.source.path for one in written if one.steps])
        whole = messages.with_trailers(text, trailers)
        id = write_commit(repository, tree.id, parents, author, host, at, whole)
        settle(path)
        return Committed(id, parents, active, ends, text)


def _write(
    repository: pygit2.Repository,
    base: pygit2.Tree,
    document: WindowDocument,
    people: range,
    max_parts: int,
) -> _Written:
    """Replays a document's window and writes the blob of each person's step."""
    blob = file_at(base, document.path)
    format = Format.parse(document.format)
    try:
        before = decode_as(blob.data, format)
    except ValueError as error:
        raise _mismatch(document, f"it is not written as {format}") from error
    assert all(person in people for person, _ in document.updates), "an update is by nobody in the window"
    updates = [
        (person, ChangeSet.from_json(msgspec.json.decode(changes), max_parts=max_parts))
        for person, changes in document.updates
    ]
    after = Text(before)
    for _, change in updates:
        after.apply(change)
    if len(after) != document.length:
        raise _mismatch(document, f"its text comes out {len(after)} units long, not {document.length}")
    chain = _chain(before, updates, people)
    if str(after) != (chain[-1][1] if chain else before):
        raise _mismatch(document, "what each person typed does not add up to its text")
    if str(after) == before:
        chain = []  # one typed again what another had taken away
    steps: dict[int, pygit2.Oid] = {}
    id, size = blob.id, blob.size
    for person, text in chain:
        data, format = encode(text, Format.parse(document.format))
        id, size = repository.create_blob(data), len(data)
        steps[person] = id
    end = CommittedDocument(document.document, str(format), str(id), size)
    return _Written(document, FileMode(blob.filemode), end, steps)


def _chain(before: str, updates: Sequence[tuple[int, ChangeSet]], people: range) -> list[tuple[int, str]]:
    """The text after each person's step, in the order of `people`: each begins with an update that does nothing."""
    nothing = ChangeSet.identity(len(Text(before)))
    return authorship.chain(before, [*((person, nothing) for person in people), *updates])


def _step(
    repository: pygit2.Repository, tree: pygit2.Tree, written: Sequence[_Written], person: int
) -> pygit2.Tree:
    """The tree with what one person did to each document."""
    edit = TreeEdit(repository, tree)
    for one in written:
        if person in one.steps:
            edit.put(one.source.path, one.steps[person], one.mode)
    new = repository[edit.write()]
    assert isinstance(new, pygit2.Tree)
    return new


def _audit(document: WindowDocument) -> str:
    return messages.document(document.document, document.first_version, document.last_version, document.path)


def _mismatch(document: WindowDocument, what: str) -> Conflict:
    return Conflict(
        f"{document.path} cannot be committed: {what}. Reload it from the journal.",
        code="text_mismatch",
    )
