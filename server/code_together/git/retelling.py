"""What git says to who pushes while it reads a pack, told again in our words: what is wrong, where, and what to do.

Git checks every object, and what it finds in `.gitmodules`, in `.gitattributes` and in the order of a folder is its own to find; but it names an
object and no more. The answer of `git receive-pack` is a row of packets (gitprotocol-common), each in a band: 1 has the report, 2 what is shown
behind `remote:`. A client that did not ask for bands gets the answer as it is.
"""

from __future__ import annotations

import re

_REPORT, _SHOWN = 1, 2
_LONGEST = 65_515  # bytes of text in a packet
_FAULT = re.compile(r"error: object ([0-9a-f]{10})[0-9a-f]*: (\w+): (.*)")
_TOO_LARGE = "fatal: pack exceeds maximum allowed size"
_ECHO = re.compile(r"fatal: fsck error in pack(ed object|s?)\b.*")  # says only that there was one
_LINES = re.compile(rb"[^\r\n]*[\r\n]")
_QUOTED = 200  # characters of what git says


class Retelling:
    """One answer on its way. `most`: the bytes that a push may have."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._packets = b""  # not whole yet
        self._line = b""  # the same of what is shown
        self._banded: bool | None = None
        self._told = False
        self._complaint = ""

    def take(self, data: bytes) -> bytes:
        """What of this is to be sent now."""
        self._packets += data
        out = b""
        while self._banded is not False and len(self._packets) >= 4:
            try:
                length = int(self._packets[:4], 16)
            except ValueError:
                self._banded = False
                break
            if len(self._packets) < length:
                return out
            packet, self._packets = self._packets[: max(length, 4)], self._packets[max(length, 4) :]
            out += self._packet(packet)
        if self._banded is False:
            out, self._packets = out + self._packets, b""
        return out

    def end(self) -> bytes:
        """What is left when git has ended."""
        left, self._packets = self._packets, b""
        return self._rest() + left

    def _packet(self, packet: bytes) -> bytes:
        band = packet[4] if len(packet) > 4 else None
        if self._banded is None:
            self._banded = band is None or band <= 3
        if band == _SHOWN:
            self._line += packet[5:]
            whole = _LINES.findall(self._line)
            self._line = self._line[sum(map(len, whole)) :]
            return _shown(b"".join(map(self._retold, whole)))
        before = self._rest() if self._banded else b""
        if band == _REPORT and not packet[5:].startswith(b"000eunpack ok") and b"unpack " in packet[:20]:
            before += self._unread(packet[5:])
        return before + packet

    def _rest(self) -> bytes:
        line, self._line = self._line, b""
        return _shown(self._retold(line))

    def _retold(self, line: bytes) -> bytes:
        text = line.decode(errors="replace").rstrip()
        if (fault := _FAULT.fullmatch(text)) is not None:
            return self._tell(_fault(*fault.groups()))
        if text == _TOO_LARGE or text.startswith(_TOO_LARGE + " "):
            return self._tell(
                f"A push may have {self._most:,} bytes; this one has more. Push in steps, older commits first: "
                "git push origin COMMIT:main."
            )
        if self._told and _ECHO.fullmatch(text):
            return b""
        if text.startswith(("fatal: ", "error: ")):
            self._complaint = self._complaint or text.partition(": ")[2]
        return line

    def _unread(self, report: bytes) -> bytes:
        """For a push that could not be read and of which nothing was told yet."""
        if self._told:
            return b""
        status = report[4:].partition(b"\n")[0].decode(errors="replace").removeprefix("unpack ")
        said = _quoted(self._complaint or status)
        return _shown(
            self._tell(
                f"Git could not read what was pushed ({said}); nothing of it was taken. Push again. If that does not help, "
                "git fsck in your clone says what is wrong with it."
            )
        )

    def _tell(self, sentence: str) -> bytes:
        self._told = True
        return sentence.encode() + b"\n"


def _fault(id: str, kind: str, said: str) -> str:
    find = f"git log --all -t --find-object={id} names the commits"
    if kind.startswith("gitmodules"):
        why = f"a .gitmodules in it says what git does not allow ({_quoted(said)}). Submodules are not kept here: take the file out; {find}."
    elif kind.startswith("gitattributes"):
        why = f"a .gitattributes in it is longer, or has longer lines, than git reads. Shorten it; {find}."
    elif kind == "treeNotSorted":
        why = f"the files of a folder in it are not in Git's order. Have git itself commit them anew; {find}."
    else:
        why = f"git finds fault with an object in it ({kind}: {_quoted(said)}); {find}, git fsck in your clone says more."
    return f"This push cannot be taken: {why}"


def _quoted(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:_QUOTED])


def _shown(text: bytes) -> bytes:
    """Packets that show a text."""
    pieces = (text[at : at + _LONGEST] for at in range(0, len(text), _LONGEST))
    return b"".join(b"%04x\2" % (len(piece) + 5) + piece for piece in pieces)
