"""Documents are opened: those that were in step go on, others come here or meet a file that is here."""

from __future__ import annotations

import hashlib
from collections import deque
from contextlib import suppress
from typing import Any

from code_together.errors import BadChanges
from code_together.session.textfile import Format, encode
from code_together.sync.edits import Edits
from code_together.sync.files import Again, Files, blob_id
from code_together.sync.folder import ChangedMeanwhile
from code_together.sync.peer import Peer
from code_together.sync.texts import TextFile, read_text

_OPENS_A_PING = 100


class Opening:
    """What was asked for and not answered yet; the pong of a ping after it says that what was missed has come."""

    def __init__(self, files: Files, edits: Edits) -> None:
        self._files, self._edits = files, edits
        self._line, self._folder, self._state, self._say = files.line, files.folder, files.state, files.say
        self._asked: deque[tuple[str, int | None]] = deque()
        self._pings = 0
        self._opened: list[int] = []
        self._coming: list[TextFile] = []
        """What was opened and is not noted yet."""

    def begin(self) -> None:
        """A new connection."""
        self._asked.clear()
        self._pings = 0
        self._opened.clear()

    @property
    def caught_up(self) -> bool:
        """Whether everything that was asked for is here, and what was missed."""
        return not (self._asked or self._pings)

    def asks(self, doc: int) -> bool:
        """Whether this document is the next to be answered."""
        return bool(self._asked) and self._asked[0][1] == doc

    def asks_for(self, path: str) -> bool:
        """Whether the document at this path was asked for, and is not there yet."""
        return any(asked == path for asked, _ in self._asked)

    def not_opened(self) -> str | None:
        """The next to be answered is not opened; gives its path."""
        if not self._asked:
            return None
        path, _ = self._asked.popleft()
        self._files.expected.pop(path, None)
        return path

    async def ping(self) -> None:
        """Asks for a sign that all was heard that was said until now."""
        self._pings += 1
        await self._line.send({"type": "ping"})

    async def open(self, opens: list[tuple[str, int | None]]) -> None:
        """Asks for documents: by path those that are new here, by id those that were in step."""
        for i, (path, doc) in enumerate(opens):
            self._asked.append((path, doc))
            if doc is None:
                await self._line.send({"type": "open", "path": path})
            elif doc in self._files.anew:
                self._files.anew.discard(doc)
                await self._line.send({"type": "open", "doc": doc})
            else:
                await self._line.send(
                    {"type": "open", "doc": doc, "version": self._files.docs[doc].peer.version}
                )
            if i % _OPENS_A_PING == _OPENS_A_PING - 1 or i == len(opens) - 1:
                await self.ping()

    def take_opened(self, message: dict[str, Any]) -> None:
        """A document that was asked for. Raises `Again`."""
        if self._asked:
            self._asked.popleft()
        doc = message["doc"]
        self._opened.append(doc)
        text = self._files.docs.get(doc)
        if text is None:
            self._meet(message)
            return
        text.accepted = message["seq"]
        if "text" in message:
            sure = text.peer.client == self._files.client or not text.peer.underway
            try:
                if not sure:
                    raise BadChanges("It is not known what of this has arrived.")
                if text.peer.client != self._files.client:
                    text.peer.renumber(self._files.client, message["seq"])
                text.peer.reset(message["version"], message["text"], message["seq"])
            except BadChanges:
                self._put_aside(text, message)
        elif text.peer.client == self._files.client and message["seq"] < text.peer.seq:
            self._files.anew.add(doc)
            raise Again
        self._files.dirty.add(text)

    def _meet(self, message: dict[str, Any]) -> None:
        """A document that was not tracked: it comes here, or meets a file that is here."""
        path = message["path"]
        base = self._files.expected.pop(path, None)
        if path in self._files.texts:
            return
        if (blob := self._files.blobs.get(path)) is not None and blob.blob == _blob_id(message):
            base = message["text"]  # as both sides had it last
        if base != message["text"] and self._files.refuses(path):
            return
        with self._files.apart(path):
            self._come(message, base)

    def _come(self, message: dict[str, Any], base: str | None) -> None:
        path, folder = message["path"], self._folder
        peer = Peer(message["version"], message["text"], client=self._files.client, seq=message["seq"])
        text = TextFile(path, message["doc"], peer, Format.parse(message["format"]), accepted=message["seq"])
        local = folder.read(path)
        blob = self._files.blobs.pop(path, None)  # kept whole until now
        if blob is not None:
            text.executable = blob.executable
        if local is not None:
            known = read_text(local[0], None)
            if known is not None and known[0] == message["text"]:
                text.disk, text.format = known
            elif base is not None and (known is not None or blob is not None):
                text.peer = Peer(message["version"], base, client=self._files.client, seq=message["seq"])
                text.peer.reset(message["version"], message["text"], message["seq"])
                text.disk, text.format = base, known[1] if known is not None else text.format
            elif blob is not None and blob_id(local[0]) == blob.blob:
                text.digest = hashlib.sha256(local[0]).digest()
                self._say(f"received {path}")
            else:
                other = folder.beside(path, local[0], self._files.name)
                self._say(f"{path} differs on both sides: yours is kept as {other}")
                text.digest = hashlib.sha256(local[0]).digest()
        elif base == message["text"]:
            text.disk = base  # it was sent from here, and is gone again: look() decides
        else:
            self._say(f"received {path}")
        self._files.track(text)
        self._coming.append(text)
        if text.disk is None and local is None:
            self._files.dirty.discard(text)  # it is written with the others that come
        elif text.disk is None:
            with suppress(ChangedMeanwhile):
                text.write(folder, self._state)

    def arrive(self) -> None:
        """What has come is written, and then noted, many files at once.

        A crash between the two leaves files that are the session's, and that nobody knows of: they are met again.
        """
        coming = [text for text in self._coming if self._files.docs.get(text.doc) is text]
        self._coming.clear()
        texts = {text.path: text for text in coming if text.disk is None and not text.digest}
        made = {path: encode(str(text.peer.text), text.format) for path, text in texts.items()}
        contents = [(path, data, texts[path].executable) for path, (data, _) in made.items()]
        self._files.dirty.update(texts.values())
        if contents:
            for path, signature in self._folder.write_new(contents, self._files.apart).items():
                data, format = made[path]
                texts[path].arrived(data, format, signature)
        self._state.put(*(text.kept() for text in coming if text.disk == str(text.peer.text)))

    def _put_aside(self, text: TextFile, opened: dict[str, Any]) -> None:
        """What is unsent cannot be mapped: it is kept beside, and the server's text goes on."""
        with suppress(BadChanges), self._files.apart(text.path):
            self._edits.take_up(text, force=True)
        if not text.peer.saved:
            read = self._folder.read(text.path)
            data = read[0] if read else encode(str(text.peer.text), text.format)[0]
            other = self._folder.beside(text.path, data, self._files.name)
            self._say(f"{text.path}: what was not sent could not be merged; it is kept as {other}")
        text.peer = Peer(opened["version"], opened["text"], client=self._files.client, seq=opened["seq"])

    def take_pong(self) -> None:
        """What was missed in the documents that were opened before it has all come."""
        if not self._pings:
            return
        self._pings -= 1
        self.arrive()
        for text in (self._files.docs.get(doc) for doc in self._opened):
            if text is not None:
                text.live = True
                self._files.dirty.add(text)
        self._opened.clear()


def _blob_id(opened: dict[str, Any]) -> str:
    """Git's id of the contents of a document that was opened."""
    return blob_id(encode(opened["text"], Format.parse(opened["format"]))[0])
