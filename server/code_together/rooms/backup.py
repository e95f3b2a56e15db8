"""A whole data folder in one file, and back again (BK1–BK6).

Database and repositories belong together. The database is copied first, as of one moment; of each repository, which may have moved on when its
turn comes, what that copy knows is packed: the newest revision of its journal, and the notes that its index of comments was made of. Objects are
only ever added, and a commit is on the disk before the journal names it (WN1), so all of it is there. What was typed and is in no revision yet
is in the journal, as after a crash.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from code_together import __version__
from code_together.config import Settings
from code_together.disk import open_private, sync_folder
from code_together.errors import CodeTogetherError, Conflict, Unavailable, Unprocessable
from code_together.git import saving, transport
from code_together.storage import snapshot
from code_together.storage.datafolder import FILE_NAME, LOCK_NAME, UNFINISHED, held
from code_together.storage.schema import has_database, refuse_newer

_FORM: Final = 1
_ABOUT: Final = "backup.json"
_TLS: Final = "tls"
_MOVING: Final = "moving"
"""Among what a restore has gathered, when all of that is there and goes to its place."""
_MAY_BE_THERE: Final = {LOCK_NAME, UNFINISHED, "lost+found"}
"""In a folder that counts as empty: what a restore that was killed left, and what a new disk has."""

_ENTRY: Final = re.compile(r"sessions/([a-z0-9]{12})\.(json|pack)|tls/([a-z]+\.[a-z]{3})")
_REPOSITORY: Final = re.compile(r"[a-z0-9]{12}\.git")
_MOST: Final = 1 << 24  # bytes of an entry that is read at once

Say = Callable[[str], None]


def back_up(settings: Settings, file: Path, say: Say, progress: Say, *, secrets: bool) -> int:
    """Writes the new file; `say` is told a line for each session that cannot be read, and in the end what was done. Gives how many faults there were.

    `secrets`: with logins, access tokens, links for new passwords and TLS keys.
    Raises `Unprocessable` (`no_data`), `Conflict` (`file_exists`), `Unavailable` (`newer_data`, `database_broken`, `database_missing`,
    `restore_broken_off`, `not_opened`, `not_written`, and of git).
    """
    folder = settings.data.absolute()
    if not has_database(folder):
        raise Unprocessable(
            f"{folder} is no data folder: there is no {FILE_NAME}, or it is empty. Give the right one with --data.",
            code="no_data",
        )
    if os.path.lexists(file):
        raise _exists(file)
    transport.version()
    with _writing(file) as aside:
        progress("the database")
        copied = aside / FILE_NAME
        snapshot.take(folder, copied)
        copy = snapshot.Copy(copied)
        if not secrets:
            copy.forget_logins()
        whole = aside / "whole"
        with (
            open(open_private(whole), "wb") as raw,
            gzip.open(raw, "wb", compresslevel=1) as packed,
            tarfile.open(mode="w", fileobj=packed) as archive,
        ):
            sessions = copy.sessions()
            faults, count = 0, 0
            _add_text(
                archive, _ABOUT, {"form": _FORM, "program": __version__, "at": _now(), "secrets": secrets}
            )
            for number, session in enumerate(sessions, 1):
                progress(f"session {number} of {len(sessions)}: {session.id}")
                count += 1
                try:
                    _add_session(archive, folder, session, aside / "pack")
                except CodeTogetherError as error:
                    if not snapshot.has_session(folder, session.id):  # deleted while this went on
                        copy.forget_session(session.id)
                        count -= 1
                        continue
                    if not session.commits and not _repository(folder, session.id).exists():
                        continue  # it is just being made
                    faults += 1
                    say(
                        f"Fault: session {session.id}: {_plain(error.message)}. Its revisions are not in the backup."
                        " code-together verify says more."
                    )
            progress("the database")
            archive.add(copied, FILE_NAME, filter=_anybodys)
            if secrets and (folder / _TLS).is_dir():
                for key in sorted((folder / _TLS).iterdir()):
                    if _ENTRY.fullmatch(f"{_TLS}/{key.name}"):
                        archive.add(key, f"{_TLS}/{key.name}", filter=_anybodys)
        _put(whole, file)
    size = file.stat().st_size
    say(f"{_many(count, 'session')} in {file}, {size:,} bytes.{_sum(faults)}")
    return faults


def restore(settings: Settings, file: Path, say: Say, progress: Say) -> None:
    """Makes the data folder of the settings from what `back_up` wrote; whole, or it is empty as before.

    Raises `Unprocessable` (`no_backup`, `bad_backup`), `Conflict` (`data_not_empty`), `Unavailable` (`data_in_use`, `newer_data`, and of git).
    """
    folder = settings.data.absolute()
    if not file.is_file():
        raise Unprocessable(f"There is no file {file}.", code="no_backup")
    transport.version()
    existed = folder.exists()
    if existed:
        _look_empty(folder)
    with held(folder):
        _look_empty(folder)
        new = folder / UNFINISHED
        for path in _moved(folder):
            shutil.rmtree(path)
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        try:
            sessions, without = _unpack(file, new, progress)
            _move_in(new, folder)
        except BaseException as error:
            for path in _moved(folder):
                shutil.rmtree(path, ignore_errors=True)
            shutil.rmtree(new, ignore_errors=True)
            (folder / LOCK_NAME).unlink(missing_ok=True)
            if not existed:
                with suppress(OSError):
                    folder.rmdir()
            if isinstance(error, OSError):
                raise Unavailable(
                    f"{folder} cannot be written: {error.strerror}.", code="not_written"
                ) from error
            raise
    for session in without:
        say(f"Session {session} could not be read when the backup was made: its revisions are not in it.")
    say(f"{_many(sessions, 'session')} in {folder}. To be sure: code-together verify")


# Writing


@contextmanager
def _writing(file: Path) -> Iterator[Path]:
    """A private folder beside the file, for what is on its way there; gone afterwards."""
    try:
        with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.absolute().parent) as aside:
            yield Path(aside)
    except OSError as error:
        why = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
        raise Unavailable(
            f"{file} cannot be written ({why}). Nothing was left there.", code="not_written"
        ) from error


def _put(whole: Path, file: Path) -> None:
    """The file is there at once and whole, and takes no other's place."""
    with whole.open("rb") as written:
        os.fsync(written.fileno())
    try:
        os.link(whole, file)
    except FileExistsError:
        raise _exists(file) from None
    except OSError:  # a file system without links
        whole.rename(file)
    sync_folder(file.absolute().parent)


