"""Playback: a document's life, page by page."""

from __future__ import annotations

import math
from typing import Any, Literal, NotRequired, TypedDict

import msgspec
from aiohttp import web

from code_together.errors import Malformed, NotFound, Unprocessable
from code_together.git.history import Names
from code_together.http.access import GRANT
from code_together.http.bodies import json_response, page_limit, query_moment, query_number
from code_together.http.description import answers
from code_together.http.keys import HOST, PLAYBACK, SETTINGS
from code_together.http.revisions import author_of
from code_together.rooms import playback
from code_together.rooms.playback import Dated, File
from code_together.rooms.room import Room
from code_together.session.authors import Author, Moment, account_name, author_body, email_of, rfc3339
from code_together.storage.accounts import Account
from code_together.storage.playback import Cursor, Event, Played, Stretch

_json = msgspec.json.encode


class StretchBody(TypedDict):
    """Consecutive updates: the version before the first, moments in milliseconds since 1970, and how many each author made, by its place in
    `authors`."""

    version: int
    at: int
    until: int
    edits: list[tuple[int, int]]


class PlayedStart(TypedDict):
    version: int
    revision: str
    at: Moment


class PlayedBody(TypedDict):
    """`end` is the newest revision that holds it; what is null is not there."""

    doc: int | None
    version: int
    stretches: list[StretchBody]
    start: PlayedStart | None
    end: str | None


class Life(PlayedBody):
    """`earlier` are documents that the file was before, `text` is that of `start`."""

    path: str
    deleted: bool
    earlier: list[PlayedBody]
    authors: list[Author]
    text: str


class TextAt(TypedDict):
    version: int
    text: str


class UpdatesPage(TypedDict):
    """`updates` are milliseconds since `at`, the author's place in `authors`, and a ChangeSet; `version` is that after the last."""

    at: int
    authors: list[Author]
    version: int
    more: bool
    updates: list[tuple[int, int, list[Any]]]


class DatedRevision(TypedDict):
    """`doc` and `version` are null where the file was no document."""

    id: str
    at: Moment
    authors: list[Author]
    message: str
    names: list[str]
    path: str | None
    doc: int | None
    version: int | None


class DatedPage(TypedDict):
    revisions: list[DatedRevision]
    next: str | None


class StepBody(TypedDict):
    """`changes` is a ChangeSet from the step before."""

    revision: str
    at: Moment
    author: Author
    message: str
    path: str
    changes: list[Any]


class Steps(TypedDict):
    """`text` is that before the first."""

    next: str | None
    text: str
    steps: list[StepBody]


class EventBody(TypedDict):
    """`thread` and `line` are a comment's."""

    kind: Literal["chat", "comment"]
    id: str
    at: Moment
    author: Author
    text: str
    thread: NotRequired[str | None]
    line: NotRequired[int | None]


class EventsPage(TypedDict):
    events: list[EventBody]
    next: str | None


@answers(gives=Life, refuses=(409,))
async def get_playback(request: web.Request) -> web.Response:
    """`GET …/playback?path=|doc=`: with which text it begins, and who typed when."""
    room = await request[GRANT].room()
    file = await _file(request, room)
    played = await playback.life(request.app[PLAYBACK], file)
    text = await playback.start_text(room, file, played.start)
    accounts: dict[int, Account] = {}
    about = {
        **_played(played, accounts),
        "path": file.path,
        "deleted": file.deleted,
        "earlier": [
            _played(one, accounts) for one in await playback.earlier_lives(request.app[PLAYBACK], file)
        ],
        "authors": [_account(request, account) for account in accounts.values()],
    }
    return _spliced(about, text=text)


@answers(gives=TextAt, refuses=(409,))
async def get_text(request: web.Request) -> web.Response:
    """`GET …/playback/text?path=|doc=&version=`: the text of the newest revision at or before a version."""
    room = await request[GRANT].room()
    file = await _file(request, room)
    version = _version(request, "version")
    start = None
    if file.document is not None:
        start = await request.app[PLAYBACK].start_before(file.document, version)
    if start is None:
        raise NotFound("No revision holds the text at this version.", code="no_revision")
    return _spliced({"version": start.version}, text=await playback.start_text(room, file, start))


@answers(gives=UpdatesPage, numbers=("after",), refuses=(409,))
async def list_updates(request: web.Request) -> web.Response:
    """`GET …/playback/updates?path=|doc=&after=&limit=`: keystrokes, as the journal has them."""
    room = await request[GRANT].room()
    file = await _file(request, room)
    if file.document is None:
        raise Unprocessable("Give the document's id.", code="bad_document")
    longest = request.app[SETTINGS].playback_updates
    limit = min(query_number(request, "limit", longest) or longest, longest)
    page = await request.app[PLAYBACK].updates(file.document, _version(request, "after"), limit)
    about = {
        "at": page.at,
        "authors": [_account(request, account) for account in page.accounts],
        "version": page.version,
        "more": page.more,
    }
    return _spliced(about, updates=page.updates)


