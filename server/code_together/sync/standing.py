"""How both sides stand: which files are not the same here and in the session, as the last look and the last message have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from code_together.sync.files import Files, shown
from code_together.sync.folder import Look
from code_together.sync.modes import Modes

_NAMED = 10


@dataclass(frozen=True)
class Outcome:
    """How both sides stood at the end: `apart` are the files that are not the same on both, of `count` together.

    `done`: all was done that can be, and only what is in the way of these files keeps them apart.
    """

    apart: Sequence[str]
    count: int
    done: bool

    def __str__(self) -> str:
        names = ", ".join(map(shown, self.apart[:_NAMED]))
        if len(self.apart) > _NAMED:
            names += f" and {len(self.apart) - _NAMED} more"
        are = "is" if len(self.apart) == 1 else "are"
        return f"{len(self.apart)} of {_files(self.count)} {are} not the same on both sides: {names}"


class Standing:
    """Compares both sides when nothing is left to do, and says it when that is otherwise than it was said last."""

    def __init__(self, files: Files, modes: Modes) -> None:
        self._files, self._modes = files, modes
        self._said: list[str] | None = None
        self.apart: list[str] = []
        """What is not the same on both sides, sorted. What Git does not keep either, as links and folders without files, is not in it."""
        self.sure = False
        """Whether that was so twice in a row: once it may be of a moment in which something arrives."""
        self._count = 0

    def compare(self, look: Look) -> None:
        files = self._files
        paths = look.files.keys() | files.remote.keys()
        shut = {path.removesuffix("/") or "." for path in look.shut}
        apart = sorted(shut.union(self._apart(look)))
        self.sure = not apart or apart == self.apart
        self.apart, self._count = apart, len(paths | shut)

    def outcome(self, done: bool) -> Outcome:
        return Outcome(self.apart, self._count, done)

    def tell(self, introduction: str = "") -> None:
        """Says how it stands, after an introduction or if it is otherwise than it was said last."""
        if self.apart != self._said or introduction:
            self._said = self.apart
            title = self._files.title
            how = f"not in step with {title}: {self.outcome(True)}"
            self._files.say(
                introduction + (how if self.apart else f"in step with {title}: {_files(self._count)}")
            )

    def _apart(self, look: Look) -> Iterator[str]:
        files = self._files
        for path in look.files.keys() | files.remote.keys():
            text, blob = files.texts.get(path), files.blobs.get(path)
            here, there = look.files.get(path), files.remote.get(path)
            together = (
                here is not None
                and there is not None
                and (text.together if text else blob is not None and blob.signature == here)
                and self._modes.agree(here, there)
            )
            if not together:
                yield path


def _files(count: int) -> str:
    return f"{count} file{'s' * (count != 1)}"
