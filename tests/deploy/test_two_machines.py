"""A server, and somebody who visits it, on two machines of a network that has nothing else: no internet, no names, no avahi."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def ip(*words: str) -> bool:
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0


@pytest.fixture
def machines() -> Iterator[tuple[list[str], list[str]]]:
    """What to put in front of a command to run it on the one machine, and on the other; a cable joins them."""
    names = [f"ct-{os.getpid()}-{side}" for side in "ab"]
    cables = [f"ct{os.getpid() % 100_000}{side}" for side in "ab"]
    try:
        made = all(ip("netns", "add", name) for name in names) and ip(
            *("link", "add", cables[0], "type", "veth", "peer", "name", cables[1])
        )
        for number, (name, cable) in enumerate(zip(names, cables, strict=True), 1):
            made = (
                made
                and ip("link", "set", cable, "netns", name)
                and ip("-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", cable)
                and ip("-n", name, "link", "set", cable, "up")
                and ip("-n", name, "link", "set", "lo", "up")
            )
        if not made:
            pytest.skip("only root makes machines of its own, where the kernel lets it")
        yield ["ip", "netns", "exec", names[0]], ["ip", "netns", "exec", names[1]]
    finally:
        for name in names:
            ip("netns", "delete", name)


async def test_from_nothing(machines: tuple[list[str], list[str]], tmp_path: Path) -> None:
    """NW1–NW6: with what the terminal shows a stranger finds the server by its announcement, knows its authority by the fingerprint,
    makes the first account, writes, and clones, all of it encrypted and without internet."""
    here, there = machines
    server = await asyncio.create_subprocess_exec(
        *here,
        *(sys.executable, "-m", "code_together", "serve", "--lan", "--data", str(tmp_path / "data")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "CODE_TOGETHER_BCRYPT_COST": "4", "PYTHONIOENCODING": "utf-8"},
    )
    assert server.stdout is not None
    assert server.stderr is not None
    try:
        line = (await asyncio.wait_for(server.stdout.readline(), 40)).decode()
        assert line == "Serving on https://0.0.0.0:8080\n"
        shown = ""
        async with asyncio.timeout(40):
            while "Also under its name" not in shown:
                shown += (await server.stderr.readline()).decode()
        assert "  https://10.77.0.1:8080\n" in shown
        fingerprint = re.search(r"SHA-256 fingerprint: ([0-9A-F:]+)", shown)
        code = re.search(r"make the first account at https://10\.77\.0\.1:8080/#setup=(\S+)\)", shown)
        assert fingerprint
        assert code
        visitor = await asyncio.create_subprocess_exec(
            *there,
            *(sys.executable, "-m", "tests.deploy.visitor", fingerprint[1], code[1], str(tmp_path)),
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        said, _ = await asyncio.wait_for(visitor.communicate(), 100)
        assert visitor.returncode == 0
        found = json.loads(said)
        assert (found["url"], found["name"]) == ("https://10.77.0.1:8080", "code-together.local")
        assert f"Also under its name: https://{found['name']}:8080" in shown
        assert (found["admin"], found["greeting"], found["named"]) == (True, "welcome", 200)
        assert found["cloned"] == "one\n"
        assert found["clone_url"].startswith("https://10.77.0.1:8080/git/")
        server.terminate()
        await asyncio.wait_for(server.communicate(), 20)
        assert server.returncode == 0
    finally:
        with suppress(ProcessLookupError):
            server.kill()
        await server.wait()
