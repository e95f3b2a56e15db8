"""Many new files as zips, each of a size that a server takes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_BATCH_FILES = 2_000
_BATCH_BYTES = 32 * 1024 * 1024


class New(NamedTuple):
    """A file that the session does not have."""

    path: str
    data: bytes
    executable: bool


def zipped(files: Sequence[New]) -> Iterator[tuple[list[New], bytes]]:
    """Batches of files, each with its zip."""
    batch: list[New] = []
    size = 0
    for file in files:
        if batch and (len(batch) == _BATCH_FILES or size + len(file.data) > _BATCH_BYTES):
            yield batch, _zip(batch)
            batch, size = [], 0
        batch.append(file)
        size += len(file.data)
    if batch:
        yield batch, _zip(batch)


def _zip(files: Sequence[New]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zip:
        for file in files:
            about = zipfile.ZipInfo(file.path)
            about.create_system, about.external_attr = 3, (0o100755 if file.executable else 0o100644) << 16
            zip.writestr(about, file.data, zipfile.ZIP_DEFLATED)
    return archive.getvalue()
