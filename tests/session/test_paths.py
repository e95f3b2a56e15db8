"""Which paths a file may have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from code_together.errors import Conflict, Unprocessable
from code_together.session.paths import TakenPaths, check_path

# The browser's side is tested with the same ones.
PATHS = json.loads(Path(__file__).with_name("paths.json").read_text())


@pytest.mark.parametrize("path", PATHS["good"], ids=ascii)
def test_good_paths(path: str) -> None:
    """WN8: ordinary names, hidden ones, other scripts and a leading dash may be used."""
    assert check_path(path) == path


@pytest.mark.parametrize("path", PATHS["bad"], ids=ascii)
def test_bad_paths(path: str) -> None:
    """WN8: what leaves the session, belongs to Git, or cannot be checked out everywhere is refused with a sentence."""
    with pytest.raises(Unprocessable) as refused:
        check_path(path)
    assert refused.value.code == "bad_path"


@pytest.mark.parametrize("path", PATHS["taken"], ids=ascii)
def test_taken_paths(path: str) -> None:
    """WN8: the same name, in other case or normal form, as file or folder, is taken."""
    taken = TakenPaths(PATHS["files"])
    with pytest.raises(Conflict):
        taken.check_free(path)


@pytest.mark.parametrize("path", PATHS["free"], ids=ascii)
def test_free_paths(path: str) -> None:
    """WN8: a new name, also in a folder that is there, is free."""
    TakenPaths(PATHS["files"]).check_free(path)
