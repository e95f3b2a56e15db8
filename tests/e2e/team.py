"""A server with a team's life in it: people, sessions, files of all kinds, history, talk."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import APIRequestContext, Browser, BrowserContext

from tests.e2e.conftest import PASSWORD
from tests.e2e.test_files import picture
from tests.process import ServerProcess

PARSER = '''"""Expressions by precedence climbing."""

from __future__ import annotations

from dataclasses import dataclass

from lexer import Token, tokenize

PRECEDENCE = {"or": 1, "and": 2, "==": 3, "<": 4, "+": 5, "-": 5, "*": 6, "/": 6}


@dataclass(frozen=True)
class Binary:
    """Two expressions and what stands between them."""

    operator: str
    left: Expression
    right: Expression


def expression(tokens: list[Token], least: int = 0) -> Expression:
    left = operand(tokens)
    while tokens and (own := PRECEDENCE.get(tokens[0].text, 0)) > least:
        operator = tokens.pop(0).text
        right = expression(tokens, own)
        left = Binary(operator, left, right)  # leaning to the left, as one reads it aloud in front of a class
    return left


def operand(tokens: list[Token]) -> Expression:
    if not tokens:
        raise SyntaxError("The expression ends where a value is expected.")
    token = tokens.pop(0)
    if token.kind == "number":
        return Number(float(token.text))
    if token.text == "(":
        inner = expression(tokens)
        expect(tokens, ")")
        return inner
    raise SyntaxError(f"A value is expected here, not {token.text!r}.")
'''
README = """# Expression parser

Reads *expressions* such as `1 + 2 * 3`, and says **where** they are wrong.

| file | what |
|---|---|
| `parser.py` | precedence climbing |
| `lexer.py` | tokens |

```python
print(expression(tokenize("1 + 2 * 3")))
```

![the sky](docs/sky.png)
"""
PEOPLE = {"ann": "Ann Meyer", "bob": "Bob", "cid": "Cid Okonkwo-Vandenberghe", "vera": "Vera", "new": "Newt"}


@dataclass(frozen=True)
class Team:
    """Ann owns it all and is the admin; Bob and Cid are editors; Vera only looks; Newt is new and in no session."""

    server: ServerProcess
    logins: dict[str, Any]
    session: str
    empty: str
    revision: str
    code: str
    token: str
    reset: str

    @classmethod
    def make(cls, browser: Browser, server: ServerProcess) -> Team:
        logins = {}
        contexts: dict[str, BrowserContext] = {}
        for name, full in PEOPLE.items():
            contexts[name] = browser.new_context(base_url=server.url)
            data = {"name": name, "password": PASSWORD, "display_name": full}
            _ask(contexts[name].request, "POST", "/api/accounts", data)
            logins[name] = contexts[name].storage_state()
        ann, bob, cid = (contexts[name].request for name in ("ann", "bob", "cid"))
        session = _ask(ann, "POST", "/api/sessions", {"title": "Expression parser"})["id"]
        for name, role in (("bob", "editor"), ("cid", "editor"), ("vera", "viewer")):
            _ask(ann, "PUT", f"/api/sessions/{session}/members/{name}", {"role": role})
        _fill(session, ann, bob, cid)
        _talk(session, ann, bob)
        shared = {
            "title": "A shared playground for everyone who wants to try something out",
            "visibility": "lan",
        }
        _ask(bob, "POST", "/api/sessions", shared)
        empty = _ask(ann, "POST", "/api/sessions", {"title": "Empty"})["id"]
        old = _ask(ann, "POST", "/api/sessions", {"title": "Last year"})["id"]
        _ask(ann, "PATCH", f"/api/sessions/{old}", {"archived": True})
        _ask(ann, "POST", "/api/tokens", {"label": "Laptop", "scope": "write"})
        invite = _ask(
            ann,
            "POST",
            f"/api/sessions/{session}/invites",
            {"role": "editor", "expires_hours": 168, "max_uses": 5},
        )
        reset = _ask(ann, "POST", "/api/admin/accounts/new/reset", {})
        revisions = _ask(ann, "GET", f"/api/sessions/{session}/revisions")["revisions"]
        revision = next(one["id"] for one in revisions if "parser" in one["message"])
        for context in contexts.values():
            context.close()
        return cls(
            server, logins, session, empty, revision,
            invite["code"], invite["url"].split("#")[1], reset["url"].split("#")[1],
        )  # fmt: skip


def _ask(who: APIRequestContext, method: str, path: str, data: Any = None) -> Any:
    answer = who.fetch(path, method=method, data=data)
    assert answer.ok, f"{method} {path}: {answer.status} {answer.text()}"
    return answer.json() if answer.status != 204 else None


def _fill(session: str, ann: APIRequestContext, bob: APIRequestContext, cid: APIRequestContext) -> None:
    def put(who: APIRequestContext, path: str, data: str | bytes) -> None:
        _ask(who, "PUT", f"/api/sessions/{session}/files/{path}", data)

    noise = random.Random(0)
    put(ann, "src/parser.py", PARSER.replace("(frozen=True)", "").replace("own", "binding"))
    put(bob, "src/lexer.py", "def tokenize(text: str) -> list[Token]:\n    return list(scan(text))\n")
    put(bob, "src/parser.py", PARSER.replace("own", "binding"))
    put(cid, "src/parser.py", PARSER)
    put(ann, "README.md", README)
    put(ann, "docs/sky.png", picture(640, 400))
    put(ann, "docs/a name so long that no column is wide enough for all of it at once.txt", "Hello\n")
    put(ann, ".gitignore", "*.pyc\n")
    put(cid, "data.bin", b"\0\1\2" * 50)
    put(cid, "odd.txt", b"plain words\n" + bytes(noise.randrange(1, 256) for _ in range(400)))
    put(cid, "large.log", "".join(f"line {number} of a long log file\n" for number in range(6_000)))
    put(bob, "old.py", "print('gone')\n")
    _ask(bob, "DELETE", f"/api/sessions/{session}/files/old.py")
    _ask(ann, "POST", f"/api/sessions/{session}/revisions", {"name": "First draft"})


def _talk(session: str, ann: APIRequestContext, bob: APIRequestContext) -> None:
    for who, text in (
        (bob, "Who wants to look at src/parser.py:23? I am **not** sure about it."),
        (
            ann,
            "I do. It should be\n```py\nright = expression(tokens, own)  # not least\n```\n- and `least` stays",
        ),
        (bob, "@ann thank you, that works."),
        (
            ann,
            "See https://example.test/a/very/long/address/that/does/not/fit/into/the/column?of=the&chat=true",
        ),
    ):
        _ask(who, "POST", f"/api/sessions/{session}/chat", {"text": text})
    here = _ask(ann, "GET", f"/api/sessions/{session}/revisions")["revisions"][0]["id"]
    about = {"path": "README.md", "revision": here, "range": {"start_line": 3, "end_line": 3}}
    thread = _ask(bob, "POST", f"/api/sessions/{session}/comments", {"text": "Reads well, @ann.", **about})
    _ask(ann, "POST", f"/api/sessions/{session}/comments", {"text": "Thank you.", "parent": thread["id"]})
