"""Nothing is said before it is durable, and everything in its order."""

from __future__ import annotations

import asyncio
import json
from asyncio import Future

import pytest

from code_together.ot.change import ChangeSet
from code_together.rooms.turn import Outbox, Turn
from code_together.session.document import Update


class Reader:
    """What a turn knows of a connection: it takes frames."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.pushing = {7}

    def send(self, frame: bytes, *, asked_for: bool = False) -> None:
        self.frames.append(frame)


def nothing(turn: Turn) -> None:
    pass


def update(version: int) -> Update:
    return Update(version, "c", version, 1, 1000 + version, ChangeSet.identity(3))


def say(reader: Reader, text: bytes, durable: Future[int | None] | None = None) -> Turn:
    turn = Turn(durable=durable)
    turn.say([reader], text)  # type: ignore[list-item]
    return turn


async def test_nothing_before_it_is_durable() -> None:
    """JR1: a turn's messages wait for its transaction, and later turns for it, also those that write nothing."""
    reader, failures = Reader(), list[BaseException]()
    outbox = Outbox(failures.append, nothing)
    first: Future[int | None] = Future()
    outbox.put(say(reader, b"1", first))
    outbox.put(say(reader, b"2"))
    second: Future[int | None] = Future()
    outbox.put(say(reader, b"3", second))
    second.set_result(None)
    await asyncio.sleep(0.01)
    assert reader.frames == []
    assert outbox.under_way == 2
    waiting = asyncio.create_task(outbox.all_durable())
    await asyncio.sleep(0)
    assert not waiting.done()
    first.set_result(None)
    await waiting
    assert reader.frames == [b"1", b"2", b"3"]
    assert outbox.under_way == 0
    assert failures == []


async def test_a_failed_transaction() -> None:
    """JR3: when a transaction fails nothing of it or after it is said, and whoever waits hears of it."""
    reader, failures = Reader(), list[BaseException]()
    outbox = Outbox(failures.append, nothing)
    first: Future[int | None] = Future()
    outbox.put(say(reader, b"1", first))
    outbox.put(say(reader, b"2"))
    waiting = asyncio.create_task(outbox.all_durable())
    await asyncio.sleep(0)
    first.set_exception(OSError("disk full"))
    await asyncio.sleep(0.01)
    assert [str(error) for error in failures] == ["disk full"]
    outbox.abandon(failures[0])
    with pytest.raises(OSError, match="disk full"):
        await waiting
    assert reader.frames == []


async def test_one_message_a_turn() -> None:
    """RM2: all updates of a document that a turn accepted go out as one message, from the version before the first."""
    reader, turn = Reader(), Turn()
    turn.accept(7, [update(4), update(5)], "ann")
    turn.accept(7, [update(6)], "bob")
    turn.say_updates(7, [reader])  # type: ignore[list-item]
    turn.say_updates(7, [reader])  # type: ignore[list-item]
    Outbox(lambda _: None, nothing).put(turn)
    (frame,) = reader.frames
    message = json.loads(frame)
    assert (message["version"], [(u["seq"], u["by"]) for u in message["updates"]]) == (
        3,
        [(4, "ann"), (5, "ann"), (6, "bob")],
    )
    assert [(e.document, e.version, e.at) for e in turn.entries] == [(7, 4, 1004), (7, 5, 1005), (7, 6, 1006)]


async def test_a_push_is_answered_with_its_turn() -> None:
    """A push counts as under way until its turn is said."""
    reader, turn = Reader(), Turn()
    turn.answered.append((reader, 7))  # type: ignore[arg-type]
    turn.durable = Future()
    outbox = Outbox(lambda _: None, nothing)
    outbox.put(turn)
    assert reader.pushing == {7}
    turn.durable.set_result(None)
    await outbox.all_durable()
    assert reader.pushing == set()


async def test_the_next_turn_is_written_before_the_last_is_said() -> None:
    """JR2: the disk is not idle while people are told; and what is put then is still said after it."""
    reader, second = Reader(), Future[int | None]()
    second.set_result(None)
    said_when_written: list[list[bytes]] = []

    def written(turn: Turn) -> None:
        said_when_written.append(list(reader.frames))
        if len(said_when_written) == 1:
            outbox.put(say(reader, b"2", second))

    outbox = Outbox(lambda _: None, written)
    first: Future[int | None] = Future()
    outbox.put(say(reader, b"1", first))
    first.set_result(None)
    await outbox.all_durable()
    assert said_when_written == [[], [b"1"]]
    assert reader.frames == [b"1", b"2"]
