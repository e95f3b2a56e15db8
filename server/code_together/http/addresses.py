"""Where this machine is to be found on its networks: its addresses, as people type them."""

from __future__ import annotations

import ipaddress
import socket

import ifaddr

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_ELSEWHERE = {socket.AF_INET: "10.254.254.254", socket.AF_INET6: "fd00:ffff::1"}
"""Addresses of nobody. Asking for the way there sends nothing, and says which of ours is the usual one."""


def lan_addresses() -> tuple[Address, ...]:
    """Every address that another machine can use: IPv4 before IPv6, the usual one of each first. Empty without a network."""
    found: set[Address] = set()
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            text = entry.ip if isinstance(entry.ip, str) else entry.ip[0]
            address = ipaddress.ip_address(text.partition("%")[0])
            if not (address.is_loopback or address.is_unspecified or _needs_a_scope(address)):
                found.add(address)
    usual = {_usual(family) for family in _ELSEWHERE}
    return tuple(sorted(found, key=lambda one: (one.version, one.is_link_local, one not in usual, int(one))))


def _needs_a_scope(address: Address) -> bool:
    """Link-local IPv6, which no browser takes. 169.254.… is what machines have where nobody gives out addresses."""
    return address.version == 6 and address.is_link_local


def _usual(family: socket.AddressFamily) -> Address | None:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((_ELSEWHERE[family], 9))
            return ipaddress.ip_address(probe.getsockname()[0])
    except OSError:  # no way there, or no IPv6 at all
        return None


def in_url(host: str) -> str:
    """An address or name as it stands in a URL: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
