"""Revisions: their list, one of them, files that they deleted, and saving by name."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from aiohttp import web

from code_together.errors import Malformed
from code_together.git.history import Names
from code_together.http.access import GRANT
from code_together.http.bodies import (
    Body,
    json_response,
    page_limit,
    query_moment,
    query_path,
    read_body,
)
from code_together.http.description import answers
from code_together.http.files import person_of
from code_together.rooms import commenting, history
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
from code_together.session.revisions import FileStat, Revision
from code_together.storage.wanted import Wanted

_MOST_AUTHORS = 50


class Save(Body):
    message: str | None = None
    name: str | None = None


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
        room, query.get("before"), page_limit(request), wanted_of(request, room)
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


@answers(gives=RevisionBody)
async def get_revision(request: web.Request) -> web.Response:
    """`GET …/revisions/{id}`: one revision."""
    room = await request[GRANT].room()
    found = await history.revision(room, request.match_info["id"])
    counts = await commenting.counts(room, [found.id])
    body = _revision_body(room, found, await history.names(room))
    body["comments"] = counts.get(found.id, 0)
    return json_response(body)


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


def wanted_of(request: web.Request, room: Room, since: str = "since", until: str = "until") -> Wanted:
    """Which revisions the query asks for; `since` and `until` are what its moments are called in it. Raises `Malformed`."""
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
