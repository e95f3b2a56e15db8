"""Searching in texts, and replacing what was found: what a pattern, its options and a filter of paths mean.

A search is within lines, as in the editors people know: `\\s*$` never reaches into the next line. Regular expressions are Python's, and
how long one takes is in nobody's hands: whoever calls this with a stranger's pattern runs it where it can be stopped.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from code_together.errors import TooLarge, Unprocessable
from code_together.ot.change import ChangeSet
from code_together.ot.sections import units

_LINE = 240  # characters of a line that are shown with a match
_BEFORE = 60  # of which so many stand before a match that lies far out
_WORD = (r"(?<!\w)(?:", r")(?!\w)")
_BREAKS = re.compile(r"[\n\0]")
_REFERENCE = re.compile(r"\$(\$|&|[1-9][0-9]?)|\\([nt\\])")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. `paths`: a filter (`path_filter`), empty for all files."""

    text: str
    regex: bool = False
    case: bool = False
    word: bool = False
    paths: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Line and columns count from 1, columns in UTF-16 units, `end_column` is the one after the last unit.

    `text` is the line, cut when it is long; it begins at `text_column`.
    """

    line: int
    start_column: int
    end_column: int
    text: str
    text_column: int


def compile_query(query: Query, longest: int) -> re.Pattern[str]:
    """The pattern of a query of at most `longest` characters.

    Raises `Unprocessable`: `bad_query`, or `bad_pattern` with the `position` (from 1) where a regular expression is wrong.
    """
    if not query.text:
        raise Unprocessable("Say what to look for.", code="bad_query")
    if len(query.text) > longest:
        raise Unprocessable(f"What is looked for may have {longest:,} characters.", code="bad_query")
    if _BREAKS.search(query.text):
        raise Unprocessable(
            "A search is within lines: what it looks for has no line break.", code="bad_query"
        )
    source = query.text if query.regex else re.escape(query.text)
    before, after = _WORD if query.word else ("", "")
    flags = re.NOFLAG if query.case else re.IGNORECASE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a later Python may take for something else
            re.compile(source, flags)
            return re.compile(before + source + after, flags)
    except re.error as error:
        shift = len(before) if error.pattern != source else 0
        place = max(0, (error.pos or 0) - shift) + 1
        raise Unprocessable(
            f"The regular expression is wrong at character {place}: {error.msg}.",
            code="bad_pattern",
            position=place,
        ) from None
    except (OverflowError, RecursionError, MemoryError):
        raise Unprocessable(
            "The regular expression is too large or too deeply nested.", code="bad_pattern", position=1
        ) from None


def path_filter(text: str) -> Callable[[str], bool]:
    """Which paths a filter lets through: globs with commas between them, one with `!` before it takes out.

    `*` and `?` stay within a name, `**` crosses folders. A glob without a slash is for names of files and folders at any depth; a folder's
    name takes what is below it.
    """
    globs = [glob.strip() for glob in text.split(",")]
    wanted = [_glob(glob) for glob in globs if glob and not glob.startswith("!")]
    unwanted = [_glob(glob[1:]) for glob in globs if len(glob) > 1 and glob.startswith("!")]

    def lets_through(path: str) -> bool:
        return (not wanted or any(glob.match(path) for glob in wanted)) and not any(
            glob.match(path) for glob in unwanted
        )

    return lets_through


def _glob(glob: str) -> re.Pattern[str]:
    anchored = "/" in glob.rstrip("/")
    pattern = ""
    for part in re.split(r"(\*\*/|\*+|\?)", glob.strip("/")):
        if part == "**/":
            pattern += "(?:[^/]+/)*"
        elif part == "*":
            pattern += "[^/]*"
        elif part.startswith("*"):
            pattern += ".*"
        else:
            pattern += "[^/]" if part == "?" else re.escape(part)
    return re.compile(("" if anchored else "(?:.*/)?") + pattern + r"(?:/.*)?\Z", re.IGNORECASE | re.DOTALL)


def matches(pattern: re.Pattern[str], text: str, *, literal: bool, most: int) -> list[Match]:
    """The first `most` matches in a text; those of nothing do not count.

    `literal`: the pattern cannot match a line break, so that the whole text can be gone over at once.
    """
    found: list[Match] = []
    for number, line, match in _in_lines(pattern, text, literal):
        if len(found) >= most:
            break
        start, end = match
        first = max(0, start - _BEFORE) if end > _LINE else 0
        found.append(
            Match(
                line=number,
                start_column=units(line[:start]) + 1,
                end_column=units(line[:end]) + 1,
                text=line[first : first + _LINE],
                text_column=units(line[:first]) + 1,
            )
        )
    return found


def _in_lines(
    pattern: re.Pattern[str], text: str, literal: bool
) -> Iterator[tuple[int, str, tuple[int, int]]]:
    """(line from 1, the line, (start, end) in it) of each match."""
    if literal:
        number, last = 1, 0
        for match in pattern.finditer(text):
            number += text.count("\n", last, match.start())
            last = match.start()
            first = text.rfind("\n", 0, last) + 1
            end = text.find("\n", last)
            line = text[first:] if end < 0 else text[first:end]
            yield number, line, (match.start() - first, match.end() - first)
        return
    for number, line in enumerate(text.split("\n"), 1):
        for match in pattern.finditer(line):
            if match.end() > match.start():
                yield number, line, match.span()


def replace(
    pattern: re.Pattern[str], text: str, query: Query, replacement: str, longest: int
) -> tuple[ChangeSet, int] | None:
    """The change that puts the replacement in every match's place, and how many there are; None if there are none.

    For a regular expression `$1` to `$99` are what its groups matched, `$&` is the match, `$$` a dollar, `\\n` a line break, `\\t` a tab.
    Raises `TooLarge` (`document_too_large`) when the text would have more than `longest` UTF-16 units, `BadChanges` for a replacement
    that is no text.
    """
    edits: list[tuple[int, int, str]] = []
    length = units(text)
    at = position = grown = 0
    for start, end, new in _replacements(pattern, text, query, replacement):
        first = position + units(text[at:start])
        at, position = end, first + units(text[start:end])
        edits.append((first, position, new))
        grown += units(new) - (position - first)
        if length + grown > longest and grown > 0:
            raise TooLarge(f"A text would be longer than {longest:,} characters.", code="document_too_large")
    return (ChangeSet.of(length, edits), len(edits)) if edits else None


def check_replacement(pattern: re.Pattern[str], query: Query, replacement: str) -> None:
    """Raises `Unprocessable` (`bad_replacement`) where it names a group that the regular expression does not have."""
    if not query.regex:
        return
    for reference in _REFERENCE.finditer(replacement):
        name = reference.group(1)
        if name and name.isdigit() and _group(name, pattern) is None:
            groups = {0: "no groups", 1: "one group"}.get(pattern.groups, f"{pattern.groups} groups")
            raise Unprocessable(
                f"The replacement has ${name}, but the regular expression has {groups}. "
                "For a dollar sign write $$, for what was found $&.",
                code="bad_replacement",
            )


def _group(name: str, pattern: re.Pattern[str]) -> tuple[int, str] | None:
    """The group that digits are for, and the digits that are none of it: `$12` is group 1 and a 2 where there are few."""
    if int(name) <= pattern.groups:
        return int(name), ""
    return (int(name[0]), name[1:]) if len(name) == 2 and int(name[0]) <= pattern.groups else None


def _replacements(
    pattern: re.Pattern[str], text: str, query: Query, replacement: str
) -> Iterator[tuple[int, int, str]]:
    """(start, end, new text) of each place that becomes another, in the whole text."""
    offset = 0
    lines = [text] if not query.regex else text.split("\n")
    for line in lines:
        for match in pattern.finditer(line):
            if match.end() == match.start():
                continue
            new = _expand(replacement, match) if query.regex else replacement
            if new != match.group():
                yield offset + match.start(), offset + match.end(), new
        offset += len(line) + 1


def _expand(replacement: str, match: re.Match[str]) -> str:
    def value(reference: re.Match[str]) -> str:
        name, escape = reference.groups()
        if escape:
            return {"n": "\n", "t": "\t", "\\": "\\"}[escape]
        if name == "$":
            return "$"
        if name == "&":
            return match.group()
        group = _group(name, match.re)
        return reference.group() if group is None else (match.group(group[0]) or "") + group[1]

    return _REFERENCE.sub(value, replacement)
