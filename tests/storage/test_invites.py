"""Invites."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from code_together.errors import Conflict, NotFound, Unprocessable
from code_together.storage.accounts import Account
from code_together.storage.database import Database
from code_together.storage.invites import CODE_LETTERS, Invites, NewInvite, is_code

from .conftest import Store

HOUR = 3600.0


@dataclass(frozen=True)
class House:
    """Ann's session, and Bob and Cid, who are not in it."""

    store: Store
    session: str
    ann: Account
    bob: Account
    cid: Account

    @property
    def invites(self) -> Invites:
        return self.store.invites

    async def invite(
        self, role: str = "editor", hours: float | None = None, uses: int | None = None
    ) -> NewInvite:
        return await self.invites.create(self.session, self.ann.id, role, hours, uses)

    async def role(self, account: Account) -> str | None:
        return await self.store.sessions.role(self.session, account.id)

    async def refusal(self, secret: str, account: Account) -> tuple[str, str]:
        """Accepting is refused and changes nothing: (code, sentence)."""
        before = await self.role(account), await self.invites.list(self.session)
        with pytest.raises(NotFound) as caught:
            await self.invites.accept(secret, account.id)
        assert (await self.role(account), await self.invites.list(self.session)) == before
        return caught.value.code, caught.value.message


@pytest.fixture
async def house(store: Store) -> House:
    ann, bob, cid = [await store.account(name) for name in ("ann", "bob", "cid")]
    return House(store, await store.session(ann), ann, bob, cid)


async def test_create_and_accept(house: House) -> None:
    """An invite makes a member with its role; its use is counted."""
    made = await house.invite("commenter", hours=2, uses=5)
    now = house.store.clock.now
    assert (made.invite.role, made.invite.uses, made.invite.state) == ("commenter", 0, "open")
    assert (made.invite.created_at, made.invite.expires_at) == (now, now + 2 * HOUR)
    invite, title = await house.invites.look(made.token)
    assert (invite, title, invite.maker) == (made.invite, "Parsers", house.ann)
    accepted = await house.invites.accept(made.token, house.bob.id)
    assert (accepted.session, accepted.title, accepted.role) == (house.session, "Parsers", "commenter")
    assert await house.role(house.bob) == "commenter"
    assert [invite.uses for invite in await house.invites.list(house.session)] == [1]


async def test_only_hashes_are_kept(house: House, tmp_path: Path) -> None:
    """IN1: neither the token nor the code is anywhere in the data folder, nor in a list of invites."""
    made = await house.invite()
    await house.invites.accept(made.token, house.bob.id)
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert b"commenter" in kept
    for secret in (made.token, made.code, made.code.replace("-", "")):
        assert secret.encode() not in kept
        assert secret not in repr(await house.invites.list(house.session))


async def test_secrets(house: House) -> None:
    """IN1: a token has 128 random bits; a code is three groups of letters that cannot be mistaken for others."""
    made = [await house.invite() for _ in range(20)]
    assert len({new.token for new in made} | {new.code for new in made}) == 40
    for new in made:
        assert re.fullmatch(r"[\w-]{22}", new.token)
        assert re.fullmatch(rf"([{CODE_LETTERS}]{{3}}-){{2}}[{CODE_LETTERS}]{{3}}", new.code)
        assert is_code(new.code)
        assert not is_code(new.token)
    assert not set(CODE_LETTERS) & set("AEIOUL0123456789")


@pytest.mark.parametrize("write", ["{}-{}-{}", "{} {} {}", "{}{}{}", " {}.{} - {} ", "{}\u2013{}\u2014{}"])
async def test_a_code_as_people_write_it(house: House, write: str) -> None:
    """The same invite is found by its code, however it is spaced and in small letters too."""
    made = await house.invite("viewer")
    text = write.format(*made.code.split("-"))
    await house.invites.accept(text.lower(), house.bob.id)
    await house.invites.accept(text, house.cid.id)
    assert await house.role(house.bob) == await house.role(house.cid) == "viewer"
    assert [invite.uses for invite in await house.invites.list(house.session)] == [2]


@pytest.mark.parametrize("secret", ["", "x", "\ud800", "BCD-FGH-JKM", "B" * 10_000, "'; DROP TABLE invites"])
async def test_unknown(house: House, secret: str) -> None:
    """What stands for no invite is refused, and nothing is changed."""
    await house.invite()
    assert (await house.refusal(secret, house.bob))[0] == "no_such_invite"
    with pytest.raises(NotFound):
        await house.invites.look(secret)


