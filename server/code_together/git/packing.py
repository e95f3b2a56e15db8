"""Repositories are kept small: git packs what lies loose, and what the pack makes superfluous goes.

A window writes each changed file, folder and commit as a file of its own. `pack` puts all of them, and the small packs, into one pack, so
that each pack that stays has at least twice the objects of all smaller ones together (as `git repack --geometric=2` does). Nothing is ever
dropped: a file goes only when a pack that is on the disk has its object, whether anything names it or not. So a writer beside it loses nothing,
wherever either of them is stopped. Emptied folders stay: the git library may be about to put an object there.
"""

from __future__ import annotations

import bisect
import os
import re
import shutil
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from code_together.disk import sync_folder
from code_together.git.transport import environment, with_configuration

_FACTOR = 2
FOLDERS = tuple(f"{number:02x}" for number in range(256))
"""Where loose objects lie, by the beginning of their names."""

_OBJECTS_AT = 8 + 4 * 255  # in an index of a pack: how many objects it has
_NAMES_AT = 8 + 4 * 256
_LOOSE = re.compile(r"[0-9a-f]{38}\Z")
_PARTS = (".idx", ".rev", ".bitmap", ".pack")  # in the order in which a pack goes


@dataclass(frozen=True)
class Stock:
    """How many objects lie loose, and the packs by name with how many objects each has."""

    loose: int
    packs: dict[str, int]

    def small(self) -> list[str]:
        """The packs that are to become one with the loose objects; none if a pack of the loose ones is right as it is."""
        total, together = self.loose, 0
        by_size = sorted(self.packs, key=lambda name: self.packs[name])
        for number, name in enumerate(by_size, 1):
            if self.packs[name] < _FACTOR * total:
                together = number
            total += self.packs[name]
        return by_size[:together]


def stock(path: str) -> Stock:
    """What a repository's objects lie in. Packs that somebody keeps are not counted."""
    objects = Path(path, "objects")
    loose = sum(len(_loose(objects / folder)) for folder in FOLDERS)
    packs = {}
    for index in (objects / "pack").glob("pack-*.idx"):
        with suppress(FileNotFoundError), index.open("rb") as file:
            if not index.with_suffix(".keep").exists():
                file.seek(_OBJECTS_AT)
                packs[index.stem] = int.from_bytes(file.read(4))
    return Stock(loose, packs)


def pack(path: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment that pack what lies loose, and the packs that are named on standard input; tells the new pack's id.

    One thread, at the lowest priority for processor and disk, and little memory: typing comes first.
    """
    target = str(Path(path, "objects", "pack", "pack"))
    command = ["pack-objects", "--quiet", "--non-empty", "--delta-base-offset", "--keep-true-parents"]
    return _niced(path, *command, "--stdin-packs", "--unpacked", target)


def everything(path: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment that write one pack, of all that belongs to the objects named on standard input, to standard output.

    It takes over what is packed already and looks for no more likeness: a backup is to be quick.
    """
    return _niced(path, "pack-objects", "--quiet", "--revs", "--stdout", "--delta-base-offset", "--window=0")


def graph(path: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment that note the history's shape, and which paths each commit changes: for blame and for the history of a file."""
    return _niced(path, "commit-graph", "write", "--reachable", "--changed-paths", "--split", "--no-progress")


def _niced(path: str, *words: str) -> tuple[list[str], dict[str, str]]:
    options = {"safe.directory": "*", "pack.threads": "1", "pack.windowMemory": "100m"}
    idle = ["ionice", "-c", "3"] if shutil.which("ionice") else []
    return [*idle, "nice", "-n", "19", "git", "--git-dir", path, *words], {
        **environment(),
        **with_configuration(options),
    }


def packs_asked(small: Iterable[str]) -> bytes:
    """What `pack` reads."""
    return "".join(f"{name}.pack\n" for name in small).encode()


def settle_packs(path: str) -> None:
    """Makes the names of new packs durable; git has seen to what is in them."""
    sync_folder(Path(path, "objects", "pack"))


def drop_loose(path: str, pack: str, folder: str) -> int:
    """Removes the loose objects of one of the `FOLDERS` that this pack has; gives how many."""
    objects = Path(path, "objects")
    loose = _loose(objects / folder)
    if not loose:
        return 0
    packed = _Index(path, pack)
    dropped = 0
    for name in loose:
        if bytes.fromhex(folder + name) in packed:
            (objects / folder / name).unlink(missing_ok=True)
            dropped += 1
    return dropped


def drop_packs(path: str, pack: str, others: Iterable[str]) -> None:
    """Removes packs whose objects are all in `pack`."""
    packed = _Index(path, pack).names()
    for name in others:
        file = Path(path, "objects", "pack", name)
        if name != pack and file.with_suffix(".idx").exists() and _Index(path, name).names() <= packed:
            for part in _PARTS:
                file.with_suffix(part).unlink(missing_ok=True)


class _Index:
    """The names of the objects of one pack (git's format of an index, version 2).

    Raises `ValueError` for another format, `FileNotFoundError`.
    """

    def __init__(self, path: str, pack: str) -> None:
        data = Path(path, "objects", "pack", f"{pack}.idx").read_bytes()
        if data[:8] != b"\xfftOc\x00\x00\x00\x02":
            raise ValueError(f"{pack} has an index of another format")
        self._starts = (0, *struct.unpack_from(">256I", data, 8))  # of the names by their first byte
        self._names = memoryview(data)[_NAMES_AT : _NAMES_AT + 20 * self._starts[256]]

    def names(self) -> set[bytes]:
        return {name for (name,) in struct.iter_unpack("20s", self._names)}

    def __contains__(self, name: bytes) -> bool:
        low, high = self._starts[name[0]], self._starts[name[0] + 1]
        found = bisect.bisect_left(range(self._starts[256]), name, low, high, key=self._at)
        return found < high and self._at(found) == name

    def _at(self, number: int) -> bytes:
        return bytes(self._names[20 * number : 20 * number + 20])


def _loose(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if _LOOSE.match(name)]
    except FileNotFoundError:
        return []
