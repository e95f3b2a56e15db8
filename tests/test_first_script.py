"""What a browser loads before a session's page shows anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import code_together

ASSETS = Path(code_together.__file__).parent / "static" / "assets"
MOST = 200_000  # bytes, compressed


def scripts(*first: Path) -> set[Path]:
    """These and all that they import before they begin."""
    found: set[Path] = set()
    waiting = list(first)
    while waiting:
        script = waiting.pop()
        if script not in found:
            found.add(script)
            names = re.findall(r"""(?:from|import)\s*"\./([^"]+\.js)\"""", script.read_text())
            waiting += [ASSETS / name for name in names]
    return found


@pytest.mark.skipif(not ASSETS.exists(), reason="the web interface is not built")
def test_the_first_scripts_of_a_session() -> None:
    """PN9: what comes before a session's page is there is small; the editor and everything else come beside it or later."""
    page = (ASSETS.parent / "index.html").read_text()
    entry = [ASSETS / name for name in re.findall(r'src="/assets/([^"]+\.js)"', page)]
    views = [next(ASSETS.glob(f"{name}-*.js")) for name in ("SessionView", "WorkspaceView")]
    assert entry
    found = scripts(*entry, *views)
    assert len(found) > 10
    bytes = sum(script.with_name(f"{script.name}.gz").stat().st_size for script in found)
    assert bytes < MOST
