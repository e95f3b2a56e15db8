"""Named versions: revisions that people gave a name (NV1 to NV4)."""

from __future__ import annotations

from time import time

from code_together.errors import Malformed, Unprocessable
from code_together.git import tags
from code_together.git.tags import Version
from code_together.rooms.connection import Person
from code_together.rooms.room import Room
from code_together.rooms.windows import identity


async def versions(room: Room) -> list[Version]:
    """All of them, the oldest first."""
    return await room.around.workers.read(tags.versions, str(room.repository))


async def name(room: Room, person: Person, revision: str, name: str) -> Version:
    """Names any revision. Raises `NotFound`, `Conflict` (`name_taken`), `Unprocessable` (`bad_name`)."""
    check_name(room, name)
    async with room.repository_lock:
        return await give(room, person, revision, name)


async def rename(room: Room, person: Person, tag: str, name: str) -> Version:
    """Raises `NotFound` (`no_version`), `Conflict` (`name_taken`), `Unprocessable` (`bad_name`)."""
    check_name(room, name)
    async with room.repository_lock:
        tagger = identity(person, room.around.host)
        version = await room.around.workers.write(
            tags.rename_version, str(room.repository), tag, name, tagger, time()
        )
        await told(room, version.revision)
        return version


async def remove(room: Room, tag: str) -> None:
    """The revision stays. Raises `NotFound` (`no_version`)."""
    async with room.repository_lock:
        version = await room.around.workers.write(tags.remove_version, str(room.repository), tag)
        await told(room, version.revision)


async def give(room: Room, person: Person, revision: str, name: str) -> Version:
    """The same as `name`, for who holds the repository lock."""
    tagger = identity(person, room.around.host)
    path = str(room.repository)
    version = await room.around.workers.write(tags.name_revision, path, revision, name, tagger, time())
    await told(room, revision)
    return version


async def told(room: Room, revision: str) -> None:
    """A commit has other names now: everyone is told, and of the revision that it came in with too."""
    room.timeline.renamed()
    names = await room.timeline.names()
    bringing = [id for id, brought in names.brought.items() if any(of == revision for _, of in brought)]
    for id in (revision, *bringing):
        room.tell("named", revision=id, names=names.of(id))


async def check_free(room: Room, name: str) -> None:
    """Raises `Conflict` (`name_taken`) if a revision but the newest has the name, `Unprocessable` (`bad_name`)."""
    path, head = str(room.repository), room.checkpoint.head
    await room.around.workers.read(tags.check_free, path, None if room.clock.open else head, name)


def check_message(room: Room, message: str) -> None:
    """Raises `Malformed` (`bad_message`) for the message of a revision that is too long or says nothing."""
    longest = room.around.settings.revision_message_length
    if not 0 < len(message.strip()) <= longest:
        raise Malformed(f"A message has 1 to {longest:,} characters.", code="bad_message")


def check_name(room: Room, name: str) -> None:
    """Raises `Unprocessable` (`bad_name`) for a name that is too long or says nothing."""
    longest = room.around.settings.version_name_length
    if not 0 < len(name.strip()) <= longest:
        raise Unprocessable(f"The name of a version has 1 to {longest:,} characters.", code="bad_name")
