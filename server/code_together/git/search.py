"""Searching in the files of a session: a batch of them at a time, each read by its blob's id or given as its live text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pygit2

from code_together.errors import TooLarge
from code_together.git.bare import opened
from code_together.ot.change import ChangeSet
from code_together.session.search import (
    Match,
    Query,
    check_replacement,
    compile_query,
    matches,
    path_filter,
    replace,
)
from code_together.session.textfile import Format, decode, decode_as


@dataclass(frozen=True, slots=True)
class Searched:
    """A file to search in: its live text if it has one, else its blob, read as `format` if that is known."""

    path: str
    blob: str
    format: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class FoundIn:
    path: str
    matches: list[Match]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch gave: how many files were searched in, how many were no text, and whether there was more than was asked for."""

    files: list[FoundIn]
    searched: int
    binary: int
    truncated: bool


@dataclass(frozen=True, slots=True)
class Replacement:
    """A change of a live text, and how many places it changes."""

    changes: ChangeSet
    places: int


def search(path: str, files: Sequence[Searched], query: Query, longest_query: int, most: int) -> Batch:
    """The first `most` matches of a query in these files. Raises as `compile_query` does."""
    pattern = compile_query(query, longest_query)
    wanted = path_filter(query.paths)
    found: list[FoundIn] = []
    searched = binary = 0
    left = most
    with opened(path) as repository:
        for file in files:
            if not wanted(file.path):
                continue
            text = _text(repository, file)
            if text is None:
                binary += 1
                continue
            searched += 1
            here = matches(pattern, text, literal=not query.regex, most=left + 1)
            if len(here) > left:
                if left:
                    found.append(FoundIn(file.path, here[:left]))
                return Batch(found, searched, binary, True)
            if here:
                found.append(FoundIn(file.path, here))
                left -= len(here)
    return Batch(found, searched, binary, False)


def paths_with(path: str, files: Sequence[Searched], query: Query, longest_query: int) -> list[str]:
    """The paths of those of the files in which there is a match. Raises as `compile_query` does."""
    pattern = compile_query(query, longest_query)
    wanted = path_filter(query.paths)
    with opened(path) as repository:
        return [
            file.path
            for file in files
            if wanted(file.path)
            and (text := _text(repository, file)) is not None
            and matches(pattern, text, literal=not query.regex, most=1)
        ]


def replacements(
    texts: Sequence[str], query: Query, longest_query: int, replacement: str, units: int, inserted: int
) -> list[Replacement | None]:
    """For each live text the change that replaces every match, None where there is none.

    Raises as `compile_query` and `check_replacement` do, and `TooLarge` for a text that would have more than `units` UTF-16 units, or if more than
    `inserted` came into all of them together.
    """
    pattern = compile_query(query, longest_query)
    check_replacement(pattern, query, replacement)
    made: list[Replacement | None] = []
    for text in texts:
        done = replace(pattern, text, query, replacement, units)
        if done:
            inserted -= sum(len(new) for new in done[0].inserted_text())
        if inserted < 0:
            raise TooLarge("This replacement would put in too much at once.", code="too_much_to_replace")
        made.append(done and Replacement(*done))
    return made


def _text(repository: pygit2.Repository, file: Searched) -> str | None:
    if file.text is not None:
        return file.text
    blob = repository.get(file.blob)
    if not isinstance(blob, pygit2.Blob):
        return None
    format = file.format or _format(file.blob, blob.data)
    try:
        return None if format is None else decode_as(blob.data, Format.parse(format))
    except ValueError:
        return None


_formats: dict[str, str | None] = {}
_KNOWN = 100_000


def _format(id: str, data: bytes) -> str | None:
    """A blob's format, found out once: telling the older encodings apart takes long."""
    if id not in _formats:
        if len(_formats) >= _KNOWN:
            _formats.clear()
        decoded = decode(data)
        _formats[id] = decoded and str(decoded[1])
    return _formats[id]
