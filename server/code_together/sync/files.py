"""The files that are kept in step, as both sides have them, and what a client may do with them."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from code_together.sync.folder import Folder, Signature
from code_together.sync.line import Line
from code_together.sync.state import Kept, State
from code_together.sync.texts import TextFile

_SETTLED_SECONDS = 0.1  # a file that was just written may not be whole yet
_EMPTIED_SECONDS = 1.0  # an editor that empties a file before it writes

_OF_ONE_FILE = {
    *(errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR),
    *(errno.EEXIST, errno.ENOENT, errno.ENAMETOOLONG, errno.EFBIG),
}


class Again(Exception):
    """Only a new connection helps."""


@dataclass
class Blob:
    """A file that is no text: `blob` is Git's id of the contents that both sides had last, `executable` as in `state.Kept`."""

    path: str
    blob: str
    signature: Signature | None = None
    racy: bool = False
    executable: bool = False

    def kept(self) -> Kept:
        return Kept(self.path, blob=self.blob, executable=self.executable)


class Files:
    """`texts` and `blobs` are in step or on the way to it; `remote` is what the session has, all by path.

    `expected` was sent from here as new and is not opened yet: its text, None where it is not known.
    """

    def __init__(self, line: Line, folder: Folder, state: State, say: Callable[[str], None]) -> None:
        self.line, self.folder, self.state, self.say = line, folder, state, say
        self.name = "me"
        self.client = ""
        self.title = ""
        self.role, self.archived = "viewer", False
        self.texts: dict[str, TextFile] = {}
        self.docs: dict[int, TextFile] = {}
        self.blobs: dict[str, Blob] = {}
        self.remote: dict[str, dict[str, Any]] = {}
        self.expected: dict[str, str | None] = {}
        self.dirty: set[TextFile] = set()
        """Texts that changed on either side since they were last dealt with."""
        self.anew: set[int] = set()
        """Documents that are opened again without their history."""
        self.gone: dict[str, float] = {}
        """Files that are not in the folder any more, and since when."""
        self.seen: dict[str, tuple[Signature, float]] = {}
        self.said: set[tuple[str, str]] = set()
        self.refused: dict[str, Signature] = {}
        """Files that the session does not take as they are, while its list of files is as it is."""
        self.kept_out: set[str] = set()
        """Files of the session that may not be written here as the folder is."""
        self.unsettled = True
        """Whether something in the folder may just be being written."""
        self.restored = False

    @property
    def may_edit(self) -> bool:
        return self.role in ("owner", "editor") and not self.archived

    @property
    def why_not_sent(self) -> str:
        """Why what is changed here is not sent, to somebody who may not edit."""
        return "the session is archived" if self.archived else "you may only look at this session"

    def restore(self) -> None:
        """Takes up where the state file was left."""
        self.restored = True
        for kept in self.state.files():
            if kept.doc is not None:
                self.track(TextFile.restore(kept, self.folder, self.name))
            else:
                self.blobs[kept.path] = Blob(kept.path, kept.blob or "", executable=kept.executable)
        self.folder.clean()

    def tracked(self, path: str) -> TextFile | Blob:
        """The file that is kept in step at this path. Raises `KeyError`."""
        return self.texts[path] if path in self.texts else self.blobs[path]

    def track(self, text: TextFile) -> None:
        """From now on this text is kept in step."""
        self.texts[text.path] = self.docs[text.doc] = text
        self.dirty.add(text)

    def forget(self, path: str) -> None:
        """The file at this path is no longer kept in step; what lies there stays."""
        text = self.texts.pop(path, None)
        if text is not None:
            self.docs.pop(text.doc, None)
            self.dirty.discard(text)
        self.blobs.pop(path, None)
        self.gone.pop(path, None)
        self.state.drop(path)

    def refuses(self, path: str) -> bool:
        """Whether a path of the session may not be written here; says why, once."""
        why = self.folder.check(path)
        if why is not None:
            self.kept_out.add(path)
            self.say_once(path, f"not received: {why}")
        return why is not None

    @contextmanager
    def apart(self, path: str) -> Iterator[None]:
        """What the file system says against this one file is said, and the others go on. Raises `OSError` for anything else."""
        try:
            yield
        except OSError as error:
            if error.errno not in _OF_ONE_FILE:
                raise
            self.say_once(path, f"left alone: {os.strerror(error.errno or 0)}")

    def settled(self, path: str, signature: Signature, new: bool = False) -> bool:
        """Whether a file has been as it is for a while."""
        now = asyncio.get_running_loop().time()
        before, since = self.seen.get(path, (None, now))
        if before != signature:
            self.seen[path] = (signature, now)
            since = now
        settled = now - since >= (_SETTLED_SECONDS if signature[1] or new else _EMPTIED_SECONDS)
        self.unsettled |= not settled
        return settled

    def say_once(self, path: str, what: str) -> None:
        """Says something about a file, unless that was said before."""
        if (path, what) not in self.said:
            self.said.add((path, what))
            self.say(f"{shown(path)} {what}" if what.startswith("is ") else f"{shown(path)}: {what}")


def shown(path: str) -> str:
    """A path in a line of a terminal."""
    return path if path.isprintable() else repr(path)


def blob_id(data: bytes) -> str:
    """Git's id of contents."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
