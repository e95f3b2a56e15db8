"""Which local files are nobody's but the local editor's: they are not sent. What the session has is kept in step whatever it is called."""

from __future__ import annotations

from collections.abc import Sequence

from pathspec import GitIgnoreSpec

from code_together.session.paths import comparable
from code_together.sync import state

TEMPORARY = ".code-together-tmp-"

_OWN = (state.NAME, TEMPORARY)

# What Git keeps for itself, and what editors and desktops leave while they work (Vim, Emacs, Kate, LibreOffice, macOS, NFS).
_ALWAYS = GitIgnoreSpec.from_lines(
    [
        *(
            ".git",
            ".*.sw?",
            ".sw?",
            "4913",
            "*~",
            ".#*",
            r"\#*#",
            ".*.kate-swp",
            ".~lock.*#",
            ".DS_Store",
            ".nfs*",
            "*.tmp.[0-9]*",
        ),
    ]
)


def is_own(path: str) -> bool:
    """Whether this program keeps a name in the path for itself, on any file system and in any folder: that may be in step with another session."""
    return any(comparable(name).startswith(_OWN) for name in path.split("/"))


class Ignored:
    """The patterns of `.gitignore` files, by the folder that each lies in (`""` is the top one)."""

    def __init__(self) -> None:
        self._specs: dict[str, GitIgnoreSpec] = {}

    def learn(self, folder: str, lines: Sequence[str]) -> None:
        self._specs[folder] = GitIgnoreSpec.from_lines(lines)

    def matches(self, path: str, is_folder: bool) -> bool:
        """Whether this file or folder is not sent. Its parents are not: who asks does not go into those."""
        name = path.rpartition("/")[2] + "/" * is_folder
        if is_own(name) or _ALWAYS.match_file(name):
            return True
        verdict = False
        parts = path.split("/")
        for depth in range(len(parts)):
            spec = self._specs.get("/".join(parts[:depth]))
            if spec is not None:
                said = spec.check_file("/".join(parts[depth:]) + "/" * is_folder).include
                verdict = verdict if said is None else said
        return verdict
