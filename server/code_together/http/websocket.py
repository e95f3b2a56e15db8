"""The live protocol's transport: a WebSocket in front of a room (the contract, section 3)."""

from __future__ import annotations

import asyncio
import logging
import os

from aiohttp import WSMsgType, web

from code_together.config import Settings
from code_together.errors import CodeTogetherError, Malformed, TooFast, TooLarge, Unavailable
from code_together.http.access import GRANT, Grant, role_in
from code_together.http.description import answers
from code_together.http.frames import text_frame
from code_together.http.keys import ACCOUNTS, LOGINS, REGISTRY, SETTINGS, TOKENS
from code_together.http.login import Identity
from code_together.rooms.connection import Connection, Person
from code_together.rooms.room import Room
from code_together.session import protocol

log = logging.getLogger(__name__)

LIVE = web.AppKey("live", dict[int, int])
"""How many live connections each account has."""

# aiohttp itself closes at its limit, without a word: ours comes first, so that the client hears why.
_MARGIN = 2
_GOODBYE_SECONDS = 2.0
# What the kernel hardly takes at once is left to the transport.
_LARGE = 65_536


class _Socket:
    """A WebSocket's sending side.

    Messages go past aiohttp's writer, which would build the same frame anew for each of its receivers, and past the transport too, while that
    holds nothing back: straight to the kernel. What else is said on the socket (pings, pongs, the closing) stays with aiohttp; whole frames
    may be mixed.
    """

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request = request
        self._socket = socket
        self._protocol = request.protocol
        self._transport = request.transport  # None once the other side has gone
        self._descriptor = None if self._transport is None else _descriptor_of(self._transport)

    @property
    def congested(self) -> bool:
        return self._protocol.writing_paused

    def write(self, message: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        frame = text_frame(message)
        if self._descriptor is None or len(frame) >= _LARGE or transport.get_write_buffer_size():
            transport.write(frame)
            return
        try:
            sent = os.write(self._descriptor, frame)
        except OSError:
            sent = 0  # it takes nothing now, or is lost: the transport finds out, and says so
        if sent < len(frame):
            transport.write(frame[sent:])

    async def drain(self) -> None:
        await self._request.writer.drain()

    async def close(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, message=reason.encode())

    def abort(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()


def _descriptor_of(transport: asyncio.BaseTransport) -> int | None:
    """Where to write what goes out over a transport as it is; None if the transport encrypts."""
    if transport.get_extra_info("sslcontext") is not None:
        return None
    descriptor: int = transport.get_extra_info("socket").fileno()
    return descriptor


class _Allowance:
    """A token bucket: `rate` messages a second, `burst` at once."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._left = float(burst)
        self._at = asyncio.get_running_loop().time()

    def take(self) -> None:
        """Raises `TooFast` when nothing is left."""
        now = asyncio.get_running_loop().time()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - 1
        self._at = now
        if self._left < 0:
            raise TooFast(
                f"A connection may send {self._rate:g} messages a second without waiting.", retry_after=1
            )


@answers(101, refuses=(426, 429))
async def live(request: web.Request) -> web.WebSocketResponse:
    """`GET …/live`: the WebSocket of the live protocol."""
    grant, settings = request[GRANT], request.app[SETTINGS]
    counts, account = request.app[LIVE], grant.account
    if sum(counts.values()) >= settings.connections:
        raise Unavailable("The server has as many live connections as it takes.", code="too_many_connections")
    if counts.get(account.id, 0) >= settings.connections_per_account:
        raise TooFast("You have as many live connections as one account may have.", retry_after=60)
    counts[account.id] = counts.get(account.id, 0) + 1
    try:
        return await _serve(request, grant, settings)
    finally:
        counts[account.id] -= 1
        if not counts[account.id]:
            del counts[account.id]


async def _serve(request: web.Request, grant: Grant, settings: Settings) -> web.WebSocketResponse:
    room = await grant.room()
    socket = web.WebSocketResponse(
        heartbeat=settings.heartbeat,
        max_msg_size=_MARGIN * settings.message_bytes,
        compress=False,
        timeout=_GOODBYE_SECONDS,
    )
    await socket.prepare(request)
    account = grant.account
    connection = Connection(
        _Socket(request, socket),
        Person.of(account),
        grant.role,
        login=grant.identity.login,
        token=grant.identity.token,
        role_fixed=grant.identity.scope == "read",
        queue_bytes=settings.queue_bytes,
        queue_seconds=settings.queue_seconds,
    )
    asyncio.get_running_loop().call_later(settings.hello_seconds, _expect_hello, connection, settings)
    try:
        await _converse(request, grant, settings, room, connection, socket)
    except CodeTogetherError as error:
        connection.fail(error)
    except Exception:
        log.exception("live connection failed")
        connection.fail(
            Unavailable("Something went wrong on the server; your edits are kept.", code="internal")
        )
    else:
        connection.end(1000, "")
    finally:
        room.leave(connection)
        await connection.ended()
    return socket


async def _converse(
    request: web.Request,
    grant: Grant,
    settings: Settings,
    room: Room,
    connection: Connection,
    socket: web.WebSocketResponse,
) -> None:
    allowance = _Allowance(settings.message_rate, settings.message_burst)
    greeted = False
    async for frame in socket:
        if frame.type == WSMsgType.ERROR:
            return
        if frame.type != WSMsgType.TEXT:
            raise Malformed("Messages are JSON in text frames.")
        if len(frame.data) > settings.message_bytes:
            raise TooLarge(f"A message may have {settings.message_bytes:,} bytes.", code="message_too_large")
        message = protocol.parse(frame.data)
        # Whoever waits for the answer to a push before sending the next is as fast as the server; others are counted.
        if isinstance(message, protocol.Push) and message.doc not in connection.pushing:
            connection.pushing.add(message.doc)
        else:
            allowance.take()
        if greeted:
            await connection.ready()
            room.receive(connection, message)
        elif isinstance(message, protocol.Hello):
            await room.join(connection, message)
            greeted = True
            await _check_again(request, grant, room)
        else:
            raise Malformed("The first message is hello.")


async def _check_again(request: web.Request, grant: Grant, room: Room) -> None:
    """Between the handshake and the joining the login may have ended, and the role changed; from here on the room is told of that."""
    identity, registry = grant.identity, request.app[REGISTRY]
    if not await _stands(request, identity):
        account = await request.app[ACCOUNTS].by_id(identity.account.id)
        if account is None or account.disabled:
            await registry.account_disabled(identity.account.id)
        elif identity.login is not None:
            await registry.login_ended(identity.login)
        elif identity.token is not None:
            await registry.token_ended(identity.token)
        return
    role = await role_in(request, grant.session, grant.account)
    if role != grant.role:
        room.change_role(grant.account.id, role)


async def _stands(request: web.Request, identity: Identity) -> bool:
    if identity.login is not None:
        return bool(await request.app[LOGINS].standing([identity.login]))
    return identity.token is None or bool(await request.app[TOKENS].standing([identity.token]))


def _expect_hello(connection: Connection, settings: Settings) -> None:
    if not connection.joined and not connection.closed:
        connection.fail(
            Malformed(f"The first message is hello, and comes within {settings.hello_seconds:g} seconds.")
        )
