"""JSON in and out: strict bodies, and the forms that several answers share."""

from __future__ import annotations

import asyncio
import json
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from code_together.errors import Malformed, Unprocessable
from code_together.http.keys import SETTINGS


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
        raise Unprocessable(f"The request is refused: {error}.", code="bad_field") from None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Malformed(f"The body of the request is not JSON: {error}.") from None


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Which of two values is meant, nobody can say. Raises `ValueError`."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field is given twice")
    return fields


def query_number(request: web.Request, name: str, default: int | None = None) -> int | None:
    """A positive whole number from the query, or the default. Raises `Malformed`."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0):
        raise Malformed(f"{name}={text[:40]} is not a number from 1.")
    return int(text)


def page_limit(request: web.Request, default: int = 50) -> int:
    """How many items of a list are asked for; never more than the longest page."""
    longest = request.app[SETTINGS].page_length
    return min(query_number(request, "limit", default) or default, longest)


def json_response(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(value, status=status, headers=headers, dumps=_dumps)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
