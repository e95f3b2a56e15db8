"""Whether answers are what the API's description says: every one that a test gets from a server in its own process is looked at (AP3)."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import aiohttp
import jsonschema_rs

from code_together.http import description
from code_together.http.routes import ROUTES, Route

_LITERAL = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^}]*\})*))?\}|[^{]+")


@cache
def document() -> dict[str, Any]:
    """The description, in which no object has a field that is not in it: clients may meet more, tests may not."""
    described = description.document(ROUTES)
    for name, schema in described["components"]["schemas"].items():
        if "properties" in schema and name != "Error":  # what a refusal is about is for its code to say
            schema["additionalProperties"] = False
    return described


@cache
def _patterns() -> list[tuple[Route, re.Pattern[str]]]:
    def pattern(path: str) -> str:
        return "".join(
            f"(?:{part[2] or '[^/]+'})" if part[1] else re.escape(part[0]) for part in _LITERAL.finditer(path)
        )

    return [(route, re.compile(pattern(route.path))) for route in ROUTES if description.described(route)]


@cache
def _validator(route: Route, status: int) -> Any:
    schema = _responses(route)[str(status)]["content"][description.JSON]["schema"]
    components = document()["components"]
    return jsonschema_rs.Draft202012Validator({**schema, "components": components}, validate_formats=True)


def _responses(route: Route) -> Any:
    return document()["paths"][description.path_of(route)][route.method.lower()]["responses"]


def check(answer: aiohttp.ClientResponse, body: bytes) -> None:
    """Raises `AssertionError` for an answer that is not described, where its route is."""
    method, path = answer.request_info.method, answer.request_info.url.raw_path
    route = next((r for r, it in _patterns() if r.method == method and it.fullmatch(path)), None)
    if route is None or answer.status == 500:  # which nobody foresees
        return
    what = f"{method} {description.path_of(route)} answered {answer.status}"
    described = _responses(route).get(str(answer.status))
    assert described is not None, f"{what}, which is not described"
    content = described.get("content", {})
    assert bool(body) <= bool(content), f"{what} with a body, which is not described"
    if not content:
        return
    assert answer.content_type in content, f"{what} as {answer.content_type}, which is not described"
    if answer.content_type == description.JSON:
        try:
            _validator(route, answer.status).validate(json.loads(body))
        except ValueError as error:
            raise AssertionError(f"{what}, and not as it is described: {error}") from None
