"""Searching, and replacing, in all files of a session as they are on everybody's screen now.

The files go to a worker in batches, small ones first, so that results come while the search goes on; its time is bounded over all batches.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass

from code_together.errors import CodeTogetherError, TooLarge, Unprocessable
from code_together.git import search as git_search
from code_together.git.repository import FileEntry
from code_together.git.search import FoundIn, Searched
from code_together.ot.change import ChangeSet
from code_together.rooms.connection import Person
from code_together.rooms.room import Room
from code_together.rooms.windows import commit_window
from code_together.rooms.workers import Budget
from code_together.session.document import Document
from code_together.session.search import Query

_FIRST_FILES = 50
_FILES = 500
_BYTES = 8_000_000
_ATTEMPTS = 5  # with texts that somebody edits meanwhile
_QUOTED = 40


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
    await room.turns.durable()
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


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a replacement came to: the newest revision, how many places in how many files, and files that were edited too fast to be changed."""

    id: str | None
    places: int
    files: int
    left_out: list[str]


async def replace(room: Room, person: Person, query: Query, replacement: str) -> Replaced:
    """Puts the replacement in the place of every match, as live edits by this person and one revision.

    Raises `Unprocessable` (`bad_query`, `bad_pattern`, `bad_replacement`), `TooLarge` (`too_much_to_replace`, `document_too_large`),
    `Unavailable` (`took_too_long`); then nothing was changed.
    """
    settings = room.around.settings
    if "\0" in replacement or len(replacement) > settings.search_length:
        raise Unprocessable(
            f"What comes in its place may have {settings.search_length:,} characters, and no NUL.",
            code="bad_replacement",
        )
    budget = Budget(person.account, settings.search_seconds)
    paths = await _paths_with(room, budget, query)
    async with room.repository_lock:
        await commit_window(room, None)
        waiting = [await room.documents.load(path) for path in paths if path in room.checkpoint.files]
        places = files = 0
        for attempt in range(_ATTEMPTS):
            try:
                edits = await _edits(room, budget, waiting, query, replacement)
            except CodeTogetherError:
                if attempt == 0:
                    raise
                break
            gone_on = await room.edits.make_all(person, [edit for edit, _ in edits])
            done = [count for (document, _, _), count in edits if document not in gone_on]
            places += sum(done)
            files += len(done)
            waiting = gone_on
            if not waiting:
                break
        number = "1 file" if files == 1 else f"{files:,} files"
        message = f"Replace {_quoted(query.text)} with {_quoted(replacement)} in {number}"
        id = await commit_window(room, message)
        return Replaced(id, places, files, [document.path for document in waiting])


async def _paths_with(room: Room, budget: Budget, query: Query) -> list[str]:
    """Text files with a match. Raises `TooLarge` (`too_much_to_replace`)."""
    settings = room.around.settings
    entries = [
        entry
        for entry in room.checkpoint.files.values()
        if not entry.binary and entry.size <= settings.search_file_bytes
    ]
    paths: list[str] = []
    for batch in _batches(entries):
        paths += await room.around.workers.search(
            budget,
            git_search.paths_with,
            str(room.repository),
            as_shown(room, batch),
            query,
            settings.search_length,
        )
        size = sum(entry.size for path in paths if (entry := room.checkpoint.files.get(path)))
        if len(paths) > settings.replace_files or size > settings.replace_bytes:
            raise TooLarge(
                f"One replacement may change {settings.replace_files:,} files of {settings.replace_bytes:,} bytes together. "
                "Say in which files, and do it in parts.",
                code="too_much_to_replace",
            )
    return sorted(paths)


async def _edits(
    room: Room, budget: Budget, documents: Sequence[Document], query: Query, replacement: str
) -> list[tuple[tuple[Document, int, ChangeSet], int]]:
    """The edits that replace every match in the documents as they are now, and how many places each changes."""
    settings = room.around.settings
    versions = [document.version for document in documents]
    made = await room.around.workers.search(
        budget,
        git_search.replacements,
        [str(document.text) for document in documents],
        query,
        settings.search_length,
        replacement,
        settings.document_units,
        settings.replace_bytes,
    )
    return [
        ((document, version, one.changes), one.places)
        for document, version, one in zip(documents, versions, made, strict=True)
        if one
    ]


def _quoted(text: str) -> str:
    short = text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
    return f"“{short}”"


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
