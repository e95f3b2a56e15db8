"""A data folder that becomes one file and a data folder again: every session is what it was, also when people type meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gzip
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from code_together.config import Settings
from code_together.errors import CodeTogetherError
from code_together.http.app import serving
from code_together.rooms.backup import back_up, restore
from code_together.rooms.verification import verify
from code_together.storage.datafolder import FILE_NAME, held
from tests.faults.injection import mounted, needs_mount
from tests.live import Person
from tests.rooms.test_verification import Folder, make

NAMES = ("ann", "bob")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    data = tmp_path_factory.mktemp("backup") / "data"
    folder = asyncio.run(make(Settings(data=data, port=0, bcrypt_cost=4, name="code.test")))
    asyncio.run(chat(folder))
    return folder


async def chat(folder: Folder) -> None:
    async with serving(folder.settings) as server:
        ann = await Person.log_in(server.url, "ann")
        await ann.post(f"/api/sessions/{folder.full}/chat", {"text": "see `a.py:3` 😀"})
        await ann.post("/api/tokens", {"label": "script", "scope": "read"})
        await ann.close()


def elsewhere(folder: Folder, data: Path) -> Folder:
    return folder._replace(settings=dataclasses.replace(folder.settings, data=data))


def back(folder: Folder, file: Path, *, secrets: bool = False) -> list[str]:
    said: list[str] = []
    assert back_up(folder.settings, file, said.append, lambda _: None, secrets=secrets) == 0, said
    return said


def forth(folder: Folder, file: Path) -> list[str]:
    said: list[str] = []
    restore(folder.settings, file, said.append, lambda _: None)
    return said


def refused(folder: Folder, file: Path) -> CodeTogetherError:
    with pytest.raises(CodeTogetherError) as error:
        forth(folder, file)
    return error.value


def faults(folder: Folder) -> list[str]:
    said: list[str] = []
    asyncio.run(verify(folder.settings, said.append, lambda _: None))
    return said


async def told(folder: Folder) -> dict[str, Any]:
    """What everybody is told of everything: accounts, and each session's files, texts, history, names, comments, chat and members."""
    found: dict[str, Any] = {}
    async with serving(folder.settings) as server:
        for name in NAMES:
            person = await Person.log_in(server.url, name)
            if name == "ann":
                people = (await person.get("/api/admin/accounts"))["accounts"]
                found["accounts"] = [
                    (one["name"], one["display_name"], one["admin"], one["disabled"]) for one in people
                ]
            for session in (await person.get("/api/sessions"))["sessions"]:
                found[f"{name} {session['id']}"] = (session["title"], session["role"], session["visibility"])
                found[f"{name} {session['id']}: what"] = await told_of(person, session["id"])
            await person.close()
    return found


async def told_of(person: Person, session: str) -> dict[str, Any]:
    where = f"/api/sessions/{session}"
    files = await person.get(f"{where}/files")
    found = {"files": files}
    for file in files["files"]:
        found[file["path"]] = await person.get(f"{where}/files/{file['path']}")
        if not file["binary"]:
            found[f"blame {file['path']}"] = await person.get(f"{where}/blame/{file['path']}")
    for what in ("revisions?people=1&limit=100", "comments", "chat", "members"):
        found[what] = await person.get(f"{where}/{what}")
    return found


def test_there_and_back(made: Folder, tmp_path: Path) -> None:
    """BK1, BK2, BK5: an empty machine gets every session as it was, to the byte, and nothing is wrong with it."""
    file = tmp_path / "all.backup"
    (line,) = back(made, file)
    assert line.startswith(f"3 sessions in {file}, ")
    there = elsewhere(made, tmp_path / "new")
    assert forth(there, file) == [
        f"3 sessions in {there.settings.data}. To be sure: code-together verify",
    ]
    assert faults(there) == []
    assert asyncio.run(told(there)) == asyncio.run(told(made))
    assert faults(there) == []


def test_private(made: Folder, tmp_path: Path) -> None:
    """BK3, JR7: the file is its owner's alone, and so is what comes of it; nothing else is left beside the file."""
    mask = os.umask(0)
    try:
        file = tmp_path / "all.backup"
        back(made, file)
        there = elsewhere(made, tmp_path / "new")
        forth(there, file)
    finally:
        os.umask(mask)
    assert file.stat().st_mode & 0o777 == 0o600
    for path in there.settings.data.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.backup", "new"]


