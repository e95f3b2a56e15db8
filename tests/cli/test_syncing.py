"""`sync` as a shell sees it, where it does not begin; what it does is in tests/sync."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import refused, run


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (" \n", "There is no access token."),
        ("ct_one\nct_two", "What CODE_TOGETHER_TOKEN holds is no access token"),
        ("ct_é", "What CODE_TOGETHER_TOKEN holds is no access token"),
    ],
)
def test_sync_without_a_token(tmp_path: Path, token: str, sentence: str) -> None:
    """SY8: no token is told from one that cannot be; from a file, too. No folder is made."""
    folder, file = tmp_path / "work", tmp_path / "token"
    refused(run("sync", "http://localhost/s/x", folder, CODE_TOGETHER_TOKEN=token), 2, sentence)
    file.write_text(token)
    file.chmod(0o600)
    result = run("sync", "http://localhost/s/x", folder, "--token-file", file)
    refused(result, 2, sentence.replace("CODE_TOGETHER_TOKEN", str(file)))
    assert not folder.exists()


@pytest.mark.parametrize("there", ["", "deep", "deep/work", "deep/work/mine"])
def test_sync_that_does_not_begin(tmp_path: Path, there: str) -> None:
    """SY1: of the folders that it made for nothing none stays; what was there does."""
    (tmp_path / there).mkdir(parents=True, exist_ok=True)
    before = sorted(tmp_path.rglob("*"))
    result = run("sync", "http://localhost:1/s/x", tmp_path / "deep/work", "--once", CODE_TOGETHER_TOKEN="x")
    refused(result, 1, "The server cannot be reached")
    assert sorted(tmp_path.rglob("*")) == before