async def test_expiry(house: House) -> None:
    """A13: after its time an invite is gone, also for those who came by it."""
    made = await house.invite(hours=1)
    await house.invites.accept(made.token, house.bob.id)
    house.store.clock.now += HOUR - 1
    await house.invites.look(made.token)
    house.store.clock.now += 1
    for account in (house.bob, house.cid):
        code, sentence = await house.refusal(made.token, account)
        assert (code, "time" in sentence) == ("invite_gone", True)
    assert [invite.state for invite in await house.invites.list(house.session)] == ["expired"]
    assert await house.role(house.bob) == "editor"


async def test_a_code_is_short_lived(house: House) -> None:
    """IN7: a code ends before its link does, and with its link."""
    made = await house.invite()
    house.store.clock.now += 60 * 60 - 1
    await house.invites.look(made.code)
    house.store.clock.now += 1
    assert (await house.refusal(made.code, house.bob))[0] == "no_such_invite"
    await house.invites.look(made.token)
    brief = await house.invite(hours=0.1)
    house.store.clock.now += 0.1 * HOUR
    assert (await house.refusal(brief.code, house.bob))[0] == "invite_gone"


async def test_ended(house: House) -> None:
    """A13: an invite that was ended is gone at once, by link and by code, and out of the list."""
    made = await house.invite()
    assert await house.invites.end(house.session, made.invite.id)
    assert not await house.invites.end(house.session, made.invite.id)
    for secret in (made.token, made.code):
        code, sentence = await house.refusal(secret, house.bob)
        assert (code, "ended" in sentence) == ("invite_gone", True)
    assert await house.invites.list(house.session) == []


async def test_used_up(house: House) -> None:
    """A13: after its last use an invite is gone for everyone else."""
    made = await house.invite(uses=1)
    await house.invites.accept(made.token, house.bob.id)
    code, sentence = await house.refusal(made.token, house.cid)
    assert (code, "used" in sentence) == ("invite_gone", True)
    assert [invite.state for invite in await house.invites.list(house.session)] == ["used_up"]


async def test_again(house: House) -> None:
    """IN4: who came by an invite may ask again, as after an answer that was lost; it takes no second seat."""
    made = await house.invite(uses=1)
    first = await house.invites.accept(made.token, house.bob.id)
    assert first.new
    assert await house.invites.accept(made.token, house.bob.id) == dataclasses.replace(first, new=False)
    assert [invite.uses for invite in await house.invites.list(house.session)] == [1]


async def test_an_invite_lets_in_once(house: House) -> None:
    """IN4: who was removed does not come back by the invite, and who was given a lower role keeps it."""
    made = await house.invite("editor")
    await house.invites.accept(made.token, house.bob.id)
    await house.store.sessions.set_role(house.session, house.bob.id, "viewer")
    assert (await house.invites.accept(made.token, house.bob.id)).role == "viewer"
    assert await house.role(house.bob) == "viewer"
    await house.store.sessions.remove(house.session, house.bob.id)
    assert (await house.refusal(made.token, house.bob))[0] == "invite_gone"


async def test_a_role_is_never_lowered(house: House) -> None:
    """IN4: accepting keeps a role that is as good or better, takes no seat then, and raises a lower one."""
    reading = await house.invite("viewer", uses=1)
    assert (await house.invites.accept(reading.token, house.ann.id)).role == "owner"
    await house.store.sessions.set_role(house.session, house.bob.id, "editor")
    assert (await house.invites.accept(reading.token, house.bob.id)).role == "editor"
    await house.invites.accept(reading.token, house.cid.id)
    writing = await house.invite("editor")
    assert (await house.invites.accept(writing.token, house.cid.id)).role == "editor"
    assert await house.role(house.cid) == "editor"
    assert [invite.uses for invite in await house.invites.list(house.session)] == [1, 1]


@pytest.mark.parametrize("fall", ["lowered", "removed", "disabled"])
async def test_an_invite_speaks_for_its_maker(house: House, fall: str) -> None:
    """IN5: who is no owner any more has no invites that work, and cannot come back by one."""
    made = await house.invite("owner")
    await house.store.sessions.set_role(house.session, house.bob.id, "owner")
    if fall == "lowered":
        await house.store.sessions.set_role(house.session, house.ann.id, "viewer")
    elif fall == "removed":
        await house.store.sessions.remove(house.session, house.ann.id)
    else:
        await house.store.accounts.disable(house.ann.id)
    for account in (house.cid, house.ann):
        assert (await house.refusal(made.token, account))[0] == "invite_gone"
    assert await house.invites.list(house.session) == []


@pytest.fixture
def beside(database: Database, tmp_path: Path) -> Iterator[Database]:
    """A second writer on the same database, with a thread of its own."""
    beside = Database.open_beside(tmp_path / "data")
    yield beside
    beside.close()


