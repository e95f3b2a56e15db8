"""A repository as one pack and a list of refs, taken while others write to it, and made again from them (BK2)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from code_together.errors import Unavailable
from code_together.git.bare import MAIN, create, opened
from code_together.git.notes import DISCUSS, EXTRAS, REFS
from code_together.git.notetrees import target
from code_together.git.packing import everything
from code_together.git.transport import environment

_TRIES: Final = 3  # commits that a crash may have left unfinished
_SECONDS: Final = 3_600.0
_WHO: Final = {
    f"GIT_COMMITTER_{what}": value
    for what, value in (("NAME", "code_together"), ("EMAIL", "server@localhost"))
}


def save(
    path: str, commits: Sequence[str], notes: tuple[str | None, str | None], file: Path
) -> dict[str, str]:
    """Packs the newest of the commits that is whole, and all that belongs to it, into the new file; gives the refs, which are for that commit.

    The branch may have moved on meanwhile, and the notes: the commits are those that a copy of the database knows, newest first, and
    `notes` (comments, extras) those that its index of comments was made of. Tags of later revisions are left out.
    Without a commit nothing is packed. Raises `Unavailable` (`not_whole`) if no commit is whole.
    """
    if not commits:
        return {}
    for commit in commits[:_TRIES]:
        refs = {MAIN: commit, **dict(_notes(path, notes)), **dict(_tags(path, commit))}
        said = _run(everything(path), "".join(f"{id}\n" for id in sorted(set(refs.values()))), file)
        if said is None:
            return refs
    raise Unavailable(f"its repository cannot be read: {said}", code="not_whole")


def load(path: str, refs: dict[str, str], pack: IO[bytes] | None) -> None:
    """Makes a repository of the refs and the pack that `save` gave. Raises `Unavailable` (`not_whole`) when they do not fit."""
    create(path)
    if pack is None:
        return
    git = ["git", "--git-dir", path]
    # not strict: what a push may hold was looked at when it was pushed
    complaint = _feed([*git, "index-pack", "--stdin"], iter(lambda: pack.read(1 << 20), b""))
    if complaint is None:
        lines = (f"create {ref} {id}\n".encode() for ref, id in refs.items())
        complaint = _feed([*git, "update-ref", "--stdin"], lines)
    if complaint is not None:
        raise Unavailable(f"its repository cannot be made again: {complaint}", code="not_whole")


def _notes(path: str, known: tuple[str | None, str | None]) -> Iterator[tuple[str, str]]:
    at = dict(zip((DISCUSS, EXTRAS), known, strict=True))
    with opened(path) as repository:
        for ref in REFS:
            id = at.get(ref)
            # A commit that the index of comments was made of is in the history of the notes, unless somebody took it out.
            if id is None or id not in repository:
                id = target(repository, ref)
            if id is not None:
                yield ref, id


def _tags(path: str, commit: str) -> Iterator[tuple[str, str]]:
    command = ["git", "--git-dir", path, "for-each-ref", "--format=%(refname) %(objectname)"]
    done = subprocess.run(
        [*command, f"--merged={commit}", "refs/tags"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    for line in done.stdout.splitlines():  # nothing, if the commit is not whole
        ref, id = line.rsplit(" ", 1)
        yield ref, id


def _run(asked: tuple[list[str], dict[str, str]], said: str, file: Path) -> str | None:
    """What git complains of; None if all is well."""
    command, variables = asked
    with file.open("wb") as out:
        done = subprocess.run(
            command,
            env=variables,
            input=said.encode(),
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=_SECONDS,
            check=False,
        )
    return None if done.returncode == 0 else _last(done.stderr)


def _feed(command: list[str], pieces: Iterable[bytes]) -> str | None:
    """What git complains of; None if all is well."""
    with subprocess.Popen(
        command,
        env={**environment(), **_WHO},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        umask=0o077,
    ) as child:
        assert child.stdin is not None
        assert child.stderr is not None
        try:
            for piece in pieces:
                child.stdin.write(piece)
            child.stdin.close()
        except BrokenPipeError:
            pass  # it says why
        except BaseException:
            child.kill()
            raise
        complaint = child.stderr.read()
    return None if child.returncode == 0 else _last(complaint)


def _last(complaint: bytes) -> str:
    lines = complaint.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "git said nothing"
