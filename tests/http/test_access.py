from __future__ import annotations

import pytest

from tests.conftest import Server


async def test_a_changed_role_counts_at_once(server: Server) -> None:
    """A role that is changed counts for the next request."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    bob = await server.member(ann, session, "bob", "viewer")
    path = f"/api/sessions/{session}/chat"
    refused = await bob.post(path, {"text": "hi"})
    assert (refused.status, refused.error) == (403, "not_allowed")
    assert "As viewer" in refused.json["error"]["message"]
    await ann.put(f"/api/sessions/{session}/members/bob", {"role": "commenter"})
    assert (await bob.post(path, {"text": "hi"})).status == 201


@pytest.mark.parametrize(("scope", "role"), [("read", "viewer"), ("write", "owner")])
async def test_read_token_is_a_viewer_on_the_live_connection(server: Server, scope: str, role: str) -> None:
    """A token of scope read opens a live connection that may only look, whatever its account may."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    made = await ann.post("/api/tokens", {"label": "x", "scope": scope})
    script = server.browser()
    headers = {"Authorization": f"Bearer {made.json['token']}"}
    async with script.http.ws_connect(f"/api/sessions/{session}/live", headers=headers) as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        assert (await socket.receive_json())["you"]["role"] == role


async def test_live_needs_a_login_and_a_membership(server: Server) -> None:
    """The contract: no login is 401 at the handshake, no membership 404."""
    import aiohttp

    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    live = f"/api/sessions/{await ann.new_session()}/live"
    for browser, status in ((server.browser(), 401), (bob, 404)):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.http.ws_connect(live)
        assert refused.value.status == status
