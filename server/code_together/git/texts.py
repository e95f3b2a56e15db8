"""A file of a revision as the text that it is."""

from __future__ import annotations

from dataclasses import dataclass

from code_together.errors import Unprocessable
from code_together.git.bare import opened
from code_together.git.commits import read_commit, tree_of
from code_together.git.trees import file_at
from code_together.session.textfile import decode


@dataclass(frozen=True)
class FileText:
    """`text` is without what is behind the limit, and ends at a line's end then if it can (`cut`). `size`: bytes of the file."""

    text: str
    encoding: str
    size: int
    cut: bool


def text(path: str, commit: str, file: str, most: int) -> FileText:
    """At most so many characters of a file. Raises `NotFound`, `Unprocessable` (`not_text`)."""
    with opened(path) as repository:
        data = file_at(tree_of(repository, read_commit(repository, commit)), file).data
    read = decode(data)
    if read is None:
        raise Unprocessable(f"{file} is not a text.", code="not_text")
    text, format = read
    if len(text) <= most:
        return FileText(text, format.encoding, len(data), False)
    end = text.rfind("\n", 0, most) + 1
    return FileText(text[: end or most], format.encoding, len(data), True)
