"""The hook as git runs it: a program by itself."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading

import pytest

from code_together.git import hook


def run_hook(
    name: str, given: bytes, answer: object
) -> tuple[subprocess.CompletedProcess[bytes], list[object]]:
    """What the hook does with this input and the server's answer (None: the server goes away), and what it asked."""
    ours, theirs = socket.socketpair()
    asked: list[object] = []

    def serve() -> None:
        with ours, ours.makefile("rwb") as lines:
            asked.append(json.loads(lines.readline()))
            if answer is not None:
                lines.write(json.dumps(answer).encode() + b"\n")

    server = threading.Thread(target=serve)
    server.start()
    with theirs:
        ran = subprocess.run(
            [sys.executable, "-IS", hook.__file__, name],
            input=given,
            capture_output=True,
            pass_fds=(theirs.fileno(),),
            env={
                "CODE_TOGETHER_SOCKET": str(theirs.fileno()),
                "GIT_QUARANTINE_PATH": "/apart",
                "PATH": os.defpath,
            },
            timeout=30,
        )
    server.join()
    return ran, asked


def packet(text: bytes) -> bytes:
    return b"%04x" % (len(text) + 4) + text


@pytest.mark.parametrize("accept", [True, False])
def test_pre_receive(accept: bool) -> None:
    """PU7: git goes on if the server says so, and says to who pushes what the server says; refs may be of any bytes."""
    ran, asked = run_hook(
        "pre-receive", b"0 1 refs/heads/main\n0 2 refs/heads/\xff x\n", {"accept": accept, "say": ["Ä word."]}
    )
    assert asked == [
        {
            "hook": "pre-receive",
            "commands": [["0", "1", "refs/heads/main"], ["0", "2", "refs/heads/\udcff x"]],
            "objects": "/apart",
        }
    ]
    assert (ran.returncode, ran.stderr.decode()) == (0 if accept else 1, "Ä word.\n")


def test_proc_receive() -> None:
    """PU7: git is told of each ref what has become of it, in its own packets."""
    given = (
        packet(b"version=1\0push-options\n")
        + b"0000"
        + packet(b"0 1 refs/heads/main")
        + packet(b"0 2 x")
        + b"0000"
    )
    answer = {"say": ["Done."], "refs": [["refs/heads/main", None], ["x", "for a reason: this"]]}
    ran, asked = run_hook("proc-receive", given, answer)
    assert asked == [{"hook": "proc-receive", "commands": [["0", "1", "refs/heads/main"], ["0", "2", "x"]]}]
    assert ran.stdout == (
        packet(b"version=1\0")
        + b"0000"
        + packet(b"ok refs/heads/main")
        + packet(b"ng x for a reason: this")
        + b"0000"
    )
    assert (ran.returncode, ran.stderr) == (0, b"Done.\n")


@pytest.mark.parametrize(
    ("name", "given"), [("pre-receive", b"0 1 x\n"), ("proc-receive", packet(b"version=1\0") + b"00000000")]
)
def test_without_an_answer(name: str, given: bytes) -> None:
    """PU7: when the server goes away, the push fails with a sentence."""
    ran, _ = run_hook(name, given, None)
    assert ran.returncode != 0
    assert b"The server went away" in ran.stderr
