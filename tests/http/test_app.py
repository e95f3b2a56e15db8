from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from code_together.config import Settings
from code_together.errors import Unavailable, Unprocessable
from code_together.http import app, keys
from code_together.http.app import serving
from tests.conftest import PASSWORD, Browser, Start, open_socket

PROGRAM = "import sys; from code_together.cli import main; sys.argv[0] = 'code-together'; main()"


@contextlib.asynccontextmanager
async def running(data: Path, *options: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The server as its own process, and the line that it printed when it was ready."""
    environment = {
        **os.environ,
        "CODE_TOGETHER_BCRYPT_COST": "4",
        "CODE_TOGETHER_WINDOW_PAUSE": "600",
        "CODE_TOGETHER_WINDOW_LONGEST": "600",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, "serve", "--data", str(data), "--port", "0", *options,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        yield process, line.decode()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_run_until_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    """The contract: one line when ready; on SIGTERM and Ctrl-C what is open is committed, sockets are told, exit 0 in 10 s."""
    data = tmp_path / "data"
    async with running(data) as (process, line):
        match = re.fullmatch(r"Serving on (http://127\.0\.0\.1:\d+)\n", line)
        assert match, line
        ann = Browser(match[1])
        await ann.post("/api/accounts", {"name": "ann", "password": PASSWORD})
        session = await ann.new_session()
        await ann.send("PUT", f"/api/sessions/{session}/files/main.py", data=b"one\n")
        socket = await open_socket(ann, session)
        await socket.send_json({"type": "open", "path": "main.py"})
        while (opened := await socket.receive_json())["type"] != "opened":
            pass
        changes = [[4, [0, "two"]]]
        await socket.send_json(
            {"type": "push", "doc": opened["doc"], "version": 0, "seq": 1, "changes": changes}
        )
        while (await socket.receive_json())["type"] != "updates":
            pass
        process.send_signal(number)
        async for _ in socket:
            pass
        assert socket.close_code in (4503, 1001)
        output, log = await asyncio.wait_for(process.communicate(), 10)
        assert (process.returncode, output) == (0, b"")
        for event in log.decode().splitlines():
            assert {"at", "level", "from", "event"} <= set(json.loads(event))
        await ann.http.close()
    repository = data / f"{session}.git"
    shown = await asyncio.create_subprocess_exec(
        "git", "-C", repository, "show", "main:main.py", stdout=subprocess.PIPE
    )
    assert (await shown.communicate())[0] == b"one\ntwo"


async def test_set_up_code_is_printed(tmp_path: Path) -> None:
    """Beyond loopback the code for the first account, and a link with it, are on standard error; once used, no more."""
    data = tmp_path / "data"
    async with running(data, "--host", "0.0.0.0", "--tls", "off") as (process, line):  # noqa: S104
        url = line.split()[-1].replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        assert process.stderr is not None
        printed = (await process.stderr.readline()).decode()
        match = re.fullmatch(
            r"Set-up code: (\S+) \(make the first account at (http://\S+/#setup=\S+)\)\n", printed
        )
        assert match, printed
        assert "0.0.0.0" not in match[2]  # noqa: S104
        assert "in the clear" in (await process.stderr.readline()).decode()  # NW11
        browser = Browser(url)
        new = {"name": "ann", "password": PASSWORD, "setup": match[1]}
        assert (await browser.post("/api/accounts", new)).status == 201
        await browser.http.close()
    async with running(data, "--host", "0.0.0.0", "--tls", "off") as (process, _):  # noqa: S104
        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate()
        assert b"Set-up code" not in log
    proxied = ("--host", "0.0.0.0", "--tls", "off", "--trusted-proxy", "10.0.0.1")  # noqa: S104
    async with running(data, *proxied) as (process, _):
        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate()
        assert b"in the clear" not in log


async def test_second_server_is_refused(tmp_path: Path) -> None:
    """JR5: a second server on one data folder ends with status 1 and a sentence."""
    async with running(tmp_path / "data"), running(tmp_path / "data") as (second, line):
        _, log = await second.communicate()
        assert (line, second.returncode) == ("", 1)
        assert b"Traceback" not in log


async def test_no_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """WN9: where the processes for Git cannot be started the server does not start, and says what to do."""
    folder = tmp_path / ("t" * 100)
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    async with running(tmp_path / "data") as (process, line):
        _, log = await process.communicate()
        assert (line, process.returncode) == ("", 1)
        assert b"The processes for Git cannot be started (AF_UNIX path too long)" in log
        assert b"Traceback" not in log


async def test_port_in_use(start: Start, settings: Settings, tmp_path: Path) -> None:
    """An address that cannot be had is a sentence, and leaves the data folder free again."""
    server = await start()
    port = int(server.url.rpartition(":")[2])
    other = dataclasses.replace(settings, data=tmp_path / "other")
    for changes in ({"port": port}, {"host": "no.such.host.invalid"}):
        with pytest.raises(Unavailable, match="Cannot listen on") as refused:
            async with serving(dataclasses.replace(other, **changes)):
                pass
        assert refused.value.code == "cannot_listen"
    async with serving(other):
        pass


async def test_ipv6_address_has_brackets(start: Start) -> None:
    """The line that is printed names an IPv6 address as URLs do."""
    server = await start(host="::1")
    assert re.fullmatch(r"http://\[::1\]:\d+", server.url)
    assert (await server.browser().get("/healthz")).status == 200


async def test_half_a_request(start: Start) -> None:
    """R6: who does not send the head of a request in time is cut off, on a fresh connection and on one used before."""
    server = await start(header_seconds=0.5)
    host, port = server.url.removeprefix("http://").split(":")

    async def cut_off(before: bytes) -> float:
        """The seconds until then."""
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(before)
        if before:
            await reader.readuntil(b"}")
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        began = time.monotonic()
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()
        await writer.wait_closed()
        return time.monotonic() - began

    for before in (b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        assert await cut_off(before) > 0.2


async def test_slow_answers_are_not_cut_off(start: Start) -> None:
    """The time for the head of a request is not one for its answer: a quiet live connection stays."""
    server = await start(header_seconds=0.3)
    ann = await server.sign_up("ann")
    socket = await open_socket(ann, await ann.new_session())
    await asyncio.sleep(1)
    await socket.send_json({"type": "ping"})
    while (await socket.receive_json())["type"] != "pong":
        pass
    await socket.close()


async def test_the_end_does_not_wait_for_long_work(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WN12: a worker in the middle of something long is ended; what it did not commit is in the journal."""
    monkeypatch.setattr(app, "CLOSING_SECONDS", 0.5)
    async with serving(settings) as server:
        work = asyncio.create_task(server.app[keys.REGISTRY].around.workers.write(time.sleep, 3_600))
        await asyncio.sleep(0.5)
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError, Unavailable):
        await work


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


