"""People on a server, and their clones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from tests.clones import Clone, MakeClone
from tests.conftest import Server, Start
from tests.live import Person


@pytest.fixture
def clone(tmp_path: Path) -> MakeClone:
    numbers = count()

    async def make(person: Person, session: str) -> Clone:
        return await Clone.of(person, session, tmp_path / f"clone{next(numbers)}")

    return make


@pytest.fixture
async def slow(start: Start) -> Server:
    """A server whose windows close only when they have to."""
    return await start(window_pause=600.0, window_longest=600.0)


@pytest.fixture
async def people(slow: Server) -> AsyncIterator[tuple[Person, Person]]:
    ann, bob = await Person.sign_up(slow.url, "ann"), await Person.sign_up(slow.url, "bob")
    yield ann, bob
    await ann.close()
    await bob.close()
