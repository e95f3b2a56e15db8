"""A stranger's zip, read without trust: all of it is good, or none of it is taken.

The directory at the end is read here and not by `zipfile`, which makes objects of a million entries before anyone can count them, and (in Python
up to 3.11.7, CVE-2024-0450) reads entries that lie over one another. What is counted is what inflating really gives.

The files become blobs in a packfile (gitformat-pack), which `git index-pack` then takes into a repository in one durable step.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from code_together.errors import CodeTogetherError, Conflict, TooLarge, Unavailable, Unprocessable
from code_together.git.transport import environment
from code_together.session.paths import TakenPaths, check_path

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_COMMENT = 65_535
_ENCRYPTED = 1 | 1 << 6 | 1 << 13
_UTF8_NAMES = 1 << 11
_STORED, _DEFLATED = 0, 8
_WITH_MODES = (3, 19)  # made on Unix or macOS: entries have a file's mode
_BLOB = 3
_CHUNK = 256 * 1024
_SMALL = 10_000_000  # bytes; how well so little is packed is nobody's danger
_NAMED = 200  # characters of an entry's name that a refusal has
_ENTRIES_A_FILE = 3  # folders have entries too
_OF_A_DESKTOP = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Limits:
    """`ratio`: how many times as large as the archive its files may be."""

    files: int
    bytes: int
    file_bytes: int
    ratio: int
    path_bytes: int
    part_bytes: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A file of the archive: where it goes, its blob, its size, and whether it says that it is executable."""

    path: str
    blob: str
    size: int
    executable: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    flags: int
    method: int
    crc: int
    stored: int
    size: int
    offset: int
    raw_name: bytes
    executable: bool


def unpack(archive: str, pack: str, limits: Limits, strip: bool, into: str) -> list[Unpacked]:
    """Reads the archive and writes its files into a new packfile; gives them by path.

    `strip`: a folder that all of them are in is left away; `into`: the folder that they go to, or empty. What desktops put into archives for
    themselves is passed over. Raises `Unprocessable` (`bad_archive`, `bad_path`), `Conflict` (`path_taken`), `TooLarge` (`archive_too_large`).
    """
    with open(archive, "rb") as file:
        length = os.fstat(file.fileno()).st_size
        entries, directory = _directory(file, length, limits)
        starts = _starts(file, entries, directory)
        files = [(entry, start) for entry, start in zip(entries, starts, strict=True) if _is_kept(entry)]
        _check_sizes([entry for entry, _ in files], length, limits)
        paths = _paths([entry.name for entry, _ in files], limits, strip, into)
        with open(pack, "xb") as out:
            return sorted(_blobs(file, out, files, paths), key=lambda unpacked: unpacked.path)


