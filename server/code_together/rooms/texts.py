"""Files of revisions to read: their text, and the colours of its code where they come in time."""

from __future__ import annotations

from contextlib import suppress

from code_together.errors import Unavailable
from code_together.git import texts
from code_together.git.texts import FileText
from code_together.rooms.room import Room
from code_together.rooms.workers import Budget
from code_together.session.colors import Colored, colored

_LONGEST_LINE = 10_000  # characters; what is longer was not written by hand, and has no need of colours


async def text(
    room: Room, account: int, path: str, revision: str, *, colors: bool
) -> tuple[FileText, Colored | None]:
    """Raises `NotFound`, `Unprocessable` (`not_text`), `Unavailable`. Without colours where they were not asked for, or cannot be had."""
    settings = room.around.settings
    workers = room.around.workers
    found = await workers.look(texts.text, str(room.repository), revision, path, settings.text_length)
    code = found.text
    if not colors or len(code) > settings.color_length:
        return found, None
    if max(map(len, code.split("\n"))) > _LONGEST_LINE:
        return found, None
    with suppress(Unavailable):
        return found, await workers.search(Budget(account, settings.color_seconds), colored, path, code)
    return found, None
