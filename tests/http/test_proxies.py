from __future__ import annotations

import logging

import aiohttp
import pytest

from code_together.errors import Unprocessable
from code_together.http.proxies import Proxies
from tests.conftest import PASSWORD, Answer, Browser, Server, Start


async def sign_up(server: Server, headers: dict[str, str], name: str = "ann") -> tuple[Browser, Answer]:
    browser = server.browser()
    made = await browser.post("/api/accounts", {"name": name, "password": PASSWORD}, headers=headers)
    assert made.status == 201, made
    return browser, made


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8::7]:51234", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        # what the client itself wrote stands before what the proxy added
        ("10.9.9.9, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1, 203.0.113.7", "203.0.113.7"),
        # a proxy behind a proxy, both ours
        ("10.9.9.9, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        # nonsense ends it: the last that is known counts
        ("evil, 10.1.2.3", "10.1.2.3"),
        ("unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
        (", ".join(["203.0.113.7"] * 400), "203.0.113.7"),
    ],
)
async def test_addresses(start: Start, header: str, address: str) -> None:
    """NW8: behind proxies that are named the address is the one that the outermost of them saw."""
    server = await start(trusted_proxy="127.0.0.1, 10.1.0.0/16")
    ann, made = await sign_up(server, {"X-Forwarded-For": header})
    cookie = made.headers["Set-Cookie"].partition(";")[0]
    (login,) = (await ann.get("/api/logins", headers={"Cookie": cookie})).json["logins"]
    assert login["address"] == address


async def test_addresses_in_several_headers(start: Start) -> None:
    """NW8: several headers are one list."""
    server = await start(trusted_proxy="127.0.0.1")
    headers = [("X-Forwarded-For", "10.9.9.9"), ("X-Forwarded-For", "203.0.113.7")]
    async with aiohttp.ClientSession(server.url) as http:
        body = {"name": "ann", "password": PASSWORD}
        async with http.post("/api/accounts", json=body, headers=headers) as made:
            cookie = made.headers["Set-Cookie"].partition(";")[0]
    (login,) = (await server.browser().get("/api/logins", headers={"Cookie": cookie})).json["logins"]
    assert login["address"] == "203.0.113.7"


SPOOFED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Real-IP": "203.0.113.7",
    "CF-Connecting-IP": "203.0.113.7",
    "True-Client-IP": "203.0.113.7",
    "Forwarded": "for=203.0.113.7;proto=https",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
}


@pytest.mark.parametrize("trusted", ["", "10.0.0.0/8", "127.0.0.2"])
async def test_claims_of_others(start: Start, trusted: str) -> None:
    """NW8, A2: who is not named is believed nothing: neither address, nor encryption, nor host."""
    server = await start(trusted_proxy=trusted)
    ann, made = await sign_up(server, SPOOFED)
    assert made.headers["Set-Cookie"].startswith("code_together=")
    assert "Strict-Transport-Security" not in made.headers
    (login,) = (await ann.get("/api/logins")).json["logins"]
    assert login["address"] == "127.0.0.1"
    session = (await ann.post("/api/sessions", {"title": "x"}, headers=SPOOFED)).json
    assert session["clone_url"].startswith(f"{server.url}/git/")


async def test_only_the_known_headers(start: Start) -> None:
    """NW8: of a proxy that is named two headers are believed, the others are not."""
    server = await start(trusted_proxy="127.0.0.1")
    others = {
        name: value for name, value in SPOOFED.items() if name not in ("X-Forwarded-For", "X-Forwarded-Proto")
    }
    ann, made = await sign_up(server, others)
    assert made.headers["Set-Cookie"].startswith("code_together=")
    assert (await ann.get("/api/logins")).json["logins"][0]["address"] == "127.0.0.1"


@pytest.mark.parametrize(("trusted", "status"), [("127.0.0.1", 401), ("", 429)])
async def test_limits_count_the_client(start: Start, trusted: str, status: int) -> None:
    """NW8, AC5, A2: behind a proxy that is named each address has its own limits; without one the header does not help."""
    server = await start(trusted_proxy=trusted, login_attempts_per_address=2)
    for number in range(4):
        answer = await server.browser().post(
            "/api/login",
            {"name": f"n{number}", "password": "wrong wrong"},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        )
    assert answer.status == status


@pytest.mark.parametrize(
    ("proto", "encrypted"),
    [("https", True), ("HTTPS", True), ("http, https", True), ("https, http", False), ("", False)],
)
async def test_encryption(start: Start, proto: str, encrypted: bool) -> None:
    """NW9: where a trusted proxy does the TLS, cookies, HSTS and links are as with our own."""
    server = await start(trusted_proxy="127.0.0.1")
    headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": proto, "Host": "code.test"}
    _, made = await sign_up(server, headers)
    cookie = made.headers["Set-Cookie"]
    assert cookie.startswith("__Host-code_together=" if encrypted else "code_together=")
    assert ("Secure" in cookie.split("; ")) == encrypted
    assert (made.headers.get("Strict-Transport-Security") == "max-age=31536000") == encrypted
    browser = server.browser()
    headers["Cookie"] = cookie.partition(";")[0]
    session = (await browser.post("/api/sessions", {"title": "x"}, headers=headers)).json
    scheme = "https" if encrypted else "http"
    assert session["clone_url"] == f"{scheme}://code.test/git/{session['id']}.git"
    invite = await browser.post(f"/api/sessions/{session['id']}/invites", {"role": "editor"}, headers=headers)
    assert invite.json["url"].startswith(f"{scheme}://code.test/join#")
    reset = await browser.post("/api/admin/accounts/ann/reset", headers=headers)
    assert reset.json["url"].startswith(f"{scheme}://code.test/reset#")


async def test_plain_pages_and_cookies_do_not_reach_in(start: Start) -> None:
    """NW9, AC6: behind a proxy with TLS a page in the clear does not reach in, nor does a cookie without the prefix count."""
    server = await start(trusted_proxy="127.0.0.1")
    through = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "Host": "code.test"}
    _, made = await sign_up(server, through)
    secret = made.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    browser = server.browser()
    for origin, status in (("https://code.test", 201), ("http://code.test", 403)):
        headers = {**through, "Origin": origin, "Cookie": f"__Host-code_together={secret}"}
        assert (await browser.post("/api/sessions", {"title": "x"}, headers=headers)).status == status
    assert (
        await browser.get("/api/me", headers={**through, "Cookie": f"code_together={secret}"})
    ).status == 401


async def test_unknown_proxy_is_in_the_log(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    """NW10: a proxy that nobody has named is said once, in the log."""
    server = await start()
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            await server.browser().get("/", headers={"X-Forwarded-For": "203.0.113.7"})
            await sign_up(server, {"X-Forwarded-For": "203.0.113.7"}, f"ann{number}")
    assert [record for record in caplog.messages if "a proxy seems to be in front" in record] == [
        "a proxy seems to be in front: name it in trusted_proxy, or all people share its limits"
    ]


@pytest.mark.parametrize("setting", ["localhost", "10.0.0.1/8", "300.1.1.1", "10.0.0.0/8;127.0.0.1"])
def test_bad_setting(setting: str) -> None:
    """NW8: what is no address or network is refused with a sentence."""
    with pytest.raises(Unprocessable, match="trusted_proxy") as refused:
        Proxies(setting)
    assert refused.value.code == "bad_setting"
