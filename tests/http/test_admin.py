from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.conftest import PASSWORD, Browser, Server, Start, close_code, close_message
from tests.git.zips import zipped

NEW = "nine green lamps"


async def log_of(admin: Browser) -> list[tuple[str | None, str, str | None, str | None]]:
    """(actor, action, target, detail) of every entry, oldest first."""
    entries = (await admin.get("/api/admin/audit?limit=200")).json["entries"]
    return [(e["actor"], e["action"], e["target"], e["detail"]) for e in reversed(entries)]


async def test_accounts(server: Server) -> None:
    """AM7: the list has everyone by name with when they came and were seen; it is searched and paged."""
    ann = await server.sign_up("ann")
    await server.sign_up("bob", display_name="Robert")
    listed = (await ann.get("/api/admin/accounts")).json
    assert [(a["name"], a["admin"], a["disabled"]) for a in listed["accounts"]] == [
        ("ann", True, False),
        ("bob", False, False),
    ]
    assert listed["next"] is None
    assert all(a["created_at"] <= a["last_seen_at"] for a in listed["accounts"])
    assert [a["name"] for a in (await ann.get("/api/admin/accounts?q=ROB")).json["accounts"]] == ["bob"]
    first = (await ann.get("/api/admin/accounts?limit=1")).json
    assert first["next"] == "ann"
    assert [a["name"] for a in (await ann.get("/api/admin/accounts?after=ann")).json["accounts"]] == ["bob"]


async def test_disable_while_typing(server: Server) -> None:
    """Z6, ASVS 7.4.2: a disabled account is out at once: its logins, tokens and every socket (4401); enabled, it logs in again."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    id = await bob.new_session()
    made = (await bob.post("/api/tokens", {"label": "x", "scope": "write"})).json
    script = server.browser()
    script.http.headers["Authorization"] = f"Bearer {made['token']}"
    live = f"/api/sessions/{id}/live"
    async with bob.http.ws_connect(live) as socket, script.http.ws_connect(live) as other:
        for each in (socket, other):
            await each.send_json({"type": "hello", "protocol": 1})
            assert (await each.receive_json())["type"] == "welcome"
        closed = [close_message(each) for each in (socket, other)]
        changed = await ann.patch("/api/admin/accounts/bob", {"disabled": True})
        assert (changed.status, changed.json["disabled"]) == (200, True)
        for why, code in await asyncio.gather(*closed):
            assert (code, why["code"], why["reason"]) == (4401, "logged_out", "disabled")
            assert "disabled by an administrator" in why["message"]
    assert (await bob.get("/api/me")).status == (await script.get("/api/me")).status == 401
    assert (await server.browser().log_in("bob")).status == 401
    assert (await ann.patch("/api/admin/accounts/bob", {"disabled": False})).status == 200
    assert (await bob.get("/api/me")).status == 401
    assert (await server.browser().log_in("bob")).status == 200


async def test_make_admin(server: Server) -> None:
    """AM7: an admin makes admins and takes that back, but not one's own account's; nobody makes oneself one (A15)."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    assert (await bob.patch("/api/me", {"admin": True})).status == 422
    assert (await bob.patch("/api/admin/accounts/bob", {"admin": True})).status == 403
    assert (await ann.patch("/api/admin/accounts/bob", {"admin": True})).json["admin"] is True
    assert (await bob.get("/api/admin/accounts")).status == 200
    for body in ({"admin": False}, {"disabled": True}):
        own = await bob.patch("/api/admin/accounts/bob", body)
        assert (own.status, own.error) == (409, "own_account")
    assert (await bob.patch("/api/admin/accounts/ann", {"admin": False})).json["admin"] is False
    assert (await ann.get("/api/admin/accounts")).status == 403


@pytest.mark.parametrize("body", [{"name": "x"}, {"admin": 1}, {"disabled": None}, {"id": 5}])
async def test_refused_changes(server: Server, body: dict[str, object]) -> None:
    """A15: fields that are not an admin's to change are refused, and an unknown account is 404."""
    ann = await server.sign_up("ann")
    await server.sign_up("bob")
    assert (await ann.patch("/api/admin/accounts/bob", body)).status == 422
    assert (await ann.patch("/api/admin/accounts/nobody", {"admin": True})).status == 404