@pytest.mark.parametrize("secrets", [False, True])
def test_secrets(made: Folder, tmp_path: Path, secrets: bool) -> None:
    """BK3: logins, access tokens and keys come along only when they are asked for; not even in free pages."""
    keys = made.settings.data / "tls"
    keys.mkdir(exist_ok=True)
    (keys / "server.pem").write_text("a key")
    hashes = [
        row[0] for row in made.ask("SELECT id_hash FROM logins UNION ALL SELECT secret_hash FROM tokens")
    ]
    assert len(hashes) >= 4
    file = tmp_path / "all.backup"
    back(made, file, secrets=secrets)
    there = elsewhere(made, tmp_path / "new")
    forth(there, file)
    data = (there.settings.data / FILE_NAME).read_bytes()
    assert all((hash in data) == secrets for hash in hashes if isinstance(hash, bytes))
    assert (there.settings.data / "tls" / "server.pem").exists() == secrets
    with tarfile.open(file) as archive:
        about = archive.extractfile("backup.json")
        assert about is not None
        assert json.load(about)["secrets"] == secrets


def test_refusals_of_backup(made: Folder, tmp_path: Path) -> None:
    """BK4: nothing is overwritten, and nothing is left of what could not be written."""
    (tmp_path / "there").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    for file, code in (("there", "file_exists"), ("link", "file_exists"), ("no/folder", "not_written")):
        with pytest.raises(CodeTogetherError) as error:
            back(made, tmp_path / file)
        assert error.value.code == code
    assert (tmp_path / "there").read_text() == "mine"
    with pytest.raises(CodeTogetherError) as error:
        back(elsewhere(made, tmp_path), tmp_path / "new.backup")
    assert error.value.code == "no_data"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "there"]


def test_refusals_of_restore(made: Folder, tmp_path: Path) -> None:
    """BK5: a folder in use or with anything in it is left as it is, and so is an empty one when the backup is damaged."""
    file = tmp_path / "all.backup"
    back(made, file)
    full = elsewhere(made, tmp_path / "full")
    full.settings.data.mkdir()
    (full.settings.data / "a").touch()
    assert refused(full, file).code == "data_not_empty"
    assert [path.name for path in full.settings.data.iterdir()] == ["a"]
    with held(full.settings.data):
        assert refused(full, file).code == "data_in_use"
    assert refused(made, file).code == "data_not_empty"
    there = elsewhere(made, tmp_path / "new")
    assert refused(there, tmp_path / "nothing").code == "no_backup"
    whole = file.read_bytes()
    half = len(whole) // 2
    torn = bytes(byte ^ 0xFF for byte in whole[half : half + 64])
    for damaged in (b"", b"no backup", whole[:-1], whole[:half], whole[:half] + torn + whole[half + 64 :]):
        file.write_bytes(damaged)
        assert refused(there, file).code == "bad_backup", len(damaged)
        assert not there.settings.data.exists()


def test_one_wrong_bit(made: Folder, tmp_path: Path) -> None:
    """BK5: a backup in which one bit is wrong, wherever it is, is refused and leaves nothing, unless it says the same with it."""
    file = tmp_path / "all.backup"
    back(made, file)
    whole = file.read_bytes()
    told = gzip.decompress(whole)
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    there = elsewhere(made, tmp_path / "new")
    for _ in range(40):
        position, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        damaged = bytearray(whole)
        damaged[position] ^= bit
        with contextlib.suppress(OSError, EOFError, zlib.error):
            if (
                gzip.decompress(damaged) == told
            ):  # the time in the head; or in a run of zeros another distance
                continue
        file.write_bytes(damaged)
        assert refused(there, file).code == "bad_backup", (position, bit)
        assert not there.settings.data.exists()


@pytest.mark.parametrize(
    "name", ["../escaped", "/escaped", "sessions/../../x.pack", "tls/../x.pem", "x.git/hooks/post-update"]
)
def test_hostile_names(made: Folder, tmp_path: Path, name: str) -> None:
    """BK5, T9: a backup that somebody else made writes nowhere but where a backup has to."""
    file = tmp_path / "all.backup"
    with tarfile.open(file, "w:gz") as archive:
        about = tmp_path / "about"
        about.write_text('{"form": 1, "program": "x"}')
        archive.add(about, "backup.json")
        archive.add(about, name)
    there = elsewhere(made, tmp_path / "new")
    assert refused(there, file).code == "bad_backup"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["about", "all.backup"]


