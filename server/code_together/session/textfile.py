"""Files as texts: which bytes are text, and how a text becomes the bytes it came from (TX1–TX3, WN7)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

import charset_normalizer

_BOMS = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
# The encodings of files from before UTF-8, the commonest first; all of them write ASCII as ASCII.
_OLDER = (
    *("cp1252", "cp932", "gb18030", "cp949", "big5hkscs", "euc_jp", "cp1251", "cp1250", "cp1253", "cp1254"),
    *(
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "koi8_r",
        "iso8859_2",
        "iso8859_15",
        "cp866",
        "cp850",
        "mac_roman",
    ),
)
# Controls that no text file has a use for; tab, line ends, form feed, backspace, escape and DOS's end of file
# have one.
_CONTROLS = re.compile(r"[\x00-\x07\x0e-\x19\x1c-\x1f\x7f]")
# What a few accents, quotes and signs in a Western text look like in cp1252: no three of them in a row, and none that
# only the bytes of another encoding would give. Statistics have nothing to go by there.
_WESTERN = re.compile(
    r"(?:[\x00-\x7f]|[À-ÖØ-öø-ÿŠšŽžŒœŸ‚„“”‘’–—…€£¥§©®™°·«»¡¿ªº\xa0](?![À-ÖØ-öø-ÿŠšŽžŒœŸ]{2}))*"
)
_FEW = 16
_GUESS_BYTES = 256 * 1024
_LISTING_BYTES = 8000


@dataclass(frozen=True)
class Format:
    """How a text is written as bytes.

    `encoding` is Python's canonical codec name; `crlf`: each `\\n` is written `\\r\\n`.
    """

    encoding: str
    bom: bool = False
    crlf: bool = False

    def __str__(self) -> str:
        return self.encoding + " bom" * self.bom + " crlf" * self.crlf

    @classmethod
    def parse(cls, value: str) -> Format:
        """The format that `str` wrote. Raises ValueError if there is no such format."""
        encoding, *flags = value.split(" ")
        format = cls(codec_name(encoding), "bom" in flags, "crlf" in flags)
        if str(format) != value or (format.bom and encoding not in _BOMS):
            raise ValueError(f"There is no text format {value!r}.")
        return format


UTF8 = Format("utf-8")


def decode(data: bytes) -> tuple[str, Format] | None:
    """The text and its format, or None if the bytes are not text: then nothing may edit them."""
    for encoding, bom in _BOMS.items():
        if data.startswith(bom):
            return _read(data, Format(encoding, bom=True))
    if b"\0" in data:
        return None
    return _read(data, UTF8) or _guess(data)


def decode_as(data: bytes, format: Format) -> str:
    """The text of bytes that `encode` wrote in this format. Raises ValueError if they cannot be."""
    bom = _BOMS[format.encoding] if format.bom else b""
    if not data.startswith(bom):
        raise ValueError(f"These bytes are not {format}: the byte order mark is missing.")
    text = data[len(bom) :].decode(format.encoding)
    return text.replace("\r\n", "\n") if format.crlf else text


def encode(text: str, format: Format) -> tuple[bytes, Format]:
    """The bytes, and the format really used.

    That is UTF-8 with `\\n` when the text cannot be written as asked and come back (WN7). Raises
    UnicodeEncodeError on a lone surrogate.
    """
    try:
        data = _write(text, format)
        if decode_as(data, format) == text:
            return data, format
    except UnicodeError:
        pass  # a character that the encoding does not have
    return _write(text, UTF8), UTF8


def looks_binary(data: bytes) -> bool:
    """A cheap test on the first bytes of a file, for listings; `decode` has the last word."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return not marked and b"\0" in data[:_LISTING_BYTES]


def codec_name(encoding: str) -> str:
    """Python's name of the text encoding. Raises ValueError if it has none."""
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except LookupError:
        raise ValueError(f"There is no text encoding {encoding!r}.") from None


def _write(text: str, format: Format) -> bytes:
    bom = _BOMS[format.encoding] if format.bom else b""
    return bom + (text.replace("\n", "\r\n") if format.crlf else text).encode(format.encoding)


def _read(data: bytes, format: Format) -> tuple[str, Format] | None:
    try:
        text = decode_as(data, format)
    except ValueError:
        return None
    controls = len(_CONTROLS.findall(text))
    if "\0" in text or controls * 10 > len(text):
        return None
    if "\n" in text and text.count("\n") == text.count("\r\n"):
        format = replace(format, crlf=True)
        text = text.replace("\r\n", "\n")
    return (text, format) if encode(text, format) == (data, format) else None


def _guess(data: bytes) -> tuple[str, Format] | None:
    """The likeliest older encoding that gives every byte back; among equally likely ones the commonest."""
    if sum(byte > 0x7F for byte in data[:_LISTING_BYTES]) <= _FEW:
        read = _read(data, Format("cp1252"))
        if read and _WESTERN.fullmatch(read[0]):
            return read
    sample = data[:_GUESS_BYTES]
    if len(data) > len(sample):
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    likely = sorted(
        (match.chaos, -match.coherence, _OLDER.index(encoding))
        for match in charset_normalizer.from_bytes(sample, cp_isolation=list(_OLDER))
        for encoding in (match.encoding, *match.could_be_from_charset)
        if encoding in _OLDER
    )
    for _, _, number in likely:
        read = _read(data, Format(codec_name(_OLDER[number])))
        if read and not _CONTROLS.search(read[0]):
            return read
    return None
