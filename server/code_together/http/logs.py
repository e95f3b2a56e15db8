"""The log: one JSON object a line on standard error.

What is logged is an event and the ids that belong to it: no passwords, tokens, cookies, query strings or texts.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

_REST_SECONDS = 60.0
_MOST_KINDS = 1_000


class Repeats(logging.Filter):
    """Lets a line through once a minute, however often it comes with the same event, fields and kind of error (OB6).

    The next line after that has in `repeated` how many were left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._until: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        fields = getattr(record, "fields", {})
        kind = record.exc_info[0] if record.exc_info else None
        key = repr((record.name, record.levelno, record.getMessage(), fields, kind))
        if record.created < self._until.get(key, 0.0):
            self._left_out[key] = self._left_out.get(key, 0) + 1
            return False
        if len(self._until) >= _MOST_KINDS:
            self._until = {key: until for key, until in self._until.items() if record.created < until}
            self._left_out = {key: count for key, count in self._left_out.items() if key in self._until}
        if len(self._until) < _MOST_KINDS:
            self._until[key] = record.created + _REST_SECONDS
        if count := self._left_out.pop(key, 0):
            record.fields = {**fields, "repeated": count}
        return True


class JsonLines(logging.Formatter):
    """Values given as `extra={"fields": {…}}` become fields of the line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = _describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True, default=repr)


def _describe(error: BaseException | None) -> str:
    if isinstance(error, HttpProcessingError | RequestPayloadError):
        return type(error).__name__  # its message repeats the request, which may hold a password or a token
    return "".join(traceback.format_exception(error))


def set_up_log(level: int = logging.INFO) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    handler.addFilter(Repeats())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
