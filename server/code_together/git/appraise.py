"""The lines that comments are in Git: the format of git-appraise, so that its ids come out as that tool computes them.

A comment is one JSON object on a line, written as Go's `encoding/json` writes it, and its id is the SHA-1 of that line. A line that somebody
else wrote is read as Go reads it (names of fields in any case, unknown fields dropped, a wrong type spoils the line) and written again before
it is hashed. The facts are those of git-appraise's `schema/comment.json` and `review/comment`.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from code_together.git.nesting import shallow

LONGEST_LINE: Final = 1_000_000
"""In bytes; what is longer is kept and not read."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_BREAKS = re.compile("\r\n?")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ESCAPED = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
# Go compares names without regard to case; two letters beyond ASCII fold into it.
_FOLDED = {ord("\u017f"): "s", ord("\u212a"): "k"}
_WHOLE = re.compile(r"-?\d+\Z")
_SECONDS = re.compile(r"[+-]?\d+\Z")
_SECONDS_DIGITS = 10
_EACH_BYTE = "code_together.each_byte"


@dataclass(frozen=True)
class Range:
    """Lines from 1; columns are bytes from 1, the last one included. 0 where it is left out: whole lines, or one line."""

    start_line: int = 0
    start_column: int = 0
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True)
class Location:
    """Without a range a whole file is meant, without a path a whole commit."""

    commit: str = ""
    path: str = ""
    range: Range | None = None


@dataclass(frozen=True)
class Remark:
    """One line. With `original` it is another state of that comment, with `parent` an answer.

    `resolved`: None says nothing about it, true that it is settled, false that it must be seen to.
    """

    timestamp: str = ""
    author: str = ""
    original: str = ""
    parent: str = ""
    location: Location | None = None
    description: str = ""
    resolved: bool | None = None
    version: int = 0
    signature: str = ""

    @property
    def line(self) -> str:
        """The canonical line, without its end."""
        location = self.location
        return _object(
            timestamp=_padded(self.timestamp),
            author=self.author,
            original=self.original,
            parent=self.parent,
            location=location and _location(location),
            description=self.description,
            resolved=self.resolved,
            v=self.version or None,
            signature=self.signature,
        )

    @property
    def says_nothing(self) -> bool:
        """Whether it is no comment for anybody but that tool: no text, no verdict, and no change of another one."""
        return self.resolved is None and not self.original and not clean(self.description)

    @cached_property
    def id(self) -> str:
        return hashlib.sha1(self.line.encode(), usedforsecurity=False).hexdigest()


def parse(line: bytes) -> Remark | None:
    """A line that anybody may have written; None if git-appraise would not take it for a comment."""
    if len(line) > LONGEST_LINE:
        return None
    text = _text(line)
    try:
        try:
            value = _load(text)
        except RecursionError:
            value = _load(shallow(text))
        if not isinstance(value, _Fields):
            return None
        remark: Remark = _read(Remark(), value, _REMARK)
    except ValueError:
        return None
    return remark if remark.version == 0 else None


def _load(text: str) -> object:
    return json.loads(
        text, object_pairs_hook=_Fields, parse_int=_Number, parse_float=_Number, parse_constant=_refuse
    )


def clean(text: str) -> str:
    """A text as a comment may have it: line breaks are `\\n`, other control characters than these and tabs are gone, as is white space at its end."""
    return _CONTROLS.sub("", _LINE_BREAKS.sub("\n", text)).rstrip()


def timestamp(at: float) -> str:
    """Seconds since the epoch as ten digits."""
    return f"{int(at):010d}"


def request(at: float, requester: str, description: str, base: str | None) -> str:
    """The line by which git-appraise knows that a commit has comments. `base`: a merge's first parent, which it is compared with."""
    return _object(
        timestamp=timestamp(at),
        targetRef="refs/heads/main",
        requester=requester,
        description=clean(description),
        baseCommit=base,
    )


def is_request(line: bytes) -> bool:
    """Whether git-appraise would take a line for a request of a review."""
    text = _text(line)
    try:
        try:
            value = json.loads(text)
        except RecursionError:
            value = json.loads(shallow(text))
    except ValueError:
        return False
    return isinstance(value, dict) and value.get("v", 0) == 0 and isinstance(value.get("targetRef", ""), str)


