"""What a push may bring: looked at while it lies apart, before anything of it is in the repository.

Git itself has parsed the pack and checked each object (`receive.fsckObjects`). What it lets through and we do not: links and submodules, names that
not every system can have or that look alike on some, files that are too large, and trees that are small on the wire and endless when they are
walked. Every tree is read once, however often it occurs: what a folder comes to is computed from what its parts come to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pygit2
from pygit2.enums import ObjectType, SortMode

from code_together.errors import CodeTogetherError, TooLarge, Unprocessable
from code_together.git.bare import MAIN, opened
from code_together.git.commits import read_commit
from code_together.git.trees import LINK, SUBMODULE, TAKEN, TREE, mode_of
from code_together.session.paths import check_path, comparable, without_ignored

_NOTES = "refs/notes/"
_SHOWN = 100  # characters
_IDENTITY = re.compile(rb"[^<>\n\0]* <[^<>\n\0]*> (0|[1-9][0-9]{0,17}) [+-][0-9]{4}")
# What git refuses to make of a tree on some system: .git and its short name, whatever Windows leaves out behind them.
_GIT = re.compile(r"(\.git|git~1)[ .]*(:.*)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Limits:
    """`files`, `bytes` and `folders` are for each revision, `file_bytes` for each file, `trees` and `commits` for all of a push."""

    files: int
    bytes: int
    file_bytes: int
    path_bytes: int
    part_bytes: int
    commits: int
    trees: int
    folders: int = 100_000


@dataclass(frozen=True, slots=True)
class _Sum:
    """What a tree comes to: files, bytes and folders below it, and the length of its longest path."""

    files: int
    bytes: int
    folders: int
    path: int


def check(path: str, objects: str | None, tips: Sequence[str], limits: Limits) -> None:
    """Looks at the commits that the tips bring and that neither main nor the notes have; `objects`: the folder in which they lie apart.

    The tips' own files are held to all rules, those of older commits to the limits: their links and names are never used.
    Raises `Unprocessable` (`push_refused`), `TooLarge`, and what `check_path` raises.
    """
    with opened(path) as repository:
        if objects is not None:
            repository.odb.add_disk_alternate(objects)
        heads = [_commit(repository, tip) for tip in tips]
        look = _Look(repository, limits)
        for number, new in enumerate(_new(repository, heads, limits.commits)):
            if number >= limits.commits:
                raise TooLarge(f"A push may bring {limits.commits:,} commits.", code="push_refused")
            check_identities(ObjectType.COMMIT, str(new.id), new.read_raw())
            look.bound(str(new.tree_id))
        for head in heads:
            look.check_names(read_commit(repository, head).tree)


def _commit(repository: pygit2.Repository, id: str) -> str:
    commit = commit_of(repository, id)
    if commit is None:
        if repository.odb.exists(id):
            kind, data = repository.odb.read(id)
            check_identities(ObjectType(kind), id, data)
        raise _refused("main and tags name commits, and something else was given")
    return commit


def commit_of(repository: pygit2.Repository, id: str) -> str | None:
    """The commit that an id is, or that a tag of this id speaks of; None if it is something else."""
    try:
        return str(repository[id].peel(pygit2.Commit).id)
    except (KeyError, ValueError, pygit2.GitError):
        return None


def _new(repository: pygit2.Repository, heads: Sequence[str], most: int) -> Iterator[pygit2.Commit]:
    if not heads:
        return
    walk = repository.walk(heads[0], SortMode.NONE)
    for head in heads[1:]:
        walk.push(head)
    for ref in repository.references:
        if ref == MAIN or ref.startswith(_NOTES):
            walk.hide(repository.references[ref].target)
    try:
        yield from walk
    except (KeyError, pygit2.GitError):
        raise _explain(repository, heads, most) from None


def check_identities(kind: ObjectType, id: str, data: bytes) -> None:
    """Raises unless author and committer of a commit, or the tagger of a tag, are of git's form: the library cannot even read others."""
    what = f"the {kind.name.lower()} {id[:10]}"
    lines = [line.partition(b" ") for line in data.partition(b"\n\n")[0].split(b"\n")]
    people = [(who.decode(), line) for who, _, line in lines if who in (b"author", b"committer", b"tagger")]
    for who, line in people:
        if not _IDENTITY.fullmatch(line):
            raise _refused(
                f"the {who} of {what} is not written as git does it, "
                f"Name <mail> seconds zone, but {_shown(line)[:_SHOWN]}"
            )
    if kind == ObjectType.COMMIT and [who for who, _ in people] != ["author", "committer"]:
        raise _refused(f"{what} does not have one author and one committer")


