"""A data folder that a real server left, broken in one way after another: each fault is found and named, and nothing else."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from code_together.config import Settings
from code_together.errors import Unavailable, Unprocessable
from code_together.git.notes import DISCUSS, EXTRAS
from code_together.http.app import serving
from code_together.rooms import verification
from code_together.rooms.verification import verify
from code_together.storage.database import Database
from code_together.storage.datafolder import FILE_NAME
from tests.live import Person
from tests.process import ServerProcess

WORK = "work on the parser\n"


class Folder(NamedTuple):
    """A data folder, and the ids of its two sessions with files and the one without."""

    settings: Settings
    full: str
    plain: str
    empty: str

    @property
    def repository(self) -> Path:
        return self.settings.data / f"{self.full}.git"

    def git(self, *arguments: str, given: bytes = b"") -> str:
        who = {"GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@x"}
        who |= {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@x", "PATH": "/usr/bin:/bin"}
        command = ["git", "--git-dir", str(self.repository), *arguments]
        return subprocess.run(command, check=True, capture_output=True, input=given, env=who).stdout.decode()

    def sql(self, statement: str, *values: object) -> int:
        """How many rows it changed. Like a hand that knows nothing of foreign keys."""
        database = sqlite3.connect(self.settings.data / FILE_NAME)
        with database:
            changed = database.execute(statement, values).rowcount
        database.close()
        return changed

    def ask(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        database = sqlite3.connect(self.settings.data / FILE_NAME)
        rows = database.execute(statement, values).fetchall()
        database.close()
        return rows


async def make(settings: Settings) -> Folder:
    async with serving(settings) as server:
        ann, bob = await Person.sign_up(server.url, "ann"), await Person.sign_up(server.url, "bob")
        full = await ann.new_session(a_py=WORK * 40, gone_py="x\n", moved_py="y\n")
        plain, empty = await ann.new_session(only_md="# text\n"), await ann.new_session()
        await ann.let_in(full, "bob")
        where = f"/api/sessions/{full}"
        await ann.put(f"{where}/files/dos.txt", "größe\r\nzwei\r\n".encode("cp1252"))
        await ann.put(f"{where}/files/pic.bin", bytes(range(256)))
        a, b = await ann.tab(full), await bob.tab(full)
        for path in ("dos.txt", "gone.py", "moved.py", "a.py"):
            pa, pb = await a.open(path), await b.open(path)
            for number in range(8):
                await a.type(pa, 0, f"# ann {number} 😀\n" if path == "a.py" else "ä\n")
                await b.type(pb, len(pb.text), f"# bob {number}\n")
                if number % 4 == 3:
                    await a.saved(pa)
                    await b.saved(pb)
                    await ann.commit(full)
        await ann.call("PATCH", f"{where}/files/moved.py", 200, json={"path": "src/new.py"})
        await ann.call("DELETE", f"{where}/files/gone.py", 204)
        address = f"{where}/comments"
        said = {"path": "a.py", "range": {"start_line": 3, "end_line": 4}, "text": "Why, @bob?"}
        first = await ann.post(address, said)
        await bob.post(address, {"parent": first["id"], "text": "Because."})
        await ann.call("PATCH", f"{address}/{first['id']}", 200, json={"text": "Why, @bob & <all>?"})
        await ann.call("PATCH", f"{address}/{first['id']}", 200, json={"resolved": True})
        said["range"] = {"start_line": 2, "start_column": 2, "end_line": 2, "end_column": 9}
        second = await bob.post(address, {**said, "text": "second"})
        await bob.call("PATCH", f"{address}/{second['id']}", 200, json={"text": "said better"})
        await bob.call("DELETE", f"{address}/{second['id']}", 204)
        await ann.post(f"{where}/revisions", {"name": "Draft one"})
        await a.type(pa, 5, "the last window\n")
        await a.saved(pa)
        await ann.get(f"{where}/revisions")
        await ann.close()
        await bob.close()
    return Folder(settings, full, plain, empty)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    data = tmp_path_factory.mktemp("verification") / "data"
    return asyncio.run(make(Settings(data=data, port=0, bcrypt_cost=4, name="code.test")))


@pytest.fixture
def folder(made: Folder, tmp_path: Path) -> Folder:
    data = tmp_path / "data"
    shutil.copytree(made.settings.data, data)
    return made._replace(settings=dataclasses.replace(made.settings, data=data))


def look(folder: Folder) -> list[str]:
    """What is said: faults, what was made again, and in the end the counts."""
    said: list[str] = []
    counts = asyncio.run(verify(folder.settings, said.append, lambda _: None))
    assert counts.faults == sum(line.startswith("Fault: ") for line in said)
    assert all("\n" not in line for line in said)
    return [*said, str(counts)]


def faults(folder: Folder) -> list[str]:
    return [line.removeprefix("Fault: ") for line in look(folder) if line.startswith("Fault: ")]


def tree_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_sound(folder: Folder) -> None:
    """VF1, VF5: what a server left has no fault, nothing is made again, and no repository is touched."""
    before = tree_of(folder.repository)
    (line,) = look(folder)
    pattern = (
        r"Checked 3 sessions: \d+ revisions, \d+ documents with (\d+) updates in the journal, 3 comments\. No"
    )
    assert (found := re.match(pattern, line)), line
    assert int(found[1]) == folder.ask("SELECT count(*) FROM updates")[0][0]
    assert tree_of(folder.repository) == before


def blob_of(folder: Folder, what: str) -> Path:
    id = folder.git("rev-parse", what).strip()
    return folder.repository / "objects" / id[:2] / id[2:]


def truncate_file(folder: Folder) -> str:
    file = blob_of(folder, "main:a.py")
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-8])
    return "git fsck: "


def empty_object(folder: Folder) -> str:
    file = blob_of(folder, "main:a.py")
    file.chmod(0o600)
    file.write_bytes(b"")
    return "git fsck: "


def missing_tree(folder: Folder) -> str:
    blob_of(folder, "main^{tree}").unlink()
    return "git fsck: "


def missing_old_file(folder: Folder) -> str:
    blob_of(folder, "main~1:a.py").unlink()
    return "git fsck: missing blob"


def missing_main(folder: Folder) -> str:
    folder.git("update-ref", "-d", "refs/heads/main")
    return "the ref refs/heads/main is not there. Open the session"


def foreign_main(folder: Folder) -> str:
    tree = folder.git("rev-parse", "main^{tree}").strip()
    other = folder.git("commit-tree", tree, "-m", "Elsewhere").strip()
    folder.git("update-ref", "refs/heads/main", other)
    return "repository and its journal do not belong together"


def strange_ref(folder: Folder) -> str:
    folder.git("update-ref", "refs/heads/other", "main")
    return "the repository has the ref refs/heads/other"


def other_head(folder: Folder) -> str:
    (folder.repository / "HEAD").write_text("ref: refs/heads/other\n")
    return "has a HEAD that is refs/heads/other, not refs/heads/main"


def update_in_the_middle(folder: Folder) -> str:
    document = folder.ask("SELECT max(document_id) FROM updates")[0][0]
    assert folder.sql("DELETE FROM updates WHERE document_id = ? AND version = 6", document)
    return "the journal has version 7 after version 5"


def newest_updates(folder: Folder) -> str:
    document = folder.ask("SELECT max(document_id) FROM updates")[0][0]
    assert folder.sql("DELETE FROM updates WHERE document_id = ? AND version > 12", document)
    return "the journal ends at version 12 of a.py, and revision"


def other_update(folder: Folder) -> str:
    document = folder.ask("SELECT max(document_id) FROM updates")[0][0]
    assert folder.sql(
        "UPDATE updates SET changes = replace(CAST(changes AS TEXT), 'ann 0', 'ANN 0')"
        " WHERE document_id = ? AND changes LIKE '%ann 0%'",
        document,
    ) or folder.sql(
        "UPDATE updates SET changes = CAST(replace(CAST(changes AS TEXT), 'ann 0', 'ANN 0') AS BLOB)"
        " WHERE document_id = ? AND CAST(changes AS TEXT) LIKE '%ann 0%'",
        document,
    )
    return "is not the text that the journal gives for version"


def update_that_does_not_fit(folder: Folder) -> str:
    document = folder.ask("SELECT max(document_id) FROM updates")[0][0]
    folder.sql(
        "UPDATE updates SET changes = ? WHERE document_id = ? AND version = 9", b"[99999,[1]]", document
    )
    return "version 9 in the journal does not fit the text before it"


def changes_that_are_none(folder: Folder) -> str:
    document = folder.ask("SELECT max(document_id) FROM updates")[0][0]
    folder.sql("UPDATE updates SET changes = ? WHERE document_id = ? AND version = 9", b"\xff{", document)
    return "version 9 in the journal does not fit the text before it"


def forgotten_numbers(folder: Folder) -> str:
    document = folder.ask("SELECT max(document_id) FROM updates")[0][0]
    assert folder.sql("DELETE FROM client_seqs WHERE document_id = ?", document)
    return "a.py: the numbers of its last updates are not known"


def mark_of_another_file(folder: Folder) -> str:
    folder.sql("UPDATE mark_documents SET path = 'b.py' WHERE path = 'a.py' AND mark_id ="
               " (SELECT max(mark_id) FROM mark_documents WHERE path = 'a.py')")  # fmt: skip
    return "there is no file b.py in revision"


def mark_of_another_format(folder: Folder) -> str:
    folder.sql("UPDATE mark_documents SET format = 'utf-16-le bom' WHERE path = 'a.py'")
    return "is not written as utf-16-le bom"


def mark_of_nothing(folder: Folder) -> str:
    (newest,) = folder.ask("SELECT max(id) FROM marks WHERE session_id = ?", folder.full)[0]
    folder.sql("UPDATE marks SET \"commit\" = ? WHERE session_id = ? AND id = (SELECT max(id) FROM marks"
               " WHERE session_id = ? AND id < ?)", "0" * 39 + "1", folder.full, folder.full, newest)  # fmt: skip
    return "the journal knows revision 0000000, which main does not hold"


def no_repository(folder: Folder) -> str:
    shutil.rmtree(folder.repository)
    return f"session {folder.full}: {folder.full}.git is not there"


def no_repository_at_all(folder: Folder) -> str:
    (folder.repository / "config").unlink()
    shutil.rmtree(folder.repository / "refs")
    shutil.rmtree(folder.repository / "objects")
    return f"session {folder.full}: "


def no_session(folder: Folder) -> str:
    for table in ("comment_mentions", "comments", "seen", "chat_reads"):
        folder.sql(f"DELETE FROM {table} WHERE session_id = ?", folder.full)
    database = sqlite3.connect(folder.settings.data / FILE_NAME)
    with database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("DELETE FROM sessions WHERE id = ?", (folder.full,))
    database.close()
    return f"{folder.full}.git belongs to no session of the database"


def no_account(folder: Folder) -> str:
    folder.sql("DELETE FROM accounts WHERE name = 'bob'")
    return "rows of updates belong to rows of accounts that are not there"


def no_table(folder: Folder) -> str:
    folder.sql("DROP TABLE chat_reads")
    return "database: the table chat_reads is not there"


def flipped_page(folder: Folder) -> str:
    (page,) = folder.ask("SELECT rootpage FROM sqlite_schema WHERE name = 'updates'")[0]
    (size,) = folder.ask("PRAGMA page_size")[0]
    assert isinstance(page, int)
    assert isinstance(size, int)
    with (folder.settings.data / FILE_NAME).open("r+b") as file:
        file.seek((page - 1) * size)
        head = file.read(16)
        file.seek((page - 1) * size)
        file.write(bytes(byte ^ 0xFF for byte in head))
    return "database: "


def no_database(folder: Folder) -> str:
    (folder.settings.data / FILE_NAME).write_bytes(b"not a database, but long enough to be one" * 100)
    return "database: file is not a database"


def notes_taken_away(folder: Folder) -> str:
    was = folder.git("rev-parse", DISCUSS).strip()
    folder.git("update-ref", "-d", DISCUSS)
    return f"{DISCUSS} does not lead on from {was}, where the comments were"


def notes_of_before(folder: Folder) -> str:
    folder.git("update-ref", EXTRAS, f"{EXTRAS}~1")
    return f"{EXTRAS} does not lead on from"


def notes_emptied(folder: Folder) -> str:
    nothing = folder.git("hash-object", "-w", "-t", "tree", "--stdin").strip()
    emptied = folder.git("commit-tree", nothing, "-p", DISCUSS, "-m", "Nothing").strip()
    folder.git("update-ref", DISCUSS, emptied)
    return "3 comments of its list, "


BROKEN: list[Callable[[Folder], str]] = [
    truncate_file, empty_object, missing_tree, missing_old_file, missing_main, foreign_main, strange_ref, other_head,
    update_in_the_middle, newest_updates, other_update, update_that_does_not_fit, changes_that_are_none,
    forgotten_numbers, mark_of_another_file, mark_of_another_format, mark_of_nothing, no_repository,
    no_repository_at_all, no_session, no_account, no_table, flipped_page, no_database, notes_taken_away,
    notes_of_before, notes_emptied,
]  # fmt: skip


@pytest.mark.parametrize("breaking", BROKEN, ids=lambda breaking: breaking.__name__)
def test_broken(folder: Folder, breaking: Callable[[Folder], str]) -> None:
    """VF1, VF2, VF3, VF4: the fault is named, with its session, and nothing else is."""
    expected = breaking(folder)
    found = faults(folder)
    assert any(expected in line for line in found), found
    assert all(line.startswith((f"session {folder.full}: ", "database: ")) for line in found)


@pytest.mark.parametrize("breaking", [missing_main, no_account, notes_emptied, newest_updates])
def test_nothing_is_mended(folder: Folder, breaking: Callable[[Folder], str]) -> None:
    """VF5: what is broken stays as it is for whoever mends it: the next look says the same, and repositories are as they were."""
    breaking(folder)
    before = tree_of(folder.repository)
    assert faults(folder) == faults(folder) != []
    assert tree_of(folder.repository) == before


INDEXES = {
    "comments": ("DELETE FROM comments", "DELETE FROM comment_refs"),
    "comment_refs": ("DELETE FROM comment_refs",),
    "one_comment": ("DELETE FROM comments WHERE parent IS NOT NULL",),
    "other_text": ("UPDATE comments SET text = 'never said', settled = 0 WHERE id = thread",),
    "revisions": ("DELETE FROM histories",),
    "some_revisions": ("DELETE FROM revisions WHERE ordinal % 2 = 0",),
    "files_of_revisions": ("DELETE FROM revision_files WHERE path = 'a.py'",),
    "other_lines": ("UPDATE revision_files SET added = added + 1",),
    "tables": ("DROP TABLE comments", "DROP TABLE histories", "DROP TABLE revisions"),
    "index": ("DROP INDEX threads_by_path", "DROP INDEX members_by_account"),
}


@pytest.mark.parametrize("name", INDEXES)
def test_made_again(folder: Folder, name: str) -> None:
    """VF5: indexes are what they were, said to be made again, and no fault; the next look finds nothing to do."""

    def kept() -> dict[str, list[tuple[object, ...]]]:
        return {
            "comments": folder.ask(
                'SELECT id, "commit", line, parent, thread, account_id, author, at, edited_at, text, resolved, settled,'
                " deleted, revision, said, quote, document_id, path FROM comments ORDER BY id"
            ),
            "revisions": folder.ask(
                'SELECT session_id, max(ordinal) OVER (PARTITION BY revisions.history_id) - ordinal, place, "commit", parents, email,'
                " name, at, message, own, added, removed FROM revisions JOIN histories ON histories.id = revisions.history_id"
                " JOIN revision_people ON revision_people.id = person_id ORDER BY 1, 2, 3"
            ),
            "files": folder.ask(
                "SELECT session_id, path, place, status, other, added, removed FROM revision_files"
                " JOIN histories ON histories.id = history_id ORDER BY session_id, ordinal, path, place"
            ),
            "refs": folder.ask("SELECT * FROM comment_refs"),
            "schema": folder.ask("SELECT name FROM sqlite_schema ORDER BY name"),
        }

    look(folder)  # the last window is in the list then
    before = kept()
    for statement in INDEXES[name]:
        folder.sql(statement)
    said = look(folder)
    assert "No faults." in said[-1], said
    if name != "comment_refs":
        assert all(line.startswith("Rebuilt: ") for line in said[:-1])
        assert said[:-1]
    assert kept() == before
    assert len(look(folder)) == 1


def test_what_is_said_of_comments(folder: Folder) -> None:
    """VF5: how many comments were made again, and of which session."""
    folder.sql("DELETE FROM comments")
    folder.sql("DELETE FROM comment_refs")
    assert f"Rebuilt: 3 comments of session {folder.full}." in look(folder)
    folder.sql("DELETE FROM histories")
    rebuilt = re.compile(rf"Rebuilt: the list of \d+ revisions of session {folder.full}\.")
    assert any(rebuilt.fullmatch(line) for line in look(folder))


def test_lines_that_wait(folder: Folder) -> None:
    """VF5, CM7: a comment that a stop kept from Git is left alone; the next opening writes it."""
    at = folder.ask('SELECT "commit" FROM comments LIMIT 1')[0][0]
    folder.sql(
        "INSERT INTO comments SELECT session_id, 'ffff', \"commit\", line, NULL, 'ffff', account_id, author, at, edited_at,"
        " newest, 'new', resolved, settled, 0, revision, said_path, said, quote, document_id, path, version, place, outdated"
        " FROM comments WHERE id = thread LIMIT 1"
    )
    folder.sql(
        'INSERT INTO comment_lines (session_id, account_id, "commit", line, extra) VALUES (?, 1, ?, ?, ?)',
        folder.full, at, "{}", "{}",
    )  # fmt: skip
    assert len(look(folder)) == 1
    assert folder.ask("SELECT count(*) FROM comments WHERE id = 'ffff'") == [(1,)]


def test_long_journals(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """VF3: a journal that is replayed in many slices is found sound, and a gap at the end of a slice is found."""
    monkeypatch.setattr(verification, "_SLICE", 3)
    assert len(look(folder)) == 1
    document = folder.ask("SELECT max(document_id) FROM updates")[0][0]
    folder.sql("DELETE FROM updates WHERE document_id = ? AND version = 9", document)
    assert any("the journal has version 10 after version 8" in line for line in faults(folder))


def test_pruned(folder: Folder) -> None:
    """VF3, JR9: a journal that begins late is no fault."""
    document, newest = folder.ask("SELECT document_id, max(version) FROM updates GROUP BY 1 ORDER BY 1 DESC")[
        0
    ]
    folder.sql("DELETE FROM updates WHERE document_id = ? AND version < ?", document, newest)
    assert len(look(folder)) == 1


def test_in_use(folder: Folder) -> None:
    """VF6: while a server runs there nothing is looked at."""
    database = Database.open(folder.settings.data)
    database.describe_lock("http://127.0.0.1:1")
    with pytest.raises(Unavailable, match=r"in use by another server \(pid \d+, http://127.0.0.1:1\)"):
        look(folder)
    database.close()


def test_no_folder(tmp_path: Path) -> None:
    """VF6: what is no data folder is said to be none, and is not made into one."""
    with pytest.raises(Unprocessable, match=r"is no data folder: there is no code_together\.db"):
        asyncio.run(verify(Settings(data=tmp_path / "no"), print, print))
    assert not (tmp_path / "no").exists()


def test_after_a_kill(tmp_path: Path) -> None:
    """VF7: what a kill leaves is no fault: updates that no revision has yet, a revision that main has not reached."""
    server = ServerProcess(tmp_path / "data", window_pause=60, window_longest=60)
    server.start()

    async def work() -> str:
        ann = await Person.sign_up(server.url, "ann")
        session = await ann.new_session(a_py=WORK)
        tab = await ann.tab(session)
        peer = await tab.open("a.py")
        await tab.type(peer, 0, "one\n")
        await tab.saved(peer)
        await ann.commit(session)
        await tab.type(peer, 0, "two\n")
        await tab.saved(peer)
        await ann.close()
        return session

    session = asyncio.run(work())
    server.kill()
    folder = Folder(Settings(data=tmp_path / "data"), session, session, session)
    folder.git("update-ref", "refs/heads/main", "main~1")
    said = look(folder)
    assert "No faults." in said[-1], said


def test_command(folder: Folder) -> None:
    """VF1, VF6: exit 0 and one line; after damage exit 1 and a line for each fault, on standard output; no folder is exit 2."""

    def run(data: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "code_together", "verify", "--data", str(data)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run(folder.settings.data)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"Checked 3 sessions: .* No faults\.\n", done.stdout)
    missing_old_file(folder)
    done = run(folder.settings.data)
    assert (done.returncode, done.stderr) == (1, "")
    *lines, last = done.stdout.splitlines()
    assert any(line.startswith(f"Fault: session {folder.full}: git fsck: missing blob ") for line in lines)
    assert all(line.startswith("Fault: ") for line in lines)
    assert re.search(rf"\. {len(lines)} faults?\.$", last)
    done = run(folder.settings.data / "nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is no data folder" in done.stderr
