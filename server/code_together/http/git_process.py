"""A git process that answers an HTTP request: its input is the request's body, its output the answer (GT4)."""

from __future__ import annotations

import asyncio
import logging
from asyncio.subprocess import Process
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from code_together.errors import Malformed, TooLarge, Unavailable
from code_together.git.retelling import Retelling
from code_together.http.keys import SETTINGS
from code_together.rooms.children import running

log = logging.getLogger(__name__)

CLONES = web.AppKey("clones", asyncio.Semaphore)
"""How many git processes may run for clones at once."""

PUSHES = web.AppKey("pushes", asyncio.Semaphore)
"""How many may for pushes."""

_CHUNK = 64 * 1024
_COMPLAINT = 4_000  # how much of what git says on standard error goes into the log
_HUNG_UP = (
    "the remote end hung up unexpectedly"  # what an older git says where a client has said all that it wanted
)
_LOOK = 0.25  # seconds between looks whether the client is still there


@dataclass(frozen=True, slots=True)
class Command:
    """What to run. `most`: bytes of the request's body, counted after inflating; `bounds`: limits of the process and its children, as for
    `resource.setrlimit`; `descriptors` are what it gets beside its standard ones; `head` comes before what it says; `disposition` is the answer's
    Content-Disposition; `retelling` has a say in what is sent; `whole`: where git fails in the middle of its answer
    the connection is broken off, so that what was sent does not look complete."""

    argv: list[str]
    environment: dict[str, str]
    content_type: str
    head: bytes
    most: int
    descriptors: tuple[int, ...] = ()
    bounds: dict[int, int] = field(default_factory=dict)
    disposition: str | None = None
    retelling: Retelling | None = None
    whole: bool = False


async def answer(
    request: web.Request, command: Command, beside: Coroutine[Any, Any, None] | None = None
) -> web.StreamResponse:
    """Runs the command with the request's body as its input, and sends what it says; `beside` runs as long.

    Raises `TooLarge`, `Malformed` when git refuses the request without a word, `Unavailable` when it takes too long.
    """
    settings = request.app[SETTINGS]
    try:
        if (request.content_length or 0) > command.most:
            raise _too_large(command.most)
        async with (
            asyncio.timeout(settings.git_seconds),
            running(
                command.argv, command.environment, descriptors=command.descriptors, bounds=command.bounds
            ) as process,
            asyncio.TaskGroup() as tasks,
        ):
            if beside is not None:
                conversation, beside = tasks.create_task(beside), None
            else:
                conversation = None
            tasks.create_task(_feed(request, process, command.most))
            complaint = tasks.create_task(_complaint(process))
            watch = tasks.create_task(_watch(request))
            response = await _send(request, process, command, complaint)
            watch.cancel()
            if conversation is not None:
                conversation.cancel()
    except TimeoutError:
        raise Unavailable(
            f"Git took longer than {settings.git_seconds:.0f} s and was stopped.", code="git_too_slow"
        ) from None
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
    finally:
        if beside is not None:
            beside.close()
    return response


async def _feed(request: web.Request, process: Process, longest: int) -> None:
    """Hands the body on; aiohttp has inflated it, so that what is counted is what git gets (GT4)."""
    assert process.stdin is not None
    length = 0
    async for chunk in request.content.iter_chunked(_CHUNK):
        length += len(chunk)
        if length > longest:
            raise _too_large(longest)
        if process.stdin.is_closing():
            return  # git has ended; its answer says why, and the rest need not even be inflated
        with suppress(ConnectionError):
            process.stdin.write(chunk)
            await process.stdin.drain()
    process.stdin.close()


async def _send(
    request: web.Request, process: Process, command: Command, complaint: asyncio.Task[bytes]
) -> web.StreamResponse:
    assert process.stdout is not None
    response = web.StreamResponse(headers={"Content-Type": command.content_type})
    if command.disposition is not None:
        response.headers["Content-Disposition"] = command.disposition
    chunk = await process.stdout.read(_CHUNK)
    if not chunk:
        status = await process.wait()
        if status == 0:
            return web.Response(content_type=command.content_type)
        fields = {"status": status, "git": (await complaint).decode(errors="replace")}
        log.warning("git refused a request", extra={"fields": fields})
        raise Malformed("Git could not answer this request.", code="bad_git_request")
    await response.prepare(request)
    await response.write(command.head)
    retelling = command.retelling
    while chunk:
        await response.write(retelling.take(chunk) if retelling else chunk)
        chunk = await process.stdout.read(_CHUNK)
    if retelling:
        await response.write(retelling.end())
    elif status := await process.wait():
        said = (await complaint).decode(errors="replace")
        if _HUNG_UP not in said:
            fields = {"status": status, "git": said, "session": request.match_info["session"]}
            log.warning("git failed in the middle of an answer", extra={"fields": fields})
        if command.whole:
            raise Unavailable("Git could not send all of it; the server's log says more.", code="git_failed")
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
