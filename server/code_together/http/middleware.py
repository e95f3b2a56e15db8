"""What every request passes and every answer gets: the server's names, other sites, errors, headers."""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
import socket
from collections.abc import Collection, Iterable
from urllib.parse import unquote_to_bytes, urlsplit

from aiohttp import HttpVersion11, web
from aiohttp.typedefs import Handler, Middleware

from code_together.config import Settings
from code_together.errors import CodeTogetherError, Malformed, Misdirected, NotAllowed, TooFast
from code_together.http.bodies import json_response
from code_together.http.keys import SETTINGS
from code_together.http.proxies import client

log = logging.getLogger(__name__)

STYLE_NONCE = web.RequestKey("style_nonce", str)
"""Set by the handler that writes it into its page."""

_STARTED = web.RequestKey("started", bool)
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
OF_DATA = "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The policy of an answer that is no page."""

OF_EVERYTHING = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers that every answer has, unless its handler has set them."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_SENTENCES = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take {method}."),
    413: ("too_large", "The request is larger than the server takes."),
    417: ("expectation_failed", "The server does not do what the request expects."),
}


# Errors


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Makes every error the contract's body, here and nowhere else."""
    try:
        return await handler(request)
    except CodeTogetherError as error:
        if request.get(_STARTED):
            log.warning("answer broken off", extra={"fields": {"code": error.code, "route": _route(request)}})
            raise ConnectionResetError(error.code) from error
        return _refusal(request, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _http_error(request, error)
    except web.RequestPayloadError:
        return _error(request, 400, "malformed", "The body of the request cannot be read.")
    except ConnectionError:
        if request.transport is not None and not request.transport.is_closing():
            raise
        return web.Response(status=400)  # the client is gone: nobody gets this, and there is nothing to log
    except Exception as error:
        report = secrets.token_hex(4)
        fields = {"report": report, "method": request.method, "route": _route(request)}
        log.exception("request failed", extra={"fields": fields})
        if request.get(_STARTED):
            raise ConnectionResetError(report) from error
        sentence = f"Something went wrong on the server; its log has more under {report}."
        return _error(request, 500, "internal", sentence)


async def meet_expectation(request: web.Request) -> web.Response | None:
    """What an Expect header asks for; before all else, for aiohttp."""
    if request.version != HttpVersion11:
        return None
    if request.headers.get("Expect", "").lower() != "100-continue":
        return _error(request, 417, *_SENTENCES[417])
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer itself has not begun
    return None


def _refusal(request: web.Request, error: CodeTogetherError) -> web.Response:
    headers = {}
    if isinstance(error, TooFast):
        headers["Retry-After"] = str(error.retry_after)
    if error.status == 401 and _is_git(request):
        headers["WWW-Authenticate"] = 'Basic realm="code_together", charset="UTF-8"'
    return _error(request, error.status, error.code, error.message, headers, **error.details)


def _http_error(request: web.Request, error: web.HTTPException) -> web.Response:
    code, sentence = _SENTENCES.get(error.status, ("refused", error.reason + "."))
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return _error(request, error.status, code, sentence.format(method=request.method), headers)


def _error(
    request: web.Request,
    status: int,
    code: str,
    message: str,
    headers: dict[str, str] | None = None,
    **details: object,
) -> web.Response:
    if _is_git(request):  # git shows plain text to its user, and nothing else
        return web.Response(status=status, text=message + "\n", headers=headers)
    return json_response(
        {"error": {"code": code, "message": message, **details}}, status=status, headers=headers
    )


def _route(request: web.Request) -> str | None:
    """The route's pattern: a path may hold what belongs in no log."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else None


def _is_git(request: web.Request) -> bool:
    return request.path.startswith("/git/")


# The names of this server


def server_names(settings: Settings) -> frozenset[str]:
    """The host names under which browsers may reach this server, beside addresses and localhost."""
    machine = socket.gethostname()
    given = [settings.name, settings.host, *settings.allowed_hosts.split(",")]
    return frozenset(_plain(name) for name in [machine, f"{machine}.local", *given] if name.strip())


def is_known_host(header: str, names: Collection[str]) -> bool:
    """Whether a Host header names this server.

    A page that makes its own name lead here (DNS rebinding) comes under that name: names must be known, addresses
    need not be.
    """
    if not (match := _HOST.fullmatch(header)) or int(match["port"] or 0) > 65535:
        return False
    name = _plain(match["name"])
    return _is_address(name) or name == "localhost" or name.endswith(".localhost") or name in names


def _plain(name: str) -> str:
    return name.strip().lower().removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        if name.startswith("["):
            ipaddress.IPv6Address(name[1:-1])
        else:
            ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


def check_host(names: Collection[str]) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        """AC6: an unknown Host gets 421."""
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or not is_known_host(hosts[0], names):
            raise Misdirected(
                "The server is not known under this name. Whoever runs it can add the name to allowed_hosts."
            )
        return await handler(request)

    return middleware


# Addresses


@web.middleware
async def check_address(request: web.Request, handler: Handler) -> web.StreamResponse:
    """AP2: what is escaped in an address, and is no UTF-8, would become a name with percent signs in it."""
    try:
        unquote_to_bytes(request.raw_path).decode()
    except UnicodeError:
        raise Malformed("The address has bytes that are no UTF-8.") from None
    return await handler(request)


# Requests of other sites


@web.middleware
async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """AC6: what another site's page sends, and would change something or open a WebSocket, gets 403.

    A request without these headers does not come from a browser.
    """
    if request.method not in _SAFE_METHODS or request.headers.get("Upgrade"):
        site = request.headers.get("Sec-Fetch-Site", "none")
        origins: Iterable[str] = request.headers.getall("Origin", [])
        if site not in ("same-origin", "none") or not all(_is_own_origin(request, o) for o in origins):
            raise NotAllowed("The request comes from another site.", code="cross_site")
    return await handler(request)


def _is_own_origin(request: web.Request, origin: str) -> bool:
    # The scheme may differ where a proxy does the TLS; the port may not, nor may a plain page reach into our TLS.
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        here = urlsplit(f"{parts.scheme}://{request.headers['Host']}")
        same = (parts.hostname, port) == (here.hostname, here.port or _DEFAULT_PORTS[parts.scheme])
    except (ValueError, KeyError):
        return False
    return same and not (client(request).encrypted and parts.scheme != "https") and parts.username is None


# Headers


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Before any answer is sent; what a handler has set stands."""
    request[_STARTED] = True
    response.headers.pop("Server", None)  # aiohttp's and Python's versions are nobody's business
    if age := _insisting(request):
        response.headers.setdefault("Strict-Transport-Security", f"max-age={age}")
    response.headers.setdefault("Content-Security-Policy", _policy(request))
    for name, value in OF_EVERYTHING.items():
        response.headers.setdefault(name, value)


def _policy(request: web.Request) -> str:
    """What a browser may do with an answer: with our pages what they need, with data and files nothing, should one ever be shown."""
    if request.path.startswith(("/api/", "/git/")):
        return OF_DATA
    nonce = f" 'nonce-{request[STYLE_NONCE]}'" if STYLE_NONCE in request else ""
    return (
        f"default-src 'self'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' data: blob:; "
        f"connect-src 'self'{_sockets(request)}; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'self'"
    )


def _insisting(request: web.Request) -> int:
    """For how many seconds a browser shall come to this name by TLS alone (HSTS).

    With an authority of our own a day at the most: whoever ends it, or loses the data folder, would lock people out of the name for long.
    Browsers that do not trust the certificate take no notice. Never for localhost, where other servers are too.
    """
    name = _plain(request.host.rpartition(":")[0] or request.host)
    if not client(request).encrypted or name == "localhost" or name.endswith(".localhost"):
        return 0
    settings = request.app[SETTINGS]
    return int(86_400 * (min(settings.hsts_days, 1.0) if settings.tls == "auto" else settings.hsts_days))


def _sockets(request: web.Request) -> str:
    """Our own WebSockets, for browsers whose 'self' means HTTP alone. A policy cannot name an IPv6 address."""
    host = request.headers.get("Host", "")
    if not _HOST.fullmatch(host) or host.startswith("["):
        return ""
    return f" ws://{host} wss://{host}"
