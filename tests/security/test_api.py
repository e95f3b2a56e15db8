"""The API as its own description has it, sent to a real server by schemathesis: with values that fit the description, and with ones that do not.

Nothing but what is described comes back: its statuses, its types, its forms; never a 500. `API_EXAMPLES` makes it longer, `SEED` begins elsewhere.
"""

from __future__ import annotations

import base64
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests import described
from tests.conftest import PASSWORD
from tests.process import ServerProcess

EXAMPLES = int(os.environ.get("API_EXAMPLES", "6"))
SEED = int(os.environ.get("SEED", "7" if EXAMPLES <= 6 else random.randrange(2**32)))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

_BYTES = (
    "application/x-git-upload-pack-request",
    "application/x-git-receive-pack-request",
    "application/zip",
)
for form in _BYTES:
    schemathesis.openapi.media_type(form, st.binary(max_size=200))
    schemathesis.serializer(form)(lambda context, value: value)

SCHEMA = schemathesis.openapi.from_dict(described.document())
# What takes something away comes last.
OPERATIONS = sorted(
    (found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)),
    key=lambda one: one.method == "delete",
)


@dataclass
class Stage:
    """A server with an admin, and a session of hers in which there is something of everything."""

    url: str
    headers: dict[str, str]
    """As the admin, by her login's cookie."""
    git: dict[str, str]
    """As git comes: by her name and a token."""
    there: dict[str, list[str]]
    """Values that stand for something, by the name under which routes take them."""

    def call(self, method: str, path: str, **more: Any) -> Any:
        answer = requests.request(method, self.url + path, headers=self.headers, timeout=60, **more)
        assert answer.ok, (method, path, answer.text)
        return answer.json() if answer.content else None


def new_login(url: str, name: str) -> dict[str, str]:
    answer = requests.post(f"{url}/api/login", json={"name": name, "password": PASSWORD}, timeout=60)
    assert answer.status_code == 200
    return {"Cookie": f"code_together={answer.cookies['code_together']}"}


def furnished(stage: Stage) -> dict[str, list[str]]:
    """A new session with files, a history, a name, talk and an invite; and what these are called."""
    session = stage.call("POST", "/api/sessions", json={"title": "Parser"})["id"]
    at = f"/api/sessions/{session}"
    stage.call("PUT", f"{at}/files/src/hello.py", data=b"one\ntwo\n")
    first = stage.call("PUT", f"{at}/files/old.py", data=b"old\n")["revision"]
    stage.call("DELETE", f"{at}/files/old.py")
    second = stage.call("PUT", f"{at}/files/src/hello.py", data=b"one\n2\nthree\n")["revision"]
    stage.call("PUT", f"{at}/files/a.bin", data=b"\0\1")
    tag = stage.call("POST", f"{at}/versions", json={"revision": first, "name": "v1"})["tag"]
    said = stage.call("POST", f"{at}/chat", json={"text": "hello"})["id"]
    place = {"path": "src/hello.py", "range": {"start_line": 1, "end_line": 1}, "text": "why?"}
    comment = stage.call("POST", f"{at}/comments", json=place)["id"]
    invite = stage.call("POST", f"{at}/invites", json={"role": "viewer"})
    stage.call("PUT", f"{at}/members/bob", json={"role": "editor"})
    return {
        "session": [session],
        "id": [first, second, comment, str(said), str(invite["id"]), "1"],
        "revision": [first, second],
        "base": [first],
        "before": [second, str(said), comment],
        "path": ["src/hello.py", "old.py", "a.bin", "src", "new/one.py"],
        "copy_to": ["copy.py"],
        "name": ["bob", "v2"],
        "tag": [tag],
        "token": [invite["token"]],
        "invite": [invite["code"]],
        "parent": [comment],
        "doc": ["1"],
        "q": ["one", "t"],
        "service": ["git-upload-pack", "git-receive-pack"],
    }


def ends_something(operation: Any) -> bool:
    """Whether the session may be closed after it, or gone: it gets one of its own."""
    path, method = str(operation.path), str(operation.method)
    return (path == "/api/sessions/{session}" and method != "get") or path.endswith("/leave")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    data: Path = tmp_path_factory.mktemp("api") / "data"
    server = ServerProcess(
        data,
        accounts_per_address=10**6,
        comments_per_account=10**6,
        chat_per_account=10**6,
        login_attempts_per_address=10**6,
    )
    server.start()
    try:
        for name in ("ann", "bob"):
            new = {"name": name, "password": PASSWORD}
            assert requests.post(f"{server.url}/api/accounts", json=new, timeout=60).status_code == 201
        made = Stage(server.url, new_login(server.url, "ann"), {}, {})
        token = made.call("POST", "/api/tokens", json={"label": "git", "scope": "write"})["token"]
        made.git = {"Authorization": "Basic " + base64.b64encode(f"ann:{token}".encode()).decode()}
        made.there = furnished(made)
        yield made
        assert "Traceback" not in server.log
    finally:
        server.end()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.definition.raw["operationId"])
def test_what_is_described_is_so(stage: Stage, operation: Any) -> None:
    """AP3: whatever is sent to a route, the answer is one that is described; `Stage.there` sees to it that much of it is about what is there."""
    stage.headers = headers = new_login(stage.url, "ann")
    there = furnished(stage) if ends_something(operation) else stage.there
    if operation.path.startswith("/git/"):
        headers = stage.git
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode))

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=cases, chance=st.randoms(use_true_random=False))
    def send(case: Any, chance: random.Random) -> None:
        for values in (case.path_parameters, case.query, case.body):
            if isinstance(values, dict):
                for name in [*values]:
                    if name in there and (name == "session" or chance.random() < 0.7):
                        values[name] = chance.choice(there[name])
        case.headers, case.cookies = {}, {}
        answer = case.call(base_url=stage.url, headers=headers, timeout=60)
        case.validate_response(answer, checks=CHECKS)

    send()


@pytest.mark.parametrize(
    "broken",
    [b'{"status":"ok"}', b'{"status":"fine","version":"1"}', b'{"status":"ok","version":"1","up":1}', b"[]"],
    ids=["a field is missing", "a value is none of those", "a field is not described", "no object"],
)
def test_a_broken_answer_is_seen(stage: Stage, broken: bytes) -> None:
    """AP3: the checks are awake: an answer that passes fails once its body is not as described."""
    case = SCHEMA["/healthz"]["GET"].Case()
    answer = case.call(base_url=stage.url, timeout=60)
    case.validate_response(answer, checks=CHECKS)
    answer.content = broken
    answer.clear_cache()
    with pytest.raises(FailureGroup, match="violates schema"):
        case.validate_response(answer, checks=CHECKS)
