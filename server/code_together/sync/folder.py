"""The local folder: looked at and written so that nothing outside of it is touched and no save of an editor is lost.

Paths go through folders that are opened one by one, none of them a symbolic link. A file is replaced by exchanging it with a finished
temporary one in one step; what comes out of the exchange is looked at, so that a save in between is seen. Whoever makes that save may still have
the file open and write the rest, so it goes back to its place.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from code_together.errors import Conflict, Unprocessable
from code_together.session.paths import check_path
from code_together.sync.ignored import TEMPORARY, Ignored, is_own

_RENAME_EXCHANGE = 2
_READ, _EXECUTE = 0o444, 0o111
_NO_LINK = {errno.EEXIST, errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS}
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_IGNORE_FILE_BYTES = 256 * 1024
_FILE_BYTES = 256 * 1024 * 1024  # no server takes more, and what is read is in memory
_NAME_BYTES = 120  # what is left of a name that gets an addition
_RACY_SECONDS = (
    0.1  # a file changed so shortly before may change again within one tick of the file system's clock
)

Signature = tuple[int, int, int, int]
"""Inode, size, the nanoseconds of mtime, and mode: another one may mean other contents, or that they can be read now."""


class ChangedMeanwhile(Exception):
    """A file is not what it was: somebody saves it."""


@dataclass
class Look:
    """What a scan of the folder found: files by path, and what it passed over for a reason.

    `shut`: what is there and cannot be looked at, with the reason; a folder with its slash, "" for the whole one. Nothing below it counts as gone.
    """

    files: dict[str, Signature] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    shut: dict[str, str] = field(default_factory=dict)

    def hides(self, path: str) -> bool:
        """Whether a file may be there unseen."""
        return any(path == shut or (path.startswith(shut) and shut[-1:] in ("", "/")) for shut in self.shut)

    def pass_over(self, path: str, error: OSError) -> None:
        """What went away while it was looked at is not shut."""
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EMLINK):
            self.shut[path] = os.strerror(error.errno or 0)


class Folder:
    """A folder at `root`, which is a real one. Raises `OSError` as the file system does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY)

    def close(self) -> None:
        os.close(self._fd)

    @property
    def fd(self) -> int:
        return self._fd

    @property
    def place(self) -> list[int]:
        """Device and inode: a copy of the folder is another one."""
        about = os.fstat(self._fd)
        return [about.st_dev, about.st_ino]

    # Looking

    def scan(self, tracked: Iterable[str]) -> Look:
        """All files that are `tracked` or not ignored."""
        look = Look()
        self._scan("", self._fd, Ignored(), look)
        for path in tracked:
            if path not in look.files and (signature := self.signature(path)):
                look.files[path] = signature
        return look

    def _scan(self, prefix: str, folder: int, ignored: Ignored, look: Look) -> None:
        with suppress(OSError), _opened(".gitignore", os.O_RDONLY | os.O_NONBLOCK, folder) as file:
            data = os.read(file, _IGNORE_FILE_BYTES)
            ignored.learn(prefix.rstrip("/"), data.decode("utf-8", "replace").splitlines())
        found: list[tuple[str, os.stat_result]] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not _has_name(entry):
                        name = os.fsencode(entry.name).decode("utf-8", "replace")
                        if not ignored.matches(prefix + name, False):
                            look.shut[prefix + name] = "its name is not UTF-8"
                        continue
                    try:
                        found.append((entry.name, entry.stat(follow_symlinks=False)))
                    except OSError as error:
                        look.pass_over(prefix + entry.name, error)
                        look.pass_over(f"{prefix}{entry.name}/", error)
        except OSError as error:
            look.pass_over(prefix, error)
            return
        for name, about in found:
            path = prefix + name
            is_folder = stat.S_ISDIR(about.st_mode)
            if ignored.matches(path, is_folder):
                continue
            if is_folder:
                try:
                    with _opened(name, _FOLDER, folder) as below:
                        self._scan(f"{path}/", below, ignored, look)
                except OSError as error:
                    look.pass_over(f"{path}/", error)
            elif stat.S_ISREG(about.st_mode):
                look.files[path] = _signature(about)
            elif stat.S_ISLNK(about.st_mode):
                look.links.append(path)

    def signature(self, path: str) -> Signature | None:
        """None if there is no regular file, reached through no link."""
        with suppress(OSError), self._parent(path) as (folder, name):
            about = os.stat(name, dir_fd=folder, follow_symlinks=False)
            return _signature(about) if stat.S_ISREG(about.st_mode) else None
        return None

    def read(self, path: str) -> tuple[bytes, Signature] | None:
        """Contents and signature, None if there is no regular file; its signature before and after reading is the same."""
        try:
            with (
                self._parent(path) as (folder, name),
                _opened(name, os.O_RDONLY | os.O_NONBLOCK, folder) as file,
            ):
                while True:
                    before = os.fstat(file)
                    if not stat.S_ISREG(before.st_mode):
                        return None
                    if before.st_size > _FILE_BYTES:
                        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
                    data = _read(file)
                    if _signature(os.fstat(file)) == _signature(before):
                        return data, _signature(before)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK):
                return None
            raise

    # Writing

    def check(self, path: str) -> str | None:
        """Why a file of the session must not be written here, None if it may."""
        try:
            check_path(path)
        except Unprocessable as error:
            return error.message
        if is_own(path):
            return f"{path!r} is a name that this program keeps for itself."
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            part = "/".join(parts[:depth])
            if (self.root / part).is_symlink():
                return f"{part} is a symbolic link here; it is not written through."
            if depth < len(parts) and (self.root / part).is_file():
                return f"{part} is a file here, and a folder in the session."
        if (self.root / path).is_dir():
            return f"{path} is a folder here, and a file in the session."
        return None

    def prepare(self, path: str, data: bytes, executable: bool = False, *, durable: bool = True) -> str:
        """Writes a temporary file beside `path`, with its mode; gives its path. It is on the disk, if it is to be `durable` at once.

        Where there is no file it is `executable` or not.
        """
        with self._parent(path, make=True) as (folder, name):
            mode = None
            with suppress(OSError):
                about = os.stat(name, dir_fd=folder, follow_symlinks=False)
                mode = stat.S_IMODE(about.st_mode) & 0o777
            temporary = TEMPORARY + token_hex(8)
            created = mode if mode is not None else 0o777 if executable else 0o666
            with _opened(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, folder, created) as file:
                try:
                    if mode is not None:
                        os.fchmod(file, mode)
                    left = memoryview(data)
                    while left:
                        left = left[os.write(file, left) :]
                    if durable:
                        os.fsync(file)
                except BaseException:
                    os.unlink(temporary, dir_fd=folder)
                    raise
        return path.rpartition("/")[0] + "/" * ("/" in path) + temporary

    def write_new(
        self, files: Iterable[tuple[str, bytes, bool]], apart: Callable[[str], AbstractContextManager[None]]
    ) -> dict[str, Signature]:
        """Writes files where none are, each executable or not, all of them durably; gives the signatures of those that it wrote.

        The disk is waited for once (syncfs(2), Linux), and then once a folder. What goes wrong with one file is within `apart`. Where there is one by
        now it stays; so does all as it is where the file system has no hard links.
        """
        sync = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
        temporaries: dict[str, str] = {}
        written: dict[str, Signature] = {}
        try:
            for path, data, executable in files:
                with apart(path):
                    temporaries[path] = self.prepare(path, data, executable, durable=sync is None)
            if sync is not None and sync(self._fd) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            for path in list(temporaries):
                with apart(path), self._parent(path) as (folder, name):
                    temporary = temporaries[path].rpartition("/")[2]
                    try:
                        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
                    except OSError as error:
                        if error.errno in _NO_LINK:
                            continue
                        raise
                    written[path] = _signature(os.stat(name, dir_fd=folder, follow_symlinks=False))
        finally:
            for temporary in temporaries.values():
                with suppress(OSError), self._parent(temporary) as (folder, name):
                    os.unlink(name, dir_fd=folder)
        for path in {path.rpartition("/")[0]: path for path in written}.values():
            with self._parent(path) as (folder, _):
                os.fsync(folder)
        return written

    def replace(
        self, path: str, temporary: str, known: Callable[[bytes], bool] | None = None
    ) -> tuple[Signature, bytes | None]:
        """The temporary file takes the file's place; gives its signature, and what was there until then.

        What was there and cannot be read, or is no file, stays. Raises `ChangedMeanwhile` if it is not `known`; then it stays, too.
        """
        with self._parent(path) as (folder, name):
            new = temporary.rpartition("/")[2]
            if _exchange(folder, new, name):
                about = os.stat(name, dir_fd=folder, follow_symlinks=False)
                try:
                    displaced = self.read(temporary)
                    if displaced is None:
                        kind = os.stat(new, dir_fd=folder, follow_symlinks=False).st_mode
                        number = errno.EISDIR if stat.S_ISDIR(kind) else errno.EEXIST
                        raise OSError(number, os.strerror(number), path)
                except OSError:
                    _exchange(folder, new, name)
                    os.unlink(new, dir_fd=folder)
                    raise
                if known is not None and not known(displaced[0]):
                    _exchange(folder, new, name)
                    again = self.read(temporary)
                    if again is not None and again[1] != _signature(about):
                        self.beside(path, again[0], "here")
                    os.unlink(new, dir_fd=folder)
                    raise ChangedMeanwhile
                os.unlink(new, dir_fd=folder)
                os.fsync(folder)
                return _signature(about), displaced[0]
            old = self.read(path)
            if known is not None and old is not None and not known(old[0]):
                os.unlink(new, dir_fd=folder)
                raise ChangedMeanwhile
            os.replace(new, name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
            return _signature(os.stat(name, dir_fd=folder, follow_symlinks=False)), old[0] if old else None

    def write(self, path: str, data: bytes) -> tuple[Signature, bytes | None]:
        return self.replace(path, self.prepare(path, data))

    def remove(self, path: str) -> None:
        """Deletes a file, and the folders that are empty then."""
        with suppress(FileNotFoundError), self._parent(path) as (folder, name):
            os.unlink(name, dir_fd=folder)
        self._sweep(path)

    def make_executable(self, path: str, executable: bool) -> None:
        """As git does: for all who may read it, or for nobody. Raises `OSError`."""
        with (
            self._parent(path) as (folder, name),
            _opened(name, os.O_RDONLY | os.O_NONBLOCK, folder) as file,
        ):
            mode = stat.S_IMODE(os.fstat(file).st_mode)
            os.fchmod(file, mode | (mode & _READ) >> 2 if executable else mode & ~_EXECUTE)

    def keeps_modes(self) -> bool:
        """Whether the file system keeps what is executable; some that come from other systems do not."""
        name = TEMPORARY + token_hex(8)
        found = []
        try:
            with _opened(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self._fd, 0o600) as file:
                try:
                    for mode in (0o700, 0o600):
                        os.fchmod(file, mode)
                        found.append(is_executable(_signature(os.fstat(file))))
                finally:
                    os.unlink(name, dir_fd=self._fd)
        except OSError:
            return False
        return found == [True, False]

    def rename(self, old: str, new: str) -> None:
        """Moves a file to where none is."""
        with self._parent(old) as (source, name), self._parent(new, make=True) as (target, other):
            if self.signature(new):
                raise FileExistsError(errno.EEXIST, "there is a file already", new)
            os.rename(name, other, src_dir_fd=source, dst_dir_fd=target)
        self._sweep(old)

    def beside(self, path: str, data: bytes, name: str) -> str:
        """Keeps contents beside a file, as `file (from NAME, time).ext`; gives the path."""
        folder, _, file = path.rpartition("/")
        stem, dot, extension = file.rpartition(".")
        if not stem:
            stem, dot, extension = file, "", ""
        moment = time.strftime("%Y-%m-%d %H.%M.%S")
        for number in range(1, 1000):
            again = f" {number}" if number > 1 else ""
            taken = f"{_cut(stem)} (from {name}, {moment}{again}){dot}{extension}"
            other = f"{folder}/{taken}" if folder else taken
            if self.signature(other) is None and not (self.root / other).is_symlink():
                self.write(other, data)
                return other
        raise Conflict(f"There is no free name beside {path}.")

    def clean(self) -> None:
        """Removes temporary files that a killed client left."""
        for below, _, files in os.walk(self.root):
            for name in files:
                if name.startswith(TEMPORARY):
                    os.unlink(os.path.join(below, name))

    def _sweep(self, path: str) -> None:
        parts = path.split("/")[:-1]
        while parts:
            try:
                with self._parent("/".join(parts)) as (folder, name):
                    os.rmdir(name, dir_fd=folder)
            except OSError:
                return
            parts.pop()

    @contextmanager
    def _parent(self, path: str, make: bool = False) -> Iterator[tuple[int, str]]:
        """The folder that `path` is in, opened without following links, and its name there."""
        *parts, name = path.split("/")
        folder = os.dup(self._fd)
        try:
            for part in parts:
                if part in ("", ".", ".."):
                    raise FileNotFoundError(errno.ENOENT, "not a path", path)
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=folder)
                below = os.open(part, _FOLDER, dir_fd=folder)
                os.close(folder)
                folder = below
            yield folder, name
        finally:
            os.close(folder)


