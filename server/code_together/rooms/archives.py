"""A session as a zip, out of a room and into it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from functools import partial
from pathlib import Path

from code_together.errors import NotFound
from code_together.git import archive, unpacking
from code_together.git.archive import Member
from code_together.git.leftout import MOST, LeftOut, left_out
from code_together.git.unpacking import Limits
from code_together.rooms import files as rooms_files
from code_together.rooms.connection import Person
from code_together.rooms.room import Room
from code_together.rooms.workers import Budget

_PIECE_FILES = 500
_PIECE_BYTES = 8_000_000


async def export(room: Room, person: Person, revision: str | None) -> AsyncGenerator[bytes]:
    """The files of a revision as a zip; of the session as it is on the screen now, for which the window is closed first.

    Raises `NotFound` and `TooLarge` (`archive_too_large`) before it gives anything, `Unavailable` (`took_too_long`).
    """
    settings = room.around.settings
    id = await room.close_window() if revision is None else revision
    if id is None:
        raise NotFound("The session has no files yet.", code="no_revision")
    budget = Budget(person.account, settings.archive_seconds)
    search, path = room.around.workers.search, str(room.repository)
    most = (settings.archive_files, settings.archive_bytes)
    members, at = await search(budget, archive.members, path, id, *most)
    offset, directory = 0, bytearray()
    for files in _pieces(members):
        piece = await search(budget, archive.pack, path, files, at, offset)
        offset += len(piece.data)
        directory += piece.directory
        yield piece.data
    comment = _comment(await search(budget, partial(left_out, names=True), path, id))
    yield bytes(directory) + archive.end(len(members), len(directory), offset, comment)


async def take_in(
    room: Room, person: Person, folder: Path, name: str, *, strip: bool, into: str
) -> tuple[str, int]:
    """The files of `archive.zip` in `folder` become files of the session, all in one revision; gives its id and their number.

    `name` is what the archive is called, `strip` and `into` are as in `unpacking.unpack`, which raises what this raises; so does
    `files.add_files`.
    """
    settings = room.around.settings
    limits = Limits(
        files=min(settings.archive_files, settings.session_files),
        bytes=settings.archive_bytes,
        file_bytes=settings.file_bytes,
        ratio=settings.archive_ratio,
        path_bytes=settings.path_bytes,
        part_bytes=settings.path_part_bytes,
    )
    budget = Budget(person.account, settings.archive_seconds)
    pack = str(folder / "files.pack")
    found = await room.around.workers.search(
        budget, unpacking.unpack, str(folder / "archive.zip"), pack, limits, strip, into
    )
    number = "1 file" if len(found) == 1 else f"{len(found):,} files"
    message = f"Import {number} from {name}" if name else f"Import {number}"
    return await rooms_files.add_files(room, person, pack, found, message), len(found)


def _comment(missing: Sequence[LeftOut]) -> str:
    """Says what is in the revision and not in its zip."""
    kinds = {"link": "symbolic link", "submodule": "submodule", "name": "not a name on every system"}
    named = ", ".join(f"{one.path} ({kinds[one.kind]})" for one in missing)
    return f"Not in this zip: {named}{' and more' if len(missing) == MOST else ''}." if named else ""


def _pieces(members: Sequence[Member]) -> Iterator[list[Member]]:
    piece: list[Member] = []
    size = 0
    for member in members:
        if piece and (len(piece) >= _PIECE_FILES or size + member.size > _PIECE_BYTES):
            yield piece
            piece, size = [], 0
        piece.append(member)
        size += member.size
    if piece:
        yield piece
