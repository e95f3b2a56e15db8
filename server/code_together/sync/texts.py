"""One text file: the document's peer, and what the local file held when it was last read or written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from code_together.errors import BadChanges
from code_together.ot.change import ChangeSet
from code_together.ot.merge import merge
from code_together.session.textfile import Format, decode, decode_as, encode
from code_together.sync.folder import ChangedMeanwhile, Folder, Signature, is_racy
from code_together.sync.peer import Peer
from code_together.sync.state import Kept, State

_PARTS = 2**31


class NotText(Exception):
    """The local file holds no text any more."""


@dataclass(eq=False)
class TextFile:
    """`disk`: the text that the local file held last, None if there was no file; `inbox`: what the server has said and the file has not yet."""

    path: str
    doc: int
    peer: Peer
    format: Format
    disk: str | None = None
    signature: Signature | None = None
    racy: bool = False
    digest: bytes = b""
    inbox: list[dict[str, Any]] = field(default_factory=list)
    live: bool = False
    pushing: bool = False
    accepted: int = 0
    """The last number of the present client id that the server has."""
    refused: str | None = None
    """The text that the server does not take."""
    strange: Signature | None = None
    """The file of which was said that it is no text any more."""
    names: set[str] = field(default_factory=set)
    """Whose updates have come in and are not in the file."""
    clashes: list[int] = field(default_factory=list)
    """Lines of which both sides' versions stand in the text, and nobody was told."""
    left: bool = False
    """Whether the file could not be read or written when that was last tried."""
    executable: bool = False
    """As in `state.Kept`."""

    @property
    def together(self) -> bool:
        """Whether nothing keeps the file here from being what the session has, once what has come in is dealt with."""
        kept_apart = self.left or self.strange is not None or self.refused is not None
        return self.peer.saved and not kept_apart

    @classmethod
    def restore(cls, kept: Kept, folder: Folder, name: str) -> TextFile:
        """As the state file has it. A file that was about to be written may have been or not."""
        peer = Peer(
            kept.version,
            kept.text,
            client=kept.client,
            seq=kept.seq,
            underway=[ChangeSet.from_json(one, max_parts=_PARTS) for one in kept.underway],
            waiting=[ChangeSet.from_json(one, max_parts=_PARTS) for one in kept.waiting],
        )
        format = Format.parse(kept.format)
        text = cls(kept.path, kept.doc or 0, peer, format, disk=str(peer.text), executable=kept.executable)
        if kept.writing and (left := folder.read(kept.writing)):
            if left[0] == encode(str(peer.text), text.format)[0]:
                text.disk = kept.before
            elif kept.before is None or left[0] != encode(kept.before, text.format)[0]:
                folder.beside(kept.path, left[0], name)
            folder.remove(kept.writing)
        return text

    def kept(self) -> Kept:
        peer = self.peer
        return Kept(
            path=self.path,
            doc=self.doc,
            format=str(self.format),
            version=peer.version,
            client=peer.client,
            seq=peer.seq,
            text=str(peer.confirmed),
            underway=[one.to_json() for one in peer.underway],
            waiting=[one.to_json() for one in peer.waiting],
            executable=self.executable,
        )

    def take_up(self, folder: Folder) -> bool:
        """Takes the local file's changes into the peer, merged with what the server has said; gives whether there were any.

        A missing file is none. Raises `NotText`, and what `receive` raises.
        """
        read = folder.read(self.path)
        if read is None:
            return False
        data, signature = read
        if signature == self.strange:
            raise NotText
        if self.digest and hashlib.sha256(data).digest() == self.digest:
            self._saw(data, signature)
            return False
        known = read_text(data, self.format)
        if known is None:
            self.strange = signature
            raise NotText
        text, self.format = known
        self._saw(data, signature)
        return self._edited(text)

    def write(self, folder: Folder, state: State) -> bool:
        """Writes the peer's text, if the file holds another; gives whether it wrote.

        Raises `ChangedMeanwhile` when the file is not what was last read or written: its changes are to be taken up first, once it is whole.
        """
        new = str(self.peer.text)
        if self.disk == new:
            return False
        data, format = encode(new, self.format)
        temporary = folder.prepare(self.path, data, self.executable)
        before = state.kept(self.path)
        kept = self.kept()
        kept.format, kept.before, kept.writing = str(format), self.disk, temporary
        try:
            state.put(kept)
        except OSError:
            folder.remove(temporary)
            raise
        try:
            signature, _ = folder.replace(self.path, temporary, self._is_as_seen)
        except (ChangedMeanwhile, OSError):
            self.racy = True
            if before is None:
                state.drop(self.path)
            else:
                state.put(before)
            raise
        self.disk, self.format = new, format
        self._saw(data, signature)
        return True

    def arrived(self, data: bytes, format: Format, signature: Signature) -> None:
        """The peer's text was written, as these bytes, where no file was."""
        self.disk, self.format = str(self.peer.text), format
        self._saw(data, signature)

    def _is_as_seen(self, data: bytes) -> bool:
        return hashlib.sha256(data).digest() == self.digest

    def receive(self) -> None:
        """Takes in what the server has said. Raises `BadChanges` for what cannot follow."""
        for said in self.inbox:
            if said["version"] < self.peer.version:
                continue
            if said["version"] > self.peer.version:
                raise BadChanges("The updates have a gap.")
            changes = ChangeSet.from_json(said["changes"], max_parts=_PARTS)
            if not self.peer.receive(said["client"], said["seq"], changes):
                self.names.add(str(said["by"]))
        self.inbox.clear()
        if not self.peer.underway:
            self.pushing = False

    def _edited(self, text: str) -> bool:
        if text == self.disk:
            return False
        self.receive()
        base, self.disk = self.disk, text
        if base is None:
            self.peer.become(text)
        else:
            self._merge(base, text)
        return True

    def _merge(self, base: str, text: str) -> None:
        """An own edit that does to the peer's text what made `text` of `base`."""
        change, clashes = merge(base, str(self.peer.text), text)
        self.peer.edit(change)
        self.clashes += [self.peer.text.slice(0, clash.start).count("\n") + 1 for clash in clashes]

    def _saw(self, data: bytes, signature: Signature) -> None:
        self.signature, self.racy = signature, is_racy(signature)
        self.digest = hashlib.sha256(data).digest()
        self.strange = None


def read_text(data: bytes, format: Format | None) -> tuple[str, Format] | None:
    """The text of a local file and its format, that of before where the bytes leave it open; None if it is no text."""
    decoded = decode(data)
    if decoded is None or format is None:
        return decoded
    text, found = decoded
    unicode = found.encoding.startswith("utf") and not data.isascii()
    if not unicode:
        try:
            text = decode_as(data, Format(format.encoding, format.bom))
            found = Format(format.encoding, format.bom, found.crlf)
        except ValueError:
            text = decode_as(data, Format(found.encoding, found.bom))
    if found.crlf or format.crlf:
        # One line with another end, from an editor that cares little, makes no other text of the rest.
        text = text.replace("\r\n", "\n")
        found = Format(found.encoding, found.bom, True if "\n" not in text else found.crlf or format.crlf)
    return text, found
