"""Many new files as zips, each of a size that a server takes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence

_BATCH_FILES = 2_000
_BATCH_BYTES = 32 * 1024 * 1024


def zipped(files: Sequence[tuple[str, bytes]]) -> Iterator[tuple[list[tuple[str, bytes]], bytes]]:
    """Batches of paths and contents, each with its zip."""
    batch: list[tuple[str, bytes]] = []
    size = 0
    for path, data in files:
        if batch and (len(batch) == _BATCH_FILES or size + len(data) > _BATCH_BYTES):
            yield batch, _zip(batch)
            batch, size = [], 0
        batch.append((path, data))
        size += len(data)
    if batch:
        yield batch, _zip(batch)


def _zip(files: Sequence[tuple[str, bytes]]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zip:
        for path, data in files:
            zip.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
    return archive.getvalue()
