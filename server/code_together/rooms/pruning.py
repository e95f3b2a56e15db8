"""Lets go of keystrokes that are in a revision, and old (JR9). They are pruned behind a moved ref alone, a few at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from time import time

from code_together.errors import CodeTogetherError, NotFound
from code_together.git import repository
from code_together.rooms.surroundings import Surroundings
from code_together.storage.journal import Mark

log = logging.getLogger(__name__)

_DAY = 86_400.0
_FIRST_SECONDS = 60.0
_BETWEEN_SECONDS = 3_600.0
_BATCH = 2_000  # updates in one go of the writer, which everyone's typing waits for
_PAUSE_SECONDS = 0.05


async def keep_pruning(around: Surroundings) -> None:
    """Looks once an hour, for ever. What goes wrong is logged, and tried again the next time."""
    await asyncio.sleep(_FIRST_SECONDS)
    while True:
        try:
            await prune(around)
        except Exception as error:  # a full disk, say
            log.error("journal not pruned", exc_info=error)
        await asyncio.sleep(_BETWEEN_SECONDS)


async def prune(around: Surroundings) -> int:
    """Prunes what is older than `journal_days`, in all sessions; how many updates it were."""
    pruned = 0
    for session, marks in (
        await around.journal.prunable(time() - around.settings.journal_days * _DAY)
    ).items():
        try:
            mark = await _reached(around, session, marks)
        except CodeTogetherError as error:
            log.error("journal not pruned", exc_info=error, extra={"fields": {"session": session}})
            continue
        while mark is not None and (batch := await around.journal.prune(session, mark.id, _BATCH)):
            pruned += batch
            await asyncio.sleep(_PAUSE_SECONDS)
    if pruned:
        log.info("journal pruned", extra={"fields": {"updates": pruned}})
    return pruned


async def _reached(around: Surroundings, session: str, marks: Sequence[Mark]) -> Mark | None:
    """The first of these marks whose commit is whole and in the history of the branch."""
    folder = around.repositories / f"{session}.git"
    if not folder.is_dir():
        return None
    read, path = around.workers.read, str(folder)
    head = await read(repository.head, path)
    if head is None:
        return None
    for mark in marks:
        try:
            if await read(repository.is_whole, path, mark.commit) and await read(
                repository.is_ancestor, path, mark.commit, head
            ):
                return mark
        except NotFound:
            continue
    return None
