from __future__ import annotations

import asyncio
import logging
import unicodedata
import xml.etree.ElementTree as ET
from urllib.parse import quote

import pytest
from aiohttp import WSMsgType

from code_together.http.accounts import SET_UP
from code_together.http.invites import qr_code
from code_together.http.keys import DATABASE
from tests.conftest import PASSWORD, Answer, Browser, Server, Start


async def invite(owner: Browser, session: str, **body: object) -> dict[str, str]:
    answer = await owner.post(f"/api/sessions/{session}/invites", {"role": "editor", **body})
    assert answer.status == 201, answer
    made: dict[str, str] = answer.json
    return made


async def accept(browser: Browser, secret: str) -> Answer:
    return await browser.post(f"/api/invites/{quote(secret, safe='')}/accept")


async def test_invite(server: Server) -> None:
    """The contract: 201 with id, token and url; accepting gives 200 with the session's id, title and role."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    session = await ann.new_session()
    made = await invite(ann, session, role="commenter", expires_hours=24, max_uses=3)
    assert made["url"] == f"{server.url}/join#{made['token']}"
    assert [made[name] for name in ("role", "max_uses", "uses", "state")] == ["commenter", 3, 0, "open"]
    assert made["created_at"] < made["code_expires_at"] < made["expires_at"]
    answer = await accept(bob, made["token"])
    assert (answer.status, answer.json) == (200, {"id": session, "title": "Parser", "role": "commenter"})
    assert (await bob.get(f"/api/sessions/{session}")).json["role"] == "commenter"
    members = (await ann.get(f"/api/sessions/{session}/members")).json["members"]
    assert [(m["name"], m["role"]) for m in members] == [("ann", "owner"), ("bob", "commenter")]


async def test_list_has_no_secrets(server: Server) -> None:
    """IN1: the list says who made an invite and what is left of it, and has neither token nor code."""
    ann = await server.sign_up("ann", display_name="Ann A.")
    session = await ann.new_session()
    made = await invite(ann, session)
    listed = await ann.get(f"/api/sessions/{session}/invites")
    assert [(i["id"], i["by"], i["expires_at"]) for i in listed.json["invites"]] == [
        (made["id"], {"name": "ann", "display_name": "Ann A."}, None)
    ]
    assert set(listed.json["invites"][0]) == set(made) - {"token", "url", "code", "qr"}
    for secret in (made["token"], made["code"]):
        assert secret not in listed.body.decode()


@pytest.mark.parametrize("role", ["editor", "commenter", "viewer"])
async def test_owners_alone(server: Server, role: str) -> None:
    """IN2: only an owner makes, sees and ends invites."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    made = await invite(ann, session)
    bob = await server.member(ann, session, "bob", role)
    path = f"/api/sessions/{session}/invites"
    for method, where in (("GET", path), ("POST", path), ("DELETE", f"{path}/{made['id']}")):
        answer = await bob.send(method, where)
        assert (answer.status, answer.error) == (403, "not_allowed")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"role": "admin"},
        {"role": "editor", "expires_hours": 0},
        {"role": "editor", "expires_hours": 1e300},
        {"role": "editor", "max_uses": 0},
        {"role": "editor", "max_uses": 1.5},
        {"role": "editor", "token": "mine"},
    ],
)
async def test_refused_invites(server: Server, body: dict[str, object]) -> None:
    """What makes no sense is 422 and makes no invite."""
    ann = await server.sign_up("ann")
    path = f"/api/sessions/{await ann.new_session()}/invites"
    assert (await ann.post(path, body)).status == 422
    assert (await ann.get(path)).json == {"invites": []}


async def test_gone(server: Server) -> None:
    """A13, IN8: used up or ended it is 404 `invite_gone` with a sentence; what never was is `no_such_invite`."""
    ann, bob, cid = [await server.sign_up(name) for name in ("ann", "bob", "cid")]
    session = await ann.new_session()
    once = await invite(ann, session, max_uses=1)
    assert (await accept(bob, once["token"])).status == 200
    ended = await invite(ann, session)
    assert (await ann.delete(f"/api/sessions/{session}/invites/{ended['id']}")).status == 204
    for secret, code in (
        (once["token"], "invite_gone"),
        (once["code"], "invite_gone"),
        (ended["token"], "invite_gone"),
        ("x" * 22, "no_such_invite"),
        ("../../me", "no_such_invite"),
        ("%00", "no_such_invite"),
    ):
        for answer in (await accept(cid, secret), await cid.post("/api/invites", {"invite": secret})):
            assert (answer.status, answer.error) == (404, code), secret
            assert len(answer.json["error"]["message"].split()) > 5
    for id in (ended["id"], 0, "x", "9" * 30):
        assert (await ann.delete(f"/api/sessions/{session}/invites/{id}")).status == 404
    assert (await cid.get(f"/api/sessions/{session}")).status == 404


