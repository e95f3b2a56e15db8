"""A document's life, to be played: keystrokes as far as the journal has them, revisions from Git for the time before."""

from __future__ import annotations

from dataclasses import dataclass

from code_together.errors import NotFound
from code_together.git import steps
from code_together.git.steps import Place
from code_together.rooms.room import Room
from code_together.session.authors import Person
from code_together.session.revisions import Revision
from code_together.storage.playback import Playback, Played, Start
from code_together.storage.revisions import Listed, Wanted

_STRETCHES = 400  # of the strip that shows who typed when: more than that a screen does not show
_STEPS_A_PAGE = 50


@dataclass(frozen=True)
class File:
    """What is to be played. `document` None: a file that nobody has ever opened here."""

    document: int | None
    path: str
    format: str | None
    deleted: bool


@dataclass(frozen=True)
class Dated:
    """A revision that changed the file, and the version that it holds; None: it is from before the document was opened."""

    listed: Listed
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
    found = await kept.find(room.session, document, path)
    if found is not None:
        return File(found.document, found.path, found.format, found.deleted)
    if path is not None and (await room.timeline.page(None, 1, Wanted(path)))[0]:
        return File(None, path, None, path not in room.checkpoint.files)
    raise NotFound("There is no such file in this session, and there never was.", code="no_document")


async def life(kept: Playback, file: File) -> Played:
    """What the journal has of it: of a file that nobody opened, nothing."""
    return Played(None, 0, []) if file.document is None else await kept.life(file.document, _STRETCHES)


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
    versions = (
        {}
        if file.document is None
        else await kept.versions(file.document, [listed.revision.id for listed in page])
    )
    return [Dated(listed, versions.get(listed.revision.id)) for listed in page], following


async def walk(
    room: Room, file: File, before: str | None, limit: int
) -> tuple[bytes, list[Step], str | None]:
    """The steps by revisions that lead to the text of `before`, that one included: the text before them, as JSON, the steps,
    oldest first, and the next page's `before`. What changed nothing is left out.
    """
    page, following = await room.timeline.page(before, min(limit, _STEPS_A_PAGE), Wanted(file.path))
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
