"""JSON in and out: strict bodies, and the forms that several answers share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict, TypeVar
from urllib.parse import quote

import msgspec
from aiohttp import web

from code_together.errors import Malformed, Unprocessable
from code_together.git.leftout import Kind, LeftOut
from code_together.git.trees import parts
from code_together.http.keys import SETTINGS
from code_together.session.forms import what_is_wrong


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """What a request carries; a field that the contract does not have is refused."""


B = TypeVar("B", bound=Body)


async def read_body(request: web.Request, form: type[B]) -> B:
    """The request's JSON as `form`.

    Raises `Malformed` when it is not JSON or does not come in time, `Unprocessable` when a field is unknown, missing
    or of the wrong kind; aiohttp raises 413 when it is larger than `json_bytes`.
    """
    settings = request.app[SETTINGS]
    try:
        async with asyncio.timeout(settings.header_seconds):
            data = await request.read()
    except TimeoutError:
        raise Malformed("The body of the request did not arrive in time.") from None
    try:
        json.loads(data, object_pairs_hook=_without_doubles)
        return msgspec.json.decode(data, type=form)
    except msgspec.ValidationError as error:
        wrong = what_is_wrong(error, form, "the body")
        raise Unprocessable(f"The request is refused: {wrong}", code="bad_field") from None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Malformed(f"The body of the request cannot be read: {_why_not(error)}.") from None


class _Doubled(ValueError):
    """A field is given twice."""


def _why_not(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"it is not JSON from line {error.lineno}, column {error.colno}"
        case _Doubled():
            return "a field is given twice"
        case RecursionError():
            return "it is nested too deeply"
        case UnicodeDecodeError() | msgspec.DecodeError():
            return "it has to be JSON in UTF-8"
        case _:
            return "a number in it is too long"


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Which of two values is meant, nobody can say. Raises `_Doubled`."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Doubled
    return fields


def query_number(request: web.Request, name: str, default: int | None = None) -> int | None:
    """A positive whole number from the query, or the default. Raises `Malformed`."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0):
        raise Malformed(f"{name}={text[:40]} is not a number from 1.")
    return int(text)


def query_path(request: web.Request) -> str | None:
    """The path in the query, of a file that is or was. Raises `Unprocessable` (`bad_path`) for what no tree may hold."""
    path = request.query.get("path")
    if path is not None:
        parts(path)
    return path


def query_flag(request: web.Request, name: str) -> bool:
    """Whether the query has `name=1`. Raises `Malformed` for what is neither 1 nor 0."""
    value = request.query.get(name, "")
    if value not in ("", "0", "1", "false", "true"):
        raise Malformed(f"{name}={value[:40]} is neither 1 nor 0.")
    return value in ("1", "true")


def query_choice(request: web.Request, name: str) -> bool | None:
    """Whether the query has `name=1` or `name=0`; None if it says nothing. Raises `Malformed` for what is neither."""
    return query_flag(request, name) if request.query.get(name) else None


def query_moment(request: web.Request, name: str) -> float | None:
    """A moment (RFC 3339, with its zone) from the query, in seconds since the epoch. Raises `Malformed`."""
    text = request.query.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        pass  # no moment, or one beyond the years that UTC has
    raise Malformed(f"{name}={text[:40]} is not a moment such as 2026-11-23T08:25:05Z.")


def page_limit(request: web.Request, default: int = 50) -> int:
    """How many items of a list are asked for; never more than the longest page."""
    longest = request.app[SETTINGS].page_length
    return min(query_number(request, "limit", default) or default, longest)


def attachment(title: str, ending: str) -> str:
    """The Content-Disposition of a download that is named after a session's title."""
    name = quote(title.strip().replace("/", "-") or "session", safe="")
    return f"attachment; filename*=UTF-8''{name}.{ending}"


class LeftOutFile(TypedDict):
    path: str
    kind: Kind


class WithLeftOut(TypedDict):
    left_out: NotRequired[list[LeftOutFile]]


class Made(WithLeftOut):
    """`id` is that of the revision that was made, or of the newest one where nothing was to be done."""

    id: str | None


def left_out_body(missing: Sequence[LeftOut]) -> WithLeftOut:
    """What of a revision is not kept here and has no part in an answer; nothing for revisions that have none of it."""
    named = [LeftOutFile(path=one.path, kind=one.kind) for one in missing]
    return {"left_out": named} if named else {}


def json_response(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(value, status=status, headers=headers, dumps=dumps)


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
