from __future__ import annotations

import asyncio
import dataclasses
import ipaddress
import ssl
import subprocess
import warnings
from pathlib import Path

import pytest

from code_together.config import Settings
from code_together.errors import Unavailable, Unprocessable
from code_together.http import keys, tls
from code_together.http.addresses import lan_addresses
from code_together.http.certificates import Place
from code_together.http.tls import ENCRYPTION, Encryption
from tests.conftest import PASSWORD, Server, Start, open_socket


def trusting(settings: Settings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(settings.data / "tls" / "ca.crt"))


async def test_auto(start: Start, settings: Settings) -> None:
    """NW1, NW4: with `auto` whoever trusts the authority of the data folder is connected, under every address; others are not."""
    server = await start(tls="auto")
    assert server.url.startswith("https://127.0.0.1:")
    port = server.url.rpartition(":")[2]
    browser = server.browser()
    for host in ("127.0.0.1", "localhost"):
        assert (await browser.get(f"https://{host}:{port}/healthz")).status == 200
    authority = await browser.get("/ca.crt")
    assert authority.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert authority.body == (settings.data / "tls" / "ca.crt").read_bytes()
    described = (await browser.get("/api/certificate")).json
    assert described["fingerprint"] == server.app[ENCRYPTION].certified.fingerprint  # type: ignore[union-attr]
    with pytest.raises(Exception, match="certificate verify failed"):
        await server.browser().get("/healthz", ssl=ssl.create_default_context())


async def test_everything_goes_through_tls(start: Start, settings: Settings) -> None:
    """NW1: the API, cookies and the live protocol work behind the server's own certificate."""
    server = await start(tls="auto")
    ann = server.browser()
    made = await ann.post("/api/accounts", {"name": "ann", "password": PASSWORD})
    assert made.headers["Set-Cookie"].startswith("__Host-code_together=")
    session = await ann.new_session()
    socket = await open_socket(ann, session)
    assert not socket.closed
    await socket.close()
    assert (await ann.get(f"/api/sessions/{session}")).json["clone_url"].startswith("https://")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_old_tls(start: Start, settings: Settings, version: ssl.TLSVersion) -> None:
    """S1: TLS 1.0 and 1.1 are refused."""
    server = await start(tls="auto")
    old = trusting(settings)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = version
    with pytest.raises(Exception, match=r"(?i)ssl|tls"):
        await server.browser().get("/healthz", ssl=old)


async def test_plain_request_to_tls(start: Start) -> None:
    """S1: what comes in the clear to an encrypted port gets nothing."""
    server = await start(tls="auto")
    with pytest.raises(Exception, match=r"(?i)disconnected|reset"):
        await server.browser().get(server.url.replace("https", "http") + "/healthz")


async def test_kept_over_restarts(start: Start, settings: Settings) -> None:
    """NW1: the next start shows a certificate of the same authority."""
    first = await start(tls="auto")
    fingerprint = (await first.browser().get("/api/certificate")).json["fingerprint"]
    content = (settings.data / "tls" / "server.pem").read_bytes()
    names: set[str] = first.app[keys.NAMES]
    encryption = Encryption(first.app[keys.SETTINGS], names)
    await encryption.renew()
    assert encryption.certified is not None
    assert encryption.certified.fingerprint == fingerprint
    assert (settings.data / "tls" / "server.pem").read_bytes() == content


async def test_new_name_while_it_runs(start: Start, settings: Settings) -> None:
    """NW2: a name that the server gets while it runs is in its certificate from the next connection on; who is connected stays."""
    server = await start(tls="auto")
    ann = server.browser()
    await ann.post("/api/accounts", {"name": "ann", "password": PASSWORD})
    socket = await open_socket(ann, await ann.new_session())
    server.app[keys.NAMES].add("code-together.local")
    await server.app[ENCRYPTION].renew()
    answer = await ann.get(
        "/healthz", server_hostname="code-together.local", headers={"Host": "code-together.local"}
    )
    assert answer.status == 200
    await socket.send_json({"type": "ping"})
    while (await socket.receive_json())["type"] != "pong":
        pass
    await socket.close()


async def test_other_addresses_are_noticed(
    start: Start, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NW2: the server looks by itself whether the machine has other addresses."""
    monkeypatch.setattr(tls, "_LOOK_SECONDS", 0.05)
    server = await start(tls="auto")
    there = ipaddress.ip_address("10.9.8.7")
    server.app[keys.NAMES].add(str(there))
    encryption = server.app[ENCRYPTION]
    async with asyncio.timeout(20):
        while encryption.certified is None or there not in encryption.certified.place.addresses:
            await server.browser().get("/healthz")
    assert (await server.browser().get("/healthz", server_hostname="10.9.8.7")).status == 200


async def test_no_authority(server: Server) -> None:
    """NW4: a server without an authority of its own says that it has none."""
    for path in ("/ca.crt", "/api/certificate"):
        answer = await server.browser().get(path)
        assert (answer.status, answer.error) == (404, "not_found")


async def test_certificate_that_cannot_be_kept(settings: Settings, tmp_path: Path) -> None:
    """P10: where the folder cannot be written to, the server says so and does not start."""
    settings.data.mkdir()
    (settings.data / "tls").write_text("a file")
    with pytest.raises(Unavailable, match=r"The certificate in .* cannot be kept"):
        await Encryption(Settings(data=settings.data, tls="auto"), {"localhost"}).renew()


@pytest.mark.parametrize(
    ("changes", "host", "age"),
    [
        ({"tls": "auto"}, "pc.local", 86_400),
        ({"tls": "auto", "hsts_days": 0.5}, "pc.local", 43_200),
        ({"tls": "auto", "hsts_days": 0.0}, "pc.local", None),
        ({"tls": "auto"}, "localhost", None),
        ({"tls": "auto"}, "x.localhost:8080", None),
        ({"tls": "off"}, "pc.local", None),
    ],
)
async def test_hsts(
    start: Start, settings: Settings, changes: dict[str, object], host: str, age: int | None
) -> None:
    """NW7: by TLS the browser is told to insist on it: a day with our own authority; never for localhost, never in the clear."""
    server = await start(allowed_hosts="pc.local", **changes)
    answer = await server.browser().get("/healthz", headers={"Host": host})
    assert answer.status == 200
    assert answer.headers.get("Strict-Transport-Security") == (None if age is None else f"max-age={age}")


def test_certificate_is_for_all_addresses(settings: Settings) -> None:
    """NW2: every address of the machine is in it."""
    assert set(lan_addresses()) <= Place.of(["pc"], lan_addresses()).addresses


def test_encrypted_key(settings: Settings, tmp_path: Path) -> None:
    """A key with a passphrase is refused with what to do; nobody is asked for it."""
    asked = ["-newkey", "rsa:2048", "-passout", "pass:secret", "-subj", "/CN=x"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    subprocess.run(["openssl", "req", "-x509", *asked, *files], check=True, capture_output=True)
    encrypted = dataclasses.replace(settings, tls=f"{tmp_path / 'cert.pem'},{tmp_path / 'key.pem'}")
    with pytest.raises(Unprocessable, match="is encrypted") as refused:
        Encryption(encrypted, ())
    assert refused.value.code == "bad_tls"
