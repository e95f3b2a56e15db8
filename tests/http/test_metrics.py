from __future__ import annotations

import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from code_together.http import metrics
from code_together.http.keys import DATABASE
from tests.conftest import Browser, Server, Start, open_socket

ELSEWHERE = {"X-Forwarded-For": "203.0.113.7"}


async def numbers(browser: Browser, **more: dict[str, str]) -> dict[str, float]:
    """Each sample's value, by its name and labels."""
    answer = await browser.get("/metrics", **more)
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        sample.name + "".join(f",{key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize(
    "headers",
    [
        ELSEWHERE,
        {"Forwarded": "for=203.0.113.7"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "code.test"},
        {"Host": "192.168.1.5"},
    ],
)
async def test_not_for_everybody(server: Server, headers: dict[str, str]) -> None:
    """OB1: the numbers are for the server's own machine; what comes by a proxy, or under a name of the network, comes from elsewhere."""
    answer = await server.browser().get("/metrics", headers=headers)
    assert (answer.status, answer.error) == (401, "not_logged_in")


async def test_behind_a_trusted_proxy(start: Start) -> None:
    """OB1: behind a proxy that is named nobody is on the server's machine, whatever the header says."""
    server = await start(trusted_proxy="127.0.0.1")
    assert (await server.browser().get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})).status == 401
    assert (await server.browser().get("/metrics")).status == 401


async def test_for_admins(server: Server) -> None:
    """OB1: from elsewhere an admin sees them, with a read token too, and nobody else does."""
    ann, bob = await server.sign_up("ann"), await server.sign_up("bob")
    assert (await numbers(ann, headers=ELSEWHERE))["code_together_saving"] == 1
    answer = await bob.get("/metrics", headers=ELSEWHERE)
    assert (answer.status, answer.error) == (403, "not_admin")
    for person, status in ((ann, 200), (bob, 403)):
        token = (await person.post("/api/tokens", {"label": "Watch", "scope": "read"})).json["token"]
        headers = {**ELSEWHERE, "Authorization": f"Bearer {token}"}
        assert (await server.browser().get("/metrics", headers=headers)).status == status


async def test_what_goes_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """OB2: people, connections, updates and requests are counted; what nobody asked for yet is nothing."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    before = await numbers(ann)
    assert before["code_together_live_connections"] == before["code_together_people"] == 0
    await ann.send("PUT", f"/api/sessions/{session}/files/secret-plan.txt", data=b"")
    sockets = [await open_socket(ann, session) for _ in range(2)]
    await sockets[0].send_json({"type": "open", "path": "secret-plan.txt"})
    while (opened := await sockets[0].receive_json())["type"] != "opened":
        pass
    await sockets[0].send_json(
        {"type": "push", "doc": opened["doc"], "version": 0, "seq": 1, "changes": [[[0, "a"]], [1, [0, "b"]]]}
    )
    while (await sockets[0].receive_json())["type"] != "updates":
        pass
    after = await numbers(ann)
    assert after["code_together_live_connections"] == 2
    assert (after["code_together_people"], after["code_together_rooms"]) == (1, 1)
    assert after["code_together_updates_total"] - before["code_together_updates_total"] == 2
    assert after["code_together_transactions_total"] > before["code_together_transactions_total"]
    assert after["code_together_transactions_failed_total"] == 0
    assert after["code_together_data_free_bytes"] > 0
    made = "code_together_requests_total,method=POST,route=/api/sessions,status=201"
    assert after[made] == 1
    for socket in sockets:
        await socket.close()


async def test_no_secrets(server: Server) -> None:
    """OB2, L2: routes are shown by their pattern: no name of a file, no token, no method that we do not have."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    await ann.send("PUT", f"/api/sessions/{session}/files/secret-plan.txt", data=b"")
    await ann.post("/api/invites/secret-token/accept")
    await ann.get("/secret-page?secret-query=1")
    await ann.send("PROPFIND", "/api/me")
    await ann.get("/api/secret-nothing")
    text = (await ann.get("/metrics")).body.decode()
    assert "secret" not in text.lower()
    assert session not in text
    assert 'method="other"' in text
    assert 'route="none"' in text


async def test_refusals_are_counted(server: Server) -> None:
    """OB2: what is refused before any handler is counted too."""
    browser = server.browser()
    await browser.get("/api/me", headers={"Host": "evil.example"})
    await browser.get("/api/me")
    counts = await numbers(browser)
    for status in (401, 421):
        assert counts[f"code_together_requests_total,method=GET,route=/api/me,status={status}"] == 1


async def test_loop_is_watched(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """OB2: how late the event loop is, is measured all the time."""
    monkeypatch.setattr(metrics, "_LOOP_SECONDS", 0.01)
    server = await start()
    ann = server.browser()
    while (await numbers(ann))["code_together_loop_late_seconds_count"] < 2:
        pass


async def test_ready(server: Server) -> None:
    """OB3: a server that cannot save still answers, says that it is degraded, and is not ready, until it saves again."""
    ann = await server.sign_up("ann")
    assert (await ann.get("/healthz")).json["status"] == "ok"
    assert (await ann.get("/readyz")).json == {"status": "ready"}
    writes = server.app[DATABASE].writes
    writes.failed_at = time.monotonic()
    assert (await ann.get("/healthz")).status == 200
    assert (await ann.get("/healthz")).json["status"] == "degraded"
    answer = await ann.get("/readyz")
    assert (answer.status, answer.error) == (503, "not_saved")
    assert (await numbers(ann))["code_together_saving"] == 0
    await ann.new_session()
    assert (await ann.get("/readyz")).status == 200
    writes.failed_at = time.monotonic() - 61
    assert (await ann.get("/readyz")).status == 200


async def test_no_room(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """OB3: a disk without room is told before anybody has tried to write."""
    browser = server.browser()
    monkeypatch.setattr("code_together.http.pages._ROOM", 1 << 62)
    assert (await browser.get("/healthz")).json["status"] == "degraded"
    assert (await browser.get("/readyz")).status == 503
