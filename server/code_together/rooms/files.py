"""What becomes of files as wholes: created, replaced, renamed, copied, deleted, restored (WN8).

Each closes the window first and is a revision at once. The text of a document that somebody may have open is never swapped under them: it becomes an
edit through the one door.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

from code_together.errors import Conflict, NotFound, TooLarge, Unprocessable
from code_together.git import editable, repository, unpacking
from code_together.git.leftout import LeftOut, left_out
from code_together.git.repository import FileChange
from code_together.git.unpacking import Unpacked
from code_together.ot.diff import diff
from code_together.rooms.connection import Person
from code_together.rooms.room import Room
from code_together.rooms.windows import commit_window, identity
from code_together.session.paths import TakenPaths, check_path
from code_together.storage.journal import MarkedDocument

_MODES = ("no longer executable", "executable")


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody who changes a file as a whole has seen of it, None where that does not matter to them (SY7).

    `blob`: Git's id of the contents in the newest revision, "" for no file. `version`: of its document.
    """

    blob: str | None = None
    version: int | None = None

    def check(self, room: Room, path: str) -> None:
        """Raises `Conflict` (`changed_meanwhile`) when the file is no longer so. Under the lock, the window closed."""
        entry, row = room.checkpoint.files.get(path), room.checkpoint.marked.get(path)
        if self.blob not in (None, entry.blob if entry else "") or self.version not in (
            None,
            row.version if row else None,
        ):
            raise Conflict(f"{path} was changed in the session meanwhile.", code="changed_meanwhile")


async def put_file(
    room: Room,
    person: Person,
    path: str,
    data: bytes,
    seen: Seen | None = None,
    executable: bool | None = None,
) -> bool:
    """Creates or replaces a file; gives whether it is new. `executable`: whether it is from now on, None to keep that as it is.

    Raises `Unprocessable` (`bad_path`), `TooLarge`, `Conflict` (`path_taken`, `changed_meanwhile`).
    """
    settings = room.around.settings
    check_path(path, path_bytes=settings.path_bytes, part_bytes=settings.path_part_bytes)
    if len(data) > settings.file_bytes:
        raise TooLarge(
            f"A file may have {settings.file_bytes:,} bytes; this one has {len(data):,}.",
            code="file_too_large",
        )
    async with room.repository_lock:
        await commit_window(room, None)
        if seen:
            seen.check(room, path)
        name = PurePosixPath(path).name
        if path in room.checkpoint.files:
            modes = {} if executable is None else {path: executable}
            await _bring(room, person, [(path, data)], [], f"Replace {name}", modes=modes)
            return False
        _check_room_for(room, 1)
        TakenPaths(room.checkpoint.files).check_free(path)
        change = FileChange(path=path, data=data, executable=executable)
        await _commit(room, person, [change], f"Add {name}")
        return True


async def set_mode(room: Room, person: Person, path: str, executable: bool) -> None:
    """Makes a file executable, or no longer: a revision, if it is not so already. Raises `NotFound` (`no_file`)."""
    async with room.repository_lock:
        await commit_window(room, None)
        if path not in room.checkpoint.files:
            raise NotFound(f"There is no file {path}.", code="no_file")
        await _set_modes(room, person, {path: executable}, f"Make {path} {_MODES[executable]}")


async def _set_modes(room: Room, person: Person, modes: Mapping[str, bool], message: str) -> None:
    """What of these files is executable, or not, and shall not be so. The window is closed."""
    now = room.checkpoint.files
    changes = [
        FileChange(path=path, data=None, blob=now[path].blob, executable=executable)
        for path, executable in modes.items()
        if path in now and now[path].executable != executable
    ]
    if changes:
        await _commit(room, person, changes, message)


async def bring(room: Room, person: Person, contents: Sequence[tuple[str, bytes]], message: str) -> str:
    """Files get these contents, in one revision; gives its id. For contents and paths that are known to be good."""
    async with room.repository_lock:
        await commit_window(room, None)
        await _bring(room, person, contents, [], message)
        assert room.checkpoint.head is not None
        return room.checkpoint.head