async def test_reset(server: Server) -> None:
    """AM10: the link's fragment sets a new password once; every login of the account ends, its sockets too."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    id = await bob.new_session()
    made = await ann.post("/api/admin/accounts/bob/reset")
    assert made.status == 201
    assert made.json["url"].startswith(f"{server.url}/reset#")
    token = made.json["url"].partition("#")[2]
    someone = server.browser()
    weak = await someone.post("/api/reset", {"token": token, "password": "short"})
    assert (weak.status, weak.error) == (422, "weak_password")
    async with bob.http.ws_connect(f"/api/sessions/{id}/live") as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        assert (await socket.receive_json())["type"] == "welcome"
        closed = close_code(socket)
        done = await someone.post("/api/reset", {"token": token, "password": NEW})
        assert (done.status, done.json) == (200, {"name": "bob"})
        assert await closed == 4401
    assert (await someone.get("/api/me")).status == (await bob.get("/api/me")).status == 401
    assert (await server.browser().log_in("bob", PASSWORD)).status == 401
    assert (await server.browser().log_in("bob", NEW)).status == 200
    again = await someone.post("/api/reset", {"token": token, "password": "seven red doors"})
    assert (again.status, again.error) == (410, "reset_gone")
    unknown = await someone.post("/api/reset", {"token": "x", "password": NEW})
    assert (unknown.status, unknown.body) == (again.status, again.body)


async def test_two_use_a_reset_link_at_once(server: Server) -> None:
    """A13: one wins, the other is told that the link is gone."""
    ann = await server.sign_up("ann")
    await server.sign_up("bob")
    token = (await ann.post("/api/admin/accounts/bob/reset")).json["url"].partition("#")[2]
    answers = await asyncio.gather(
        *(
            server.browser().post("/api/reset", {"token": token, "password": password})
            for password in (NEW, "seven red doors")
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 410]


async def test_reset_of_a_disabled_account(server: Server) -> None:
    """AM10: there is no link for a disabled account, nor for one that is not there."""
    ann = await server.sign_up("ann")
    await server.sign_up("bob")
    await ann.patch("/api/admin/accounts/bob", {"disabled": True})
    assert (await ann.post("/api/admin/accounts/bob/reset")).error == "disabled"
    assert (await ann.post("/api/admin/accounts/nobody/reset")).status == 404


async def test_registration(start: Start) -> None:
    """AM9: an admin opens and closes registration at run time; a new start keeps it, the setting is the default."""
    server = await start()
    ann = await server.sign_up("ann")
    about = (await ann.get("/api/admin/server")).json
    assert (about["registration"], about["registration_default"]) == ("open", "open")
    assert (about["accounts"], about["sessions"]) == (1, 0)
    assert about["bytes"] > 0
    assert (await ann.patch("/api/admin/server", {"registration": "ajar"})).status == 422
    for value in ("closed", "invite"):
        changed = await ann.patch("/api/admin/server", {"registration": value})
        assert changed.json["registration"] == value
        refused = await server.browser().post("/api/accounts", {"name": "bob", "password": PASSWORD})
        assert (refused.status, refused.error) == (403, "registration_closed")
    await ann.patch("/api/admin/server", {"registration": "open"})
    await server.sign_up("bob")


async def test_sessions(server: Server) -> None:
    """AM7: every session with its members, owners and size, the newest activity first; nothing of what is in it."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    first = await bob.new_session("Parser")
    second = await ann.new_session("Lexer", visibility="lan")
    await bob.put(f"/api/sessions/{first}/members/ann", {"role": "viewer"})
    await bob.send("PUT", f"/api/sessions/{first}/files/secret.py", data=b"a secret" * 5000)
    listed = await ann.get("/api/admin/sessions")
    assert [(s["id"], s["owners"], s["members"]) for s in listed.json["sessions"]] == [
        (first, ["bob"], 2),
        (second, ["ann"], 1),
    ]
    assert all(s["bytes"] > 0 for s in listed.json["sessions"])
    assert b"secret" not in listed.body
    page = (await ann.get("/api/admin/sessions?limit=1")).json
    assert (page["sessions"][0]["id"], page["next"]) == (first, 1)
    page = (await ann.get("/api/admin/sessions?limit=1&after=1")).json
    assert (page["sessions"][0]["id"], page["next"]) == (second, None)


