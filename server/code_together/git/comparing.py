"""What differs between two revisions, file by file and in pieces: neither many files nor a large one make an answer without end."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

import pygit2
from pygit2.enums import DeltaStatus

from code_together.git.bare import opened
from code_together.git.commits import read_commit, tree_of
from code_together.session.revisions import Status
from code_together.session.textfile import UTF8, decode

RENAMES = 200  # files that came, and that went, in one revision, which are compared by what is in them
_STATUS: dict[DeltaStatus, Status] = {
    DeltaStatus.ADDED: "added",
    DeltaStatus.DELETED: "removed",
    DeltaStatus.RENAMED: "renamed",
}


@dataclass(frozen=True)
class FileDiff:
    """`diff`: a unified diff's hunks; none if the file is no text, `too_large` or `too_slow`.

    `added`, `removed`: None where the lines were not counted.
    """

    path: str
    old_path: str | None
    status: Status
    binary: bool
    diff: str
    added: int | None
    removed: int | None
    too_large: bool = False
    too_slow: bool = False


@dataclass(frozen=True)
class Most:
    """What one piece may have: files, bytes of differences in all of them, bytes of a file and of its difference, seconds."""

    files: int
    bytes: int
    file_bytes: int
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """A piece of what differs.

    `base`: None where there is nothing before; `total`: files that differ; `next`: how many were given by now, None at the end.
    """

    base: str | None
    files: list[FileDiff]
    total: int
    next: int | None


def compare(
    path: str,
    commit: str,
    base: str | None,
    most: Most,
    after: int = 0,
    file: str | None = None,
    *,
    skip_first: bool = False,
) -> Comparison:
    """What changed from `base` (None: the first parent) to `commit`, renames found: the files behind the first `after`.

    At least one file, if there is one. With `file` only what became of that one, by its path then or now. `skip_first`: the first of them takes
    too long to compare, and is only named. Raises `NotFound`.
    """
    ends = monotonic() + most.seconds
    with opened(path) as repository:
        if base is None:
            base = next(iter(read_commit(repository, commit).parents), None)
        changes = tree_diff(repository, base, commit)
        changes.find_similar(rename_limit=RENAMES)
        places = [
            (place, delta)
            for place, delta in enumerate(changes.deltas)
            if file is None or file in (path_of(delta.new_file), path_of(delta.old_file))
        ]
        files: list[FileDiff] = []
        size = 0
        for place, delta in places[after:]:
            if files and (len(files) == most.files or monotonic() > ends):
                break
            if skip_first and not files:
                one = FileDiff(*_named(delta), False, "", None, None, too_slow=True)
            else:
                one = _file_diff(repository, changes, place, delta, most.file_bytes)
            size += len(one.diff)
            if files and size > most.bytes:
                break
            files.append(one)
        reached = after + len(files)
        return Comparison(base, files, len(places), reached if reached < len(places) else None)


def tree_diff(
    repository: pygit2.Repository, base: str | None, commit: str, context_lines: int = 3
) -> pygit2.Diff:
    """The files that differ. Raises `NotFound`."""
    tree = tree_of(repository, read_commit(repository, commit))
    if base is None:
        return tree.diff_to_tree(swap=True, context_lines=context_lines)
    return tree_of(repository, read_commit(repository, base)).diff_to_tree(tree, context_lines=context_lines)


def status_of(delta: pygit2.DiffDelta) -> Status:
    return _STATUS.get(DeltaStatus(delta.status), "changed")


def path_of(file: pygit2.DiffFile) -> str:
    return file.raw_path.decode(errors="replace")


def size_of(repository: pygit2.Repository, id: pygit2.Oid) -> int:
    """The bytes of a file of a difference."""
    if not any(id.raw):
        return 0
    try:
        return int(repository.odb.read_header(id)[1])
    except KeyError:
        return 0  # a submodule's commit is elsewhere
    except ValueError as error:  # of a kind that is none: pygit2 takes its number as it is in the pack
        raise pygit2.GitError(str(error)) from error


def _named(delta: pygit2.DiffDelta) -> tuple[str, str | None, Status]:
    """Path, earlier path and what became of a file."""
    status = status_of(delta)
    return path_of(delta.new_file), path_of(delta.old_file) if status == "renamed" else None, status


def _file_diff(
    repository: pygit2.Repository, changes: pygit2.Diff, place: int, delta: pygit2.DiffDelta, most: int
) -> FileDiff:
    path, old, status = _named(delta)
    if max(size_of(repository, side.id) for side in (delta.old_file, delta.new_file)) > most:
        return FileDiff(path, old, status, False, "", None, None, too_large=True)
    patch = changes[place]
    if patch is None:
        return FileDiff(path, old, status, False, "", 0, 0)
    _, added, removed = patch.line_stats
    binary = bool(patch.delta.is_binary)
    data = patch.data
    if not binary and len(data) > most:
        return FileDiff(path, old, status, False, "", added, removed, too_large=True)
    return FileDiff(path, old, status, binary, _hunks(repository, patch, data), added, removed)


def _hunks(repository: pygit2.Repository, patch: pygit2.Patch, data: bytes) -> str:
    """The patch from its first hunk on, read in the encoding of the file."""
    _, mark, hunks = data.partition(b"\n@@ ")
    data = mark[1:] + hunks
    try:
        return data.decode()
    except UnicodeDecodeError:
        delta = patch.delta
        side = delta.old_file if delta.status == DeltaStatus.DELETED else delta.new_file
        blob = repository.get(side.id)
        _, format = (isinstance(blob, pygit2.Blob) and decode(blob.data)) or ("", UTF8)
        return data.decode(format.encoding, "replace")
