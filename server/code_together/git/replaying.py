"""Whether a document's updates, one after another, lead to the texts that its revisions hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pygit2

from code_together.errors import BadChanges, CodeTogetherError
from code_together.git.bare import opened
from code_together.git.commits import read_commit, tree_of
from code_together.git.trees import FILES, find
from code_together.ot.text import Text
from code_together.session.protocol import decode_changes
from code_together.session.textfile import Format, decode_as, encode


@dataclass(frozen=True)
class Held:
    """A revision holds a version of the document at this path, written so."""

    commit: str
    path: str
    version: int
    format: str


@dataclass(frozen=True)
class Replayed:
    """The text at a version, None after a fault until the next revision that holds one; and a sentence for each fault."""

    version: int
    text: str | None
    faults: list[str]


def replay(
    path: str, start: Replayed | None, held: Sequence[Held], updates: Sequence[tuple[int, bytes]]
) -> Replayed:
    """Takes the text at `start` (None: at the first revision) through the updates (version, changes), and holds it against each revision.

    Both are in the order of their versions. The sentences name files and versions, and nothing of what is written in them.
    """
    with opened(path) as repository:
        replaying = _Replaying(repository, start, updates)
        for one in held:
            replaying.advance(one.version)
            if replaying.version < one.version:
                replaying.text = None  # the journal ends before: who asks knows
            replaying.check(one)
        replaying.advance(None)
        text = replaying.text
        return Replayed(replaying.version, None if text is None else str(text), replaying.faults)


class _Replaying:
    def __init__(
        self, repository: pygit2.Repository, start: Replayed | None, updates: Sequence[tuple[int, bytes]]
    ) -> None:
        self._repository = repository
        self._updates = updates
        self._next = 0
        self.version = start.version if start else 0
        self.text = Text(start.text) if start and start.text is not None else None
        self.faults: list[str] = []

    def lose(self, fault: str) -> None:
        self.faults.append(fault)
        self.text = None

    def advance(self, until: int | None) -> None:
        """Applies the updates up to this version; None: all."""
        while self._next < len(self._updates):
            version, changes = self._updates[self._next]
            if until is not None and version > until:
                return
            self._next += 1
            if self.text is None:
                continue
            if version != self.version + 1:
                self.lose(f"the journal has version {version} after version {self.version}")
                continue
            try:
                self.text.apply(decode_changes(changes))
            except BadChanges:
                self.lose(f"version {version} in the journal does not fit the text before it")
            else:
                self.version = version

    def check(self, held: Held) -> None:
        """Holds the text against a revision, and goes on from what that has."""
        where = f"{held.path} in revision {held.commit[:7]}"
        try:
            tree = tree_of(self._repository, read_commit(self._repository, held.commit))
            blob = find(tree, held.path)
            if not isinstance(blob, pygit2.Blob) or blob.filemode not in FILES:
                return self.lose(f"there is no file {where}, where version {held.version} should be")
            data = blob.data
        except (CodeTogetherError, pygit2.GitError, LookupError, ValueError, OSError):
            return self.lose(f"{where} cannot be read")
        try:
            format = Format.parse(held.format)
            text = decode_as(data, format)
        except ValueError:
            return self.lose(f"{where} is not written as {held.format}")
        if self.text is not None and str(self.text) != text:
            self.faults.append(f"{where} is not the text that the journal gives for version {held.version}")
        elif encode(text, format) != (data, format):
            self.faults.append(
                f"{where} is {len(data)} bytes that a text of {held.format} does not give back"
            )
        self.version, self.text = held.version, Text(text)
        return None
