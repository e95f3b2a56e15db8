from __future__ import annotations

import asyncio
import ipaddress
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from code_together.http import lan
from code_together.http.background import beside
from code_together.http.certificates import Certified, Place

LOOPBACK = (ipaddress.ip_address("127.0.0.1"),)


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' announcements are not for the network of whoever runs them."""
    monkeypatch.setattr(lan, "lan_addresses", lambda: LOOPBACK)


@asynccontextmanager
async def announcing(port: int) -> AsyncIterator[str]:
    named: asyncio.Queue[str] = asyncio.Queue()
    async with beside(lan.announce("https", port, named.put)):
        yield await asyncio.wait_for(named.get(), 30)


async def found(zeroconf: AsyncZeroconf, port: int) -> AsyncServiceInfo:
    """What somebody who looks for web servers on the network finds at this port."""
    names: asyncio.Queue[str] = asyncio.Queue()

    def seen(name: str, **_: object) -> None:
        names.put_nowait(name)

    browser = AsyncServiceBrowser(zeroconf.zeroconf, "_https._tcp.local.", handlers=[seen])
    try:
        async with asyncio.timeout(30):
            while True:
                info = AsyncServiceInfo("_https._tcp.local.", await names.get())
                if await info.async_request(zeroconf.zeroconf, 3_000) and info.port == port:
                    return info
    finally:
        await browser.async_cancel()


async def test_announced() -> None:
    """NW5: others on the network find the server, its name, its addresses and its port."""
    other = AsyncZeroconf()
    try:
        async with announcing(18_432) as name:
            assert name.endswith(".local")
            info = await found(other, 18_432)
            assert info.server == f"{name}."
            assert info.parsed_addresses(IPVersion.V4Only) == ["127.0.0.1"]
    finally:
        await other.async_close()


async def test_name_that_another_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """NW5: a second server on a network takes the next name; one on the same machine may share it."""
    async with announcing(18_433) as name:
        async with announcing(18_434) as shared:
            assert shared == name
        monkeypatch.setattr(lan, "lan_addresses", lambda: (ipaddress.ip_address("127.0.0.2"),))
        async with announcing(18_435) as other:
            assert other != name


@pytest.mark.parametrize("where", ["nowhere", "no socket"])
async def test_no_network(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """NW5: that nothing can be announced is no error, and it is tried again when the machine has other addresses."""
    named: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr(lan, "_LOOK_SECONDS", 0.05)
    if where == "nowhere":
        monkeypatch.setattr(lan, "lan_addresses", tuple)
    else:
        real, broken = AsyncZeroconf, [True]

        def make() -> AsyncZeroconf:
            if broken.pop() if broken else False:
                raise OSError(19, "No such device")
            return real()

        monkeypatch.setattr(lan, "AsyncZeroconf", make)
    async with beside(lan.announce("https", 18_436, named.put)):
        await asyncio.sleep(0.3)
        assert named.empty()
        monkeypatch.setattr(lan, "lan_addresses", lambda: (*LOOPBACK, ipaddress.ip_address("127.0.0.3")))
        assert await asyncio.wait_for(named.get(), 30)


def certified() -> Certified:
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    return Certified(Path("x"), b"", "AB:CD", ends, Place(frozenset(), frozenset()), True, True)


def test_greeting() -> None:
    """NW6: the terminal shows every address, a picture of the first, and by what the authority is known."""
    addresses = [ipaddress.ip_address("192.168.1.5"), ipaddress.ip_address("fd00::5")]
    text = lan.greeting("https", 8080, addresses, certified())
    for shown in (
        "https://192.168.1.5:8080\n",
        "https://[fd00::5]:8080\n",
        "/certificate",
        "AB:CD",
        "▀",
        "█",
    ):
        assert shown in text
    assert "\x1b" not in text
    assert "fingerprint" not in lan.greeting("http", 8080, addresses, None)
    assert "no network" in lan.greeting("https", 8080, [], certified())


def test_terminal_without_blocks(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """NW6: where the terminal cannot show the picture nothing fails."""
    with open("/dev/null", "w", encoding="ascii") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        lan.show("█ https://192.168.1.5:8080")


def may_unshare() -> bool:
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0


async def test_serve_without_any_network(tmp_path: Path) -> None:
    """NW5: `serve --lan` starts on a machine that has no network at all."""
    if not may_unshare():
        pytest.skip("this machine lets nobody make a network namespace")
    process = await asyncio.create_subprocess_exec(
        *("unshare", "-rn", sys.executable, "-m", "code_together"),
        *("serve", "--lan", "--port", "0", "--data", str(tmp_path / "data")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert line.startswith(b"Serving on https://0.0.0.0:")
        process.terminate()
        _, said = await asyncio.wait_for(process.communicate(), 20)
        assert b"This machine has no network now" in said
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_serve_on_the_lan(tmp_path: Path) -> None:
    """NW6: `serve --lan` prints one line to standard output, and to people its addresses, a QR code and the authority's fingerprint."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "code_together"),
        *("serve", "--lan", "--port", "0", "--data", str(tmp_path / "data")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        assert line.startswith("Serving on https://0.0.0.0:")
        port = line.strip().rpartition(":")[2]
        process.terminate()
        rest, said = await asyncio.wait_for(process.communicate(), 20)
        assert rest == b""
        if b"no network" not in said:
            assert f":{port}/certificate".encode() in said
            assert b"SHA-256 fingerprint: " in said
            assert "▀".encode() in said
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
