"""The server as a process of its own, to be stopped, killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import ClassVar

_PATIENCE = 30.0


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class ServerProcess:
    """`code-together serve` on one data folder and one port, for as many lives as it takes. Its calls block."""

    made: ClassVar[weakref.WeakSet[ServerProcess]] = weakref.WeakSet()

    def __init__(self, data: Path, **settings: object) -> None:
        self.made.add(self)
        self.data = data
        self.port = free_port()
        self.url = f"{'http' if settings.get('tls', 'off') == 'off' else 'https'}://127.0.0.1:{self.port}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CODE_TOGETHER_")},
            "CODE_TOGETHER_BCRYPT_COST": "4",
            "CODE_TOGETHER_WINDOW_PAUSE": "0.3",
            "CODE_TOGETHER_NAME": "code.test",
            **{f"CODE_TOGETHER_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._log = data.parent / "server.log"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> float:
        """Starts it and waits for the serving line; gives the seconds that took."""
        begun = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "code_together",
                    "serve",
                    "--data",
                    self.data,
                    "--port",
                    str(self.port),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line == f"Serving on {self.url}\n", f"{line!r}, log: {self.log[-2000:]}"
        return time.monotonic() - begun

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def dead(self) -> bool:
        """Whether it has ended by itself, or been ended by somebody else."""
        assert self._process is not None
        return self._process.poll() is not None

    def kill(self) -> None:
        """SIGKILL, as a crash."""
        assert self._process is not None
        self._process.kill()
        self.wait()

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def end(self) -> None:
        """Nothing of it is left, whatever a test has done."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self.wait()

    def wait(self) -> int:
        assert self._process is not None
        status = self._process.wait(_PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status

    @property
    def log(self) -> str:
        return self._log.read_text()