def test_newer(made: Folder, tmp_path: Path) -> None:
    """JR6, BK5: what a newer program wrote is refused, and nothing is left of it."""
    newer = elsewhere(made, tmp_path / "newer")
    file = tmp_path / "all.backup"
    back(made, file)
    forth(newer, file)
    newer.sql(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('code_together', 'm9', '')"
    )
    with pytest.raises(CodeTogetherError) as error:
        back(newer, tmp_path / "newer.backup")
    assert error.value.code == "newer_data"
    other = tmp_path / "other"
    other.mkdir()
    with tarfile.open(file) as archive:
        archive.extractall(other, filter="data")
    (other / FILE_NAME).write_bytes((newer.settings.data / FILE_NAME).read_bytes())
    with tarfile.open(file, "w:gz") as archive:
        for name in ("backup.json", FILE_NAME):
            archive.add(other / name, name)
    assert refused(elsewhere(made, tmp_path / "new"), file).code == "newer_data"
    assert not (tmp_path / "new").exists()


def test_killed_restore(made: Folder, tmp_path: Path) -> None:
    """BK5: what a restore that was killed left is no obstacle for the next."""
    file = tmp_path / "all.backup"
    back(made, file)
    there = elsewhere(made, tmp_path / "new")
    (there.settings.data / "restoring" / "x.git").mkdir(parents=True)
    (there.settings.data / "lost+found").mkdir()
    (there.settings.data / "lock").touch()
    forth(there, file)
    assert faults(there) == []
    assert not (there.settings.data / "restoring").exists()


@pytest.mark.parametrize("moved", range(5))
def test_killed_while_it_moves(made: Folder, tmp_path: Path, moved: int) -> None:
    """BK8: a restore that was killed with some of it in its place is begun anew by the next; with all of it, the folder is whole."""
    file = tmp_path / "all.backup"
    back(made, file)
    there = elsewhere(made, tmp_path / "new")
    program = (
        "import os, sys; from pathlib import Path; from code_together.config import Settings; from code_together.rooms import backup;"
        f"left = [None] * {moved};"  # it syncs the folder before the first and after each
        "backup.sync_folder = lambda _: left.pop() if left else os._exit(9);"
        "backup.restore(Settings(data=Path(sys.argv[1])), Path(sys.argv[2]), print, lambda _: None)"
    )
    killed = subprocess.run([sys.executable, "-c", program, there.settings.data, file], check=False)
    assert killed.returncode == 9
    assert len(list(there.settings.data.glob("*.git"))) == min(moved, 3)
    if moved < 4:
        with pytest.raises(CodeTogetherError) as error:
            faults(there)
        assert error.value.code == "restore_broken_off"
        forth(there, file)
        assert not (there.settings.data / "restoring").exists()
    assert faults(there) == []


@needs_mount
@pytest.mark.parametrize("how", ["full", "read-only"])
def test_disk_that_takes_nothing(made: Folder, tmp_path: Path, how: str) -> None:
    """BK9, VF8: what is on a disk that is full or read-only can be verified, and backed up to another one."""
    disk = tmp_path / "disk"
    with mounted(disk, "-t", "tmpfs", "-o", "size=64m", "tmpfs"):
        beside = shutil.ignore_patterns("*.db-wal", "*.db-shm")  # as after a stop: a backup leaves them there
        shutil.copytree(made.settings.data, disk / "data", ignore=beside)
        if how == "full":
            with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
                while True:
                    filler.write(bytes(4096))
        else:
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        there = elsewhere(made, disk / "data")
        (line,) = faults(there)
        assert "A copy of the database is looked at" in line
        assert back(there, tmp_path / "all.backup")[-1].startswith("3 sessions in ")
    new = elsewhere(made, tmp_path / "new")
    forth(new, tmp_path / "all.backup")
    assert faults(new) == []


@needs_mount
def test_no_room_for_the_backup(made: Folder, tmp_path: Path) -> None:
    """BK4: beside a server, a disk that has no room for the backup is not mistaken for a folder in use; nothing is left there."""
    disk = tmp_path / "disk"
    with mounted(disk, "-t", "tmpfs", "-o", "size=64k", "tmpfs"), held(made.settings.data):
        with pytest.raises(CodeTogetherError, match="Is one of the disks full") as error:
            back(made, disk / "all.backup")
        assert error.value.code == "not_opened"
        assert not list(disk.iterdir())


