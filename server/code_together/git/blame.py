"""Who typed each line of a file, by the git binary: ten times as fast as libgit2 on a long history."""

from __future__ import annotations

import codecs
import re
import subprocess
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from code_together.errors import Unavailable, Unprocessable
from code_together.git.bare import damaged, opened
from code_together.git.commits import parse_identity, read_commit, tree_of
from code_together.git.identity import Person
from code_together.git.kept import Kept
from code_together.git.transport import environment
from code_together.git.trees import file_at
from code_together.session.textfile import Format, decode

_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
_COMPLAINT = 4_000  # how much of what git says goes into the log
_SECONDS = 60.0  # when to give up; who waits for an answer does so sooner


@dataclass(frozen=True)
class BlameLine:
    """`number` counts from 1, `original` is what it was in the line's own revision; `at` is when it was committed, `text` has no line end."""

    number: int
    revision: str
    author: Person
    at: float
    text: str
    original: int = 0


@dataclass(frozen=True)
class Source:
    """A revision that lines come from: its title, what the file was called there, and the revision and path of before; None if it came there."""

    title: str
    path: str
    previous: tuple[str, str] | None


@dataclass(frozen=True)
class Blame:
    """`sources` has the revision of every line."""

    lines: list[BlameLine]
    sources: dict[str, Source]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line of bytes comes from, and how many bytes it has with its line end. `boundary`: git looked no further back."""

    revision: str
    author: Person
    at: float
    size: int
    line: int
    source: Source
    boundary: bool = False


_KEPT_LINES = 200_000  # some 25 MB
_kept: Kept[tuple[str, str], list[Origin]] = Kept(_KEPT_LINES)
"""The origins of a file's lines in a commit."""
_last: Kept[tuple[str, str], str] = Kept(1_000)
"""The commit in which a file of a repository was looked at last."""


def blame(path: str, commit: str, file: str) -> Blame:
    """Raises `NotFound`, `Unavailable` if it takes too long, `Unprocessable` (`not_text`)."""
    with opened(path) as repository:
        data = file_at(tree_of(repository, read_commit(repository, commit)), file).data
    read = decode(data)
    if read is None:
        raise Unprocessable(f"{file} is not a text, so it has no lines.", code="not_text")
    text, format = read
    origins = _kept.get((commit, file))
    if origins is None:
        origins = _since_last(path, commit, file) or list(parse_porcelain(_run(path, commit, file)))
        _kept.put((commit, file), origins, len(origins))
    _last.put((path, file), commit, 1)
    lines = list(_lines(text, format, origins))
    return Blame(lines, {origin.revision: origin.source for origin in origins})


def _since_last(path: str, commit: str, file: str) -> list[Origin] | None:
    """Where lines come from, if all that git has to look at is what came since the file was looked at last; None if that is not enough."""
    last = _last.get((path, file))
    known = _kept.get((last, file)) if last else None
    if not known:
        return None
    origins = []
    for origin in parse_porcelain(_run(path, f"{last}..{commit}", file)):
        if not origin.boundary:
            origins.append(origin)
        elif (origin.revision, origin.source.path) == (last, file):
            origins.append(replace(known[origin.line - 1], size=origin.size))
        else:
            return None  # an older revision, or a line that came past the last one
    return origins


def _run(path: str, revisions: str, file: str) -> bytes:
    """What `git blame --porcelain` says of a file in a commit, or of what came to it in a range of commits."""
    # A mailmap in the session would let anybody put anybody's name on a line.
    command = [
        "git",
        "-c",
        "core.quotePath=false",
        "-c",
        "mailmap.blob=",
        "-c",
        "mailmap.file=/dev/null",
        "--git-dir",
        path,
    ]
    command += ["blame", "--porcelain", "--encoding=UTF-8", revisions, "--", file]
    try:
        done = subprocess.run(command, env=environment(), capture_output=True, check=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(
            f"The blame of {file} takes too long; ask for an older revision.", code="too_slow"
        ) from error
    except subprocess.CalledProcessError as error:
        raise damaged(path, error.stderr.decode(errors="replace")[:_COMPLAINT]) from error
    return done.stdout


def parse_porcelain(output: bytes) -> Iterator[Origin]:
    """The output of `git blame --porcelain`: a commit's details stand where it is first named."""
    commits: dict[str, dict[bytes, bytes]] = {}
    details: dict[str, tuple[str, Person, float, Source, bool]] = {}
    lines = iter(output.split(b"\n"))
    for header in lines:
        if not header:
            return  # behind the last line end
        id, original, *_ = header.decode("ascii").split(" ")
        known = commits.setdefault(id, {})
        while not (line := next(lines)).startswith(b"\t"):
            key, _, value = line.partition(b" ")
            known[key] = value
            details.pop(id, None)
        if id not in details:
            details[id] = (id, *_details(known), b"boundary" in known)
        revision, author, at, source, boundary = details[id]
        # a tab before, a line end behind
        yield Origin(revision, author, at, len(line), int(original), source, boundary)


def _details(known: dict[bytes, bytes]) -> tuple[Person, float, Source]:
    name, mail, title = (
        known.get(key, default).decode(errors="replace")
        for key, default in ((b"author", b""), (b"author-mail", b"<>"), (b"summary", b""))
    )
    author, _ = parse_identity(f"{name} {mail}")
    revision, _, path = known.get(b"previous", b"").partition(b" ")
    previous = (revision.decode("ascii"), _unquoted(path)) if revision else None
    return (
        author,
        float(known.get(b"committer-time", 0)),
        Source(title, _unquoted(known[b"filename"]), previous),
    )


def _unquoted(path: bytes) -> str:
    """A path as git writes it: with quotes around it, and C's escapes, where it has characters that need them."""
    if path.startswith(b'"'):
        path = _ESCAPE.sub(lambda found: _escaped(found[1]), path[1:-1])
    return path.decode(errors="replace")


def _escaped(code: bytes) -> bytes:
    return bytes([int(code, 8)]) if code.isdigit() else _ESCAPES.get(code, code)


def _lines(text: str, format: Format, origins: list[Origin]) -> Iterator[BlameLine]:
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()  # behind the last line end
    if format.encoding.startswith("utf-16"):
        origins = _by_position(lines, format, origins)
    for number, (line, origin) in enumerate(zip(lines, origins, strict=True), 1):
        yield BlameLine(number, origin.revision, origin.author, origin.at, line, origin.line)


def _by_position(lines: list[str], format: Format, origins: list[Origin]) -> list[Origin]:
    """Origins by where each line begins.

    Git ends lines at the byte 0x0A, which in UTF-16 is half a line end, or half of another character.
    """
    begins = [0, *accumulate(origin.size for origin in origins[:-1])]
    position = len(codecs.BOM_UTF16)
    found = []
    for line in lines:
        found.append(origins[bisect_right(begins, position) - 1])
        position += len((line + ("\r\n" if format.crlf else "\n")).encode(format.encoding))
    return found
