"""The server as a process of its own, to be stopped, killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class ServerProcess:
    """`code-together serve` on one data folder and one port, for as many lives as it takes."""

    def __init__(self, data: Path, **settings: object) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CODE_TOGETHER_")},
            "CODE_TOGETHER_BCRYPT_COST": "4",
            "CODE_TOGETHER_WINDOW_PAUSE": "0.3",
            "CODE_TOGETHER_NAME": "code.test",
            **{f"CODE_TOGETHER_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._log = data.parent / "server.log"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Starts it and waits for the serving line; gives the seconds that took."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "code_together", "serve", "--data", str(self.data), "--port", str(self.port),
                stdout=asyncio.subprocess.PIPE, stderr=log, env=self._environment,
            )  # fmt: skip
        assert self.process.stdout is not None
        line = (await asyncio.wait_for(self.process.stdout.readline(), 30)).decode()
        assert line == f"Serving on {self.url}\n", f"{line!r}, log: {self._log.read_text()[-2000:]}"
        return loop.time() - begun

    async def kill(self) -> None:
        """SIGKILL, as a crash."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 15)

    @property
    def log(self) -> str:
        return self._log.read_text()
