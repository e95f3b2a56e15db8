"""What a file system must be told so that what is written stays, and stays private."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from code_together.errors import Unavailable

_FAULTS = [os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)]


def sync_folder(folder: str | Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_private(file: Path) -> int:
    """A descriptor of `file`, which is made if it is not there, 0600 whatever the umask."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


def fault(error: Exception) -> str | None:
    """What the system says if the disk, and not the work, is at fault. The git library tells it in words alone."""
    said = str(error)
    return next((one for one in _FAULTS if one in said), None)


def room_left(folder: str | Path) -> int:
    """The bytes that the folder's disk still takes. Raises `OSError`."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def takes_nothing(fault: str) -> Unavailable:
    return Unavailable(
        f"The server's disk takes nothing ({fault}); nothing was changed. Try again later.", code="not_saved"
    )
