"""The load generator: a process of its own that is all the people of one work at once.

python -m bench.editing.load: takes the task as a line of JSON, says `measure`, `measured`, `join` and `joined` at these moments, and then the result.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.editing.codemirror import CodeMirror
from bench.editing.ours import Ours
from bench.editing.relay import Relay
from bench.editing.sharedb import ShareDB
from bench.editing.speaker import Patch, Speaker
from bench.editing.work import Work
from bench.editing.yjs import Hocuspocus, Yjs

SPEAKERS: dict[str, type[Speaker]] = {
    "ours": Ours,
    "codemirror": CodeMirror,
    "relay": Relay,
    "yjs": Yjs,
    "hocuspocus": Hocuspocus,
    "sharedb": ShareDB,
    "pycrdt-websocket": Yjs,
}

SAMPLED = 8
"""How many people's screens are watched for delays; of the others it is counted what arrives."""


@dataclass(frozen=True, slots=True)
class Result:
    """`cpu_share`: the generator's own share of its core. `p50` and `p99` are seconds from a key to another's screen (None: nobody was
    watched), `joins` from a connection's beginning to the text, `join_bytes` what came until then."""

    edits: int
    deliveries: int
    seconds: float
    p50: float | None
    p99: float | None
    cpu_share: float
    joins: list[float]
    join_bytes: int


class Seat(WSListener):  # type: ignore[misc, unused-ignore]
    """One person at their connection."""

    def __init__(self, room: Room, speaker: Speaker, typing: bool, keys: float) -> None:
        self.room = room
        self.speaker = speaker
        self.typing = typing
        self.keys = keys
        self.deliveries = 0
        self.bytes = 0
        self.waiting = 0
        self.kind = WSMsgType.BINARY if speaker.binary else WSMsgType.TEXT
        self.transport: WSTransport | None = None
        self.ready = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        for frame in self.speaker.greet():
            transport.send(self.kind, frame)
        if self.speaker.ready:
            self.ready.set_result(None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
            return
        if frame.msg_type == WSMsgType.CLOSE:
            self.room.errors.append(f"closed: {frame.get_close_code()}")
            transport.disconnect()
            return
        speaker = self.speaker
        own = speaker.own
        payload = frame.get_payload_as_bytes()
        self.deliveries += speaker.hear(payload)
        if speaker.heard:
            now = time.perf_counter()
            sent = self.room.sent
            if self.room.measuring:
                for key in speaker.heard:
                    if (at := sent.get(key)) is not None:
                        self.room.delays.append(now - at)
            speaker.heard.clear()
        if not self.ready.done():
            self.bytes += len(payload)
            if speaker.ready:
                self.ready.set_result(None)
        if self.typing and speaker.own != own and self.room.typing:
            if not self.keys:
                if speaker.own == speaker.sent:
                    self.type()
            elif self.waiting and speaker.own == speaker.sent:
                self.waiting -= 1
                self.type()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if self.room.typing:
            self.room.errors.append("disconnected")

    def type(self) -> None:
        speaker = self.speaker
        assert self.transport is not None
        if self.room.trace is None:
            frame = speaker.type()
        elif patch := next(self.room.trace, None):
            frame = speaker.edit(patch)
        else:
            self.room.ended.set()
            return
        self.room.sent[speaker.client, speaker.sent] = time.perf_counter()
        self.transport.send(self.kind, frame)

    def tick(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        if not self.room.typing:
            return
        due += 1 / self.keys
        loop.call_at(due, self.tick, loop, due)
        if self.speaker.own == self.speaker.sent:
            self.type()
        else:
            self.waiting += 1


class Room:
    """What the seats of one work share."""

    def __init__(self, trace: Iterator[Patch] | None) -> None:
        self.trace = trace
        self.ended = asyncio.Event()
        self.sent: dict[tuple[object, int], float] = {}
        self.delays: list[float] = []
        self.measuring = False
        self.typing = False
        self.errors: list[str] = []


async def run(work: Work, places: list[dict[str, Any]], speaks: str, trace: list[Patch]) -> Result:
    """`places` has for each connection its url, headers and path, room by room."""
    loop = asyncio.get_running_loop()
    room = Room(iter(trace) if work.traced else None)
    seats: list[Seat] = []
    watched = max(1, min(SAMPLED, work.people * work.rooms))
    every = len(places) // watched
    for number, place in enumerate(places):
        typing = number % work.people < work.typing
        seats.append(await _sit(room, work, place, speaks, typing, sampled=number % every == 0))
        if number % 50 == 49:
            await asyncio.gather(*(seat.ready for seat in seats))
    await asyncio.wait_for(asyncio.gather(*(seat.ready for seat in seats)), 120)
    room.typing = True
    typists = [seat for seat in seats if seat.typing]
    for seat in typists:
        if work.keys:
            due = loop.time() + random.random() / work.keys
            loop.call_at(due, seat.tick, loop, due)
        else:
            seat.type()
    await asyncio.sleep(work.warm_up)
    print("measure", flush=True)
    room.measuring = True
    begun, cpu = time.perf_counter(), _cpu()
    edits = sum(seat.speaker.own for seat in typists)
    deliveries = sum(seat.deliveries for seat in seats)
    with suppress(TimeoutError):
        await asyncio.wait_for(room.ended.wait(), work.seconds)
    seconds = time.perf_counter() - begun
    edits = sum(seat.speaker.own for seat in typists) - edits
    deliveries = sum(seat.deliveries for seat in seats) - deliveries
    cpu = _cpu() - cpu
    room.measuring = room.typing = False
    print("measured", flush=True)
    joins, size = await _join(room, work, places[0], speaks)
    if room.errors:
        raise RuntimeError(f"{len(room.errors)} connections failed, the first with: {room.errors[0]}")
    delays = sorted(room.delays)
    p50, p99 = (delays[int(len(delays) * part)] if delays else None for part in (0.5, 0.99))
    return Result(edits, deliveries, seconds, p50, p99, cpu / seconds, joins, size)


async def _sit(
    room: Room, work: Work, place: dict[str, Any], speaks: str, typing: bool, sampled: bool
) -> Seat:
    speaker = SPEAKERS[speaks](place["path"], work.units, typing, sampled)
    seat = Seat(room, speaker, typing, work.keys)
    await ws_connect(lambda: seat, place["url"], extra_headers=place["headers"], max_frame_size=2**27)
    return seat


async def _join(room: Room, work: Work, place: dict[str, Any], speaks: str) -> tuple[list[float], int]:
    if not work.joins:
        return [], 0
    await asyncio.sleep(0.5)
    print("join", flush=True)
    joins, size = [], 0
    for _ in range(work.joins):
        begun = time.perf_counter()
        seat = await _sit(room, work, place, speaks, typing=False, sampled=False)
        await asyncio.wait_for(seat.ready, 30)
        joins.append(time.perf_counter() - begun)
        size = seat.bytes
    print("joined", flush=True)
    return joins, size


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    task = json.loads(sys.stdin.readline())
    work = Work(**task["work"])
    result = uvloop.run(run(work, task["places"], task["speaks"], [tuple(patch) for patch in task["trace"]]))
    print(json.dumps(asdict(result)), flush=True)


if __name__ == "__main__":
    main()
