"""Git processes that stand still while people need the machine, and go on afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from subprocess import PIPE, Popen
from time import monotonic

from code_together.errors import Unavailable

STEP = 0.02  # seconds between looks whether it is to stand still


class Pausing:
    """Runs commands one after the other; together they may run for `seconds`, in which they do not stand still.

    `stands` says whether they are to stand still. `TimeoutError` ends them.
    """

    def __init__(self, stands: Callable[[], bool], seconds: float) -> None:
        self._stands = stands
        self._left = seconds

    async def run(self, argv: list[str], environment: dict[str, str], said: bytes) -> str:
        """What the command says. Raises `Unavailable` (`not_packed`) if it fails, `TimeoutError`."""
        await self.turn()
        # In a process group of its own, which the event loop cannot make, and in the server's session: when the server dies
        # the system ends a group that stands still in it, where it would leave another one for ever.
        beginning = asyncio.ensure_future(asyncio.to_thread(_begin, argv, environment))
        try:
            process = await asyncio.shield(beginning)
        except asyncio.CancelledError:
            await asyncio.to_thread(_end, await beginning)  # nobody else knows of it
            raise
        talking = asyncio.ensure_future(asyncio.to_thread(process.communicate, said))
        try:
            await self._until(talking, process.pid)
        finally:
            if not talking.done():
                _kill(process)
            out, complaint = await asyncio.shield(talking)
        if process.returncode:
            raise Unavailable(
                f"git ended with {process.returncode}: {complaint.decode(errors='replace')[:1_000]}",
                code="not_packed",
            )
        return out.decode()

    async def turn(self) -> None:
        """Waits until nothing has to stand still."""
        while True:
            if not self._stands():
                return
            await asyncio.sleep(STEP)

    async def _until(self, end: asyncio.Future[tuple[bytes, bytes]], group: int) -> None:
        """Stops the process group and lets it go on, until the end."""
        stopped = False
        looked = monotonic()
        while self._left > 0:
            if self._stands() != stopped:
                stopped = not stopped
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGSTOP if stopped else signal.SIGCONT)
            await asyncio.wait({end}, timeout=STEP)
            if end.done():
                return
            now = monotonic()
            if not stopped:
                self._left -= now - looked
            looked = now
        raise TimeoutError


def _begin(argv: list[str], environment: dict[str, str]) -> Popen[bytes]:
    return Popen(argv, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd="/", process_group=0)


def _kill(process: Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _end(process: Popen[bytes]) -> None:
    _kill(process)
    process.communicate()