async def test_race_for_the_last_seat(server: Server) -> None:
    """A13, IN3: of ten at once, by link and by code, one gets the last seat; the others are told."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    people = [await server.sign_up(f"p{i}") for i in range(10)]
    made = await invite(ann, session, max_uses=1)
    answers = await asyncio.gather(
        *(accept(person, made[("token", "code")[i % 2]]) for i, person in enumerate(people))
    )
    assert sorted(answer.status for answer in answers) == [200] + [404] * 9
    assert {answer.error for answer in answers if answer.status == 404} == {"invite_gone"}
    assert len((await ann.get(f"/api/sessions/{session}/members")).json["members"]) == 2
    assert (await ann.get(f"/api/sessions/{session}/invites")).json["invites"][0]["uses"] == 1


async def test_look(server: Server) -> None:
    """IN2: whoever has the link or the code sees what it is for, without an account and without using it up."""
    ann = await server.sign_up("ann", display_name="Ann A.")
    session = await ann.new_session("Lexer")
    made = await invite(ann, session, max_uses=1, role="viewer", expires_hours=1)
    for secret in (made["token"], made["code"]):
        for browser in (server.browser(), ann):
            answer = await browser.post("/api/invites", {"invite": secret})
            assert answer.status == 200
            assert answer.json == {
                "title": "Lexer",
                "role": "viewer",
                "by": {"name": "ann", "display_name": "Ann A.", "color": 1},
                "expires_at": made["expires_at"],
                "new_accounts": True,
            }
            assert session not in answer.body.decode()
    assert (await ann.get(f"/api/sessions/{session}/invites")).json["invites"][0]["uses"] == 0


async def test_accepting_needs_an_account_that_may_write(server: Server) -> None:
    """Without a login it is 401, with a token that may only read 403; the seat stays free."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    session = await ann.new_session()
    made = await invite(ann, session, max_uses=1)
    assert (await accept(server.browser(), made["token"])).status == 401
    script = server.browser()
    secret = (await bob.post("/api/tokens", {"label": "x", "scope": "read"})).json["token"]
    script.http.headers["Authorization"] = f"Bearer {secret}"
    assert (await accept(script, made["token"])).error == "read_only_token"
    assert (await accept(bob, made["token"])).status == 200


async def test_other_sites_cannot_make_one_join(server: Server) -> None:
    """AC6: a page of another site cannot accept an invite in somebody's name."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    session = await ann.new_session()
    made = await invite(ann, session)
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = await bob.post(f"/api/invites/{made['token']}/accept", headers=headers)
    assert (answer.status, answer.error) == (403, "cross_site")


async def test_the_new_role_is_there_at_once(server: Server) -> None:
    """RM6: who only looks in from the network and accepts an invite may edit in the connection that is open."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    session = await ann.new_session(visibility="lan")
    made = await invite(ann, session)
    async with bob.http.ws_connect(f"/api/sessions/{session}/live") as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        assert (await socket.receive_json(timeout=5))["you"]["role"] == "viewer"
        assert (await accept(bob, made["token"])).json["role"] == "editor"
        while True:
            frame = await socket.receive(timeout=5)
            assert frame.type == WSMsgType.TEXT
            message = frame.json()
            if message["type"] == "role":
                assert message["role"] == "editor"
                break


@pytest.mark.parametrize("registration", ["open", "invite"])
async def test_sign_up_by_invite(start: Start, registration: str) -> None:
    """IN6: the holder of an invite makes an account and is in; the seat is used, and a link without seats makes no account."""
    server = await start(registration=registration)
    ann = await server.sign_up("ann", setup=server.app[SET_UP].code)
    session = await ann.new_session()
    made = await invite(ann, session, max_uses=1)
    new = {"name": "bob", "password": PASSWORD, "invite": made["token"]}
    weak = await server.browser().post("/api/accounts", {**new, "password": "short"})
    assert (weak.status, weak.error) == (422, "weak_password")
    bob = server.browser()
    assert (await bob.post("/api/accounts", new)).status == 201
    assert (await bob.get(f"/api/sessions/{session}")).json["role"] == "editor"
    again = await accept(bob, made["token"])
    assert (again.status, again.json["id"]) == (200, session)
    used_up, unknown = "invite_gone", "no_such_invite"
    for secret, error in ((made["token"], used_up), (made["code"], used_up), ("x" * 22, unknown)):
        late = await server.browser().post("/api/accounts", {**new, "name": "cid", "invite": secret})
        assert (late.status, late.error) == (404, error)
    assert (await server.browser().log_in("cid")).status == 401


