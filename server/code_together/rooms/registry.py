"""Which sessions are live in this server, and who owns them: the one place that opens and lets go of rooms."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from code_together.config import Settings
from code_together.errors import CodeTogetherError, NotAllowed, NotFound, NotLoggedIn
from code_together.git import repository
from code_together.git.bare import missing
from code_together.rooms.connection import Connection, Person
from code_together.rooms.pruning import keep_pruning
from code_together.rooms.room import Room
from code_together.rooms.summary import catch_up
from code_together.rooms.surroundings import Surroundings
from code_together.rooms.upkeep import Upkeep
from code_together.rooms.workers import Workers
from code_together.storage.accounts import Account, Accounts
from code_together.storage.chat import Chat
from code_together.storage.clashes import Clashes
from code_together.storage.comments import Comments
from code_together.storage.journal import Journal
from code_together.storage.revisions import Revisions
from code_together.storage.seen import Seen
from code_together.storage.sessions import Sessions
from code_together.storage.summaries import Summaries, Summary

log = logging.getLogger(__name__)

# How often rooms that nobody uses are looked for, in seconds.
_SWEEP = 10.0


class Registry:
    def __init__(
        self,
        settings: Settings,
        journal: Journal,
        accounts: Accounts,
        sessions: Sessions,
        chat: Chat,
        clashes: Clashes,
        comments: Comments,
        revisions: Revisions,
        seen: Seen,
        summaries: Summaries,
        host: str,
    ) -> None:
        workers = Workers(settings.data / "worker.lock", look_seconds=settings.read_seconds)
        self.around = Surroundings(
            settings,
            workers,
            journal,
            accounts,
            sessions,
            chat,
            clashes,
            comments,
            revisions,
            seen,
            summaries,
            host,
            settings.data.absolute(),
        )
        self._rooms: dict[str, Room] = {}
        self._opening: dict[str, asyncio.Task[Room]] = {}
        self._idle_since: dict[str, float] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._upkeep = Upkeep(settings, workers, self._rooms)
        self._pruner: asyncio.Task[None] | None = None
        self._summing: asyncio.Task[None] | None = None
        self._closed = False
        self._telling = asyncio.Lock()

    async def start(self) -> None:
        await self.around.receiving.sweep_all(self.around.repositories)
        self._sweeper = asyncio.create_task(self._sweep())
        self._upkeep.start()
        self._pruner = asyncio.create_task(keep_pruning(self.around))
        self._summing = asyncio.create_task(catch_up(self.around))

    async def close(self) -> None:
        """Commits what is open in every room, says good-bye and ends the worker processes."""
        self._closed = True
        self._upkeep.stop()
        for task in (self._sweeper, self._pruner, self._summing):
            if task:
                task.cancel()
        for opening in list(self._opening.values()):
            with suppress(CodeTogetherError, asyncio.CancelledError):
                await opening
        await asyncio.gather(*(room.close() for room in list(self._rooms.values())))
        self._rooms.clear()
        await asyncio.to_thread(self.around.workers.close)

    def abandon(self) -> None:
        """Ends the worker processes in the middle of what they do: the next start makes the revisions, from the journal."""
        self.around.workers.kill()

    async def room(self, session: str) -> Room:
        """The session's room, opened if need be. Raises `NotFound` if there is none, `Broken` if its repository is lost."""
        room = self._rooms.get(session)
        if room is not None and not room.failed:
            self._idle_since.pop(session, None)
            return room
        if session not in self._opening:
            task = self._opening[session] = asyncio.create_task(self._open(session))
            task.add_done_callback(lambda _: self._opening.pop(session, None))
        return await asyncio.shield(self._opening[session])

    async def _open(self, session: str) -> Room:
        row = None if self._closed else await self.around.sessions.get(session)
        if row is None:
            raise NotFound("There is no such session.", code="no_session")
        folder = self.repository(session)
        if not folder.is_dir():
            error = missing(str(folder), "there is no such folder")
            log.error("repository missing", extra={"fields": {"session": session, "error": error.why}})
            raise error
        room = await Room.open(row, self.around, self._forget)
        self._rooms[session] = room
        return room

    def _forget(self, room: Room) -> None:
        if self._rooms.get(room.session) is room:
            del self._rooms[room.session]

    def live(self, session: str) -> Room | None:
        """The room if it is open now."""
        return self._rooms.get(session)

    def repository(self, session: str) -> Path:
        return self.around.repositories / f"{session}.git"

    async def create_repository(self, session: str) -> None:
        await self.around.workers.write(repository.create, str(self.repository(session)))

    async def delete_repository(self, session: str) -> None:
        """Ends the room without committing and removes the repository from the disk."""
        if room := self._rooms.pop(session, None):
            room.session_deleted()
            deleted = NotAllowed("This session was deleted by an owner.", code="deleted")
            with suppress(CodeTogetherError):
                await room.turns.perform(lambda: room.end_connections_now(lambda _: True, deleted))
            async with room.repository_lock:
                room.end()
            await room.background_ended()
        await asyncio.to_thread(shutil.rmtree, self.repository(session), True)

    async def role_changed(self, session: str, account: int, role: str | None) -> None:
        if room := self._rooms.get(session):
            room.change_role(account, role)

    async def session_changed(self, session: str) -> None:
        """Its title or whether it is archived is another in the database: whoever is there has it at once (AM2)."""
        async with self._telling:  # the last to read the row is the last to tell
            row = await self.around.sessions.get(session)
            with suppress(CodeTogetherError):  # a room that is opened again reads the row itself
                opening = self._opening.get(session)
                room = await asyncio.shield(opening) if opening else self._rooms.get(session)
                if room is not None and row is not None:
                    await room.change_session(row)

    async def account_changed(self, account: Account) -> None:
        """Another display name or colour; a disabled account's connections are closed."""
        person = Person.of(account)
        for room in self._rooms.values():
            room.change_person(person)
        if account.disabled:
            await self.account_disabled(account.id)

    def connected(self) -> tuple[set[bytes], set[int], set[int]]:
        """The logins, the tokens and the accounts whose connections are open now."""
        open = [connection for room in self._rooms.values() for connection in room.connections]
        return (
            {connection.login for connection in open if connection.login is not None},
            {connection.token for connection in open if connection.token is not None},
            {connection.person.account for connection in open},
        )

    async def account_disabled(self, account: int) -> None:
        """Closes all connections of the account, by whatever it logged in with (4401)."""
        error = NotLoggedIn(
            "Your account was disabled by an administrator. What you typed is kept; ask them to enable it again.",
            code="logged_out",
            reason="disabled",
        )
        self._end(lambda connection: connection.person.account == account, error)

    async def bytes_on_disk(self, session: str) -> int:
        """What the session's repository takes."""
        return await asyncio.to_thread(_bytes_below, self.repository(session))

    def bytes_of_data(self) -> int:
        """What all sessions and the database take on the disk. Blocks."""
        return _bytes_below(self.around.repositories)

    async def login_ended(self, login: bytes) -> None:
        error = NotLoggedIn("You were logged out. Log in again; what you typed is kept.", code="logged_out")
        self._end(lambda connection: connection.login == login, error)

    async def token_ended(self, token: int) -> None:
        error = NotLoggedIn(
            "The access token was deleted, or its time is over. What was not sent yet is kept where it was typed.",
            code="logged_out",
        )
        self._end(lambda connection: connection.token == token, error)

    def _end(self, which: Callable[[Connection], bool], error: NotLoggedIn) -> None:
        for room in self._rooms.values():
            room.end_connections(which, error)

    def counts(self) -> tuple[int, int, int]:
        """How many rooms are open, connections in them, and people, each counted once."""
        open = [connection for room in self._rooms.values() for connection in room.connections]
        return len(self._rooms), len(open), len({connection.person.account for connection in open})

    def people_here(self, session: str) -> int:
        """How many people are in the session now."""
        room = self._rooms.get(session)
        return len({connection.person.account for connection in room.connections}) if room else 0

    def first_here(self, session: str, most: int) -> list[Person]:
        """Who is in the session now, each once, in the order in which they came; at most so many."""
        room = self._rooms.get(session)
        people = {one.person.account: one.person for one in room.connections} if room else {}
        return [*people.values()][:most]

    async def summaries(self, sessions: Iterable[str]) -> dict[str, Summary]:
        """What the list says of these sessions, as they are now; those that nothing is known of are left out."""
        found = await self.around.summaries.of(sessions)
        for session, summary in found.items():
            room = self._rooms.get(session)
            if room is not None and room.summary.last_edit is not None:
                found[session] = replace(summary, edit=room.summary.last_edit)
        return found

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP)
            for session, room in list(self._rooms.items()):
                if not room.idle:
                    self._idle_since.pop(session, None)
                elif (
                    loop.time() - self._idle_since.setdefault(session, loop.time())
                    > self.around.settings.room_idle
                ):
                    self._idle_since.pop(session, None)
                    del self._rooms[session]
                    room.end()


def _bytes_below(folder: Path) -> int:
    size = 0
    for path, _, files in os.walk(folder):
        for file in files:
            with suppress(FileNotFoundError):  # git tidies up meanwhile
                size += os.lstat(os.path.join(path, file)).st_blocks * 512
    return size
