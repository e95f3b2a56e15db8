from __future__ import annotations

import pytest

from tests.conftest import Browser, Server, Start


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
        "edited_at": None,
        "deleted": False,
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
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=1.5",
        "before=x",
        "before=",
        "limit=²",
        "before=1&after=1",
        "q=x&after=1",
        "q=x&around=1",
        "q=" + "x" * 201,
    ],
)
async def test_refused_pages(server: Server, query: str) -> None:
    """What is not a number from 1 is 400, as are two places at once and a search that is too long."""
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


@pytest.mark.parametrize("text", [" \n", "x" * 10_001, "a\0b"])
async def test_refused_texts(server: Server, text: str) -> None:
    """CH1: a text that is blank, too long or holds NUL is 422, new or changed, and nothing is kept."""
    ann = await server.sign_up("ann")
    path = f"/api/sessions/{await ann.new_session()}/chat"
    id = (await ann.post(path, {"text": "x" * 10_000})).json["id"]
    for answer in (await ann.post(path, {"text": text}), await ann.patch(f"{path}/{id}", {"text": text})):
        assert (answer.status, answer.error) == (422, "bad_chat")
    assert [m["text"] for m in (await ann.get(path)).json["messages"]] == ["x" * 10_000]


async def test_sent_again(server: Server) -> None:
    """CH2: the same message sent again with its key is 200 with the message of then."""
    ann = await server.sign_up("ann")
    path = f"/api/sessions/{await ann.new_session()}/chat"
    first = await ann.post(path, {"text": "hello", "key": "7c1"})
    again = await ann.post(path, {"text": "hello", "key": "7c1"})
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    assert len((await ann.get(path)).json["messages"]) == 1


async def test_pages_both_ways(server: Server) -> None:
    """CH3: `after` and `around` page the other way and open the chat at a message."""
    ann = await server.sign_up("ann")
    path = f"/api/sessions/{await ann.new_session()}/chat"
    ids = [(await ann.post(path, {"text": str(number)})).json["id"] for number in range(8)]
    around = (await ann.get(f"{path}?around={ids[4]}&limit=4")).json
    assert [m["text"] for m in around["messages"]] == ["2", "3", "4", "5"]
    assert (around["next"], around["newer"]) == (ids[2], ids[5])
    newer = (await ann.get(f"{path}?after={around['newer']}&limit=4")).json
    assert [m["text"] for m in newer["messages"]] == ["6", "7"]
    assert newer["newer"] is None


async def test_search(server: Server) -> None:
    """CH5: `q` finds messages, newest first."""
    ann = await server.sign_up("ann")
    path = f"/api/sessions/{await ann.new_session()}/chat"
    for text in ("The lexer", "the parser", "LEXER & co"):
        await ann.post(path, {"text": text})
    found = (await ann.get(path, params={"q": "lexer"})).json
    assert [m["text"] for m in found["messages"]] == ["LEXER & co", "The lexer"]
    assert found["next"] is None
    assert (await ann.get(path, params={"q": "&"})).json["messages"][0]["text"] == "LEXER & co"
    assert (await ann.get(path, params={"q": "lexer", "limit": "1"})).json["next"] is not None


async def test_edit_and_delete(server: Server) -> None:
    """CH4: one edits and deletes one's own; an owner deletes anyone's, and edits nobody's."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    path = f"/api/sessions/{session}/chat"
    bob = await server.member(ann, session, "bob", "editor")
    of_bob = f"{path}/{(await bob.post(path, {'text': 'one'})).json['id']}"
    of_ann = f"{path}/{(await ann.post(path, {'text': 'two'})).json['id']}"
    edited = await bob.patch(of_bob, {"text": "uno"})
    assert (edited.status, edited.json["text"], edited.json["deleted"]) == (200, "uno", False)
    assert edited.json["edited_at"] is not None
    assert [(await bob.patch(of_ann, {"text": "x"})).status, (await bob.delete(of_ann)).status] == [403, 403]
    assert (await ann.patch(of_bob, {"text": "x"})).status == 403
    assert (await ann.delete(of_bob)).status == 204
    assert (await bob.patch(of_bob, {"text": "x"})).error == "message_deleted"
    assert (await ann.delete(of_ann)).status == 204
    assert [(m["text"], m["deleted"]) for m in (await ann.get(path)).json["messages"]] == [("", True)] * 2
    for id in ("x", "0", "²", "9" * 19, "99999"):
        assert (await ann.delete(f"{path}/{id}")).error == "no_message"


async def test_messages_of_other_sessions(server: Server) -> None:
    """CH4: a message is reached through its own session alone, by an owner of another one too."""
    ann = await server.sign_up("ann")
    path, other = [f"/api/sessions/{await ann.new_session()}/chat" for _ in range(2)]
    id = (await ann.post(path, {"text": "hello"})).json["id"]
    assert (await ann.patch(f"{other}/{id}", {"text": "x"})).status == 404
    assert (await ann.delete(f"{other}/{id}")).status == 404
    assert (await ann.get(f"{other}?around={id}")).json["messages"] == []
    bob = await server.sign_up("bob")
    for method, end in (
        ("GET", ""),
        ("GET", "/read"),
        ("POST", "/read"),
        ("PATCH", f"/{id}"),
        ("DELETE", f"/{id}"),
    ):
        assert (await bob.send(method, path + end, json={"id": id})).status == 404
    assert (await ann.get(path)).json["messages"][0]["text"] == "hello"


async def test_read(server: Server) -> None:
    """CH6: the place up to which one has read is the account's, on every device; a viewer has one too."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    path = f"/api/sessions/{session}/chat"
    bob = await server.member(ann, session, "bob", "viewer")
    ids = [(await ann.post(path, {"text": text})).json["id"] for text in ("one", "@bob two")]
    assert (await bob.get(f"{path}/read")).json == {"id": 0, "unread": 2, "mentions": 1}
    read = await bob.post(f"{path}/read", {"id": ids[1]})
    assert (read.status, read.json) == (200, {"id": ids[1], "unread": 0, "mentions": 0})
    elsewhere: Browser = server.browser()
    await elsewhere.log_in("bob")
    assert (await elsewhere.get(f"{path}/read")).json == read.json
    for id in (-5, 2**70):
        assert (await bob.post(f"{path}/read", {"id": id})).json["id"] == ids[1]


async def test_too_fast(start: Start) -> None:
    """CH13, W5: what one account says, changes and deletes a minute is bounded; another's is its own, and reading is not counted."""
    server = await start(chat_per_account=3)
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    bob = await server.member(ann, session, "bob", "editor")
    path = f"/api/sessions/{session}/chat"
    id = (await ann.post(path, {"text": "one"})).json["id"]
    assert (await ann.patch(f"{path}/{id}", {"text": "two"})).status == 200
    assert (await ann.delete(f"{path}/{id}")).status == 204
    for refused in (await ann.post(path, {"text": "three"}), await ann.delete(f"{path}/{id}")):
        assert (refused.status, refused.error) == (429, "too_fast")
        assert int(refused.headers["Retry-After"]) <= 60
    assert (await bob.post(path, {"text": "hello"})).status == 201
    assert len((await ann.get(path)).json["messages"]) == 2
