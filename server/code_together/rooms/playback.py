"""A file's life, to be played: keystrokes as far as the journal has them, revisions from Git for the time before and between.

A file that was deleted and came back was another document each time; its life goes through all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from code_together.errors import NotFound
from code_together.git import steps
from code_together.git.steps import Place
from code_together.rooms.room import Room
from code_together.session.authors import Person
from code_together.session.revisions import Revision
from code_together.storage.playback import Playback, Played, Start
from code_together.storage.revisions import Listed
from code_together.storage.wanted import Wanted

_STRETCHES = 400  # of the strip that shows who typed when: more than that a screen does not show
_STEPS_A_PAGE = 50
_EARLIER = 10  # documents that a file was before: of those before them there are revisions


@dataclass(frozen=True)
class File:
    """What is to be played. `document` None: a file that nobody has opened here since it is there; `earlier`: the documents that it
    was before it was deleted and came back, oldest first."""

    document: int | None
    path: str
    format: str | None
    deleted: bool
    earlier: tuple[int, ...] = ()

    @property
    def documents(self) -> list[int]:
        return [*self.earlier, *([] if self.document is None else [self.document])]


@dataclass(frozen=True)
class Dated:
    """A revision that changed the file, and the document and version that it holds; None: it was no document then."""

    listed: Listed
    document: int | None
    version: int | None


@dataclass(frozen=True)
class Step:
    """What one person changed in one revision, as JSON."""

    revision: Revision
    author: Person
    path: str
    changes: bytes


async def find(room: Room, kept: Playback, document: int | None, path: str | None) -> File:
    """Raises `NotFound` (`no_document`) for what is no document or file of the session, and never was."""
    if path is not None and path in room.checkpoint.files:
        row = room.checkpoint.marked.get(path)
        current = row.document if row else None
        earlier = await _earlier(room, path, current)
        return File(current, path, row.format if row else None, False, earlier)
    found = await kept.find(room.session, document, path)
    if found is not None:
        earlier = () if path is None else await _earlier(room, found.path, found.document)
        return File(found.document, found.path, found.format, found.deleted, earlier)
    if path is not None and (await room.timeline.page(None, 1, Wanted(path)))[0]:
        return File(None, path, None, True)
    raise NotFound("There is no such file in this session, and there never was.", code="no_document")


async def _earlier(room: Room, path: str, current: int | None) -> tuple[int, ...]:
    documents = await room.timeline.documents(path)
    if current in documents:
        documents = documents[: documents.index(current)]
    return tuple(documents[-_EARLIER:])


async def life(kept: Playback, file: File) -> Played:
    """What the journal has of it: of a file that nobody opened, nothing."""
    if file.document is None:
        return Played(None, None, None, 0, [])
    return await kept.life(file.document, _STRETCHES)


async def earlier_lives(kept: Playback, file: File) -> list[Played]:
    """The same of the documents that it was before, of which keystrokes are kept."""
    lives = [await kept.life(document, _STRETCHES) for document in file.earlier]
    return [one for one in lives if one.start is not None and one.version > one.start.version]


async def start_text(room: Room, file: File, start: Start | None) -> bytes:
    """The text at `start`, as JSON; without one the newest. Raises as `steps.text`."""
    if start is not None:
        place: Place = (start.commit, start.path)
    elif room.checkpoint.head is not None and file.path in room.checkpoint.files:
        place = (room.checkpoint.head, file.path)
    else:
        return b'""'
    units = room.around.settings.document_units
    return await room.around.workers.look(
        steps.text, str(room.repository), place, start.format if start else None, units
    )


async def revisions(
    room: Room, kept: Playback, file: File, before: str | None, limit: int
) -> tuple[list[Dated], str | None]:
    """A page of the revisions that changed the file, from `before` on, newest first, and the next page's `before`."""
    page, following = await room.timeline.page(before, limit, Wanted(file.path))
    versions = await kept.versions(file.documents, [listed.revision.id for listed in page])
    return [Dated(listed, *versions.get(listed.revision.id, (None, None))) for listed in page], following


async def walk(
    room: Room, file: File, before: str | None, after: str | None, limit: int
) -> tuple[bytes, list[Step], str | None]:
    """The steps by revisions that lead to the text of `before`, that one included, from `after` on, that one left out: the text before
    them, as JSON, the steps, oldest first, and the next page's `before`. What changed nothing is left out.

    Raises `NotFound` (`no_revision`).
    """
    if after is not None and await room.timeline.get(after) is None:
        raise NotFound("There is no such revision in this session.", code="no_revision")
    wanted = Wanted(file.path, after=after)
    page, following = await room.timeline.page(before, min(limit, _STEPS_A_PAGE), wanted)
    if not page:
        return b'""', [], following
    page.reverse()
    chains = [_chain(listed.revision) for listed in page]
    paths = [listed.path or file.path for listed in page]
    settings = room.around.settings
    walked = await room.around.workers.look(
        steps.walk,
        str(room.repository),
        _before(page[0].revision, paths[0]),
        [[(one.id, path) for one in chain] for chain, path in zip(chains, paths, strict=True)],
        file.format,
        settings.document_units,
        settings.read_seconds / 5,  # what was found by then is better than nothing
    )
    first = len(page) - len(walked.revisions)
    if first:
        following = page[first - 1].revision.id
    made = [
        Step(listed.revision, one.authors[0], path, changes)
        for listed, path, chain, found in zip(
            page[first:], paths[first:], chains[first:], walked.revisions, strict=True
        )
        for one, changes in zip(chain, found, strict=True)
        if changes is not None
    ]
    return walked.text, made, following


def _chain(revision: Revision) -> list[Revision]:
    """The commits by which a revision came about, one after another; of what was pushed only the whole."""
    parent = next(iter(revision.parents), None)
    for one in revision.people:
        if one.parents != [parent]:
            return [revision]
        parent = one.id
    return [*revision.people, revision]


def _before(revision: Revision, path: str) -> Place | None:
    if not revision.parents:
        return None
    old = next((file.old_path for file in revision.files if file.path == path), None)
    return revision.parents[0], old or path
