"""What is shipped: a wheel that serves the web interface without Node."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "server" / "code_together" / "static" / "index.html"


@pytest.mark.skipif(not STATIC.exists(), reason="the web interface is not built: make test builds it")
def test_the_wheel_serves_without_node(tmp_path: Path) -> None:
    """A wheel holds the pages; installed, it serves them on a machine that has no Node."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            ".",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            tmp_path,
        ],
        cwd=ROOT,
        check=True,
    )
    (wheel,) = tmp_path.glob("code_together-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for hook in ("pre-receive", "proc-receive"):
            assert archive.getinfo(f"code_together/git/hooks/{hook}").external_attr >> 16 & 0o111 == 0o111
        archive.extractall(tmp_path / "installed")
    assert (tmp_path / "installed" / "code_together" / "py.typed").exists()
    git = Path(subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout).parent
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "PATH": str(git)}
    server = subprocess.Popen(
        [sys.executable, "-m", "code_together", "serve", "--data", tmp_path / "data", "--port", "0"],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        cwd=tmp_path,
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().removeprefix("Serving on ").strip()
        page = urllib.request.urlopen(url, timeout=10).read().decode()  # noqa: S310
        assert '<div id="app">' in page
        script = page.split('src="')[1].split('"')[0]
        assert urllib.request.urlopen(url + script, timeout=10).status == 200  # noqa: S310
    finally:
        server.terminate()
        assert server.wait(15) == 0
        assert server.stdout is not None
        server.stdout.close()