async def test_two_at_once_for_the_last_seat(house: House, beside: Database) -> None:
    """IN3: whoever and however many try at once, in one server or beside it, just the seats are taken."""
    accounts = [await house.store.account(f"p{i}") for i in range(12)]
    other = Invites(beside, house.store.settings, house.store.clock)
    for seats in (1, 2, 5) * 4:
        made = await house.invite("viewer", uses=seats)
        results = await asyncio.gather(
            *((house.invites, other)[i % 2].accept(made.token, a.id) for i, a in enumerate(accounts)),
            return_exceptions=True,
        )
        won = [a for a, result in zip(accounts, results, strict=True) if not isinstance(result, Exception)]
        assert {type(r) for r in results if isinstance(r, Exception)} == {NotFound}
        assert len(won) == seats
        members = {account.id for account, _ in await house.store.sessions.members(house.session)}
        assert members == {house.ann.id, *(account.id for account in won)}
        assert (await house.invites.list(house.session))[0].uses == seats
        for account in won:
            await house.store.sessions.remove(house.session, account.id)


async def test_sign_up_takes_the_seat_or_nothing(house: House) -> None:
    """IN6: an account and its seat are made together; where there is no seat there is no account."""
    made = await house.invite(uses=1)

    async def sign_up(name: str) -> Account:
        return await house.store.accounts.create(
            name,
            "correct horse",
            also=lambda connection, account: house.invites.take(connection, made.token, account),
        )

    results = await asyncio.gather(*(sign_up(f"n{i}") for i in range(4)), return_exceptions=True)
    new = [result for result in results if isinstance(result, Account)]
    assert [await house.role(account) for account in new] == ["editor"]
    assert {account.name for account in await house.store.accounts.all()} == {
        *("ann", "bob", "cid"),
        new[0].name,
    }


async def test_foreign_session(house: House) -> None:
    """An invite is listed and ended in its own session alone, and goes with it."""
    other = await house.store.session(house.bob)
    made = await house.invite()
    assert await house.invites.list(other) == []
    assert not await house.invites.end(other, made.invite.id)
    await house.invites.look(made.token)
    await house.store.sessions.delete(house.session)
    with pytest.raises(NotFound) as caught:
        await house.invites.look(made.token)
    assert caught.value.code == "no_such_invite"


async def test_how_many(house: House) -> None:
    """A session has so many open invites and no more; ended and expired ones do not count, and are forgotten in time."""
    for hours in [1, *[None] * 99]:
        last = await house.invite(hours=hours)
    with pytest.raises(Conflict) as caught:
        await house.invite()
    assert caught.value.code == "too_many_invites"
    await house.invites.end(house.session, last.invite.id)
    house.store.clock.now += HOUR
    await house.invite()
    await house.invite()
    house.store.clock.now += 31 * 24 * HOUR
    await house.invites.end(house.session, (await house.invites.list(house.session))[0].id)
    await house.invite()
    (count,) = await house.store.database.read(
        lambda connection: connection.execute("SELECT count(*) FROM invites").fetchone()
    )
    assert count == 98 + 2 + 1


@pytest.mark.parametrize(
    ("role", "hours", "uses", "code"),
    [
        ("admin", None, None, "bad_role"),
        ("editor", 0, None, "bad_expiry"),
        ("editor", -1, None, "bad_expiry"),
        ("editor", 8761, None, "bad_expiry"),
        ("editor", math.nan, None, "bad_expiry"),
        ("editor", math.inf, None, "bad_expiry"),
        ("editor", None, 0, "bad_uses"),
        ("editor", None, -1, "bad_uses"),
        ("editor", None, 100_001, "bad_uses"),
    ],
)
async def test_refused(house: House, role: str, hours: float | None, uses: int | None, code: str) -> None:
    """A role, end or number of uses that cannot be is refused by its own code."""
    with pytest.raises(Unprocessable) as caught:
        await house.invite(role, hours, uses)
    assert caught.value.code == code
    assert await house.invites.list(house.session) == []


async def test_a_visitor_becomes_a_member(house: House) -> None:
    """IN4: who may look anyway, where everyone may, is a member after accepting, and removed not one any more."""
    await house.store.sessions.change(house.session, visibility="lan")
    made = await house.invite("viewer")
    assert (await house.invites.accept(made.token, house.bob.id)).role == "viewer"
    assert len(await house.store.sessions.members(house.session)) == 2
    await house.store.sessions.remove(house.session, house.bob.id)
    assert (await house.refusal(made.token, house.bob))[0] == "invite_gone"
