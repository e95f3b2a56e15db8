"""Zips that no honest program makes."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable


def zipped(files: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An ordinary zip of these, names as they are given, twice if given twice."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name)
            info.filename = name  # as it is: ZipInfo cuts at a NUL and turns backslashes
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def with_mode(name: str, mode: int, data: bytes = b"../../etc/passwd") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = (mode | 0o777) << 16
        archive.writestr(info, data)
    return out.getvalue()


def symlink() -> bytes:
    return with_mode("link", stat.S_IFLNK)


def patched(
    archive: bytes, *, flags: int | None = None, size: int | None = None, crc: int | None = None
) -> bytes:
    """The first entry's directory says something else (and its own head the same flags)."""
    data = bytearray(archive)
    at = data.index(b"PK\x01\x02")
    if flags is not None:
        struct.pack_into("<H", data, at + 8, flags)
        struct.pack_into("<H", data, 6, flags)
    if crc is not None:
        struct.pack_into("<L", data, at + 16, crc)
    if size is not None:
        struct.pack_into("<L", data, at + 24, size)
    return bytes(data)


def overlapping(copies: int, inner: int = 1_000_000) -> bytes:
    """Many directory entries for one and the same bytes (CVE-2024-0450, as David Fifield's flat bombs)."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = b"\0" * inner
    packed = deflater.compress(content) + deflater.flush()
    about = (0, 8, 0, 0, zlib.crc32(content), len(packed), inner)
    data = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, *about, 1, 0) + b"a" + packed
    directory = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, *about, 1, 0, 0, 0, 0, 0, 0) + b"a"
        for _ in range(copies)
    )
    return (
        data
        + directory
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), len(data), 0)
    )


def quoted(count: int) -> bytes:
    """Each entry's bytes hold the next entries' heads: they lie over one another without being the same."""
    names = [b"%06d" % number for number in range(count)]
    heads: list[bytes] = []
    tail = b"x" * 10
    for name in reversed(names):
        size = len(tail)
        head = (
            struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, zlib.crc32(tail), size, size, 6, 0) + name
        )
        heads.append(head)
        tail = head + tail
    data, directory, offset = tail, b"", 0
    for number, name in enumerate(names):
        content = data[offset + 36 :]
        directory += struct.pack(
            "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, zlib.crc32(content), len(content), len(content),
            6, 0, 0, 0, 0, 0, offset,
        ) + name  # fmt: skip
        offset += 36
        assert number < count
    return (
        data
        + directory
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(data), 0)
    )
