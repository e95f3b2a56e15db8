"""A file of a revision as a text that people can edit."""

from __future__ import annotations

from code_together.errors import Conflict
from code_together.git import repository
from code_together.session.textfile import Format, decode, decode_as, encode


def text(path: str, commit: str, file: str, format: str | None, units: int) -> tuple[str, str]:
    """The text of a file in a commit, and its format; read as `format` if that is known. Runs in a worker process.

    Raises `Conflict` (`not_text`, `document_too_large`) for a file that cannot be edited, `NotFound` if it is not there.
    """
    return text_of(repository.read(path, commit, file), file, format, units)


def text_of(data: bytes, file: str, format: str | None, units: int) -> tuple[str, str]:
    """The text that these bytes of a file are, and its format. Raises as `text` does."""
    if len(data) > 4 * units:
        raise _too_large(file, units)
    if format is not None:
        found = decode_as(data, Format.parse(format))
    else:
        decoded = decode(data)
        if decoded is None:
            raise Conflict(
                f"{file} is not a text file. It is kept as it is; you can download it.", code="not_text"
            )
        found, format = decoded[0], str(decoded[1])
    if len(found) > units or len(found.encode("utf-16-le")) > 2 * units:
        raise _too_large(file, units)
    return found, format


def described(data: bytes, file: str, units: int) -> tuple[str, str] | None:
    """`text_of`, or None for what is no text or too long to edit. Runs in a worker process."""
    try:
        return text_of(data, file, None, units)
    except Conflict:
        return None


def data_of(text: str, format: str) -> bytes:
    """The bytes of a text in a file of this format. Runs in a worker process."""
    return encode(text, Format.parse(format))[0]


def _too_large(file: str, units: int) -> Conflict:
    return Conflict(
        f"{file} is longer than {units:,} characters and cannot be edited here; you can download it.",
        code="document_too_large",
    )
