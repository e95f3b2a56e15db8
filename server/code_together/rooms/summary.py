"""What the list of sessions says of a live one: kept level with its revisions, and ahead of them while people type."""

from __future__ import annotations

import logging
from time import time
from typing import TYPE_CHECKING

from code_together.git import summary as git
from code_together.rooms.connection import Person
from code_together.rooms.surroundings import Surroundings
from code_together.session.authors import account_name, email_of
from code_together.session.languages import languages_of
from code_together.storage.summaries import LastEdit, Summary

if TYPE_CHECKING:
    from code_together.rooms.room import Room

log = logging.getLogger(__name__)


class RoomSummary:
    """`last_edit` is the last one since the room was opened, whether it is in a revision or not."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._edited: tuple[Person, float, str | None] | None = None
        self._paths: frozenset[str] = frozenset()
        self._languages: list[str] = []

    def edited(self, person: Person, path: str | None) -> None:
        """Somebody has changed something just now."""
        self._edited = person, time(), path

    @property
    def last_edit(self) -> LastEdit | None:
        if self._edited is None:
            return None
        person, at, path = self._edited
        return LastEdit(
            person.name, person.display_name, email_of(person.name, self._room.around.host), at, path
        )

    async def keep(self) -> None:
        """Keeps how the session is at its newest revision. What goes wrong is logged: the next one, or the next start, makes it good."""
        room = self._room
        try:
            paths = frozenset(room.checkpoint.files)
            if paths != self._paths:
                self._paths, self._languages = paths, languages_of(paths)
            edit = self.last_edit
            if edit is None:
                kept = await room.around.summaries.of([room.session])
                edit = kept[room.session].edit if room.session in kept else None
            summary = Summary(room.checkpoint.head, len(paths), self._languages, edit)
            await room.around.summaries.keep(room.session, summary)
        except Exception as error:
            log.error("summary not kept", exc_info=error, extra={"fields": {"session": room.session}})


async def catch_up(around: Surroundings) -> None:
    """Makes the summaries of sessions whose revision is not the one that was summed up last: from before there were any, or after a crash."""
    for session, known in (await around.summaries.revisions()).items():
        try:
            found = await around.workers.read(git.look, str(around.repositories / f"{session}.git"), known)
            if found is None:
                continue
            revision, files, languages, author, at = found
            # A room that has been opened meanwhile keeps its own.
            if (await around.summaries.revisions()).get(session, revision) != known:
                continue
            account = account_name(author.email, around.host)
            edit = LastEdit(account, author.name, author.email, at, None)
            await around.summaries.keep(session, Summary(revision, files, languages, edit))
        except Exception as error:
            log.error("session not summed up", exc_info=error, extra={"fields": {"session": session}})
