"""The git binary: which one will do, what its children may know, and how it serves a clone and takes a push."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from code_together.errors import Unavailable

OLDEST = (2, 39)
_PATH = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/opt/local/bin"
_PROTOCOL = re.compile(r"version=[012]\Z")
_IDLE_SECONDS = 60  # upload-pack gives up on a client that is silent for so long
SAID_BY_POLICY = (
    *("hasDot", "hasDotdot", "hasDotgit", "fullPathname", "emptyName", "largePathname"),
    *("duplicateEntries", "badFilemode", "multipleAuthors", "badName", "badEmail", "missingEmail"),
    *("missingNameBeforeEmail", "missingSpaceBeforeEmail", "missingSpaceBeforeDate"),
    *("badDate", "badDateOverflow", "zeroPaddedDate", "badTimezone"),
)
"""What `git/policy.py` looks for in everything that is pushed, and says with the path and the reason; git knows neither."""

_HOOKS = Path(__file__).parent / "hooks"
_HOOK = Path(__file__).parent / "hook.py"


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
        **with_configuration({"safe.directory": "*"}),
    }


def with_configuration(values: dict[str, str]) -> dict[str, str]:
    """Options for a git child, which win over those of the repository."""
    variables = {"GIT_CONFIG_COUNT": str(len(values))}
    for number, (name, value) in enumerate(values.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def upload_pack(path: str, *, advertise: bool, protocol: str | None) -> tuple[list[str], dict[str, str]]:
    """Command and environment that answer one request of a clone; `protocol` is its Git-Protocol header."""
    command = ["git", "upload-pack", "--stateless-rpc", "--strict", f"--timeout={_IDLE_SECONDS}"]
    if advertise:
        command.append("--http-backend-info-refs")
    variables = environment()
    if protocol and _PROTOCOL.match(protocol):
        variables["GIT_PROTOCOL"] = protocol
    return [*command, "--", path], variables


def bundle(path: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment that write everything in the repository, as a file that can be cloned, to standard output."""
    return ["git", "--git-dir", path, "bundle", "create", "--quiet", "-", "HEAD", "--all"], environment()


def receive_pack(
    path: str, *, advertise: bool, most: int, largest: int, socket: int | None = None
) -> tuple[list[str], dict[str, str]]:
    """Command and environment that answer one request of a push.

    `most`: the bytes of a push; `largest`: of a file in it; `socket`: the descriptor over which the hooks ask (`git/hook.py`).
    The client's protocol is not passed on: for pushes there is only the first.
    """
    command = ["git", "receive-pack", "--stateless-rpc"]
    if advertise:
        command.append("--http-backend-info-refs")
    options = {
        "safe.directory": "*",
        "core.hooksPath": str(_HOOKS),
        "core.bigFileThreshold": str(largest),
        "pack.threads": "1",
        "receive.procReceiveRefs": "refs",
        "receive.fsckObjects": "true",
        **{f"receive.fsck.{finding}": "ignore" for finding in SAID_BY_POLICY},
        "receive.maxInputSize": str(most),
        "receive.advertiseAtomic": "false",
        "receive.advertisePushOptions": "false",
        "receive.autogc": "false",
    }
    asking = {} if socket is None else {"CODE_TOGETHER_SOCKET": str(socket)}
    programs = {"CODE_TOGETHER_PYTHON": sys.executable, "CODE_TOGETHER_HOOK": str(_HOOK)}
    return [*command, "--", path], {**environment(), **with_configuration(options), **programs, **asking}


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
