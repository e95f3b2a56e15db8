"""Options, from the command line and from the environment."""

from __future__ import annotations

from pathlib import Path

from code_together import __version__
from tests.cli.shell import run


def test_options_from_the_environment(data: Path, tmp_path: Path) -> None:
    """Every option is read from CODE_TOGETHER_<OPTION> too; the command line wins."""
    environment = {"CODE_TOGETHER_DATA": str(data), "CODE_TOGETHER_PASSWORD_STDIN": "1"}
    assert run("user", "add", "ann", given="correct horse\n", **environment).exit_code == 0
    assert run("user", "list", **environment).stdout == "ann\tann\tadmin\n"
    assert run("user", "list", "--data", tmp_path / "other", **environment).exit_code == 1


def test_help_has_the_table_of_settings() -> None:
    """The help of an option is the settings table's."""
    text = " ".join(run("serve", "--help").stdout.split())
    assert "The port to listen on; 0 takes a free one. Default: 8080." in text
    assert "--lan" in text
    assert run("--version").stdout.split()[-1] == __version__
    assert "CODE_TOGETHER_<NAME>" in " ".join(run("--help").stdout.split())
