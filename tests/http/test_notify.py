from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from code_together.http.notify import notify


@pytest.mark.parametrize("name", ["file", "@abstract"])
async def test_systemd_is_told(tmp_path: Path, name: str) -> None:
    """OB4: systemd hears that the server is ready when it takes requests, and that it stops when it was told to."""
    where = str(tmp_path / "notify") if name == "file" else f"@code-together-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(where.replace("@", "\0") if name != "file" else where)
        systemd.settimeout(30)
        server = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "code_together",
                "serve",
                "--port",
                "0",
                "--data",
                str(tmp_path / "data"),
            ),
            env={**os.environ, "NOTIFY_SOCKET": where},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert server.stdout is not None
            assert await asyncio.to_thread(systemd.recv, 100) == b"READY=1"
            line = await server.stdout.readline()
            assert line.startswith(b"Serving on ")
            server.terminate()
            assert await asyncio.to_thread(systemd.recv, 100) == b"STOPPING=1"
            await asyncio.wait_for(server.communicate(), 20)
            assert server.returncode == 0
        finally:
            if server.returncode is None:
                server.kill()
                await server.communicate()


@pytest.mark.parametrize("where", ["", "relative", "/nowhere/at/all", "@nobody-listens-here"])
def test_nobody_to_tell(where: str) -> None:
    """OB4: without systemd, or one that does not listen, nothing happens."""
    notify(where, "READY=1")
