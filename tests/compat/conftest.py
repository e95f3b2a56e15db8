"""A new repository for each test, and clones of it by the git binary."""

from collections.abc import Callable
from pathlib import Path

import pytest

from code_together.git import repository
from tests.compat.running import git


@pytest.fixture
def path(tmp_path: Path) -> str:
    """The path of an empty bare repository."""
    path = str(tmp_path / "session.git")
    repository.create(path)
    return path


@pytest.fixture
def clone(path: str, tmp_path: Path) -> Callable[..., Path]:
    """Clones the repository with options of `git clone` and gives the work tree."""

    def clone(*options: str) -> Path:
        into = tmp_path / f"clone{len(list(tmp_path.iterdir()))}"
        git("clone", "--quiet", *options, f"file://{path}", str(into))
        return into

    return clone
