"""Servers that are programs of their own and hold a data folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SERVER = """
import sys, time
from pathlib import Path
from code_together.storage.database import Database
database = Database.open(Path(sys.argv[1]))
database.describe_lock("http://127.0.0.1:8080")
print("open", flush=True)
time.sleep(60)
"""


def serve(folder: Path, program: str = SERVER) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    return child


def stop(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()
