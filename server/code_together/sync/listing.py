"""What the session has: its list of files, and what follows from it in the folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from code_together.errors import BadChanges
from code_together.sync.blobs import Blobs
from code_together.sync.edits import Edits
from code_together.sync.files import Blob, Files
from code_together.sync.opening import Opening
from code_together.sync.renames import Renames, nearness
from code_together.sync.texts import NotText, TextFile


class Listing:
    """Files that came, went or moved in the session do so here."""

    def __init__(self, files: Files, edits: Edits, blobs: Blobs, opening: Opening, renames: Renames) -> None:
        self._files, self._edits, self._blobs, self._opening = files, edits, blobs, opening
        self._folder, self._state, self._say = files.folder, files.state, files.say
        self._renames = renames

    async def take(
        self, files: list[dict[str, Any]], moves: Sequence[dict[str, str]], first: bool = False
    ) -> None:
        """The session's files as they are now; `moves` says what was renamed since, in order, `first` that a connection begins."""
        self._opening.arrive()
        self._files.refused.clear()
        self._files.kept_out.clear()
        before = self._files.remote
        self._files.remote = {item["path"]: item for item in files}
        docs = {item["doc"]: item["path"] for item in files if "doc" in item}
        for text in list(self._files.texts.values()):
            if text.doc not in docs:
                self._taken_away(text)
        texts = [text for text in self._files.texts.values() if docs[text.doc] != text.path]
        blobs = [blob for blob in self._files.blobs.values() if blob.path not in self._files.remote]
        there = {text.path: docs[text.doc] for text in texts}
        there |= self._new_paths(blobs, moves)
        renamed = self._renamed_here(there) if there else {}
        for text in texts:
            self._move(text, docs[text.doc], renamed.get(text.path))
        for blob in blobs:
            self._move_blob(blob, there.get(blob.path), renamed.get(blob.path))
        opens: list[tuple[str, int | None]] = []
        for path, item in self._files.remote.items():
            if path in self._files.texts:
                if first:
                    opens.append((path, self._files.texts[path].doc))
            elif path in self._files.blobs:
                known = item.get("blob")
                if known is not None and known != self._files.blobs[path].blob:
                    await self._blobs.fetch(path)
                elif known is None and (first or item != before.get(path)):
                    opens.append((path, None))  # it may be a text that can be edited now
            elif path in self._files.expected or not self._files.refuses(path):
                if item["binary"]:
                    await self._blobs.fetch(path)
                elif not self._opening.asks_for(path):
                    opens.append((path, None))
        await self._opening.open(opens)

    async def touched(self, paths: Iterable[str]) -> None:
        """These files were given other contents, of which the list may say nothing."""
        whole = [
            path
            for path in paths
            if path in self._files.blobs and "blob" not in self._files.remote.get(path, {})
        ]
        await self._opening.open([(path, None) for path in whole if not self._opening.asks_for(path)])

    async def look_again(self) -> None:
        """Files that the folder had no place for may have one now."""
        if any(self._folder.check(path) is None for path in self._files.kept_out):
            await self.take(list(self._files.remote.values()), [])

    def _taken_away(self, text: TextFile) -> None:
        """The session has this document no more."""
        path = text.path
        try:
            changed = text.take_up(self._folder)
        except (NotText, BadChanges, OSError):
            changed = True
        self._files.forget(path)
        changed = changed or not text.peer.saved
        if path in self._files.remote:  # it is another file there now, which meets what is here
            if not changed:
                self._files.expected[path] = str(text.peer.text)
        elif changed:
            ends = "it goes there again" if self._files.may_edit else "it stays here alone"
            self._say(f"{path} was deleted in the session, but has changes from here: {ends}")
        else:
            self._folder.remove(path)
            self._say(f"deleted {path}")

    def _renamed_here(self, there: dict[str, str]) -> dict[str, str]:
        """Where files are that have another path in the session, `there` by the old one, and are not at the old one here."""
        files = self._files
        if all(self._folder.signature(path) for path in there):
            return {}
        tracked = files.texts.keys() | files.blobs.keys()
        look = self._folder.scan(tracked)
        new = {path: signature for path, signature in look.files.items() if path not in tracked}
        gone = [files.tracked(path) for path in tracked if path not in look.files and not look.hides(path)]
        return self._renames.find(gone, new, there)

    def _new_paths(self, blobs: Sequence[Blob], moves: Sequence[dict[str, str]]) -> dict[str, str]:
        """Where files that are no text are now in the session: as was said, or else by their contents, under paths that are new here."""
        files = self._files
        free: dict[object, set[str]] = defaultdict(set)
        for path in files.remote.keys() - files.blobs.keys() - files.texts.keys():
            free[files.remote[path].get("blob")].add(path)
        paths = {}
        for blob in blobs:
            path = _moved(blob.path, moves)
            if path not in files.remote:
                path = max(free[blob.blob], key=lambda path: (nearness(blob.path, path), path), default="")
            same = free[files.remote.get(path, {}).get("blob")]
            if path in same:
                paths[blob.path] = path
                same.discard(path)
        return paths

    def _move_blob(self, blob: Blob, new: str | None, here: str | None) -> None:
        """A file that is no text has another path in the session, or none; it may be `here` by another renaming."""
        old = blob.path
        if self._folder.signature(old) is not None:
            here = old
        if (
            new is None
            or here is None
            or self._files.refuses(new)
            or (here != new and self._folder.signature(new) is not None)
        ):
            self._blobs.taken_away(blob)
            return
        self._bring_here(old, here, new)
        blob.path = new
        self._state.move(old, blob.kept())
        self._files.blobs[new] = self._files.blobs.pop(old)
        self._files.gone.pop(old, None)

    def _move(self, text: TextFile, new: str, here: str | None) -> None:
        """The document has another path in the session; its file may be `here` by another renaming."""
        old = text.path
        if self._files.refuses(new):
            self._taken_away(text)
            return
        if self._folder.signature(old) is not None:
            here = old
        other = self._files.texts.get(new)
        if other is not None:  # it moves as well: both are written anew
            if not self._edits.process(text, force=True) and (there := self._folder.read(old)):
                beside = self._folder.beside(old, there[0], self._files.name)
                self._say(
                    f"{old} was renamed to {new} in the session and is no text here: it is kept as {beside}"
                )
            self._folder.remove(old)
            text.disk, text.signature, text.digest = None, None, b""
        elif here is not None:
            if here != new and (there := self._folder.read(new)) is not None:
                beside = self._folder.beside(new, there[0], self._files.name)
                self._folder.remove(new)
                self._say(f"{new} came by a renaming: yours is kept as {beside}")
            self._bring_here(old, here, new)
        else:
            if text.disk is not None:
                self._say(f"{old} was deleted here and renamed to {new} in the session: it is kept")
            text.disk, text.signature, text.digest = None, None, b""
        for key in (old, f"\0{text.doc}"):
            if self._files.texts.get(key) is text:
                del self._files.texts[key]
        self._files.texts[new] = text
        text.path = new
        self._files.gone.pop(old, None)
        self._state.move(old, text.kept())
        self._files.dirty.add(text)
        if other is not None and other is not text:
            self._files.texts[f"\0{other.doc}"] = other  # until it has its own new path

    def _bring_here(self, old: str, here: str, new: str) -> None:
        """What is called `new` in the session, and was `old`, is so here, too."""
        if here != new:
            self._folder.rename(here, new)
        if here == old:
            self._say(f"renamed {old} to {new}")
        elif here != new:
            self._say(f"{old} was renamed to {here} here and to {new} in the session: it is {new} now")


def _moved(path: str, moves: Sequence[dict[str, str]]) -> str:
    """Where a file is after these renamings, each of a file or of a folder with what is in it."""
    for move in moves:
        if path == move["from"] or path.startswith(move["from"] + "/"):
            path = move["to"] + path[len(move["from"]) :]
    return path
