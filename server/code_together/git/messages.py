"""Commit messages: what they say to people, and the trailers that they carry for tools.

Trailers are in the form of `git interpret-trailers`. Ours are always a paragraph of their own at the end, so
that nothing a person writes into a message is taken for one of them.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Sequence

from code_together.git.identity import Person, clean, one_line

_SUBJECT_LENGTH = 72
_TRAILER = re.compile(r"(?P<key>[A-Za-z0-9][A-Za-z0-9-]*): ?|[ \t]")
_KNOWN_TRAILER = re.compile(r"(?:[a-z-]+-by|code-together-[a-z-]+|change-id)\Z", re.IGNORECASE)


def edit(paths: Sequence[str]) -> str:
    """`Edit parser.py`, `Edit parser.py and lexer.py`, `Edit 3 files in src/`, `Edit 3 files`."""
    names = [posixpath.basename(path) for path in paths]
    if len(set(names)) < len(names):
        names = list(paths)
    subject = one_line("Edit " + " and ".join(names))
    if len(paths) == 1 or (len(paths) == 2 and len(subject) <= _SUBJECT_LENGTH):
        return subject
    folder = one_line(posixpath.commonpath([posixpath.dirname(path) for path in paths]))
    return f"Edit {len(paths)} files" + (f" in {folder}/" if folder else "")


def tidy(message: str | None) -> str:
    """A person's message without controls, trailing blanks and blank lines around it; it may be empty."""
    text = re.sub(r"\r\n?|\u2028|\u2029", "\n", message or "")
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return re.sub(r"[^\S\n]+$", "", text, flags=re.MULTILINE).strip("\n")


def with_trailers(message: str, trailers: Sequence[str]) -> str:
    """The whole commit message."""
    return "\n".join([message, *(["", *trailers] if trailers else []), ""])


def co_author(person: Person) -> str:
    person = clean(person)
    return f"Co-authored-by: {person.name} <{person.email}>"


def document(id: int, first_version: int, last_version: int, path: str) -> str:
    """For audit: which updates of the journal the commit holds."""
    return f"Code-Together-Document: {id} {first_version}..{last_version} {quoted(path)}"


def quoted(path: str) -> str:
    """The path as it is, or in Git's C-style quotes if it would break a line or lose its blanks."""
    plain = path.isprintable() and path == path.strip() and '"' not in path and "\\" not in path
    if plain:
        return path
    escaped = (
        "\\" + chr(byte) if byte in b'"\\' else chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"
        for byte in path.encode("utf-8", "replace")
    )
    return '"' + "".join(escaped) + '"'


def without_trailers(message: str) -> str:
    """Subject and body.

    The last paragraph counts as trailers if every line is of their form and one has a key known for it.
    """
    body, _, last = message.strip("\n").rpartition("\n\n")
    lines = [_TRAILER.match(line) for line in last.splitlines()]
    keys = [line["key"] for line in lines if line and line["key"]]
    if body.strip() and all(lines) and any(_KNOWN_TRAILER.match(key) for key in keys):
        return body.strip("\n")
    return message.strip("\n")
