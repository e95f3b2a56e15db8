"""Pruning under real sessions: what people see afterwards."""

from __future__ import annotations

import dataclasses
import sqlite3

import pytest

from code_together.config import Settings
from code_together.http import keys
from code_together.rooms.pruning import prune
from tests.conftest import Server
from tests.live import Person


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, journal_days=0.0, history_updates=0, room_idle=0.0)


@pytest.fixture
async def session(people: tuple[Person, Person]) -> str:
    ann, bob = people
    id = await ann.new_session(a_py="start\n")
    await ann.let_in(id, "bob")
    return id


def versions(settings: Settings) -> list[int]:
    with sqlite3.connect(settings.data / "code_together.db") as database:
        return [version for (version,) in database.execute("SELECT version FROM updates ORDER BY version")]


async def pruned(server: Server) -> int:
    return await prune(server.app[keys.REGISTRY].around)


async def test_only_what_a_revision_holds(
    people: tuple[Person, Person], session: str, server: Server, settings: Settings
) -> None:
    """JR9: what no revision holds stays; of what one holds the newest update stays, and people type on."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    for i in range(5):
        await a.type(pa, 0, f"{i}\n")
        await a.until(lambda: pa.saved, "the line")
    await ann.commit(session)
    assert await pruned(server) == 4
    assert versions(settings) == [5]
    await b.type(pb, 0, "after\n")
    await a.until(lambda: pa.version == 6, "Bob's line")
    assert versions(settings) == [5, 6]


async def test_opened_again(
    people: tuple[Person, Person], session: str, settings: Settings, server: Server
) -> None:
    """JR9, WN3, SQ4: after pruning and a restart the text is what it was, and a client goes on with its numbers."""
    ann, _ = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    for i in range(4):
        await tab.type(peer, 0, f"{i}\n")
        await tab.until(lambda: peer.saved, "the line")
    await ann.commit(session)
    await tab.type(peer, 0, "open\n")
    await tab.until(lambda: peer.saved, "the last line")
    await pruned(server)
    registry = server.app[keys.REGISTRY]
    live = registry.live(session)
    assert live is not None
    live.fail(RuntimeError("a fault"))
    await tab.disconnect()
    await tab.connect()
    await tab.type(peer, 0, "more\n")
    await tab.until(lambda: peer.saved, "a line after it")
    assert await ann.get(f"/api/sessions/{session}/files/a.py") == b"more\nopen\n3\n2\n1\n0\nstart\n"


async def test_long_offline(people: tuple[Person, Person], session: str, server: Server) -> None:
    """JR9: who comes back with a version older than what is kept gets the text anew; an old push is refused as too old."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    await b.type(pb, 0, "bob\n")
    await b.until(lambda: pb.saved, "Bob's line")
    await b.disconnect()
    for i in range(5):
        await a.type(pa, 0, f"{i}\n")
        await a.until(lambda: pa.saved, "the line")
    await ann.commit(session)
    await a.disconnect()
    await pruned(server)
    live = server.app[keys.REGISTRY].live(session)
    assert live is not None
    live.fail(RuntimeError("a fault"))  # what is in memory goes
    was = pb.version
    late = await bob.tab(session, b.client)
    await late.send({"type": "open", "doc": pb.doc, "version": was})
    opened = await late.expect("opened")
    assert opened["reset"]
    assert (opened["version"], opened["seq"]) == (6, 1)
    assert opened["text"].startswith("4\n3\n")
    change = [[0, "late", ""], len("bob\nstart\n")]
    await late.send({"type": "push", "doc": pb.doc, "version": was, "seq": 2, "changes": [change]})
    error = await late.expect("error")
    assert (error["code"], error["fatal"]) == ("too_old", True)


async def test_behind_the_branch_alone(
    people: tuple[Person, Person], session: str, server: Server, settings: Settings
) -> None:
    """JR9: what is marked but not on the branch is not pruned."""
    ann, _ = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    first = await ann.commit(session)
    for i in range(3):
        await tab.type(peer, 0, f"{i}\n")
        await tab.until(lambda: peer.saved, "the line")
    await ann.commit(session)
    await tab.disconnect()
    (settings.data / f"{session}.git" / "refs/heads/main").write_text(first + "\n")
    assert await pruned(server) == 0
    assert versions(settings) == [1, 2, 3]


async def test_nothing_young(
    people: tuple[Person, Person], session: str, server: Server, settings: Settings
) -> None:
    """JR9: nothing goes before its time."""
    ann, _ = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    for i in range(3):
        await tab.type(peer, 0, f"{i}\n")
        await tab.until(lambda: peer.saved, "the line")
    await ann.commit(session)
    around = server.app[keys.REGISTRY].around
    month = dataclasses.replace(around.settings, journal_days=30.0)
    assert await prune(dataclasses.replace(around, settings=month)) == 0
    assert versions(settings) == [1, 2, 3]
