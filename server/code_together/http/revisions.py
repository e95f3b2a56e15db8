"""History: revisions, what each changed, blame, saving by name, and putting things back."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from aiohttp import web

from code_together.errors import Malformed, NotFound
from code_together.git.history import Names
from code_together.http.access import GRANT
from code_together.http.audit import note
from code_together.http.bodies import (
    Body,
    Made,
    json_response,
    left_out_body,
    page_limit,
    query_moment,
    query_number,
    query_path,
    read_body,
)
from code_together.http.description import answers
from code_together.http.files import person_of
from code_together.rooms import commenting, files, history, reverting
from code_together.rooms.room import Room
from code_together.session.authors import (
    Author,
    Moment,
    Person,
    account_name,
    author_body,
    email_of,
    rfc3339,
)
from code_together.session.revisions import FileStat, Revision, Status
from code_together.storage.wanted import Wanted

_BUCKETS = 60
_MOST_BUCKETS = 500
_MOST_AUTHORS = 50


class Save(Body):
    message: str | None = None
    name: str | None = None


class Restore(Body):
    revision: str
    path: str | None = None


class LineRange(Body):
    start_line: int
    end_line: int


class Revert(Body):
    revision: str
    path: str | None = None
    range: LineRange | None = None


class RevisionFile(TypedDict):
    """`added` and `removed` count lines; null in a file that is too large to count in."""

    path: str
    added: int | None
    removed: int | None
    old_path: NotRequired[str]


class NamedBefore(TypedDict):
    name: str
    revision: str


class RevisionBody(TypedDict):
    """`shares` are the lines that each of the authors added and removed, `people` how many commits a window's merge brought, `comments` how many
    were said of it, `path` what a file that is asked for is called in it."""

    id: str
    parents: list[str]
    authors: list[Author]
    shares: list[tuple[int, int]]
    people: int
    at: Moment
    message: str
    names: list[str]
    brought: NotRequired[list[NamedBefore]]
    files: list[RevisionFile]
    comments: NotRequired[int]
    path: NotRequired[str]


class RevisionsPage(TypedDict):
    revisions: list[RevisionBody]
    next: str | None


class Share(TypedDict):
    """`author` is a place in the answer's `authors`."""

    author: int
    revisions: int
    added: int
    removed: int


class Bucket(TypedDict):
    at: Moment
    edits: list[Share]


# `from` is a word of Python
Activity = TypedDict(
    "Activity",
    {
        "from": Moment,
        "to": Moment,
        "seconds": float,
        "revisions": int,
        "complete": bool,
        "authors": list[Author],
        "buckets": list[Bucket],
    },
)


class FileDifference(TypedDict):
    """`diff` is a unified diff's hunks."""

    path: str
    old_path: str | None
    status: Status
    binary: bool
    diff: str
    added: int | None
    removed: int | None
    too_large: bool
    too_slow: bool


class Differences(TypedDict):
    """`total` is how many files differ, `next` the `after` of the following piece."""

    revision: str
    base: str | None
    files: list[FileDifference]
    total: int
    next: int | None


class BlamedLine(TypedDict):
    """`original` is the line's number in that revision."""

    number: int
    revision: str
    author: Author
    at: Moment
    text: str
    original: int


class PathIn(TypedDict):
    revision: str
    path: str


class BlamedRevision(TypedDict):
    """`path` is what the file was called in it, `previous` where it was before."""

    title: str
    path: str
    previous: PathIn | None


class Blame(TypedDict):
    lines: list[BlamedLine]
    revision: str
    revisions: dict[str, BlamedRevision]


class DeletedFile(TypedDict):
    """`revision` is the last that has it."""

    path: str
    size: int
    binary: bool
    revision: str
    deleted_in: str
    at: Moment
    by: list[Author]


class DeletedPage(TypedDict):
    files: list[DeletedFile]
    next: str | None
    complete: bool


class Saved(TypedDict):
    """`committed`: whether there was something to commit."""

    id: str | None
    committed: bool


