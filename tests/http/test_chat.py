from __future__ import annotations

import pytest

from tests.conftest import Server


async def test_post_and_read(server: Server) -> None:
    """The contract: a message is 201 with its author, and pages are newest last with the next `before`."""
    ann = await server.sign_up("ann", display_name="Ann A.")
    path = f"/api/sessions/{await ann.new_session()}/chat"
    posted = await ann.post(path, {"text": "<b>1</b>"})
    assert posted.status == 201
    assert posted.json == {
        "id": posted.json["id"],
        "author": {"name": "ann", "display_name": "Ann A.", "email": "ann@code.test"},
        "at": posted.json["at"],
        "text": "<b>1</b>",
    }
    for number in range(2, 6):
        await ann.post(path, {"text": str(number)})
    newest = (await ann.get(path + "?limit=2")).json
    assert [m["text"] for m in newest["messages"]] == ["4", "5"]
    older = (await ann.get(f"{path}?limit=2&before={newest['next']}")).json
    assert [m["text"] for m in older["messages"]] == ["2", "3"]
    oldest = (await ann.get(f"{path}?limit=2&before={older['next']}")).json
    assert (oldest["messages"], oldest["next"]) == ([posted.json], None)
    assert len((await ann.get(path + "?limit=100000")).json["messages"]) == 5


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=x", "limit=1.5", "before=x", "before=", "limit=²"]
)
async def test_refused_pages(server: Server, query: str) -> None:
    """What is not a number from 1 is 400."""
    ann = await server.sign_up("ann")
    answer = await ann.get(f"/api/sessions/{await ann.new_session()}/chat?{query}")
    assert (answer.status, answer.error) == (400, "malformed")


async def test_who_may_speak(server: Server) -> None:
    """A viewer reads the chat, a commenter speaks in it."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    path = f"/api/sessions/{session}/chat"
    bob = await server.member(ann, session, "bob", "viewer")
    cid = await server.member(ann, session, "cid", "commenter")
    assert (await bob.post(path, {"text": "hi"})).status == 403
    assert (await cid.post(path, {"text": "hi"})).status == 201
    assert [m["text"] for m in (await bob.get(path)).json["messages"]] == ["hi"]


async def test_everyone_in_the_room_hears(server: Server) -> None:
    """A message that is posted over HTTP reaches the live connections."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    async with ann.http.ws_connect(f"/api/sessions/{session}/live") as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        await socket.receive_json()
        await ann.post(f"/api/sessions/{session}/chat", {"text": "hello"})
        while (message := await socket.receive_json())["type"] != "chat":
            pass
        assert message["text"] == "hello"
