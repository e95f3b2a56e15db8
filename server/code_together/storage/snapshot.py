"""A copy of the database of one moment, taken while a server writes to it, and what of it stays with the machine (BK1, BK3)."""

# Only names of this file's tables are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from code_together.disk import open_private
from code_together.errors import Unavailable
from code_together.storage.datafolder import FILE_NAME, Lock, cannot_be_opened, is_damage
from code_together.storage.schema import connect_to_read, refuse_newer

_LOGIN_SECRETS: Final = ("logins", "tokens", "resets")


@dataclass(frozen=True)
class Kept:
    """A session in the copy: the commits that its journal knows, newest first, and those of its notes that the index of comments was made of."""

    id: str
    commits: list[str]
    notes: tuple[str | None, str | None]


def take(folder: Path, target: Path) -> None:
    """Copies the database of a data folder, open or not, into the new file `target` (0600): all that was saved at one moment.

    What was deleted from the database before is not in the copy. Raises `Unavailable` (`newer_data`, `database_broken`, `not_opened`), `OSError`.
    """
    file = folder / FILE_NAME
    os.close(open_private(target))
    try:
        try:
            _copy(file, target)
        except sqlite3.Error as error:
            if is_damage(error):
                raise
            os.truncate(target, 0)
            try:
                with apart(folder) as elsewhere:
                    _copy(elsewhere / FILE_NAME, target)
            except Unavailable:  # a server has it, and can read it: it is the other disk that is full
                raise error from None
    except sqlite3.Error as error:
        if is_damage(error):
            raise cannot_be_opened(folder, error) from error
        raise Unavailable(
            f"The database {file} cannot be copied to {target.parent} ({error}). Is one of the disks full, or not to be written to?",
            code="not_opened",
        ) from error


@contextlib.contextmanager
def apart(folder: Path) -> Iterator[Path]:
    """A private folder elsewhere with the database of a data folder whose disk takes nothing; no server has that meanwhile.

    Even to read a database SQLite needs a file beside it. Raises `Unavailable` (`data_in_use`, `not_opened`).
    """
    with contextlib.ExitStack() as stack:
        try:
            lock = Lock.take_unwritten(folder)
            stack.callback(lock.forget)
            elsewhere = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="code_together.")))
            for name in (FILE_NAME, f"{FILE_NAME}-wal"):
                if (folder / name).exists():
                    shutil.copyfile(folder / name, elsewhere / name)
        except OSError as error:
            raise cannot_be_opened(folder, error) from error
        yield elsewhere


def _copy(file: Path, target: Path) -> None:
    refuse_newer(file)
    with contextlib.closing(connect_to_read(file)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


class Copy:
    """The copy, to be looked at and trimmed before it is kept."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def forget_logins(self) -> None:
        """Takes out the logins, access tokens and links for new passwords. Password hashes stay: without them nobody could log in."""
        with self._open() as connection:
            there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
            for table in _LOGIN_SECRETS:
                if table in there:
                    connection.execute(f"DELETE FROM {table}")

    def forget_session(self, session: str) -> None:
        with self._open() as connection:
            connection.execute("DELETE FROM sessions WHERE id = ?", (session,))

    def sessions(self) -> list[Kept]:
        with self._open() as connection:
            there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
            commits: dict[str, list[str]] = {
                id: [] for (id,) in connection.execute("SELECT id FROM sessions ORDER BY id")
            }
            for session, commit in connection.execute(
                'SELECT session_id, "commit" FROM marks ORDER BY id DESC'
            ):
                commits[session].append(commit)
            notes: dict[str, tuple[str | None, str | None]] = {}
            if "comment_refs" in there:
                rows = connection.execute("SELECT session_id, discuss, extras FROM comment_refs")
                notes = {session: (discuss, extras) for session, discuss, extras in rows}
            return [Kept(id, known, notes.get(id, (None, None))) for id, known in commits.items()]

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._file)) as connection, connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")  # what is taken out is not left in free pages
            yield connection


def has_session(folder: Path, session: str) -> bool:
    """Whether the database of a data folder has the session now."""
    with contextlib.closing(connect_to_read(folder / FILE_NAME)) as connection:
        return connection.execute("SELECT 1 FROM sessions WHERE id = ?", (session,)).fetchone() is not None
