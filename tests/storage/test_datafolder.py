"""The data folder, its modes and its lock."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
from pathlib import Path

import pytest

from code_together.errors import Unavailable
from code_together.storage.database import Database
from code_together.storage.datafolder import FILE_NAME, LOCK_NAME, Lock
from tests.faults.injection import mounted, needs_mount
from tests.storage.serving import serve, stop


def modes(folder: Path) -> dict[str, str]:
    return {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in [folder, *folder.iterdir()]}


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_modes(tmp_path: Path, umask: int) -> None:
    """JR7: the data folder is 0700 and all that is made in it 0600, whatever the umask."""
    folder = tmp_path / "deep" / "data"
    folder.parent.mkdir()
    before = os.umask(umask)
    try:
        database = Database.open(folder)
        database.submit(lambda connection: connection.execute("CREATE TABLE numbers (n INTEGER)")).result(10)
        found = modes(folder)
        database.close()
    finally:
        os.umask(before)
    assert found == {
        "data": "0o700",
        LOCK_NAME: "0o600",
        FILE_NAME: "0o600",
        f"{FILE_NAME}-wal": "0o600",
        f"{FILE_NAME}-shm": "0o600",
    }


def test_modes_are_put_right(tmp_path: Path) -> None:
    """JR7: a folder and a database that others could read are closed to them when they are opened."""
    Database.open(tmp_path).close()
    tmp_path.chmod(0o755)
    (tmp_path / FILE_NAME).chmod(0o644)
    Database.open(tmp_path).close()
    assert set(modes(tmp_path).values()) == {"0o700", "0o600"}


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    """A data folder that cannot be made is refused with a sentence that names it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="file/data cannot be made") as caught:
        Database.open(tmp_path / "file" / "data")
    assert caught.value.code == "data_not_private"


def test_second_server_is_refused(tmp_path: Path) -> None:
    """JR5: a second server is refused with a sentence that names the first; the lock goes with its process."""
    first = serve(tmp_path)
    try:
        with pytest.raises(Unavailable) as caught:
            Database.open(tmp_path)
        assert caught.value.code == "data_in_use"
        assert f"(pid {first.pid}, http://127.0.0.1:8080)" in caught.value.message
    finally:
        stop(first)
    Database.open(tmp_path).close()


FORKING_SERVER = """
import os, sys, time
from pathlib import Path
from code_together.storage.database import Database
database = Database.open(Path(sys.argv[1]))
if child := os.fork():
    print(f"open\\n{child}", flush=True)
time.sleep(60)
"""


def test_children_do_not_hold_the_lock(tmp_path: Path) -> None:
    """JR5: a child process that outlives its killed server does not hold the data folder."""
    server = serve(tmp_path, FORKING_SERVER)
    assert server.stdout is not None
    child = int(server.stdout.readline())
    server.kill()
    server.wait()
    try:
        os.kill(child, 0)
        Database.open(tmp_path).close()
    finally:
        os.kill(child, signal.SIGKILL)
        server.stdout.close()


@needs_mount
def test_lock_on_a_full_disk(tmp_path: Path) -> None:
    """JR12: the lock is taken where no byte can be written, and keeps a second server out."""
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=1m", "tmpfs"):
        (tmp_path / "disk" / LOCK_NAME).touch()
        with contextlib.suppress(OSError), (tmp_path / "disk" / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        lock = Lock.take(tmp_path / "disk")
        assert (tmp_path / "disk" / LOCK_NAME).read_bytes() == b""
        lock.describe("http://127.0.0.1:8080")
        with pytest.raises(Unavailable) as caught:
            Lock.take(tmp_path / "disk")
        assert caught.value.code == "data_in_use"
        lock.free()
        (tmp_path / "disk" / "filler").unlink()
        Lock.take(tmp_path / "disk").free()


@needs_mount
def test_start_on_a_full_disk(tmp_path: Path) -> None:
    """JR10, JR12: SQLite needs room to open a database; without it the sentence is of the disk, and the folder is let go."""
    folder = tmp_path / "disk" / "data"
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=2m", "tmpfs"):
        Database.open(folder).close()
        filler = tmp_path / "disk" / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        for opened in (Database.open, Database.open_beside):
            with pytest.raises(Unavailable, match="Is its disk full") as caught:
                opened(folder)
            assert caught.value.code == "not_opened"
        filler.unlink()
        Database.open(folder).close()


def test_lock_keeps_its_block(tmp_path: Path) -> None:
    """JR12: a lock that was freed names nobody, and is not empty: what is written over it needs no room."""
    lock = Lock.take(tmp_path)
    lock.describe("http://127.0.0.1:8080")
    lock.free()
    assert (tmp_path / LOCK_NAME).read_bytes() == b"\n"