def store(path: str, pack: str) -> None:
    """Takes the blobs of a packfile that `unpack` wrote into the repository. Raises `Unavailable`."""
    command = ["git", "--git-dir", path, "index-pack", "--stdin", "--strict"]
    try:
        with open(pack, "rb") as file:
            subprocess.run(command, env=environment(), stdin=file, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable("The files could not be stored; nothing was changed. Try again.") from error


def _directory(file: BinaryIO, length: int, limits: Limits) -> tuple[list[_Entry], int]:
    """The archive's entries and where its directory begins."""
    tail_length = min(length, _END.size + _COMMENT)
    file.seek(length - tail_length)
    tail = file.read(tail_length)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise _bad("it is not a zip, or its end is missing")
    _, disk, first_disk, here, count, size, offset, comment = _END.unpack_from(tail, at)
    if offset == 0xFFFFFFFF or count == 0xFFFF:
        raise _bad("it is of the kind for very large archives (zip64)")
    if disk or first_disk or here != count or at + _END.size + comment != len(tail):
        raise _bad("it is in several parts, or damaged")
    if offset + size != length - tail_length + at:
        raise _bad("something stands before it or in it that is no part of it")
    most = _ENTRIES_A_FILE * limits.files
    if count > most or size > most * (_CENTRAL.size + limits.path_bytes):
        raise _too_many(limits)
    file.seek(offset)
    entries = list(islice(_entries(file.read(size)), count + 1))
    if len(entries) != count:
        raise _bad("its directory is damaged")
    return entries, offset


def _entries(directory: bytes) -> Iterator[_Entry]:
    position = 0
    while position < len(directory):
        if len(directory) - position < _CENTRAL.size or directory[position : position + 4] != b"PK\x01\x02":
            raise _bad("its directory is damaged")
        (
            _,
            made_by,
            _,
            flags,
            method,
            _,
            _,
            crc,
            stored,
            size,
            name_length,
            extra,
            comment,
            _,
            _,
            mode,
            offset,
        ) = _CENTRAL.unpack_from(directory, position)
        position += _CENTRAL.size
        raw = directory[position : position + name_length]
        position += name_length + extra + comment
        if position > len(directory):
            raise _bad("its directory is damaged")
        name = _name(raw, flags)
        if flags & _ENCRYPTED:
            raise _bad(f"{name!r} is encrypted")
        if method not in (_STORED, _DEFLATED):
            raise _bad(f"{name!r} is packed in a way that is not known here")
        kind = stat.S_IFMT(mode >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _bad(f"{name!r} is a link or a device, not a file")
        executable = made_by >> 8 in _WITH_MODES and bool(mode >> 16 & stat.S_IXUSR)
        yield _Entry(name, flags, method, crc, stored, size, offset, raw, executable)


def _name(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8")  # macOS does not say that its names are
    except UnicodeDecodeError:
        if flags & _UTF8_NAMES:
            raise _bad("a name in it is damaged") from None
        return raw.decode("cp437")


def _starts(file: BinaryIO, entries: list[_Entry], directory: int) -> list[int]:
    """Where each entry's bytes begin. No byte of the archive may belong to two entries, or to one and the directory."""
    starts = []
    taken = []
    for entry in entries:
        file.seek(entry.offset)
        head = file.read(_LOCAL.size + len(entry.raw_name))
        if len(head) < _LOCAL.size + len(entry.raw_name) or head[:4] != b"PK\x03\x04":
            raise _bad(f"{entry.name!r} is not where its directory says")
        _, _, flags, method, _, _, _, _, _, name_length, extra = _LOCAL.unpack_from(head)
        if flags & _ENCRYPTED or method != entry.method or name_length != len(entry.raw_name):
            raise _bad(f"{entry.name!r} is not what its directory says")
        if head[_LOCAL.size :] != entry.raw_name:
            raise _bad(f"{entry.name!r} has two names")
        start = entry.offset + _LOCAL.size + name_length + extra
        starts.append(start)
        taken.append((entry.offset, start + entry.stored))
    end = 0
    for first, last in [*sorted(taken), (directory, directory)]:
        if first < end:
            raise _bad("entries lie over one another")
        end = last
    return starts


def _is_kept(entry: _Entry) -> bool:
    if entry.name.endswith("/"):
        if entry.size:
            raise _bad(f"the folder {entry.name!r} has content")
        return False
    return not any(part in _OF_A_DESKTOP for part in entry.name.split("/"))


def _check_sizes(entries: list[_Entry], length: int, limits: Limits) -> None:
    """What the directory says is held to; `_inflated` holds the directory to what is there."""
    if not entries:
        raise _bad("there is no file in it")
    if len(entries) > limits.files:
        raise _too_many(limits)
    for entry in entries:
        if entry.size > limits.file_bytes:
            raise TooLarge(
                f"A file may have {limits.file_bytes:,} bytes; {entry.name!r} has {entry.size:,}.",
                code="file_too_large",
            )
    total = sum(entry.size for entry in entries)
    if total > limits.bytes:
        raise TooLarge(
            f"The files of an archive may have {limits.bytes:,} bytes; these have {total:,}.",
            code="archive_too_large",
        )
    if total > _SMALL and total > limits.ratio * length:
        raise _bad(f"its files are more than {limits.ratio} times as large as itself")


def _paths(names: list[str], limits: Limits, strip: bool, into: str) -> list[str]:
    if into:
        check_path(into, path_bytes=limits.path_bytes, part_bytes=limits.part_bytes)
    for name in names:  # as they are, before anything is put before or taken away
        _check_entry(name, name, limits)
    top = names[0].partition("/")[0] + "/"
    skip = len(top) if strip and all(name.startswith(top) for name in names) else 0
    folder = into + "/" if into else ""
    paths = [folder + name[skip:] for name in names]
    taken = TakenPaths(())
    for name, path in zip(names, paths, strict=True):
        _check_entry(name, path, limits)
        try:
            taken.check_free(path)
        except Conflict:
            raise Conflict(
                f"{path} is in the archive twice, or beside a name that some systems take for the same.",
                code="path_taken",
                entry=name,
            ) from None
        taken.add(path)
    return paths


def _check_entry(name: str, path: str, limits: Limits) -> None:
    """What an entry is to become. The refusal says which entry it was, in `entry`."""
    try:
        check_path(path, path_bytes=limits.path_bytes, part_bytes=limits.part_bytes)
    except Unprocessable as error:
        raise Unprocessable(
            f"The archive has an entry that cannot be taken: {error.message}",
            code=error.code,
            entry=name[:_NAMED],
        ) from None


def _blobs(
    file: BinaryIO, out: BinaryIO, files: list[tuple[_Entry, int]], paths: list[str]
) -> Iterator[Unpacked]:
    digest = hashlib.sha1(usedforsecurity=False)
    written: set[str] = set()
    head = struct.pack(">4sLL", b"PACK", 2, 0)
    out.write(head)
    for (entry, start), path in zip(files, paths, strict=True):
        data = b"".join(_inflated(file, entry, start))
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        yield Unpacked(path, blob, len(data), entry.executable)
        if blob not in written:
            written.add(blob)
            out.write(_pack_size(len(data)) + zlib.compress(data))
    # The number of objects stands in the head, and the sum of everything in the end.
    out.seek(0)
    out.write(struct.pack(">4sLL", b"PACK", 2, len(written)))
    out.flush()
    with open(out.name, "rb") as whole:
        while chunk := whole.read(_CHUNK):
            digest.update(chunk)
    out.seek(0, os.SEEK_END)
    out.write(digest.digest())


def _inflated(file: BinaryIO, entry: _Entry, start: int) -> Iterator[bytes]:
    """The entry's bytes, as many as its directory says and no more."""
    damaged = _bad(f"{entry.name!r} is damaged, or is not as long as its directory says")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    left, size, crc, position = entry.stored, 0, 0, start
    while left:
        file.seek(position)
        packed = file.read(min(_CHUNK, left))
        if not packed:
            raise damaged
        position += len(packed)
        left -= len(packed)
        while packed:
            if entry.method == _STORED:
                data, packed = packed, b""
            else:
                try:
                    data = inflate.decompress(packed, entry.size - size + 1)
                except zlib.error:
                    raise damaged from None
                packed = inflate.unconsumed_tail
            size += len(data)
            crc = zlib.crc32(data, crc)
            if size > entry.size:
                raise damaged
            yield data
    whole = entry.method == _STORED or (inflate.eof and not inflate.unused_data)
    if size != entry.size or crc != entry.crc or not whole:
        raise damaged


def _pack_size(size: int) -> bytes:
    """The head of a blob in a packfile: its kind and length, seven bits at a time after the first four."""
    first, rest = _BLOB << 4 | size & 15, size >> 4
    head = bytearray()
    while rest:
        head.append(first | 128)
        first, rest = rest & 127, rest >> 7
    return bytes([*head, first])


def _bad(why: str) -> CodeTogetherError:
    return Unprocessable(f"This zip cannot be taken: {why}. Nothing was imported.", code="bad_archive")


def _too_many(limits: Limits) -> CodeTogetherError:
    return TooLarge(
        f"An archive may have {limits.files:,} files; this one has more. Nothing was imported.",
        code="archive_too_large",
    )
