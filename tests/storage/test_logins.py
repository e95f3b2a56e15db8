"""Logins: how they begin, stand and end."""

from __future__ import annotations

import hashlib
import sqlite3

import pytest

from code_together.errors import Unavailable
from code_together.storage.database import Database
from code_together.storage.logins import Login, Logins, hash_secret

from .conftest import Store

DAY = 86_400.0


async def test_create_and_find(store: Store) -> None:
    """AC3: a login is found by its secret: 256 random bits, of which the server keeps the SHA-256."""
    ann = await store.account()
    one, two = [await store.logins.create(ann.id, "10.0.0.7", "Firefox") for _ in range(2)]
    assert one != two
    assert len(one) == 43
    now = store.clock.now
    hashed = hashlib.sha256(one.encode()).digest()
    expected = Login(hashed, ann, {}, now, now, now + 30 * DAY, "10.0.0.7", "Firefox")
    assert await store.logins.find(one) == expected
    assert hash_secret(one) == hashed


@pytest.mark.parametrize("secret", ["", "guess", "\ud800", "\0", "é"])
async def test_unknown_secret(store: Store, secret: str) -> None:
    """Whatever else a cookie holds stands for nobody."""
    await store.logins.create((await store.account()).id, "", "")
    assert await store.logins.find(secret) is None


async def test_ends_when_its_time_is_over(store: Store) -> None:
    """A login that is in use every day ends after its longest time all the same."""
    secret = await store.logins.create((await store.account()).id, "", "")
    for _ in range(30):
        await use(store, secret)
        await settled(store.database)
        store.clock.now += DAY
    assert await store.logins.find(secret) is None


async def test_ends_when_it_is_not_used(store: Store) -> None:
    """A login that nobody uses ends after its idle time; using it keeps it."""
    secret = await store.logins.create((await store.account()).id, "", "")
    store.clock.now += 13 * DAY
    await use(store, secret)
    await settled(store.database)
    store.clock.now += 13 * DAY
    assert await store.logins.find(secret) is not None
    store.clock.now += 1 * DAY
    assert await store.logins.find(secret) is None


async def test_touch_once_a_minute(store: Store) -> None:
    """Use is written down once a minute at the most."""
    secret = await store.logins.create((await store.account()).id, "", "")
    began = store.clock.now

    async def seen_after(seconds: float) -> float:
        store.clock.now += seconds
        await use(store, secret)
        await settled(store.database)
        login = await store.logins.find(secret)
        assert login is not None
        return login.last_seen_at - began

    assert [await seen_after(59), await seen_after(1), await seen_after(30)] == [0, 60, 60]


async def use(store: Store, secret: str) -> None:
    login = await store.logins.find(secret)
    assert login is not None
    store.logins.touch(login)


async def settled(database: Database) -> None:
    await database.write(lambda connection: None)


async def test_touch_fails_quietly(store: Store) -> None:
    """When nothing can be written those who only read are not kept from it."""
    secret = await store.logins.create((await store.account()).id, "", "")
    store.clock.now += 100
    await store.database.write(lambda connection: connection.execute("PRAGMA query_only = ON"))
    await use(store, secret)
    with pytest.raises(Unavailable):
        await settled(store.database)
    assert await store.logins.find(secret) is not None


async def test_data(store: Store) -> None:
    """What is kept with a login is there again; an ended one keeps nothing."""
    secret = await store.logins.create((await store.account()).id, "", "")
    await store.logins.save(secret, {"theme": "dark", "n": [1, None]})
    login = await store.logins.find(secret)
    assert login is not None
    assert login.data == {"theme": "dark", "n": [1, None]}
    await store.logins.end(secret)
    await store.logins.save(secret, {"theme": "light"})
    assert await store.logins.find(secret) is None


async def test_end(store: Store) -> None:
    """AC4: an ended login is gone and its neighbours stand; ending it again is no error."""
    ann = await store.account()
    one, two = [await store.logins.create(ann.id, "", "") for _ in range(2)]
    await store.logins.end(one)
    await store.logins.end(one)
    assert await store.logins.find(one) is None
    assert await store.logins.find(two) is not None


async def test_end_all(store: Store) -> None:
    """AC4: all logins of the account end but the one that asks, by name; those of others stand."""
    ann, bob = await store.account("ann"), await store.account("bob")
    mine = [await store.logins.create(ann.id, "", "") for _ in range(3)]
    his = await store.logins.create(bob.id, "", "")
    assert set(await store.logins.end_all(ann.id, except_secret=mine[1])) == {
        hash_secret(mine[0]),
        hash_secret(mine[2]),
    }
    assert await store.logins.find(mine[1]) is not None
    assert await store.logins.find(his) is not None
    assert await store.logins.end_all(ann.id) == [hash_secret(mine[1])]
    assert await store.logins.find(mine[1]) is None


async def test_of_account(store: Store) -> None:
    """An account's logins are listed, the last used first."""
    ann = await store.account()
    await store.logins.create(ann.id, "10.0.0.1", "old")
    store.clock.now += 100
    await store.logins.create(ann.id, "10.0.0.2", "new")
    assert [login.agent for login in await store.logins.of_account(ann.id)] == ["new", "old"]


async def test_ended_ones_are_swept(store: Store) -> None:
    """Logins whose time is over are not kept for ever."""
    ann = await store.account()
    logins = Logins(store.database, store.settings, store.clock)
    for _ in range(3):
        await logins.create(ann.id, "", "")
    store.clock.now += 15 * DAY
    await logins.create(ann.id, "", "")
    count = await store.database.read(lambda c: c.execute("SELECT count(*) FROM logins").fetchone()[0])
    assert count == 1


async def test_strange_agent(store: Store) -> None:
    """A browser that calls itself something endless or not text is logged in all the same."""
    ann = await store.account()
    secret = await store.logins.create(ann.id, "\udcff", "\ud800" + "x" * 100_000)
    login = await store.logins.find(secret)
    assert login is not None
    assert len(login.agent) == 300
    assert login.address == "?"


async def test_unknown_account(store: Store) -> None:
    """There is no login without an account."""
    with pytest.raises(sqlite3.IntegrityError):
        await store.logins.create(99, "", "")


async def test_end_one_by_its_public_id(store: Store) -> None:
    """AM1: a login ends by its public id, for its own account alone; the id is no part of the hash."""
    ann, bob = await store.account("ann"), await store.account("bob")
    secret, kept = [await store.logins.create(ann.id, "", "") for _ in range(2)]
    login = await store.logins.find(secret)
    assert login is not None
    assert login.id not in login.hash.hex()
    assert await store.logins.end_one(bob.id, login.id) is None
    assert await store.logins.end_one(ann.id, login.id) == login.hash
    assert await store.logins.end_one(ann.id, login.id) is None
    assert await store.logins.find(secret) is None
    assert await store.logins.find(kept) is not None


async def test_standing(store: Store) -> None:
    """AM6: of many logins those that have ended, or whose account is disabled, are told apart from those that stand."""
    ann, bob = await store.account("ann"), await store.account("bob")
    mine, ended = [hash_secret(await store.logins.create(ann.id, "", "")) for _ in range(2)]
    login = await store.logins.create(bob.id, "", "")
    await store.logins.end_one(
        ann.id, next(one.id for one in await store.logins.of_account(ann.id) if one.hash == ended)
    )
    await store.database.write(
        lambda connection: connection.execute("UPDATE accounts SET disabled = 1 WHERE id = ?", (bob.id,))
    )
    assert await store.logins.standing({mine, ended, hash_secret(login)}) == {mine}
    store.clock.now += 15 * DAY
    assert await store.logins.standing({mine}) == set()
