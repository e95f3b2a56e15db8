"""The web app as it was built, and whether the server is well."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

from aiohttp import web

import code_together
from code_together import disk
from code_together.errors import NotFound, Unavailable
from code_together.http.bodies import json_response
from code_together.http.description import answers
from code_together.http.keys import DATABASE, SETTINGS
from code_together.http.middleware import STYLE_NONCE

STATIC = Path(code_together.__file__).parent / "static"
NONCE_MARK = "__CSP_NONCE__"

_FAILING_SECONDS = 60.0
_ROOM = 100_000  # bytes on the disk with which hardly anything can be saved
_FILE_NAME = re.compile(r"[^/]+\.[A-Za-z0-9]{1,12}")
_PAGES = re.compile(r"((login|join|account|admin|certificate|help|reset|s)(/.*)?)?", re.DOTALL)
"""The addresses of the web interface's pages (`web/src/router.ts`)."""
_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>code_together</title></head>
<body><p>The web interface has not been built: run make web</p></body></html>
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebApp:
    """The built files by their address, and the page that starts them; nothing else is served."""

    files: dict[str, Path]
    index: str

    @classmethod
    def load(cls, folder: Path) -> WebApp:
        index = folder / "index.html"
        if not index.is_file():
            log.warning("the web interface has not been built: run make web")
            return cls({}, _NOT_BUILT)
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        # a sibling with .gz goes in place of its file to browsers that take it, and the index only with its nonce
        shown = {
            name: path
            for name, path in files.items()
            if name != "index.html" and not (name.endswith(".gz") and name.removesuffix(".gz") in files)
        }
        return cls(shown, index.read_text("utf-8"))


WEB_APP = web.AppKey("web_app", WebApp)


async def asset(request: web.Request) -> web.StreamResponse:
    """A file whose name holds the hash of what is in it."""
    if path := request.app[WEB_APP].files.get("assets/" + request.match_info["name"]):
        return _file(path, "public, max-age=31536000, immutable")
    raise NotFound("There is no such file; the page may be of an older version: reload it.")


async def page(request: web.Request) -> web.StreamResponse:
    """The pages of the app in the browser. At any other address, and one that looks like a file and is none, it says so, with 404."""
    path = request.match_info["path"]
    if known := request.app[WEB_APP].files.get(path):
        return _file(known, "no-cache")
    missing = _FILE_NAME.fullmatch(path.rpartition("/")[2]) is not None or not _PAGES.fullmatch(path)
    if missing and "text/html" not in request.headers.get("Accept", ""):
        raise NotFound("There is nothing at this address.")
    request[STYLE_NONCE] = secrets.token_urlsafe(16)
    return web.Response(
        status=404 if missing else 200,
        text=request.app[WEB_APP].index.replace(NONCE_MARK, request[STYLE_NONCE]),
        content_type="text/html",
        charset="utf-8",
        headers={"Cache-Control": "no-cache"},
    )


class Health(TypedDict):
    status: Literal["ok", "degraded"]
    version: str


class Readiness(TypedDict):
    status: Literal["ready"]


@answers(gives=Health)
async def health(request: web.Request) -> web.Response:
    """`GET /healthz`: that it answers is what counts; a degraded server still shows and sends what it has."""
    return json_response(
        Health(status="ok" if await _can_save(request) else "degraded", version=code_together.__version__)
    )


@answers(gives=Readiness, refuses=(503,))
async def ready(request: web.Request) -> web.Response:
    """`GET /readyz`: whether work can be given to it. Raises `Unavailable` while the disk takes nothing."""
    if not await _can_save(request):
        raise Unavailable("The server cannot save: its disk is full or failing.", code="not_saved")
    return json_response(Readiness(status="ready"))


async def _can_save(request: web.Request) -> bool:
    """False while the disk has no room left, and once it has failed, until something is saved again, or nobody has tried for a minute."""
    since = request.app[DATABASE].writes.failed_at
    if since is not None and time.monotonic() - since <= _FAILING_SECONDS:
        return False
    try:
        return await asyncio.to_thread(disk.room_left, request.app[SETTINGS].data) >= _ROOM
    except OSError:
        return False


def _file(path: Path, caching: str) -> web.FileResponse:
    return web.FileResponse(path, headers={"Cache-Control": caching})
