"""Who really asks, and how, when a proxy stands in front of the server (NW8–NW10).

What `X-Forwarded-For` and `X-Forwarded-Proto` claim is believed of the proxies that the settings name, and of nobody else. The
`Host` is taken as it comes: a proxy has to pass it on. All else that proxies add is not looked at.
"""

from __future__ import annotations

import ipaddress
import logging
from dataclasses import dataclass

from aiohttp import web

from code_together.errors import Unprocessable
from code_together.http.addresses import Address

log = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MOST_HOPS = 20
_SIGNS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")
"""What a proxy leaves in a request."""


class Proxies:
    """The proxies that are trusted."""

    def __init__(self, setting: str) -> None:
        """`setting`: addresses and networks with commas between them. Raises `Unprocessable` (`bad_setting`)."""
        self.networks = tuple(_network(part.strip()) for part in setting.split(",") if part.strip())
        self.warned = False
        """Whether the log has said once that an unknown proxy is in front."""

    def trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self.networks)


PROXIES = web.AppKey("proxies", Proxies)


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request began."""

    address: str
    """Empty if it cannot be known."""
    encrypted: bool
    direct: bool
    """Whether no proxy stood between, as far as one can see."""


_CLIENT = web.RequestKey("client", Client)


def client(request: web.Request) -> Client:
    """Found once a request."""
    if _CLIENT not in request:
        request[_CLIENT] = _find(request, request.app[PROXIES])
    return request[_CLIENT]


def scheme(request: web.Request) -> str:
    """https where the browser came by TLS, to us or to a trusted proxy."""
    return "https" if client(request).encrypted else "http"


def address_here(request: web.Request) -> str:
    """The server's address as whoever asks has it, for links: `https://code.school:8443`."""
    return f"{scheme(request)}://{request.headers['Host']}"


def _find(request: web.Request, proxies: Proxies) -> Client:
    peer = _parsed(request.remote or "")
    marked = any(sign in request.headers for sign in _SIGNS)
    if not proxies.trusts(peer):
        if marked and not proxies.warned and not proxies.networks:
            proxies.warned = True
            log.warning(
                "a proxy seems to be in front: name it in trusted_proxy, or all people share its limits",
                extra={"fields": {"address": request.remote}},
            )
        return Client(request.remote or "", request.secure, direct=not marked)
    # Each proxy adds whom it was asked by at the end; the first that is none of ours is the client. What stands before it, the client wrote.
    address = peer
    hops = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    for hop in reversed(hops[-_MOST_HOPS:]):
        if (before := _parsed(hop)) is None:
            break
        address = before
        if not proxies.trusts(before):
            break
    claimed = ",".join(request.headers.getall("X-Forwarded-Proto", ())).rpartition(",")[2].strip().lower()
    encrypted = claimed in ("https", "wss") if claimed else request.secure
    return Client(str(address), encrypted, direct=False)


def _parsed(text: str) -> Address | None:
    """An address as it stands in a header, perhaps with a port; IPv4 in IPv6 is IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise Unprocessable(
            f"The setting trusted_proxy has {text}; it takes addresses and networks, as 127.0.0.1,10.1.0.0/16.",
            code="bad_setting",
        ) from None
