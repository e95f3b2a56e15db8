from __future__ import annotations

import ipaddress
import socket

from code_together.http.addresses import in_url, lan_addresses


def test_lan_addresses() -> None:
    """NW2: addresses are those at which others reach this machine: no loopback, IPv4 first, each once."""
    found = lan_addresses()
    assert len(found) == len(set(found))
    assert not any(address.is_loopback for address in found)
    assert not any(address.is_link_local for address in found if address.version == 6)
    assert [address.version for address in found] == sorted(address.version for address in found)
    for address in found:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        with socket.socket(family, socket.SOCK_STREAM) as listening:
            listening.bind((str(address), 0))


def test_in_url() -> None:
    """IPv6 has brackets in a URL, all else has not."""
    assert [in_url(host) for host in ("::1", "10.0.0.1", "pc.local")] == ["[::1]", "10.0.0.1", "pc.local"]
    assert str(ipaddress.ip_address("fd00::1")) == "fd00::1"
