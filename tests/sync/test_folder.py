"""Looking at and writing into a folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from code_together.ot.change import ChangeSet
from code_together.session.textfile import UTF8, Format
from code_together.sync.folder import ChangedMeanwhile, Folder, is_executable
from code_together.sync.peer import Peer
from code_together.sync.state import State
from code_together.sync.texts import TextFile, read_text


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    root = tmp_path / "root"
    root.mkdir()
    folder = Folder(root)
    yield folder
    folder.close()


@pytest.mark.parametrize(
    "path",
    [
        *(
            "../x",
            "a/../../x",
            "/etc/x",
            ".git/hooks/x",
            "a/.GIT/config",
            "git~1/x",
            "a\\..\\x",
            "con",
            "",
            "a//b",
        ),
        *(
            ".code-together-sync",
            ".CODE-together-sync.new",
            "a/.code-together-tmp-1",
            "link/x",
            "link",
            "file/x",
            "sub",
        ),
    ],
)
def test_hostile_paths(folder: Folder, path: str) -> None:
    """SY7: a path that leaves the folder, or enters Git's or this program's own, is refused with a sentence."""
    (folder.root / "link").symlink_to("/")
    (folder.root / "file").write_text("x")
    (folder.root / "sub").mkdir()
    assert folder.check(path)


def test_links_are_not_followed(folder: Folder, tmp_path: Path) -> None:
    """SY7: even where nobody checked, no link is read or written through."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_text("secret")
    (folder.root / "link").symlink_to(tmp_path / "outside")
    (folder.root / "a").symlink_to(tmp_path / "outside" / "a")
    assert folder.read("link/a") is None
    assert folder.read("a") is None
    with pytest.raises(OSError, match=r"."):
        folder.write("link/b", b"x")
    with pytest.raises(OSError, match=r"."):
        folder.write("../b", b"x")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a", "a"]
    assert folder.scan(()).files == {}


def test_mode(folder: Folder) -> None:
    """SY2: a file that is written keeps its mode."""
    script = folder.root / "run.sh"
    script.write_text("old")
    script.chmod(0o750)
    folder.write("run.sh", b"new")
    assert script.stat().st_mode & 0o777 == 0o750
    assert script.read_text() == "new"
    assert [path.name for path in folder.root.iterdir()] == ["run.sh"]


def test_ignored(folder: Folder) -> None:
    """SY1: patterns of `.gitignore` count in their folder and below; what the session has counts whatever it is called."""
    for path in ("a.log", "keep.log", "sub/b.log", "sub/c.txt", "build/x", "sub/.vimrc"):
        (folder.root / path).parent.mkdir(exist_ok=True)
        (folder.root / path).write_text("x")
    (folder.root / ".gitignore").write_text("*.log\n!keep.log\n/build/\n")
    (folder.root / "sub" / ".gitignore").write_text("c.*\n")
    found = set(folder.scan(["build/x"]).files)
    assert found == {".gitignore", "keep.log", "sub/.gitignore", "sub/.vimrc", "build/x"}


def text_at(folder: Folder, path: str, text: str) -> tuple[TextFile, State]:
    file = TextFile(path, 1, Peer(0, text, client="me"), UTF8)
    state = State(folder.root)
    state.begin("session", folder.place)
    file.write(folder, state)
    return file, state


def test_save_in_between(folder: Folder) -> None:
    """SY3: a save that falls between the look at a file and its replacement is taken up, and nothing is lost."""
    file, state = text_at(folder, "a.txt", "one\ntwo\n")
    file.peer.receive("other", 1, _insert(8, 8, "three\n"))
    (folder.root / "a.txt").write_text("ONE\ntwo\n")
    with pytest.raises(ChangedMeanwhile):
        file.write(folder, state)
    assert (folder.root / "a.txt").read_text() == "ONE\ntwo\n"
    assert file.take_up(folder)
    assert file.write(folder, state)
    assert (folder.root / "a.txt").read_text() == "ONE\ntwo\nthree\n"
    assert file.peer.take()


