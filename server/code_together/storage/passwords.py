"""Passwords: what makes one acceptable, and the slow hashing of them outside the event loop (AC1, AC2)."""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import bcrypt

from code_together.config import Settings
from code_together.errors import TooFast, Unprocessable

T = TypeVar("T")

_SCHEME: Final = "sha256-bcrypt:"
"""Stands before every hash in the database, so that another scheme can take over later."""
_THREADS: Final = 2
_JUDGED: Final = 32
"""The longest password that is judged. Nobody tries longer ones first, and zxcvbn's time grows with the square
of the length: 0.2 s here, 2 s at 100 characters, for a text made to be slow.
"""


class Passwords:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="password")
        self._waiting = 0

    async def hash(self, password: str, name: str) -> str:
        """What to keep in the database for the password of the account `name`.

        Raises `Unprocessable` before any hashing, `bad_password` if it is too long or not text,
        `weak_password` if it is too short, the name itself, or among the first that anyone would try; and
        `TooFast` if too many wait already.
        """
        self._check(password, name)
        return await self._run(functools.partial(_judge_and_hash, password, self._settings.bcrypt_cost))

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether `kept` was made of this password; None (no such account) takes as long and is False."""
        if len(password) > self._settings.password_longest or not _is_text(password):
            return False  # no account can have it, whatever the name: no time to hide
        cost = self._settings.bcrypt_cost
        right = await self._run(lambda: _verify(password, _dummy(cost) if kept is None else kept))
        return right and kept is not None

    def _check(self, password: str, name: str) -> None:
        length, shortest, longest = (
            len(password),
            self._settings.password_shortest,
            self._settings.password_longest,
        )
        if length > longest:
            raise Unprocessable(
                f"The password has {length} characters; {longest} is the most.", code="bad_password"
            )
        if not _is_text(password):
            raise Unprocessable("The password holds half of a character; type it anew.", code="bad_password")
        if length < shortest:
            raise Unprocessable(
                f"The password has {length} characters; it needs at least {shortest}.", code="weak_password"
            )
        if password.casefold() == name.casefold():
            raise Unprocessable("The password cannot be the account's name.", code="weak_password")

    async def _run(self, work: Callable[[], T]) -> T:
        limit = self._settings.password_queue
        if self._waiting >= limit:
            raise TooFast(
                "The server has too many passwords to check at the moment. Try again in a few seconds.",
                retry_after=10,
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _judge_and_hash(password: str, cost: int) -> str:
    from zxcvbn import zxcvbn  # 20 ms and 5 MB of word lists, for whoever first chooses a password

    if len(password) <= _JUDGED and zxcvbn(password)["score"] == 0:
        raise Unprocessable(
            "This password is among the first that anyone would try. "
            "Take two or three words that do not belong together.",
            code="weak_password",
        )
    return _hash(password, cost)


def _hash(password: str, cost: int) -> str:
    return _SCHEME + bcrypt.hashpw(_digest(password), bcrypt.gensalt(cost)).decode("ascii")


def _verify(password: str, kept: str) -> bool:
    # a hash of a scheme that this program does not know fits no password
    return kept.startswith(_SCHEME) and bcrypt.checkpw(
        _digest(password), kept.removeprefix(_SCHEME).encode("ascii")
    )


def _digest(password: str) -> bytes:
    """44 bytes whatever the length: bcrypt takes 72 at the most, and the base64 keeps NUL bytes away from
    it.
    """
    return base64.b64encode(hashlib.sha256(password.encode("utf-8")).digest())


@functools.cache
def _dummy(cost: int) -> str:
    return _hash("", cost)


def _is_text(password: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in password)