def _cut(name: str) -> str:
    return name.encode()[:_NAME_BYTES].decode("utf-8", "ignore").rstrip()


def is_racy(signature: Signature) -> bool:
    """Whether a file of this signature may have been changed since without another one."""
    return abs(time.time_ns() - signature[2]) < _RACY_SECONDS * 1e9


def is_executable(signature: Signature) -> bool:
    """Whether its owner may execute it, which is what Git goes by."""
    return bool(signature[3] & stat.S_IXUSR)


def _has_name(entry: os.DirEntry[str]) -> bool:
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _signature(about: os.stat_result) -> Signature:
    return about.st_ino, about.st_size, about.st_mtime_ns, about.st_mode


@contextmanager
def _opened(name: str, flags: int, folder: int, mode: int = 0o666) -> Iterator[int]:
    file = os.open(name, flags | os.O_NOFOLLOW, mode, dir_fd=folder)
    try:
        yield file
    finally:
        os.close(file)


def _read(file: int) -> bytes:
    os.lseek(file, 0, os.SEEK_SET)
    pieces = []
    while piece := os.read(file, 1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def _exchange(folder: int, one: str, other: str) -> bool:
    """Two files change places in one step (renameat2(2), Linux). False where there is no such thing, or no other file."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(folder, one.encode(), folder, other.encode(), _RENAME_EXCHANGE) == 0)
