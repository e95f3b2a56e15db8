from __future__ import annotations

import pytest

from tests.conftest import Browser, Server


async def test_token_is_shown_once(server: Server) -> None:
    """The contract: 201 with id and token; the list has everything but the token."""
    ann = await server.sign_up("ann")
    made = await ann.post("/api/tokens", {"label": "laptop", "scope": "read", "expires_days": 30})
    assert made.status == 201
    assert set(made.json) == {"id", "token"}
    listed = await ann.get("/api/tokens")
    assert made.json["token"] not in listed.body.decode()
    (token,) = listed.json["tokens"]
    assert (token["id"], token["label"], token["scope"]) == (made.json["id"], "laptop", "read")
    assert token["created_at"] < token["expires_at"]
    assert token["last_used_at"] is None


async def test_deleted_token_is_worth_nothing(server: Server) -> None:
    """A deleted token is unknown at once; deleting it again, or another's, is 404 and changes nothing."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    made = (await ann.post("/api/tokens", {"label": "x", "scope": "write"})).json
    script = server.browser()
    script.http.headers["Authorization"] = f"Bearer {made['token']}"
    assert (await bob.delete(f"/api/tokens/{made['id']}")).status == 404
    assert (await script.get("/api/me")).status == 200
    assert (await ann.delete(f"/api/tokens/{made['id']}")).status == 204
    refused = await script.get("/api/me")
    assert (refused.status, refused.error) == (401, "bad_token")
    for id in (made["id"], "x", "-1", "9" * 40):
        assert (await ann.delete(f"/api/tokens/{id}")).status == 404


async def test_no_token_outlives_the_one_that_asked(server: Server) -> None:
    """AC8: a token made with a token ends when that does, or earlier if it was asked for; one made by a login ends as it was asked for."""
    ann = await server.sign_up("ann")

    async def ends(browser: Browser, days: float | None) -> str | None:
        body = {"label": "x", "scope": "write", "expires_days": days}
        id = (await browser.post("/api/tokens", body)).json["id"]
        listed = (await ann.get("/api/tokens")).json["tokens"]
        (expires,) = [token["expires_at"] for token in listed if token["id"] == id]
        assert expires is None or isinstance(expires, str)
        return expires

    made = (await ann.post("/api/tokens", {"label": "ci", "scope": "write", "expires_days": 10})).json
    script, for_ever = server.browser(), server.browser()
    script.http.headers["Authorization"] = f"Bearer {made['token']}"
    never = (await ann.post("/api/tokens", {"label": "own", "scope": "write"})).json
    for_ever.http.headers["Authorization"] = f"Bearer {never['token']}"
    own = (await ann.get("/api/tokens")).json["tokens"][0]["expires_at"]
    assert await ends(script, None) == await ends(script, 30) == own
    assert (await ends(script, 1) or "") < own
    assert (await ends(ann, 30) or "") > own
    assert await ends(ann, None) is await ends(for_ever, None) is None
    assert (await ends(for_ever, 30) or "") > own


@pytest.mark.parametrize(
    "body",
    [
        {"label": "x"},
        {"label": "x", "scope": "admin"},
        {"label": "", "scope": "read"},
        {"label": "a\nb", "scope": "read"},
        {"label": "x", "scope": "read", "expires_days": 0},
        {"label": "x", "scope": "read", "expires_days": -1},
        {"label": "x", "scope": "read", "expires_days": 1e300},
        {"label": "x", "scope": "read", "account": 1},
    ],
)
async def test_refused_tokens(server: Server, body: dict[str, object]) -> None:
    """What makes no sense is 422 and makes no token."""
    ann = await server.sign_up("ann")
    assert (await ann.post("/api/tokens", body)).status == 422
    assert (await ann.get("/api/tokens")).json == {"tokens": []}
