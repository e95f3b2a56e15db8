"""Which repositories are being pushed into; and that nothing stays of pushes that died (PU7).

Git lays what is pushed apart in a folder of the repository and takes it away itself, unless it is killed: because the client went away, the push took
too long, or the server ended.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from code_together.git import recovery


class Receiving:
    """The pushes of one server."""

    def __init__(self) -> None:
        self._running: Counter[Path] = Counter()
        self._sweeping = asyncio.Lock()

    @asynccontextmanager
    async def push(self, repository: Path) -> AsyncIterator[None]:
        """As long as git may write what is pushed. When the last push ends, what any of them left is removed."""
        async with self._sweeping:
            self._running[repository] += 1
        try:
            yield
        finally:
            self._running[repository] -= 1
            async with self._sweeping:
                if not self._running[repository]:
                    del self._running[repository]
                    await asyncio.to_thread(recovery.sweep, str(repository))

    def into(self, repository: Path) -> bool:
        """Whether somebody pushes into a repository just now."""
        return self._running[repository] > 0

    async def sweep_all(self, repositories: Path) -> None:
        """Removes what pushes left in any of them. Before the first push."""
        await asyncio.to_thread(_sweep_all, repositories)


def _sweep_all(repositories: Path) -> None:
    for repository in repositories.glob("*.git"):
        recovery.sweep(str(repository))
