"""Accounts: names, the first one, colours, log-ins, changes."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from code_together.errors import Conflict, NotAllowed, NotFound, NotLoggedIn, Unprocessable

from .conftest import Store


async def test_create(store: Store) -> None:
    """The first account is an administrator, the next is not; what is not given has a good default."""
    ann = await store.accounts.create("ann", "correct horse", "  Ann Smith ")
    bob = await store.accounts.create("bob", "correct horse")
    eve = await store.accounts.create("eve", "correct horse", admin=True)
    assert (ann.name, ann.display_name, ann.admin, ann.disabled) == ("ann", "Ann Smith", True, False)
    assert (bob.display_name, bob.admin, eve.admin) == ("bob", False, True)
    assert await store.accounts.by_name("ann") == ann
    assert await store.accounts.by_id(bob.id) == bob
    assert await store.accounts.all() == [ann, bob, eve]
    assert await store.accounts.count() == 3


async def test_first_of_many_at_once(store: Store) -> None:
    """Of accounts made at the same moment exactly one is the first."""
    accounts = await asyncio.gather(*[store.accounts.create(f"user{n}", "correct horse") for n in range(6)])
    assert [account.admin for account in sorted(accounts, key=lambda a: a.id)] == [True] + [False] * 5


@pytest.mark.parametrize("name", ["a", "0", "ann-smith_2", "a" * 32])
async def test_names(store: Store, name: str) -> None:
    """AC7: names of the form are taken."""
    assert (await store.accounts.create(name, "correct horse")).name == name


@pytest.mark.parametrize(
    "name",
    ["", "Ann", "-ann", "_ann", "a" * 33, "ann ", "ann\n", "a.b", "änn", "٣", "ann\0", "\ud800", "../x"],
)
async def test_bad_names(store: Store, name: str) -> None:
    """AC7: every other name is refused, and asking for it finds nobody."""
    with pytest.raises(Unprocessable) as caught:
        await store.accounts.create(name, "correct horse")
    assert caught.value.code == "bad_name"
    assert await store.accounts.by_name(name) is None
    with pytest.raises(NotLoggedIn):
        await store.accounts.authenticate(name, "correct horse")


async def test_taken_name(store: Store) -> None:
    """A name is one account's, also when two ask for it at the same moment."""
    results = await asyncio.gather(
        *[store.accounts.create("ann", "correct horse") for _ in range(3)], return_exceptions=True
    )
    errors = [result for result in results if isinstance(result, Conflict)]
    assert len(errors) == 2
    assert errors[0].code == "name_taken"
    with pytest.raises(Conflict, match="ann is taken"):
        await store.accounts.create("ann", "password", "Weak but the name counts first")


@pytest.mark.parametrize("shown", ["", "A<b>", "Ann\nEve", "a" * 121])
async def test_bad_display_name(store: Store, shown: str) -> None:
    """A display name that a Git author cannot have is refused when it is chosen and when it is changed."""
    with pytest.raises(Unprocessable) as caught:
        await store.accounts.create("ann", "correct horse", shown)
    assert caught.value.code == "bad_display_name"
    ann = await store.account()
    with pytest.raises(Unprocessable):
        await store.accounts.change(ann.id, display_name=shown)
    assert await store.accounts.by_id(ann.id) == ann


async def test_colors(store: Store) -> None:
    """A new account has the colour that the fewest have."""
    made = [await store.account(f"user{n}") for n in range(10)]
    assert [account.color for account in made] == [1, 2, 3, 4, 5, 6, 7, 8, 1, 2]
    await store.accounts.change(made[4].id, color=3)
    assert (await store.account("next")).color == 5


async def test_authenticate(store: Store) -> None:
    """AC2: the right password gives the account; wrong, unknown and disabled get one and the same answer."""
    ann, bob = await store.account("ann"), await store.account("bob")
    await store.accounts.disable(bob.id)
    assert await store.accounts.authenticate("ann", "correct horse") == ann
    answers = set()
    for name, password in (
        ("ann", "wrong horse"),
        ("nobody", "correct horse"),
        ("bob", "correct horse"),
        ("ann", ""),
    ):
        with pytest.raises(NotLoggedIn) as caught:
            await store.accounts.authenticate(name, password)
        answers.add((caught.value.code, caught.value.message))
    assert answers == {("bad_login", "The name or the password is wrong.")}


async def test_change(store: Store) -> None:
    """What is given is changed, the rest stays; a colour that is none and an account that is none are refused."""
    ann = await store.account()
    assert (await store.accounts.change(ann.id, display_name="Ann")).display_name == "Ann"
    changed = await store.accounts.change(ann.id, color=7)
    assert (changed.display_name, changed.color) == ("Ann", 7)
    for color in (0, 9):
        with pytest.raises(Unprocessable) as caught:
            await store.accounts.change(ann.id, color=color)
        assert caught.value.code == "bad_color"
    with pytest.raises(NotFound):
        await store.accounts.change(99, color=1)


