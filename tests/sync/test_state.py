"""The state file when the disk takes no more."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from code_together.sync.state import Kept, State


@contextmanager
def no_larger_than(size: int) -> Iterator[None]:
    """Files of this process cannot grow beyond so many bytes: a write is cut off there, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_is_cut_off(tmp_path: Path) -> None:
    """SY4: a line that could not be written spoils nothing: what was said before counts, and it can be said again."""
    state = State(tmp_path)
    state.begin("session", [1, 2])
    state.put(Kept("a.txt", doc=1, text="a"))
    size = state.path.stat().st_size
    with no_larger_than(size + 20), pytest.raises(OSError, match=r"."):
        state.put(Kept("b.txt", doc=2, text="b" * 100))
    assert state.path.stat().st_size == size
    assert [kept.path for kept in State(tmp_path).files()] == ["a.txt"]
    state.put(Kept("b.txt", doc=2, text="b" * 100))
    state.drop("a.txt")
    assert [kept.path for kept in State(tmp_path).files()] == ["b.txt"]


def test_writing_anew_that_is_cut_off(tmp_path: Path) -> None:
    """SY4: when the state file cannot be written anew the old one counts, and goes on."""
    state = State(tmp_path)
    state.begin("session", [1, 2])
    state.put(Kept("a.txt", doc=1, text="a" * 100))
    with no_larger_than(50), pytest.raises(OSError, match=r"."):
        state.rewrite()
    state.put(Kept("b.txt", doc=2, text="b"))
    assert [kept.path for kept in State(tmp_path).files()] == ["a.txt", "b.txt"]
    assert [path.name for path in tmp_path.iterdir()] == [state.path.name]


def test_many_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SY4: how many files stand is said in one durable step; of what a power loss tore in the middle nothing counts."""
    state = State(tmp_path)
    state.begin("session", [1, 2])
    state.put(Kept("a.txt", doc=1, text="a"))
    waits = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (waits.append(file), sync(file))[1])
    before = state.path.read_bytes()
    state.put(*(Kept(f"{n}.txt", doc=n + 2, text="b" * 100) for n in range(50)))
    state.put(*(Kept(f"{n}.txt", doc=n + 2, text="b" * 100) for n in range(50)))
    assert len(waits) == 1
    assert len(list(State(tmp_path).files())) == 51
    whole = state.path.read_bytes()
    middle = len(before) + 500
    state.path.write_bytes(whole[:middle] + b"\0" * 1_000 + whole[middle + 1_000 :])
    left = [kept.path for kept in State(tmp_path).files()]
    assert left[0] == "a.txt"
    assert 1 < len(left) < 51
    assert left[1:] == [f"{n}.txt" for n in range(len(left) - 1)]
