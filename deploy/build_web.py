"""Puts the built web interface into wheels (`setup.cfg`, `cmdclass`), so that whoever installs one needs no Node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent.parent
BUILT = ROOT / "server" / "code_together" / "static" / "index.html"


class BuildWeb(build_py):
    """Builds the web interface first, unless it has been built (`make web`) or the package is installed editable."""

    def run(self) -> None:
        if not self.editable_mode and not BUILT.exists():
            npm = shutil.which("npm")
            if npm is None:
                raise SystemExit(
                    "The web interface is not built and there is no npm to build it: run make web first."
                )
            subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=ROOT / "web", check=True)
            subprocess.run([npm, "run", "build"], cwd=ROOT / "web", check=True)
        super().run()