async def test_an_admin_is_no_member(server: Server) -> None:
    """AM7: administration gives no way into a session."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    id = await bob.new_session()
    assert (await ann.get(f"/api/sessions/{id}")).status == 404
    assert (await ann.delete(f"/api/sessions/{id}")).status == 404


async def test_audit(server: Server) -> None:
    """AM8: what was done to people, sessions and the server is in the log, with who did it, in its order."""
    ann = await server.sign_up("ann")
    id = await ann.new_session("Parser")
    path = f"/api/sessions/{id}"
    await server.member(ann, id, "bob", "editor")
    await ann.put(f"{path}/members/bob", {"role": "viewer"})
    await ann.send("PUT", f"{path}/files/a.py", data=b"one")
    revision = (await ann.get(f"{path}/files")).json["revision"]
    await ann.send("PUT", f"{path}/files/a.py", data=b"two")
    await ann.post(f"{path}/restore", {"revision": revision, "path": "a.py"})
    await ann.post(f"{path}/replace", {"q": "one", "with": "two"})
    await ann.post(f"{path}/replace", {"q": "one", "with": "three"})
    headers = {"Content-Type": "application/zip"}
    await ann.send("POST", f"{path}/import", data=zipped([("b", b""), ("c", b"")]), headers=headers)
    await ann.patch(path, {"title": "Lexer", "visibility": "lan", "lan_role": "editor", "archived": True})
    await ann.delete(f"{path}/members/bob")
    await ann.delete(path)
    await ann.patch("/api/admin/accounts/bob", {"disabled": True})
    await ann.patch("/api/admin/server", {"registration": "closed"})
    assert await log_of(ann) == [
        ("ann", "account_made", "ann", None),
        ("ann", "session_made", None, None),
        ("bob", "account_made", "bob", None),
        ("ann", "member_added", "bob", "editor"),
        ("ann", "role_changed", "bob", "viewer"),
        ("ann", "restored", "a.py", revision),
        ("ann", "files_replaced", None, "1"),
        ("ann", "files_imported", None, "2"),
        ("ann", "session_renamed", "Lexer", None),
        ("ann", "session_opened_to", None, "lan editor"),
        ("ann", "session_archived", None, None),
        ("ann", "member_removed", "bob", None),
        ("ann", "session_deleted", None, None),
        ("ann", "account_disabled", "bob", None),
        ("ann", "registration_changed", None, "closed"),
    ]
    entry = (await ann.get("/api/admin/audit?limit=3")).json["entries"][2]
    assert entry["session"] == {"id": id, "title": "Lexer"}


async def test_audit_has_no_secrets(server: Server) -> None:
    """AM8: neither passwords nor tokens nor links nor what people wrote are in the log; what fails is not either."""
    ann = await server.sign_up("ann")
    id = await ann.new_session()
    await server.sign_up("bob")
    token = (await ann.post("/api/tokens", {"label": "laptop", "scope": "write"})).json
    link = (await ann.post("/api/admin/accounts/bob/reset")).json["url"].partition("#")[2]
    await server.browser().post("/api/reset", {"token": link, "password": NEW})
    await ann.post(f"/api/sessions/{id}/chat", {"text": "said in the chat"})
    await ann.patch("/api/me", {"password": NEW, "current_password": "wrong"})
    body = (await ann.get("/api/admin/audit")).body.decode()
    for secret in (token["token"], link, PASSWORD, NEW, "said in the chat", "laptop"):
        assert secret not in body
    actions = [action for _, action, _, _ in await log_of(ann)]
    assert actions[-3:] == ["token_made", "reset_link_made", "password_reset"]


async def test_audit_of_invites(server: Server) -> None:
    """AM8: who made an invite and who joined by it is in the log, once, and neither its link nor its code."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    id = await ann.new_session()
    made = (await ann.post(f"/api/sessions/{id}/invites", {"role": "editor"})).json
    for _ in range(2):
        assert (await bob.post(f"/api/invites/{made['token']}/accept")).status == 200
    new = {"name": "cid", "password": PASSWORD, "invite": made["token"]}
    assert (await server.browser().post("/api/accounts", new)).status == 201
    await ann.delete(f"/api/sessions/{id}/invites/{made['id']}")
    assert (await log_of(ann))[3:] == [
        ("ann", "invite_made", None, "editor"),
        ("bob", "member_joined", "bob", "editor"),
        ("cid", "account_made", "cid", None),
        ("cid", "member_joined", "cid", "editor"),
        ("ann", "invite_ended", None, None),
    ]
    body = (await ann.get("/api/admin/audit")).body.decode()
    assert made["token"] not in body
    assert made["code"] not in body


async def test_audit_pages(server: Server) -> None:
    """AM8: the log is paged by `before`, newest first."""
    ann = await server.sign_up("ann")
    for value in ("closed", "invite", "open"):
        await ann.patch("/api/admin/server", {"registration": value})
    first: Any = (await ann.get("/api/admin/audit?limit=2")).json
    second: Any = (await ann.get(f"/api/admin/audit?limit=2&before={first['next']}")).json
    details = [entry["detail"] for entry in first["entries"] + second["entries"]]
    assert details == ["open", "invite", "closed", None]
    assert second["next"] is None
