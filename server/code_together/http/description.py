"""What a handler takes and gives, said beside it, and the OpenAPI description of all routes that is made of it (AP3).

What a route is for and which queries it reads is its handler's docstring; what it needs and where it is, the table of routes; its body,
the struct that it reads; its answer, the `TypedDict` that it builds. Nothing is said twice.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

import code_together
from code_together.http.bodies import Body, dumps

if TYPE_CHECKING:
    from code_together.http.routes import Route

JSON = "application/json"
_ADDRESS = re.compile(r"`[A-Z]+ (\S+)`(?: with `[^`]*`)?[.:,;]? ?")
_PARAMETER = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^}]*\})*)?\}")
_REF = "#/components/schemas/{name}"

_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER = {"type": "integer", "minimum": 1}
_COUNT = {"type": "integer", "minimum": 0}
_FLAG = {"type": "string", "enum": ["0", "1"]}
_MOMENT = {"type": "string", "format": "date-time"}
_KINDS = {
    **dict.fromkeys(("limit", "buckets"), _NUMBER),
    **dict.fromkeys(("doc", "version"), _COUNT),
    **dict.fromkeys(
        ("people", "regex", "case", "word", "colors", "strip", "new", "mine", "open", "executable"), _FLAG
    ),
    **dict.fromkeys(("since", "until", "from", "to"), _MOMENT),
    "author": {"type": "array", "items": _TEXT, "maxItems": 50},
}
"""What a query of this name is in every route; every other is a text."""

_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "pattern": "^[a-z0-9_]+$", "description": "For programs."},
                "message": {"type": "string", "description": "For people."},
            },
        }
    },
}
_SECURITY = {
    "login": {"type": "apiKey", "in": "cookie", "name": "code_together"},
    "token": {"type": "http", "scheme": "bearer"},
    "git": {"type": "http", "scheme": "basic"},
}


@dataclass(frozen=True, slots=True)
class Answers:
    """`statuses` are those when all is well, `refuses` those beyond what every route of its kind has."""

    statuses: tuple[int, ...] = (200,)
    takes: type[Body] | tuple[str, ...] | None = None
    """The struct of the body, or the media types of one that is no JSON."""
    gives: Any = None
    """The type of the JSON that it answers; None where it answers none."""
    form: tuple[str, ...] = (JSON,)
    refuses: tuple[int, ...] = ()
    numbers: tuple[str, ...] = ()
    """Queries that are numbers here and texts elsewhere."""
    texts: tuple[str, ...] = ()
    """Queries that are texts here and something else elsewhere."""


H = TypeVar("H", bound=Callable[..., Any])
_said: dict[str, Answers] = {}


def _name(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"


def answers(
    *statuses: int,
    takes: type[Body] | tuple[str, ...] | None = None,
    gives: Any = None,
    form: tuple[str, ...] = (JSON,),
    refuses: tuple[int, ...] = (),
    numbers: tuple[str, ...] = (),
    texts: tuple[str, ...] = (),
) -> Callable[[H], H]:
    """Says what a handler takes and answers, where that is not 200 to a request without a body."""

    def say(handler: H) -> H:
        _said[_name(handler)] = Answers(statuses or (200,), takes, gives, form, refuses, numbers, texts)
        return handler

    return say


def answers_of(handler: Handler) -> Answers:
    return _said.get(_name(handler), Answers())


def purpose(handler: Handler) -> str:
    """The docstring without the address at its beginning."""
    text = inspect.getdoc(handler) or ""
    words = re.sub(
        r" \([A-Z]{1,2}\d+(?: to [A-Z]+\d+)?\)", "", " ".join(_ADDRESS.sub("", text, count=1).split())
    )
    return words[:1].upper() + words[1:]


def queries(handler: Handler) -> list[str]:
    """The names of the queries in the address that its docstring begins with."""
    address = _ADDRESS.match(inspect.getdoc(handler) or "")
    return re.findall(r"[?&|\[](\w+)=", address[1]) if address else []


def path_of(route: Route) -> str:
    """The route's path without aiohttp's patterns."""
    return _PARAMETER.sub(r"{\1}", route.path)


def described(route: Route) -> bool:
    """Whether it is for programs: the pages and their assets are not."""
    return route.path.startswith(("/api/", "/git/")) or "{" not in route.path


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The OpenAPI description."""
    routes = [route for route in routes if described(route)]
    said = [answers_of(route.handler) for route in routes]
    takes = [one.takes for one in said if isinstance(one.takes, type)]
    gives = [one.gives for one in said if one.gives]
    _, schemas = msgspec.json.schema_components([*takes, *gives], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(path_of(route), {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "code_together",
            "version": code_together.__version__,
            "description": "Sessions in which people write code together. docs/reference/http-api.md says it with examples.",
        },
        "paths": paths,
        "components": {"schemas": {**schemas, "Error": _ERROR}, "securitySchemes": _SECURITY},
    }


def _operation(route: Route) -> dict[str, Any]:
    said, handler = answers_of(route.handler), route.handler
    # Of the address alone, which clients hold to anyway: where the code of a route lies is nobody's business.
    parts = [part.strip("{}") for part in path_of(route).strip("/").removeprefix("api/").split("/")]
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W", "_", "_".join([route.method.lower(), *parts])),
        "tags": [parts[2] if parts[0] == "sessions" and len(parts) > 2 else parts[0]],
        "summary": purpose(handler),
        "parameters": [*_path_parameters(route), *_query_parameters(handler, said)],
        "responses": _responses(route, said),
        "security": _security(route),
    }
    if isinstance(said.takes, type):
        schema = {"$ref": _REF.format(name=said.takes.__name__)}
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    elif said.takes:
        operation["requestBody"] = {
            "required": True,
            "content": {form: {"schema": {}} for form in said.takes},
        }
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = _PARAMETER.findall(route.path)
    schema = {**_TEXT, "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query_parameters(handler: Handler, said: Answers) -> list[dict[str, Any]]:
    found = []
    for name in queries(handler):
        kind = _NUMBER if name in said.numbers else _TEXT if name in said.texts else _KINDS.get(name, _TEXT)
        found.append({"name": name, "in": "query", "schema": kind})
    return found


def _responses(route: Route, said: Answers) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status in said.statuses:
        found[str(status)] = {"description": HTTPStatus(status).phrase}
        if status not in (101, 204):
            found[str(status)]["content"] = {form: {"schema": _body_of(form, said)} for form in said.form}
    if route.way == "basic":  # git shows plain text to its user, and nothing else
        refusal: dict[str, Any] = {"text/plain": {"schema": _TEXT}}
    else:
        refusal = {JSON: {"schema": {"$ref": _REF.format(name="Error")}}}
    for status in sorted(_refusals(route, said)):
        found[str(status)] = {"description": HTTPStatus(status).phrase, "content": refusal}
    return found


def _body_of(form: str, said: Answers) -> dict[str, Any]:
    if form != JSON or said.gives is None:
        return {}
    (schema,), _ = msgspec.json.schema_components([said.gives], ref_template=_REF)
    return schema


def _refusals(route: Route, said: Answers) -> set[int]:
    found = {400, 421, *said.refuses}
    if route.action != "nothing":
        found |= {401, 403}
    if route.method != "GET":
        found |= {403}  # of another site
    if "{" in route.path:
        found |= {404}
    if "{session}" in route.path:
        found |= {422, 503}
    if isinstance(said.takes, type):
        found |= {413, 422}
    if route.way == "basic":
        found |= {429}
    return found


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.way == "basic":
        return [{"git": []}]
    ways: list[dict[str, list[str]]] = [{"login": []}]
    if route.action != "admin":
        ways.append({"token": []})
    return [] if route.action == "nothing" else [*ways, {}] if route.action == "watch" else ways


OPENAPI = web.AppKey("openapi", bytes)


@answers(gives=dict[str, Any])
async def get_description(request: web.Request) -> web.Response:
    """`GET /api/openapi.json`: this description."""
    return web.Response(body=request.app[OPENAPI], content_type=JSON, charset="utf-8")


@cache
def packed_description(routes: tuple[Route, ...]) -> bytes:
    return dumps(document(routes)).encode()
