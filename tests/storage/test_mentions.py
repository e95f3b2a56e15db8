"""Whom comments mention."""

from __future__ import annotations

from dataclasses import replace

from code_together.storage.comments import Comments
from tests.storage.conftest import Store
from tests.storage.talk import comment, filled


async def test_mentions(store: Store, comments: Comments) -> None:
    """CM6: whom a comment names is called once; whom it no longer names is forgotten; reading is for each account."""
    session, ann = await filled(store, comments, 1)
    bob = (await store.account("bob")).id
    one = comment(2, ann)
    await comments.add(session, one, ann, "{}", [bob], 1000)
    assert await comments.mentions.unread(session, bob) == {one.id}
    assert await comments.mentions.unread(session, ann) == set()
    assert (await comments.mentions.page(session, bob, None, 5))[0] == [one]
    await comments.mentions.mark_read(session, bob, [one.id])
    await comments.change(session, replace(one, text="x"), ann, "{}", "{}", [bob])
    assert await comments.mentions.unread(session, bob) == set()
    await comments.change(session, replace(one, text="x"), ann, "{}", "{}", [])
    assert (await comments.mentions.page(session, bob, None, 5))[0] == []
