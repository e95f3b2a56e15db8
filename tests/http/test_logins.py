from __future__ import annotations

from code_together.storage.logins import hash_secret
from tests.conftest import Browser, Server, close_code


async def logins_of(browser: Browser) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = (await browser.get("/api/logins")).json["logins"]
    return listed


async def test_list(server: Server) -> None:
    """AM1: every login of one's own with device, address, since and last use; one of them is this one."""
    ann = await server.sign_up("ann")
    phone = server.browser()
    phone.http.headers["User-Agent"] = "Phone"
    await phone.log_in("ann")
    await server.sign_up("bob")
    listed = await logins_of(phone)
    assert len(listed) == 2
    (here,) = [login for login in listed if login["current"]]
    assert set(here) == {"id", "agent", "address", "created_at", "last_seen_at", "current"}
    assert (here["agent"], here["address"]) == ("Phone", "127.0.0.1")
    assert [login["id"] for login in await logins_of(ann) if not login["current"]] == [here["id"]]


async def test_public_id(server: Server) -> None:
    """AM1: the id of a login is neither its secret nor any part of that secret's hash."""
    ann = await server.sign_up("ann")
    secret = {cookie.key: cookie.value for cookie in ann.http.cookie_jar}["code_together"]
    body = (await ann.get("/api/logins")).body.decode()
    (login,) = await logins_of(ann)
    assert secret not in body
    assert str(login["id"]) not in hash_secret(secret).hex()
    stranger = server.browser()
    refused = await stranger.get("/api/me", headers={"Cookie": f"code_together={login['id']}"})
    assert refused.status == 401


async def test_end_one(server: Server) -> None:
    """A9, ASVS 7.5.2: an ended login is worth nothing at once, and its sockets are closed (4401)."""
    ann, phone = await server.sign_up("ann"), server.browser()
    await phone.log_in("ann")
    id = await ann.new_session()
    (other,) = [login for login in await logins_of(ann) if not login["current"]]
    async with phone.http.ws_connect(f"/api/sessions/{id}/live") as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        assert (await socket.receive_json())["type"] == "welcome"
        closed = close_code(socket)
        assert (await ann.delete(f"/api/logins/{other['id']}")).status == 204
        assert await closed == 4401
    assert (await phone.get("/api/me")).status == 401
    assert (await ann.get("/api/me")).status == 200
    assert (await ann.delete(f"/api/logins/{other['id']}")).status == 404


async def test_end_others(server: Server) -> None:
    """AM1: all other logins of the account end at once; those of other people stand."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    others = [server.browser() for _ in range(2)]
    for browser in others:
        await browser.log_in("ann")
    assert (await ann.delete("/api/logins")).status == 204
    assert [(await browser.get("/api/me")).status for browser in (ann, bob, *others)] == [200, 200, 401, 401]


async def test_another_persons_login(server: Server) -> None:
    """Z2: a login of another account is as one that is not there, and stands."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    (login,) = await logins_of(ann)
    assert (await bob.delete(f"/api/logins/{login['id']}")).status == 404
    assert (await ann.get("/api/me")).status == 200


async def test_a_script_may_look_by_a_read_token(server: Server) -> None:
    """A read token lists the logins, none of which is its own, and ends none."""
    ann = await server.sign_up("ann")
    made = (await ann.post("/api/tokens", {"label": "x", "scope": "read"})).json
    script = server.browser()
    script.http.headers["Authorization"] = f"Bearer {made['token']}"
    assert [login["current"] for login in await logins_of(script)] == [False]
    assert (await script.delete("/api/logins")).status == 403
    assert (await ann.get("/api/me")).status == 200