async def _bring(
    room: Room,
    person: Person,
    contents: Sequence[tuple[str, bytes]],
    removed: Sequence[str],
    message: str,
    source: str | None = None,
    modes: Mapping[str, bool] = MappingProxyType({}),
) -> None:
    """One revision in which these files have these contents and others are gone; texts that may be open become edits.

    `modes` says of some whether they are executable. `source` is the revision from which files that are gone come back.

    Where somebody types into such a text at the same moment both stay, and the window that holds it is committed right after.
    """
    marked = room.checkpoint.marked
    changes = [FileChange(path=path, data=None) for path in removed]
    rows = [_retired(row) for row in (marked.get(path) for path in removed) if row]
    for path, data in contents:
        row = marked.get(path)
        change = FileChange(path=path, data=data, executable=modes.get(path))
        if row is None:
            changes.append(change)
            continue
        units = room.around.settings.document_units
        described = await room.around.workers.read(editable.described, data, path, units)
        if described is None:
            changes.append(change)
            rows.append(_retired(row))
            continue
        text, format = described
        version = await _edit_to(room, person, path, text)
        if version is not None:
            changes.append(change)
            rows.append(MarkedDocument(row.document, path, version, format))
    if changes:
        await _commit(room, person, changes, message, rows, source)
    await commit_window(room, message)
    await _set_modes(room, person, modes, message)  # of those whose contents were as they should be


async def _edit_to(room: Room, person: Person, path: str, new: str) -> int | None:
    """Makes a document's text this one by a live edit; the version at which it is, None if others typed meanwhile."""
    document = await room.documents.load(path)
    version, old = document.version, str(document.text)
    if new != old:
        changes = await room.around.workers.read(diff, old, new)
        await room.edits.make(document, person, version, changes)
    await room.turns.durable()
    return document.version if str(document.text) == new else None


def _retired(row: MarkedDocument) -> MarkedDocument:
    return MarkedDocument(row.document, None, row.version, row.format)


async def add_files(room: Room, person: Person, pack: str, files: Sequence[Unpacked], message: str) -> str:
    """New files, whose blobs are in a packfile, all in one revision; gives its id. Nothing that is there is replaced.

    Raises `TooLarge` (`too_many_files`), `Conflict` (`path_taken`).
    """
    async with room.repository_lock:
        await commit_window(room, None)
        _check_room_for(room, len(files))
        taken = TakenPaths(room.checkpoint.files)
        for file in files:
            taken.check_free(file.path)
        await room.around.workers.write(unpacking.store, str(room.repository), pack)
        changes = [
            FileChange(path=file.path, data=None, blob=file.blob, executable=file.executable)
            for file in files
        ]
        await _commit(room, person, changes, message)
        assert room.checkpoint.head is not None
        return room.checkpoint.head


async def rename(room: Room, person: Person, old: str, new: str) -> None:
    """Gives a file, or all files below a folder, another path. Documents keep their ids; who types in one goes on typing.

    Raises `NotFound`, `Unprocessable` (`bad_path`), `Conflict` (`path_taken`).
    """
    settings = room.around.settings
    check_path(new, path_bytes=settings.path_bytes, part_bytes=settings.path_part_bytes)
    async with room.repository_lock:
        await commit_window(room, None)
        moves = {path: new + path[len(old) :] for path in _at_or_below(room, old)}
        if old == new:
            return
        if new.startswith(old + "/"):
            raise Unprocessable("A folder cannot be moved into itself.", code="bad_path")
        taken = TakenPaths(path for path in room.checkpoint.files if path not in moves)
        verb = "Move" if PurePosixPath(old).name == PurePosixPath(new).name else "Rename"
        for path, to in moves.items():
            check_path(to, path_bytes=settings.path_bytes, part_bytes=settings.path_part_bytes)
            taken.check_free(to, f"{path} cannot be {verb.lower()}d to {to}")
        marked = room.checkpoint.marked
        rows = [
            MarkedDocument(row.document, moves[path], row.version, row.format)
            for path, row in marked.items()
            if path in moves
        ]
        changes = [FileChange(path=to, data=None, old_path=path) for path, to in moves.items()]
        await _commit(room, person, changes, f"{verb} {old} to {new}", rows, moved={"from": old, "to": new})


async def copy(room: Room, person: Person, old: str, new: str) -> None:
    """Makes copies, as of what is on the screen, of a file, or of all files below a folder.

    Raises `NotFound`, `Unprocessable` (`bad_path`), `TooLarge` (`too_many_files`), `Conflict` (`path_taken`).
    """
    settings = room.around.settings
    check_path(new, path_bytes=settings.path_bytes, part_bytes=settings.path_part_bytes)
    async with room.repository_lock:
        await commit_window(room, None)
        copies = {path: new + path[len(old) :] for path in _at_or_below(room, old)}
        _check_room_for(room, len(copies))
        taken = TakenPaths(room.checkpoint.files)
        for path, to in copies.items():
            check_path(to, path_bytes=settings.path_bytes, part_bytes=settings.path_part_bytes)
            taken.check_free(to, f"{path} cannot be copied to {to}")
        changes = [FileChange(path=to, data=None, copied_from=path) for path, to in copies.items()]
        await _commit(room, person, changes, f"Copy {old} to {new}")


