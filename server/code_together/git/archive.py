"""A revision's files as a zip, in pieces, so that none of it has to be held whole.

The format is that of PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16, without zip64: what is too large for that is refused.
Nothing that a repository says (`.gitattributes`) has a say here, which is why it is not `git archive`.
"""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import pygit2
from pygit2.enums import FileMode

from code_together.errors import TooLarge, Unprocessable
from code_together.git.bare import opened
from code_together.git.commits import read_commit, tree_of
from code_together.git.trees import FILES
from code_together.session.paths import check_path

MOST_FILES = 65_534
MOST_BYTES = 3_500_000_000

_LONGEST_PATH = 1024  # bytes, as `check_path` has it
_LONGEST_COMMENT = 65_535  # bytes
_UTF8_NAMES = 0x800
_UNIX = 3 << 8
_VERSION = 20
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")


@dataclass(frozen=True, slots=True)
class Member:
    """A file that goes into an archive."""

    path: str
    blob: str
    size: int
    executable: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Some files as they stand in the archive, and what its directory says of them."""

    data: bytes
    directory: bytes


def members(path: str, commit: str, most_files: int, most_bytes: int) -> tuple[list[Member], float]:
    """The files of a revision by path, and when it was made.

    Symbolic links, submodules and names that not every system can have are left out. Raises `NotFound`, and `TooLarge` (`archive_too_large`) as
    soon as more is seen than may be in an archive: a tree that holds itself in many places is never walked to its end.
    """
    with opened(path) as repository:
        record = read_commit(repository, commit)
        found: list[Member] = []
        seen = size = 0
        waiting = [(tree_of(repository, record), "")]
        while waiting:
            tree, folder = waiting.pop()
            for entry in tree:
                seen += 1
                name = (entry.raw_name or b"").decode("utf-8", "surrogateescape")
                if isinstance(entry, pygit2.Tree):
                    if len(folder) + len(name) < _LONGEST_PATH:  # what lies deeper has no good name
                        waiting.append((entry, f"{folder}{name}/"))
                elif entry.filemode in FILES and _is_good(folder + name):
                    _, length = repository.odb.read_header(entry.id)
                    executable = entry.filemode == FileMode.BLOB_EXECUTABLE
                    found.append(Member(folder + name, str(entry.id), length, executable))
                    size += length
                if len(found) > most_files or seen > 2 * most_files or size > most_bytes:
                    raise _too_large(most_files, most_bytes)
        return sorted(found, key=lambda member: member.path), record.at


def pack(path: str, files: Sequence[Member], at: float, offset: int) -> Piece:
    """These files as the part of an archive that begins at `offset`; `at`: when they were last changed."""
    data, directory = bytearray(), bytearray()
    moment = time.gmtime(max(at, 315_532_800))  # the format begins with 1980
    clock = moment.tm_hour << 11 | moment.tm_min << 5 | moment.tm_sec // 2
    date = min(moment.tm_year - 1980, 127) << 9 | moment.tm_mon << 5 | moment.tm_mday
    with opened(path) as repository:
        for file in files:
            blob = repository[file.blob]
            assert isinstance(blob, pygit2.Blob)
            content, name = blob.data, file.path.encode()
            deflated = _deflated(content)
            method, stored = (8, deflated) if len(deflated) < len(content) else (0, content)
            about = (_UTF8_NAMES, method, clock, date, zlib.crc32(content), len(stored), len(content))
            mode = (0o100755 if file.executable else 0o100644) << 16
            place = offset + len(data)
            data += _LOCAL.pack(b"PK\x03\x04", _VERSION, *about, len(name), 0) + name + stored
            directory += _CENTRAL.pack(
                b"PK\x01\x02", _VERSION | _UNIX, _VERSION, *about, len(name), 0, 0, 0, 0, mode, place
            )
            directory += name
    return Piece(bytes(data), bytes(directory))


def end(files: int, directory: int, offset: int, comment: str = "") -> bytes:
    """What stands behind the directory, which has `directory` bytes and begins at `offset`; programs that unpack show the comment."""
    said = comment.encode(errors="replace")[:_LONGEST_COMMENT].decode(errors="ignore").encode()
    return _END.pack(b"PK\x05\x06", 0, 0, files, files, directory, offset, len(said)) + said


def _deflated(data: bytes) -> bytes:
    compressor = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def _is_good(path: str) -> bool:
    try:
        check_path(path)
    except Unprocessable:
        return False
    return True


def _too_large(files: int, size: int) -> TooLarge:
    return TooLarge(
        f"An archive may have {files:,} files and {size:,} bytes; this revision has more. Clone it with Git.",
        code="archive_too_large",
    )
