from __future__ import annotations

import asyncio
import logging

import pytest

from code_together.config import Settings
from tests.conftest import Server, close_code
from tests.live import Person


async def test_new_session(server: Server, settings: Settings) -> None:
    """The contract: 201 with id, title, role, clone URL and visibility; the repository is there."""
    ann = await server.sign_up("ann")
    made = await ann.post("/api/sessions", {"title": " Parser "})
    id = made.json["id"]
    assert made.status == 201
    assert made.headers["Location"] == f"/api/sessions/{id}"
    assert made.json == {
        "id": id,
        "title": "Parser",
        "role": "owner",
        "clone_url": f"{server.url}/git/{id}.git",
        "visibility": "private",
        "lan_role": "viewer",
        "archived": False,
        "created_at": made.json["created_at"],
        "active_at": made.json["created_at"],
        "people": 0,
    }
    assert made.json["created_at"].endswith("Z")
    assert (settings.data / f"{id}.git" / "HEAD").is_file()
    assert (await ann.get(f"/api/sessions/{id}")).json == made.json
    nothing_yet = {"files": 0, "languages": [], "last_edit": None, "here": []}
    assert (await ann.get("/api/sessions")).json == {"sessions": [{**made.json, **nothing_yet}]}


async def test_clone_url_is_under_the_name_that_was_asked(server: Server) -> None:
    """Whoever comes under another name of the server gets a URL with that name."""
    ann = await server.sign_up("ann")
    secret = {c.key: c.value for c in ann.http.cookie_jar}["code_together"]
    headers = {"Host": "code.test:81", "Cookie": f"code_together={secret}"}
    made = await server.browser().post("/api/sessions", {"title": "x"}, headers=headers)
    assert made.json["clone_url"] == f"http://code.test:81/git/{made.json['id']}.git"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "x" * 121},
        {"title": "a\nb"},
        {"title": "x", "visibility": "public"},
        {"title": "x", "id": "chosen"},
    ],
)
async def test_refused_sessions(server: Server, settings: Settings, body: dict[str, object]) -> None:
    """What makes no sense is 422 and makes neither a session nor a repository."""
    ann = await server.sign_up("ann")
    assert (await ann.post("/api/sessions", body)).status == 422
    assert (await ann.get("/api/sessions")).json == {"sessions": []}
    assert not list(settings.data.glob("*.git"))


async def test_change_and_delete(server: Server, settings: Settings) -> None:
    """The owner changes title, visibility and archived, one without the others, and deletes all of it."""
    ann = await server.sign_up("ann")
    id = await ann.new_session()
    path = f"/api/sessions/{id}"
    assert (await ann.patch(path, {"title": "Lexer"})).json["title"] == "Lexer"
    changed = (await ann.patch(path, {"archived": True, "visibility": "lan"})).json
    assert (changed["title"], changed["archived"], changed["visibility"]) == ("Lexer", True, "lan")
    assert (await ann.patch(path, {"archived": "yes"})).status == 422
    assert (await ann.patch(path, {})).json == changed
    assert (await ann.delete(path)).status == 204
    assert (await ann.get(path)).status == 404
    assert (await ann.get("/api/sessions")).json == {"sessions": []}
    assert not (settings.data / f"{id}.git").exists()


async def test_others_do_not_know_of_it(server: Server) -> None:
    """Not yours to know of is 404, and the same as a session that is not there."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    id = await ann.new_session()
    foreign = await bob.get(f"/api/sessions/{id}")
    missing = await bob.get("/api/sessions/aaaaaaaaaaaa")
    assert foreign.status == missing.status == 404
    assert foreign.body == missing.body
    assert (await bob.get("/api/sessions")).json == {"sessions": []}
    assert (await server.browser().get(f"/api/sessions/{id}")).status == 401


async def test_session_open_to_the_lan(server: Server) -> None:
    """With visibility lan every account may look, and nothing more; made private again it is gone for them."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    id = await ann.new_session(visibility="lan")
    assert (await bob.get(f"/api/sessions/{id}")).json["role"] == "viewer"
    assert [s["id"] for s in (await bob.get("/api/sessions")).json["sessions"]] == [id]
    assert (await bob.post(f"/api/sessions/{id}/chat", {"text": "hi"})).status == 403
    assert (await server.browser().get(f"/api/sessions/{id}")).status == 401
    await ann.patch(f"/api/sessions/{id}", {"visibility": "private"})
    assert (await bob.get(f"/api/sessions/{id}")).status == 404


