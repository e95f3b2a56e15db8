"""Looking back: a session's revisions, what each changed, and who typed which line. Every look is made by a worker with a deadline."""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import Concatenate, ParamSpec, TypeVar

from code_together.errors import Malformed, NotFound
from code_together.git import history, repository
from code_together.git.history import BlameLine, FileDiff, Revision
from code_together.git.repository import FileEntry
from code_together.git.textfile import Format, encode
from code_together.rooms.connection import Person
from code_together.rooms.room import Room
from code_together.rooms.windows import commit_window, identity

P = ParamSpec("P")
T = TypeVar("T")


async def save(room: Room, person: Person, message: str | None, name: str | None) -> tuple[str | None, bool]:
    """Makes a revision now, and names it if a name is given. Gives its id and whether there was anything to commit."""
    longest = room.around.settings.revision_message_length
    for text in (message, name):
        if text is not None and not 0 < len(text.strip()) <= longest:
            raise Malformed(f"A message or name has 1 to {longest:,} characters.", code="bad_message")
    async with room.repository_lock:
        before = room.checkpoint.head
        id = await commit_window(room, message)
        if name is not None and id is not None:
            tagger = identity(person, room.around.host)
            await room.around.workers.write(repository.tag, str(room.repository), id, name, tagger, time())
    return id, id != before


async def revisions(
    room: Room, before: str | None, limit: int, path: str | None, people: bool
) -> tuple[list[Revision], str | None]:
    """A page of revisions from `before` on, newest first, and the next page's `before`."""
    if room.checkpoint.head is None:
        return [], None
    start = before or room.checkpoint.head
    return await _look(room, history.revisions, start, limit, path, people)


async def revision(room: Room, id: str) -> Revision:
    return await _look(room, history.revision, id)


async def diff(room: Room, id: str, base: str | None) -> list[FileDiff]:
    return await _look(room, history.diff, id, base)


async def blame(room: Room, path: str, id: str) -> list[BlameLine]:
    return await _look(room, history.blame, id, path)


async def files(room: Room, id: str) -> list[FileEntry]:
    return await _look(room, repository.files, id)


async def read_file(room: Room, path: str, id: str | None) -> bytes:
    """A file's bytes in a revision, or as it is on everybody's screen now. Raises `NotFound`."""
    if id is None:
        row = room.checkpoint.marked.get(path)
        document = room.documents.loaded.get(row.document) if row else None
        if document is not None and document.version > document.committed:
            await room.durable()
            text, format = str(document.text), document.format
            return await room.around.workers.read(_written, text, format)
        id = room.checkpoint.head
    if id is None:
        raise NotFound(f"There is no file {path}.", code="no_file")
    return await room.around.workers.read(repository.read, str(room.repository), id, path)


def _written(text: str, format: str) -> bytes:
    return encode(text, Format.parse(format))[0]


async def _look(
    room: Room, function: Callable[Concatenate[str, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    return await room.around.workers.look(function, str(room.repository), *args, **kwargs)
