from __future__ import annotations

import json
import logging
import sys

import pytest
from aiohttp.http_exceptions import BadStatusLine

from code_together.http.logs import JsonLines, Repeats
from tests.conftest import Start


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


def test_repeats() -> None:
    """OB6: what comes again within a minute is left out and counted; another session, or another event, is another line."""
    repeats = Repeats()

    def passes(at: float, session: str = "a", event: str = "room failed") -> dict[str, object] | None:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, event, (), None)
        record.created = at
        record.fields = {"session": session}
        return record.__dict__["fields"] if repeats.filter(record) else None

    assert passes(0.0) == {"session": "a"}
    assert passes(0.1) is passes(59.0) is None
    assert passes(1.0, "b") == {"session": "b"}
    assert passes(1.0, event="other") == {"session": "a"}
    assert passes(60.5) == {"session": "a", "repeated": 2}
    assert passes(60.6) is None
    for number in range(3_000):
        assert passes(61.0, str(number))
    assert len(repeats._until) <= 1_000


async def test_failed_logins(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    """OB6, L2: a failed or throttled login is a warning with the address, and a name only where somebody has it."""
    server = await start(login_attempts_per_account=1)
    await server.sign_up("ann")
    browser = server.browser()
    for name in ("ann", "my-secret-password", "ann"):
        await browser.log_in(name, "wrong secret")
    said = [(r.getMessage(), r.__dict__["fields"]) for r in caplog.records if r.name.endswith(".login")]
    where = {"address": "127.0.0.1"}
    assert said == [
        ("login failed", {"account": "ann", **where}),
        ("login failed", {"account": None, **where}),
        ("login throttled", {"account": "ann", **where}),
    ]
    assert {r.levelname for r in caplog.records} == {"WARNING"}