def test_broken_repository(made: Folder, tmp_path: Path) -> None:
    """BK6: one session that cannot be read is told, and all others are in the backup."""
    file, said = tmp_path / "all.backup", list[str]()
    back(made, file)
    there = elsewhere(made, tmp_path / "there")
    forth(there, file)
    for pack in there.repository.glob("objects/pack/*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:100])
    second = tmp_path / "second.backup"
    assert back_up(there.settings, second, said.append, lambda _: None, secrets=False) == 1
    assert said[0].startswith(f"Fault: session {there.full}: its repository cannot be read: ")
    assert "1 fault." in said[1]
    new = elsewhere(made, tmp_path / "new")
    assert forth(new, second)[0].startswith(f"Session {there.full} could not be read")
    assert len([line for line in faults(new) if line.startswith("Fault: ")]) == 1


async def test_while_people_type(tmp_path: Path) -> None:
    """BK1, BK2: a backup in the middle of typing, commenting, naming and deleting has all that was saved before it began, and is sound."""
    settings = Settings(data=tmp_path / "data", port=0, bcrypt_cost=4, name="code.test", window_pause=0.05)
    stop = asyncio.Event()
    files = [tmp_path / f"{number}.backup" for number in range(2)]
    saved: list[int] = []
    async with serving(settings) as server:
        people = [await Person.sign_up(server.url, name) for name in NAMES]
        ann = people[0]
        session = await ann.new_session(a_py="first\n")
        await ann.let_in(session, "bob")
        tabs = [await person.tab(session) for person in people]
        peers = [await tab.open("a.py") for tab in tabs]
        count = 0

        async def type_on() -> None:
            nonlocal count
            while not stop.is_set():
                for tab, peer in zip(tabs, peers, strict=True):
                    await tab.type(peer, 0, f"line {count}\n")
                    await tab.saved(peer)
                    count += 1
                await asyncio.sleep(0.01)

        async def do_more() -> None:
            where, number = f"/api/sessions/{session}", 0
            while not stop.is_set():
                number += 1
                said = {
                    "path": "a.py",
                    "range": {"start_line": 1, "end_line": 1},
                    "text": f"comment {number}",
                }
                await ann.post(f"{where}/comments", said)
                await ann.post(f"{where}/chat", {"text": f"message {number}"})
                async with ann.http.post(
                    f"{ann.url}{where}/revisions", json={"name": f"v{number}"}
                ) as response:
                    assert response.status in (200, 201)
                gone = await ann.new_session(x_py="x\n")
                await ann.call("DELETE", f"/api/sessions/{gone}", 204)
                await ann.new_session()

        busy = [asyncio.create_task(type_on()), asyncio.create_task(do_more())]
        for file in files:
            await asyncio.sleep(0.4)
            saved.append(count)
            command = [
                sys.executable,
                "-m",
                "code_together",
                "backup",
                str(file),
                "--data",
                str(settings.data),
            ]
            done = await asyncio.to_thread(
                subprocess.run, command, check=False, capture_output=True, text=True
            )
            assert (done.returncode, done.stderr) == (0, ""), done.stdout
        stop.set()
        await asyncio.gather(*busy)
        for person in people:
            await person.close()
    for file, before in zip(files, saved, strict=True):
        there = dataclasses.replace(settings, data=file.with_suffix(".data"))
        restore(there, file, lambda _: None, lambda _: None)
        said: list[str] = []
        assert (await verify(there, said.append, lambda _: None)).faults == 0, said
        async with serving(there) as server:
            ann = await Person.log_in(server.url, "ann")
            text = await ann.get(f"/api/sessions/{session}/files/a.py")
            lines = text.decode().splitlines()
            assert lines[-1] == "first"
            assert sorted(lines[:-1], key=lambda line: int(line[5:])) == [
                f"line {number}" for number in range(len(lines) - 1)
            ]
            assert len(lines) - 1 >= before
            comments = await ann.get(f"/api/sessions/{session}/comments")
            chat = await ann.get(f"/api/sessions/{session}/chat")
            assert len(comments["comments"]) >= 1
            assert len(chat["messages"]) >= 1
            await ann.commit(session)
            await ann.close()
        said = []
        assert (await verify(there, said.append, lambda _: None)).faults == 0, said


def test_of_an_older_program(made: Folder, tmp_path: Path) -> None:
    """BK1: a folder that an older program wrote, before there were comments, can be backed up as it is."""
    file = tmp_path / "all.backup"
    back(made, file)
    there = elsewhere(made, tmp_path / "new")
    forth(there, file)
    for table in ("comment_refs", "resets"):
        there.sql(f"DROP TABLE {table}")
    back(there, tmp_path / "second.backup")
    with sqlite3.connect(there.settings.data / FILE_NAME) as database:
        assert database.execute("SELECT count(*) FROM sessions").fetchone() == (3,)
    database.close()
