"""Changes of files: how two trees differ, what a change does to a live text, and the tree that they make."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pygit2
from pygit2.enums import DeltaStatus, FileMode

from code_together.git.trees import FILES, TreeEdit, file_at, mode_of
from code_together.ot.change import ChangeSet
from code_together.ot.merge import Clash
from code_together.ot.text import Text
from code_together.session.textfile import Format, decode, decode_as, encode

_RENAMES = 500  # files that come or go of which it is looked whether they are renamed
_SMALL = 64 * 1024  # bytes: from here on the library's estimate is as good as git's
_PIECES = re.compile(rb"[^\n]{0,63}\n|[^\n]{1,64}")


@dataclass(frozen=True, slots=True)
class Change:
    """What a push or a revert does to one file. `path` is where it is here (None: it is not), `to` where it comes to be (None: it goes).

    `blob`: its content as it is to be, None if that stays as it is here. `edit` makes the new text of the text here, and `format` is what that is
    to be written in; without an edit the blob takes the file's place whole. `merged`: both sides changed it, so that the new text is not the blob's.
    """

    path: str | None
    to: str | None
    mode: int
    blob: str | None = None
    edit: ChangeSet | None = None
    format: str | None = None
    merged: bool = False
    clashes: Sequence[Clash] = ()


@dataclass(frozen=True, slots=True)
class Landing:
    """A file in the new revision: by its blob, or by a text and its format."""

    path: str | None
    to: str | None
    mode: int
    blob: str | None = None
    text: str | None = None
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A plain file of a tree."""

    path: str
    blob: str
    mode: int


class Texts:
    """The texts of a repository's files that may be edited: those of at most so many units."""

    def __init__(self, repository: pygit2.Repository, units: int) -> None:
        self._repository = repository
        self._units = units

    def read(self, entry: Entry, format: str | None) -> tuple[str, str] | None:
        """The text of a file and its format, None for what is none or cannot be edited."""
        if self._repository.odb.read_header(entry.blob)[1] > 4 * self._units:
            return None
        data = self._repository.odb.read(entry.blob)[1]
        if format is not None:
            try:
                found = decode_as(data, Format.parse(format))
            except ValueError:
                return None
        else:
            decoded = decode(data)
            if decoded is None:
                return None
            found, format = decoded[0], str(decoded[1])
        return (found, format) if "\0" not in found and len(Text(found)) <= self._units else None


def deltas(
    repository: pygit2.Repository, old: pygit2.Tree, new: pygit2.Tree
) -> Iterator[tuple[Entry | None, Entry | None]]:
    """Each plain file that is another one in the second tree: as it was, and as it is. Renamed is only what git calls so (`git diff -M`)."""
    changes = old.diff_to_tree(new)
    changes.find_similar(rename_limit=_RENAMES)
    for delta in changes.deltas:
        was = _entry(delta.old_file) if delta.status != DeltaStatus.ADDED else None
        now = _entry(delta.new_file) if delta.status != DeltaStatus.DELETED else None
        if was and now and was.path != now.path and not _is_half(repository, was, now):
            yield was, None
            yield None, now
        elif was or now:
            yield was, now


def _is_half(repository: pygit2.Repository, was: Entry, now: Entry) -> bool:
    """Whether half of the larger file is in both, as git counts: in lines, or pieces of 64 bytes of long ones.

    The library takes any two files of few lines for half equal.
    """
    if was.blob == now.blob:
        return True
    if max(repository.odb.read_header(one.blob)[1] for one in (was, now)) > _SMALL:
        return True
    one, other = (repository.odb.read(entry.blob)[1].replace(b"\r\n", b"\n") for entry in (was, now))
    both = Counter(_PIECES.findall(one)) & Counter(_PIECES.findall(other))
    return 2 * sum(len(piece) * times for piece, times in both.items()) >= max(len(one), len(other))


def _entry(file: pygit2.DiffFile) -> Entry | None:
    mode = mode_of(file.mode)  # of a difference git gives the bits as they are in the tree
    if mode is None:
        return None
    try:
        return Entry(file.raw_path.decode(), str(file.id), mode)
    except UnicodeDecodeError:
        return None


def plain_files(tree: pygit2.Tree, folder: str = "") -> Iterator[Entry]:
    """The plain files of a tree whose paths are UTF-8."""
    for entry in tree:
        try:
            path = folder + (entry.raw_name or b"").decode()
        except UnicodeDecodeError:
            continue
        if isinstance(entry, pygit2.Tree):
            yield from plain_files(entry, path + "/")
        elif entry.filemode in FILES:
            yield Entry(path, str(entry.id), int(entry.filemode))


def write_tree(
    repository: pygit2.Repository, before: pygit2.Tree, files: Sequence[Landing]
) -> tuple[pygit2.Oid, dict[str, str]]:
    """The tree with these files changed, and the formats of the texts that were written, by path."""
    edit = TreeEdit(repository, before)
    formats: dict[str, str] = {}
    for file in files:
        blob = file.blob
        if file.text is not None and file.format is not None and file.to is not None:
            data, format = encode(file.text, Format.parse(file.format))
            blob, formats[file.to] = str(repository.create_blob(data)), str(format)
        if blob is None and file.path is not None:
            blob = str(file_at(before, file.path).id)
        if file.path is not None and file.path != file.to:
            edit.remove(file.path)
        if file.to is not None and blob is not None:
            edit.put(file.to, pygit2.Oid(hex=blob), FileMode(file.mode), replace=file.path == file.to)
    return edit.write(), formats
