"""Which passwords are taken, and that hashing them neither cuts nor floods."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable
from typing import Any, TypeVar

import bcrypt
import pytest
import zxcvbn

from code_together.config import Settings
from code_together.errors import TooFast, Unprocessable
from code_together.storage.passwords import Passwords

T = TypeVar("T")


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(Settings(bcrypt_cost=4))


@pytest.mark.parametrize(
    "password", ["correct horse", "ann-secret-1", "password-of-ann", "пароль на лето", "x7#kQ2!p"]
)
async def test_taken(passwords: Passwords, password: str) -> None:
    """Passwords that are not among the first tries are taken, and are right again."""
    kept = await passwords.hash(password, "ann")
    assert await passwords.verify(password, kept)
    assert not await passwords.verify(password + " ", kept)
    assert password not in kept


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("password", "first that anyone would try"),
        ("12345678", "first that anyone would try"),
        ("aaaaaaaa", "first that anyone would try"),
        ("qwertyuiop" * 3, "first that anyone would try"),
        ("7 chars", "has 7 characters; it needs at least 8"),
        ("", "has 0 characters; it needs at least 8"),
        ("Annabelle-1", "cannot be the account's name"),
    ],
)
async def test_weak(passwords: Passwords, password: str, sentence: str) -> None:
    """A weak password is refused with a sentence that says what would do."""
    with pytest.raises(Unprocessable, match=sentence) as caught:
        await passwords.hash(password, "annabelle-1")
    assert caught.value.code == "weak_password"


@pytest.mark.parametrize("password", ["x" * 1001, "half of a \ud83d pair"])
async def test_impossible(passwords: Passwords, password: str) -> None:
    """A password that is too long or is not text is refused as new, and is simply wrong at a log-in."""
    kept = await passwords.hash("correct horse", "ann")
    with pytest.raises(Unprocessable) as caught:
        await passwords.hash(password, "ann")
    assert caught.value.code == "bad_password"
    assert not await passwords.verify(password, kept)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("k" * 71 + "ab tail 1", "k" * 71 + "ab tail 2"),
        ("correct\0horse", "correct\0house"),
        ("😀" * 30 + "one", "😀" * 30 + "two"),
        ("пароль" * 20 + "один", "пароль" * 20 + "два!"),
        ("a b" * 333 + "c", "a b" * 333 + "d"),
    ],
)
async def test_nothing_is_cut(passwords: Passwords, right: str, wrong: str) -> None:
    """AC1: passwords that differ only after 72 bytes, or after a NUL, are different."""
    kept = await passwords.hash(right, "ann")
    assert await passwords.verify(right, kept)
    assert not await passwords.verify(wrong, kept)


async def test_scheme_is_marked(passwords: Passwords) -> None:
    """AC1: the column says how the hash was made; a scheme unknown to this program fits no password."""
    kept = await passwords.hash("correct horse", "ann")
    assert kept.startswith("sha256-bcrypt:$2b$04$")
    assert not await passwords.verify("correct horse", kept.removeprefix("sha256-bcrypt:"))
    assert not await passwords.verify("correct horse", "argon2:whatever")


async def test_salted(passwords: Passwords) -> None:
    """AC1: the same password twice gives different hashes."""
    assert await passwords.hash("correct horse", "ann") != await passwords.hash("correct horse", "bob")


async def test_unknown_name_takes_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """AC2: without an account the work is that of a wrong password: one comparison of as many rounds, with as many bytes."""
    passwords = Passwords(Settings(bcrypt_cost=5))
    kept = await passwords.hash("correct horse", "ann")
    await passwords.verify("once in a server's life", None)
    done: list[tuple[str, int, bytes]] = []
    compare, hash = bcrypt.checkpw, bcrypt.hashpw

    def seen_comparing(password: bytes, hashed: bytes) -> bool:
        done.append(("compare", len(password), hashed[:7]))
        return compare(password, hashed)

    def seen_hashing(password: bytes, salt: bytes) -> bytes:
        done.append(("hash", len(password), salt[:7]))
        return hash(password, salt)

    monkeypatch.setattr(bcrypt, "checkpw", seen_comparing)
    monkeypatch.setattr(bcrypt, "hashpw", seen_hashing)
    assert not await passwords.verify("wrong horse", kept)
    wrong = done.copy()
    done.clear()
    assert not await passwords.verify("wrong horse", None)
    assert done == wrong == [("compare", 44, b"$2b$05$")]


async def test_queue_is_bounded() -> None:
    """AC1: so many wait and no more; the next hears when to come again, and all is well when they are done."""
    passwords = Passwords(Settings(bcrypt_cost=4, password_queue=3))
    go = threading.Event()
    waiting = [asyncio.ensure_future(passwords._run(lambda: go.wait(10))) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(TooFast, match="Try again") as caught:
        await passwords.verify("correct horse", None)
    assert caught.value.retry_after > 0
    go.set()
    assert await asyncio.gather(*waiting) == [True] * 3
    assert not await passwords.verify("correct horse", None)


async def test_loop_is_free_meanwhile(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    """AC1: the event loop turns while passwords are hashed: here the hashing ends only when the loop has turned."""
    begun, turned = threading.Event(), threading.Event()
    hash, compare = bcrypt.hashpw, bcrypt.checkpw

    def wait() -> None:
        begun.set()
        assert turned.wait(60)

    monkeypatch.setattr(bcrypt, "hashpw", lambda password, salt: (wait(), hash(password, salt))[1])
    monkeypatch.setattr(bcrypt, "checkpw", lambda password, hashed: (wait(), compare(password, hashed))[1])

    async def meanwhile(work: Awaitable[T]) -> T:
        begun.clear()
        turned.clear()
        working = asyncio.ensure_future(work)
        while not begun.is_set():  # noqa: ASYNC110 -- another thread sets it
            await asyncio.sleep(0.001)
        assert not working.done()
        turned.set()
        return await working

    kept = await meanwhile(passwords.hash("correct horse", "ann"))
    assert await meanwhile(passwords.verify("correct horse", kept))


async def test_worst_case_of_judging_is_short(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords made to be slow to judge are not: the judge is never shown more than 32 characters."""
    judged = []
    judge = zxcvbn.zxcvbn

    def seen(password: str) -> Any:
        judged.append(len(password))
        return judge(password)

    monkeypatch.setattr(zxcvbn, "zxcvbn", seen)
    for length in (32, 33, 1000):
        await passwords.hash(("@4({<6931!|70$5+7%2" * 60)[:length], "ann")
    assert judged == [32]
