"""The client of one session and one folder: everything happens in its one task, in order.

What the server says waits until the local file's own changes can be taken up; these are merged with it, and the file is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from code_together.errors import Conflict, NotAllowed
from code_together.sync.blobs import Blobs
from code_together.sync.edits import Edits
from code_together.sync.files import Again, Files
from code_together.sync.folder import Folder
from code_together.sync.line import Line
from code_together.sync.listing import Listing
from code_together.sync.looking import Looking
from code_together.sync.modes import Modes
from code_together.sync.opening import Opening
from code_together.sync.renames import Renames
from code_together.sync.standing import Standing
from code_together.sync.state import State

_FINAL = {"logged_out", "removed", "deleted", "unknown_protocol", "taken_over"}
_UNTAKEN = {"document_too_large", "bad_changes"}


class Client:
    """Gives what the server says to those whom it concerns."""

    def __init__(
        self, line: Line, folder: Folder, state: State, merge: bool, say: Callable[[str], None]
    ) -> None:
        self._line, self._folder, self._state, self._merge, self._say = line, folder, state, merge, say
        self._files = Files(line, folder, state, say)
        self.edits = Edits(self._files)
        self._blobs = Blobs(self._files)
        self._opening = Opening(self._files, self.edits)
        modes, renames = Modes(self._files), Renames(self._files)
        self._listing = Listing(self._files, self.edits, self._blobs, self._opening, renames)
        self._news: list[dict[str, Any]] = []
        """What was said of the session's files, and may be older than what was asked for or changed from here."""
        self._may_edit = True
        self.looking = Looking(self._files, self.edits, self._blobs, self._opening, modes, renames)
        self.standing = Standing(self._files, modes)

    @property
    def idle(self) -> bool:
        """Whether nothing can be done on either side, as far as the last look and the last message say."""
        files = self._files
        texts = [
            text
            for text in files.texts.values()
            if text.strange is None and not text.left and text.refused is None
        ]
        unsent = files.may_edit and any(not text.peer.saved for text in texts)
        busy = files.dirty or files.unsettled or files.expected or any(text.inbox for text in texts)
        return self._opening.caught_up and not busy and not unsent

    def compare(self) -> None:
        """Compares both sides as they were at the last look."""
        self.standing.compare(self.looking.last)

    def look_last(self) -> None:
        """Compares the folder as it is now with what the session had when it was last heard of."""
        self.looking.scan()
        self.compare()

    async def begin(self, welcome: dict[str, Any]) -> None:
        """What a connection begins with. Raises `Conflict` when both sides have files and nothing says how they belong together."""
        files, state = self._files, self._state
        files.name = welcome["you"]["name"]
        files.role, files.archived = welcome["you"]["role"], welcome["session"]["archived"]
        files.title = welcome["session"]["title"]
        files.client = welcome["client"]
        if not files.restored:
            if not state.known:
                there = self._folder.scan(()).files
                if there and welcome["files"] and not self._merge:
                    raise Conflict(
                        f"Both the folder and the session have files, and they were never in step. With --merge what differs is kept beside "
                        f"({len(there)} files here, {len(welcome['files'])} there)."
                    )
            state.begin(self._line.session, self._folder.place)
            files.restore()
            self.looking.begin(welcome["files"])
        state.name_client(files.client)
        for text in files.texts.values():
            text.live = text.pushing = False
            text.inbox.clear()
        self._opening.begin()
        self._news.clear()
        self._say_rights()
        files.expected.clear()
        await self._listing.take(welcome["files"], [], first=True)

    async def look(self) -> None:
        """Looks at the folder, and brings to the session what is new in it. Raises `Conflict` when it is not what it was."""
        changes = self._line.changes
        try:
            await self.looking.look()
            await self._listing.look_again()
        except NotAllowed as error:  # the message that says so is under way
            if error.code == "archived":
                self._files.archived = True
            else:
                self._files.role = "viewer"
        if self._line.changes != changes:
            await self._opening.ping()  # lists of files that come before its answer may not have all of it

    async def take(self, message: dict[str, Any]) -> None:
        """One message of the server. Raises `Again`, or the `CodeTogetherError` that ends it."""
        files = self._files
        match message["type"]:
            case "updates":
                if (text := files.docs.get(message["doc"])) is not None:
                    first = message["version"]
                    for i, update in enumerate(message["updates"]):
                        text.inbox.append({**update, "version": first + i})
                    files.dirty.add(text)
            case "opened":
                self._opening.take_opened(message)
            case "pong":
                self._opening.take_pong()
            case "files" | "touched":
                self._news.append(message)
            case "role":
                files.role = message["role"]
                self._say_rights()
            case "session":
                files.archived = message["session"]["archived"]
                self._say_rights()
            case "error":
                await self._take_error(message)
        if self._news and self._opening.caught_up:
            await self._take_news()

    async def _take_news(self) -> None:
        """The newest list of files holds all that was done from here, and what others did up to it."""
        news, self._news = self._news, []
        lists = [message for message in news if message["type"] == "files"]
        if lists:
            moves = [message["moved"] for message in lists if message.get("moved")]
            await self._listing.take(lists[-1]["files"], moves)
        for message in news:
            if message["type"] == "touched":
                await self._listing.touched(item["path"] for item in message["files"])

    def _say_rights(self) -> None:
        """Says whether what is changed here is sent, when that is another than it was."""
        files = self._files
        files.dirty.update(files.texts.values())
        if files.may_edit == self._may_edit:
            return
        self._may_edit = files.may_edit
        if files.may_edit:
            self._say("you may edit this session: what is changed here is sent")
        else:
            why = "it is archived" if files.archived else "you may only look at it"
            self._say(f"what is changed here is not sent to this session: {why}")

    async def _take_error(self, message: dict[str, Any]) -> None:
        code, doc = message["code"], message.get("doc")
        text = self._files.docs.get(doc) if doc is not None else None
        if message["fatal"]:
            if code in _FINAL:
                raise NotAllowed(message["message"], code=code)
            if code == "sequence_gap":
                self._state.name_client(None)
            if text is not None and code in _UNTAKEN:
                text.refused = str(text.peer.text)
                self._say(f"{text.path} is not taken: {message['message']}")
            elif text is not None and code in ("too_old", "too_far_behind"):
                self._files.anew.add(text.doc)
            raise Again
        if code == "document_deleted":
            return  # the list of files that follows says the same
        if doc is None or (self._opening.asks(doc) and text is not None and not text.live):
            path = self._opening.not_opened()
            if path is not None and code in ("not_text", "document_too_large"):
                await self._blobs.fetch(path)
        elif text is not None:
            text.pushing = False
            if code == "read_only":
                self._files.role = "viewer"
            self._files.dirty.add(text)
