"""Files of revisions as texts."""

import pytest

from code_together.errors import NotFound, Unprocessable
from code_together.git.texts import FileText, text
from tests.git.making import put


def test_texts_as_they_were(path: str) -> None:
    """LK5: a file of a revision is read in its own encoding, its line ends as one."""
    first = put(path, {"a": "süß\r\nzwei\r\n".encode("utf-16"), "empty": b""})
    put(path, {"a": b"now\n"})
    assert text(path, first, "a", 100) == FileText("süß\nzwei\n", "utf-16-le", 24, False)
    assert text(path, first, "empty", 100).text == ""


def test_long_texts_are_cut(path: str) -> None:
    """LK5: of a long text whole lines are given as far as they go, of a long line a part; it is said that there is more."""
    commit = put(path, {"lines": b"12345\n" * 10, "line": b"x" * 60})
    assert text(path, commit, "lines", 20) == FileText("12345\n" * 3, "utf-8", 60, True)
    assert text(path, commit, "line", 20) == FileText("x" * 20, "utf-8", 60, True)
    assert not text(path, commit, "line", 60).cut


@pytest.mark.parametrize("name", ["missing", "folder", "../a", "", "-a", "folder/"])
def test_files_that_are_not_there(path: str, name: str) -> None:
    """LK7: what is no file of the revision is not there or no path, whatever it is called."""
    commit = put(path, {"folder/a": b"a", "bin": b"\0"})
    with pytest.raises((NotFound, Unprocessable)) as refused:
        text(path, commit, name, 10)
    assert refused.value.code in ("no_file", "bad_path")
    with pytest.raises(NotFound):
        text(path, "--output=x", "folder/a", 10)
    with pytest.raises(Unprocessable, match="not a text"):
        text(path, commit, "bin", 10)
