"""What the folder has: looks at it, and what is new, renamed or gone there happens in the session."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any

from code_together.errors import Conflict, NotFound, TooLarge, Unprocessable
from code_together.session.paths import check_path
from code_together.sync.blobs import Blobs
from code_together.sync.edits import Edits
from code_together.sync.files import Blob, Files, blob_id
from code_together.sync.folder import Look, Signature
from code_together.sync.modes import Modes
from code_together.sync.opening import Opening
from code_together.sync.renames import Renames
from code_together.sync.texts import TextFile, read_text
from code_together.sync.upload import New, zipped

_GONE_SECONDS = 1.0  # an editor that puts a file aside before it writes
_IN_THE_WAY_SECONDS = 3.0
_ALL_GONE = 3  # fewer are deleted one by one on purpose
_AT_ONCE = 3  # from so many new files on they go as a zip


class Looking:
    """Files that came, went or moved in the folder do so in the session."""

    def __init__(
        self,
        files: Files,
        edits: Edits,
        blobs: Blobs,
        opening: Opening,
        modes: Modes,
        renames: Renames,
    ) -> None:
        self._files, self._edits, self._blobs, self._opening = files, edits, blobs, opening
        self._line, self._folder, self._state, self._say = files.line, files.folder, files.state, files.say
        self._modes, self._renames = modes, renames
        self._zipped: set[str] = set()
        self.last = Look()
        """The folder as it was looked at last."""
        self.look_took = 0.0
        """How many seconds the last look at the folder took."""

    def begin(self, listed: Iterable[Mapping[str, Any]]) -> None:
        """Before what the session has comes here, and would hide that all files were gone. Raises `Conflict` if they are."""
        files = self._files
        there = {item[key] for item in listed for key in ("doc", "path") if key in item}
        kept = [text.path for text in files.texts.values() if text.doc in there]
        kept += [path for path in files.blobs if path in there]
        look = self.scan()
        if len(kept) >= _ALL_GONE and not look.files and not any(look.hides(path) for path in kept):
            raise _all_gone()

    async def look(self) -> None:
        """Looks at the folder, and brings to the session what is new in it."""
        self._files.unsettled = False
        if os.fstat(self._folder.fd).st_nlink == 0:
            raise Conflict("The folder is gone. Nothing was deleted in the session.")
        begun = perf_counter()
        look = self.scan()
        self.look_took = perf_counter() - begun
        for link in look.links:
            self._files.say_once(link, "not sent: it is a symbolic link")
        self._edits.notice(look)
        if not self._opening.caught_up:
            return
        tracked = self._files.texts.keys() | self._files.blobs.keys()
        for path, why in look.shut.items():
            if path.removesuffix("/") not in look.shut or not path.endswith("/"):
                self._files.say_once(path or ".", f"left alone: {why}")
        gone = [path for path in tracked if path not in look.files and not look.hides(path)]
        new = {path: signature for path, signature in look.files.items() if path not in tracked}
        renamed = self._renames.find([self._files.tracked(path) for path in gone], new) if gone else {}
        if len(gone) == len(tracked) >= _ALL_GONE and not renamed:
            raise _all_gone()
        for path in gone:
            await self._gone_here(path, renamed.get(path), new)
        for path in [path for path in self._files.gone if path not in gone]:
            del self._files.gone[path]
        await self._modes.settle(look)
        for blob in list(self._files.blobs.values()):
            if blob.path in look.files and (look.files[blob.path] != blob.signature or blob.racy):
                await self._blobs.send(blob, look.files[blob.path])
        await self._send_new(new)

    def scan(self) -> Look:
        """The folder as it is now."""
        self.last = self._folder.scan([*self._files.texts, *self._files.blobs])
        return self.last

    async def _gone_here(self, path: str, target: str | None, new: dict[str, Signature]) -> None:
        """A file was renamed here to `target`, or deleted, or an editor is about to write it."""
        if path not in self._files.remote:
            return
        text, blob = self._files.texts.get(path), self._files.blobs.get(path)
        if target is not None and self._files.may_edit and self._sendable(target):
            signature = new.pop(target)
            if self._files.refused.get(target) != signature:
                await self._rename_there(path, target, signature, text, blob)
            return
        now = asyncio.get_running_loop().time()
        if now - self._files.gone.setdefault(path, now) < _GONE_SECONDS:
            self._files.unsettled = True
            return
        if text is not None and text.disk is None:
            self._files.dirty.add(text)
        elif text is not None and (text.inbox or not text.peer.saved):
            self._keep_typed(text)
        elif not self._files.may_edit:
            self._files.say_once(path, f"deleted here, not in the session: {self._files.why_not_sent}")
        else:
            await self._delete_there(path, text, blob)

    async def _delete_there(self, path: str, text: TextFile | None, blob: Blob | None) -> None:
        try:
            if text is not None:
                await self._line.delete(path, version=text.peer.version)
            elif blob is not None:
                await self._line.delete(path, blob=blob.blob)
        except NotFound:
            pass
        except Conflict as error:
            if error.code != "changed_meanwhile":
                raise
            if text is not None:
                self._keep_typed(text)
            else:
                self._files.forget(path)
                await self._blobs.fetch(path)
            return
        self._files.forget(path)
        self._files.remote.pop(path, None)
        self._say(f"deleted {path} in the session")

    def _keep_typed(self, text: TextFile) -> None:
        self._files.gone.pop(text.path, None)
        text.disk, text.signature, text.digest = None, None, b""
        self._say(f"{text.path} was deleted here while somebody typed in it: it is kept")
        self._files.dirty.add(text)

    async def _rename_there(
        self, old: str, new: str, signature: Signature, text: TextFile | None, blob: Blob | None
    ) -> None:
        try:
            await self._line.rename(old, new)
        except (Conflict, Unprocessable, NotFound) as error:
            self._files.say_once(new, f"not renamed: {error.message}")
            if not isinstance(error, NotFound):
                self._files.refused[new] = signature
            return
        self._files.remote[new] = {**self._files.remote.pop(old), "path": new}
        self._files.gone.pop(old, None)
        if text is not None:
            text.path = new
            self._files.texts[new] = self._files.texts.pop(old)
            self._state.move(old, text.kept())
        elif blob is not None:
            blob.path = new
            self._files.blobs[new] = self._files.blobs.pop(old)
            self._state.move(old, blob.kept())
        self._say(f"renamed {old} to {new} in the session")

    async def _send_new(self, new: dict[str, Signature]) -> None:
        if new and not self._files.may_edit:
            for path in new:
                self._files.say_once(path, f"new here and not sent: {self._files.why_not_sent}")
            return
        now = asyncio.get_running_loop().time()
        if new and any(now - since < _IN_THE_WAY_SECONDS for since in self._files.gone.values()):
            self._files.unsettled = True
            return  # what is gone may be in the way of what is new: a file that becomes a folder
        ready: list[New] = []
        for path, signature in sorted(new.items()):
            unsent = self._files.refused.get(path) != signature
            if unsent and self._sendable(path) and self._files.settled(path, signature, new=True):
                with self._files.apart(path):
                    read = self._folder.read(path)
                    if read is not None:
                        ready.append(New(path, read[0], self._modes.here(read[1])))
        together = [one for one in ready if one.path not in self._zipped]
        if len(together) >= _AT_ONCE:
            self._files.unsettled = True
            for batch, archive in zipped(together):
                try:
                    await self._line.take_in(archive)
                except (Conflict, TooLarge, Unprocessable):
                    self._zipped.update(one.path for one in batch)  # one by one, to say which it is
                    continue
                for one in batch:
                    self._zipped.add(one.path)
                    self._sent(one.path, one.data)
            return
        for path, data, executable in ready:
            try:
                await self._line.put(path, data, new=1, executable=int(executable))
            except (Conflict, TooLarge, Unprocessable) as error:
                if error.code != "changed_meanwhile":
                    self._files.say_once(path, f"not sent: {error.message}")
                    self._files.refused[path] = new[path]
                continue
            self._sent(path, data)

    def _sendable(self, path: str) -> bool:
        if path in self._files.remote or path in self._files.expected:
            return False  # it comes from there, too
        try:
            check_path(path)
        except Unprocessable as error:
            self._files.say_once(path, f"not sent: {error.message}")
            return False
        return True

    def _sent(self, path: str, data: bytes) -> None:
        self._say(f"sent {path}")
        self._files.seen.pop(path, None)
        known = read_text(data, None)
        if known is not None:
            self._files.expected[path] = known[0]
            return
        local = self._folder.signature(path)
        blob = self._files.blobs[path] = Blob(path, blob_id(data), local, True)
        self._state.put(blob.kept())
        self._files.remote.setdefault(path, {"path": path, "binary": True})


def _all_gone() -> Conflict:
    return Conflict(
        "All files are gone from the folder. Nothing was deleted in the session: delete the files there, or begin with a new folder."
    )
