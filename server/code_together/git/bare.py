"""Bare repositories on the disk: how they are made and opened, and that what is written to them is durable.

Importing this module sets libgit2 up for the whole process: it fsyncs what it writes (by default it does
not), and it reads no configuration but the repository's own.
"""

from __future__ import annotations

import os
import shutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pygit2
from pygit2.enums import ConfigLevel, RepositoryOpenFlag

from code_together import disk
from code_together.disk import sync_folder
from code_together.errors import Broken, Conflict, Unavailable

MAIN = "refs/heads/main"

# When writing fails with less room than this, it was the room: as much as the largest file may have, and a little.
_ROOM = 64_000_000

# `core.fsync` is for the git binary; libgit2 knows nothing of it and is told through its settings below.
# Nothing may pack or prune by itself beside a writer. A reflog is what a person has left when everything else
# went wrong.
_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tlogAllRefUpdates = true
\tfsync = all
\tfsyncMethod = fsync
\tprotectHFS = true
\tprotectNTFS = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
[receive]
\tautogc = false
\tdenyNonFastForwards = true
\tdenyDeletes = true
\tfsckObjects = true
[uploadpack]
\tallowFilter = true
"""

pygit2.settings.enable_fsync_gitdir(True)
pygit2.settings.owner_validation = (
    False  # the data folder may belong to a volume's user; git is told so by safe.directory
)
for _level in (ConfigLevel.PROGRAMDATA, ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
    pygit2.settings.search_path[_level] = ""


def create(path: str) -> None:
    """Makes an empty repository whose branch main is yet to be born: whole, or after a crash not at all.

    Raises `Conflict` (`repository_exists`) if something is there.
    """
    final, new = Path(path), Path(path + ".new")
    if final.exists():
        raise Conflict(f"There is a repository at {path} already.", code="repository_exists")
    shutil.rmtree(new, ignore_errors=True)
    for folder in ("", "objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags"):
        (new / folder).mkdir(mode=0o700)
    _write(new / "HEAD", f"ref: {MAIN}\n")
    _write(new / "config", _CONFIG)
    for folder, _, _ in os.walk(new):
        sync_folder(folder)
    new.rename(final)
    sync_folder(final.parent)


@contextmanager
def opened(path: str) -> Iterator[pygit2.Repository]:
    """The repository, let go of at the end.

    Raises `Broken`: `repository_missing`; `repository_damaged` when libgit2 fails at what is done with it; `not_saved` when it fails and the disk has
    no room.
    """
    try:
        repository = pygit2.Repository(path, RepositoryOpenFlag.NO_SEARCH | RepositoryOpenFlag.BARE)
    except pygit2.GitError as error:
        raise missing(path, str(error)) from error
    try:
        yield repository
    except pygit2.GitError as error:
        raise _failure(path, error) from error
    finally:
        repository.free()


def missing(path: str, why: str) -> Broken:
    """What to raise where a session's repository should be, and none is."""
    return Broken(
        "The session's repository is missing or cannot be opened. Whoever runs the server can restore it from a backup.",
        code="repository_missing",
        why=f"{path}: {why}",
    )


def damaged(path: str, why: str) -> Broken:
    """What to raise when something in a session's repository cannot be read."""
    return Broken(
        "The session's repository is damaged. Whoever runs the server finds more in its log, and can restore it from a backup.",
        code="repository_damaged",
        why=f"{path}: {why}",
    )


def _failure(path: str, error: pygit2.GitError) -> Unavailable:
    """libgit2 says nothing when a write fails: its message is then of something that went wrong before, or is none."""
    if fault := disk.fault(error):
        return disk.takes_nothing(fault)
    with suppress(OSError):
        if disk.room_left(path) < _ROOM:
            return Broken(
                "The server's disk has hardly any room left; nothing was changed. Try again later.",
                code="not_saved",
                why=f"{path}: writing failed, with less than {_ROOM:,} bytes free",
            )
    return damaged(path, "".join(traceback.format_exception(error)))


def settle(path: str) -> None:
    """Makes the folders that libgit2 made for new objects durable; their contents it has seen to itself."""
    sync_folder(Path(path, "objects"))


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
