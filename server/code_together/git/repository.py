"""A session's repository: what is in it, and new revisions of it.

The path of the bare repository is each function's first argument. Objects are on the disk when a function
returns, and no ref moves except by `move_ref` and `tag`: so the caller can record a revision before anybody
can see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pygit2
from pygit2.enums import FileMode, ObjectType

from code_together.errors import Conflict, NotFound, Unavailable, Unprocessable
from code_together.git import messages
from code_together.git.bare import MAIN, create, opened, settle
from code_together.git.commits import (
    Committed,
    CommittedDocument,
    parents_with,
    read_commit,
    tree_of,
    write_commit,
)
from code_together.git.identity import Person, one_line, signature
from code_together.git.recovery import is_whole, recover, trim_reflogs
from code_together.git.tagnames import tag_ref
from code_together.git.trees import FILES, TreeEdit, file_at, find
from code_together.git.windows import WindowDocument, commit_window
from code_together.session.textfile import looks_binary

__all__ = [
    "Committed",
    "CommittedDocument",
    "FileChange",
    "FileEntry",
    "Person",
    "WindowDocument",
    "commit_files",
    "commit_window",
    "create",
    "entries",
    "files",
    "head",
    "is_ancestor",
    "is_whole",
    "move_ref",
    "read",
    "recover",
    "resume",
    "tag",
    "trim_reflogs",
]

_TAGS = "refs/tags/"


@dataclass(frozen=True)
class FileEntry:
    """`size` in bytes; `binary`: for a listing, `textfile.decode` has the last word."""

    path: str
    size: int
    binary: bool
    blob: str
    executable: bool = False


@dataclass(frozen=True)
class FileChange:
    """A file's new content, as bytes or as a blob that is there; without, its removal; with `old_path`, its renaming (and new content);
    with `copied_from`, a new file like that one. `executable`: whether it is one from now on, None to keep that as it is."""

    path: str
    data: bytes | None
    old_path: str | None = None
    blob: str | None = None
    copied_from: str | None = None
    executable: bool | None = None


@dataclass(frozen=True)
class Resumed:
    """Where a session goes on among commits that are given, the newest first: at the one of number `found`, None if there is none that
    `head` is at or leads to. Those `lost` before it are not whole."""

    head: str | None
    found: int | None
    lost: list[int]


def head(path: str) -> str | None:
    """The newest revision's id, or None before the first."""
    with opened(path) as repository:
        return _main(repository)


def is_ancestor(path: str, old: str | None, new: str) -> bool:
    """Whether `new` holds all history of `old` (None: no revision, so it does). Raises `NotFound`."""
    with opened(path) as repository:
        read_commit(repository, new)
        if old is None or old == new:
            return True
        read_commit(repository, old)
        return repository.descendant_of(new, old)


def resume(path: str, commits: Sequence[str]) -> Resumed:
    """Looks for the newest of these commits that is whole, and that the branch is at or may be moved to (WN2). Changes nothing."""
    present = head(path)
    lost: list[int] = []
    for number, commit in enumerate(commits):
        if not is_whole(path, commit):
            lost.append(number)
        elif (
            present in (None, commit)
            or not is_whole(path, present or "")
            or is_ancestor(path, present, commit)
        ):
            return Resumed(present, number, lost)
        else:
            break
    return Resumed(present, None, lost)


def files(path: str, commit: str | None) -> list[FileEntry]:
    """The plain files of a revision, by path.

    Symbolic links, submodules and names that are not UTF-8 are left out. Raises `NotFound`.
    """
    if commit is None:
        return []
    with opened(path) as repository:
        found: list[FileEntry] = []
        _list(repository, tree_of(repository, read_commit(repository, commit)), "", found)
        return sorted(found, key=lambda entry: entry.path)


def entries(path: str, commit: str, paths: Sequence[str]) -> list[FileEntry]:
    """Those of the paths at which a revision has a plain file. Raises `NotFound` for the revision."""
    with opened(path) as repository:
        tree = tree_of(repository, read_commit(repository, commit))
        found = ((file, find(tree, file)) for file in paths)
        return [
            _entry(file, blob)
            for file, blob in found
            if isinstance(blob, pygit2.Blob) and blob.filemode in FILES
        ]


def read(path: str, commit: str, file: str) -> bytes:
    """A file's bytes. Raises `NotFound`."""
    with opened(path) as repository:
        return file_at(tree_of(repository, read_commit(repository, commit)), file).data


def commit_files(
    path: str,
    parent: str | None,
    changes: Sequence[FileChange],
    author: Person,
    host: str,
    at: float,
    message: str,
    source: str | None = None,
) -> Committed:
    """Writes one commit by `author` with all the changes, without moving a ref. `source` is the revision from which files come back.

    Modes are kept, empty folders go. If nothing changes, `id` is the parent's. Raises `NotFound` (`no_file`)
    for a file to remove or rename that is not there, `Conflict` (`path_taken`) where two files, or a file and
    a folder, would have one name, `Unprocessable` (`bad_path`), and `Conflict` (`no_revision`) if nothing is
    to be committed on nothing.
    """
    with opened(path) as repository:
        before = read_commit(repository, parent) if parent is not None else None
        base = tree_of(repository, before) if before else None
        edit = TreeEdit(repository, base)
        for change in changes:
            _gather(repository, base, edit, change)
        tree = edit.write()
        if before and str(tree) == before.tree:
            return Committed(before.id, before.parents, [], [], "")
        if parent is None and not changes:
            raise Conflict(
                "The session has no revision yet, and there is nothing to commit.", code="no_revision"
            )
        text = messages.tidy(message) or messages.edit([change.path for change in changes])
        parents = parents_with(repository, parent, source) if parent else []
        id = write_commit(repository, tree, parents, author, host, at, messages.with_trailers(text, []))
        settle(path)
        return Committed(id, parents, [0], [], text)


