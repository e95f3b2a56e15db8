"""What is in a revision and not kept here: symbolic links and submodules of old commits that were pushed, and names that are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pygit2

from code_together.errors import Unprocessable
from code_together.git.bare import opened
from code_together.git.commits import read_commit, tree_of
from code_together.git.trees import LINK, SUBMODULE
from code_together.session.paths import check_path

Kind = Literal["link", "submodule", "name"]

MOST = 100
"""That are told of one revision."""

_LONGEST_PATH = 4_096  # bytes; what lies deeper is in no revision of ours


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`name`: a file whose name not every system can have."""

    path: str
    kind: Kind


def left_out(path: str, commit: str, *, names: bool = False) -> list[LeftOut]:
    """What of a revision is not among its files; with `names` also what is not in its zip. At most `MOST`, by path. Raises `NotFound`."""
    with opened(path) as repository:
        found = _Walk(names).below(tree_of(repository, read_commit(repository, commit)), "")
        return sorted((one for one, _ in zip(found, range(MOST), strict=False)), key=lambda one: one.path)


def kind_of(mode: int) -> Kind | None:
    return "link" if mode == LINK else "submodule" if mode == SUBMODULE else None


class _Walk:
    """Trees in which nothing was found are not gone through again: a tree may hold itself in very many places."""

    def __init__(self, names: bool) -> None:
        self._names = names
        self._clean: set[pygit2.Oid] = set()

    def below(self, tree: pygit2.Tree, folder: str) -> Iterator[LeftOut]:
        if tree.id in self._clean or len(folder) > _LONGEST_PATH:
            return
        clean = True
        for entry in tree:
            path = folder + (entry.raw_name or b"").decode(errors="replace")
            if isinstance(entry, pygit2.Tree):
                for one in self.below(entry, path + "/"):
                    clean = False
                    yield one
            elif kind := kind_of(int(entry.filemode)) or self._bad_name(entry, path):
                clean = False
                yield LeftOut(path, kind)
        if clean:
            self._clean.add(tree.id)

    def _bad_name(self, entry: pygit2.Object, path: str) -> Kind | None:
        try:
            (entry.raw_name or b"").decode()
            if self._names:
                check_path(path)
        except (UnicodeDecodeError, Unprocessable):
            return "name"
        return None
