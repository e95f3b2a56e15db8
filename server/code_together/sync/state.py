"""What was in step when the client last looked, in one file of the folder: the state from which it goes on after any end.

A journal of JSON lines: each says how a file stands from now on, the last one counts, a torn one at the end does not. It is written
anew when it has grown. It holds no token.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from code_together.errors import Conflict

NAME = ".code-together-sync"
_SLACK = 4 * 1024 * 1024
_FORM = 1


@dataclass
class Kept:
    """One file. A text has a `doc`, and its fields are those of its `Peer`; anything else has a `blob`, Git's id of its contents.

    `writing` names the temporary file that is about to take the file's place; as long as it is there with the text of the peer,
    the file still holds `before`. `executable` is what both sides had last.
    """

    path: str
    doc: int | None = None
    format: str = ""
    version: int = 0
    client: str = ""
    seq: int = 0
    text: str = ""
    underway: list[Any] = field(default_factory=list)
    waiting: list[Any] = field(default_factory=list)
    before: str | None = None
    writing: str | None = None
    blob: str | None = None
    executable: bool = False


class State:
    """The state file of a folder, open for one client."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.session = ""
        self.client: str | None = None
        self.place: list[int] = []
        self.known = False
        """Whether the folder was in step with `session` before."""
        self._files: dict[str, dict[str, Any]] = {}
        self._lives = self._written = 0
        self._file: int | None = None
        if self.path.is_symlink():
            raise Conflict(f"{self.path} is a symbolic link; it is not followed.")
        if self.path.exists():
            self._read()

    def files(self) -> Iterator[Kept]:
        for fields in self._files.values():
            yield Kept(**fields)

    def kept(self, path: str) -> Kept | None:
        """How a file stands, as far as was said durably."""
        fields = self._files.get(path)
        return None if fields is None else Kept(**fields)

    def begin(self, session: str, place: list[int]) -> None:
        """From now on the folder at `place` (device and inode) is kept in step with this session."""
        self.session, self.place, self.known = session, place, True
        self.rewrite()

    def name_client(self, client: str | None) -> None:
        if client != self.client:
            self._add({"client": client})
            self.client = client

    def put(self, *files: Kept) -> None:
        """Says durably how files stand, all of them at once."""
        known = {kept.path: _fields(kept) for kept in files}
        new = {path: fields for path, fields in known.items() if self._files.get(path) != fields}
        if new:
            self._add(*({"file": fields} for fields in new.values()))
            self._files |= new

    def drop(self, path: str) -> None:
        """The file is not kept in step any more."""
        if path in self._files:
            self._add({"gone": path})
            del self._files[path]

    def move(self, old: str, kept: Kept) -> None:
        """A file has another path, in one step."""
        fields = _fields(kept)
        self._add({"gone": old, "file": fields})
        self._files.pop(old, None)
        self._files[kept.path] = fields

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def rewrite(self) -> None:
        """Writes it anew, without what no longer counts. Raises `OSError`; then it stays as it was."""
        head: dict[str, Any] = {
            "form": _FORM,
            "session": self.session,
            "client": self.client,
            "place": self.place,
        }
        lines: list[dict[str, Any]] = [head, *({"file": fields} for fields in self._files.values())]
        data = b"".join(_line(line) for line in lines)
        temporary = self.path.with_name(NAME + ".new")
        temporary.unlink(missing_ok=True)
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            _write(file, data)
        except OSError:
            temporary.unlink()
            raise
        finally:
            os.close(file)
        os.replace(temporary, self.path)
        self.close()
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
        self._lives = self._written = len(data)

    def _add(self, *lines: dict[str, Any]) -> None:
        if self._file is None:
            return
        data = b"".join(map(_line, lines))
        if self._written > 2 * self._lives + _SLACK:
            self.rewrite()
        try:
            _write(self._file, data)
        except OSError:
            os.ftruncate(self._file, self._written)  # a line that is torn in the middle would spoil the rest
            raise
        self._written += len(data)

    def _read(self) -> None:
        lines = self.path.read_bytes().split(b"\n")
        try:
            head = json.loads(lines[0])
            if head["form"] != _FORM:
                raise ValueError
            self.session, self.client, self.place = head["session"], head["client"], head["place"]
            for line in lines[1:-1]:
                if b"\0" in line:
                    break  # of lines that were written at once and that a power loss cut short, it may be one in the middle
                self._take(json.loads(line))
        except (ValueError, KeyError, TypeError):
            raise Conflict(
                f"{self.path} cannot be read. Move it away and use --merge: differences are kept beside."
            ) from None
        self.known = True

    def _take(self, line: dict[str, Any]) -> None:
        if "client" in line:
            self.client = line["client"]
        if "gone" in line:
            self._files.pop(line["gone"], None)
        if "file" in line:
            kept = Kept(**line["file"])
            self._files[kept.path] = line["file"]


def _fields(kept: Kept) -> dict[str, Any]:
    return {name: value for name, value in asdict(kept).items() if value or name == "path"}


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
    os.fsync(file)