async def test_members(server: Server) -> None:
    """The contract: PUT gives the member, GET lists them with their colours, DELETE takes one out."""
    ann = await server.sign_up("ann")
    id = await ann.new_session()
    bob = await server.sign_up("bob", display_name="Bob B.")
    path = f"/api/sessions/{id}/members"
    put = await ann.put(f"{path}/bob", {"role": "editor"})
    assert (put.status, put.json) == (200, {"name": "bob", "display_name": "Bob B.", "role": "editor"})
    members = (await bob.get(path)).json["members"]
    assert [(m["name"], m["role"]) for m in members] == [("ann", "owner"), ("bob", "editor")]
    assert members[0]["color"] != members[1]["color"]
    assert (await ann.put(f"{path}/bob", {"role": "viewer"})).json["role"] == "viewer"
    assert (await bob.get(f"/api/sessions/{id}")).json["role"] == "viewer"
    assert (await ann.delete(f"{path}/bob")).status == 204
    assert (await bob.get(f"/api/sessions/{id}")).status == 404
    assert (await ann.delete(f"{path}/bob")).status == 404


async def test_refused_members(server: Server) -> None:
    """Unknown accounts are 404 with a sentence, unknown roles 422, the last owner stays (409)."""
    ann = await server.sign_up("ann")
    id = await ann.new_session()
    path = f"/api/sessions/{id}/members"
    unknown = await ann.put(f"{path}/nobody", {"role": "editor"})
    assert (unknown.status, unknown.error) == (404, "no_such_account")
    assert "'nobody'" in unknown.json["error"]["message"]
    for body in ({"role": "admin"}, {}, {"role": "editor", "name": "x"}, {"role": None}):
        assert (await ann.put(f"{path}/ann", body)).status == 422
    for refused in (await ann.put(f"{path}/ann", {"role": "viewer"}), await ann.delete(f"{path}/ann")):
        assert (refused.status, refused.error) == (409, "last_owner")


async def test_members_have_their_role_at_once(server: Server) -> None:
    """RM6: who is taken out while connected is told and cut off (4403)."""
    ann = await server.sign_up("ann")
    id = await ann.new_session()
    bob = await server.member(ann, id, "bob", "editor")
    async with bob.http.ws_connect(f"/api/sessions/{id}/live") as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        assert (await socket.receive_json())["type"] == "welcome"
        assert (await ann.get(f"/api/sessions/{id}")).json["people"] == 1
        closed = close_code(socket)
        await ann.delete(f"/api/sessions/{id}/members/bob")
        assert await closed == 4403


async def test_visitors_leave_a_session_that_is_made_private(server: Server) -> None:
    """RM6: who only looked in from the network is cut off when that ends; members stay."""
    ann = await server.sign_up("ann")
    id = await ann.new_session(visibility="lan")
    bob = await server.sign_up("bob")
    async with bob.http.ws_connect(f"/api/sessions/{id}/live") as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        assert (await socket.receive_json())["you"]["role"] == "viewer"
        closed = close_code(socket)
        await ann.patch(f"/api/sessions/{id}", {"visibility": "private"})
        assert await closed == 4403


async def test_log_out_closes_sockets(server: Server) -> None:
    """AC4: a log-out closes the live connections of that login (4401), and those of no other."""
    ann = await server.sign_up("ann")
    id = await ann.new_session()
    elsewhere = server.browser()
    await elsewhere.log_in("ann")
    live = f"/api/sessions/{id}/live"
    async with ann.http.ws_connect(live) as socket, elsewhere.http.ws_connect(live) as other:
        for each in (socket, other):
            await each.send_json({"type": "hello", "protocol": 1})
            assert (await each.receive_json())["type"] == "welcome"
        closed = close_code(socket)
        await ann.post("/api/logout")
        assert await closed == 4401
        await other.send_json({"type": "ping"})
        while (await other.receive_json())["type"] != "pong":
            pass


