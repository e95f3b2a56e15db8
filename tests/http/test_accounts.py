from __future__ import annotations

import asyncio

import pytest

from code_together.http.accounts import SET_UP
from tests.conftest import PASSWORD, Server, Start


async def test_first_account_is_the_admin(server: Server) -> None:
    """The contract: 201 with name, display name and admin, and a login; only the first account is the admin."""
    ann = server.browser()
    answer = await ann.post("/api/accounts", {"name": "ann", "password": PASSWORD, "display_name": "Ann A."})
    assert answer.status == 201
    assert answer.json == {
        "name": "ann",
        "display_name": "Ann A.",
        "admin": True,
        "color": answer.json["color"],
        "email": "ann@code.test",
    }
    assert (await ann.get("/api/me")).json == answer.json
    bob = await server.sign_up("bob")
    assert (await bob.get("/api/me")).json["admin"] is False


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "ann", "password": PASSWORD}, 409, "name_taken"),
        ({"name": "Ann", "password": PASSWORD}, 422, "bad_name"),
        ({"name": "аdmin", "password": PASSWORD}, 422, "bad_name"),
        ({"name": "bob", "password": "short"}, 422, "weak_password"),
        ({"name": "bob", "password": "password"}, 422, "weak_password"),
        ({"name": "bob", "password": PASSWORD, "display_name": "a\nb"}, 422, "bad_display_name"),
        ({"name": "bob", "password": PASSWORD, "admin": True}, 422, "bad_field"),
        ({"name": "bob"}, 422, "bad_field"),
        ({"name": 5, "password": PASSWORD}, 422, "bad_field"),
        ({"name": "bob", "password": "x" * 900_000}, 422, "bad_password"),
    ],
)
async def test_refused_accounts(server: Server, body: dict[str, object], status: int, code: str) -> None:
    """AC7 and the contract: each refusal has its status and code, and makes no account."""
    await server.sign_up("ann")
    answer = await server.browser().post("/api/accounts", body)
    assert (answer.status, answer.error) == (status, code)
    assert (await server.browser().log_in("bob")).status == 401


async def test_registration_closed(start: Start) -> None:
    """Where registration is not open nobody makes an account, the first one not without the printed code either."""
    server = await start(registration="closed")
    browser = server.browser()
    new = {"name": "ann", "password": PASSWORD}
    for body in (new, {**new, "setup": "guess"}):
        answer = await browser.post("/api/accounts", body)
        assert (answer.status, answer.error) == (403, "registration_closed")
    assert (await browser.get("/api/registration")).json == {"registration": "closed"}
    code = server.app[SET_UP].code
    assert (await browser.post("/api/accounts", {**new, "setup": code})).status == 201
    second = await browser.post("/api/accounts", {**new, "name": "bob", "setup": code})
    assert (second.status, second.error) == (403, "registration_closed")


async def test_first_account_beyond_loopback_needs_the_code(start: Start) -> None:
    """The contract: bound beyond loopback, the first account needs `setup`; the others do not."""
    server = await start(host="0.0.0.0")  # noqa: S104
    server.url = server.url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    browser = server.browser()
    new = {"name": "ann", "password": PASSWORD}
    refused = await browser.post("/api/accounts", new)
    assert (refused.status, refused.error) == (403, "setup_needed")
    assert (await browser.post("/api/accounts", {**new, "setup": server.app[SET_UP].code})).json["admin"]
    bob = await server.sign_up("bob")
    assert (await bob.get("/api/me")).json["admin"] is False


async def test_accounts_per_address(start: Start) -> None:
    """New accounts of one address are counted, and refused with Retry-After beyond the limit; mistakes do not count."""
    server = await start(accounts_per_address=2)
    await server.sign_up("ann")
    for _ in range(3):
        await server.browser().post("/api/accounts", {"name": "ann", "password": PASSWORD})
    await server.sign_up("bob")
    answer = await server.browser().post("/api/accounts", {"name": "cid", "password": PASSWORD})
    assert (answer.status, answer.error) == (429, "too_fast")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600


async def test_change_me(server: Server) -> None:
    """PATCH /api/me changes what is given and nothing else, and refuses what an account cannot give itself."""
    ann = await server.sign_up("ann")
    changed = await ann.patch("/api/me", {"display_name": "Ann B.", "color": 7})
    assert (changed.json["display_name"], changed.json["color"]) == ("Ann B.", 7)
    for body in ({"color": 9}, {"admin": False}, {"id": 2}, {"name": "bob"}, {"display_name": "<x>"}):
        assert (await ann.patch("/api/me", body)).status == 422
    assert (await ann.get("/api/me")).json == changed.json


async def test_password_change(server: Server) -> None:
    """AC4: it needs the current password, and ends all other logins of the account."""
    ann = await server.sign_up("ann")
    elsewhere = server.browser()
    await elsewhere.log_in("ann")
    new = "nine green lamps"
    without = await ann.patch("/api/me", {"password": new})
    assert without.status == 422
    wrong = await ann.patch("/api/me", {"password": new, "current_password": "wrong one"})
    assert (wrong.status, wrong.error) == (403, "bad_password")
    assert (await ann.patch("/api/me", {"password": new, "current_password": PASSWORD})).status == 200
    assert (await ann.get("/api/me")).status == 200
    assert (await elsewhere.get("/api/me")).status == 401
    assert (await server.browser().log_in("ann")).status == 401
    assert (await server.browser().log_in("ann", new)).status == 200


async def test_two_first_accounts_at_once(server: Server) -> None:
    """Of two who are first at the same moment one is the admin."""
    browsers = [server.browser() for _ in range(2)]
    answers = await asyncio.gather(
        *(
            browser.post("/api/accounts", {"name": name, "password": PASSWORD})
            for browser, name in zip(browsers, ("ann", "bob"), strict=True)
        )
    )
    assert sorted(answer.json["admin"] for answer in answers) == [False, True]
