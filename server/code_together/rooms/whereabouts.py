"""Where the text is that a thread speaks of: in the live document if somebody has it open, else in the newest revision of its file.

Where nothing better is known it is found through the difference to the text in which the comment was said, or it is nowhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from code_together.errors import CodeTogetherError, Unavailable
from code_together.git import passages
from code_together.git.passages import Traced
from code_together.rooms.workers import Budget
from code_together.session.lines import LineRange, Span, ranges_in
from code_together.storage.commentplaces import Placed
from code_together.storage.commentrows import Comment, Spot

if TYPE_CHECKING:
    from code_together.rooms.room import Room

_TEXTS_AT_ONCE = 50  # in which comments were said, that are compared in one job of the worker
_SHARE = 0.1  # of the time for a look, for a page of places in a revision


@dataclass(frozen=True, slots=True)
class Where:
    """Where a thread's text is now; `span` is that of the live document at `version`. Outdated: nowhere."""

    path: str | None
    range: LineRange | None = None
    document: int | None = None
    version: int | None = None
    span: Span | None = None
    outdated: bool = False


def now(
    room: Room,
    root: Comment,
    paths: Mapping[int, str] | None = None,
    ranges: Mapping[str, LineRange] | None = None,
) -> Where:
    """Where a thread is: in the live text if its document is open, else as it was last noted.

    `paths`: those of all documents, `ranges`: those of threads in live texts; for who asks about many threads.
    """
    if root.said is None:
        return Where(root.path, outdated=bool(root.path) and root.path not in room.checkpoint.files)
    path = room.documents.path_of(root.document) if paths is None else paths.get(root.document or 0)
    if path is None:
        return Where(root.path, outdated=True)
    document = room.documents.loaded.get(root.document or 0)
    anchors = room.comments.anchoring.of.get(root.document or 0)
    if document is None or anchors is None:
        place = root.place
        return Where(
            path, place.range if place else None, outdated=root.version is not None and place is None
        )
    span = anchors.spans.get(root.id)
    if span is None:
        return Where(path, outdated=True)
    range = ranges.get(root.id) if ranges else None
    return Where(path, range or ranges_in(document.text, [span])[0], document.id, anchors.version, span)


async def locate(room: Room, roots: Sequence[Comment], account: int) -> dict[str, Where]:
    """Where threads are now, found out where nobody has looked yet, within the time that the account may use for it."""
    await room.comments.ready()
    stale: list[tuple[Comment, int]] = []
    fresh = {root.id: root for root in roots}
    marked = {row.document: row for row in room.checkpoint.marked.values()}
    for root in roots:
        if root.said is None:
            continue
        document = root.document if root.document in marked else await _document_at(room, root)
        if document is None:
            continue
        if document in room.documents.loaded:
            await room.comments.anchoring.attach(room.documents.loaded[document])
            fresh[root.id] = replace(root, document=document)
        elif root.version != marked[document].version:
            stale.append((root, document))
    fresh.update(await _trace(room, stale, Budget(account, room.around.settings.read_seconds)))
    paths = {row.document: path for path, row in room.checkpoint.marked.items()}
    ranges = _live_ranges(room, fresh.values())
    return {id: now(room, root, paths, ranges) for id, root in fresh.items()}


def _live_ranges(room: Room, roots: Iterable[Comment]) -> dict[str, LineRange]:
    """The lines of threads in live texts, by one walk through each text."""
    spans: dict[int, dict[str, Span]] = defaultdict(dict)
    for root in roots:
        anchors = room.comments.anchoring.of.get(root.document or 0)
        if anchors and root.document in room.documents.loaded and (span := anchors.spans.get(root.id)):
            spans[root.document][root.id] = span
    return {
        id: range
        for document, found in spans.items()
        for id, range in zip(
            found, ranges_in(room.documents.loaded[document].text, list(found.values())), strict=True
        )
    }


async def _document_at(room: Room, root: Comment) -> int | None:
    """For a thread in a file that came back, or was never opened: the document that is at its path now."""
    if root.path is None or root.path not in room.checkpoint.files:
        return None
    try:
        return (await room.documents.load(root.path)).id
    except CodeTogetherError:
        return None  # no text any more