async def test_set_password(store: Store) -> None:
    """The new password is right and the old one wrong; a weak one changes nothing."""
    ann = await store.account()
    with pytest.raises(Unprocessable):
        await store.accounts.set_password(ann.id, "12345678")
    await store.accounts.authenticate("ann", "correct horse")
    await store.accounts.set_password(ann.id, "other horse")
    await store.accounts.authenticate("ann", "other horse")
    with pytest.raises(NotLoggedIn):
        await store.accounts.authenticate("ann", "correct horse")
    with pytest.raises(NotFound):
        await store.accounts.set_password(99, "other horse")


async def test_disable(store: Store) -> None:
    """AC4: a disabled account's logins end, its tokens rest, and it can be let in again; what it wrote stays."""
    ann = await store.account()
    session = await store.session(ann)
    await store.chat.add(session, ann.id, "hello")
    secret = await store.logins.create(ann.id, "127.0.0.1", "Firefox")
    _, token = await store.tokens.create(ann.id, "laptop", "read")
    await store.accounts.disable(ann.id)
    assert (await store.accounts.all())[0].disabled
    assert await store.logins.find(secret) is None
    assert await store.tokens.find(token) is None
    assert (await store.chat.page(session, 10)).messages[0].account.name == "ann"
    await store.accounts.disable(ann.id, False)
    await store.accounts.authenticate("ann", "correct horse")
    assert await store.tokens.find(token) is not None
    assert await store.logins.find(secret) is None
    with pytest.raises(NotFound):
        await store.accounts.disable(99)


async def test_who_wrote_is_not_deleted(store: Store) -> None:
    """An account that wrote something cannot be deleted from under it."""
    ann = await store.account()
    await store.chat.add(await store.session(ann), ann.id, "hello")
    with pytest.raises(sqlite3.IntegrityError):
        await store.database.write(lambda connection: connection.execute("DELETE FROM accounts"))


async def test_no_password_on_the_disk(store: Store, tmp_path: Path) -> None:
    """AC1, AC3: neither passwords nor the secrets of logins and tokens are anywhere in the data folder."""
    ann = await store.account()
    login = await store.logins.create(ann.id, "127.0.0.1", "Firefox")
    _, token = await store.tokens.create(ann.id, "laptop", "read")
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert b"127.0.0.1" in kept
    for secret in ("correct horse", login, token, token.removeprefix("ct_")):
        assert secret.encode() not in kept


async def test_listed(store: Store) -> None:
    """AM7: accounts by name, page by page, found by a part of either name; with when each was seen last."""
    ann = await store.account("ann")
    await store.accounts.create("bob", "correct horse", "Robert Annable")
    await store.account("cid")
    secret = await store.logins.create(ann.id, "", "")
    page, following = await store.accounts.listed("ANN", "", 10)
    assert [(account.name, seen) for account, seen in page] == [("ann", store.clock.now), ("bob", None)]
    assert following is None
    page, following = await store.accounts.listed("", "", 2)
    assert ([account.name for account, _ in page], following) == (["ann", "bob"], "bob")
    page, following = await store.accounts.listed("", "bob", 2)
    assert ([account.name for account, _ in page], following) == (["cid"], None)
    assert (await store.accounts.listed("%", "", 2))[0] == []
    store.clock.now += 100
    login = await store.logins.find(secret)
    assert login is not None
    store.logins.touch(login)
    await store.database.write(lambda connection: None)
    ((_, seen),) = (await store.accounts.listed("ann", "", 1))[0]
    assert seen == store.clock.now


async def test_administer(store: Store) -> None:
    """AM7: an admin disables, enables and makes admins; a disabled account's logins end."""
    ann, bob = await store.account("ann"), await store.account("bob")
    secret = await store.logins.create(bob.id, "", "")
    assert (await store.accounts.administer(ann.id, bob.id, disabled=True)).disabled
    assert await store.logins.find(secret) is None
    assert await store.accounts.disabled_among({ann.id, bob.id}) == {bob.id}
    changed = await store.accounts.administer(ann.id, bob.id, disabled=False, admin=True)
    assert (changed.disabled, changed.admin) == (False, True)
    assert await store.logins.find(secret) is None
    with pytest.raises(NotFound):
        await store.accounts.administer(ann.id, 99, admin=True)


async def test_an_admin_always_stays(store: Store) -> None:
    """AM7: nobody disables or demotes oneself, and of two admins who disable each other one stays."""
    ann, bob = await store.account("ann"), await store.account("bob")
    await store.accounts.administer(ann.id, bob.id, admin=True)
    with pytest.raises(Conflict, match="Another admin"):
        await store.accounts.administer(ann.id, ann.id, admin=False)
    answers = await asyncio.gather(
        store.accounts.administer(ann.id, bob.id, disabled=True),
        store.accounts.administer(bob.id, ann.id, disabled=True),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, NotAllowed) for answer in answers) == 1
    assert sum(account.admin and not account.disabled for account in await store.accounts.all()) == 1
