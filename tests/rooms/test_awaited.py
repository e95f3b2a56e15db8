"""Who pushes as soon as they are answered is awaited, and not for long."""

from __future__ import annotations

import asyncio

from code_together.rooms.awaited import AT_ONCE_SECONDS, IN_A_ROW, Awaited
from code_together.rooms.connection import Connection
from tests.rooms.test_connection import Wire, connect


def nothing() -> None:
    pass


def at_once(awaited: Awaited, connection: Connection, times: int = IN_A_ROW) -> None:
    for _ in range(times):
        awaited.answered([connection])
        awaited.pushed([connection])


async def test_who_pushes_at_once_is_awaited() -> None:
    """RM13: who pushed at once some times in a row is awaited after the next answer, until the push is there."""
    ann, bob = connect(Wire()), connect(Wire())
    awaited = Awaited(nothing)
    at_once(awaited, ann)
    at_once(awaited, bob, IN_A_ROW - 1)
    assert not awaited.waits()
    awaited.answered([ann, bob])
    assert awaited.waits()
    awaited.pushed([bob])
    assert awaited.waits()
    awaited.pushed([ann])
    assert not awaited.waits()
    awaited.stop()


async def test_nobody_is_awaited_for_long() -> None:
    """RM13: who does not come in time holds nobody up a second time; a slow push counts as none."""
    ann = connect(Wire())
    over = asyncio.Event()
    awaited = Awaited(over.set)
    at_once(awaited, ann)
    awaited.answered([ann])
    assert awaited.waits()
    await over.wait()
    assert not awaited.waits()
    awaited.pushed([ann])
    awaited.answered([ann])
    assert not awaited.waits()
    at_once(awaited, ann)
    awaited.answered([ann])
    await asyncio.sleep(2 * AT_ONCE_SECONDS)
    awaited.pushed([ann])
    awaited.answered([ann])
    assert not awaited.waits()


async def test_the_transaction_ends_the_waiting() -> None:
    """RM13: once the turn is written nobody is awaited, and nothing is called later."""
    ann = connect(Wire())
    over = asyncio.Event()
    awaited = Awaited(over.set)
    at_once(awaited, ann)
    awaited.answered([ann])
    assert awaited.waits()
    awaited.stop()
    assert not awaited.waits()
    await asyncio.sleep(2 * AT_ONCE_SECONDS)
    assert not over.is_set()
