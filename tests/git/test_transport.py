"""The git binary and its children."""

import os
import subprocess
from pathlib import Path

import pytest

from code_together.errors import Unavailable
from code_together.git import transport
from tests.git.making import put


def test_children_know_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """GT4: no variable of the server reaches a git child."""
    monkeypatch.setenv("GIT_DIR", "/somewhere")
    monkeypatch.setenv("CODE_TOGETHER_SECRET", "x")
    environment = transport.environment()
    assert "GIT_DIR" not in environment
    assert "CODE_TOGETHER_SECRET" not in environment
    assert environment["GIT_CONFIG_GLOBAL"] == os.devnull
    assert environment["GIT_TERMINAL_PROMPT"] == "0"
    environment["PATH"] = "changed"
    assert transport.environment()["PATH"] != "changed"


@pytest.mark.parametrize(
    ("protocol", "passed"),
    [
        ("version=2", True),
        ("version=0", True),
        ("version=3", False),
        ("version=2\n", False),
        ("x", False),
        ("", False),
        (None, False),
    ],
)
def test_protocol_header_is_checked(protocol: str | None, passed: bool) -> None:
    """GT4: only a version that Git has reaches GIT_PROTOCOL."""
    _, environment = transport.upload_pack("/r.git", advertise=True, protocol=protocol)
    assert environment.get("GIT_PROTOCOL") == (protocol if passed else None)


def test_advertisement(path: str) -> None:
    """GT1: the advertisement names the newest revision; in protocol 2 it names what the server can do."""
    commit = put(path, {"a": b"a"})
    command, environment = transport.upload_pack(path, advertise=True, protocol=None)
    said = subprocess.run(command, env=environment, capture_output=True, check=True).stdout.decode()
    assert f"{commit} refs/heads/main" in said
    assert "filter" in said
    command, environment = transport.upload_pack(path, advertise=True, protocol="version=2")
    said = subprocess.run(command, env=environment, capture_output=True, check=True).stdout.decode()
    assert "version 2" in said
    assert "ls-refs" in said


def test_requests_are_answered(path: str) -> None:
    """GT3: a request, here for the list of refs, is read from standard input."""
    commit = put(path, {"a": b"a"})
    command, environment = transport.upload_pack(path, advertise=False, protocol="version=2")
    done = subprocess.run(
        command, env=environment, input=b"0014command=ls-refs\n0000", capture_output=True, check=True
    )
    assert f"{commit} refs/heads/main\n" in done.stdout.decode()


def test_folder_above_is_not_served(path: str) -> None:
    """GT3: only a repository itself is served, no folder that holds one."""
    command, environment = transport.upload_pack(str(Path(path).parent), advertise=True, protocol=None)
    assert subprocess.run(command, env=environment, capture_output=True).returncode != 0


def _fake_git(folder: Path, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "git"
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o700)
    monkeypatch.setattr(transport, "_PATH", f"{folder}:/bin")


def test_version() -> None:
    """The git binary here is new enough."""
    assert tuple(map(int, transport.version().split(".")[:2])) >= transport.OLDEST


def test_versions_with_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makers add to the version; the numbers count."""
    _fake_git(tmp_path, "git version 2.50.1 (Apple Git-155)", monkeypatch)
    assert transport.version() == "2.50.1"


@pytest.mark.parametrize("says", ["git version 2.38.9", "git version 1.99", "hello"])
def test_old_git(says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git that is too old is named, with the version to install."""
    _fake_git(tmp_path, says, monkeypatch)
    with pytest.raises(Unavailable, match=r"Install git 2\.39 or newer") as error:
        transport.version()
    assert error.value.code == "git_too_old"
    assert says in error.value.message


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git a sentence says what to install."""
    monkeypatch.setattr(transport, "_PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="Install git") as error:
        transport.version()
    assert error.value.code == "git_missing"
