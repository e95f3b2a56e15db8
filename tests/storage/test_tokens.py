"""Access tokens."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from code_together.errors import Unprocessable
from code_together.storage.tokens import Token

from .conftest import Store

DAY = 86_400.0


async def test_create_and_find(store: Store) -> None:
    """A token is found by its text, which begins with ct_ and is not shown again."""
    ann = await store.account()
    id, secret = await store.tokens.create(ann.id, " laptop ", "write")
    assert secret.startswith("ct_")
    assert len(secret) == 46
    expected = Token(id, ann.id, "laptop", "write", store.clock.now, None, None)
    assert await store.tokens.find(secret) == expected
    assert secret not in repr(await store.tokens.list(ann.id))


@pytest.mark.parametrize("secret", ["", "ct_", "ct_guess", "\ud800", "correct horse"])
async def test_unknown(store: Store, secret: str) -> None:
    """Whatever else is given stands for nobody."""
    await store.tokens.create((await store.account()).id, "laptop", "read")
    assert await store.tokens.find(secret) is None


async def test_expiry(store: Store) -> None:
    """A token with an end works until then and is still listed after it."""
    ann = await store.account()
    _, secret = await store.tokens.create(ann.id, "laptop", "read", expires_days=2)
    store.clock.now += 2 * DAY - 1
    assert await store.tokens.find(secret) is not None
    store.clock.now += 1
    assert await store.tokens.find(secret) is None
    assert [token.label for token in await store.tokens.list(ann.id)] == ["laptop"]


async def test_last_use(store: Store) -> None:
    """The last use is written down once a minute at the most."""
    ann = await store.account()
    began = store.clock.now
    _, secret = await store.tokens.create(ann.id, "laptop", "read")
    uses = []
    for seconds in (10, 59, 1):
        store.clock.now += seconds
        await store.tokens.find(secret)
        await store.database.write(lambda connection: None)
        [token] = await store.tokens.list(ann.id)
        assert token.last_used_at is not None
        uses.append(token.last_used_at - began)
    assert uses == [10, 10, 70]


async def test_list_and_delete(store: Store) -> None:
    """An account sees and deletes its own tokens alone."""
    ann, bob = await store.account("ann"), await store.account("bob")
    one, secret = await store.tokens.create(ann.id, "one", "read")
    two, _ = await store.tokens.create(ann.id, "two", "write")
    await store.tokens.create(bob.id, "his", "read")
    assert [token.id for token in await store.tokens.list(ann.id)] == [one, two]
    assert not await store.tokens.delete(bob.id, one)
    assert await store.tokens.delete(ann.id, one)
    assert not await store.tokens.delete(ann.id, one)
    assert await store.tokens.find(secret) is None
    assert [replace(token, created_at=0) for token in await store.tokens.list(ann.id)] == [
        Token(two, ann.id, "two", "write", 0, None, None)
    ]


@pytest.mark.parametrize(
    ("label", "scope", "days", "code"),
    [
        ("", "read", None, "bad_label"),
        ("a\nb", "read", None, "bad_label"),
        ("a" * 121, "read", None, "bad_label"),
        ("laptop", "admin", None, "bad_scope"),
        ("laptop", "read", 0, "bad_expiry"),
        ("laptop", "read", -1, "bad_expiry"),
        ("laptop", "read", 3651, "bad_expiry"),
        ("laptop", "read", math.nan, "bad_expiry"),
        ("laptop", "read", math.inf, "bad_expiry"),
    ],
)
async def test_refused(store: Store, label: str, scope: str, days: float | None, code: str) -> None:
    """A label, scope or end that cannot be is refused by its own code."""
    ann = await store.account()
    with pytest.raises(Unprocessable) as caught:
        await store.tokens.create(ann.id, label, scope, days)
    assert caught.value.code == code
    assert await store.tokens.list(ann.id) == []
