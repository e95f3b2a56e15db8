"""What the image is made of, as far as one sees it without Docker, and its health check against a real server."""

from __future__ import annotations

import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from code_together.http.certificates import Place, certify, now
from tests.deploy.fronts import DEPLOY
from tests.process import ServerProcess

ROOT = DEPLOY.parent
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def check(data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, DEPLOY / "healthcheck.py"],
        env={"CODE_TOGETHER_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_health_check(tmp_path: Path) -> None:
    """The health check finds the server by its data folder, and is unwell as soon as that does not answer."""
    assert check(tmp_path / "data").returncode == 1
    server = ServerProcess(tmp_path / "data")
    server.start()
    try:
        assert check(tmp_path / "data").returncode == 0
    finally:
        server.stop()
    stopped = check(tmp_path / "data")
    assert stopped.returncode == 1
    assert "Traceback" not in stopped.stderr


def test_health_check_by_tls(tmp_path: Path) -> None:
    """The health check takes the server's own certificate for what it is: its own."""
    certified = certify(tmp_path / "tls", Place.of([], []), now())
    server = ServerProcess(tmp_path / "data", tls=f"{certified.server},{certified.server}")
    server.start()
    try:
        assert check(tmp_path / "data").returncode == 0
    finally:
        server.stop()


def test_not_root() -> None:
    """S6: the image runs as somebody who is not root, and its data is a volume."""
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER code-together\n" in last
    assert last.index("USER code-together") < last.index("ENTRYPOINT")
    assert "\nVOLUME /data\n" in last


def copied() -> list[str]:
    sources = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    return [source for line in sources for source in line.split() if source != "."]


@pytest.mark.parametrize("source", copied())
def test_files_of_the_image_are_there(source: str) -> None:
    """What the Dockerfile copies is there, and .dockerignore lets it in."""
    assert (ROOT / source).exists()
    rules = (ROOT / ".dockerignore").read_text().split()
    let_in = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    assert any(source == rule or source.startswith(f"{rule}/") for rule in let_in)
    kept_out = [rule for rule in rules[1:] if not rule.startswith("!")]
    assert not any(fnmatch(source, rule) for rule in kept_out)


def test_what_a_wheel_needs_is_let_in() -> None:
    """The image's package is made of what MANIFEST.in and setup.cfg name."""
    rules = (ROOT / ".dockerignore").read_text().split()
    for name in (
        "setup.cfg",
        "pyproject.toml",
        "MANIFEST.in",
        "README.md",
        "LICENSE",
        "NOTICE",
        "server/code_together",
    ):
        assert f"!{name}" in rules
        assert (ROOT / name).exists()