def test_many_new_files(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """SY3, SY10: new files are written together, what is there by then stays, what goes wrong with one is its own."""
    (folder.root / "there").write_text("mine")
    (folder.root / "link").symlink_to(folder.root / "elsewhere")
    (folder.root / "file").write_text("no folder")
    waits = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (waits.append(file), sync(file))[1])
    wrong: list[str] = []

    @contextmanager
    def apart(path: str) -> Iterator[None]:
        try:
            yield
        except NotADirectoryError:
            wrong.append(path)

    new = [(f"deep/er/{n}.txt", b"%d" % n, n == 7) for n in range(50)]
    written = folder.write_new(
        [
            ("there", b"theirs", False),
            ("link", b"x", False),
            ("file/x", b"x", False),
            ("top.txt", b"t", False),
            *new,
        ],
        apart,
    )
    assert wrong == ["file/x"]
    assert list(written) == ["top.txt", *(path for path, _, _ in new)]
    assert [path for path, signature in written.items() if is_executable(signature)] == ["deep/er/7.txt"]
    assert all(folder.signature(path) == signature for path, signature in written.items())
    assert (folder.root / "deep/er/49.txt").read_bytes() == b"49"
    assert (folder.root / "there").read_text() == "mine"
    assert not (folder.root / "elsewhere").exists()
    names = {path.name for path in folder.root.rglob("*") if path.is_file() and path.parent == folder.root}
    assert names == {"there", "file", "top.txt"}
    assert len(list((folder.root / "deep/er").iterdir())) == 50
    if sys.platform == "linux":
        assert len(waits) == 2


def test_save_under_way(folder: Folder) -> None:
    """SY3: a program that has emptied a file and is about to write it writes into that file, not into one that was put out of its place."""
    file, state = text_at(folder, "a.txt", "one\ntwo\n")
    before = state.kept("a.txt")
    file.peer.receive("other", 1, _insert(8, 0, "typed "))
    with (folder.root / "a.txt").open("w") as saving:
        with pytest.raises(ChangedMeanwhile):
            file.write(folder, state)
        assert state.kept("a.txt") == before, "the file holds what it held, whenever the client is killed"
        saving.write("one\ntwo\nthree\n")
    assert file.take_up(folder)
    file.write(folder, state)
    assert (folder.root / "a.txt").read_text() == "typed one\ntwo\nthree\n"
    assert file.clashes == []
    assert len(list(folder.root.iterdir())) == 2, "no temporary file is left"


def _insert(length: int, at: int, text: str) -> ChangeSet:
    return ChangeSet.replace(length, at, at, text)


@pytest.mark.parametrize("written", [False, True])
def test_killed_while_writing(folder: Folder, written: bool) -> None:
    """SY4: a client that is killed while it replaces a file knows afterwards whether it did, and doubles nothing."""
    file, state = text_at(folder, "a.txt", "one\n")
    file.peer.receive("other", 1, _insert(4, 4, "two\n"))
    temporary = folder.prepare("a.txt", b"one\ntwo\n")
    kept = file.kept()
    kept.before, kept.writing = "one\n", temporary
    state.put(kept)
    if written:
        folder.replace("a.txt", temporary)
    state.close()
    # and then somebody edits
    path = folder.root / "a.txt"
    path.write_text("zero\n" + path.read_text())
    again = State(folder.root)
    again.begin("session", folder.place)
    (kept,) = again.files()
    file = TextFile.restore(kept, folder, "me")
    assert file.take_up(folder)
    file.write(folder, again)
    assert path.read_text() == "zero\none\ntwo\n"
    assert str(file.peer.confirmed) == "one\ntwo\n"
    assert len(list(folder.root.iterdir())) == 2


@pytest.mark.parametrize(
    ("data", "format", "text"),
    [
        (b"a\r\nb\r\n", Format("utf-8"), "a\nb\n"),
        (b"a\r\nb\n", Format("utf-8", crlf=True), "a\nb\n"),
        ("caf\xe9\n".encode("cp1252"), Format("cp1252"), "caf\xe9\n"),
        ("caf\xe9\n".encode(), Format("cp1252"), "caf\xe9\n"),
        (b"plain\n", Format("cp1252"), "plain\n"),
        (b"\xef\xbb\xbfx", Format("utf-8"), "x"),
        (b"no end", Format("utf-8"), "no end"),
    ],
)
def test_bytes(data: bytes, format: Format, text: str) -> None:
    """TX1, SY2: a local file's bytes are read as what they are, whatever the editor made of encoding and line ends."""
    known = read_text(data, format)
    assert known is not None
    assert known[0] == text


def test_binary() -> None:
    """TX1: what is no text is none."""
    assert read_text(b"a\0b", UTF8) is None


def test_torn_state(folder: Folder) -> None:
    """SY4: a line of the state file that was not written to its end does not count."""
    _, state = text_at(folder, "a.txt", "one\n")
    state.close()
    with state.path.open("ab") as file:
        file.write(b'{"file":{"path":"b.t')
    again = State(folder.root)
    assert [kept.path for kept in again.files()] == ["a.txt"]
    assert again.path.stat().st_mode & 0o777 == 0o600
