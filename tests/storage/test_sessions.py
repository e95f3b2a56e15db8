"""Sessions and their members."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from code_together.errors import Conflict, NotFound, Unprocessable

from .conftest import Store


async def test_create(store: Store) -> None:
    """A session has an unguessable id, its title, and its maker as owner."""
    ann = await store.account()
    row = await store.sessions.create("  Parsers ", "private", ann.id)
    assert re.fullmatch("[a-z0-9]{12}", row.id)
    assert (row.title, row.visibility, row.archived) == ("Parsers", "private", False)
    assert await store.sessions.get(row.id) == row
    assert await store.sessions.members(row.id) == [(ann, "owner")]
    assert await store.sessions.get("nothing") is None


async def test_change(store: Store) -> None:
    """What is given is changed, the rest stays."""
    row = await store.sessions.create("Parsers", "private", (await store.account()).id)
    assert await store.sessions.change(row.id, title="Lexers") == replace(row, title="Lexers")
    assert await store.sessions.change(row.id, visibility="lan") == replace(
        row, title="Lexers", visibility="lan"
    )
    expected = replace(row, title="Lexers", visibility="lan", archived=True)
    assert await store.sessions.change(row.id, archived=True) == expected
    assert await store.sessions.change(row.id) == expected
    assert await store.sessions.change(row.id, archived=False) == replace(expected, archived=False)
    with pytest.raises(NotFound):
        await store.sessions.change("nothing", title="x")


@pytest.mark.parametrize(
    ("title", "visibility", "code"),
    [("", "private", "bad_title"), ("a\nb", "lan", "bad_title"), ("a", "public", "bad_visibility")],
)
async def test_refused(store: Store, title: str, visibility: Any, code: str) -> None:
    """A title or visibility that cannot be is refused, new or changed."""
    ann = await store.account()
    with pytest.raises(Unprocessable) as caught:
        await store.sessions.create(title, visibility, ann.id)
    assert caught.value.code == code
    session = await store.session(ann)
    with pytest.raises(Unprocessable):
        await store.sessions.change(session, title=title, visibility=visibility)
    row = await store.sessions.get(session)
    assert row is not None
    assert row.title == "Parsers"


async def test_roles(store: Store) -> None:
    """A member's role is what it was last set to; who is no member has none."""
    ann, bob = await store.account("ann"), await store.account("bob")
    session = await store.session(ann)
    assert await store.sessions.role(session, bob.id) is None
    for role in ("viewer", "commenter", "editor", "owner"):
        await store.sessions.set_role(session, bob.id, role)
        assert await store.sessions.role(session, bob.id) == role
    assert await store.sessions.members(session) == [(ann, "owner"), (bob, "owner")]
    await store.sessions.remove(session, bob.id)
    assert await store.sessions.role(session, bob.id) is None
    with pytest.raises(NotFound):
        await store.sessions.remove(session, bob.id)


async def test_bad_roles(store: Store) -> None:
    """An unknown role, account or session is refused and changes nothing."""
    ann = await store.account()
    session = await store.session(ann)
    with pytest.raises(Unprocessable) as caught:
        await store.sessions.set_role(session, ann.id, "king")
    assert caught.value.code == "bad_role"
    for where, who in ((session, 99), ("nothing", ann.id)):
        with pytest.raises(NotFound):
            await store.sessions.set_role(where, who, "editor")
    assert await store.sessions.members(session) == [(ann, "owner")]


async def test_last_owner(store: Store) -> None:
    """The last owner cannot leave or step down until another one is there."""
    ann, bob = await store.account("ann"), await store.account("bob")
    session = await store.session(ann)
    await store.sessions.set_role(session, bob.id, "editor")
    for refused in (
        store.sessions.remove(session, ann.id),
        store.sessions.set_role(session, ann.id, "editor"),
    ):
        with pytest.raises(Conflict) as caught:
            await refused
        assert caught.value.code == "last_owner"
    await store.sessions.set_role(session, ann.id, "owner")
    await store.sessions.set_role(session, bob.id, "owner")
    await store.sessions.set_role(session, ann.id, "viewer")
    assert await store.sessions.members(session) == [(ann, "viewer"), (bob, "owner")]
    await store.sessions.remove(session, ann.id)


async def test_lan(store: Store) -> None:
    """Every account may look at a session that is open to the LAN, and members keep their roles in it."""
    ann, bob = await store.account("ann"), await store.account("bob")
    session = await store.session(ann)
    await store.sessions.change(session, visibility="lan")
    assert await store.sessions.role(session, bob.id) == "viewer"
    assert await store.sessions.role(session, ann.id) == "owner"
    assert await store.sessions.role("nothing", bob.id) is None
    assert await store.sessions.members(session) == [(ann, "owner")], "to look makes nobody a member"


async def test_of_account(store: Store) -> None:
    """The list has one's own sessions and those of the LAN, each once, the newest activity first."""
    ann, bob = await store.account("ann"), await store.account("bob")
    rows = [await store.sessions.create(title, "private", ann.id) for title in ("one", "two", "three")]
    open_one = await store.sessions.create("open", "lan", ann.id)
    await store.sessions.set_role(rows[1].id, bob.id, "editor")

    async def titles(account: int) -> list[tuple[str, str]]:
        return [(row.title, role) for row, role in await store.sessions.of_account(account)]

    assert await titles(bob.id) == [("open", "viewer"), ("two", "editor")]
    await store.chat.add(rows[0].id, ann.id, "hello")
    await store.journal.mark(rows[1].id, "commit", [])
    assert await titles(ann.id) == [("two", "owner"), ("one", "owner"), ("open", "owner"), ("three", "owner")]
    assert await titles(bob.id) == [("two", "editor"), ("open", "viewer")]
    await store.sessions.set_role(open_one.id, bob.id, "commenter")
    assert await titles(bob.id) == [("two", "editor"), ("open", "commenter")]


async def test_delete(store: Store) -> None:
    """A deleted session is gone with its members and chat; deleting it again says that there was none."""
    ann = await store.account()
    session = await store.session(ann)
    await store.chat.add(session, ann.id, "hello")
    assert await store.sessions.delete(session)
    assert not await store.sessions.delete(session)
    assert await store.sessions.get(session) is None
    assert await store.sessions.members(session) == []
    assert (await store.chat.page(session, 10)).messages == []
    assert await store.sessions.of_account(ann.id) == []
