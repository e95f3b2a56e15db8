"""The database file in a data folder: how it is opened, and how it gets this program's schema."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Final

from code_together.disk import open_private, sync_folder
from code_together.errors import Unavailable
from code_together.storage import migrations
from code_together.storage.datafolder import FILE_NAME, UNFINISHED

BEFORE: Final = ".before-"
"""Between the database's name and that of the first step, in the name of the copy that is made before an upgrade."""
BUSY_SECONDS: Final = 5.0
"""How long a writer waits for another process, the command line beside the server, to finish."""


LOG_BYTES: Final = 1_100 * (4_096 + 24)
"""The write-ahead log goes back into the database at 1,000 pages, each behind a head of 24 bytes; a transaction may go beyond."""


def connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )


def connect_to_read(file: Path) -> sqlite3.Connection:
    # Even closing an ordinary connection may write: it takes the write-ahead log back into the database.
    return sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)


def has_database(folder: Path) -> bool:
    """Whether there is a database with anything in it.

    Raises `Unavailable` where there is none and a new one would hide what is there: `database_missing`, the sessions that the old one knew;
    `restore_broken_off`, those that were to come.
    """
    file = folder / FILE_NAME
    if file.exists() and file.stat().st_size:
        return True
    if (folder / UNFINISHED).is_dir():
        raise Unavailable(
            f"A restore into {folder} was broken off: {folder / UNFINISHED} is what it left, and nothing was made. Run code-together restore"
            f" again, which begins anew; or delete {folder}.",
            code="restore_broken_off",
        )
    if next(folder.glob("*.git"), None):
        raise Unavailable(
            f"There are sessions in {folder}, and {file} is missing or empty. Nothing was made. Put it back from a backup, or move the"
            f" folder away and run: code-together restore",
            code="database_missing",
        )
    return False


def prepared(folder: Path) -> Path:
    """The database file in `folder`, private and with this program's schema. The caller holds the lock."""
    file = folder / FILE_NAME
    # SQLite gives the -wal and -shm files that it makes the mode of the database, whatever the umask.
    if file.exists():
        refuse_newer(file)
        for existing in (file, folder / f"{FILE_NAME}-wal", folder / f"{FILE_NAME}-shm"):
            with contextlib.suppress(FileNotFoundError):
                # by its name: closing a descriptor would drop the locks SQLite holds in this process
                existing.chmod(0o600)
    else:
        os.close(open_private(file))
    with contextlib.closing(connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if migrations.pending(connection):
            _bring_up_to_date(file, connection)
    return file


def reserve_log(file: Path) -> None:
    """Give the write-ahead log its blocks before it is needed: a commit into a file that grows waits for the file system's journal, too.

    To SQLite a log of zeros is an empty one (https://sqlite.org/fileformat2.html#walformat: its header has no magic number). It gets its name
    when it is whole, and only if there is none: the command line may be at work beside. Where the disk does not take it, it grows as
    it always did.
    """
    zeros = file.with_name(f"{file.name}-wal.new")
    with contextlib.suppress(OSError):
        descriptor = open_private(zeros)
        try:
            os.truncate(descriptor, 0)
            if os.write(descriptor, bytes(LOG_BYTES)) == LOG_BYTES:
                os.fsync(descriptor)
                os.link(zeros, file.with_name(f"{file.name}-wal"))
        finally:
            os.close(descriptor)
    with contextlib.suppress(OSError):
        zeros.unlink(missing_ok=True)


def _bring_up_to_date(file: Path, connection: sqlite3.Connection) -> None:
    """All steps that are pending, after a copy of the database as it was is on the disk beside it; or nothing."""
    steps = migrations.pending(connection)
    copy = file.with_name(f"{FILE_NAME}{BEFORE}{steps[0]}")
    try:
        if not migrations.is_new(connection):
            _copy_aside(connection, copy)
        migrations.migrate(connection)
    except (sqlite3.Error, OSError) as error:
        raise Unavailable(
            f"The data folder {file.parent} could not be brought up to date ({error}). It is as it was, and the older program"
            " can go on with it. Is its disk full?",
            code="not_upgraded",
        ) from error
    for older in file.parent.glob(f"{FILE_NAME}{BEFORE}*"):
        if older != copy:
            older.unlink()


def _copy_aside(connection: sqlite3.Connection, copy: Path) -> None:
    new = copy.with_name(f"{copy.name}.new")
    new.unlink(missing_ok=True)
    descriptor = open_private(new)
    try:
        connection.execute("VACUUM INTO ?", (str(new),))
        os.fsync(descriptor)
        new.rename(copy)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    sync_folder(copy.parent)


def refuse_newer(file: Path) -> None:
    with contextlib.closing(connect_to_read(file)) as connection:
        steps = migrations.unknown(connection)
    if steps:
        raise Unavailable(
            f"The data folder {file.parent} was written by a newer code_together (it knows {steps[-1]}). "
            "Nothing was changed; start that program, or give this one another folder with --data.",
            code="newer_data",
        )


def is_current(file: Path) -> bool:
    """Whether a server has made the database already, with this program's schema."""
    if not file.exists():
        return False
    refuse_newer(file)
    with contextlib.closing(connect(file)) as connection:
        return not migrations.pending(connection)