async def test_tls(start: Start, certificate: tuple[Path, Path]) -> None:
    """A11, S1: with TLS the cookie is `__Host-` and Secure, also when it is taken away; a plain page does not reach in."""
    server = await start(tls=f"{certificate[0]},{certificate[1]}")
    assert server.url.startswith("https://")
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    ann = Browser(server.url)
    made = await ann.post("/api/accounts", {"name": "ann", "password": PASSWORD}, ssl=trust)
    assert made.status == 201
    cookie = made.headers["Set-Cookie"]
    assert cookie.startswith("__Host-code_together=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert (await ann.get("/api/me", ssl=trust)).status == 200
    plain = {"Origin": server.url.replace("https", "http")}
    assert (await ann.post("/api/logout", headers=plain, ssl=trust)).status == 403
    gone = (await ann.post("/api/logout", headers={"Origin": server.url}, ssl=trust)).headers["Set-Cookie"]
    assert gone.startswith('__Host-code_together=""')
    assert {"Secure", "Path=/", "Max-Age=0"} <= set(gone.split("; "))
    await ann.http.close()


@pytest.mark.parametrize("tls", ["on", "missing.pem,missing.pem"])
async def test_bad_tls_files(settings: Settings, tls: str) -> None:
    """What cannot be used for TLS is refused with a sentence before anything is opened."""
    with pytest.raises(Unprocessable) as refused:
        async with serving(dataclasses.replace(settings, tls=tls)):
            pass
    assert refused.value.code == "bad_tls"
    assert not settings.data.exists()
