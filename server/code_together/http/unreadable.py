"""Requests that are no HTTP, or cannot be read to their end: they are answered below the application, in the application's form."""

from __future__ import annotations

import logging
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from code_together.http.bodies import dumps
from code_together.http.middleware import OF_DATA, OF_EVERYTHING

log = logging.getLogger(__name__)

_NO_HTTP = ("malformed", "This is not a request that the server can read.")
_FAILED = ("internal", "Something went wrong on the server.")


class Runner(web.AppRunner):
    """An application's runner whose connections answer in its form alone (AP1)."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made.request_handler, request_factory=made.request_factory, **made._kwargs)


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(RequestHandler):
    def log_exception(self, *args: Any, **more: Any) -> None:
        """What is left of a body that cannot be read, aiohttp finds once more after the answer."""
        if not isinstance(more.get("exc_info"), HttpProcessingError | web.RequestPayloadError):
            super().log_exception(*args, **more)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """aiohttp's own would repeat the request, name its versions, and call for somebody whenever a stranger sends what is no HTTP."""
        begun = request.writer.output_size > 0
        if status >= 500 and not (
            begun and isinstance(exc, ConnectionError)
        ):  # broken off by us: that has its line
            log.error("request failed below the application", exc_info=exc)
        elif status < 500:
            fields = {"address": request.remote, "error": type(exc).__name__}
            log.info("request that cannot be read", extra={"fields": fields})
        if begun:
            raise ConnectionError("an answer has begun, and ends here")
        code, sentence = _FAILED if status >= 500 else _NO_HTTP
        body = dumps({"error": {"code": code, "message": sentence}})
        headers = {"Content-Security-Policy": OF_DATA, **OF_EVERYTHING}
        response = _Refusal(status=status, text=body, content_type="application/json", headers=headers)
        response.force_close()
        return response


class _Refusal(web.Response):
    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.pop("Server", None)  # the application's hook, which does that, is not called here
