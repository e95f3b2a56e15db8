"""`serve`: what it refuses, where it listens, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from code_together.config import Settings
from code_together.storage.database import Database
from tests.cli.shell import COMMAND, refused, run

EVERY = "0.0.0.0"  # noqa: S104


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (["--lan", "--host", "127.0.0.1"], {}, "--lan is for the whole network, and --host 127.0.0.1 for"),
        (["--lan"], {"CODE_TOGETHER_HOST": "localhost"}, "--host localhost for this machine alone"),
        ([], {"CODE_TOGETHER_LAN": "maybe"}, "'--lan'"),
        (["--tls", "on"], {}, "it takes auto, off, or CERT,KEY"),
        (["--tls", "cert.pem"], {}, "CERT,KEY"),
        (["--tls", "nowhere.pem,nokey.pem"], {}, "nowhere.pem, and there is no such file"),
        (["--port", "99999"], {}, "'--port'"),
        (["--port", "http"], {}, "'--port'"),
        ([], {"CODE_TOGETHER_PORT": "http"}, "CODE_TOGETHER_PORT"),
        (["--registration", "never"], {}, "'--registration'"),
        ([], {"CODE_TOGETHER_WINDOW_PAUSE": "soon"}, "CODE_TOGETHER_WINDOW_PAUSE is 'soon'"),
        ([], {"CODE_TOGETHER_BCRYPT_COST": "99"}, "CODE_TOGETHER_BCRYPT_COST"),
        ([], {"CODE_TOGETHER_REGISTRATON": "closed"}, "Is CODE_TOGETHER_REGISTRATION meant?"),
        (
            [],
            {"CODE_TOGETHER_XYZZY": "1"},
            "CODE_TOGETHER_XYZZY is in the environment, and is no setting. Take it out.",
        ),
        # as Kubernetes makes them for a service that is named code-together
        ([], {"CODE_TOGETHER_SERVICE_HOST": "10.0.0.7"}, "CODE_TOGETHER_SERVICE_HOST is in the environment"),
        ([], {"CODE_TOGETHER_PORT": "tcp://10.0.0.7:8080"}, "CODE_TOGETHER_PORT"),
        (["--nonsense"], {}, "--nonsense"),
        (["--data", __file__], {}, "'--data'"),
    ],
)
def test_bad_options(arguments: list[str], environment: dict[str, str], sentence: str) -> None:
    """Bad options: exit 2 and a sentence that names the option, and no server."""
    refused(run("serve", *arguments, **environment), 2, sentence)


@pytest.mark.parametrize(
    ("arguments", "environment", "host", "tls", "lan"),
    [
        ([], {}, "127.0.0.1", "off", False),
        (["--host", "::1"], {}, "::1", "off", False),
        (["--tls", "auto"], {}, "127.0.0.1", "auto", False),
        (["--host", EVERY], {}, EVERY, "auto", False),
        (["--host", EVERY, "--tls", "off"], {}, EVERY, "off", False),
        ([], {"CODE_TOGETHER_HOST": "192.168.1.5"}, "192.168.1.5", "auto", False),
        ([], {"CODE_TOGETHER_HOST": "::", "CODE_TOGETHER_TLS": "off"}, "::", "off", False),
        (["--lan"], {}, EVERY, "auto", True),
        (["--lan", "--host", "192.168.1.5"], {}, "192.168.1.5", "auto", True),
        (["--lan", "--tls", "off"], {}, EVERY, "off", True),
        ([], {"CODE_TOGETHER_LAN": "1"}, EVERY, "auto", True),
        ([], {"CODE_TOGETHER_TOKEN": "x", "CODE_TOGETHER_ONCE": "1"}, "127.0.0.1", "off", False),
    ],
)
def test_encrypted_beyond_loopback(
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    environment: dict[str, str],
    host: str,
    tls: str,
    lan: bool,
) -> None:
    """NW1: beyond loopback the server encrypts unless it is told not to; --lan is every address."""
    from code_together.http import app

    given: list[Settings] = []
    monkeypatch.setattr(app, "run", lambda settings, _: given.append(settings) or 0)
    assert run("serve", *arguments, **environment).exit_code == 0
    (settings,) = given
    assert (settings.host, settings.tls, settings.lan) == (host, tls, lan)


def test_second_server(data: Path) -> None:
    """JR5: a second server on a data folder ends with status 1 and a sentence that names the first."""
    first = Database.open(data)
    first.describe_lock("http://127.0.0.1:8080")
    second = subprocess.run(
        [*COMMAND, "serve", "--data", data, "--port", "0"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    first.close()
    assert second.returncode == 1
    assert f"in use by another server (pid {os.getpid()}, http://127.0.0.1:8080)" in second.stderr
    assert "Traceback" not in second.stderr
    assert second.stdout == ""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_serve(data: Path, how: signal.Signals) -> None:
    """The server says where it is to be found, in one line, and leaves with status 0 when it is asked to."""
    with subprocess.Popen(
        [*COMMAND, "serve", "--data", data, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        try:
            line = server.stdout.readline()
            assert re.fullmatch(r"Serving on http://127\.0\.0\.1:\d+\n", line)
            assert f"pid {server.pid}" in (data / "lock").read_text()
            server.send_signal(how)
            rest, _ = server.communicate(timeout=10)
        finally:
            server.kill()
    assert server.returncode == 0
    assert rest == ""
