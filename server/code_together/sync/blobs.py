"""Files that are no text: they come and go as a whole."""

from __future__ import annotations

from code_together.errors import Conflict, NotFound, TooLarge, Unprocessable
from code_together.sync.files import Blob, Files, blob_id
from code_together.sync.folder import Signature, is_racy
from code_together.sync.texts import read_text


class Blobs:
    """Changed on both sides, the session's contents stand at the path, and those from here beside it."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._line, self._folder, self._state, self._say = files.line, files.folder, files.state, files.say

    async def fetch(self, path: str) -> None:
        """The session's contents of what is no text come here; contents from here that they do not know are kept beside.

        Contents that were in step already are no change of the session's: the list of files does not tell of text that is kept whole.
        """
        if self._files.refuses(path):
            return
        base = self._files.expected.pop(path, None)
        try:
            data = await self._line.file(path)
        except NotFound:
            return
        with self._files.apart(path):
            self._come(path, data, base)

    def _come(self, path: str, data: bytes, base: str | None) -> None:
        blob = self._files.blobs.get(path)
        new, local = blob_id(data), self._folder.read(path)
        if blob is not None and blob.blob == new and (local is None or blob_id(local[0]) != new):
            return  # only here it is another, or gone: look() sends that
        if local is None or blob_id(local[0]) != new:
            known = blob.blob if blob is not None else None
            temporary = self._folder.prepare(path, data, blob is not None and blob.executable)
            signature, displaced = self._folder.replace(path, temporary)
            as_before = displaced is None or blob_id(displaced) in (known, new)
            if not as_before and base is not None and displaced is not None:
                as_before = (read_text(displaced, None) or ("", None))[0] == base
            if displaced is not None and not as_before:
                other = self._folder.beside(path, displaced, self._files.name)
                self._say(f"{path} was changed on both sides: yours is kept as {other}")
            else:
                self._say(f"received {path}")
        else:
            signature = local[1]
        executable = blob is not None and blob.executable
        self._files.blobs[path] = Blob(path, new, signature, is_racy(signature), executable)
        self._state.put(self._files.blobs[path].kept())

    async def send(self, blob: Blob, signature: Signature) -> None:
        """The contents from here go to the session, if they are new and whole."""
        if self._files.refused.get(blob.path) == signature or not self._files.settled(blob.path, signature):
            return
        read = None
        with self._files.apart(blob.path):
            read = self._folder.read(blob.path)
        if read is None:
            return
        data, seen = read
        new = blob_id(data)
        if new != blob.blob:
            if not self._files.may_edit:
                self._files.say_once(blob.path, f"changed here and not sent: {self._files.why_not_sent}")
                return
            try:
                await self._line.put(blob.path, data, blob=blob.blob)
            except Conflict as error:
                if error.code != "changed_meanwhile":
                    raise
                await self.fetch(blob.path)
                return
            except (TooLarge, Unprocessable) as error:
                self._files.say_once(blob.path, f"not sent: {error.message}")
                self._files.refused[blob.path] = signature
                return
            blob.blob = new
            self._state.put(blob.kept())
            self._say(f"sent {blob.path}")
        blob.signature, blob.racy = seen, is_racy(seen)

    def taken_away(self, blob: Blob) -> None:
        """The session has this file no more."""
        try:
            read = self._folder.read(blob.path)
            changed = read is not None and blob_id(read[0]) != blob.blob
        except OSError:
            changed = True
        self._files.forget(blob.path)
        if changed:
            self._say(f"{blob.path} was deleted in the session, but was changed here: it is kept")
        else:
            self._folder.remove(blob.path)
            self._say(f"deleted {blob.path}")
