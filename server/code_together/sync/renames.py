"""Files that were renamed here while nobody looked: which of those that are new are which of those that are gone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from itertools import takewhile

from code_together.sync.files import Blob, Files, blob_id
from code_together.sync.folder import Signature
from code_together.sync.texts import TextFile, read_text

_PAIRS = 2_500  # so many are compared; beyond, only those of one name
_LIKE = 0.5  # as Git has it

Contents = Counter[str] | str
"""Of a text its lines, of anything else Git's id."""


class Renames:
    """By inode, size and time; else by what is in them, for a folder was perhaps copied, or a file edited after it was renamed."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._read: dict[str, tuple[Signature, Contents]] = {}
        self._asked: object = None
        self._found: dict[str, str] = {}

    def find(
        self,
        gone: Collection[TextFile | Blob],
        new: Mapping[str, Signature],
        there: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        """Where files are that are gone, by the path that they had.

        What is in them counts for those that were not looked at yet. With `there` it does for all: these are their new paths in the session, which
        they are likely to have here, too.
        """
        asked = ([(file.path, file.signature) for file in gone], dict(new), there)
        if asked != self._asked:
            self._asked, self._found = asked, self._find(gone, new, there)
        return self._found

    def _find(
        self,
        gone: Collection[TextFile | Blob],
        new: Mapping[str, Signature],
        there: Mapping[str, str] | None,
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        signed = {signature: path for path, signature in new.items()}
        for file in gone:
            if file.signature is not None and (path := signed.pop(file.signature, None)) is not None:
                found[file.path] = path
        before = {
            file.path: _before(file)
            for file in sorted(gone, key=lambda file: file.path)
            if file.path not in found
            and (there is not None or file.signature is None)
            and not (isinstance(file, TextFile) and file.disk is None)
        }
        taken = set(found.values())
        if before and (contents := self._contents({path: new[path] for path in new if path not in taken})):
            self._compare(before, contents, there or {}, found)
        return found

    def _compare(
        self,
        before: dict[str, Contents],
        contents: dict[str, Contents],
        there: Mapping[str, str],
        found: dict[str, str],
    ) -> None:
        def take(old: str, new: str) -> None:
            found[old] = new
            del before[old], contents[new]

        for old, new in there.items():
            if old in before and new in contents and _likeness(before[old], contents[new]) >= _LIKE:
                take(old, new)
        equal: dict[object, set[str]] = defaultdict(set)
        for path, its in contents.items():
            equal[_key(its)].add(path)
        for old, its in list(before.items()):
            paths = equal[_key(its)]
            alike = [path for path in paths if its or _name(path) == _name(old)]
            if alike:
                take(old, new := max(alike, key=lambda path: (nearness(old, path), path)))
                paths.discard(new)
        few = len(before) * len(contents) <= _PAIRS
        pairs = sorted(
            (likeness, nearness(old, new), old, new)
            for old, its in before.items()
            for new, others in contents.items()
            if (few or _name(new) == _name(old)) and (likeness := _likeness(its, others)) >= _LIKE
        )
        for *_, old, new in reversed(pairs):
            if old in before and new in contents:
                take(old, new)

    def _contents(self, new: Mapping[str, Signature]) -> dict[str, Contents]:
        self._read = {path: read for path, read in self._read.items() if new.get(path) == read[0]}
        for path, signature in new.items():
            if path not in self._read:
                with suppress(OSError):
                    if (read := self._files.folder.read(path)) is not None:
                        self._read[path] = signature, _of(read[0])
        return {path: contents for path, (_, contents) in self._read.items()}


def _of(data: bytes) -> Contents:
    known = read_text(data, None)
    return blob_id(data) if known is None else Counter(known[0].splitlines())


def _before(file: TextFile | Blob) -> Contents:
    return file.blob if isinstance(file, Blob) else Counter((file.disk or "").splitlines())


def _key(contents: Contents) -> object:
    return contents if isinstance(contents, str) else frozenset(contents.items())


def _likeness(one: Contents, other: Contents) -> float:
    """Which share of the lines of the longer text is in both."""
    if one == other:
        return 1.0
    if isinstance(one, str) or isinstance(other, str) or not one or not other:
        return 0.0
    return (one & other).total() / max(one.total(), other.total())


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def nearness(one: str, other: str) -> tuple[int, int]:
    """How many names at their ends two paths have in common, and how little they differ in depth: the more, the likelier one became the other."""
    names, others = one.split("/"), other.split("/")
    pairs = zip(reversed(names), reversed(others), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)), -abs(len(names) - len(others))
