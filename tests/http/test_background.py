"""What goes on beside the server."""

from __future__ import annotations

import asyncio

import pytest

from code_together.http.background import beside


async def test_it_ends_with_the_block() -> None:
    """The work goes on until the block ends, and has ended, cleaned up, when it does."""
    began, said = asyncio.Event(), list[str]()

    async def work() -> None:
        try:
            began.set()
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)
            said.append("ended")

    async with beside(work()):
        await began.wait()
        assert said == []
    assert said == ["ended"]


async def test_its_error_is_raised() -> None:
    """What the work raised is not lost."""

    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        async with beside(work()):
            await asyncio.sleep(0.01)


async def test_who_waits_can_be_cancelled() -> None:
    """Whoever is cancelled while the work ends is cancelled, and so is the work."""
    stopping, go = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            stopping.set()
            await go.wait()

    async def block() -> None:
        async with beside(work()):
            await asyncio.sleep(0)

    task = asyncio.create_task(block())
    await stopping.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go.set()
