"""One-time links for a new password."""

from __future__ import annotations

import asyncio

import pytest

from code_together.errors import Gone, NotLoggedIn, Unprocessable
from code_together.storage.logins import hash_secret

from .conftest import Store

NEW = "nine green lamps"


async def test_use(store: Store) -> None:
    """AM10: the link gives its account the password and ends its logins; nobody else's."""
    ann, bob = await store.account("ann"), await store.account("bob")
    login, other = [await store.logins.create(account.id, "", "") for account in (ann, bob)]
    secret, expires_at = await store.resets.create(ann.id)
    assert len(secret) == 43
    assert expires_at == store.clock.now + store.settings.reset_hours * 3600
    account, ended = await store.resets.use(secret, NEW)
    assert (account.name, ended) == ("ann", [hash_secret(login)])
    assert (await store.accounts.authenticate("ann", NEW)).name == "ann"
    assert await store.logins.find(login) is None
    assert await store.logins.find(other) is not None
    with pytest.raises(NotLoggedIn):
        await store.accounts.authenticate("ann", "correct horse")


async def test_only_the_hash_is_kept(store: Store) -> None:
    """A13: who reads the database has no link."""
    secret, _ = await store.resets.create((await store.account()).id)
    rows = await store.database.read(
        lambda connection: connection.execute("SELECT secret_hash FROM resets").fetchall()
    )
    assert rows == [(hash_secret(secret),)]


async def test_once(store: Store) -> None:
    """A13: a link is good once; of two at the same moment one wins."""
    ann = await store.account()
    secret, _ = await store.resets.create(ann.id)
    passwords = [NEW, "seven red doors"]
    answers = await asyncio.gather(
        *(store.resets.use(secret, password) for password in passwords), return_exceptions=True
    )
    won = [password for password, answer in zip(passwords, answers, strict=True) if isinstance(answer, tuple)]
    assert len(won) == 1
    assert sum(isinstance(answer, Gone) for answer in answers) == 1
    assert (await store.accounts.authenticate("ann", won[0])).name == "ann"
    with pytest.raises(Gone, match="used or has expired"):
        await store.resets.use(secret, NEW)


async def test_expires(store: Store) -> None:
    """A13: after its time a link is gone, and just before it is not."""
    ann = await store.account()
    for seconds, good in ((-1, True), (0, False)):
        secret, _ = await store.resets.create(ann.id)
        store.clock.now += store.settings.reset_hours * 3600 + seconds
        if good:
            await store.resets.use(secret, NEW)
        else:
            with pytest.raises(Gone):
                await store.resets.use(secret, NEW)


async def test_a_new_link_replaces_the_old(store: Store) -> None:
    """A13: of an account's links only the last is good."""
    ann = await store.account()
    (first, _), (second, _) = [await store.resets.create(ann.id) for _ in range(2)]
    with pytest.raises(Gone):
        await store.resets.use(first, NEW)
    await store.resets.use(second, NEW)


async def test_refused_password_keeps_the_link(store: Store) -> None:
    """AM10: a password that cannot be is refused, and the link is as good as before."""
    ann = await store.account()
    secret, _ = await store.resets.create(ann.id)
    with pytest.raises(Unprocessable):
        await store.resets.use(secret, "short")
    assert (await store.resets.use(secret, NEW))[0] == ann


@pytest.mark.parametrize("secret", ["", "guess", "\ud800"])
async def test_unknown(store: Store, secret: str) -> None:
    """A guess is gone like a used link."""
    await store.resets.create((await store.account()).id)
    with pytest.raises(Gone):
        await store.resets.use(secret, NEW)


async def test_disabled_account(store: Store) -> None:
    """AM10: an account that was disabled meanwhile does not come back by its link."""
    ann = await store.account()
    secret, _ = await store.resets.create(ann.id)
    await store.accounts.disable(ann.id)
    with pytest.raises(Gone):
        await store.resets.use(secret, NEW)
