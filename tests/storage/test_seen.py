"""Up to where people have seen sessions."""

from __future__ import annotations

from code_together.storage.seen import Sight

from .conftest import Store


async def test_the_last_time_counts(store: Store) -> None:
    """PR5: each person has a place of their own in each session, the one of the last time; who never was there has none."""
    ann, bob = await store.account("ann"), await store.account("bob")
    one, other = await store.session(ann), await store.session(ann)
    assert await store.seen.last(one, ann.id) is None
    await store.seen.keep(one, [ann.id, bob.id], None)
    store.clock.now += 60
    await store.seen.keep(one, {ann.id}, "a" * 40)
    assert await store.seen.last(one, ann.id) == Sight("a" * 40, store.clock.now)
    assert await store.seen.last(one, bob.id) == Sight(None, store.clock.now - 60)
    assert await store.seen.last(other, ann.id) is None


async def test_it_goes_with_the_session(store: Store) -> None:
    """PR5: nothing is kept of a session that was deleted, also when its people leave it afterwards."""
    ann = await store.account("ann")
    session = await store.session(ann)
    await store.seen.keep(session, [ann.id], None)
    await store.sessions.delete(session)
    await store.seen.keep(session, [ann.id], None)
    await store.seen.keep(session, [], None)
    assert await store.seen.last(session, ann.id) is None
