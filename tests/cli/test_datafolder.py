"""What every command says of a data folder that is not there, or not whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.shell import PASSWORD, add, refused, run

LOOKING = [
    ["user", "list"],
    ["user", "passwd", "ann", "--password-stdin"],
    ["user", "disable", "ann"],
    ["user", "enable", "ann"],
    ["user", "admin", "ann"],
    ["user", "reset", "ann"],
]
ADDING = ["user", "add", "bob", "--password-stdin"]


def every(data: Path, backup: Path) -> Iterator[tuple[list[str], Result]]:
    """Every command that opens a data folder, on this one."""
    for command in [*LOOKING, ADDING, ["backup", str(backup)], ["verify"], ["serve", "--port", "0"]]:
        yield command, run(*command, "--data", data, given=f"{PASSWORD}\n")


@pytest.mark.parametrize("command", LOOKING)
def test_no_data_folder(tmp_path: Path, command: list[str]) -> None:
    """JR11: a mistyped --data makes no data folder and touches no other: exit 1 and a sentence."""
    other = tmp_path / "other"
    other.mkdir(mode=0o755)
    for data in (tmp_path / "none", other):
        refused(run(*command, "--data", data, given=f"{PASSWORD}\n"), 1, f"There is no data folder {data}")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
    assert not list(other.iterdir())
    assert other.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("how", ["emptied", "removed", "without lock"])
def test_lost_database(data: Path, tmp_path: Path, how: str) -> None:
    """JR10: where there are sessions and no database any more no command makes a new one, which would hide them all."""
    add(data, "ann")
    (data / "aaaaaaaaaaaa.git").mkdir()
    file = data / "code_together.db"
    if how == "emptied":
        file.write_bytes(b"")
    else:
        file.unlink()
    if how == "without lock":
        (data / "lock").unlink()
    for command, result in every(data, tmp_path / "new.backup"):
        assert result.exit_code == 1, command
        assert "is missing or empty. Nothing was made." in result.stderr, command
        assert result.stdout == "", command
        assert not file.exists() or not file.stat().st_size, command
    assert not (tmp_path / "new.backup").exists()


@pytest.mark.parametrize("damage", ["header", "pages"])
def test_damaged_database(data: Path, tmp_path: Path, damage: str) -> None:
    """JR10: every command says of a damaged database that it is damaged, and what to do; nothing is written to it."""
    add(data, "ann")
    file = data / "code_together.db"
    content = bytearray(file.read_bytes())
    if damage == "header":
        content[:100] = bytes(100)
    else:
        content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    for command, result in every(data, tmp_path / "new.backup"):
        assert result.exit_code == 1, command
        assert isinstance(result.exception, SystemExit), command
        if command == ["verify"]:
            assert "Fault: database" in result.stdout
        else:
            assert f"The database {file} is damaged" in result.stderr, (command, result.output)
        assert file.read_bytes() == content, command
    assert not (tmp_path / "new.backup").exists()


def test_broken_off_restore(data: Path, tmp_path: Path) -> None:
    """BK8: what a killed restore left is served by nobody: every command says to restore again."""
    (data / "restoring").mkdir(parents=True)
    (data / "lock").touch()
    for command, result in every(data, tmp_path / "new.backup"):
        refused(result, 1, f"A restore into {data} was broken off")
        assert not (data / "code_together.db").exists(), command
