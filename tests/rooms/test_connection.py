"""A connection's bounded queue and its one writer."""

from __future__ import annotations

import asyncio
import json

from code_together.errors import NotAllowed
from code_together.rooms.connection import Connection, Person


class Wire:
    """A transport whose reader reads only when it is let."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.reading = asyncio.Event()
        self.reading.set()
        self.ended: tuple[int, str] | None = None
        self.aborted = False

    @property
    def congested(self) -> bool:
        return not self.reading.is_set()

    def write(self, message: bytes) -> None:
        self.sent.append(message)

    async def drain(self) -> None:
        await self.reading.wait()

    async def close(self, code: int, reason: str) -> None:
        self.ended = (code, reason)

    def abort(self) -> None:
        self.aborted = True
        self.reading.set()


def connect(wire: Wire, queue_bytes: int = 100, queue_seconds: float = 10.0) -> Connection:
    person = Person(1, "ann", "Ann", 1)
    return Connection(wire, person, "editor", queue_bytes=queue_bytes, queue_seconds=queue_seconds)


async def test_frames_go_out_in_order() -> None:
    """RM3: what is sent goes out in its order, and `send` never waits."""
    wire = Wire()
    connection = connect(wire)
    for i in range(5):
        connection.send(b"%d" % i)
    connection.end(1000, "bye")
    await connection.ended()
    assert wire.sent == [b"0", b"1", b"2", b"3", b"4"]
    assert wire.ended == (1000, "bye")
    connection.send(b"late")
    assert len(wire.sent) == 5


async def test_an_error_is_told_before_the_end() -> None:
    """RM5: a fatal error is said, then the connection is closed with its code."""
    wire = Wire()
    connection = connect(wire, queue_bytes=1000)
    connection.fail(NotAllowed("You are no longer a member.", code="removed"), doc=3)
    await connection.ended()
    assert json.loads(wire.sent[0]) == {
        "type": "error",
        "code": "removed",
        "message": "You are no longer a member.",
        "fatal": True,
        "doc": 3,
    }
    assert wire.ended == (4403, "removed")


async def test_a_reader_that_falls_behind_by_bytes() -> None:
    """RM3: more bytes in the queue than it holds, and the reader is dropped."""
    wire = Wire()
    wire.reading.clear()
    connection = connect(wire, queue_bytes=100)
    for _ in range(3):
        connection.send(b"x" * 40)
        await asyncio.sleep(0)
    assert not wire.aborted
    connection.send(b"x" * 40)
    assert (wire.aborted, connection.closed) == (True, True)
    await connection.ended()


async def test_a_reader_that_falls_behind_by_time() -> None:
    """RM3: the oldest frame waits too long, and the reader is dropped, however little it is."""
    wire = Wire()
    wire.reading.clear()
    connection = connect(wire, queue_seconds=0.05)
    connection.send(b"a")
    await asyncio.sleep(0)
    connection.send(b"b")
    await asyncio.sleep(0.08)
    connection.send(b"c")
    assert wire.aborted
    await connection.ended()


async def test_a_long_text_that_was_asked_for() -> None:
    """RM3: the text of a long document is no falling behind; who asks for more than it reads is held back."""
    wire = Wire()
    wire.reading.clear()
    connection = connect(wire, queue_bytes=100)
    connection.send(b"x" * 1000, asked_for=True)
    connection.send(b"update")
    await asyncio.sleep(0)
    assert not wire.aborted
    held = asyncio.create_task(connection.ready())
    await asyncio.sleep(0.01)
    assert not held.done()
    wire.reading.set()
    await asyncio.wait_for(held, 1)
    connection.end(1000, "")
    await connection.ended()
    assert [len(frame) for frame in wire.sent] == [1000, 6]


async def test_a_line_that_is_lost_while_texts_wait() -> None:
    """RM3: who waits for the reader of a lost line is let go, and nothing more is queued for it."""

    class Lost(Wire):
        async def drain(self) -> None:
            await super().drain()
            raise ConnectionResetError

    wire = Lost()
    wire.reading.clear()
    connection = connect(wire, queue_bytes=100)
    for _ in range(3):
        connection.send(b"x" * 1000, asked_for=True)
    held = asyncio.create_task(connection.ready())
    await asyncio.sleep(0.01)
    assert not held.done()
    wire.reading.set()
    await asyncio.wait_for(held, 1)
    assert connection.closed
    connection.send(b"late")
    connection.end(1000, "")
    await asyncio.wait_for(connection.ended(), 1)
    assert [len(frame) for frame in wire.sent] == [1000]
    assert wire.ended is None
