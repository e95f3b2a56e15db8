"""WebSocket frames of messages that many people get (RFC 6455, section 5.2): built once, the same bytes for everyone."""

from __future__ import annotations

from struct import pack
from typing import Final

_WHOLE_TEXT: Final = 0x81  # FIN and the opcode for text; a server masks nothing

_message = _frame = b""


def text_frame(message: bytes) -> bytes:
    """The frame of a text message, UTF-8 encoded. The last one is kept: it is asked for once for each receiver."""
    global _message, _frame
    if message is not _message:
        length = len(message)
        if length < 126:
            head = pack("!BB", _WHOLE_TEXT, length)
        elif length < 1 << 16:
            head = pack("!BBH", _WHOLE_TEXT, 126, length)
        else:
            head = pack("!BBQ", _WHOLE_TEXT, 127, length)
        _message, _frame = message, head + message
    return _frame
