"""Where in a file a comment speaks: lines for people, units for editors, bytes for git-appraise; and where that text is in a later one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic

import pygit2

from code_together.errors import Conflict, NotFound, TooLarge, Unprocessable
from code_together.git.appraise import Location, Range
from code_together.git.bare import opened
from code_together.git.commits import read_commit, tree_of
from code_together.git.kept import Kept
from code_together.git.trees import file_at
from code_together.ot.diff import diff
from code_together.session.anchors import follow
from code_together.session.comments import quoted
from code_together.session.lines import LineRange, Lines, Span, cut
from code_together.session.textfile import Format, decode, decode_as, encode


@dataclass(frozen=True)
class Passage:
    """A stretch of a file in a revision. `location` is what git-appraise calls it."""

    span: Span
    range: LineRange
    quote: str
    location: Location


@dataclass(frozen=True)
class Traced:
    """Where a span is in another text of its file."""

    span: Span
    range: LineRange


Asked = tuple[int, int | None, int, int | None]
"""Start line and column, end line and column; without columns whole lines."""


def passage(
    path: str, commit: str, file: str, format: str | None, units: int, where: Span | Asked
) -> Passage:
    """A stretch of a file in a commit; `format` is how the file is read there, if that is known.

    Raises `NotFound` (`no_revision`, `no_file`), `Conflict` (`not_text`), `TooLarge`, `Unprocessable` (`bad_range`).
    """
    with opened(path) as repository:
        data = file_at(tree_of(repository, read_commit(repository, commit)), file).data
    text, known = _text(data, file, format, units)
    lines = Lines(text)
    span = lines.within(where) if len(where) == 2 else lines.span(*where)
    range = lines.range(span)
    return Passage(
        span, range, quoted(cut(text, span)), Location(commit, file, _columns(lines, range, known))
    )


class Places:
    """What the locations of comments stand for. The text that was read last is kept: comments of one file are best asked for together."""

    def __init__(self, repository: pygit2.Repository, units: int) -> None:
        self._repository = repository
        self._units = units
        self._file: tuple[str, str] | None = None
        self._read: tuple[str, Format, Lines] | None = None

    def placed(self, location: Location, range: LineRange | None) -> Passage | None:
        """`range` says the place in units, where that is known. None if there is no such place."""
        if not location.path or location.range is None or not location.range.start_line:
            return None
        if self._file != (location.commit, location.path):
            self._file = location.commit, location.path
            self._read = self._text(*self._file)
        if self._read is None:
            return None
        text, format, lines = self._read
        try:
            if range is not None:
                span = lines.span(range.start_line, range.start_column, range.end_line, range.end_column)
            else:
                span = lines.span(*_asked(lines, location.range, format))
        except Unprocessable:
            return None
        return Passage(span, lines.range(span), quoted(cut(text, span)), location)

    def _text(self, commit: str, path: str) -> tuple[str, Format, Lines] | None:
        try:
            tree = tree_of(self._repository, read_commit(self._repository, commit))
            text, format = _text(file_at(tree, path).data, path, None, self._units)
        except (NotFound, Conflict, TooLarge, Unprocessable):
            return None
        return text, format, Lines(text)


def trace(
    path: str, commit: str, file: str, units: int, spans: Sequence[Span], now: str
) -> list[Traced | None]:
    """Where spans of a file in a commit are in the text that it has now; None for what is not there any more."""
    return trace_each(path, [(commit, file, spans)], units, now)[0]


def trace_to(
    path: str,
    commit: str,
    file: str,
    units: int,
    spans: Sequence[Span],
    later: str,
    file_later: str,
    format: str | None,
) -> list[Traced | None]:
    """The same for the text that the file, which may have another name by then, has in a later commit."""
    with opened(path) as repository:
        try:
            data = file_at(tree_of(repository, read_commit(repository, later)), file_later).data
            now, _ = _text(data, file_later, format, units)
        except (NotFound, Conflict, TooLarge):
            return [None] * len(spans)
    return trace(path, commit, file, units, spans, now)


Said = tuple[str, str, Sequence[Span]]
"""A commit, a file in it, and spans of the text that it has there."""

_KEPT_SPANS = 50_000  # some 20 MB
_kept: Kept[tuple[bytes, bytes], dict[Span, Traced | None]] = Kept(_KEPT_SPANS)
"""Where spans of a blob are in another one."""


def trace_all(
    path: str, said: Sequence[Said], commit: str, file: str, units: int, seconds: float
) -> list[list[Traced | None] | None]:
    """The same for spans of many texts in one file of one commit, which may be an earlier one.

    At least one text is compared, but none after so many seconds: in place of what was not looked for stands None. What was found is kept for who
    asks again. Raises `NotFound` (`no_revision`, `no_file`), `Conflict` (`not_text`), `TooLarge`.
    """
    ends = monotonic() + seconds
    with opened(path) as repository:
        blob = file_at(tree_of(repository, read_commit(repository, commit)), file)
        now, _ = _text(blob.data, file, None, units)
        return list(_trace(repository, said, units, now, blob.id.raw, ends))


def trace_each(path: str, said: Sequence[Said], units: int, now: str) -> list[list[Traced | None]]:
    """The same for spans of many texts in one that a file has now."""
    with opened(path) as repository:
        return [found or [] for found in _trace(repository, said, units, now)]


def _trace(
    repository: pygit2.Repository,
    said: Sequence[Said],
    units: int,
    now: str,
    id: bytes | None = None,
    ends: float = inf,
) -> Iterator[list[Traced | None] | None]:
    """Each text is compared once, however many commits have it. `id`: that of the blob that the text of now is."""
    blobs = [_blob(repository, commit, file) for commit, file, _ in said]
    asked: dict[pygit2.Oid, list[Span]] = defaultdict(list)
    for blob, (_, _, spans) in zip(blobs, said, strict=True):
        if blob:
            asked[blob].extend(spans)
    places: dict[pygit2.Oid, dict[Span, Traced | None]] = {}
    lines: Lines | None = None
    for blob, spans in asked.items():
        found = (_kept.get((blob.raw, id)) if id else None) or {}
        missing = [span for span in spans if span not in found]
        if missing and lines and monotonic() > ends:
            continue  # what is known of those behind it can still be told
        if missing:
            lines = lines or Lines(now)
            found = found | _places(repository.odb.read(blob)[1], missing, units, now, lines)
            if id:
                _kept.put((blob.raw, id), found, len(found))
        places[blob] = found
    for blob, (_, _, spans) in zip(blobs, said, strict=True):
        if blob is None:
            yield [None] * len(spans)
        else:
            yield [places[blob][span] for span in spans] if blob in places else None


def _blob(repository: pygit2.Repository, commit: str, file: str) -> pygit2.Oid | None:
    try:
        return file_at(tree_of(repository, read_commit(repository, commit)), file).id
    except NotFound:
        return None


def _places(
    data: bytes, spans: Sequence[Span], units: int, now: str, lines: Lines
) -> dict[Span, Traced | None]:
    try:
        text, _ = _text(data, "", None, units)
    except (Conflict, TooLarge):
        return dict.fromkeys(spans)
    moved = spans if text == now else follow(diff(text, now, spans), spans, strict=True)
    return {span: one and Traced(one, lines.range(one)) for span, one in zip(spans, moved, strict=True)}


def span_in(text: str, where: Asked) -> Span:
    """The units of a range of a text. Raises `Unprocessable` (`bad_range`)."""
    return Lines(text).span(*where)


def _text(data: bytes, file: str, format: str | None, units: int) -> tuple[str, Format]:
    if len(data) > 4 * units:
        raise TooLarge(f"{file} is too long to comment on.", code="document_too_large")
    if format is not None:
        try:
            return decode_as(data, Format.parse(format)), Format.parse(format)
        except ValueError:
            pass  # another format at that time
    decoded = decode(data)
    if decoded is None:
        raise Conflict(f"{file} is not a text file; there are no lines to comment on.", code="not_text")
    return decoded


def _columns(lines: Lines, range: LineRange, format: Format) -> Range:
    """The range as git-appraise counts it: columns are bytes of the file, the last one included; whole lines have none."""
    end = range.end_line if range.end_line != range.start_line else 0
    if lines.is_whole(range) or format.encoding.startswith("utf-16"):
        return Range(range.start_line, 0, end, 0)
    start_column = _bytes(lines, range.start_line, range.start_column, format) + 1
    end_column = _bytes(lines, range.end_line, range.end_column, format)
    width = _bytes(lines, range.start_line, None, format)
    if range.start_column == 1 or start_column > width:
        start_column = 0
    return Range(range.start_line, start_column, range.end_line, end_column)


def _bytes(lines: Lines, line: int, column: int | None, format: Format) -> int:
    """How many bytes a line has before a column, or in all."""
    text = lines.texts[line - 1]
    before = text if column is None else cut(text, (0, column - 1))
    mark = format.bom and line == 1
    return len(encode(before, Format(format.encoding))[0]) + (3 if mark else 0)


def _asked(lines: Lines, range: Range, format: Format) -> Asked:
    """What somebody else's range asks for, in units; columns that cannot be are those at the ends of the line."""
    end_line = range.end_line or range.start_line
    if max(range.start_line, end_line) > len(lines.texts) or format.encoding.startswith("utf-16"):
        return range.start_line, None, end_line, None
    start = _column(lines, range.start_line, range.start_column - 1, format) if range.start_column else None
    end = _column(lines, end_line, range.end_column, format) if range.end_column else None
    return range.start_line, start, end_line, end


def _column(lines: Lines, line: int, count: int, format: Format) -> int:
    """The column after so many bytes of a line."""
    if format.bom and line == 1:
        count = max(0, count - 3)
    data = encode(lines.texts[line - 1], Format(format.encoding))[0][:count]
    return len(data.decode(format.encoding, "ignore").encode("utf-16-le")) // 2 + 1
