"""When a window closes, and who stands first in it."""

from __future__ import annotations

import asyncio

from code_together.ot.change import ChangeSet
from code_together.rooms.windows import WindowClock, describe_window
from code_together.session.document import Document


async def test_a_pause_closes() -> None:
    """WN5: the window is due after a pause, counted from the last keystroke."""
    due: list[float] = []
    loop = asyncio.get_running_loop()
    clock = WindowClock(0.1, 10, lambda: due.append(loop.time()))
    begun = loop.time()
    for _ in range(5):
        clock.typed()
        assert clock.open
        await asyncio.sleep(0.04)
    assert due == []
    await asyncio.sleep(0.12)
    assert len(due) == 1
    assert due[0] - begun >= 0.16 + 0.1 - 0.02


async def test_the_longest_window() -> None:
    """WN5: the window is due after the longest time although people type on."""
    due: list[None] = []
    clock = WindowClock(0.1, 0.25, lambda: due.append(None))
    for _ in range(10):
        clock.typed()
        await asyncio.sleep(0.04)
    assert len(due) >= 1


async def test_closing_stops_the_clock() -> None:
    """WN5: a window that was closed is not due any more; the next keystroke opens another."""
    due: list[None] = []
    clock = WindowClock(0.03, 1, lambda: due.append(None))
    clock.typed()
    clock.close()
    assert not clock.open
    await asyncio.sleep(0.06)
    assert due == []
    clock.typed()
    await asyncio.sleep(0.06)
    assert len(due) == 1
    clock.stop()


def test_people_in_the_order_of_their_first_update() -> None:
    """WN4: over all documents of a window, who typed first stands first."""
    a, b = Document(1, "a", "utf-8", ""), Document(2, "b", "utf-8", "")
    insert = ChangeSet.from_json([[0, "x"]])
    a.push("c1", 10, 0, 1, [insert], at=500)
    b.push("c2", 20, 0, 1, [insert], at=400)
    a.push("c3", 30, 0, 1, [insert], at=600)
    accounts, described = describe_window([(a, 2, a.since(0)), (b, 1, b.since(0))])
    assert accounts == [20, 10, 30]
    assert [[index for index, _ in one.updates] for one in described] == [[1, 2], [0]]
    assert [(one.first_version, one.last_version, one.length) for one in described] == [(1, 2, 2), (1, 1, 1)]
