"""What is measured: how many people are in how many rooms, and how they type."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """`people` are in each of `rooms` rooms, and `typing` of them type `keys` characters a second each.

    `keys` 0: each types the next character when the last one is acknowledged. `traced`: the edits are those of a recorded trace, in a text
    that is empty at first. `units` is the length of the text at the start; `seconds` is measured after `warm_up` seconds of the same work.
    `joins`: how many people come in one after the other at the end.
    """

    name: str
    people: int
    typing: int
    keys: float
    rooms: int = 1
    units: int = 3_000
    traced: bool = False
    joins: int = 0
    seconds: float = 10.0
    warm_up: float = 2.0


WORKS = {
    work.name: work
    for work in (
        Work("room-250", people=250, typing=32, keys=10),
        Work("room-100", people=100, typing=32, keys=10),
        Work("loop-8", people=8, typing=8, keys=0),
        Work("loop-32", people=32, typing=32, keys=0),
        Work("long-text", people=8, typing=8, keys=10, units=9_990_000),
        Work("trace", people=2, typing=1, keys=0, units=0, traced=True, joins=20, warm_up=1.0),
        Work("join", people=2, typing=1, keys=1, units=105_000, joins=100, seconds=2.0),
        Work("rooms-1000", people=2, typing=2, keys=1, rooms=1_000),
    )
}
