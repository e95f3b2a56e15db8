from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from code_together.http import bodies, description
from code_together.http.bodies import Body
from code_together.http.routes import ROUTES, Route
from tests import described
from tests.conftest import Server
from tests.http.matrix import name_of

DESCRIBED = [route for route in ROUTES if description.described(route)]
# What a function of bodies.py reads of the query, where the name is not its argument.
_OF_READERS = {"page_limit": "limit", "query_path": "path"}
_GETTERS = ("query.get", "query.getall")
# Names that come to their reader by a variable.
_BY_VARIABLE = {
    "GET /api/sessions/{session}/chat": {"before", "after", "around"},
    "GET /api/sessions/{session}/revisions": {"since", "until"},
    "GET /api/sessions/{session}/activity": {"from", "to"},
    "GET /api/sessions/{session}/playback/text": {"version"},
    "GET /api/sessions/{session}/playback/updates": {"after"},
}


def functions_of(handler: Any) -> Iterator[ast.AST]:
    """The handler, and what it calls of the functions of http/, as they are written. What `bodies` has is known by its names."""
    seen: set[Any] = set()
    waiting = [handler]
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        written = ast.parse(inspect.getsource(function))
        yield written
        known = vars(sys.modules[function.__module__])
        named = (known.get(node.id) for node in ast.walk(written) if isinstance(node, ast.Name))
        waiting += [one for one in named if inspect.isfunction(one) and _of_http(one.__module__)]


def _of_http(module: str) -> bool:
    return module.startswith("code_together.http.") and module != bodies.__name__


def calls(handler: Any) -> Iterator[tuple[str, ast.Call]]:
    """Each call in it with what is called, as `query_number` or `request.query.get`."""
    for function in functions_of(handler):
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node


def queries_read(handler: Any) -> set[str]:
    read = set()
    for name, call in calls(handler):
        if name in _OF_READERS:
            read.add(_OF_READERS[name])
        given = (
            call.args[1:2] if name.startswith("query_") else call.args[:1] if name.endswith(_GETTERS) else []
        )
        read |= {arg.value for arg in given if isinstance(arg, ast.Constant)}
    return read


def bodies_read(handler: Any) -> set[str]:
    return {ast.unparse(call.args[1]) for name, call in calls(handler) if name == "read_body"}


@pytest.mark.parametrize("route", DESCRIBED, ids=name_of)
def test_every_route_is_described(route: Route) -> None:
    """AP3: a route says what it is for, names the queries that it reads and no others, and describes the bodies that it reads and gives."""
    said = description.answers_of(route.handler)
    assert len(description.purpose(route.handler)) > 8
    assert (said.gives is not None) == (description.JSON in said.form and bool({*said.statuses} - {101, 204}))
    takes = {said.takes.__name__} if isinstance(said.takes, type) else set()
    assert bodies_read(route.handler) == takes
    read = queries_read(route.handler) | _BY_VARIABLE.get(name_of(route), set())
    assert set(description.queries(route.handler)) == read


def test_every_body_is_in_it() -> None:
    """AP3: every struct that a request may carry is in the description, under its own name."""
    bodies = [form.__name__ for form in Body.__subclasses__()]
    assert sorted(bodies) == sorted(set(bodies))
    schemas = description.document(ROUTES)["components"]["schemas"]
    assert set(bodies) <= set(schemas)


def test_names_are_used_once() -> None:
    """AP3: each route has a name of its own there, and each reference leads somewhere."""
    document = description.document(ROUTES)
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len(operations) == len(DESCRIBED)
    assert len({one["operationId"] for one in operations}) == len(DESCRIBED)
    text = msgspec.json.encode(document).decode()
    for schema in set(re.findall(r"#/components/schemas/(\w+)", text)):
        assert schema in document["components"]["schemas"]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b'{"status":"ok"}',
        b'{"status":"fine","version":"1"}',
        b'{"status":"ok","version":1}',
        b'{"status":"ok","version":"1","up":1}',
    ],
)
async def test_what_is_not_described_is_seen(server: Server, broken: bytes) -> None:
    """AP3: the look that the tests' browsers take at every answer finds a field too few, too many or of another kind."""
    async with server.browser().http.get("/healthz") as answer:
        described.check(answer, await answer.read())
        with pytest.raises(AssertionError, match="not as it is described"):
            described.check(answer, broken)


async def test_it_is_served(server: Server) -> None:
    """AP3: `GET /api/openapi.json` needs no login."""
    answer = await server.browser().get("/api/openapi.json")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json == description.document(ROUTES)