@pytest.mark.parametrize(("registration", "status"), [("invite", 201), ("closed", 403)])
async def test_registration_by_invite(start: Start, registration: str, status: int) -> None:
    """Where registration is by invite nobody makes an account without one; where it is closed nobody does with one."""
    server = await start(registration=registration)
    ann = await server.sign_up("ann", setup=server.app[SET_UP].code)
    made = await invite(ann, await ann.new_session())
    new = {"name": "bob", "password": PASSWORD}
    refused = await server.browser().post("/api/accounts", new)
    assert (refused.status, refused.error) == (403, "registration_closed")
    offer = await server.browser().post("/api/invites", {"invite": made["token"]})
    assert offer.json["new_accounts"] == (status == 201)
    assert (await server.browser().post("/api/accounts", {**new, "invite": made["code"]})).status == status
    assert (await server.browser().log_in("bob")).status == (200 if status == 201 else 401)


async def test_code_throttle(start: Start) -> None:
    """IN7: who tries too many codes waits, by account and by address; links are not counted."""
    server = await start(invite_codes_per_account=3, invite_codes_per_address=7)
    ann, bob, cid = [await server.sign_up(name) for name in ("ann", "bob", "cid")]
    made = await invite(ann, await ann.new_session())
    for _ in range(3):
        assert (await accept(bob, "BCD-FGH-JKM")).status == 404
    for answer in (await accept(bob, made["code"]), await bob.post("/api/invites", {"invite": made["code"]})):
        assert (answer.status, answer.error) == (429, "too_fast")
        assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert (await cid.post("/api/invites", {"invite": made["code"]})).status == 200
    stranger = server.browser()
    new = {"name": "dan", "password": PASSWORD, "invite": "bcd fgh jkm"}
    assert (await stranger.post("/api/accounts", new)).status == 404
    for browser in (stranger, cid):
        assert (await browser.post("/api/invites", {"invite": made["code"]})).status == 429
    assert (await bob.post("/api/invites", {"invite": made["token"]})).status == 200
    assert (await accept(bob, made["token"])).status == 200


async def test_no_secret_leaves(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """A12, L2: the page of a link tells no other site where one came from, and no log has a token, even when all fails."""
    ann = await server.sign_up("ann")
    made = await invite(ann, await ann.new_session())
    page = await server.browser().get("/join")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    with caplog.at_level(logging.DEBUG):
        assert (await accept(ann, made["token"])).status == 200
        server.app[DATABASE].close()
        assert (await accept(ann, made["token"])).status >= 500
        assert (await ann.post("/api/invites", {"invite": made["token"]})).status >= 500
    assert "request failed" in caplog.text
    assert made["token"] not in caplog.text
    for record in caplog.records:
        assert made["token"] not in repr(vars(record))


async def test_names_do_not_hide_sessions(server: Server) -> None:
    """Z12: a session is found by its own id alone, whatever others are called; nobody chooses an id."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    session = await ann.new_session("Mine")
    for title in (session, session.upper(), unicodedata.normalize("NFD", session) + "\u0301"):
        other = await bob.new_session(title)
        made = await invite(bob, other)
        assert other != session
        assert (await accept(ann, made["token"])).json["id"] == other
    assert (await ann.get(f"/api/sessions/{session}")).json["title"] == "Mine"
    for name in (session.upper(), session + "\u0301", "Mine"):
        assert (await ann.get(f"/api/sessions/{quote(name)}")).status == 404
    assert (await bob.post("/api/sessions", {"title": "x", "id": session})).status == 422


@pytest.mark.parametrize("where", ["//evil", "/\\evil", "/%5cevil", "https:evil", "//host//evil/.."])
async def test_no_open_redirect(server: Server, where: str) -> None:
    """C6: the server leads nobody elsewhere, whatever a link asks for."""
    for path in (f"/login?next={quote(where)}", f"/join?next={quote(where)}", f"/join/{where}"):
        answer = await server.browser().get(path, allow_redirects=False)
        assert "Location" not in answer.headers
        assert answer.status in (200, 404)


def test_qr_code() -> None:
    """The code is an SVG document of its own, dark on white with the quiet zone of four modules, without script or outside links."""
    svg = ET.fromstring(qr_code("https://atlas.local:8443/join#abcdefghijklmnopqrstuv"))  # noqa: S314
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    ground, modules = list(svg)
    assert (ground.get("fill"), modules.get("stroke")) == ("#fff", "#17181c")
    assert str(modules.get("d")).startswith("M4 4.5h7")
    size = int(svg.get("viewBox", "").split()[2])
    assert 29 + 8 <= size <= 37 + 8
