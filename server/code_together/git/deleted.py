"""Files that were deleted and are not there again, by the git binary: ten times as fast as libgit2 on a long history."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pygit2

from code_together.errors import NotFound
from code_together.git.bare import opened
from code_together.git.commits import authors_of, read_commit, tree_of
from code_together.git.identity import Person
from code_together.git.repository import FileEntry
from code_together.git.transport import environment
from code_together.git.trees import FILES, find
from code_together.session.textfile import looks_binary

_CURSOR = re.compile(r"(?P<revision>[0-9a-f]{40})-(?P<number>\d{1,9})")
_MODES = frozenset(f"{int(mode):06o}".encode() for mode in FILES)
_COMMIT, _RAW = b"\1", b":"


@dataclass(frozen=True)
class DeletedFile:
    """`file` is what was there last, in `revision`; `deleted_in` is the revision in which it is no more, `by` that one's authors."""

    file: FileEntry
    revision: str
    deleted_in: str
    at: float
    by: list[Person]


@dataclass(frozen=True)
class DeletedPage:
    """`next` is what the following page begins with; `complete` is false if the search was ended before the history was."""

    files: list[DeletedFile]
    next: str | None
    complete: bool


def deleted(path: str, commit: str, start: str | None, limit: int, seconds: float) -> DeletedPage:
    """A page of the files that were deleted along first parents up to `commit`, the newest deletion first, each path once.

    Files that were renamed are not among them, nor those that are there again. Raises `NotFound` for a start that is none.
    """
    place = _CURSOR.fullmatch(start) if start is not None else None
    if start is not None and not place:
        raise NotFound("There is no such page of deleted files.", code="no_revision")
    with opened(path) as repository:
        now = tree_of(repository, read_commit(repository, commit))
        seen: set[str] = set()
        page: list[DeletedFile] = []
        log = _Log(path, commit, seconds)
        with log:
            for revision, number, file, blob in log.deletions():
                if file in seen:
                    continue
                seen.add(file)
                if place and revision == place["revision"] and number >= int(place["number"]):
                    place = None
                if place or find(now, file):
                    continue
                if len(page) == limit:
                    return DeletedPage(page, f"{revision}-{number}", True)
                page.append(_file(repository, revision, file, blob))
        return DeletedPage(page, None, not log.stopped)


class _Log:
    """`git log` of deletions, ended when it has run for too long."""

    def __init__(self, path: str, commit: str, seconds: float) -> None:
        self.stopped = False
        # Renames are told from deletions where nothing else changed: that costs nothing, and is how files are renamed here.
        command = ["git", "--git-dir", path, "log", "--first-parent", "--diff-filter=D", "-M100%", "--raw"]
        command += ["-z", "--no-abbrev", "--format=%x01%H", commit, "--"]
        self._child = subprocess.Popen(
            command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._timer = threading.Timer(seconds, self._stop)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._child.kill()
        if self._child.stdout:
            self._child.stdout.close()
        self._child.wait()

    def _stop(self) -> None:
        self.stopped = True
        self._child.kill()

    def deletions(self) -> Iterator[tuple[str, int, str, str]]:
        """Revision, number in it, path and blob of each plain file whose name is UTF-8, as they come."""
        revision, number = "", 0
        fields = self._fields()
        for field in fields:
            if field.startswith(_COMMIT):
                revision, number = field[1:].decode(), 0
            elif (field := field.lstrip(b"\n")).startswith(_RAW):
                mode, _, blob, _, _ = field[1:].split(b" ")
                name = next(fields, None)
                if mode not in _MODES or name is None:
                    continue
                try:
                    yield revision, number, name.decode(), blob.decode()
                except UnicodeDecodeError:
                    continue
                number += 1

    def _fields(self) -> Iterator[bytes]:
        assert self._child.stdout
        rest = b""
        while piece := self._child.stdout.read1(65_536):  # type: ignore[attr-defined]
            *fields, rest = (rest + piece).split(b"\0")
            yield from fields


def _file(repository: pygit2.Repository, revision: str, file: str, blob: str) -> DeletedFile:
    commit = read_commit(repository, revision)
    found = repository[blob]
    assert isinstance(found, pygit2.Blob)
    entry = FileEntry(file, found.size, looks_binary(memoryview(found)[:8000].tobytes()), blob)
    return DeletedFile(entry, commit.parents[0], commit.id, commit.at, authors_of(repository, commit))