@answers(gives=DatedPage, refuses=(409,))
async def list_revisions(request: web.Request) -> web.Response:
    """`GET …/playback/revisions?path=|doc=&before=&limit=`: for the marks on the time line, newest first."""
    room = await request[GRANT].room()
    file = await _file(request, room)
    page, following = await playback.revisions(
        room, request.app[PLAYBACK], file, request.query.get("before"), page_limit(request)
    )
    names = await room.timeline.names()
    return json_response(DatedPage(revisions=[_dated(room, one, names) for one in page], next=following))


@answers(gives=Steps, refuses=(409,))
async def list_steps(request: web.Request) -> web.Response:
    """`GET …/playback/steps?path=|doc=&before=&after=&limit=`: from revision to revision, for the time of which no keystrokes are kept."""
    room = await request[GRANT].room()
    file = await _file(request, room)
    text, steps, following = await playback.walk(
        room, file, request.query.get("before"), request.query.get("after"), page_limit(request)
    )
    described = [
        _spliced_bytes(
            {
                "revision": step.revision.id,
                "at": rfc3339(step.revision.at),
                "author": author_of(room, step.author),
                "message": step.revision.message,
                "path": step.path,
            },
            changes=step.changes,
        )
        for step in steps
    ]
    return _spliced({"next": following}, text=text, steps=b"[%b]" % b",".join(described))


@answers(gives=EventsPage, refuses=(409,))
async def list_events(request: web.Request) -> web.Response:
    """`GET …/playback/events?path=|doc=&since=&until=&after=&limit=`: what was said in chat and comments meanwhile."""
    room = await request[GRANT].room()
    file = await _file(request, room)
    since, until = query_moment(request, "since"), query_moment(request, "until")
    found, more = await request.app[PLAYBACK].events(
        room.session,
        file.documents,
        0.0 if since is None else since,
        1e12 if until is None else until,
        _cursor(request.query.get("after")),
        page_limit(request),
    )
    last = found[-1] if more else None
    return json_response(
        EventsPage(
            events=[_event(request, event) for event in found],
            next=f"{last.at!r} {last.kind} {last.id}" if last else None,
        )
    )


async def _file(request: web.Request, room: Room) -> File:
    path, doc = request.query.get("path"), request.query.get("doc")
    if (path is None) == (doc is None):
        raise Unprocessable("Give either the path of a file or the id of a document.", code="bad_document")
    if doc is not None and not (doc.isascii() and doc.isdigit() and len(doc) <= 18):
        raise Unprocessable(f"doc={doc[:40]} is not the id of a document.", code="bad_document")
    return await playback.find(room, request.app[PLAYBACK], None if doc is None else int(doc), path)


def _version(request: web.Request, name: str) -> int:
    """Raises `Malformed`."""
    return 0 if request.query.get(name) in (None, "0") else query_number(request, name) or 0


def _cursor(text: str | None) -> Cursor | None:
    """Raises `Malformed`."""
    if text is None:
        return None
    at, kind, id = [*text.split(" "), "", "", ""][:3]
    try:
        moment = float(at)
    except ValueError:
        moment = math.nan
    if not math.isfinite(moment):
        raise Malformed("after is not the next of an earlier page.")
    return moment, kind, id


def _played(played: Played, accounts: dict[int, Account]) -> PlayedBody:
    start = played.start
    return {
        "doc": played.document,
        "version": played.version,
        "stretches": [_stretch(stretch, accounts) for stretch in played.stretches],
        "start": None
        if start is None
        else PlayedStart(version=start.version, revision=start.commit, at=rfc3339(start.at)),
        "end": played.end,
    }


def _stretch(stretch: Stretch, accounts: dict[int, Account]) -> StretchBody:
    edits = []
    for account, number in stretch.edits:
        accounts.setdefault(account.id, account)
        edits.append(([*accounts].index(account.id), number))
    return {
        "version": stretch.version,
        "at": stretch.first_at,
        "until": stretch.last_at,
        "edits": edits,
    }


def _dated(room: Room, dated: Dated, names: Names) -> DatedRevision:
    revision = dated.listed.revision
    return {
        "id": revision.id,
        "at": rfc3339(revision.at),
        "authors": [author_of(room, author) for author in revision.authors],
        "message": revision.message,
        "names": names.of(revision.id),
        "path": dated.listed.path,
        "doc": dated.document,
        "version": dated.version,
    }


def _event(request: web.Request, event: Event) -> EventBody:
    host = request.app[HOST]
    if event.account is not None:
        author = _account(request, event.account)
    else:
        author = author_body(account_name(event.author, host), event.author, event.author)
    body: EventBody = {
        "kind": event.kind,
        "id": event.id,
        "at": rfc3339(event.at),
        "author": author,
        "text": event.text,
    }
    if event.kind == "comment":
        body["thread"], body["line"] = event.thread, event.line
    return body


def _account(request: web.Request, account: Account) -> Author:
    return author_body(account.name, account.display_name, email_of(account.name, request.app[HOST]))


def _spliced(about: dict[str, Any], **parts: bytes) -> web.Response:
    """An answer of what is small, and of parts that are JSON already."""
    return web.Response(body=_spliced_bytes(about, **parts), content_type="application/json", charset="utf-8")


def _spliced_bytes(about: dict[str, Any], **parts: bytes) -> bytes:
    more = b"".join(b',"%b":%b' % (name.encode(), part) for name, part in parts.items())
    return _json(about)[:-1] + more + b"}"
