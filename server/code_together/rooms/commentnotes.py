"""Comments on their way to Git and back: lines that wait are written to the notes, and the index is read anew from notes that it does not know.

A comment is durable in the database when it is said, and in Git at once; only when many come together they are written together, for each time the
whole note of a commit is written again. A clone waits for all of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from time import time
from typing import TYPE_CHECKING

from code_together.git import notes
from code_together.git.notes import Refs
from code_together.rooms import noted
from code_together.rooms.connection import Person
from code_together.rooms.noted import Noted
from code_together.rooms.windows import identity
from code_together.rooms.workers import Budget
from code_together.session.comments import mentioned
from code_together.storage.accounts import Accounts
from code_together.storage.commentrows import Comment
from code_together.storage.journal import MarkedDocument
from code_together.storage.sessions import Sessions

if TYPE_CHECKING:
    from code_together.rooms.room import Room

log = logging.getLogger(__name__)

Described = tuple[Comment, Sequence[int]]
"""A comment, and the accounts that it mentions."""

_LINES = 500  # written at once
_SMALL = 256_000  # bytes of notes that are written at once, whatever comes next
_PAUSE = 4.0  # after more than that: times as long as writing took, before the next
_PATIENCE = 0.1  # seconds that who said something waits for that
_RETRY_SECONDS = 5.0
_READ_SECONDS = 600.0
_NOBODY = 0  # no account: reading anew is nobody's own work


class CommentNotes:
    """The notes of one session. All writing of them is done by the one writing process, one job at a time."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._writing: asyncio.Future[None] | None = None
        self._turn = asyncio.Lock()
        self._not_before = 0.0

    async def begin(self) -> None:
        """Writes what a stop left waiting, and reads what the index does not know."""
        await self.write()
        await self.refresh(unread=False)

    async def in_git(self) -> None:
        """Returns when what was said is in Git; or soon, when so much is said that it will be written together."""
        loop = asyncio.get_running_loop()
        if self._writing is None:
            self._writing = loop.create_future()
            self._room.in_background(self._write_soon())
        if self._not_before - loop.time() <= _PATIENCE:
            await asyncio.shield(self._writing)

    async def _write_soon(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._not_before - loop.time()))
        written, self._writing = self._writing, None
        try:
            await self.write()
        except Exception as error:
            # The lines are in the database; the next that is said, the next clone or the next start tries again.
            log.error(
                "comments not written", exc_info=error, extra={"fields": {"session": self._room.session}}
            )
            self._not_before = loop.time() + _RETRY_SECONDS
        finally:
            if written is not None and not written.done():
                written.set_result(None)

    async def write(self) -> None:
        """Writes all that waits to the notes."""
        async with self._turn:
            await self._write()

    async def _write(self) -> None:
        room, loop = self._room, asyncio.get_running_loop()
        around = room.around
        while waiting := await around.comments.lines.waiting(room.session, _LINES):
            accounts = {line.account for line in waiting}
            await room.documents.know(accounts)
            (who, *others) = [room.documents.people[account] for account in accounts]
            lines = [notes.NewLine(line.commit, line.line, line.extra) for line in waiting]
            started = loop.time()
            refs, size = await around.workers.write(
                notes.add,
                str(room.repository),
                lines,
                None if others else identity(who, around.host),
                around.host,
                time(),
            )
            pause = _PAUSE * (loop.time() - started) if size > _SMALL else 0.0
            self._not_before = loop.time() + pause
            await around.comments.lines.written(room.session, waiting, (refs.discuss, refs.extras))

    async def merge(self, ref: str, theirs: str, who: Person) -> str:
        """Joins notes that were pushed into a ref, and has the index know them; gives the ref's commit.

        Raises `NotFound`, `Conflict` (`ref_moved`).
        """
        room, around = self._room, self._room.around
        async with (
            self._turn
        ):  # else what is written meanwhile would have the index think that it knows these
            await self._write()
            merged = await around.workers.write(
                notes.merge,
                str(room.repository),
                ref,
                theirs,
                identity(who, around.host),
                around.host,
                time(),
            )
            await self._refresh(unread=True)
        await room.comments.follow_files()
        await room.comments.anchoring.attach_again()
        return merged

    async def refresh(self, *, unread: bool) -> None:
        """Reads the notes of which the index does not know, if there are any; all of them when it is missing."""
        async with self._turn:
            await self._refresh(unread=unread)

    async def _refresh(self, *, unread: bool) -> None:
        room, around = self._room, self._room.around
        known = await around.comments.lines.refs(room.session)
        now = await around.workers.read(notes.refs, str(room.repository))
        if known == (now.discuss, now.extras) or (known is None and now == Refs(None, None)):
            return
        difference = await around.workers.search(
            Budget(_NOBODY, _READ_SECONDS),
            noted.difference,
            str(room.repository),
            Refs(*known) if known else Refs(None, None),
            around.settings.document_units,
        )
        describing = await Describing.of(
            room.session, around.accounts, around.sessions, room.checkpoint.marked
        )
        lines, calls = around.comments.lines, unread and known is not None
        await lines.read_anew(room.session, [], gone=difference.gone, unread=calls)
        for piece in difference.pieces:
            rows = await describing.rows(noted.unpacked(piece))
            await lines.read_anew(room.session, rows, unread=calls)
        await lines.note_refs(room.session, (difference.now.discuss, difference.now.extras))


class Describing:
    """Makes of comments that notes have such as the index has: with accounts, documents, and whom they mention."""

    def __init__(
        self, accounts: Accounts, members: Mapping[str, int], marked: Mapping[str, MarkedDocument]
    ) -> None:
        self._accounts = accounts
        self._ids: dict[str, int | None] = {}
        self._members = members
        self._paths = {row.document: path for path, row in marked.items()}

    @classmethod
    async def of(
        cls, session: str, accounts: Accounts, sessions: Sessions, marked: Mapping[str, MarkedDocument]
    ) -> Describing:
        """`marked`: the session's documents by their paths."""
        members = {account.name: account.id for account, _ in await sessions.members(session)}
        return cls(accounts, members, marked)

    async def rows(self, found: Iterable[Noted]) -> list[Described]:
        rows: list[Described] = []
        came = round(time(), 3)
        for one in found:
            comment, account = one.comment, await self._account(one.account)
            if account is None:  # what others claim about the time would keep it before all else for ever
                comment = replace(comment, at=min(comment.at, came))
            document = comment.document if comment.document in self._paths else None
            path = comment.said_path if document is None else self._paths[document]
            called = [] if comment.deleted else mentioned(comment.text, self._members)
            mentions = [self._members[name] for name in called if self._members[name] != account]
            rows.append((replace(comment, account=account, document=document, path=path), mentions))
        return rows

    async def _account(self, name: str | None) -> int | None:
        if name is not None and name not in self._ids:
            account = await self._accounts.by_name(name)
            self._ids[name] = account.id if account else None
        return self._ids[name] if name is not None else None
