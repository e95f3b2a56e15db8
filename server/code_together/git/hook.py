"""The program that git runs as a hook of a push: it asks the server what is to become of the push, and tells git.

It runs by itself, as a child of `git receive-pack` and under its limits, knows nothing of the server, and imports nothing of it. The server is at
the other end of a socket that the process was given when it began (`CODE_TOGETHER_SOCKET`), and which nobody else can reach. Each question and each
answer is a line of JSON.

`pre-receive` is asked while what was pushed lies apart and is thrown away if the answer is no. `proc-receive` then does what git would do with refs;
it speaks to git in the packets of its gitprotocol-common (githooks, proc-receive).
"""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import IO, Any, Protocol

_LONGEST = 65_516
_FLUSH = b"0000"


class Lines(Protocol):
    """The server's end of the socket."""

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...

    def readline(self) -> bytes: ...


def main(hook: str) -> int:
    """Asks and answers; gives the exit status."""
    with socket.socket(fileno=int(os.environ["CODE_TOGETHER_SOCKET"])) as server:
        lines = server.makefile("rwb")
        if hook == "pre-receive":
            return pre_receive(lines)
        return proc_receive(lines, sys.stdin.buffer, sys.stdout.buffer)


def pre_receive(server: Lines) -> int:
    """Whether what is pushed may come in."""
    commands = [_command(line) for line in sys.stdin.buffer]
    answer = _ask(
        server,
        {"hook": "pre-receive", "commands": commands, "objects": os.environ.get("GIT_QUARANTINE_PATH")},
    )
    _say(answer["say"])
    return 0 if answer["accept"] else 1


def proc_receive(server: Lines, source: IO[bytes], sink: IO[bytes]) -> int:
    """What has become of each ref."""
    _read(source)
    _write(sink, [b"version=1\0"])
    commands = [_command(line) for line in _read(source)]
    answer = _ask(server, {"hook": "proc-receive", "commands": commands})
    _say(answer["say"])
    _write(sink, [f"ok {ref}" if why is None else f"ng {ref} {why}" for ref, why in answer["refs"]])
    return 0


def _command(line: bytes) -> list[str]:
    """Old id, new id, ref. A ref may be of any bytes."""
    return line.decode(errors="surrogateescape").rstrip("\n").split(" ", 2)


def _ask(server: Lines, question: dict[str, Any]) -> Any:
    server.write(json.dumps(question).encode() + b"\n")
    server.flush()
    line = server.readline()
    if not line.endswith(b"\n"):
        raise SystemExit("The server went away; nothing was changed. Push again.")
    return json.loads(line)


def _say(sentences: list[str]) -> None:
    """Git shows them to who pushes, behind `remote:`."""
    for sentence in sentences:
        sys.stderr.buffer.write(sentence.encode(errors="surrogateescape") + b"\n")
    sys.stderr.buffer.flush()


def _read(source: IO[bytes]) -> list[bytes]:
    """Packets up to a flush."""
    packets = []
    while length := int(source.read(4), 16):
        packets.append(source.read(length - 4))
    return packets


def _write(sink: IO[bytes], packets: list[bytes] | list[str]) -> None:
    for packet in packets:
        data = (packet.encode(errors="surrogateescape") if isinstance(packet, str) else packet)[:_LONGEST]
        sink.write(b"%04x" % (len(data) + 4) + data)
    sink.write(_FLUSH)
    sink.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
