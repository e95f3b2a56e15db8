"""Bare repositories on the disk."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from code_together.errors import Conflict, Unavailable
from code_together.git import repository
from tests.git.making import git, put

WRITE = """
import sys
from code_together.git import repository as r
path, ann = sys.argv[1], r.Person("Ann", "ann@host")
print("start", flush=True)
made = r.commit_files(path, None, [r.FileChange("folder/file", b"text")], ann, "host", 1.0, "First")
r.move_ref(path, made.id, None)
"""


def test_new_repository_is_private_and_whole(path: str) -> None:
    """JR7: a new repository's folders are 0700, its files 0600; nothing is left beside it."""
    root = Path(path)
    for one in (root, *root.rglob("*")):
        assert one.stat().st_mode & 0o777 == (0o700 if one.is_dir() else 0o600), one
    assert [one.name for one in root.parent.iterdir()] == [root.name]
    assert git(path, "fsck", "--strict") == ""
    assert git(path, "symbolic-ref", "HEAD") == "refs/heads/main\n"


def test_half_made_repository_is_made_anew(tmp_path: Path) -> None:
    """A crash while it is made leaves nothing that hinders making it again."""
    path = str(tmp_path / "s.git")
    (tmp_path / "s.git.new" / "objects").mkdir(parents=True)
    repository.create(path)
    assert repository.head(path) is None
    assert not (tmp_path / "s.git.new").exists()


def test_nothing_is_made_over(path: str) -> None:
    """Making a repository where one is changes nothing."""
    commit = put(path, {"a": b"a"})
    with pytest.raises(Conflict) as error:
        repository.create(path)
    assert error.value.code == "repository_exists"
    assert repository.head(path) == commit


def test_git_reads_the_settings(path: str) -> None:
    """WN1: the git binary fsyncs everything it writes, and nothing packs or prunes by itself."""
    for name, value in (
        ("core.fsync", "all"),
        ("core.fsyncMethod", "fsync"),
        ("core.logAllRefUpdates", "true"),
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
        ("receive.autogc", "false"),
        ("receive.denyNonFastForwards", "true"),
        ("receive.fsckObjects", "true"),
        ("uploadpack.allowFilter", "true"),
    ):
        assert git(path, "config", name).strip() == value


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace to look at system calls")
def test_everything_written_is_fsynced(path: str, tmp_path: Path) -> None:
    """WN1: file, folder's tree, root tree, commit and ref are each fsynced before anything says that they are there."""
    log = tmp_path / "calls"
    command = [
        "strace",
        "-f",
        "-y",
        "-e",
        "trace=fsync,fdatasync,write",
        "-o",
        str(log),
        sys.executable,
        "-c",
        WRITE,
    ]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([*command, path], check=True, capture_output=True, env=environment)
    calls = log.read_text().split('"start', 1)[1]
    synced = [line for line in calls.splitlines() if "sync(" in line and path in line]
    objects = [line for line in synced if "/objects/" in line]
    assert len([line for line in objects if "tmp_" in line]) >= 4
    assert [line for line in synced if "refs/heads/main" in line or "refs/heads>" in line]


def test_no_repository(tmp_path: Path) -> None:
    """A repository that is gone is said to be gone; none is found in the folders above."""
    repository.create(str(tmp_path / "above.git"))
    for path in (tmp_path / "none.git", tmp_path / "above.git" / "refs"):
        with pytest.raises(Unavailable) as error:
            repository.head(str(path))
        assert error.value.code == "repository_missing"


def test_nobodys_configuration_is_read(path: str, tmp_path: Path) -> None:
    """What stands in the server's home folder has no effect on a repository."""
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Eve\n")
    code = "import sys; from code_together.git.bare import opened\nwith opened(sys.argv[1]) as r: print('user.name' in r.config)"
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, check=True, env=environment, text=True
    )
    assert done.stdout == "False\n"