async def delete(room: Room, person: Person, path: str, seen: Seen | None = None) -> None:
    """Takes a file, or all files below a folder, away; history keeps them. Raises `NotFound`, `Conflict` (`changed_meanwhile`)."""
    async with room.repository_lock:
        paths = _at_or_below(room, path)
        documents = [
            room.documents.loaded[row.document]
            for row in (room.checkpoint.marked.get(path) for path in paths)
            if row and row.document in room.documents.loaded
        ]
        # What is typed from here on would be in no revision: it is refused, and stays in the typist's browser.
        for document in documents:
            document.frozen = True
        try:
            await commit_window(room, None)
            if seen:
                seen.check(room, path)
            rows = [_retired(row) for row in (room.checkpoint.marked.get(path) for path in paths) if row]
            changes = [FileChange(path=path, data=None) for path in paths]
            await _commit(room, person, changes, f"Delete {path}", rows)
        except BaseException:
            for document in documents:
                document.frozen = False
            raise


async def restore(
    room: Room, person: Person, revision: str, path: str | None
) -> tuple[str, bool, list[LeftOut]]:
    """Puts a file, or with no path the whole session, back as it was in a revision.

    Gives the revision that this makes, or the newest one and False if all is as it was; and what of a session does not come back, as it is not
    kept here.

    Texts come back as live edits. Raises `NotFound` for an unknown revision or a file that was not in it, `TooLarge` (`too_many_files`),
    `Conflict` (`path_taken`), `Unprocessable` (`bad_path`).
    """
    async with room.repository_lock:
        before = await commit_window(room, None)
        repo, read = str(room.repository), room.around.workers.read
        then = {entry.path: entry for entry in await read(repository.files, repo, revision)}
        now = dict(room.checkpoint.files)
        missing = await read(left_out, repo, revision) if path is None else []
        if path is not None and path not in then:
            await read(repository.read, repo, revision, path)  # raises what else is there
            raise NotFound(f"There was no file {path} in revision {revision[:7]}.", code="no_file")
        wanted = [path] if path is not None else sorted(then)
        what = f"{path} from" if path is not None else "the session as of"
        message = f"Restore {what} {revision[:7]}"
        changed = [file for file in wanted if file not in now or now[file].blob != then[file].blob]
        contents = [(file, await read(repository.read, repo, revision, file)) for file in changed]
        removed = [file for file in now if file not in then] if path is None else []
        _check_room_for(room, sum(file not in now for file in changed) - len(removed))
        settings = room.around.settings
        taken = TakenPaths(file for file in now if path is not None and file != path)
        for file in wanted:  # an old commit that was pushed may have any
            check_path(file, path_bytes=settings.path_bytes, part_bytes=settings.path_part_bytes)
            taken.check_free(file, f"{file} cannot be brought back", "Rename that first.")
            taken.add(file)
        gone = any(file not in now for file in changed)
        modes = {file: then[file].executable for file in wanted}
        await _bring(room, person, contents, removed, message, revision if gone else None, modes)
        assert room.checkpoint.head is not None
        return room.checkpoint.head, room.checkpoint.head != before, missing


async def _commit(
    room: Room,
    person: Person,
    changes: Sequence[FileChange],
    message: str,
    rows: Sequence[MarkedDocument] = (),
    source: str | None = None,
    **about: object,
) -> None:
    """One revision by this person; documents that moved or went follow, and everyone is told, with what is said `about` it."""
    before = room.checkpoint.head
    author = identity(person, room.around.host)
    committed = await room.checkpoint.commit_files(changes, author, message, rows, source)
    for row in rows:
        await room.document_marked(row)
    for change in changes:
        if change.data is not None or change.blob is not None:
            room.touches.file(change.path, person)
    room.tell_files(committed.id, **about)
    room.comments.files_changed()
    if committed.id != before:
        there = [change.path for change in changes if change.path in room.checkpoint.files]
        room.summary.edited(person, there[0] if len(there) == 1 else None)
        room.tell_revision(committed.id, [person], message)


def _check_room_for(room: Room, more: int) -> None:
    most = room.around.settings.session_files
    if more > 0 and len(room.checkpoint.files) + more > most:
        raise TooLarge(f"A session may hold {most:,} files.", code="too_many_files")


def _at_or_below(room: Room, path: str) -> list[str]:
    files = room.checkpoint.files
    found = [path] if path in files else [file for file in files if file.startswith(path + "/")]
    if not found:
        raise NotFound(
            f"There is no file {path}: it may have been moved or deleted meanwhile.", code="no_file"
        )
    return sorted(found)
