"""The page of the live protocol, compared with what is really sent and taken."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import msgspec
import pytest

from code_together.session import protocol
from tests.conftest import Browser, Server
from tests.docs.pages import ROOT, page

TEXT = page("docs/reference/live-protocol.md").text
FROM_CLIENT, _, _REST = TEXT.partition("## From the server")
FROM_SERVER, _, _REST = _REST.partition("## Errors")
ERRORS, _, EXAMPLE = _REST.partition("## An example")


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in a text."""
    lines = re.findall(r"^\| (`.*|\d{4}.*) \|$", text, re.MULTILINE)
    return [re.split(r" *\| *", line) for line in lines]


def names(cell: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", cell))


def described() -> dict[str, tuple[set[str], set[str]]]:
    """For each message of the server the fields that it always has, and those that it may have."""
    table = {}
    for message, fields, *_ in rows(FROM_SERVER):
        maybe = set(re.findall(r"`([a-z_]+)`\?", fields))
        table[message.strip("`")] = (names(fields) - maybe, maybe)
    return table


def check(message: dict[str, Any]) -> None:
    always, maybe = described()[message["type"]]
    fields = message.keys() - {"type"}
    assert always <= fields <= always | maybe, message


def test_messages_of_the_client() -> None:
    """The table of the client's messages has the fields that are parsed, each once."""
    table = {message.strip("`"): names(fields) for message, fields, *_ in rows(FROM_CLIENT)}
    parsed = {
        form.__struct_config__.tag: {field.name for field in msgspec.structs.fields(form)}
        for form in get_args(protocol.ClientMessage)
    }
    assert table == parsed


def test_error_codes() -> None:
    """Every error code on the page is one that the code raises."""
    source = "".join(path.read_text() for path in (ROOT / "server").rglob("*.py"))
    raised = set(re.findall(r'\b(?:default_)?code(?:: \w+)?\s*=\s*"([a-z_]+)"', source))
    shown = {code for row in rows(ERRORS) for cell in row[:2] for code in names(cell)}
    assert len(shown) > 20
    # the words of the second column that are no codes
    assert shown - raised <= {"open", "push", "chat", "typing"}


def test_the_example_is_of_the_form() -> None:
    """Every message in the example is one that is parsed, or has the fields of the table."""
    block = re.search(r"```text\n(.*?)```", EXAMPLE, re.DOTALL)
    assert block is not None
    messages = re.split(r"^(?=[<>] |  … )", block[1], flags=re.MULTILINE)
    said = [json.loads(one[2:]) for one in messages if one[:1] == "<" and "…" not in one]
    for one in messages:
        if one.startswith("> "):
            protocol.parse(one[2:])
    for message in said:
        check(message)
    assert {"welcome", "opened", "updates", "selections", "revision", "error"} <= {m["type"] for m in said}


@pytest.fixture
async def ann(server: Server) -> Browser:
    return await server.sign_up("ann")


async def test_the_example_is_true(server: Server, ann: Browser) -> None:
    """What the server really sends has the fields of the table: for each type of message but `merged` and `role`."""
    session = await ann.new_session()
    await ann.send("PUT", f"/api/sessions/{session}/files/hello.py", data=b"print(1)\n")
    heard = set()

    async with ann.http.ws_connect(f"/api/sessions/{session}/live") as socket:

        async def say(type: str, **fields: Any) -> None:
            await socket.send_json({"type": type, **fields})

        async def hear(type: str) -> dict[str, Any]:
            while True:
                message: dict[str, Any] = await socket.receive_json(timeout=10)
                check(message)
                heard.add(message["type"])
                if message["type"] == type:
                    return message

        await say("hello", protocol=1)
        await hear("welcome")
        await say("open", path="hello.py")
        opened = await hear("opened")
        assert (opened["version"], opened["seq"], opened["text"]) == (0, 0, "print(1)\n")
        await say("push", doc=opened["doc"], version=0, seq=1, changes=[[9, [0, "# end"]]])
        assert (await hear("updates"))["updates"][0]["changes"] == [9, [0, "# end"]]
        await say("select", doc=opened["doc"], version=1, ranges=[[3, 3]])
        await hear("selections")
        await say("ping")
        await hear("pong")
        await say("chat", text="Hello")
        said = await hear("chat")
        await ann.post(f"/api/sessions/{session}/chat/read", {"id": said["id"]})
        await hear("chat_read")
        await ann.delete(f"/api/sessions/{session}/chat/{said['id']}")
        assert (await hear("chat_changed"))["deleted"] is True
        await ann.patch(f"/api/sessions/{session}", {"title": "Lexer"})
        assert (await hear("session"))["session"]["title"] == "Lexer"
        await hear("revision")
        await say("presence", path="hello.py", idle=60)
        assert (await hear("presence"))["people"][0]["idle"] >= 60
        await say("typing")
        assert (await hear("typing"))["people"] == [{"name": "ann", "display_name": "ann"}]
        line = {"start_line": 1, "end_line": 1}
        said = {"path": "hello.py", "range": line, "text": "Why?"}
        assert (await ann.post(f"/api/sessions/{session}/comments", said)).status == 201
        assert (await hear("comment"))["anchor"] == {"doc": opened["doc"], "version": 1, "from": 0, "to": 8}
        await say("open", doc=opened["doc"], version=1)
        again = await hear("opened")
        assert (again["version"], again["seq"], "text" in again) == (1, 1, False)
        assert (await hear("comments"))["threads"][0]["to"] == 8
        await say("open", path="nothing.py")
        assert (await hear("error"))["code"] == "no_document"
        async with ann.http.ws_connect(f"/api/sessions/{session}/live") as other:
            await other.send_json({"type": "hello", "protocol": 1})
            await hear("people")
            await ann.send("PUT", f"/api/sessions/{session}/files/b.py", data=b"b\n")
            assert (await hear("touched"))["files"][0]["by"][0]["name"] == "ann"
        await say("push", doc=opened["doc"], version=1, seq=5, changes=[[14]])
        error = await hear("error")
        assert (error["code"], error["fatal"]) == ("sequence_gap", True)
        await socket.receive(timeout=10)
        assert socket.close_code == 4409
    assert described().keys() - heard == {"files_changed", "merged", "named", "role", "settled"}
