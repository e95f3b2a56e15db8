"""Undoing one revision, a file of it or lines of that, by live edits that keep what came after (RV1 to RV5)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from time import time

from code_together.errors import Conflict, NotFound, Unavailable
from code_together.git import reverting
from code_together.git.leftout import LeftOut
from code_together.git.reverting import Lines, Place, Plan
from code_together.rooms.applying import HELD, Applying
from code_together.rooms.connection import Person
from code_together.rooms.room import Room
from code_together.rooms.windows import commit_window, identity
from code_together.rooms.workers import Budget


async def revert(
    room: Room, person: Person, revision: str, path: str | None, lines: tuple[int, int] | None
) -> tuple[str, bool, list[LeftOut]]:
    """Undoes a revision alone, or what it did to a file, or to lines of that (from 1, both included).

    Gives the revision that this makes, or the newest one and False if nothing of it was left; and what does not come back, as it is not kept here.

    Raises `Conflict` (`revert_conflict`, with `places`) where it cannot without undoing what came after, `NotFound`, `TooLarge`, `Unavailable`;
    then nothing has changed. The first look tells which texts are concerned, the second is taken while nobody types into them.
    """
    budget = Budget(person.account, room.around.settings.revert_seconds)
    look = _Look(room, budget, revision, path, Lines(*lines) if lines else None)
    async with room.repository_lock:
        # Each attempt fails only where somebody begins with one more of the files meanwhile.
        while budget.left > 0:
            await look.now()
            if not look.plan.changes:
                return look.head, False, look.plan.left_out
            applying = Applying(room, person, look.plan.changes, look.documents)
            await applying.load()
            with room.checkpoint.changing():
                async with applying.held() as held:
                    try:
                        async with asyncio.timeout(HELD):
                            await room.turns.durable()
                            if any(document.version > document.committed for document in held):
                                await look.now()
                                again = Applying(room, person, look.plan.changes, look.documents)
                                if not again.within(applying.paths, held):
                                    continue
                                applying = again
                                await applying.load()
                            await applying.prepare()
                            committed, formats = await room.around.workers.write(
                                reverting.write,
                                str(room.repository),
                                look.head,
                                applying.landings(),
                                identity(person, room.around.host),
                                room.around.host,
                                time(),
                                look.plan.message,
                                look.plan.source,
                            )
                    except TimeoutError:
                        raise Unavailable(
                            "The server is too busy just now; try again.", code="try_again"
                        ) from None
                    if not await applying.make(committed.id, formats):
                        continue
            applying.tell(committed.id, committed.message)
            return committed.id, True, look.plan.left_out
    raise Unavailable("The session changes too fast just now; try again.", code="try_again")


@dataclass(slots=True)
class _Look:
    """What undoes it now: a plan on the newest revision, `head`, in which `documents` are documents."""

    room: Room
    budget: Budget
    revision: str
    path: str | None
    lines: Lines | None
    head: str = ""
    documents: frozenset[str] = frozenset()
    plan: Plan = field(default_factory=lambda: Plan([], [], ""))

    async def now(self) -> None:
        """Closes the window and plans. Raises as `revert` does."""
        room = self.room
        settings = room.around.settings
        head = await commit_window(room, None)
        if head is None:
            raise NotFound("There is no such revision in this session.", code="no_revision")
        formats = {path: row.format for path, row in room.checkpoint.marked.items()}
        plan = await room.around.workers.search(
            self.budget,
            partial(reverting.plan, units=settings.document_units, most=settings.session_files),
            str(room.repository),
            head,
            self.revision,
            self.path,
            self.lines,
            formats,
        )
        if plan.places:
            places = [_place(place) for place in plan.places]
            raise Conflict(_sentence(plan.places), code="revert_conflict", places=places)
        self.head, self.documents, self.plan = head, frozenset(formats), plan


def _place(place: Place) -> dict[str, object]:
    return {
        "path": place.path,
        "start_line": place.lines.start,
        "end_line": place.lines.end,
        "reason": place.reason,
        "here": place.here,
        "before": place.before,
    }


def _sentence(places: Sequence[Place]) -> str:
    first = places[0]
    if first.reason == "taken":
        return f"This cannot be undone alone: the name {first.path} is taken now. Nothing was changed."
    at = f"{first.path}, line {first.lines.start}," if first.reason == "lines" else first.path
    more = len(places) - 1
    others = "" if not more else " (and 1 other place)" if more == 1 else f" (and {more} other places)"
    return f"This cannot be undone alone: {at} has changed again since{others}. Nothing was changed."
