from __future__ import annotations

import subprocess
import sys

import pytest

from code_together.errors import Conflict, NotFound
from code_together.git import editable
from tests.git.making import put


def test_a_text_and_how_it_is_written(path: str) -> None:
    """A file's text comes with its format, and is read as that format when it is known."""
    commit = put(path, {"a.txt": "é\r\n".encode("latin-1"), "b.txt": b"b\n"})
    text, format = editable.text(path, commit, "a.txt", None, 100)
    assert text == "é\n"
    assert editable.text(path, commit, "a.txt", format, 100) == (text, format)
    assert editable.text(path, commit, "b.txt", None, 100)[0] == "b\n"


def test_what_nobody_can_edit(path: str) -> None:
    """What is no text, is too long, or is not there is refused with its reason."""
    commit = put(path, {"a.bin": b"\0\1\2\3", "long.txt": "😀".encode() * 5})
    for file, units, code in (("a.bin", 100, "not_text"), ("long.txt", 9, "document_too_large")):
        with pytest.raises(Conflict) as refused:
            editable.text(path, commit, file, None, units)
        assert refused.value.code == code
    assert editable.text(path, commit, "long.txt", None, 10)[0] == "😀" * 5
    with pytest.raises(NotFound):
        editable.text(path, commit, "away.txt", None, 100)


def test_a_process_that_reads_texts_is_small() -> None:
    """What a worker process needs for it has no event loop and no web server in it."""
    loaded = (
        "import sys, code_together.git.editable; print(*{'asyncio', 'aiohttp', 'sqlite3'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
