"""Files as texts: what is text, and that its bytes come back."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_together.session.textfile import (
    _OLDER,
    UTF8,
    Format,
    codec_name,
    decode,
    decode_as,
    encode,
    looks_binary,
)

FORMATS = [
    Format(encoding, bom, crlf)
    for encoding, boms in (
        ("utf-8", (False, True)),
        ("utf-16-le", (False, True)),
        ("utf-16-be", (False, True)),
        ("cp1252", (False,)),
        ("iso8859-15", (False,)),
        ("cp932", (False,)),
        ("iso2022_jp", (False,)),
        ("gb18030", (False,)),
    )
    for bom in boms
    for crlf in (False, True)
]
TEXTS = st.text() | st.text("ab\r\n\ufeff\u2028é\u00a5\x0b\x85😀")


@given(TEXTS, st.sampled_from(FORMATS))
def test_what_is_written_comes_back(text: str, format: Format) -> None:
    """WN7: decode_as(encode(text, format)) is the text, for every text and format."""
    data, written = encode(text, format)
    assert decode_as(data, written) == text
    assert written in (format, UTF8)


@given(
    st.binary()
    | st.lists(st.sampled_from([b"\r", b"\n", b"a", b"\xe9", b"\0", *(codecs.BOM_UTF8,)])).map(b"".join)
)
def test_every_text_gives_its_bytes_back(data: bytes) -> None:
    """TX1: bytes taken as text come back byte for byte, and read the same in the format that was found."""
    read = decode(data)
    if read is not None:
        text, format = read
        assert encode(text, format) == (data, format)
        assert decode_as(data, format) == text
        assert "\0" not in text


@given(
    TEXTS,
    st.sampled_from([format for format in FORMATS if format.encoding.startswith("utf-16") and format.bom]),
)
def test_utf16_with_a_mark_is_read_as_such(text: str, format: Format) -> None:
    """TX1: UTF-16 with a byte order mark is text, unless it holds a NUL or is mostly controls."""
    data, _ = encode(text, format)
    read = decode(data)
    if read is not None:
        assert read[1].encoding == format.encoding
        assert read[1].bom
    else:
        assert any(ord(character) < 0x20 or character == "\x7f" for character in text)


@pytest.mark.parametrize(
    ("data", "text", "format"),
    [
        (b"", "", "utf-8"),
        (b"a\nb", "a\nb", "utf-8"),
        (b"a\r\nb\r\n", "a\nb\n", "utf-8 crlf"),
        (b"a\r\nb", "a\nb", "utf-8 crlf"),
        (b"a\r\nb\n", "a\r\nb\n", "utf-8"),
        (b"a\rb\r", "a\rb\r", "utf-8"),
        (b"a\r\r\n", "a\r\n", "utf-8 crlf"),
        (codecs.BOM_UTF8, "", "utf-8 bom"),
        (codecs.BOM_UTF8 + "é\r\n".encode(), "é\n", "utf-8 bom crlf"),
        (codecs.BOM_UTF8 * 2, "\ufeff", "utf-8 bom"),
        ("\ufeffö\r\n".encode("utf-16-le"), "ö\n", "utf-16-le bom crlf"),
        ("\ufeff😀\n".encode("utf-16-be"), "😀\n", "utf-16-be bom"),
        ("a\u2028b".encode(), "a\u2028b", "utf-8"),
    ],
)
def test_formats(data: bytes, text: str, format: str) -> None:
    """TX3: only `\\r\\n` ends lines: CRLF; else the text keeps every `\\r`. The mark is no part of the text."""
    assert decode(data) == (text, Format.parse(format))


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "# für später schön überflüssig\n# größer als zuvor\n"),
        ("cp1252", "# Größe\r\nx = 1\r\n"),
        ("cp1252", "café\n"),
        ("cp1252", "// ça va être prêt, déjà vu\nint main() { return 0; }\n"),
        ("cp1252", "# El niño comió en la montaña\n"),
        ("cp1251", "# Программа считает буквы\nprint(1)\n"),
        ("cp932", "# これはテストです\nprint(1)\n"),
        ("gb18030", "# 这是一个测试\nprint(1)\n"),
        ("cp949", "# 안녕하세요 여러분\n"),
        ("iso8859_2", "# zażółć gęślą jaźń\n"),
        ("cp1253", "# Καλημέρα κόσμε\n"),
    ],
)
def test_older_encodings_are_found(encoding: str, text: str) -> None:
    """TX1: a file from before UTF-8 is read as it was meant, though its encoding can only be guessed."""
    read = decode(text.encode(encoding))
    assert read is not None
    assert read[0] == text.replace("\r\n", "\n")
    assert encode(*read) == (text.encode(encoding), read[1])


@pytest.mark.parametrize("encoding", _OLDER)
def test_older_encodings_write_ascii_as_ascii(encoding: str) -> None:
    """TX1: in each encoding that is guessed at, code and line ends are the bytes that tools expect."""
    ascii = bytes(range(0x80)).decode("ascii")
    assert ascii.encode(encoding) == ascii.encode("ascii")
    assert Format.parse(str(Format(codec_name(encoding)))).encoding == codec_name(encoding)


def test_a_long_file_is_read_whole() -> None:
    """TX1: the guess looks at the beginning only, the proof at every byte."""
    long = ("x = 1  # für später\n" * 30_000).encode("cp1252")
    read = decode(long)
    assert read is not None
    assert encode(*read)[0] == long
    assert decode(long + b"\0") is None


@pytest.mark.parametrize(
    "data",
    [
        b"a\0b",
        codecs.BOM_UTF8 + b"a\0",
        "\ufeffa\0".encode("utf-16-le"),
        codecs.BOM_UTF16_LE + b"a",
        codecs.BOM_UTF16_LE + b"\x00\xd8",
        codecs.BOM_UTF8 + b"\xff",
        codecs.BOM_UTF32_LE + b"a\0\0\0",
        bytes(range(1, 32)),
        bytes(range(1, 256)),
    ],
)
def test_not_text(data: bytes) -> None:
    """TX2: a NUL, half a character or a heap of controls is not text, and nobody may edit it."""
    assert decode(data) is None


def test_what_cannot_be_written_becomes_utf8() -> None:
    """WN7: a text that its encoding cannot hold is written as UTF-8 with `\\n`."""
    assert encode("naïve\n", Format("cp1252", crlf=True)) == (b"na\xefve\r\n", Format("cp1252", crlf=True))
    assert encode("漢字\n", Format("cp1252", crlf=True)) == ("漢字\n".encode(), UTF8)
    # U+00A5 is written as the backslash in this encoding, and would come back as one.
    assert encode("¥", Format("shift_jis"))[1] == UTF8


@pytest.mark.parametrize("format", FORMATS)
def test_formats_are_named(format: Format) -> None:
    """A format's name, as the journal keeps it, gives the format back."""
    if format.bom and not format.encoding.startswith("utf"):
        return
    assert Format.parse(str(format)) == format