@answers(gives=RevisionsPage)
async def list_revisions(request: web.Request) -> web.Response:
    """`GET …/revisions?path=&author=&since=&until=&q=&before=&limit=&people=`: newest first, along first parents."""
    room = await request[GRANT].room()
    query = request.query
    page, following = await history.revisions(
        room, query.get("before"), page_limit(request), _wanted(request, room)
    )
    names = await history.names(room)
    bodies = []
    for listed in page:
        body = _revision_body(room, listed.revision, names)
        if listed.path is not None:
            body["path"] = listed.path
        bodies.append(body)
        if query.get("people") == "1":
            people = reversed(listed.revision.people)
            bodies += [_revision_body(room, one, names) for one in people]
    counts = await commenting.counts(room, [body["id"] for body in bodies])
    for body in bodies:
        body["comments"] = counts.get(body["id"], 0)
    return json_response(RevisionsPage(revisions=bodies, next=following))


@answers(gives=Activity)
async def get_activity(request: web.Request) -> web.Response:
    """`GET …/activity?path=&author=&from=&to=&buckets=&q=`: who edited how much when."""
    room = await request[GRANT].room()
    buckets = min(query_number(request, "buckets") or _BUCKETS, _MOST_BUCKETS)
    activity, complete = await history.activity(room, _wanted(request, room, "from", "to"), buckets)
    people = {edit.person.email: edit.person for edit in activity.edits}
    places = {email: place for place, email in enumerate(people)}
    edits: dict[int, list[Share]] = {}
    for edit in activity.edits:
        share = Share(
            author=places[edit.person.email],
            revisions=edit.revisions,
            added=edit.added,
            removed=edit.removed,
        )
        edits.setdefault(edit.bucket, []).append(share)
    body: Activity = {
        "from": rfc3339(activity.since),
        "to": rfc3339(activity.until),
        "seconds": activity.seconds,
        "revisions": activity.revisions,
        "complete": complete,
        "authors": [author_of(room, person) for person in people.values()],
        "buckets": [
            {"at": rfc3339(activity.since + bucket * activity.seconds), "edits": made}
            for bucket, made in edits.items()
        ],
    }
    return json_response(body)


@answers(gives=RevisionBody)
async def get_revision(request: web.Request) -> web.Response:
    """`GET …/revisions/{id}`: one revision."""
    room = await request[GRANT].room()
    found = await history.revision(room, request.match_info["id"])
    counts = await commenting.counts(room, [found.id])
    body = _revision_body(room, found, await history.names(room))
    body["comments"] = counts.get(found.id, 0)
    return json_response(body)


@answers(gives=Differences, numbers=("after",))
async def get_diff(request: web.Request) -> web.Response:
    """`GET …/revisions/{id}/diff?base=&after=&path=`: what it changed, in pieces where that is much."""
    room = await request[GRANT].room()
    id = request.match_info["id"]
    query = request.query
    after = query_number(request, "after") or 0
    found = await history.diff(room, id, query.get("base"), after, query_path(request))
    return json_response(
        Differences(
            revision=id,
            base=found.base,
            files=[
                FileDifference(
                    path=one.path,
                    old_path=one.old_path,
                    status=one.status,
                    binary=one.binary,
                    diff=one.diff,
                    added=one.added,
                    removed=one.removed,
                    too_large=one.too_large,
                    too_slow=one.too_slow,
                )
                for one in found.files
            ],
            total=found.total,
            next=found.next,
        )
    )


@answers(gives=Blame)
async def get_blame(request: web.Request) -> web.Response:
    """`GET …/blame/{path}?revision=`; without a revision what is on the screen is committed first."""
    room = await request[GRANT].room()
    revision = request.query.get("revision")
    if revision is None:
        revision = await room.close_window()
    if revision is None:
        raise NotFound("The session has no revision yet.", code="no_revision")
    found = await history.blame(room, request.match_info["path"], revision)
    made = {line.revision: (author_of(room, line.author), rfc3339(line.at)) for line in found.lines}
    return json_response(
        Blame(
            lines=[
                BlamedLine(
                    number=line.number,
                    revision=line.revision,
                    author=made[line.revision][0],
                    at=made[line.revision][1],
                    text=line.text,
                    original=line.original,
                )
                for line in found.lines
            ],
            revision=revision,
            revisions={
                id: BlamedRevision(
                    title=source.title,
                    path=source.path,
                    previous=source.previous and PathIn(revision=source.previous[0], path=source.previous[1]),
                )
                for id, source in found.sources.items()
            },
        )
    )


