"""Whatever a test of faults ends with, no server outlives it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.process import ServerProcess


@pytest.fixture(autouse=True)
def _no_server_is_left() -> Iterator[None]:
    yield
    for server in list(ServerProcess.made):
        server.end()
