"""Who pushes as soon as they are answered is awaited, and not for long."""

from __future__ import annotations

import asyncio

from code_together.rooms.connection import Connection
from code_together.rooms.prompt import AT_ONCE_SECONDS, IN_A_ROW, Prompt
from tests.rooms.test_connection import Wire, connect


def nothing() -> None:
    pass


def at_once(prompt: Prompt, connection: Connection, times: int = IN_A_ROW) -> None:
    for _ in range(times):
        prompt.answered([connection])
        prompt.pushed([connection])


async def test_who_pushes_at_once_is_awaited() -> None:
    """RM13: who pushed at once some times in a row is awaited after the next answer, until the push is there."""
    ann, bob = connect(Wire()), connect(Wire())
    prompt = Prompt(nothing)
    at_once(prompt, ann)
    at_once(prompt, bob, IN_A_ROW - 1)
    assert not prompt.awaited()
    prompt.answered([ann, bob])
    assert prompt.awaited()
    prompt.pushed([bob])
    assert prompt.awaited()
    prompt.pushed([ann])
    assert not prompt.awaited()
    prompt.stop()


async def test_nobody_is_awaited_for_long() -> None:
    """RM13: who does not come in time holds nobody up a second time; a slow push counts as none."""
    ann = connect(Wire())
    over = asyncio.Event()
    prompt = Prompt(over.set)
    at_once(prompt, ann)
    prompt.answered([ann])
    assert prompt.awaited()
    await over.wait()
    assert not prompt.awaited()
    prompt.pushed([ann])
    prompt.answered([ann])
    assert not prompt.awaited()
    at_once(prompt, ann)
    prompt.answered([ann])
    await asyncio.sleep(2 * AT_ONCE_SECONDS)
    prompt.pushed([ann])
    prompt.answered([ann])
    assert not prompt.awaited()


async def test_the_transaction_ends_the_waiting() -> None:
    """RM13: once the turn is written nobody is awaited, and nothing is called later."""
    ann = connect(Wire())
    over = asyncio.Event()
    prompt = Prompt(over.set)
    at_once(prompt, ann)
    prompt.answered([ann])
    assert prompt.awaited()
    prompt.stop()
    assert not prompt.awaited()
    await asyncio.sleep(2 * AT_ONCE_SECONDS)
    assert not over.is_set()
