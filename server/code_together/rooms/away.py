"""What happened in a session while somebody was away (PR5)."""

from __future__ import annotations

from dataclasses import dataclass

from code_together.git import away
from code_together.git.away import Contribution
from code_together.rooms.room import Room
from code_together.session.authors import email_of


@dataclass(frozen=True)
class Away:
    """`seen` is the revision up to which they have seen the session, `at` the moment when they went, if that is known; `newest` the
    session's newest revision. `people` is what the others did between the two; `more`: that is not all."""

    seen: str | None
    at: float | None
    newest: str | None
    people: list[Contribution]
    more: bool


async def while_away(room: Room, account: int, name: str, seen: str | None) -> Away:
    """What the others did since the account was last here, or since the revision `seen`. Raises `NotFound` if there is none of that id."""
    around = room.around
    newest = room.checkpoint.head
    at: float | None = None
    if seen is None:
        sight = await around.seen.last(room.session, account)
        if sight is None:
            return Away(None, None, newest, [], False)
        seen, at = sight.revision, sight.at
    if newest is None or seen == newest:
        return Away(seen, at, newest, [], False)
    settings = around.settings
    people, more = await around.workers.look(
        away.since,
        str(room.repository),
        newest,
        seen,
        settings.away_commits,
        settings.away_files,
        settings.read_seconds / 2,
    )
    own = email_of(name, around.host)
    return Away(seen, at, newest, [one for one in people if one.author.email != own], more)
