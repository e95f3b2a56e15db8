"""A new repository for each test."""

from pathlib import Path

import pytest

from code_together.git import repository


@pytest.fixture
def path(tmp_path: Path) -> str:
    """The path of an empty bare repository."""
    path = str(tmp_path / "session.git")
    repository.create(path)
    return path
