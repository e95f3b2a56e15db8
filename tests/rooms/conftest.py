"""Two people with accounts on a running server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Server
from tests.live import Person
from tests.rooms.talk import TEXT


@pytest.fixture
async def people(server: Server) -> AsyncIterator[tuple[Person, Person]]:
    """Ann and Bob."""
    ann = await Person.sign_up(server.url, "ann")
    bob = await Person.sign_up(server.url, "bob")
    yield ann, bob
    await ann.close()
    await bob.close()


@pytest.fixture
async def session(people: tuple[Person, Person]) -> str:
    """A session of Ann's with `a.py`, in which Bob may comment."""
    ann, bob = people
    id = await ann.new_session(a_py=TEXT)
    await ann.let_in(id, "bob", "commenter")
    return id
