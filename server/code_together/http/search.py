"""Search and replace in all files of a session."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, TypedDict

from aiohttp import web
from msgspec import field

from code_together.errors import CodeTogetherError
from code_together.git.search import FoundIn
from code_together.http.access import GRANT
from code_together.http.audit import note
from code_together.http.bodies import Body, json_response, query_flag, query_number, read_body
from code_together.http.description import JSON, answers
from code_together.http.files import person_of
from code_together.http.keys import SETTINGS
from code_together.rooms import search as rooms_search
from code_together.rooms.search import Tally
from code_together.session.search import Query

_LINES = "application/x-ndjson"


class Match(TypedDict):
    """`text` is what is around it, from the line's column `text_column` on."""

    line: int
    start_column: int
    end_column: int
    text: str
    text_column: int


class FileMatches(TypedDict):
    path: str
    matches: list[Match]


class NotSearched(TypedDict):
    binary: int
    large: int


class SearchSummary(TypedDict):
    """`matches` and `searched` (files) are how many; `truncated`: there are more."""

    matches: int
    truncated: bool
    searched: int
    left_out: NotSearched


class Found(SearchSummary):
    files: list[FileMatches]


class Replaced(TypedDict):
    """`id` is the revision, null where nothing was replaced; `left_out` are paths of files that could not be."""

    id: str | None
    places: int
    files: int
    left_out: list[str]


@answers(gives=Found, form=(JSON, _LINES))
async def search(request: web.Request) -> web.StreamResponse:
    """`GET …/search?q=&regex=&case=&word=&path=&limit=`.

    As JSON when the search is done, or, for who accepts `application/x-ndjson`, a line of JSON for each file while it goes on and in the end
    one with what it came to, or with the error that ended it.
    """
    grant = request[GRANT]
    query = Query(
        text=request.query.get("q", ""),
        regex=query_flag(request, "regex"),
        case=query_flag(request, "case"),
        word=query_flag(request, "word"),
        paths=request.query.get("path", ""),
    )
    longest = request.app[SETTINGS].search_matches
    most = min(query_number(request, "limit", longest) or longest, longest)
    room = await grant.room()
    tally = Tally()
    async with aclosing(rooms_search.search(room, person_of(grant), query, most, tally)) as found:
        if _LINES in request.headers.get("Accept", ""):
            return await _stream(request, found, tally)
        files = [_file(file) async for batch in found for file in batch]
    return json_response(Found(files=files, **_summary(tally)))


class Replace(Body):
    q: str
    with_: str = field(name="with")
    regex: bool = False
    case: bool = False
    word: bool = False
    path: str = ""


@answers(201, 200, takes=Replace, gives=Replaced, refuses=(409,))
async def replace(request: web.Request) -> web.Response:
    """`POST …/replace`: 201 with the revision that it makes, 200 where there was nothing to replace."""
    grant = request[GRANT]
    body = await read_body(request, Replace)
    query = Query(text=body.q, regex=body.regex, case=body.case, word=body.word, paths=body.path)
    done = await rooms_search.replace(await grant.room(), person_of(grant), query, body.with_)
    if done.places:
        await note(request, "files_replaced", detail=str(done.files))
    return json_response(
        Replaced(id=done.id, places=done.places, files=done.files, left_out=done.left_out),
        status=201 if done.places else 200,
    )


async def _stream(
    request: web.Request, found: AsyncGenerator[list[FoundIn]], tally: Tally
) -> web.StreamResponse:
    first = await anext(found)  # what is wrong with the query is an ordinary refusal
    response = web.StreamResponse(headers={"Content-Type": f"{_LINES}; charset=utf-8"})
    await response.prepare(request)
    if request.method == "HEAD":
        return response  # aiohttp would send what is written
    try:
        await _write(response, [_file(file) for file in first])
        async for files in found:
            await _write(response, [_file(file) for file in files])
        await _write(response, [_summary(tally)])
    except CodeTogetherError as error:
        await _write(response, [{"error": {"code": error.code, "message": error.message, **error.details}}])
    await response.write_eof()
    return response


async def _write(response: web.StreamResponse, values: Sequence[Any]) -> None:
    lines = [json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n" for value in values]
    if lines:
        await response.write("".join(lines).encode("utf-8", "replace"))


def _file(file: FoundIn) -> FileMatches:
    return {
        "path": file.path,
        "matches": [
            {
                "line": match.line,
                "start_column": match.start_column,
                "end_column": match.end_column,
                "text": match.text,
                "text_column": match.text_column,
            }
            for match in file.matches
        ],
    }


def _summary(tally: Tally) -> SearchSummary:
    return {
        "matches": tally.matches,
        "truncated": tally.truncated,
        "searched": tally.searched,
        "left_out": {"binary": tally.binary, "large": tally.large},
    }
