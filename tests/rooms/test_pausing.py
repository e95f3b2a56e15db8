"""server/code_together/rooms/pausing.py"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from code_together.errors import Unavailable
from code_together.rooms.pausing import Pausing

WRITER = "i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo $i > {file}; sleep 0.01; done; echo done"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while True:
            if true():
                return
            await asyncio.sleep(0.01)


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "gone"


async def test_stands_still_and_goes_on(tmp_path: Path) -> None:
    """UK4: a command does nothing while it has to stand still, and ends as it would have."""
    file = tmp_path / "file"
    still = False
    pausing = Pausing(lambda: still, 30)
    running = asyncio.create_task(pausing.run(["sh", "-c", WRITER.format(file=file)], dict(os.environ), b""))
    await until(file.exists)
    still = True
    await asyncio.sleep(0.5)
    stood = file.read_text()
    await asyncio.sleep(1)
    assert file.read_text() == stood != "60\n"
    assert not running.done()
    still = False
    assert await running == "done\n"


async def test_only_the_time_in_which_it_runs_counts(tmp_path: Path) -> None:
    """UK4: the limit of time is one of running; standing still is not counted, and a command that runs too long is ended."""
    begun = time.monotonic()
    pausing = Pausing(lambda: time.monotonic() - begun < 1, 0.6)
    assert await pausing.run(["sleep", "0.1"], dict(os.environ), b"") == ""
    with pytest.raises(TimeoutError):
        await pausing.run(["sleep", "60"], dict(os.environ), b"")


async def test_failing() -> None:
    """UK3: what a command complains of is told."""
    with pytest.raises(Unavailable, match="git ended with 3: no"):
        await Pausing(lambda: False, 30).run(["sh", "-c", "echo no >&2; exit 3"], dict(os.environ), b"")


async def test_cancelled_while_it_stands_still(tmp_path: Path) -> None:
    """UK3: with its room a process ends that stands still."""
    file = tmp_path / "pid"
    still = False
    pausing = Pausing(lambda: still, 30)
    command = ["sh", "-c", f"echo $$ > {file}; exec sleep 60"]
    running = asyncio.create_task(pausing.run(command, dict(os.environ), b""))
    await until(lambda: file.exists() and file.read_text().endswith("\n"))
    pid = int(file.read_text())
    still = True
    await until(lambda: state(pid) == "T")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert state(pid) in ("gone", "Z")


SERVER = """
import asyncio, os, pathlib, signal
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup the command goes on to its end
from code_together.rooms.pausing import Pausing
file = pathlib.Path({file!r})
asyncio.run(Pausing(file.exists, 30).run(["sh", "-c", "echo $$ > {file}; exec sleep 60"], dict(os.environ), b""))
"""


async def test_killed_server(tmp_path: Path) -> None:
    """UK3: of a server that is killed no process stays that stands still."""
    file = tmp_path / "pid"
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER.format(file=str(file)), start_new_session=True
    )
    try:
        await until(lambda: file.exists() and file.read_text().endswith("\n"))
        pid = int(file.read_text())
        await until(lambda: state(pid) == "T")
    finally:
        server.kill()
    await server.wait()
    await until(lambda: state(pid) in ("gone", "Z"))
