"""A server that a room full of people finds: announced by mDNS, with its addresses and a QR code on the terminal (NW5, NW6)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from io import StringIO

import segno
from zeroconf import AddressResolver, Error, IPVersion, ServiceInfo  # type: ignore[attr-defined]
from zeroconf.asyncio import AsyncZeroconf

from code_together.http.addresses import Address, in_url, lan_addresses
from code_together.http.certificates import Certified

log = logging.getLogger(__name__)

NAME = "code-together"
"""What the server is called on the network, with .local behind it; a second one is code-together-2."""
_MOST_NAMES = 20
_ASK_SECONDS = 1.0
"""How long others have to say that a name is theirs."""
_LOOK_SECONDS = 30.0
"""Between looks whether the machine has other addresses."""

Tell = Callable[[str], Awaitable[None]]


async def announce(scheme: str, port: int, tell: Tell) -> None:
    """Announces the server for ever, wherever there is a network; `tell` is given the name once it is known.

    Without a network, or where no announcement is possible, it is tried again when the machine has other addresses: the server is
    there all the same.
    """
    while True:
        addresses = await asyncio.to_thread(lan_addresses)
        async with _announcement(scheme, port, addresses, tell):
            await _others_than(addresses)


async def _others_than(addresses: Sequence[Address]) -> None:
    """Returns when the machine has other addresses."""
    now = addresses
    while now == addresses:
        await asyncio.sleep(_LOOK_SECONDS)
        now = await asyncio.to_thread(lan_addresses)


@asynccontextmanager
async def _announcement(
    scheme: str, port: int, addresses: Sequence[Address], tell: Tell
) -> AsyncIterator[None]:
    if not addresses:
        yield
        return
    try:
        zeroconf = AsyncZeroconf()
    except OSError as error:
        _failed(error)
        yield
        return
    try:
        try:
            name = await _free_name(zeroconf, addresses)
            # goodbyes are sent by closing; until then every question is answered
            await zeroconf.async_register_service(
                _service(scheme, port, name, addresses), allow_name_change=True
            )
            log.info("announced", extra={"fields": {"name": f"{name}.local", "port": port}})
            await tell(f"{name}.local")
        except (OSError, Error) as error:
            _failed(error)
        yield
    finally:
        with contextlib.suppress(OSError, Error):
            await zeroconf.async_close()


def _failed(error: Exception) -> None:
    log.warning("not announced", extra={"fields": {"why": str(error) or type(error).__name__}})


async def _free_name(zeroconf: AsyncZeroconf, addresses: Sequence[Address]) -> str:
    """The first of our names that nobody else answers to; another server of this machine may share it."""
    for number in range(1, _MOST_NAMES):
        name = NAME if number == 1 else f"{NAME}-{number}"
        asked = AddressResolver(f"{name}.local.")
        if not await asked.async_request(zeroconf.zeroconf, _ASK_SECONDS * 1_000):
            return name
        if set(asked.parsed_addresses(IPVersion.All)) <= {str(address) for address in addresses}:
            return name
    return f"{NAME}-{_MOST_NAMES}"


def _service(scheme: str, port: int, name: str, addresses: Sequence[Address]) -> ServiceInfo:
    kind = f"_{scheme}._tcp.local."
    return ServiceInfo(
        kind,
        f"code_together on {socket.gethostname()[:40].replace('.', '-')}.{kind}",
        port,
        server=f"{name}.local.",
        parsed_addresses=[str(address) for address in addresses],
        properties={"path": "/"},
    )


def greeting(scheme: str, port: int, addresses: Sequence[Address], certified: Certified | None) -> str:
    """What the terminal shows: where people find the server, as a picture too, and by what they know it."""
    if not addresses:
        return "This machine has no network now; the server is there as soon as it has.\n"
    urls = [f"{scheme}://{in_url(str(address))}:{port}" for address in addresses]
    lines = ["On this network:", *(f"  {url}" for url in urls), "", _picture(urls[0])]
    if certified is not None:
        lines += [
            "Browsers warn until they know this server's certificate authority. How, for each system:",
            f"  {urls[0]}/certificate",
            f"Its SHA-256 fingerprint: {certified.fingerprint}",
            "",
        ]
    return "\n".join(lines)


def _picture(url: str) -> str:
    out = StringIO()
    segno.make(url, error="l", micro=False).terminal(out, compact=True, border=2)
    return out.getvalue()


def show(text: str) -> None:
    """To people, beside the log. A terminal that has not the blocks of a QR code gets question marks."""
    encoding = sys.stderr.encoding or "ascii"
    print(text.encode(encoding, "replace").decode(encoding), file=sys.stderr, flush=True)
