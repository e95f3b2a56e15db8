"""Git's smart HTTP: a clone or fetch is answered by `git upload-pack`, one process a request (GT1 to GT4).

The form of the exchange is that of git's own gitprotocol-http and http-backend.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from code_together.errors import Malformed, NotAllowed, NotFound, TooLarge, Unavailable
from code_together.git import transport
from code_together.http.access import GRANT
from code_together.http.keys import SETTINGS

log = logging.getLogger(__name__)

CLONES = web.AppKey("clones", asyncio.Semaphore)
"""How many git processes may run for clones at once."""

_CHUNK = 64 * 1024
_COMPLAINT = 4_000  # how much of what git says on standard error goes into the log
_LOOK = 0.25  # seconds between looks whether the client is still there
_NO_PUSH = "This server does not take pushes yet. Write in the browser: every edit there becomes a commit that you can pull."


async def advertise(request: web.Request) -> web.StreamResponse:
    """The first request of a clone, fetch or push. What is open is committed before a clone is answered."""
    service = request.query.getall("service", [])
    if service == ["git-receive-pack"]:
        raise NotAllowed(_NO_PUSH, code="no_push")
    if service != ["git-upload-pack"]:
        raise NotFound("Only git's smart protocol is served here; use a newer git.")
    room = await request[GRANT].room()
    await room.before_clone()
    if request.method == "HEAD":
        return web.Response(content_type="application/x-git-upload-pack-advertisement")
    protocol = request.headers.get("Git-Protocol")
    command = transport.upload_pack(str(room.repository), advertise=True, protocol=protocol)
    # git-http-backend leaves this head out in version 2
    head = b"" if command[1].get("GIT_PROTOCOL") == "version=2" else b"001e# service=git-upload-pack\n0000"
    return await _answer(request, *command, "application/x-git-upload-pack-advertisement", head)


async def upload_pack(request: web.Request) -> web.StreamResponse:
    room = await request[GRANT].room()
    protocol = request.headers.get("Git-Protocol")
    command = transport.upload_pack(str(room.repository), advertise=False, protocol=protocol)
    return await _answer(request, *command, "application/x-git-upload-pack-result")


async def receive_pack(request: web.Request) -> web.StreamResponse:
    raise NotAllowed(_NO_PUSH, code="no_push")


async def _answer(
    request: web.Request, argv: list[str], environment: dict[str, str], content_type: str, head: bytes = b""
) -> web.StreamResponse:
    """Runs the command with the request's body as its input, and sends what it says.

    Raises `TooLarge`, `Malformed` when git refuses the request without a word, `Unavailable` when it takes too long.
    """
    settings = request.app[SETTINGS]
    if (request.content_length or 0) > settings.git_request_bytes:
        raise _too_large(settings.git_request_bytes)
    try:
        async with (
            request.app[CLONES],
            asyncio.timeout(settings.git_seconds),
            _running(argv, environment) as process,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(_feed(request, process, settings.git_request_bytes))
            complaint = tasks.create_task(_complaint(process))
            watch = tasks.create_task(_watch(request))
            response = await _send(request, process, content_type, head, complaint)
            watch.cancel()
    except TimeoutError:
        raise Unavailable(
            f"Git took longer than {settings.git_seconds:.0f} s and was stopped.", code="git_too_slow"
        ) from None
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
    return response


@asynccontextmanager
async def _running(argv: list[str], environment: dict[str, str]) -> AsyncIterator[Process]:
    """The command in a process group of its own, of which nothing is left afterwards."""
    process = await asyncio.create_subprocess_exec(
        *argv, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True, cwd="/"
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(
            process.communicate()
        )  # reads what is left in the pipes, so that they are closed


async def _feed(request: web.Request, process: Process, longest: int) -> None:
    """Hands the body on; aiohttp has inflated it, so that what is counted is what git gets (GT4)."""
    assert process.stdin is not None
    length = 0
    async for chunk in request.content.iter_chunked(_CHUNK):
        length += len(chunk)
        if length > longest:
            raise _too_large(longest)
        with suppress(ConnectionError):  # git has ended; its answer says why
            process.stdin.write(chunk)
            await process.stdin.drain()
    process.stdin.close()


async def _send(
    request: web.Request, process: Process, content_type: str, head: bytes, complaint: asyncio.Task[bytes]
) -> web.StreamResponse:
    assert process.stdout is not None
    response = web.StreamResponse(headers={"Content-Type": content_type})
    chunk = await process.stdout.read(_CHUNK)
    if not chunk:
        status = await process.wait()
        fields = {"status": status, "git": (await complaint).decode(errors="replace")}
        log.warning("git refused a request", extra={"fields": fields})
        raise Malformed("Git could not answer this request.", code="bad_git_request")
    await response.prepare(request)
    await response.write(head)
    while chunk:
        await response.write(chunk)
        chunk = await process.stdout.read(_CHUNK)
    await response.write_eof()
    return response


async def _complaint(process: Process) -> bytes:
    assert process.stderr is not None
    said = b""
    while chunk := await process.stderr.read(_CHUNK):
        said = (said + chunk)[:_COMPLAINT]
    return said


async def _watch(request: web.Request) -> None:
    """Raises when the client has gone: git may compute for minutes without writing what would tell."""
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(_LOOK)
    raise ConnectionResetError("the client is gone")


def _too_large(longest: int) -> TooLarge:
    return TooLarge(f"A request of git may have {longest:,} bytes.")