@answers(gives=DeletedPage)
async def list_deleted(request: web.Request) -> web.Response:
    """`GET …/deleted?before=&limit=`: files that are no more; `revision` still has them."""
    room = await request[GRANT].room()
    page = await history.deleted(room, request.query.get("before"), page_limit(request))
    return json_response(
        DeletedPage(
            files=[
                DeletedFile(
                    path=one.file.path,
                    size=one.file.size,
                    binary=one.file.binary,
                    revision=one.revision,
                    deleted_in=one.deleted_in,
                    at=rfc3339(one.at),
                    by=[author_of(room, author) for author in one.by],
                )
                for one in page.files
            ],
            next=page.next,
            complete=page.complete,
        )
    )


@answers(201, 200, takes=Save, gives=Saved, refuses=(409,))
async def save(request: web.Request) -> web.Response:
    """`POST …/revisions`: commits now, and names the revision if asked to."""
    grant = request[GRANT]
    body = await read_body(request, Save)
    room = await grant.room()
    id, new = await history.save(room, person_of(grant), body.message, body.name)
    # A name of what was there already is 201 too: what was made tells them apart, since a message is of a new revision alone.
    return json_response(Saved(id=id, committed=new), status=201 if new or (body.name and id) else 200)


@answers(201, 200, takes=Restore, gives=Made, refuses=(409,))
async def restore(request: web.Request) -> web.Response:
    """`POST …/restore`: 200 with the newest revision if all is as it was."""
    grant = request[GRANT]
    body = await read_body(request, Restore)
    id, new, missing = await files.restore(await grant.room(), person_of(grant), body.revision, body.path)
    if new:
        await note(request, "restored", target=body.path, detail=body.revision)
    return json_response(Made(id=id, **left_out_body(missing)), status=201 if new else 200)


@answers(201, 200, takes=Revert, gives=Made, refuses=(409,))
async def revert(request: web.Request) -> web.Response:
    """`POST …/revert`: 200 with the newest revision if nothing of it was left to undo."""
    grant = request[GRANT]
    body = await read_body(request, Revert)
    lines = None
    if body.range is not None:
        if body.path is None:
            raise Malformed("A range is one of lines of a file: say its path.")
        lines = (body.range.start_line, body.range.end_line)
        if not 0 < lines[0] <= lines[1] + 1:
            raise Malformed("A range of lines begins at 1, and does not end before it begins.")
    id, new, missing = await reverting.revert(
        await grant.room(), person_of(grant), body.revision, body.path, lines
    )
    if new:
        await note(request, "reverted", target=body.path, detail=body.revision)
    return json_response(Made(id=id, **left_out_body(missing)), status=201 if new else 200)


def _wanted(request: web.Request, room: Room, since: str = "since", until: str = "until") -> Wanted:
    query = request.query
    authors = [
        name if "@" in name else email_of(name, room.around.host) for name in query.getall("author", [])
    ]
    text = query.get("q") or None
    if len(authors) > _MOST_AUTHORS or len(text or "") > room.around.settings.search_length:
        raise Malformed("The query asks for too many authors, or for too long a text.")
    return Wanted(
        query_path(request), tuple(authors), query_moment(request, since), query_moment(request, until), text
    )


def _revision_body(room: Room, revision: Revision, names: Names) -> RevisionBody:
    body: RevisionBody = {
        "id": revision.id,
        "parents": revision.parents,
        "authors": [author_of(room, author) for author in revision.authors],
        "shares": revision.shares,
        "people": len(revision.people),
        "at": rfc3339(revision.at),
        "message": revision.message,
        "names": names.of(revision.id),
        "files": [_file_body(file) for file in revision.files],
    }
    if brought := names.brought.get(revision.id):
        body["brought"] = [NamedBefore(name=name, revision=of) for name, of in brought]
    return body


def _file_body(file: FileStat) -> RevisionFile:
    body = RevisionFile(path=file.path, added=file.added, removed=file.removed)
    if file.old_path is not None:
        body["old_path"] = file.old_path
    return body


def author_of(room: Room, author: Person) -> Author:
    """An *author* of the contract, from a commit."""
    return author_body(account_name(author.email, room.around.host), author.name, author.email)
