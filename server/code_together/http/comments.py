"""Comments on the text of a session; what is said reaches everyone in the room, and Git as notes."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from aiohttp import web
from msgspec import field

from code_together.errors import NotFound, Unprocessable
from code_together.http.access import GRANT
from code_together.http.bodies import (
    Body,
    json_response,
    page_limit,
    query_choice,
    query_flag,
    query_number,
    query_path,
    read_body,
)
from code_together.http.description import answers
from code_together.http.files import person_of
from code_together.http.keys import SETTINGS
from code_together.http.throttle import COMMENT_THROTTLE
from code_together.rooms import commenting
from code_together.rooms.commenting import Listed, LivePlace
from code_together.rooms.comments import CommentBody
from code_together.session.comments import is_id
from code_together.session.lines import Range, range_body

# Places that are given at once: a few numbers each, and a file may have thousands.
_PLACES = 2_000


class RangeBody(Body):
    start_line: int
    end_line: int
    start_column: int | None = None
    end_column: int | None = None


class AnchorBody(Body):
    doc: int
    version: int
    start: int = field(name="from")
    end: int = field(name="to")


class NewComment(Body):
    text: str
    path: str | None = None
    range: RangeBody | None = None
    anchor: AnchorBody | None = None
    revision: str | None = None
    parent: str | None = None
    key: str | None = None


class ChangedComment(Body):
    text: str | None = None
    resolved: bool | None = None


class ReadMentions(Body):
    comments: list[str] | None = None


class CommentsPage(TypedDict):
    """`open` and `unread` are counted over the whole session."""

    comments: list[CommentBody]
    next: str | None
    open: NotRequired[int]
    unread: int


class Thread(TypedDict):
    comments: list[CommentBody]


class ThreadPlace(TypedDict):
    """`said`: it was said in this revision."""

    id: str
    range: Range
    resolved: bool
    said: bool


class ThreadPlaces(TypedDict):
    threads: list[ThreadPlace]
    next: str | None


class UnreadMentions(TypedDict):
    unread: int


@answers(gives=CommentsPage)
async def list_comments(request: web.Request) -> web.Response:
    """`GET …/comments?path=&open=&mine=&revision=&before=&limit=`: threads with their answers."""
    grant, query = request[GRANT], request.query
    listed = await commenting.page(
        await grant.room(),
        person_of(grant),
        page_limit(request, request.app[SETTINGS].page_length),
        query.get("before"),
        query_path(request),
        query_choice(request, "open"),
        query_flag(request, "mine"),
        query.get("revision"),
    )
    return json_response(CommentsPage(**_page(listed), open=listed.open))


@answers(gives=Thread)
async def get_thread(request: web.Request) -> web.Response:
    """`GET …/comments/{id}`: the thread that it is in."""
    grant = request[GRANT]
    listed = await commenting.thread(await grant.room(), person_of(grant), _id(request))
    return json_response(Thread(comments=listed.comments))


@answers(gives=ThreadPlaces)
async def list_places(request: web.Request) -> web.Response:
    """`GET …/revisions/{id}/comments?path=&before=&limit=`: where threads are in a file of a revision."""
    grant, query = request[GRANT], request.query
    found, following = await commenting.places(
        await grant.room(),
        request.match_info["id"],
        query.get("path", ""),
        query.get("before"),
        min(query_number(request, "limit") or _PLACES, _PLACES),
    )
    return json_response(
        ThreadPlaces(
            threads=[
                ThreadPlace(
                    id=one.root.id,
                    range=range_body(one.range),
                    resolved=one.root.settled,
                    said=one.said,
                )
                for one in found
            ],
            next=following,
        )
    )


@answers(201, 200, takes=NewComment, gives=CommentBody, refuses=(409, 429))
async def create_comment(request: web.Request) -> web.Response:
    """`POST …/comments`: begins a thread, or answers in one: 201; 200 for one that was made already, by its key."""
    grant = request[GRANT]
    body = await read_body(request, NewComment)
    request.app[COMMENT_THROTTLE].take(str(grant.account.id))
    room, person = await grant.room(), person_of(grant)
    if known := await commenting.said(room, person, body.key):
        return json_response(known)
    if body.parent is not None:
        made = await commenting.answer(room, person, body.text, body.parent, body.key)
    elif body.anchor is not None:
        at = body.anchor
        where = LivePlace(at.doc, at.version, (at.start, at.end))
        made = await commenting.say(room, person, body.text, "", where, body.revision, body.key)
    elif body.range is not None and body.path is not None:
        asked = body.range
        lines = asked.start_line, asked.start_column, asked.end_line, asked.end_column
        made = await commenting.say(room, person, body.text, body.path, lines, body.revision, body.key)
    else:
        raise Unprocessable("A comment has a path and a range, or a parent.", code="bad_field")
    return json_response(made, status=201)


@answers(takes=ChangedComment, gives=CommentBody, refuses=(409, 429))
async def change_comment(request: web.Request) -> web.Response:
    """`PATCH …/comments/{id}`: another text, or resolved or not."""
    grant = request[GRANT]
    body = await read_body(request, ChangedComment)
    request.app[COMMENT_THROTTLE].take(str(grant.account.id))
    room, person, id = await grant.room(), person_of(grant), _id(request)
    if (body.text is None) == (body.resolved is None):
        raise Unprocessable("Give either text or resolved.", code="bad_field")
    if body.text is not None:
        return json_response(await commenting.edit(room, person, id, body.text))
    return json_response(await commenting.settle(room, person, id, bool(body.resolved)))


@answers(204, refuses=(409, 429))
async def delete_comment(request: web.Request) -> web.Response:
    """`DELETE …/comments/{id}`: takes a comment back."""
    grant = request[GRANT]
    request.app[COMMENT_THROTTLE].take(str(grant.account.id))
    await commenting.take_back(await grant.room(), person_of(grant), grant.role, _id(request))
    return web.Response(status=204)


@answers(gives=CommentsPage)
async def list_mentions(request: web.Request) -> web.Response:
    """`GET …/mentions?before=&limit=`: the comments that mention who asks."""
    grant = request[GRANT]
    listed = await commenting.mentions(
        await grant.room(), person_of(grant), page_limit(request), request.query.get("before")
    )
    return json_response(_page(listed))


@answers(takes=ReadMentions, gives=UnreadMentions)
async def read_mentions(request: web.Request) -> web.Response:
    """`POST …/mentions/read`: marks these, or all, as read."""
    grant = request[GRANT]
    body = await read_body(request, ReadMentions)
    left = await commenting.mark_read(await grant.room(), person_of(grant), body.comments)
    return json_response(UnreadMentions(unread=left))


def _page(listed: Listed) -> CommentsPage:
    return CommentsPage(comments=listed.comments, next=listed.next, unread=listed.unread)


def _id(request: web.Request) -> str:
    id = request.match_info["id"]
    if not is_id(id):
        raise NotFound("There is no such comment.", code="no_comment")
    return id
