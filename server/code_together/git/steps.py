"""How a file's text went from revision to revision: for the time of which no keystrokes are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import msgspec

from code_together.errors import Conflict, NotFound
from code_together.git.bare import opened
from code_together.git.commits import read_commit, tree_of
from code_together.git.trees import file_at
from code_together.ot.diff import diff
from code_together.session.textfile import Format, decode, decode_as

Place = tuple[str, str]
"""A commit and the path of the file in it."""


@dataclass(frozen=True)
class Walked:
    """The text before the newest `revisions`, as JSON. Each of these, oldest first, has for each of its places the changes made
    there, as JSON, or None where nothing changed."""

    text: bytes
    revisions: list[list[bytes | None]]


def text(path: str, place: Place, format: str | None, units: int) -> bytes:
    """A file's text, as JSON. Raises `NotFound`, `Conflict` (`not_text`, `document_too_large`)."""
    found = _text(path, place, format, units)
    if found is None:
        raise Conflict(f"{place[1]} is not a text file; there is nothing to play.", code="not_text")
    return _json(found)


def walk(
    path: str,
    base: Place | None,
    revisions: Sequence[Sequence[Place]],
    format: str | None,
    units: int,
    seconds: float,
) -> Walked:
    """What changed at each place of these revisions, each compared with the one before and the first with `base` (None: an empty text).

    Goes back from the newest revision for so many seconds, and through one at least. Where the file is not there its text is empty;
    where it is no text that can be read it is taken to be what it was after that.
    """
    ends = monotonic() + seconds
    after = _kept(path, revisions[-1][-1], format, units, "")
    found: list[list[bytes | None]] = []
    for number in range(len(revisions) - 1, -1, -1):
        if found and monotonic() > ends:
            break
        before = revisions[number - 1][-1] if number else base
        steps: list[bytes | None] = []
        for place in [*reversed(revisions[number][:-1]), before]:
            earlier = "" if place is None else _kept(path, place, format, units, after)
            steps.append(None if earlier == after else _json(diff(earlier, after).to_json()))
            after = earlier
        found.append(steps[::-1])
    return Walked(_json(after), found[::-1])


def _kept(path: str, place: Place, format: str | None, units: int, otherwise: str) -> str:
    try:
        found = _text(path, place, format, units)
    except NotFound:
        return ""
    except Conflict:
        return otherwise
    return otherwise if found is None else found


def _text(path: str, place: Place, format: str | None, units: int) -> str | None:
    commit, file = place
    with opened(path) as repository:
        data = file_at(tree_of(repository, read_commit(repository, commit)), file).data
    if len(data) > 4 * units:
        raise Conflict(f"{file} is too long to be played.", code="document_too_large")
    if format is not None:
        try:
            return decode_as(data, Format.parse(format))
        except ValueError:
            pass  # it was written otherwise then
    decoded = decode(data)
    return decoded[0] if decoded else None


_json = msgspec.json.encode