def _exists(file: Path) -> Conflict:
    return Conflict(
        f"{file} is there already, and is not overwritten. Give another name.", code="file_exists"
    )


def _add_session(archive: tarfile.TarFile, folder: Path, session: snapshot.Kept, pack: Path) -> None:
    refs = saving.save(str(_repository(folder, session.id)), session.commits, session.notes, pack)
    _add_text(archive, f"sessions/{session.id}.json", {"refs": refs})
    if refs:
        archive.add(pack, f"sessions/{session.id}.pack", filter=_anybodys)
        pack.unlink()


def _add_text(archive: tarfile.TarFile, name: str, content: dict[str, Any]) -> None:
    data = json.dumps(content).encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    entry.mode = 0o600
    archive.addfile(entry, io.BytesIO(data))


def _anybodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


# Reading


def _look_empty(folder: Path) -> None:
    moved = _moved(folder)
    found = sorted(
        path.name for path in folder.iterdir() if path.name not in _MAY_BE_THERE and path not in moved
    )
    if not found:
        return
    if (folder / LOCK_NAME).exists():
        with held(folder):  # says which server has it, if one has
            pass
    raise Conflict(
        f"{folder} is not empty: {found[0]} is in it. A backup is restored into an empty folder; give one with --data.",
        code="data_not_empty",
    )


