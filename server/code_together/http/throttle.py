"""Who tries too often waits: failed logins by name and by address, new accounts by address (AC5), codes (IN7).

The address is that of the connection, or what a trusted proxy says (`proxies`).
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from aiohttp import web
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from code_together.config import Settings
from code_together.errors import NotLoggedIn, TooFast
from code_together.http.proxies import client

MINUTE = 60
HOUR = 3600


class Throttle:
    """Counts events under keys, in windows of `seconds` that begin with a key's first event."""

    def __init__(self, amount: int, seconds: int, message: str) -> None:
        self.amount = amount
        self._limit = RateLimitItemPerSecond(amount, seconds)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._message = message

    def check(self, key: str, waiting: int = 0) -> None:
        """Raises `TooFast` when the key has had its amount, `waiting` attempts without an end yet included."""
        stats = self._limiter.get_window_stats(self._limit, key)
        if stats.remaining <= waiting:
            wait = max(1, math.ceil(stats.reset_time - time.time()))
            raise TooFast(f"{self._message} Try again in {wait} s.", retry_after=wait)

    def count(self, key: str) -> None:
        self._limiter.hit(self._limit, key)

    def take(self, key: str) -> None:
        """Counts one, or raises `TooFast`."""
        self.check(key)
        self.count(key)


class LoginThrottle:
    """Lets attempts to log in through, and counts those that fail."""

    def __init__(self, settings: Settings) -> None:
        self._names = Throttle(
            settings.login_attempts_per_account, MINUTE, "Too many failed logins for this name."
        )
        self._addresses = Throttle(
            settings.login_attempts_per_address, MINUTE, "Too many failed logins from your address."
        )
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def attempt(self, name: str, address: str) -> AsyncIterator[None]:
        """Around one check of a password: counts it if it ends in `NotLoggedIn`.

        Attempts for one name take turns, so that a hundred at once are not all let through before the first has
        failed. Raises `TooFast` when too many have.
        """
        name = name[:64]
        self._addresses.check(address, self._waiting[address])
        self._waiting[address] += 1
        try:
            async with self._turns.setdefault(name, asyncio.Lock()):
                self._names.check(name)
                try:
                    yield
                except NotLoggedIn:
                    self._names.count(name)
                    self._addresses.count(address)
                    raise
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]


class CodeThrottle:
    """Counts every short code that is tried, right or wrong: people need one or two, guessing needs very many."""

    def __init__(self, settings: Settings) -> None:
        self._accounts = Throttle(settings.invite_codes_per_account, MINUTE, "You have tried too many codes.")
        self._addresses = Throttle(
            settings.invite_codes_per_address, MINUTE, "Too many codes were tried from your address."
        )

    def count(self, account: int | None, address: str) -> None:
        """Raises `TooFast` when the account, where there is one, or the address has had its amount."""
        self._addresses.check(address)
        self._addresses.count(address)
        if account is not None:
            self._accounts.check(str(account))
            self._accounts.count(str(account))


def client_address(request: web.Request) -> str:
    """The address to count a request under."""
    return counted(client(request).address)


def counted(text: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one, since one machine has all of it; what is no address as it is."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


LOGIN_THROTTLE = web.AppKey("login_throttle", LoginThrottle)
CODE_THROTTLE = web.AppKey("code_throttle", CodeThrottle)
COMMENT_THROTTLE = web.AppKey("comment_throttle", Throttle)
CHAT_THROTTLE = web.AppKey("chat_throttle", Throttle)
ACCOUNT_THROTTLE = web.AppKey("account_throttle", Throttle)