async def _trace(room: Room, stale: Sequence[tuple[Comment, int]], budget: Budget) -> dict[str, Comment]:
    """Finds threads in the newest revision of their files, and notes where they are."""
    groups: dict[tuple[str, str, int], list[Comment]] = defaultdict(list)
    for root, document in stale:
        groups[root.revision, root.said_path or "", document].append(root)
    found: dict[str, Comment] = {}
    for (revision, said_path, document), roots in groups.items():
        path, head = room.documents.path_of(document), room.checkpoint.head
        row = room.checkpoint.marked.get(path or "")
        if path is None or row is None or head is None:
            continue
        try:
            traced = await room.around.workers.search(
                budget,
                passages.trace_to,
                str(room.repository),
                revision,
                said_path,
                room.around.settings.document_units,
                _said(roots),
                head,
                path,
                row.format,
            )
        except Unavailable:
            break  # the time is used up; the next look goes on from here
        places = _placed(roots, document, path, row.version, traced)
        await room.around.comments.places.place(room.session, places)
        found |= {root.id: _at(root, place) for root, place in zip(roots, places, strict=True)}
    return found


async def find(room: Room, root: Comment, account: int) -> Comment:
    """Finds where a thread is that was begun in a revision; gives it with what was found."""
    document = room.documents.loaded.get(root.document or 0)
    if document is not None and document.id in room.comments.anchoring.of:
        version = document.version
        spot = (await find_in(room, [root], str(document.text)))[root.id]
        placed = Placed(root.id, document.id, document.path, version, spot)
        await room.around.comments.places.place(room.session, [placed])
        if spot is not None:
            await room.turns.perform(
                lambda: room.comments.anchoring.place(document, root.id, version, spot.span)
            )
    else:
        await room.comments.follow_files()
        await locate(room, [await room.around.comments.get(room.session, root.id) or root], account)
    return await room.around.comments.get(room.session, root.id) or root


@dataclass(frozen=True, slots=True)
class There:
    """Where a thread's text is in the text that a file has in some revision; `said`: it was said of that very text."""

    root: Comment
    range: LineRange
    said: bool


async def in_revision(
    room: Room, revision: str, path: str, before: str | None, limit: int
) -> tuple[list[There], str | None]:
    """The threads whose text is in a file of a revision, of a page of those that may be there, and where the next page begins.

    Found through differences, or not at all. What takes longer than a share of the time for a look ends the page: others'
    looks come in between. Raises `NotFound` (`no_revision`, `no_file`), `Conflict` (`not_text`), `TooLarge`, `Unavailable`.
    """
    await room.comments.ready()
    document = await room.around.journal.document_at(room.session, revision, path)
    if document is None and (row := room.checkpoint.marked.get(path)):
        document = row.document
    roots, following = await room.around.comments.places.spoken_of(
        room.session, document, path, before, limit
    )
    groups: dict[tuple[str, str], list[Comment]] = defaultdict(list)
    for root in roots:
        groups[root.revision, root.said_path or ""].append(root)
    traced = await room.around.workers.look(
        passages.trace_all,
        str(room.repository),
        [(commit, file, _said(group)) for (commit, file), group in groups.items()],
        revision,
        path,
        room.around.settings.document_units,
        room.around.settings.read_seconds * _SHARE,
    )
    places: dict[str, Traced | None] = {}
    for group, there in zip(groups.values(), traced, strict=True):
        if there is not None:
            places |= zip((root.id for root in group), there, strict=True)
    found: list[There] = []
    last: str | None = None
    for root in roots:
        if root.id not in places:
            return found, last
        last = root.id
        if one := places[root.id]:
            found.append(There(root, one.range, (root.revision, root.said_path) == (revision, path)))
    return found, following


async def find_in(room: Room, roots: Sequence[Comment], text: str) -> dict[str, Spot | None]:
    """Where threads are in a text, by its difference to the one in which they were said."""
    groups: dict[tuple[str, str], list[Comment]] = defaultdict(list)
    for root in roots:
        groups[root.revision, root.said_path or ""].append(root)
    found: dict[str, Spot | None] = {}
    waiting = iter(groups.items())
    while batch := list(islice(waiting, _TEXTS_AT_ONCE)):
        traced = await room.around.workers.read(
            passages.trace_each,
            str(room.repository),
            [(revision, said_path, _said(group)) for (revision, said_path), group in batch],
            room.around.settings.document_units,
            text,
        )
        for (_, group), places in zip(batch, traced, strict=True):
            for root, one in zip(group, places, strict=True):
                found[root.id] = Spot(one.span, one.range) if one else None
    return found


def _said(roots: Iterable[Comment]) -> list[Span]:
    return [root.said.span for root in roots if root.said]


def _placed(
    roots: Iterable[Comment], document: int, path: str, version: int, traced: Iterable[Traced | None]
) -> list[Placed]:
    return [
        Placed(root.id, document, path, version, Spot(one.span, one.range) if one else None)
        for root, one in zip(roots, traced, strict=True)
    ]


def _at(root: Comment, placed: Placed) -> Comment:
    return replace(
        root,
        document=placed.document,
        path=placed.path,
        version=placed.version,
        place=placed.place,
        outdated=placed.place is None,
    )