def move_ref(path: str, commit: str, expected: str | None) -> None:
    """Makes `commit` the newest revision if `expected` still is.

    Raises `Conflict` (`ref_moved`) if it is not, `Unavailable` if the branch is locked.
    """
    with opened(path) as repository:
        read_commit(repository, commit)
        repository.set_ident("code_together", "server@localhost")  # signs the reflog, which stays here
        try:
            with repository.transaction() as transaction:
                transaction.lock_ref(MAIN)
                if _main(repository) != expected:
                    raise Conflict(
                        "Another revision was made meanwhile; look at it and try again.", code="ref_moved"
                    )
                transaction.set_target(MAIN, commit, message="code_together")
        except (pygit2.GitError, OSError) as error:
            raise Unavailable(f"The session's branch cannot be moved now ({error}). Try again.") from error


def tag(path: str, commit: str, name: str, tagger: Person, at: float, instead_of: str | None = None) -> str:
    """Names a revision by an annotated tag whose message is the name; gives the tag's ref.

    The ref is a form of the name that Git allows, with a number behind it if that is taken. Naming a revision
    the same again changes nothing. The ref `instead_of` counts as free, and is gone then: a tag is never changed.
    Raises `Unprocessable` (`bad_name`) if nothing is left of the name.
    """
    name = one_line(name)
    if not name:
        raise Unprocessable("A version's name needs at least one letter or digit.", code="bad_name")
    with opened(path) as repository:
        read_commit(repository, commit)
        ref = _tag_ref(repository, commit, name, instead_of)
        if ref not in repository.references or ref == instead_of:
            # Not by `create_tag`, which cannot put a tag in another one's place.
            signed = signature(tagger, at)
            tagged = (
                f"tag {ref.removeprefix(_TAGS)}\ntagger {signed.name} <{signed.email}> {signed.time} +0000"
            )
            raw = f"object {commit}\ntype commit\n{tagged}\n\n{name}"
            id = repository.odb.write(ObjectType.TAG, raw.encode())
            repository.references.create(ref, id, force=ref == instead_of)
        if instead_of is not None and instead_of != ref:
            repository.references.delete(instead_of)
        return ref


def _tag_ref(repository: pygit2.Repository, commit: str, name: str, instead_of: str | None) -> str:
    """The ref of the tag that names the commit so already, else one that is free, also where case is ignored."""
    taken = {
        ref.casefold(): ref for ref in repository.references if ref.startswith(_TAGS) and ref != instead_of
    }
    folders = {"/".join(ref.split("/")[:-depth]) for ref in taken for depth in range(1, ref.count("/") - 1)}
    number, ref = 1, _TAGS + tag_ref(name)
    while ref.casefold() in taken or ref.casefold() in folders:
        present = repository[repository.references[ref].target] if ref in repository.references else None
        if isinstance(present, pygit2.Tag) and (str(present.target), present.message) == (commit, name):
            return ref
        number += 1
        ref = f"{_TAGS}{tag_ref(name)}-{number}"
    return ref


def _main(repository: pygit2.Repository) -> str | None:
    reference = repository.references.get(MAIN)
    return str(reference.target) if reference else None


def _gather(
    repository: pygit2.Repository, base: pygit2.Tree | None, edit: TreeEdit, change: FileChange
) -> None:
    """Adds one change to the edit of the tree."""
    if change.copied_from is not None:
        model = file_at(base, change.copied_from) if base else None
        if model is None:
            raise NotFound(f"There is no file {change.copied_from} to copy.", code="no_file")
        edit.put(change.path, model.id, FileMode(model.filemode), replace=False)
        return
    source = change.path if change.old_path is None else change.old_path
    present = find(base, source) if base else None
    known = isinstance(present, pygit2.Blob) and present.filemode in FILES
    empty = change.data is None and change.blob is None
    if not known and (empty or change.old_path is not None):
        raise NotFound(f"There is no file {source} to change.", code="no_file")
    if empty or change.old_path is not None:
        edit.remove(source)
    if empty and change.old_path is None:
        return
    mode = FileMode(present.filemode) if present and known else FileMode.BLOB
    if change.executable is not None:
        mode = FileMode.BLOB_EXECUTABLE if change.executable else FileMode.BLOB
    if change.blob is not None:
        blob = pygit2.Oid(hex=change.blob)
    elif present and empty:
        blob = present.id
    else:
        blob = repository.create_blob(change.data or b"")
    edit.put(change.path, blob, mode, replace=change.old_path is None)


def _list(repository: pygit2.Repository, tree: pygit2.Tree, folder: str, found: list[FileEntry]) -> None:
    for entry in tree:
        try:
            path = folder + (entry.raw_name or b"").decode()
        except UnicodeDecodeError:
            continue
        if isinstance(entry, pygit2.Tree):
            _list(repository, entry, path + "/", found)
        elif isinstance(entry, pygit2.Blob) and entry.filemode in FILES:
            found.append(_entry(path, entry))


def _entry(path: str, blob: pygit2.Blob) -> FileEntry:
    binary = looks_binary(memoryview(blob)[:8000].tobytes())
    return FileEntry(path, blob.size, binary, str(blob.id), blob.filemode == FileMode.BLOB_EXECUTABLE)
