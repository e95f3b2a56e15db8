from __future__ import annotations

import asyncio
import contextlib

import pytest

from code_together.config import Settings
from code_together.errors import NotLoggedIn, TooFast
from code_together.http.throttle import LoginThrottle, Throttle, counted


async def fail(throttle: LoginThrottle, name: str, address: str) -> None:
    with contextlib.suppress(NotLoggedIn):
        async with throttle.attempt(name, address):
            await asyncio.sleep(0.01)
            raise NotLoggedIn("wrong")


def test_counts_in_windows() -> None:
    """A key has its amount in a window, and again in the next; other keys have theirs."""
    throttle = Throttle(2, 1, "Too many.")
    for _ in range(2):
        throttle.check("a")
        throttle.count("a")
    with pytest.raises(TooFast, match=r"Too many\. Try again in 1 s\.") as refused:
        throttle.check("a")
    assert refused.value.retry_after == 1
    throttle.check("b")


async def test_attempts_at_once() -> None:
    """AC5: a hundred attempts for one name at the same moment are no more than its limit."""
    throttle = LoginThrottle(Settings(login_attempts_per_account=5))
    outcomes = await asyncio.gather(
        *(fail(throttle, "ann", f"10.0.0.{number}") for number in range(100)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 5
    assert sum(isinstance(outcome, TooFast) for outcome in outcomes) == 95


async def test_attempts_at_once_from_an_address() -> None:
    """AC5: nor are those for a hundred names from one address; attempts under way count until they end well."""
    throttle = LoginThrottle(Settings(login_attempts_per_address=5))
    outcomes = await asyncio.gather(
        *(fail(throttle, f"n{number}", "10.0.0.1") for number in range(100)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 5
    for _ in range(10):
        async with throttle.attempt("ann", "10.0.0.2"):
            pass


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_addresses(address: str, key: str) -> None:
    """An IPv6 client is counted by its /64, of which it has every address; IPv4 in IPv6 is IPv4."""
    assert counted(address) == key
