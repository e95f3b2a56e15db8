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
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
