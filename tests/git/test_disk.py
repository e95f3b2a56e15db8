"""What is said when libgit2 fails because the disk has no room: it says nothing, or what went wrong before."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

from code_together.errors import Unavailable
from code_together.git import repository
from tests.faults.injection import disk, mounted, needs_mount
from tests.git.making import put


@needs_mount
@pytest.mark.parametrize("free", [0, 8_192])
def test_no_room_for_a_file(tmp_path: Path, free: int) -> None:
    """F3, WN1: a file that the disk has no room for is `not_saved`, whatever libgit2's last message was about."""
    data = tmp_path / "data"
    with mounted(data, "-o", "loop", str(disk(tmp_path / "disk.img", 24))):
        path = str(data / "session.git")
        repository.create(path)
        put(path, {"a.md": b"one\n"})
        spare = data / "spare"
        spare.write_bytes(bytes(free))
        with suppress(OSError), (data / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        spare.unlink()
        with pytest.raises(Unavailable) as refused:
            put(path, {"big.md": random.Random(1).randbytes(30_000)})
        assert refused.value.code == "not_saved"
        (data / "filler").unlink()
        put(path, {"big.md": random.Random(1).randbytes(30_000)})