@pytest.mark.parametrize(
    "name", ["", "nonsense", "hex", "utf-8 crlf bom", "utf-8 x", "cp1252 bom", "utf-8  bom", "latin-1"]
)
def test_no_such_format(name: str) -> None:
    """A name that no format has is refused."""
    with pytest.raises(ValueError, match="There is no text"):
        Format.parse(name)


def test_a_missing_mark_is_noticed() -> None:
    """Bytes that are not of the format are an error, never another text."""
    with pytest.raises(ValueError, match="byte order mark"):
        decode_as(b"a", Format("utf-8", bom=True))


def test_listings() -> None:
    """TX2: for a listing a NUL near the beginning is enough, unless it is UTF-16."""
    assert looks_binary(b"\x7fELF\0")
    assert not looks_binary(b"a" * 8000 + b"\0")
    assert not looks_binary("\ufeffa".encode("utf-16-le"))
    assert not looks_binary(b"")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("“q” €", "cp1252"),
        ("# größer – ja", "cp1252"),
        ("café", "cp1252"),
        ("// привет", "cp1251"),
        ("# テスト", "cp932"),
    ],
)
def test_a_few_letters_are_read_as_they_were_written(text: str, encoding: str) -> None:
    """TX1: where there is little to go by, Western accents and quotes are not taken for another script, nor the reverse."""
    read = decode(text.encode(encoding))
    assert read is not None
    assert read[0].encode(str(read[1])) == text.encode(encoding)
    if encoding == "cp1252":
        assert (read[0], read[1].encoding) == (text, "cp1252")
    else:
        assert read[1].encoding != "cp1252"