def _moved(folder: Path) -> list[Path]:
    """What a restore that was killed had already moved to its place, before the database, which is last."""
    if not (folder / UNFINISHED / _MOVING).exists() or (folder / FILE_NAME).exists():
        return []
    return [path for path in folder.iterdir() if path.name == _TLS or _REPOSITORY.fullmatch(path.name)]


def _unpack(file: Path, new: Path, progress: Say) -> tuple[int, list[str]]:
    """Gives how many sessions there are, and those whose revisions the backup lacks."""
    refs: dict[str, dict[str, str]] = {}
    done: set[str] = set()
    try:
        with gzip.open(file) as packed, tarfile.open(mode="r:", fileobj=packed) as archive:
            for number, entry in enumerate(archive):
                content = archive.extractfile(entry) if entry.isreg() else None
                match = _ENTRY.fullmatch(entry.name)
                if content is None or (number == 0) != (entry.name == _ABOUT):
                    raise _damaged(file, f"it has {entry.name!r} where that cannot be")
                if entry.name == _ABOUT:
                    _know(file, json.loads(content.read(_MOST)))
                elif entry.name == FILE_NAME:
                    _copy(content, new / FILE_NAME)
                elif match is None:
                    raise _damaged(file, f"it has {entry.name!r}")
                elif match[3]:
                    (new / _TLS).mkdir(mode=0o700, exist_ok=True)
                    _copy(content, new / _TLS / match[3])
                elif match[2] == "json":
                    progress(f"session {len(refs) + 1}: {match[1]}")
                    refs[match[1]] = json.loads(content.read(_MOST))["refs"]
                    if not refs[match[1]]:
                        saving.load(str(_repository(new, match[1])), {}, None)
                        done.add(match[1])
                else:
                    saving.load(str(_repository(new, match[1])), refs[match[1]], content)
                    done.add(match[1])
            while packed.read(1 << 20):  # to the end, where the checksum is
                pass
    except (
        tarfile.TarError,
        gzip.BadGzipFile,
        EOFError,
        zlib.error,
        ValueError,
        KeyError,
        TypeError,
    ) as error:
        raise _damaged(file, str(error) or type(error).__name__) from error
    except Unavailable as error:
        if error.code == "not_whole":
            raise _damaged(file, error.message) from error
        raise
    if not (new / FILE_NAME).is_file():
        raise _damaged(file, "there is no database in it")
    refuse_newer(new / FILE_NAME)
    sessions = snapshot.Copy(new / FILE_NAME).sessions()
    for session in sessions:
        if session.id not in done and not session.commits:
            saving.load(str(_repository(new, session.id)), {}, None)
            done.add(session.id)
    for extra in done - {session.id for session in sessions}:  # deleted while the backup was made
        shutil.rmtree(_repository(new, extra))
    return len(sessions), [session.id for session in sessions if session.id not in done]


def _know(file: Path, about: Any) -> None:
    if about["form"] != _FORM:
        raise Unavailable(
            f"{file} was written by a newer code_together ({about['program']}). Restore it with that program.",
            code="newer_data",
        )


def _copy(content: Any, target: Path) -> None:
    with open(open_private(target), "wb") as out:
        shutil.copyfileobj(content, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())


def _move_in(new: Path, folder: Path) -> None:
    """The database comes last: without it this is no data folder."""
    gathered = sorted(new.iterdir(), key=lambda path: path.name == FILE_NAME)
    (new / _MOVING).touch(mode=0o600)
    sync_folder(new)
    for path in gathered:
        path.rename(folder / path.name)
        sync_folder(folder)
    shutil.rmtree(new)


def _damaged(file: Path, why: str) -> Unprocessable:
    return Unprocessable(
        f"{file} is no backup of code_together, or is damaged ({_plain(why)}). Nothing was restored.",
        code="bad_backup",
    )


def _repository(folder: Path, session: str) -> Path:
    return folder / f"{session}.git"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).rstrip(". ")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _sum(faults: int) -> str:
    return f" {_many(faults, 'fault')}." if faults else ""
