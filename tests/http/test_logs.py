from __future__ import annotations

import json
import logging
import sys

from aiohttp.http_exceptions import BadStatusLine

from code_together.http.logs import JsonLines


def line(message: str, *args: object, **more: object) -> dict[str, object]:
    try:
        raise more.pop("error", None) or KeyError("k")
    except Exception:
        caught = sys.exc_info()
    record = logging.LogRecord("x", logging.INFO, "f", 1, message, args, caught)
    for name, value in more.items():
        setattr(record, name, value)
    text = JsonLines().format(record)
    assert "\n" not in text
    assert "\x1b" not in text
    parsed: dict[str, object] = json.loads(text)
    return parsed


def test_one_line_an_event() -> None:
    """L1: whatever is in a message, an event is one line of JSON, without control characters."""
    parsed = line("user %s", "x\n2026 INFO ok\x1b[31m", fields={"session": "abc"})
    assert parsed["event"] == "user x\n2026 INFO ok\x1b[31m"
    assert (parsed["level"], parsed["session"]) == ("info", "abc")
    assert "KeyError" in str(parsed["error"])


def test_no_part_of_a_request_that_cannot_be_read() -> None:
    """L2: the error of a request that is no HTTP repeats the request; the log does not."""
    assert line("error", error=BadStatusLine("Authorization: secret"))["error"] == "BadStatusLine"
