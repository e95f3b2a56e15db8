"""Which paths a file may have: one rule for the API, the socket, archives and git pushes alike.

A path that is good here can be checked out on Linux, macOS and Windows and is never taken for a part of Git's own folder. The
spellings of `.git` are those that Git itself guards against (`core.protectHFS`, `core.protectNTFS`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from code_together.errors import Conflict, Unprocessable

# Characters that HFS+ ignores when it compares names: `.g<ZWNJ>it` is `.git` there.
_IGNORED_BY_HFS = dict.fromkeys(
    [*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF]
)
# What turns the text around or is not seen at all: two names that look alike would be two files. Joiners stay, which scripts and emoji need.
_UNSEEN = frozenset(
    map(
        chr,
        (0x00AD, 0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF),
    )
)
_WINDOWS_DEVICES = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE
)
_GIT_SHORT_NAMES = re.compile(r"(git~\d+|gi[0-9a-f]{4}~\d+)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\\:*?"<>|]')


def check_path(path: str, *, path_bytes: int = 1024, part_bytes: int = 255) -> str:
    """The path as it was given, if a file may have it.

    Raises `Unprocessable` (code `bad_path`) with what is wrong with it.
    """
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        raise _bad(path, "it is not valid text") from None
    if not path:
        raise _bad(path, "it is empty")
    if size > path_bytes:
        raise _bad(path[:40] + "…", f"it is longer than {path_bytes} bytes")
    for part in path.split("/"):
        _check_part(path, part, part_bytes)
    return path


def _check_part(path: str, part: str, part_bytes: int) -> None:
    if part in ("", ".", ".."):
        raise _bad(path, "a name in it is empty, '.' or '..'")
    if len(part.encode()) > part_bytes:
        raise _bad(path, f"a name in it is longer than {part_bytes} bytes")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in part):
        raise _bad(path, "it has a control character")
    if not _UNSEEN.isdisjoint(part):
        raise _bad(path, "it has a character that is not seen, or that turns the text around")
    if found := _FORBIDDEN.search(part):
        raise _bad(path, f"it has the character {found.group()}, which not every system allows in a name")
    if part != part.strip() or part.endswith("."):
        raise _bad(path, "a name in it begins or ends with a space, or ends with a dot")
    if _WINDOWS_DEVICES.fullmatch(part):
        raise _bad(path, f"{part} is the name of a device on Windows")
    plain = unicodedata.normalize("NFKC", without_ignored(part)).casefold()
    if plain in (".git", ".gitmodules") or _GIT_SHORT_NAMES.fullmatch(plain):
        raise _bad(path, f"{part} belongs to Git")


def _bad(path: str, why: str) -> Unprocessable:
    return Unprocessable(f"{path!r} cannot be the path of a file: {why}.", code="bad_path")


def without_ignored(name: str) -> str:
    """A name without the characters that HFS+ ignores."""
    return name.translate(_IGNORED_BY_HFS)


def comparable(path: str) -> str:
    """What two paths share when a file system that ignores case and normal forms takes them for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


class TakenPaths:
    """The paths of a session, to tell whether a further one can live beside them on every file system."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        for path in paths:
            self.add(path)

    def add(self, path: str) -> None:
        self._files[comparable(path)] = path
        for folder in _folders(path):
            self._folders.setdefault(comparable(folder), folder)

    def check_free(self, path: str, cannot: str | None = None, instead: str = "Choose another name.") -> None:
        """Raises `Conflict` (code `path_taken`) when the path is, or looks the same as, one that is taken.

        `cannot` says what then cannot be done; without it, that the path cannot be made. `instead` says what helps.
        """
        if found := self.in_the_way(path):
            raise Conflict(
                f"{cannot or f'{path} cannot be made'}: there is already {found[1]}. {instead}",
                code="path_taken",
            )

    def in_the_way(self, path: str) -> tuple[str, str] | None:
        """What of the path, itself or a folder on it, is or looks the same as something that is taken; and that. None if it is free."""
        key = comparable(path)
        if taken := self._files.get(key) or self._folders.get(key):
            return path, taken
        for folder in _folders(path):
            key = comparable(folder)
            if taken := self._files.get(key):
                return folder, taken
            if (taken := self._folders.get(key)) and taken != folder:
                return folder, taken
        return None


def _folders(path: str) -> Iterable[str]:
    parts = path.split("/")[:-1]
    return ("/".join(parts[: i + 1]) for i in range(len(parts)))