async def test_everyone_may_edit(server: Server) -> None:
    """AM3: where everyone may edit, everyone does; taken back it is gone at once, on open sockets too."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    id = await ann.new_session(visibility="lan")
    path = f"/api/sessions/{id}"
    assert (await ann.patch(path, {"lan_role": "owner"})).status == 422
    assert (await bob.send("PUT", f"{path}/files/a.py", data=b"x")).status == 403
    assert (await ann.patch(path, {"lan_role": "editor"})).json["lan_role"] == "editor"
    assert (await bob.get(path)).json["role"] == "editor"
    assert (await bob.get("/api/sessions")).json["sessions"][0]["role"] == "editor"
    assert (await bob.send("PUT", f"{path}/files/a.py", data=b"x")).status == 201
    async with bob.http.ws_connect(f"{path}/live") as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        assert (await socket.receive_json())["you"]["role"] == "editor"
        await ann.patch(path, {"lan_role": "viewer"})
        while (told := await socket.receive_json())["type"] != "role":
            pass
        assert told["role"] == "viewer"
    assert (await bob.send("PUT", f"{path}/files/a.py", data=b"y")).status == 403
    assert (await bob.patch(path, {"lan_role": "editor"})).status == 403


async def test_a_member_may_what_everyone_may(server: Server) -> None:
    """AM3: a viewer of a session that everyone may edit edits too, and does no longer when that is taken back."""
    ann = await server.sign_up("ann")
    id = await ann.new_session(visibility="lan")
    bob = await server.member(ann, id, "bob", "viewer")
    path = f"/api/sessions/{id}"
    async with bob.http.ws_connect(f"{path}/live") as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        assert (await socket.receive_json())["you"]["role"] == "viewer"
        for role in ("editor", "viewer"):
            await ann.patch(path, {"lan_role": role})
            while (told := await socket.receive_json())["type"] != "role":
                pass
            assert told["role"] == role
            assert (await bob.get("/api/sessions")).json["sessions"][0]["role"] == role
            assert (await bob.get(path)).json["role"] == role


async def test_leave(server: Server) -> None:
    """AM4: a member leaves, and its sockets with it (4403); the last owner stays (409), a visitor has nothing to leave."""
    ann = await server.sign_up("ann")
    id = await ann.new_session()
    bob = await server.member(ann, id, "bob", "viewer")
    path = f"/api/sessions/{id}"
    refused = await ann.post(f"{path}/leave")
    assert (refused.status, refused.error) == (409, "last_owner")
    async with bob.http.ws_connect(f"{path}/live") as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        assert (await socket.receive_json())["type"] == "welcome"
        closed = close_code(socket)
        assert (await bob.post(f"{path}/leave")).status == 204
        assert await closed == 4403
    assert (await bob.get(path)).status == 404
    await ann.patch(path, {"visibility": "lan"})
    assert (await bob.post(f"{path}/leave")).status == 404
    await ann.put(f"{path}/members/bob", {"role": "owner"})
    assert (await ann.post(f"{path}/leave")).status == 204
    assert (await ann.get(path)).json["role"] == "viewer"


async def test_a_read_token_leaves_nothing(server: Server) -> None:
    """Z8: leaving changes something, so a read token may not."""
    ann = await server.sign_up("ann")
    id = await ann.new_session()
    bob = await server.member(ann, id, "bob", "viewer")
    made = (await bob.post("/api/tokens", {"label": "x", "scope": "read"})).json
    script = server.browser()
    script.http.headers["Authorization"] = f"Bearer {made['token']}"
    refused = await script.post(f"/api/sessions/{id}/leave")
    assert (refused.status, refused.error) == (403, "read_only_token")
    assert (await script.get(f"/api/sessions/{id}")).status == 200


async def test_a_deleted_session_tells_who_is_in_it(server: Server) -> None:
    """AM5: whoever is in a session that is deleted is told so, and cut off (4403)."""
    ann = await server.sign_up("ann")
    id = await ann.new_session()
    bob = await server.member(ann, id, "bob", "editor")
    async with bob.http.ws_connect(f"/api/sessions/{id}/live") as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        assert (await socket.receive_json())["type"] == "welcome"
        deleting = asyncio.create_task(ann.delete(f"/api/sessions/{id}"))
        told = [message.json() async for message in socket]
        assert (await deleting).status == 204
        assert (told[-1]["type"], told[-1]["code"]) == ("error", "deleted")
        assert socket.close_code == 4403


async def test_a_session_is_deleted_while_somebody_types(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """AM5: what was just typed into a session that is deleted becomes no revision, and is no error in the log either."""
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="one\n")
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "typed ")
    await tab.saved(peer)
    with caplog.at_level(logging.WARNING):
        await ann.call("DELETE", f"/api/sessions/{session}", 204)
    await ann.close()
    assert caplog.records == []
