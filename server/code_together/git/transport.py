"""The git binary: which one will do, what its children may know, and how it serves a clone."""

from __future__ import annotations

import re
import subprocess

from code_together.errors import Unavailable

OLDEST = (2, 39)
_PATH = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/opt/local/bin"
_PROTOCOL = re.compile(r"version=[012]\Z")
_IDLE_SECONDS = 60  # upload-pack gives up on a client that is silent for so long


def environment() -> dict[str, str]:
    """All that a git child gets to know.

    Nothing of ours, no configuration but the repository's, no terminal. The repositories may belong to
    another user (a container's volume), which git takes for an attack unless told.
    """
    return {
        "PATH": _PATH,
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }


def upload_pack(path: str, *, advertise: bool, protocol: str | None) -> tuple[list[str], dict[str, str]]:
    """Command and environment that answer one request of a clone; `protocol` is its Git-Protocol header."""
    command = ["git", "upload-pack", "--stateless-rpc", "--strict", f"--timeout={_IDLE_SECONDS}"]
    if advertise:
        command.append("--http-backend-info-refs")
    variables = environment()
    if protocol and _PROTOCOL.match(protocol):
        variables["GIT_PROTOCOL"] = protocol
    return [*command, "--", path], variables


def version() -> str:
    """The git binary's version. Raises `Unavailable` (`git_missing`, `git_too_old`) with what to do."""
    oldest = ".".join(map(str, OLDEST))
    try:
        said = subprocess.run(
            ["git", "--version"], env=environment(), capture_output=True, check=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(
            f"Git was not found in {_PATH}. Install git {oldest} or newer.", code="git_missing"
        ) from error
    match = re.search(r"(\d+)\.(\d+)\S*", said)
    if not match or (int(match[1]), int(match[2])) < OLDEST:
        raise Unavailable(f"This is {said.strip()}. Install git {oldest} or newer.", code="git_too_old")
    return match[0]
