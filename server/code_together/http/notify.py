"""Telling systemd how far the server is, where systemd started it (`Type=notify`)."""

from __future__ import annotations

import socket
from contextlib import suppress


def notify(where: str, state: str) -> None:
    """`READY=1` or `STOPPING=1`, to the socket that systemd has named; nothing happens where there is none, or nobody listens."""
    if not where.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        # @ is how a name that is no file is written
        out.sendto(state.encode(), "\0" + where[1:] if where[0] == "@" else where)
