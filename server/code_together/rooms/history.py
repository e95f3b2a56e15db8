"""Looking back: a session's revisions, what each changed, and who typed which line.

Lists come from the index (`timeline`); every look into Git is made by a worker with a deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Concatenate, ParamSpec, TypeVar

from code_together.errors import NotFound, Unavailable
from code_together.git import deleted as git_deleted
from code_together.git import editable, history, repository
from code_together.git.blame import Blame
from code_together.git.blame import blame as git_blame
from code_together.git.comparing import Comparison, FileDiff, Most, compare
from code_together.git.deleted import DeletedPage
from code_together.git.history import Names
from code_together.git.leftout import LeftOut, left_out
from code_together.git.repository import FileEntry
from code_together.rooms import versions
from code_together.rooms.connection import Person
from code_together.rooms.room import Room
from code_together.rooms.windows import commit_window
from code_together.session.revisions import Revision
from code_together.storage.activity import Activity
from code_together.storage.revisions import Listed
from code_together.storage.wanted import Wanted

P = ParamSpec("P")
T = TypeVar("T")

# Shares of the time for a look: of a whole piece, and of a file by itself after that one was stopped.
_WHOLE = 0.6
_ONE = 0.2


async def save(room: Room, person: Person, message: str | None, name: str | None) -> tuple[str | None, bool]:
    """Makes a revision now, and names it if a name is given. Gives its id and whether there was anything to commit.

    Raises `Conflict` (`name_taken`) before anything is done, `Unprocessable` (`bad_name`).
    """
    if message is not None:
        versions.check_message(room, message)
    if name is not None:
        versions.check_name(room, name)
    async with room.repository_lock:
        before = room.checkpoint.head
        if name is not None:
            await versions.check_free(room, name)
        id = await commit_window(room, message)
        if name is not None and id is not None:
            await versions.give(room, person, id, name)
    return id, id != before


async def revisions(
    room: Room, before: str | None, limit: int, wanted: Wanted
) -> tuple[list[Listed], str | None]:
    """A page of revisions from `before` on, newest first, and the next page's `before`."""
    return await room.timeline.page(before, limit, wanted)


async def activity(room: Room, wanted: Wanted, buckets: int) -> tuple[Activity, bool]:
    """Who edited how much when, and whether all of the history is in it already."""
    return await room.timeline.activity(wanted, buckets)


async def revision(room: Room, id: str) -> Revision:
    """Raises `NotFound`."""
    known = await room.timeline.get(id)
    return known or (await _look(room, history.describe, [id], 0.0))[0]


async def names(room: Room) -> Names:
    """The names of the revisions that have any, the oldest first."""
    return await room.timeline.names()


async def diff(room: Room, id: str, base: str | None, after: int = 0, path: str | None = None) -> Comparison:
    """A piece of what differs, or the difference of one file, which may be larger and take longer then.

    A file that takes too long to compare is only named, and ends its piece: what comes after it is in the next one (LK3).
    """
    settings, repo = room.around.settings, str(room.repository)
    largest = settings.diff_bytes if path is None else settings.diff_file_bytes
    most = Most(settings.diff_files, settings.diff_bytes, largest, settings.read_seconds / 4)

    async def piece(share: float, most: Most, after: int, *, skip_first: bool = False) -> Comparison | None:
        try:
            return await room.around.workers.look_for(
                settings.read_seconds * share,
                compare,
                repo,
                id,
                base,
                most,
                after,
                path,
                skip_first=skip_first,
            )
        except Unavailable as error:
            if error.code != "took_too_long" or skip_first:
                raise
            # The process was killed. That the next one has to begin first shall not count against the next file.
            await _look(room, repository.head)
            return None

    found = await piece(_WHOLE, most, after)
    if found is not None:
        return found
    files: list[FileDiff] = []
    one_file = replace(most, files=1)
    while path is None and (found := await piece(_ONE, one_file, after + len(files))) is not None:
        files += found.files
        if (
            found.next is None
            or len(files) == most.files
            or sum(len(file.diff) for file in files) > most.bytes
        ):
            return replace(found, files=files)
    found = await piece(_ONE, one_file, after + len(files), skip_first=True)
    assert found is not None
    return replace(found, files=files + found.files)


async def blame(room: Room, path: str, id: str) -> Blame:
    return await _look(room, git_blame, id, path)


async def files(room: Room, id: str) -> tuple[list[FileEntry], list[LeftOut]]:
    """The files of a revision, and what else is in it."""
    return await _look(room, repository.files, id), await _look(room, left_out, id)


async def deleted(room: Room, start: str | None, limit: int) -> DeletedPage:
    """A page of the files that were deleted and are not there again."""
    if room.checkpoint.head is None:
        return DeletedPage([], None, True)
    seconds = room.around.settings.read_seconds / 2  # what was found by then is better than nothing
    return await _look(room, git_deleted.deleted, room.checkpoint.head, start, limit, seconds)


async def read_file(room: Room, path: str, id: str | None) -> bytes:
    """A file's bytes in a revision, or as it is on everybody's screen now. Raises `NotFound`."""
    if id is None:
        row = room.checkpoint.marked.get(path)
        document = room.documents.loaded.get(row.document) if row else None
        if document is not None and document.version > document.committed:
            await room.turns.durable()
            text, format = str(document.text), document.format
            return await room.around.workers.read(editable.data_of, text, format)
        id = room.checkpoint.head
    if id is None:
        raise NotFound(f"There is no file {path}.", code="no_file")
    return await room.around.workers.read(repository.read, str(room.repository), id, path)


async def _look(
    room: Room, function: Callable[Concatenate[str, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    return await room.around.workers.look(function, str(room.repository), *args, **kwargs)
