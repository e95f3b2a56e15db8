"""Git's smart HTTP: a clone or fetch is answered by `git upload-pack`, a push by `git receive-pack`, one process a request (GT1 to GT5).

The form of the exchange is that of git's own gitprotocol-http and http-backend.
"""

from __future__ import annotations

from aiohttp import web

from code_together.errors import NotFound
from code_together.git import transport
from code_together.http import access, push
from code_together.http.access import GRANT
from code_together.http.bodies import attachment
from code_together.http.description import answers
from code_together.http.git_process import CLONES, Command, answer
from code_together.http.keys import SETTINGS

_BUNDLE = "application/x-git-bundle"


@answers(form=("application/x-git-upload-pack-advertisement", "application/x-git-receive-pack-advertisement"))
async def advertise(request: web.Request) -> web.StreamResponse:
    """`GET /git/{session}.git/info/refs?service=`: the first request of a clone, fetch or push.

    What is open is committed before a clone is answered, and not before a push is, which would be behind then.
    """
    service = request.query.getall("service", [])
    if service == ["git-receive-pack"]:
        access.check(request[GRANT], "edit")
        return await push.advertise(request)
    if service != ["git-upload-pack"]:
        raise NotFound("Only git's smart protocol is served here; use a newer git.")
    room = await request[GRANT].room()
    await room.before_clone()
    if request.method == "HEAD":
        return web.Response(content_type="application/x-git-upload-pack-advertisement")
    protocol = request.headers.get("Git-Protocol")
    argv, environment = transport.upload_pack(str(room.repository), advertise=True, protocol=protocol)
    # git-http-backend leaves this head out in version 2
    head = b"" if environment.get("GIT_PROTOCOL") == "version=2" else b"001e# service=git-upload-pack\n0000"
    return await _answer(request, argv, environment, "application/x-git-upload-pack-advertisement", head)


@answers(
    takes=("application/x-git-upload-pack-request",),
    form=("application/x-git-upload-pack-result",),
    refuses=(413,),
)
async def upload_pack(request: web.Request) -> web.StreamResponse:
    """`POST /git/{session}.git/git-upload-pack`: the second request of a clone or fetch."""
    room = await request[GRANT].room()
    protocol = request.headers.get("Git-Protocol")
    argv, environment = transport.upload_pack(str(room.repository), advertise=False, protocol=protocol)
    return await _answer(request, argv, environment, "application/x-git-upload-pack-result")


@answers(form=(_BUNDLE,))
async def bundle(request: web.Request) -> web.StreamResponse:
    """`GET …/bundle`: the whole history with its tags in one file, from which git clones."""
    grant = request[GRANT]
    room = await grant.room()
    if await room.close_window() is None:
        raise NotFound("The session has no files yet.", code="no_revision")
    argv, environment = transport.bundle(str(room.repository))
    disposition = attachment(grant.session.title, "bundle")
    if request.method == "HEAD":
        return web.Response(content_type=_BUNDLE, headers={"Content-Disposition": disposition})
    command = Command(argv, environment, _BUNDLE, b"", 0, disposition=disposition, whole=True)
    async with request.app[CLONES]:
        return await answer(request, command)


async def _answer(
    request: web.Request, argv: list[str], environment: dict[str, str], content_type: str, head: bytes = b""
) -> web.StreamResponse:
    command = Command(argv, environment, content_type, head, request.app[SETTINGS].git_request_bytes)
    async with request.app[CLONES]:
        return await answer(request, command)
