"""Git processes beside the server: none outlives what it was started for."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def running(
    argv: list[str],
    environment: dict[str, str],
    *,
    descriptors: tuple[int, ...] = (),
    bounds: Mapping[int, int] | None = None,
) -> AsyncIterator[Process]:
    """A command in a process group of its own, of which nothing is left afterwards.

    `descriptors` are what it gets beside its standard ones, which are pipes; `bounds`: limits of it and its children, as for `resource.setrlimit`.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        env=environment,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
        cwd="/",
        pass_fds=descriptors,
    )
    try:
        # Nothing has been written to it yet. Only Linux can bound another process.
        if hasattr(resource, "prlimit"):
            for bound, most in (bounds or {}).items():
                with suppress(ProcessLookupError):
                    resource.prlimit(process.pid, bound, (most, most))
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(
            process.communicate()
        )  # reads what is left in the pipes, so that they are closed
