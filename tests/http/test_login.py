from __future__ import annotations

import http.cookies
import sqlite3

import pytest
from aiohttp import encode_basic_auth

from code_together.config import Settings
from code_together.http.keys import ACCOUNTS
from tests.conftest import PASSWORD, Answer, Server, Start


def cookie(answer: Answer) -> http.cookies.Morsel[str]:
    jar = http.cookies.SimpleCookie(answer.headers["Set-Cookie"])
    (morsel,) = jar.values()
    return morsel


async def test_cookie(server: Server) -> None:
    """AC3: the login cookie is HttpOnly, SameSite=Lax, for the whole site and as long as a login lasts."""
    await server.sign_up("ann")
    morsel = cookie(await server.browser().log_in("ann"))
    assert morsel.key == "code_together"
    assert morsel["httponly"]
    assert (morsel["samesite"], morsel["path"], morsel["max-age"]) == ("Lax", "/", str(30 * 86_400))
    assert not morsel["secure"]
    assert len(morsel.value) >= 43


async def test_only_a_hash_is_kept(server: Server, settings: Settings) -> None:
    """AC3: the database holds neither the cookie's secret nor anything that can be sent as one."""
    ann = await server.sign_up("ann")
    secret = cookie(await ann.log_in("ann")).value
    with sqlite3.connect(settings.data / "code_together.db") as database:
        (hash,) = database.execute("SELECT id_hash FROM logins").fetchone()
    database.close()
    assert secret.encode() not in hash
    for forged in (hash.hex(), hash.decode("latin-1").encode().hex(), "1", "../../x", "\u00e9"):
        answer = await server.browser().get("/api/me", headers={"Cookie": f"code_together={forged}"})
        assert answer.status == 401


async def test_wrong_password_and_unknown_name(server: Server) -> None:
    """AC2: both get the same answer, also to a password longer than bcrypt takes and to one that is not its prefix."""
    long = "long " * 20
    await server.sign_up("ann", long)
    wrong = await server.browser().log_in("ann", "wrong password")
    unknown = await server.browser().log_in("nobody", "wrong password")
    assert (wrong.status, wrong.error) == (401, "bad_login")
    assert wrong.body == unknown.body
    assert (await server.browser().log_in("ann", long[:72] + "another tail")).body == wrong.body
    assert (await server.browser().log_in("ann", "x" * 5_000)).body == wrong.body
    assert (await server.browser().log_in("ann", "a\0b")).body == wrong.body
    assert (await server.browser().log_in("ann", long)).status == 200


async def test_new_id_at_every_login(server: Server) -> None:
    """AC3: a log-in gives a new id and ends the login that the browser had (session fixation)."""
    ann = await server.sign_up("ann")
    first = cookie(await ann.log_in("ann")).value
    second = cookie(await ann.log_in("ann")).value
    assert first != second
    fixed = await server.browser().get("/api/me", headers={"Cookie": f"code_together={first}"})
    assert fixed.status == 401
    assert (await ann.get("/api/me")).status == 200


async def test_log_out(server: Server) -> None:
    """AC4: a log-out ends the login for whoever has the cookie, and takes the cookie away; it may be repeated."""
    ann = await server.sign_up("ann")
    secret = cookie(await ann.log_in("ann")).value
    out = await ann.post("/api/logout")
    assert out.status == 204
    assert (cookie(out).value, cookie(out)["max-age"]) == ("", "0")
    stolen = await server.browser().get("/api/me", headers={"Cookie": f"code_together={secret}"})
    assert (stolen.status, stolen.error) == (401, "not_logged_in")
    assert (await ann.post("/api/logout")).status == 204


async def test_disabled_account(server: Server) -> None:
    """A disabled account's login, token and password are worth nothing, and the answer to its password tells nothing."""
    ann = await server.sign_up("ann")
    await server.sign_up("bob")
    token = (await ann.post("/api/tokens", {"label": "x", "scope": "write"})).json["token"]
    account = await server.app[ACCOUNTS].by_name("ann")
    assert account is not None
    await server.app[ACCOUNTS].disable(account.id)
    assert (await ann.get("/api/me")).status == 401
    script = server.browser()
    assert (await script.get("/api/me", headers={"Authorization": f"Bearer {token}"})).status == 401
    assert (await ann.log_in("ann")).error == "bad_login"


async def test_bearer_token(server: Server) -> None:
    """A script comes with a token; a wrong one is refused even where a good cookie comes along."""
    ann = await server.sign_up("ann")
    token = (await ann.post("/api/tokens", {"label": "x", "scope": "write"})).json["token"]
    script = server.browser()
    assert (await script.get("/api/me", headers={"Authorization": f"Bearer {token}"})).json["name"] == "ann"
    for header in (f"Bearer {token}x", "Bearer", "Bearer ", "Token x", encode_basic_auth("ann", PASSWORD)):
        assert (await ann.get("/api/me", headers={"Authorization": header})).status == 401


async def test_read_token_reads(server: Server) -> None:
    """A token of scope read may GET, and changes nothing."""
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    token = (await ann.post("/api/tokens", {"label": "x", "scope": "read"})).json["token"]
    script = server.browser()
    script.http.headers["Authorization"] = f"Bearer {token}"
    read = await script.get(f"/api/sessions/{session}")
    assert (read.status, read.json["role"]) == (200, "viewer")
    for refused in (
        await script.post("/api/sessions", {"title": "x"}),
        await script.delete(f"/api/sessions/{session}"),
        await script.post("/api/tokens", {"label": "x", "scope": "write"}),
    ):
        assert (refused.status, refused.error) == (403, "read_only_token")


async def test_failures_are_throttled_by_name(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """AC5: after so many failures a name must wait, whatever headers claim; the right password works once it has."""
    server = await start(login_attempts_per_account=3)
    await server.sign_up("ann")
    await server.sign_up("bob")
    browser = server.browser()
    for number in range(3):
        browser.http.headers["X-Forwarded-For"] = f"10.0.0.{number}"
        assert (await browser.log_in("ann", "wrong password")).status == 401
    browser.http.headers["X-Forwarded-For"] = browser.http.headers["X-Real-IP"] = "10.0.0.77"
    refused = await browser.log_in("ann")
    assert (refused.status, refused.error) == (429, "too_fast")
    wait = int(refused.headers["Retry-After"])
    assert 0 < wait <= 60
    assert (await browser.log_in("bob")).status == 200
    later = _Later(wait)
    monkeypatch.setattr("limits.storage.memory.time", later)
    assert (await browser.log_in("ann")).status == 200


async def test_failures_are_throttled_by_address(start: Start) -> None:
    """AC5: so are names tried one after the other from one address."""
    server = await start(login_attempts_per_address=3)
    await server.sign_up("ann")
    for name in ("x", "y", "z"):
        assert (await server.browser().log_in(name)).status == 401
    assert (await server.browser().log_in("ann")).status == 429


async def test_successes_are_not_counted(start: Start) -> None:
    """AC5: a class that logs in is no attack."""
    server = await start(login_attempts_per_account=2, login_attempts_per_address=2)
    await server.sign_up("ann")
    for _ in range(6):
        assert (await server.browser().log_in("ann")).status == 200


class _Later:
    """The clock of the throttle's store, put forward."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def time(self) -> float:
        import time

        return time.time() + self._seconds
