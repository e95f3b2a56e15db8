"""Frames that are built once for everybody."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import WSMsgType
from aiohttp._websocket.writer import WebSocketWriter
from aiohttp.base_protocol import BaseProtocol

from code_together.http.frames import text_frame


class Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000])
async def test_frames_are_those_of_aiohttp(length: int) -> None:
    """RM2: the frame of a message is byte for byte what aiohttp's own writer sends for it."""
    message = b"x" * length
    wire = Wire()
    protocol = BaseProtocol(asyncio.get_running_loop())
    await WebSocketWriter(protocol, wire).send_frame(message, WSMsgType.TEXT)
    assert text_frame(message) == wire.written


def test_a_frame_is_built_once() -> None:
    """RM2: all receivers of a message get the same bytes."""
    message = b"x" * 500
    assert text_frame(message) is text_frame(message)
    assert text_frame(b"y") != text_frame(message)
