"""The client's way to the server: the HTTP API and the live connection of one session, with an access token."""

from __future__ import annotations

import asyncio
import io
import json
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from yarl import URL

from code_together.errors import (
    CodeTogetherError,
    Conflict,
    Gone,
    Malformed,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    TooFast,
    TooLarge,
    Unavailable,
    Unprocessable,
)
from code_together.session.protocol import PROTOCOL

_KINDS: dict[int, type[CodeTogetherError]] = {
    error.status: error
    for error in (
        Malformed,
        NotLoggedIn,
        NotAllowed,
        NotFound,
        Conflict,
        Gone,
        TooLarge,
        Unprocessable,
        Unavailable,
    )
}
_CONNECT_SECONDS = 10.0
_TRANSFER_SECONDS = 300.0
MESSAGE_BYTES = 16_000_000
_RATE, _BURST = 100.0, 1_000  # messages a second; half of what a server takes


def address(url: str) -> tuple[str, str]:
    """Server and session of a page's address (`http://HOST/s/ID`) or a clone's (`http://HOST/git/ID.git`).

    Raises `Unprocessable`.
    """
    parts = urlsplit(url)
    kind, _, id = parts.path.strip("/").partition("/")
    id = id.removesuffix(".git") if kind == "git" else id.partition("/")[0]
    well = (
        parts.scheme in ("http", "https") and parts.hostname and kind in ("s", "git") and id and id.isascii()
    )
    if not well or not id.replace("-", "").replace("_", "").isalnum():
        raise Unprocessable(
            "The address is not that of a session. Copy it from the browser (http://HOST/s/…) or from Clone."
        )
    if parts.username or parts.password:
        raise Unprocessable(
            "The address must not hold a name or a token: others see it in the list of processes."
        )
    return f"{parts.scheme}://{parts.netloc}", id


def trust(ca: Path | None) -> ssl.SSLContext | bool:
    """Which certificates are believed: the system's, and those that `ca` signed. Raises `Unprocessable`."""
    if ca is None:
        return True
    try:
        context = ssl.create_default_context()
        context.load_verify_locations(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise Unprocessable(f"{ca} is no certificate (PEM): {error}.") from None
    return context


class Line:
    """Requests, and messages of the live connection while there is one."""

    def __init__(
        self, http: aiohttp.ClientSession, server: str, session: str, trusted: ssl.SSLContext | bool
    ) -> None:
        self._http = http
        self.session = session
        self._base = f"{server}/api/sessions/{session}"
        self._trusted = trusted
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._allowance = float(_BURST)
        self._allowed_at = 0.0
        self.changes = 0
        """How many requests that change files of the session have been answered."""

    @classmethod
    @asynccontextmanager
    async def to(cls, server: str, session: str, token: str, ca: Path | None) -> AsyncIterator[Line]:
        trusted = trust(ca)
        timeout = aiohttp.ClientTimeout(total=_TRANSFER_SECONDS, sock_connect=_CONNECT_SECONDS)
        headers = {"Authorization": f"Bearer {token}"}
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(headers=headers, timeout=timeout, cookie_jar=jar) as http:
            yield cls(http, server, session, trusted)

    async def request(self, method: str, path: str = "", body: bytes | None = None, **more: Any) -> bytes:
        """What the server answers. Raises the `CodeTogetherError` that it says, `Unavailable` when it cannot be reached."""
        try:
            async with self._http.request(
                method,
                _url(self._base + path),
                data=None if body is None else io.BytesIO(body),
                ssl=self._trusted,
                allow_redirects=False,
                **more,
            ) as response:
                data = await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _unreached(error) from None
        if response.status < 300:
            self.changes += method != "GET"
            return data
        raise _error(response.status, data)

    async def file(self, path: str) -> bytes:
        return await self.request("GET", _file(path))

    async def put(self, path: str, data: bytes, **seen: str | int) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await self.request("PUT", _file(path), data, params=seen))
        return answer

    async def delete(self, path: str, **seen: str | int) -> None:
        await self.request("DELETE", _file(path), params=seen)

    async def rename(self, old: str, new: str) -> None:
        await self.request("PATCH", _file(old), json={"path": new})

    async def make_executable(self, path: str, executable: bool) -> None:
        await self.request("PATCH", _file(path), json={"executable": executable})

    async def take_in(self, archive: bytes) -> None:
        """Many new files as a zip: one revision, or nothing at all."""
        await self.request("POST", "/import", archive, headers={"Content-Type": "application/zip"})

    # Live

    async def connect(self, client: str | None) -> None:
        """Raises as `request` does."""
        try:
            self._socket = await self._http.ws_connect(
                self._base + "/live", ssl=self._trusted, max_msg_size=0, heartbeat=20.0
            )
        except aiohttp.WSServerHandshakeError as error:
            kind = _KINDS.get(error.status, Unavailable)
            if kind is NotLoggedIn:
                raise kind("The server does not know the access token, or its time is over.") from None
            if kind in (NotAllowed, NotFound):
                raise kind("The token does not open this session.") from None
            raise Unavailable(f"The server refuses the connection: {error.status}.") from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _unreached(error) from None
        await self.send({"type": "hello", "protocol": PROTOCOL, **({"client": client} if client else {})})

    async def send(self, message: dict[str, Any]) -> int:
        """Sends a message, not faster than the server takes them; gives its size in bytes. Raises `Unavailable`, `TooLarge`."""
        encoded = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
        size = len(encoded.encode())
        if size > MESSAGE_BYTES:
            raise TooLarge("This is more than one message may hold.", code="message_too_large")
        if message["type"] != "push":
            await self._wait()
        try:
            if self._socket is None:
                raise ConnectionError
            await self._socket.send_str(encoded)
        except (aiohttp.ClientError, ConnectionError, RuntimeError):
            raise Unavailable("The connection is gone.", code="unreachable") from None
        return size

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """What the server says, until the connection ends."""
        assert self._socket is not None
        async for frame in self._socket:
            if frame.type == aiohttp.WSMsgType.TEXT:
                yield json.loads(frame.data)

    async def disconnect(self) -> None:
        if self._socket is not None:
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with asyncio.timeout(2):
                    await self._socket.close()
            self._socket = None

    async def _wait(self) -> None:
        now = asyncio.get_running_loop().time()
        self._allowance = min(_BURST, self._allowance + (now - self._allowed_at) * _RATE) - 1
        self._allowed_at = now
        if self._allowance < 0:
            await asyncio.sleep(-self._allowance / _RATE)


def _file(path: str) -> str:
    return f"/files/{quote(path, safe='/')}"


def _url(text: str) -> URL:
    return URL(text, encoded=True)


def _unreached(error: Exception) -> CodeTogetherError:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return NotAllowed(
            f"The server's certificate is not trusted: {error.certificate_error}. Name its CA with --ca."
        )
    why = str(error) or "it does not answer"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        reason = error.os_error.reason if isinstance(error.os_error, ssl.SSLError) else None
        why = f"it does not speak TLS as it should ({reason or error}). If it does not encrypt, its address begins with http://"
    elif isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        why = os.strerror(number) if number and number > 0 else error.os_error.strerror or why
    return Unavailable(f"The server cannot be reached: {why}.", code="unreachable")


def _error(status: int, data: bytes) -> CodeTogetherError:
    try:
        said = json.loads(data)["error"]
        message, code = str(said["message"]), str(said["code"])
    except (ValueError, KeyError, TypeError):
        message, code = f"The server answers {status}.", None
    if status == 429:
        return TooFast(message)
    return _KINDS.get(status, Unavailable)(message, code=code)