def _explain(repository: pygit2.Repository, heads: Sequence[str], most: int) -> CodeTogetherError:
    """Why the library could not go through the commits that are pushed."""
    waiting, seen = list(heads), set(heads)
    while waiting and len(seen) <= most:
        id = waiting.pop()
        try:
            kind, data = repository.odb.read(id)
        except KeyError:
            break
        try:
            check_identities(ObjectType(kind), id, data)
        except Unprocessable as error:
            return error
        for line in data.partition(b"\n\n")[0].split(b"\n"):
            if line.startswith(b"parent ") and (parent := line[7:].decode()) not in seen:
                seen.add(parent)
                waiting.append(parent)
    return _refused(
        "commits before it are missing, in the push and here. If your clone is shallow, run "
        "git fetch --unshallow in it and push again"
    )


def _why_not(mode: int, name: bytes) -> str | None:
    """What is wrong with an entry of a folder, however old its commit is."""
    if not name or name in (b".", b".."):
        return "is no name that a file can have"
    if b"/" in name:
        return "has a slash in its name"
    plain = name.isascii() and b"git" not in name.lower()
    if not plain and any(map(_GIT.fullmatch, without_ignored(name.decode(errors="replace")).split("\\"))):
        return "belongs to Git"
    if mode in (TREE, LINK, SUBMODULE) or mode_of(mode) is not None:
        return None
    return f"has the mode {mode:o}; folders have 40000, files 100644 or 100755"


class _Bad(Exception):
    """Something in a tree, of which it is not known yet where it is."""

    def __init__(self, name: bytes, what: Callable[[str], CodeTogetherError]) -> None:
        self.name = name
        self.what = what


