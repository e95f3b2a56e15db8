"""What texts say on both sides: saves become edits, and edits of others are written into the files."""

from __future__ import annotations

import hashlib

from code_together.errors import BadChanges, TooLarge
from code_together.sync.files import Again, Files
from code_together.sync.folder import ChangedMeanwhile, Look
from code_together.sync.texts import NotText, TextFile, read_text


class Edits:
    """A file's own changes come first; then it is written what the server has said, then they are sent."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._line, self._folder, self._state, self._say = files.line, files.folder, files.state, files.say

    def notice(self, look: Look) -> None:
        """Whose file is another than it was is dealt with at the next `settle`."""
        for text in self._files.texts.values():
            signature = look.files.get(text.path)
            if signature not in (None, text.strange) and (signature != text.signature or text.racy):
                text.left = False
                self._files.dirty.add(text)

    def take_up(self, text: TextFile, force: bool = False) -> bool:
        """Takes the file's own changes up, if it is whole; gives whether the server's may be written now."""
        signature = self._folder.signature(text.path)
        if signature is None:
            # It was deleted, or is about to be written: look() decides.
            return force or text.disk is None or not text.inbox
        if signature == text.signature and not text.racy:
            return True
        if signature != text.signature and not force and not self._files.settled(text.path, signature):
            return False
        if text.disk is None:
            self._meet(text)
        try:
            text.take_up(self._folder)
        except NotText:
            self._files.say_once(
                text.path, "is no text here any more: it is not sent until it is one again, or is deleted"
            )
            return False
        self._files.seen.pop(text.path, None)
        return True

    def _meet(self, text: TextFile) -> None:
        """There was no file here, and now there is one: that is nobody's edit of this text, and is kept beside."""
        read = self._folder.read(text.path)
        if read is None or (digest := hashlib.sha256(read[0]).digest()) == text.digest:
            return
        known = read_text(read[0], text.format)
        if known is None or known[0] != str(text.peer.text):
            other = self._folder.beside(text.path, read[0], self._files.name)
            self._say(f"{text.path} differs on both sides: yours is kept as {other}")
        text.digest = digest

    def process(self, text: TextFile, force: bool = False) -> bool:
        """Local changes, then the server's, then the file; gives whether that could be done now."""
        try:
            if not self.take_up(text, force):
                return False
            text.receive()
        except BadChanges:
            self._files.anew.add(text.doc)
            text.peer.client = ""  # whose updates the server has under our numbers, nobody knows
            raise Again from None
        if text.live and not (text.peer.saved or text.pushing or self._files.may_edit):
            # Edited here now or in an earlier run; what was on its way then has come in by now.
            self._files.say_once(text.path, f"changed here and not sent: {self._files.why_not_sent}")
        if self._folder.signature(text.path) is None and not text.names and text.disk is not None:
            return True
        try:
            wrote = text.write(self._folder, self._state)
        except ChangedMeanwhile:
            return False
        if wrote and text.names:
            self._say(f"received {text.path} ({', '.join(sorted(text.names))})")
        text.names.clear()
        for line in text.clashes:
            self._say(f"{text.path}, line {line}: changed on both sides; both versions stand there now")
        text.clashes.clear()
        return True

    async def settle(self) -> None:
        """Does what can be done now for the texts that changed on either side."""
        for text in list(self._files.dirty):
            if self._files.docs.get(text.doc) is not text:
                self._files.dirty.discard(text)
                continue
            text.left = True
            with self._files.apart(text.path):
                done = self.process(text)
                text.left = False
            if text.left or (not done and text.strange is not None):
                self._files.dirty.discard(text)
            elif done:
                self._files.dirty.discard(text)
                await self._flush(text)

    async def _flush(self, text: TextFile) -> None:
        peer = text.peer
        if peer.saved or text.pushing or not self._files.may_edit or not text.live:
            return
        if peer.client != self._files.client:  # what the server has of the old one's has come in by now
            peer.renumber(self._files.client, text.accepted)
        if text.refused is not None and text.refused == str(peer.text):
            return
        text.refused = None
        if peer.take():
            self._state.put(text.kept())
            try:
                await self._line.send({"type": "push", "doc": text.doc, **peer.push()})
            except TooLarge as error:
                text.refused = str(peer.text)
                self._say(f"{text.path} is not sent: {error.message}")
                return
            text.pushing = True
            self._say(f"sent {text.path}")

    def save_edits(self) -> None:
        """Takes up what is saved by now, so that the state file has it when there is no time to send it."""
        for text in self._files.texts.values():
            with self._files.apart(text.path):
                self.process(text, force=True)

    def keep(self) -> None:
        """Everything as it is goes into the state file."""
        for text in self._files.texts.values():
            if text.disk == str(text.peer.text):
                self._state.put(text.kept())
