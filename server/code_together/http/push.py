"""The receiving side of `git push`: git parses, and asks the room (GT5, PU7).

`git receive-pack` runs under limits. Its hooks (`git/hook.py`) ask over a socket that only it and its children have, and the answers are the room's.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import socket
from typing import Any

from aiohttp import web

from code_together.git import transport
from code_together.git.retelling import Retelling
from code_together.http import access
from code_together.http.access import GRANT
from code_together.http.description import answers
from code_together.http.files import person_of
from code_together.http.git_process import PUSHES, Command, answer
from code_together.http.keys import SETTINGS
from code_together.http.proxies import address_here
from code_together.rooms.pushes import Command as RefCommand
from code_together.rooms.pushes import Push

log = logging.getLogger(__name__)

_QUESTION = 16_000_000  # bytes of the longest list of refs that is read
_MEMORY = 3_000_000_000  # bytes that a git process may have
_CPU_SECONDS = 300
_HELP = "/help/reference/pushing"


async def advertise(request: web.Request) -> web.StreamResponse:
    """The refs that a push may build upon."""
    if request.method == "HEAD":
        return web.Response(content_type="application/x-git-receive-pack-advertisement")
    room = await request[GRANT].room()
    command = _command(
        request, str(room.repository), "application/x-git-receive-pack-advertisement", advertise=True
    )
    async with request.app[PUSHES]:
        return await answer(request, command)


@answers(
    takes=("application/x-git-receive-pack-request",),
    form=("application/x-git-receive-pack-result",),
    refuses=(413,),
)
async def receive_pack(request: web.Request) -> web.StreamResponse:
    """A push: the pack goes to git, and what git asks about it to the room."""
    room = await request[GRANT].room()

    async def authorise() -> None:
        await access.again(request, "edit")

    push = Push(room, person_of(request[GRANT]), authorise)
    async with request.app[PUSHES], room.around.receiving.push(room.repository):
        ours, theirs = socket.socketpair()
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours, limit=_QUESTION)
            try:
                command = _command(
                    request,
                    str(room.repository),
                    "application/x-git-receive-pack-result",
                    descriptor=theirs.fileno(),
                )
                return await answer(
                    request,
                    command,
                    _converse(push, reader, writer, f"What a push may hold: {address_here(request)}{_HELP}"),
                )
            finally:
                writer.close()


def _command(
    request: web.Request,
    repository: str,
    content_type: str,
    *,
    advertise: bool = False,
    descriptor: int | None = None,
) -> Command:
    settings = request.app[SETTINGS]
    argv, environment = transport.receive_pack(
        repository,
        advertise=advertise,
        most=settings.push_bytes,
        largest=settings.file_bytes,
        socket=descriptor,
    )
    return Command(
        argv,
        environment,
        content_type,
        b"001f# service=git-receive-pack\n0000" if advertise else b"",
        # git says it better than we can when a pack is too large; the refs come before it
        settings.push_bytes + _QUESTION,
        () if descriptor is None else (descriptor,),
        {
            resource.RLIMIT_AS: _MEMORY,
            resource.RLIMIT_CPU: _CPU_SECONDS,
            resource.RLIMIT_FSIZE: 2 * settings.push_bytes + settings.file_bytes,
            resource.RLIMIT_CORE: 0,
        },
        retelling=None if advertise else Retelling(settings.push_bytes),
    )


async def _converse(
    push: Push, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, help: str
) -> None:
    """Answers the questions of the hooks, each a line of JSON. Once something was refused, `help` is said, once."""
    helped = False
    while line := await reader.readline():
        question = json.loads(line)
        try:
            answer = await _answer(push, question)
            if not helped and _refuses(answer):
                answer["say"].append(help)
                helped = True
        except Exception as error:  # who pushes is told of it as of all else
            log.error("push failed", exc_info=error)
            answer = {
                "accept": False,
                "say": [
                    "The server failed at this push; its log has more. git fetch shows what is there now."
                ],
                "refs": [(ref, "the server failed at it") for _, _, ref in question["commands"]],
            }
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()


def _refuses(answer: dict[str, Any]) -> bool:
    """Before anything is taken nothing is said but refusals; afterwards each ref has its own, or none."""
    return any(why for _, why in answer["refs"]) if "refs" in answer else bool(answer["say"])


async def _answer(push: Push, question: dict[str, Any]) -> dict[str, Any]:
    commands = [RefCommand(*command) for command in question["commands"]]
    if question["hook"] == "pre-receive":
        accept, say = await push.check(commands, question["objects"])
        return {"accept": accept, "say": say}
    say, refs = await push.land(commands)
    return {"say": say, "refs": refs}
