"""The application: what it is made of, and how it runs and ends."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from aiohttp import web
from aiohttp_session import session_middleware

from code_together.config import Settings, is_loopback
from code_together.errors import Unavailable
from code_together.git import transport
from code_together.http import keys, lan
from code_together.http.accounts import SET_UP, SetUp
from code_together.http.addresses import in_url, lan_addresses
from code_together.http.background import beside
from code_together.http.git_process import CLONES, PUSHES
from code_together.http.login import REMEMBERED, CookieStorage, RememberedPasswords
from code_together.http.logs import set_up_log
from code_together.http.metrics import METRICS, Metrics, count_requests, watch_state
from code_together.http.middleware import (
    add_headers,
    answer_errors,
    check_address,
    check_host,
    check_origin,
    server_names,
)
from code_together.http.notify import notify
from code_together.http.pages import STATIC, WEB_APP, WebApp
from code_together.http.proxies import PROXIES, Proxies
from code_together.http.routes import add_routes
from code_together.http.throttle import (
    ACCOUNT_THROTTLE,
    CHAT_THROTTLE,
    CODE_THROTTLE,
    COMMENT_THROTTLE,
    HOUR,
    LOGIN_THROTTLE,
    MINUTE,
    CodeThrottle,
    LoginThrottle,
    Throttle,
)
from code_together.http.tls import ENCRYPTION, Encryption
from code_together.http.unreadable import Runner
from code_together.http.watch import watch
from code_together.http.websocket import LIVE
from code_together.rooms.registry import Registry
from code_together.storage.accounts import Accounts
from code_together.storage.audit import Audit
from code_together.storage.chat import Chat
from code_together.storage.clashes import Clashes
from code_together.storage.comments import Comments
from code_together.storage.database import Database
from code_together.storage.invites import Invites
from code_together.storage.journal import Journal
from code_together.storage.logins import Logins
from code_together.storage.options import Options
from code_together.storage.playback import Playback
from code_together.storage.resets import Resets
from code_together.storage.revisions import Revisions
from code_together.storage.seen import Seen
from code_together.storage.sessions import Sessions
from code_together.storage.summaries import Summaries
from code_together.storage.tokens import Tokens

log = logging.getLogger(__name__)

CLOSING_SECONDS = 7.0
"""For committing what is open at the end; the next start commits what it misses, from the journal."""
_HANDLER_SECONDS = 1.0
# How many objects come before the youngest are looked through for garbage; Python's 700 is once in forty keystrokes.
_NEW_OBJECTS = 10_000
_LINGER_SECONDS = 2.0


def create_app(settings: Settings) -> web.Application:
    """The whole server behind one object; its data folder is opened when it starts and let go at its end.

    Raises `Unprocessable` (`bad_tls`) when the TLS files cannot be used.
    Starting raises `Unavailable` when the data folder is in use or newer, or git is missing or too old.
    """
    names = set(server_names(settings))
    app = web.Application(
        middlewares=[
            count_requests,
            answer_errors,
            check_host(names),
            check_address,
            check_origin,
            session_middleware(CookieStorage(settings)),
        ],
        client_max_size=settings.json_bytes,
    )
    app[keys.SETTINGS] = settings
    app[keys.NAMES] = names
    app[METRICS] = Metrics()
    app[PROXIES] = Proxies(settings.trusted_proxy)
    app[ENCRYPTION] = Encryption(settings, names)
    app[keys.HOST] = settings.name or socket.gethostname()
    app[SET_UP] = SetUp(needed=not is_loopback(settings.host) or settings.registration != "open")
    app[LOGIN_THROTTLE] = LoginThrottle(settings)
    app[ACCOUNT_THROTTLE] = Throttle(
        settings.accounts_per_address, HOUR, "Too many new accounts from your address."
    )
    app[CHAT_THROTTLE] = Throttle(
        settings.chat_per_account, MINUTE, "You chat faster than the server takes it."
    )
    app[COMMENT_THROTTLE] = Throttle(
        settings.comments_per_account, MINUTE, "You comment faster than the server takes it."
    )
    app[CODE_THROTTLE] = CodeThrottle(settings)
    app[REMEMBERED] = RememberedPasswords()
    app[CLONES] = asyncio.Semaphore(settings.git_clones)
    app[PUSHES] = asyncio.Semaphore(settings.git_pushes)
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
        comments = Comments(database)
        app[keys.AUDIT] = Audit(database, settings)
        app[keys.OPTIONS] = Options(database, settings)
        app[keys.RESETS] = Resets(database, settings, accounts)
        app[keys.PLAYBACK] = Playback(database)
        clashes = Clashes(database)
        revisions = Revisions(database)
        seen = Seen(database)
        summaries = Summaries(database)
        app[keys.REGISTRY] = Registry(
            settings,
            journal,
            accounts,
            sessions,
            chat,
            clashes,
            comments,
            revisions,
            seen,
            summaries,
            app[keys.HOST],
        )
        await app[keys.REGISTRY].start()
        watch_state(app)
        async with beside(watch(app)), beside(app[METRICS].watch_loop()):
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
        app[keys.REGISTRY].abandon()


@dataclass(frozen=True, slots=True)
class Server:
    """A server that takes requests at `url`."""

    url: str
    port: int
    app: web.Application


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Server]:
    """The server on its address, until the block ends; what is open is committed then.

    Raises `Unavailable` when the address or the data cannot be had, `Unprocessable` for bad TLS files.
    """
    app = create_app(settings)
    encryption = app[ENCRYPTION]
    runner = Runner(
        app,
        access_log=None,
        shutdown_timeout=_HANDLER_SECONDS,
        # closes connections whose next request has not come whole, head and all, in this time
        keepalive_timeout=settings.header_seconds,
        lingering_time=_LINGER_SECONDS,
    )
    await runner.setup()
    try:
        await encryption.renew()
        port = await _listen(runner, settings, app)
        scheme = "http" if encryption.context is None else "https"
        url = f"{scheme}://{in_url(settings.host)}:{port}"
        app[keys.DATABASE].describe_lock(url)
        async with beside(encryption.keep_good()):
            yield Server(url, port, app)
    finally:
        await runner.cleanup()


async def _listen(runner: Runner, settings: Settings, app: web.Application) -> int:
    """The port that it is. Raises `Unavailable` when the address cannot be had."""
    context = app[ENCRYPTION].context
    site = web.TCPSite(runner, settings.host, settings.port, ssl_context=context, backlog=1024)
    try:
        await site.start()
    except OSError as error:
        number = error.errno or 0
        why = os.strerror(number) if number > 0 else error.strerror  # getaddrinfo's are negative
        raise Unavailable(
            f"Cannot listen on {settings.host}, port {settings.port}: {why}.", code="cannot_listen"
        ) from None
    if settings.lan and settings.host == "0.0.0.0":  # noqa: S104
        with suppress(OSError):  # a machine without IPv6
            await web.TCPSite(runner, "::", site.port, ssl_context=context, backlog=1024).start()
    return int(site.port)


def run(settings: Settings, systemd: str = "") -> int:
    """Serves until SIGTERM or Ctrl-C; gives the exit status. `systemd`: the socket on which it wants to hear of the server.

    Prints one line to standard output when it is ready; the log goes to standard error. Raises `Unavailable` when the
    address or the data cannot be had, `Unprocessable` for bad TLS files.
    """
    set_up_log()
    # The writer thread takes over for a few microseconds at a time, many times in a transaction: it must not wait 5 ms for each.
    sys.setswitchinterval(0.0002)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_serve(settings, systemd))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where there is a wheel of it, else Python's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(settings: Settings, systemd: str) -> int:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(settings))
        if settings.lan:
            await _show_itself(server, stack)
        await _print_set_up(server)
        # What is there now stays: looking for garbage in it, again and again, is a thirtieth of the work of a busy room.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS, 20, 20)
        notify(systemd, "READY=1")
        print(f"Serving on {server.url}", flush=True)
        if settings.tls == "off" and not is_loopback(settings.host) and not settings.trusted_proxy:
            log.warning("in the clear: who can listen on this network reads passwords")
        await stop.wait()
        notify(systemd, "STOPPING=1")
        log.info("stopping")
    return 0


async def _show_itself(server: Server, stack: AsyncExitStack) -> None:
    encryption = server.app[ENCRYPTION]
    scheme = server.url.partition(":")[0]
    addresses = await asyncio.to_thread(lan_addresses)
    lan.show(lan.greeting(scheme, server.port, addresses, encryption.certified))

    async def named(name: str) -> None:
        if name not in server.app[keys.NAMES]:
            server.app[keys.NAMES].add(name)
            await encryption.renew()
            lan.show(f"Also under its name: {scheme}://{name}:{server.port}")

    await stack.enter_async_context(beside(lan.announce(scheme, server.port, named)))


async def _print_set_up(server: Server) -> None:
    code = server.app[SET_UP].code
    if code is not None and await server.app[keys.ACCOUNTS].count() == 0:
        # in the fragment, which browsers send to nobody
        here = next(map(str, await asyncio.to_thread(lan_addresses)), socket.gethostname())
        url = re.sub(r"//(0\.0\.0\.0|\[::\]):", lambda _: f"//{in_url(here)}:", server.url)
        print(f"Set-up code: {code} (make the first account at {url}/#setup={code})", file=sys.stderr)
