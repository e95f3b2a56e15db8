"""The systemd unit, by systemd's own judgement, and what it takes from the server."""

from __future__ import annotations

import ctypes
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.deploy.fronts import DEPLOY, lint, program

_PR_SET_MDWE = 65
_PR_MDWE_REFUSE_EXEC_GAIN = 1


PROGRAM = "/opt/code-together/bin/code-together"
BACKUPS = "/var/lib/code-together-backups"


@pytest.fixture(params=["code-together", "code-together-backup"])
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The unit with a program that this machine has."""
    text = (DEPLOY / f"{request.param}.service").read_text()
    assert PROGRAM in text
    file = tmp_path / f"{request.param}.service"
    file.write_text(text.replace(PROGRAM, shutil.which("true") or "/bin/true"))
    return file


def test_systemd_finds_it_good(unit: Path) -> None:
    """deploy/*.service: systemd knows every line of them."""
    assert lint([program("systemd-analyze"), "verify", "--man=no", str(unit)]) == ""


def test_systemd_finds_the_timer_good(tmp_path: Path) -> None:
    """deploy/code-together-backup.timer: systemd knows every line of it, and when it comes."""
    path = program("systemd-analyze")
    timer = (DEPLOY / "code-together-backup.timer").read_text()
    (tmp_path / "code-together-backup.timer").write_text(timer)
    service = (DEPLOY / "code-together-backup.service").read_text()
    (tmp_path / "code-together-backup.service").write_text(service.replace(PROGRAM, "/bin/true"))
    assert lint([path, "verify", "--man=no", str(tmp_path / "code-together-backup.timer")]) == ""
    (when,) = re.findall(r"^OnCalendar=(.*)$", timer, re.MULTILINE)
    lint([path, "calendar", when])


def test_nightly_backup(tmp_path: Path) -> None:
    """The commands of the backup unit make a backup with the date in its name, and remove those that are older than thirty days."""
    service = (DEPLOY / "code-together-backup.service").read_text()
    backups = tmp_path / "backups"
    backups.mkdir()
    for name, days in (("old", 40), ("young", 20)):
        (backups / f"{name}.backup").touch()
        os.utime(backups / f"{name}.backup", (time.time() - days * 86_400,) * 2)
    (backups / "notes.txt").touch()
    os.utime(backups / "notes.txt", (0, 0))
    shim = tmp_path / "code-together"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m code_together "$@"\n')
    shim.chmod(0o700)
    environment = {
        **os.environ,
        "CODE_TOGETHER_DATA": str(tmp_path / "data"),
        "CODE_TOGETHER_BCRYPT_COST": "4",
    }
    made = [str(shim), "user", "add", "ann", "--password-stdin"]
    subprocess.run(made, input="four teal kites\n", text=True, env=environment, check=True)
    for line in re.findall(r"^ExecStart(?:Post)?=(.*)$", service, re.MULTILINE):
        command = line.replace("%%", "%").replace(PROGRAM, str(shim)).replace(BACKUPS, str(backups))
        subprocess.run(shlex.split(command), env=environment, check=True, timeout=60)
    left = sorted(path.name for path in backups.iterdir())
    assert len(left) == 3
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d{6}\.backup", left[0])
    assert left[1:] == ["notes.txt", "young.backup"]
    assert (backups / left[0]).stat().st_mode & 0o777 == 0o600


def test_hardened(unit: Path) -> None:
    """S6: by systemd's measure the service is exposed to little: below 2 of 10."""
    path = program("systemd-analyze")
    said = lint([path, "security", "--offline=true", "--no-pager", str(unit)])
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert level, said
    assert float(level[1]) < 2


def _without_new_code() -> None:
    """As MemoryDenyWriteExecute=yes: no memory becomes code."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_MDWE, _PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0):
        os._exit(77)


def test_no_memory_becomes_code(tmp_path: Path) -> None:
    """S6: all that the server loads works where no memory may become code, passwords, texts, repositories and TLS included."""
    program_text = (
        "import asyncio, dataclasses, pathlib, sys\n"
        "from code_together.config import Settings\n"
        "from code_together.http.app import serving\n"
        "from tests.conftest import Browser, PASSWORD\n"
        "async def main():\n"
        "    data = pathlib.Path(sys.argv[1])\n"
        "    async with serving(Settings(data=data, port=0, bcrypt_cost=4, tls='auto')) as server:\n"
        "        ann = Browser(server.url, data / 'tls' / 'ca.crt')\n"
        "        await ann.post('/api/accounts', {'name': 'ann', 'password': PASSWORD})\n"
        "        session = await ann.new_session()\n"
        "        await ann.send('PUT', f'/api/sessions/{session}/files/a.py', data=b'x = 1\\n')\n"
        "        answer = await ann.get(f'/api/sessions/{session}/texts/a.py')\n"
        "        await ann.http.close()\n"
        "        print(answer.status)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program_text, str(tmp_path / "data")],
        cwd=DEPLOY.parent,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=_without_new_code,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip("this kernel has no such rule")
    assert (done.returncode, done.stdout) == (0, "200\n"), done.stderr
