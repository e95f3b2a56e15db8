from __future__ import annotations

import dataclasses
import os
import random
import stat
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from code_together.errors import CodeTogetherError, Conflict, TooLarge, Unprocessable
from code_together.git import repository, unpacking
from code_together.git.repository import FileChange
from code_together.git.unpacking import Limits, Unpacked
from tests.git import zips
from tests.git.making import ANN, HOST, git, put
from tests.git.test_archive import zipped as exported

LIMITS = Limits(
    files=100, bytes=50_000_000, file_bytes=20_000_000, ratio=100, path_bytes=1_024, part_bytes=255
)


def unpack(
    folder: Path, data: bytes, *, strip: bool = False, into: str = "", limits: Limits = LIMITS
) -> list[Unpacked]:
    (folder / "a.zip").write_bytes(data)
    pack = folder / "a.pack"
    pack.unlink(missing_ok=True)
    return unpacking.unpack(str(folder / "a.zip"), str(pack), limits, strip, into)


def refused(folder: Path, data: bytes, code: str, limits: Limits = LIMITS) -> CodeTogetherError:
    with pytest.raises((Unprocessable, Conflict, TooLarge)) as error:
        unpack(folder, data, limits=limits)
    assert error.value.code == code, error.value.message
    return error.value


def held(work: Callable[[], object]) -> int:
    """The most bytes of memory that this work took at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def taken_in(path: str, folder: Path, data: bytes, **more: object) -> dict[str, bytes]:
    """The files of a session that has imported this."""
    found = unpack(folder, data, **more)  # type: ignore[arg-type]
    unpacking.store(path, str(folder / "a.pack"))
    changes = [FileChange(file.path, None, blob=file.blob) for file in found]
    parent = repository.head(path)
    made = repository.commit_files(path, parent, changes, ANN, HOST, 1_000.0, "Import")
    repository.move_ref(path, made.id, parent)
    git(path, "fsck", "--strict")
    assert [file.size for file in found] == [len(repository.read(path, made.id, file.path)) for file in found]
    return {
        entry.path: repository.read(path, made.id, entry.path) for entry in repository.files(path, made.id)
    }


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_good_zips(path: str, tmp_path: Path, method: int) -> None:
    """ZP3: every file with its bytes; the same bytes twice are one blob; what a desktop adds for itself is passed over."""
    rng = random.Random(1)
    files = {
        "p/a.txt": b"a" * 100_000,
        "p/src/é 😀.py": b"x",
        "p/empty": b"",
        "p/big.bin": rng.randbytes(700_000),
        "p/copy.bin": b"x",
    }
    extra = {"p/": b"", "p/none/": b"", "__MACOSX/p/._a.txt": b"m", "p/.DS_Store": b"d"}
    data = zips.zipped([*extra.items(), *files.items()], method)
    assert taken_in(path, tmp_path, data) == files
    assert taken_in(path, tmp_path, data, strip=True, into="new/er") == {
        **files,
        **{"new/er/" + name.removeprefix("p/"): content for name, content in files.items()},
    }


def test_what_we_export(path: str, tmp_path: Path) -> None:
    """ZP1, ZP3: what was downloaded can be imported, and gives the same files."""
    files = {f"f/{i}/{i}.txt": b"%d" % i * i for i in range(60)}
    commit = put(path, files)
    found = unpack(tmp_path, exported(path, commit))
    listed = {entry.path: entry.blob for entry in repository.files(path, commit)}
    assert {file.path: file.blob for file in found} == listed


def test_one_top_folder(tmp_path: Path) -> None:
    """ZP3: a folder is left away only on wish, and only when everything is in it."""
    one, two = [("p/a", b""), ("p/b/c", b"")], [("p/a", b""), ("q", b"")]
    assert [file.path for file in unpack(tmp_path, zips.zipped(one))] == ["p/a", "p/b/c"]
    assert [file.path for file in unpack(tmp_path, zips.zipped(one), strip=True)] == ["a", "b/c"]
    assert [file.path for file in unpack(tmp_path, zips.zipped(two), strip=True)] == ["p/a", "q"]
    assert [file.path for file in unpack(tmp_path, zips.zipped([("p", b"")]), strip=True)] == ["p"]


def test_names_of_older_programs(tmp_path: Path) -> None:
    """ZP3: names in UTF-8 that do not say so, and names in the old code page, are read."""
    data = zips.zipped([("a\u00e9", b"")])
    assert unpack(tmp_path, zips.patched(data, flags=0))[0].path == "a\u00e9"
    (file,) = unpack(tmp_path, zips.zipped([("ab", b"")]).replace(b"ab", b"a\x82"))
    assert file.path == "a\u00e9"


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "C:\\x",
        "a\\..\\b",
        "a//b",
        "a/./b",
        ".git/config",
        "x/.GIT/hooks/a",
        "con.txt",
    ],
)
def test_slips(tmp_path: Path, name: str) -> None:
    """ZP4, T9: one path that no file may have, and nothing of the archive is taken."""
    refused(tmp_path, zips.zipped([("good", b"x"), (name, b"x")]), "bad_path")


def test_slips_by_the_folder_that_is_left_away(tmp_path: Path) -> None:
    """ZP4, T9: a top folder named `..` is refused also when it would be left away."""
    with pytest.raises(Unprocessable):
        unpack(tmp_path, zips.zipped([("../x", b""), ("../y", b"")]), strip=True)
    with pytest.raises(Unprocessable):
        unpack(tmp_path, zips.zipped([("x", b"")]), into="../y")


@pytest.mark.parametrize("names", [("a", "a"), ("a", "A"), ("d", "d/x"), ("é", "e\u0301"), ("D/x", "d/y")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_collide(tmp_path: Path, names: tuple[str, str]) -> None:
    """ZP4, T9: names that are the same, or the same on some systems."""
    refused(tmp_path, zips.zipped([(name, b"x") for name in names]), "path_taken")


def test_links_and_devices(tmp_path: Path) -> None:
    """ZP4, T9: a symbolic link or a device is refused."""
    assert "link" in refused(tmp_path, zips.symlink(), "bad_archive").message
    for kind in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
        refused(tmp_path, zips.with_mode("dev", kind), "bad_archive")
    assert unpack(tmp_path, zips.with_mode("run", stat.S_IFREG))


def test_encrypted(tmp_path: Path) -> None:
    """ZP4: an encrypted entry is refused, whichever flag says that it is."""
    for flag in (1, 1 << 6, 1 << 13):
        error = refused(tmp_path, zips.patched(zips.zipped([("a", b"x")]), flags=flag), "bad_archive")
        assert "encrypted" in error.message


def test_declared_bombs(tmp_path: Path) -> None:
    """ZP5, T10: what says that it is too large is refused before it is inflated."""
    refused(tmp_path, zips.zipped([("a", b"\0" * 15_000_000)]), "bad_archive")
    refused(tmp_path, zips.zipped([("a", b"\0" * 21_000_000)]), "file_too_large")
    small = dataclasses.replace(LIMITS, bytes=1_000)
    refused(tmp_path, zips.zipped([("a", b"x" * 600), ("b", b"y" * 600)]), "archive_too_large", small)


def test_bombs_that_lie(tmp_path: Path) -> None:
    """ZP5, T10: what inflates to more, or less, than it says is stopped at that byte, and no more than that is ever held."""
    bomb = zips.zipped([("a", b"\0" * 19_000_000)])
    for size in (0, 1, 1_000, 18_999_999):
        patched = zips.patched(bomb, size=size)
        assert held(lambda: refused(tmp_path, patched, "bad_archive")) < 500_000 + 3 * size  # noqa: B023
    refused(tmp_path, zips.patched(zips.zipped([("a", b"abc")]), size=4), "bad_archive")
    refused(tmp_path, zips.patched(zips.zipped([("a", b"abc")]), crc=1), "bad_archive")


@pytest.mark.parametrize("data", [zips.overlapping(40), zips.overlapping(2), zips.quoted(50)])
def test_overlaps(tmp_path: Path, data: bytes) -> None:
    """ZP5, T10: entries that lie over one another are found by our own check, before the names are looked at (CVE-2024-0450)."""
    assert "over one another" in refused(tmp_path, data, "bad_archive").message


def test_too_many(tmp_path: Path) -> None:
    """ZP5, T10: a million entries are refused by their count, without making anything of them."""
    refused(tmp_path, zips.zipped([(f"{i}", b"") for i in range(101)]), "archive_too_large")
    many = zips.zipped([("a", b"")])
    at = many.index(b"PK\x01\x02")
    entry = many[at : many.index(b"PK\x05\x06")]
    data = bytearray(many[:at] + entry * 1_000_000 + many[at + len(entry) :])
    end = len(data) - 22
    data[end + 8 : end + 12] = b"\x01\0\x01\0"
    data[end + 12 : end + 16] = (len(entry) * 1_000_000).to_bytes(4, "little")
    many = bytes(data)
    assert held(lambda: refused(tmp_path, many, "archive_too_large")) < 500_000


def test_what_is_no_zip(tmp_path: Path) -> None:
    """ZP4: what is no zip, an empty one, one with something before it, or a damaged one is refused with a sentence."""
    good = zips.zipped([("a", b"hello"), ("b", b"world" * 100)])
    for data in (
        b"",
        b"PK",
        b"hello",
        zips.zipped([]),
        zips.zipped([("a/", b"")]),
        b"#!/bin/sh\n" + good,
        good[:-1],
    ):
        refused(tmp_path, data, "bad_archive")


def test_any_damage(tmp_path: Path) -> None:
    """ZP4: whatever bytes of a zip are changed or missing, it is taken as good or refused, and never anything else happens."""
    seed = random.randrange(2**32) if "SEED" not in os.environ else int(os.environ["SEED"])
    rng = random.Random(seed)
    good = zips.zipped([("a", b"hello"), ("b/c", b"world" * 100), ("b/d", bytes(range(256)))])
    for _ in range(1_500):
        data = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.choice([0, 1, 0xFF, 0x7F, rng.randrange(256)])
        if rng.random() < 0.2:
            del data[rng.randrange(len(data)) :]
        try:
            unpack(tmp_path, bytes(data))
        except (Unprocessable, Conflict, TooLarge):
            pass
        except Exception:
            print("seed", seed)
            raise
