"""Looking at what was: what a revision changed, and whose a line is. Texts as they were are in `http/texts.py`."""

from __future__ import annotations

from typing import TypedDict

from aiohttp import web

from code_together.errors import NotFound
from code_together.http.access import GRANT
from code_together.http.bodies import json_response, query_number, query_path
from code_together.http.description import answers
from code_together.http.revisions import author_of
from code_together.rooms import history
from code_together.session.authors import Author, Moment, rfc3339
from code_together.session.revisions import Status


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
