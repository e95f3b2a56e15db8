"""What the git binary, and what we expect of a session's repository, say about it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence

from pygit2.enums import SortMode

from code_together.git.bare import MAIN, opened
from code_together.git.notes import REFS
from code_together.git.transport import environment, with_configuration

_EXPECTED = (MAIN, *REFS)
_TAGS = "refs/tags/"
_LONGEST = 300  # characters of a line
_MEMORY = {"safe.directory": "*", "pack.threads": "1", "core.packedGitWindowSize": "16m"}


def faults(path: str, most: int, seconds: float) -> list[str]:
    """What `git fsck --strict --full` finds, a line for each fault, at most so many and one that says that there are more."""
    command = ["git", "--git-dir", path, "fsck", "--strict", "--full", "--no-dangling", "--no-progress"]
    found: list[str] = []
    with subprocess.Popen(
        command,
        env={**environment(), **with_configuration(_MEMORY)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as child:
        assert child.stdout is not None
        timer = threading.Timer(seconds, child.kill)
        timer.start()
        try:
            while line := child.stdout.readline(10_000):
                _take(found, line.decode("utf-8", "replace"))
                if len(found) > most:
                    child.kill()
                    return [*found[:most], "and more of that kind"]
            status = child.wait()
        finally:
            timer.cancel()
    if status and status < 0:
        return [*found, f"did not end within {seconds:g} seconds, or was stopped"]
    return found or ([f"ended with status {status}"] if status else [])


def _take(found: list[str], line: str) -> None:
    text = "".join(c if c.isprintable() else " " for c in line).rstrip()[:_LONGEST]
    if text.startswith("notice: "):  # a session without a revision
        return
    if text.startswith(" ") and found:  # a broken link is said in two lines
        found[-1] = f"{found[-1]} {text.strip()}"
    elif text:
        found.append(text)


def strange_refs(path: str) -> list[str]:
    """A sentence for each ref that a session does not have, and for a HEAD that is not main."""
    with opened(path) as repository:
        head = repository.raw_listall_references()  # also of names that are not text
        names = sorted(name.decode("utf-8", "replace") for name in head)
        said = [
            f"has the ref {name}, which no session has"
            for name in names
            if name not in _EXPECTED and not name.startswith(_TAGS)
        ]
        target = repository.lookup_reference("HEAD").target
        return said if target == MAIN else [*said, f"has a HEAD that is {target}, not {MAIN}"]


def outside(path: str, tip: str, commits: Sequence[str]) -> list[str]:
    """Those of the commits that are not in the history of `tip`."""
    with opened(path) as repository:
        walk = repository.walk(tip, SortMode.NONE)
        history = {str(commit.id) for commit in walk}
        return [commit for commit in commits if commit not in history]


def went_back(path: str, ref: str, known: str | None) -> bool:
    """Whether a ref does not lead on from the commit where it was."""
    with opened(path) as repository:
        if known is None:
            return False
        reference = repository.references.get(ref)
        if reference is None:
            return True
        target = str(reference.resolve().target)
        return target != known and not (known in repository and repository.descendant_of(target, known))
