"""Searching in all files of a session as they are on everybody's screen now.

The files go to a worker in batches, small ones first, so that results come while the search goes on; its time is bounded over all batches.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass

from code_together.git import search as git_search
from code_together.git.repository import FileEntry
from code_together.git.search import FoundIn, Searched
from code_together.rooms.connection import Person
from code_together.rooms.room import Room
from code_together.rooms.workers import Budget
from code_together.session.search import Query

_FIRST_FILES = 50
_FILES = 500
_BYTES = 8_000_000


@dataclass(slots=True)
class Tally:
    """What a search came to so far: files searched in, left out as no text or too large, matches, whether there are more."""

    searched: int = 0
    binary: int = 0
    large: int = 0
    matches: int = 0
    truncated: bool = False


async def search(
    room: Room, person: Person, query: Query, most: int, tally: Tally
) -> AsyncGenerator[list[FoundIn]]:
    """What each batch of files gave, files by path; `tally` is kept up to date.

    Raises `Unprocessable` (`bad_query`, `bad_pattern`) before anything is given, `Unavailable` (`took_too_long`).
    """
    settings = room.around.settings
    budget = Budget(person.account, settings.search_seconds)
    await room.durable()
    texts = [entry for entry in room.checkpoint.files.values() if not entry.binary]
    tally.binary += len(room.checkpoint.files) - len(texts)
    small = sorted(
        (entry for entry in texts if entry.size <= settings.search_file_bytes), key=lambda entry: entry.path
    )
    tally.large += len(texts) - len(small)
    for batch in _batches(small):
        found = await room.around.workers.search(
            budget,
            git_search.search,
            str(room.repository),
            as_shown(room, batch),
            query,
            settings.search_length,
            most - tally.matches,
        )
        tally.searched += found.searched
        tally.binary += found.binary
        tally.matches += sum(len(file.matches) for file in found.files)
        tally.truncated = found.truncated
        yield found.files
        if found.truncated:
            break


def as_shown(room: Room, entries: Sequence[FileEntry]) -> list[Searched]:
    """The files as they are on the screen: with their live text where that is not yet in a revision."""
    files = []
    for listed in entries:
        entry = room.checkpoint.files.get(listed.path, listed)
        row = room.checkpoint.marked.get(entry.path)
        document = room.documents.loaded.get(row.document) if row else None
        newer = document is not None and document.version > document.committed
        files.append(
            Searched(
                entry.path,
                entry.blob,
                row.format if row else None,
                str(document.text) if document is not None and newer else None,
            )
        )
    return files


def _batches(entries: Sequence[FileEntry]) -> Iterator[list[FileEntry]]:
    """At least one, so that a query is looked at even where there is no file."""
    batch: list[FileEntry] = []
    size, most = 0, _FIRST_FILES
    for entry in entries:
        if batch and (len(batch) >= most or size + entry.size > _BYTES):
            yield batch
            batch, size, most = [], 0, _FILES
        batch.append(entry)
        size += entry.size
    yield batch
