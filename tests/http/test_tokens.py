from __future__ import annotations

import pytest

from tests.conftest import Server


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
