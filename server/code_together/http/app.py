"""The application: what it is made of, and how it runs and ends."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import re
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp_session import session_middleware

from code_together.config import Settings
from code_together.errors import Unavailable, Unprocessable
from code_together.git import transport
from code_together.http import keys
from code_together.http.accounts import SET_UP, SetUp
from code_together.http.git import CLONES
from code_together.http.login import REMEMBERED, CookieStorage, RememberedPasswords
from code_together.http.logs import set_up_log
from code_together.http.middleware import add_headers, answer_errors, check_host, check_origin, server_names
from code_together.http.pages import STATIC, WEB_APP, WebApp
from code_together.http.routes import add_routes
from code_together.http.throttle import (
    ACCOUNT_THROTTLE,
    CODE_THROTTLE,
    HOUR,
    LOGIN_THROTTLE,
    CodeThrottle,
    LoginThrottle,
    Throttle,
)
from code_together.http.watch import watching
from code_together.http.websocket import LIVE
from code_together.rooms.registry import Registry
from code_together.storage.accounts import Accounts
from code_together.storage.audit import Audit
from code_together.storage.chat import Chat
from code_together.storage.database import Database
from code_together.storage.invites import Invites
from code_together.storage.journal import Journal
from code_together.storage.logins import Logins
from code_together.storage.options import Options
from code_together.storage.resets import Resets
from code_together.storage.sessions import Sessions
from code_together.storage.tokens import Tokens

log = logging.getLogger(__name__)

CLOSING_SECONDS = 7.0
"""For committing what is open at the end; the next start commits what it misses, from the journal."""
_HANDLER_SECONDS = 1.0
_LINGER_SECONDS = 2.0


def create_app(settings: Settings) -> web.Application:
    """The whole server behind one object; its data folder is opened when it starts and let go at its end.

    Starting raises `Unavailable` when the data folder is in use or newer, or git is missing or too old.
    """
    app = web.Application(
        middlewares=[
            answer_errors,
            check_host(server_names(settings)),
            check_origin,
            session_middleware(CookieStorage(settings)),
        ],
        client_max_size=settings.json_bytes,
    )
    app[keys.SETTINGS] = settings
    app[keys.HOST] = settings.name or socket.gethostname()
    app[SET_UP] = SetUp(needed=not _is_loopback(settings.host) or settings.registration != "open")
    app[LOGIN_THROTTLE] = LoginThrottle(settings)
    app[ACCOUNT_THROTTLE] = Throttle(
        settings.accounts_per_address, HOUR, "Too many new accounts from your address."
    )
    app[CODE_THROTTLE] = CodeThrottle(settings)
    app[REMEMBERED] = RememberedPasswords()
    app[CLONES] = asyncio.Semaphore(settings.git_clones)
    app[LIVE] = {}
    app[WEB_APP] = WebApp.load(STATIC)
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(_open_data)
    app.on_shutdown.append(_close_rooms)
    add_routes(app)
    return app


async def _open_data(app: web.Application) -> AsyncIterator[None]:
    settings = app[keys.SETTINGS]
    await asyncio.to_thread(transport.version)
    app[keys.DATABASE] = database = await asyncio.to_thread(Database.open, settings.data)
    try:
        journal = Journal(database)
        app[keys.ACCOUNTS] = accounts = Accounts(database, settings)
        app[keys.LOGINS] = Logins(database, settings)
        app[keys.TOKENS] = Tokens(database, settings)
        app[keys.SESSIONS] = sessions = Sessions(database, settings)
        app[keys.INVITES] = Invites(database, settings)
        app[keys.CHAT] = chat = Chat(database, settings)
        app[keys.AUDIT] = Audit(database, settings)
        app[keys.OPTIONS] = Options(database, settings)
        app[keys.RESETS] = Resets(database, settings, accounts)
        app[keys.REGISTRY] = Registry(settings, journal, accounts, sessions, chat, app[keys.HOST])
        await app[keys.REGISTRY].start()
        async with watching(app):
            yield
    finally:
        await asyncio.to_thread(database.close)


async def _close_rooms(app: web.Application) -> None:
    """Before the handlers are waited for: those of live connections end with their rooms."""
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            await app[keys.REGISTRY].close()
    except TimeoutError:
        log.error("rooms took too long to close; what they did not commit is in the journal")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that takes requests at `url`."""

    url: str
    app: web.Application


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Server]:
    """The server on its address, until the block ends; what is open is committed then.

    Raises `Unavailable` when the address or the data cannot be had, `Unprocessable` for bad TLS files.
    """
    context = _tls(settings)
    app = create_app(settings)
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=_HANDLER_SECONDS,
        # closes connections whose next request has not come whole, head and all, in this time
        keepalive_timeout=settings.header_seconds,
        lingering_time=_LINGER_SECONDS,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, ssl_context=context, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            number = error.errno or 0
            why = os.strerror(number) if number > 0 else error.strerror  # getaddrinfo's are negative
            raise Unavailable(
                f"Cannot listen on {settings.host}, port {settings.port}: {why}.", code="cannot_listen"
            ) from None
        scheme = "https" if context else "http"
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"{scheme}://{host}:{site.port}"
        app[keys.DATABASE].describe_lock(url)
        yield Server(url, app)
    finally:
        await runner.cleanup()


def run(settings: Settings) -> int:
    """Serves until SIGTERM or Ctrl-C; gives the exit status.

    Prints one line to standard output when it is ready; the log goes to standard error. Raises `Unavailable` when the
    address or the data cannot be had, `Unprocessable` for bad TLS files.
    """
    set_up_log()
    return asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(settings) as server:
        await _print_set_up(server)
        print(f"Serving on {server.url}", flush=True)
        await stop.wait()
        log.info("stopping")
    return 0


async def _print_set_up(server: Server) -> None:
    code = server.app[SET_UP].code
    if code is not None and await server.app[keys.ACCOUNTS].count() == 0:
        # in the fragment, which browsers send to nobody
        url = re.sub(r"//(0\.0\.0\.0|\[::\]):", f"//{socket.gethostname()}:", server.url)
        print(f"Set-up code: {code} (make the first account at {url}/#setup={code})", file=sys.stderr)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    """Raises `Unprocessable` when the files cannot be used."""
    if settings.tls == "off":
        return None
    certificate, comma, key = settings.tls.partition(",")
    if not comma:
        raise Unprocessable(
            "tls takes off, or a certificate and a key file with a comma between them.", code="bad_tls"
        )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # of which SSLError is one
        raise Unprocessable(
            f"The certificate {certificate} and key {key} cannot be used: {error}.", code="bad_tls"
        ) from None
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
