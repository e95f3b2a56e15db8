"""Packing: what lies loose becomes a pack, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from code_together.git import packing, repository
from code_together.git.bare import opened
from code_together.git.packing import Stock
from code_together.git.repository import FileChange, Person

ANN = Person("Ann", "ann@code.test")


def grow(path: str, parent: str | None, revisions: int) -> str:
    """Further revisions of a repository; gives the newest."""
    for number in range(revisions):
        changes = [FileChange(f"src/{number % 3}.py", f"{parent} {number}\n".encode() * 40)]
        commit = repository.commit_files(path, parent, changes, ANN, "code.test", 1_780_000_000, "Edit").id
        repository.move_ref(path, commit, parent)
        parent = commit
    assert parent is not None
    return parent


def pack(path: str) -> tuple[str, list[str]]:
    """Runs the command; gives the new pack's name, and the packs that it holds."""
    small = packing.stock(path).small()
    command, environment = packing.pack(path)
    new = subprocess.run(
        command, env=environment, input=packing.packs_asked(small), capture_output=True, check=True
    ).stdout
    packing.settle_packs(path)
    return f"pack-{new.decode().strip()}", small


def tidy(path: str) -> None:
    new, small = pack(path)
    for folder in packing.FOLDERS:
        packing.drop_loose(path, new, folder)
    packing.drop_packs(path, new, small)


def sound(path: str) -> bool:
    run = subprocess.run(["git", "-C", path, "fsck", "--strict", "--full"], capture_output=True, text=True)
    return run.returncode == 0 and "missing" not in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("loose", "packs", "small"),
    [
        (100, {}, []),
        (100, {"a": 1_000}, []),
        (100, {"a": 150, "b": 10_000}, ["a"]),
        (100, {"a": 150, "b": 400, "c": 600}, ["a", "b", "c"]),
        (0, {"a": 10, "b": 10, "c": 10_000}, ["a", "b"]),
    ],
)
def test_which_packs_become_one(loose: int, packs: dict[str, int], small: list[str]) -> None:
    """UK2: each pack that stays has at least twice the objects of all smaller ones together."""
    assert Stock(loose, packs).small() == small
    left = [loose + sum(packs[name] for name in small), *sorted(packs[n] for n in packs if n not in small)]
    assert all(size >= 2 * sum(left[:number]) for number, size in enumerate(left) if number)


def test_all_becomes_a_pack(path: str) -> None:
    """UK1, UK2: no loose object is left, history and notes are as before, also what nothing names; the repository is smaller."""
    head = grow(path, None, 60)
    blob = subprocess.run(
        ["git", "-C", path, "hash-object", "-w", "--stdin"], input=b"unnamed", capture_output=True, check=True
    ).stdout.decode()
    subprocess.run(
        ["git", "-C", path, "-c", "user.name=a", "-c", "user.email=a@b", "notes", "add", "-m", "said", head],
        check=True,
    )
    before = packing.stock(path)
    tidy(path)
    after = packing.stock(path)
    assert (after.loose, list(after.packs.values())) == (0, [before.loose])
    assert sound(path)
    assert len(repository.files(path, head)) == 3
    for words in (["notes", "show", head], ["cat-file", "-p", blob.strip()]):
        subprocess.run(["git", "-C", path, *words], check=True, capture_output=True)


def test_packs_grow_geometrically(path: str) -> None:
    """UK2: a pack that is small beside what is new goes into the new one; a large one stays."""
    head = grow(path, None, 60)
    tidy(path)
    (large,) = packing.stock(path).packs
    head = grow(path, head, 3)
    tidy(path)
    assert large in packing.stock(path).packs
    assert len(packing.stock(path).packs) == 2
    grow(path, head, 60)
    tidy(path)
    assert len(packing.stock(path).packs) == 1
    assert sound(path)


def test_a_pack_that_is_not_whole_in_the_new_one_stays(path: str) -> None:
    """UK1: a pack goes only if all that it has is in the new one."""
    head = grow(path, None, 5)
    tidy(path)
    (first,) = packing.stock(path).packs
    grow(path, head, 5)
    command, environment = packing.pack(path)
    new = subprocess.run(command, env=environment, input=b"", capture_output=True, check=True).stdout
    packing.drop_packs(path, f"pack-{new.decode().strip()}", [first])
    assert first in packing.stock(path).packs
    assert sound(path)


def test_a_writer_beside_it(path: str) -> None:
    """UK1: what is written after packing began stays loose; a repository that was open sees the pack."""
    head = grow(path, None, 20)
    with opened(path) as open_before:
        new, _ = pack(path)
        later = grow(path, head, 1)
        for folder in packing.FOLDERS:
            packing.drop_loose(path, new, folder)
        assert open_before[head].peel(None) is not None
        assert packing.stock(path).loose == 4
        assert repository.is_whole(path, later)
    assert sound(path)


def test_what_a_kill_leaves(path: str) -> None:
    """UK3, WN10: stopped anywhere the repository is whole; temporary packs and packs without an index go at the start."""
    head = grow(path, None, 30)
    new, _ = pack(path)
    for folder in packing.FOLDERS[:100]:
        packing.drop_loose(path, new, folder)
    packs = Path(path, "objects", "pack")
    (packs / "tmp_pack_a1b2c3").write_bytes(b"PACK")
    orphan = packs / f"pack-{'0' * 40}.pack"
    orphan.write_bytes(b"PACK")
    said = repository.recover(path)
    assert len(said) == 2
    assert repository.recover(path) == []
    assert sorted(file.suffix for file in packs.iterdir() if file.suffix != ".rev") == [".idx", ".pack"]
    grow(path, head, 2)
    tidy(path)
    assert packing.stock(path).loose == 0
    assert sound(path)


def test_the_graph(path: str) -> None:
    """UK5: which paths each commit changes is noted, for blame and the history of a file."""
    grow(path, None, 10)
    command, environment = packing.graph(path)
    subprocess.run(command, env=environment, check=True)
    assert os.listdir(Path(path, "objects", "info", "commit-graphs"))
    subprocess.run(["git", "-C", path, "commit-graph", "verify"], check=True, capture_output=True)
