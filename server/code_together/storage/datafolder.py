"""The data folder: private, and in use by one server at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from code_together.disk import open_private
from code_together.errors import Unavailable

FILE_NAME: Final = "code_together.db"
LOCK_NAME: Final = "lock"
UNFINISHED: Final = "restoring"
"""The folder in the data folder in which a restore gathers everything; the database leaves it last."""


def private_folder(folder: Path) -> Path:
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o777 != 0o700:
            folder.chmod(0o700)
    except OSError as error:
        raise Unavailable(
            f"The data folder {folder} cannot be made or cannot be kept private ({error.strerror}). "
            "Give another one with --data.",
            code="data_not_private",
        ) from error
    return folder


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the database is damaged, and not that the disk is full or failing."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def cannot_be_opened(folder: Path, error: sqlite3.Error | OSError) -> Unavailable:
    if is_damage(error):
        return Unavailable(
            f"The database {folder / FILE_NAME} is damaged ({error}). Nothing was changed. code-together verify says more; if there is a backup,"
            " move the folder away and run: code-together restore",
            code="database_broken",
        )
    return Unavailable(
        f"The data folder {folder} cannot be used ({error}). Is its disk full, or not to be written to?",
        code="not_opened",
    )


class Lock:
    """The lock of a data folder: `flock`, which the kernel frees with the process, whatever kills it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        _held.add(self)

    @classmethod
    def take(cls, folder: Path, patience: float = 0.0) -> Lock:
        """Take the lock within `patience` seconds. Raises `Unavailable` (`data_in_use`) with who has it."""
        try:
            descriptor = open_private(folder / LOCK_NAME)
        except OSError as error:
            raise cannot_be_opened(folder, error) from error
        lock = cls._locked(folder, descriptor, patience)
        lock._say(f"pid {os.getpid()}")
        return lock

    @classmethod
    def take_unwritten(cls, folder: Path) -> Lock:
        """Take the lock of a data folder whose disk takes nothing, not even who has it. Raises `Unavailable` (`data_in_use`), `OSError`."""
        return cls._locked(folder, os.open(folder / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC), 0.0)

    @classmethod
    def _locked(cls, folder: Path, descriptor: int, patience: float) -> Lock:
        deadline = time.monotonic() + patience
        while not _flock(descriptor):
            if time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            holder = os.pread(descriptor, 1000, 0).decode("utf-8", "replace").strip()
            os.close(descriptor)
            raise Unavailable(
                f"The data folder {folder} is in use by another server ({holder or 'it is just starting'}). "
                "Stop that one first, or give this one another folder with --data.",
                code="data_in_use",
            )
        return cls(descriptor)

    def describe(self, address: str) -> None:
        self._say(f"pid {os.getpid()}, {address}")

    def free(self) -> None:
        self._say("")
        self.forget()

    def forget(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _say(self, text: str) -> None:
        if self._descriptor is None:
            return
        said = f"{text}\n".encode()
        # The lock holds also where a full disk does not take who has it. The file is never empty, so that it keeps its block.
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, said, 0)
            os.ftruncate(self._descriptor, len(said))


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """The data folder, made if it is not there, private, and in use by nobody else for as long as the block lasts.

    Raises `Unavailable` (`data_in_use`, `data_not_private`).
    """
    lock = Lock.take(private_folder(folder))
    try:
        yield
    finally:
        lock.free()


def _flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


_held: Final[weakref.WeakSet[Lock]] = weakref.WeakSet()


def _forget_locks_in_child() -> None:
    for lock in list(_held):
        lock.forget()


# A forked child shares the lock with its parent, and would hold the folder after the parent's death.
os.register_at_fork(after_in_child=_forget_locks_in_child)