class _Look:
    def __init__(self, repository: pygit2.Repository, limits: Limits) -> None:
        self._repository = repository
        self._limits = limits
        self._sums: dict[str, _Sum] = {}
        self._sizes: dict[str, int] = {}

    def bound(self, root: str) -> None:
        """Raises if a tree, or anything in it, is beyond the limits, or is what no tree may hold."""
        waiting = [root]
        while waiting:
            id = waiting[-1]
            if id in self._sums:
                waiting.pop()
                continue
            entries = list(self._entries(id))
            missing = [child for mode, _, child in entries if mode == TREE and child not in self._sums]
            if missing:
                # A folder cannot be in itself, so this ends; but it may be as deep as a path is long.
                waiting += missing
                if len(waiting) > self._limits.trees:
                    raise self._too_many_trees()
            else:
                try:
                    self._sums[id] = self._sum(entries)
                except _Bad as bad:
                    raise bad.what(self._folder(root, id) + _shown(bad.name)) from None
                if len(self._sums) > self._limits.trees:
                    raise self._too_many_trees()

    def _folder(self, root: str, wanted: str) -> str:
        """Where a tree is below another, for people."""
        waiting, seen = [("", root)], {root}
        while waiting:
            folder, id = waiting.pop()
            if id == wanted:
                return folder
            for mode, name, child in self._entries(id):
                if mode == TREE and child not in seen and len(seen) < self._limits.trees:
                    seen.add(child)
                    waiting.append((f"{folder}{_shown(name)[:_SHOWN]}/", child))
        return ""

    def _sum(self, entries: Sequence[tuple[int, bytes, str]]) -> _Sum:
        limits = self._limits
        files = size = folders = longest = 0
        names: set[bytes] = set()
        for mode, name, child in entries:
            if (why := _why_not(mode, name)) is not None:
                raise _Bad(name, partial(_refused_at, why))
            if name in names:
                raise _Bad(name, partial(_refused_at, "is there twice"))
            names.add(name)
            length = len(name)
            if mode == TREE:
                below = self._sums[child]
                files += below.files
                size += below.bytes
                folders += 1 + below.folders
                length += 1 + below.path
            elif mode != SUBMODULE:
                files += 1
                size += self._size(child, name)
            longest = max(longest, length)
        for what, have, most in (
            ("files", files, limits.files),
            ("bytes", size, limits.bytes),
            ("folders", folders, limits.folders),
            ("bytes in a path", longest, limits.path_bytes),
        ):
            if have > most:
                raise TooLarge(
                    f"A revision may have {most:,} {what}; one of those pushed has more.", code="push_refused"
                )
        return _Sum(files, size, folders, longest)

    def _size(self, blob: str, name: bytes) -> int:
        if (known := self._sizes.get(blob)) is not None:
            return known
        try:
            kind, size = self._repository.odb.read_header(blob)
        except KeyError:
            raise _Bad(name, lambda _: _missing(blob)) from None
        if kind != ObjectType.BLOB:
            raise _Bad(name, partial(_refused_at, "has the mode of a file and is none"))
        if size > self._limits.file_bytes:
            raise _Bad(name, lambda path: self._too_large(path, size))
        self._sizes[blob] = size
        return int(size)

    def _too_large(self, path: str, size: int) -> TooLarge:
        most = self._limits.file_bytes
        return TooLarge(f"A file may have {most:,} bytes; {path} has {size:,}.", code="file_too_large")

    def check_names(self, root: str) -> None:
        """Raises if a file may not be where it is, or is of a kind that is not kept here. The tree is bounded."""
        good = partial(check_path, path_bytes=self._limits.path_bytes, part_bytes=self._limits.part_bytes)
        waiting = [("", root)]
        while waiting:
            folder, id = waiting.pop()
            taken: dict[str, str] = {}
            for mode, raw, child in self._entries(id):
                path = folder + _shown(raw)
                if mode == LINK:
                    raise _refused(f"{path} is a symbolic link; those are not kept here")
                if mode == SUBMODULE:
                    raise _refused(f"{path} is a submodule; those are not kept here")
                if mode != TREE and mode not in TAKEN:
                    raise _refused(f"{path} has the mode {mode:o}; files have 100644 or 100755")
                try:
                    name = raw.decode()
                except UnicodeDecodeError:
                    raise _refused(f"the name {path} is not UTF-8") from None
                good(folder + name)
                if (other := taken.setdefault(comparable(name), name)) != name:
                    raise _refused(f"{path} and {other} are one name on some systems; rename one of them")
                if mode == TREE:
                    waiting.append((folder + name + "/", child))

    def _entries(self, id: str) -> Iterator[tuple[int, bytes, str]]:
        """Mode, name and id of what is in a tree, from its raw bytes (git has checked their form)."""
        try:
            kind, data = self._repository.odb.read(id)
        except KeyError:
            raise _missing(id) from None
        if kind != ObjectType.TREE:
            raise _refused("a folder in it is no folder")
        position = 0
        while position < len(data):
            blank = data.index(b" ", position)
            end = data.index(b"\0", blank)
            yield int(data[position:blank], 8), data[blank + 1 : end], data[end + 1 : end + 21].hex()
            position = end + 21

    def _too_many_trees(self) -> CodeTogetherError:
        return TooLarge(f"A push may bring {self._limits.trees:,} different folders.", code="push_refused")


def _shown(name: bytes) -> str:
    text = name.decode(errors="replace")
    return text if text.isprintable() else repr(text)


def _refused_at(why: str, path: str) -> Unprocessable:
    return _refused(f"{path} {why}")


def _missing(id: str) -> Unprocessable:
    return _refused(
        f"the object {id} in it is missing, in the push and here. git fsck in your clone says more"
    )


def _refused(why: str) -> Unprocessable:
    return Unprocessable(f"This push cannot be taken: {why}.", code="push_refused")
