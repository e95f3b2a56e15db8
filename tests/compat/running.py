"""The real git binary, as a user has it: no configuration, no server's environment."""

import subprocess
from pathlib import Path


def git(*arguments: str, at: Path | str = "/") -> str:
    """Standard output of a git command; raises CalledProcessError if it fails."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(["git", *arguments], cwd=at, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
    return done.stdout.decode(errors="replace")


def complaints(path: str) -> str:
    """What `git fsck --strict` says; dangling objects are no fault."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"}
    command = ["git", "-C", path, "fsck", "--strict", "--full", "--no-dangling", "--no-progress"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False, text=True)
    return done.stdout + done.stderr + (f"exit {done.returncode}" if done.returncode else "")
