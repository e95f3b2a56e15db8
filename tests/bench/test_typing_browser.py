"""Reading the browser's own trace."""

from __future__ import annotations

from typing import Any

from bench.typing_browser import DRAWN, TASK, frames

PAGE, OTHER = (1, 1), (2, 2)


def event(who: tuple[int, int], name: str, phase: str, at: int, **more: Any) -> dict[str, Any]:
    return {"pid": who[0], "tid": who[1], "name": name, "ph": phase, "ts": at, "args": {}, **more}


def task(who: tuple[int, int], at: int, took: int, cpu: int) -> dict[str, Any]:
    return event(who, TASK, "X", at, dur=took, tdur=cpu)


def test_a_frame_has_the_work_since_the_last_one() -> None:
    """What was long before, and what other pages do, is not a frame's."""
    events = [
        *(event(who, "thread_name", "M", 0) | {"args": {"name": "CrRendererMain"}} for who in (PAGE, OTHER)),
        task(PAGE, 1_000, 500, 400),
        task(PAGE, 98_000, 2_000, 1_500),
        task(PAGE, 100_000, 6_000, 5_000),
        event(PAGE, DRAWN, "b", 103_000),
        event(PAGE, DRAWN, "e", 105_000),
        task(PAGE, 110_000, 1_000, 1_000),
        event(PAGE, DRAWN, "b", 110_500),
        task(OTHER, 110_000, 9_000, 3_000),
        event(OTHER, DRAWN, "b", 110_500),
    ]
    assert frames(events) == [(8.0, 6.5), (1.0, 1.0)]
