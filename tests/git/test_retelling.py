"""What git says of a push that it cannot read, told again."""

from __future__ import annotations

import pytest

from code_together.git.retelling import Retelling

REPORT = b"000eunpack ok\n0000"
FAILED = b"0024unpack index-pack abnormal exit\n0000"
ID = "62c7a0ad0aae5dd671c9a8004eae1250b1ab21ce"


def packet(band: int, text: bytes) -> bytes:
    return b"%04x" % (len(text) + 5) + bytes([band]) + text


def shown(data: bytes) -> str:
    """What stands behind `remote:`."""
    text = b""
    while len(data) >= 4:
        length = int(data[:4], 16)
        if data[4:5] == b"\2" and length:
            text += data[5:length]
        data = data[max(length, 4) :]
    assert data == b""
    return text.decode()


def told(*said: bytes, report: bytes = FAILED, size: int = 10_000) -> str:
    answer = b"".join(packet(2, text) for text in said) + packet(1, report) + b"0000"
    retelling = Retelling(1_000)
    out = b"".join(retelling.take(answer[at : at + size]) for at in range(0, len(answer), size))
    return shown(out + retelling.end())


@pytest.mark.parametrize("size", [1, 3, 10_000])
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("gitmodulesUrl: disallowed submodule url: -x", "allow (disallowed submodule url: -x). Submodules"),
        ("gitattributesLineLength: .gitattributes has too long lines to parse", "a .gitattributes in it is"),
        ("treeNotSorted: not properly sorted", "not in Git's order. Have git itself commit them anew;"),
        ("nullSha1: contains entries pointing to null sha1", "(nullSha1: contains entries pointing"),
    ],
)
def test_faults_of_objects(fault: str, words: str, size: int) -> None:
    """PU7: what git finds in an object is said once, with how its commits are found, however the answer is cut."""
    said = told(f"error: object {ID}: {fault}\nfatal: fsck er".encode(), b"ror in packed object\n", size=size)
    assert said.startswith("This push cannot be taken: ")
    assert words in said
    assert f"git log --all -t --find-object={ID[:10]} names the commits" in said
    assert said.count("\n") == 1


def test_what_is_too_large_or_damaged() -> None:
    """PU7: a push that is too large, or that git cannot read, is told so with what to do; what else git says stays."""
    said = told(b"fatal: pack exceeds maximum allowed size (976.56 KiB)\n")
    assert said.startswith("A push may have 1,000 bytes; this one has more. Push in steps")
    said = told(b"fatal: early EOF\n")
    assert said.startswith(
        "fatal: early EOF\nGit could not read what was pushed (early EOF); nothing of it was"
    )
    said = told(report=b"0031unpack eof before pack header was fully read\n0000")
    assert said.startswith("Git could not read what was pushed (eof before pack header was fully read);")


def test_what_is_good_goes_on_at_once() -> None:
    """PU7: progress and our hooks' sentences are passed on as they come; the answer for a client without bands is not touched."""
    retelling = Retelling(1_000)
    assert shown(retelling.take(packet(2, b"Unpacking objects:  50%\r"))) == "Unpacking objects:  50%\r"
    assert shown(retelling.take(packet(2, b"1 file changed live.\nThe "))) == "1 file changed live.\n"
    assert retelling.take(packet(1, REPORT)) == packet(2, b"The ") + packet(1, REPORT)
    assert retelling.take(b"0000") + retelling.end() == b"0000"
    plain = b"0031unpack eof before pack header was fully read\n0000"
    assert Retelling(1_000).take(plain) == plain
    assert Retelling(1_000).take(b"zzzz") == b"zzzz"
