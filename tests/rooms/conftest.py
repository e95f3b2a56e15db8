"""Two people with accounts on a running server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Server
from tests.live import Person


@pytest.fixture
async def people(server: Server) -> AsyncIterator[tuple[Person, Person]]:
    """Ann and Bob."""
    ann = await Person.sign_up(server.url, "ann")
    bob = await Person.sign_up(server.url, "bob")
    yield ann, bob
    await ann.close()
    await bob.close()