def _object(**fields: Any) -> str:
    """A JSON object as Go writes it, without the fields that are empty."""
    kept = {name: value for name, value in fields.items() if value is not None and value != ""}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    # These stand in strings alone, and an escape means the same there.
    return text.translate(_ESCAPED)


def _location(location: Location) -> dict[str, Any]:
    value: dict[str, Any] = {}
    if location.commit:
        value["commit"] = location.commit
    if location.path:
        value["path"] = location.path
    if location.range is not None:
        span = location.range
        columns = {
            "startColumn": span.start_column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        }
        value["range"] = {"startLine": span.start_line, **{k: v for k, v in columns.items() if v}}
    return value


def _padded(timestamp: str) -> str:
    if len(timestamp.encode()) >= _SECONDS_DIGITS or not _SECONDS.match(timestamp) or not timestamp.isascii():
        return timestamp
    return f"{int(timestamp):0{_SECONDS_DIGITS}d}"


class _Fields(list[tuple[str, object]]):
    """An object's fields in the order in which they stand."""


class _Number(str):
    """A number as it is written."""


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _text(line: bytes) -> str:
    """Every byte that is no UTF-8 becomes one U+FFFD, as in Go."""
    return line.decode(errors=_EACH_BYTE)


def _each_byte(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\ufffd" * (error.end - error.start), error.end


codecs.register_error(_EACH_BYTE, _each_byte)


def _string(value: object, _before: object) -> str:
    if not isinstance(value, str) or isinstance(value, _Number):
        raise ValueError("not a string")
    return _SURROGATES.sub("\ufffd", value)


def _number(value: object, least: int, most: int) -> int:
    if not isinstance(value, _Number) or not _WHOLE.match(value) or len(value) > 20:
        raise ValueError("not a whole number")
    if least == 0 and value.startswith("-"):
        raise ValueError("negative")
    if not least <= int(value) <= most:
        raise ValueError("too large")
    return int(value)


def _column(value: object, _before: object) -> int:
    return _number(value, 0, 2**32 - 1)


def _version(value: object, _before: object) -> int:
    return _number(value, -(2**63), 2**63 - 1)


def _boolean(value: object, _before: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("not true or false")
    return value


def _read_range(value: object, before: object) -> Range:
    range: Range = _read(before if isinstance(before, Range) else Range(), value, _RANGE)
    return range


def _read_location(value: object, before: object) -> Location:
    location: Location = _read(before if isinstance(before, Location) else Location(), value, _LOCATION)
    return location


_Reader = Any  # (value, what the field holds before) → what it holds then
_OPTIONAL = {"location", "range", "resolved"}
_RANGE: Final[Mapping[str, tuple[str, _Reader]]] = {
    "startline": ("start_line", _column),
    "startcolumn": ("start_column", _column),
    "endline": ("end_line", _column),
    "endcolumn": ("end_column", _column),
}
_LOCATION: Final[Mapping[str, tuple[str, _Reader]]] = {
    "commit": ("commit", _string),
    "path": ("path", _string),
    "range": ("range", _read_range),
}
_REMARK: Final[Mapping[str, tuple[str, _Reader]]] = {
    "timestamp": ("timestamp", _string),
    "author": ("author", _string),
    "original": ("original", _string),
    "parent": ("parent", _string),
    "location": ("location", _read_location),
    "description": ("description", _string),
    "resolved": ("resolved", _boolean),
    "v": ("version", _version),
    "signature": ("signature", _string),
}


def _read(into: Any, value: object, fields: Mapping[str, tuple[str, _Reader]]) -> Any:
    """Fields one after another into what is there, as Go does: the last of two counts, null empties what may be absent."""
    if not isinstance(value, _Fields):
        raise ValueError("not an object")
    taken: dict[str, Any] = {}
    for name, one in value:
        if (field := fields.get(name.translate(_FOLDED).lower())) is None:
            continue
        attribute, reader = field
        if one is None:
            if attribute in _OPTIONAL:
                taken[attribute] = None
            continue
        taken[attribute] = reader(one, taken.get(attribute, getattr(into, attribute)))
    return replace(into, **taken)


def merge(ours: bytes, theirs: bytes) -> bytes:
    """Two notes as one, as git's `cat_sort_uniq` joins them: every line once, sorted by its bytes, none empty."""
    return joined(sorted({*lines(ours), *lines(theirs)}))


def lines(note: bytes) -> list[bytes]:
    """The lines of a note; `\\n` alone ends one."""
    return [line for line in note.split(b"\n") if line]


def joined(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
