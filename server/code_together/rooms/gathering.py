"""Things that happen often and are told together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Gathering:
    """Calls `tell` in the room's turn, `pause()` seconds after the first `ask` since it last did."""

    def __init__(
        self,
        pause: Callable[[], float],
        post: Callable[[Callable[[], None]], None],
        tell: Callable[[], None],
    ) -> None:
        self._pause = pause
        self._post = post
        self._tell = tell
        self._timer: asyncio.TimerHandle | None = None

    @property
    def due(self) -> bool:
        """Whether something is to be told."""
        return self._timer is not None

    def ask(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._pause(), self._post, self._due)

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        self._tell()
