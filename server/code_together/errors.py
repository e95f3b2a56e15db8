"""Everything that can go wrong and that a person hears about.

One hierarchy. Each error has a snake_case `code` for programs, a `message` for people (what, where, what to do), an HTTP
`status` and a WebSocket `close_code`. It is translated in one place per transport: `http/middleware.py` makes the JSON body,
`rooms/connection.py` the live protocol's `error` message.

    CodeTogetherError
    ├── Malformed          400  4400   the input is not of the form that the contract gives
    │   └── BadChanges     400  4400   a ChangeSet, a version or a sequence of updates that cannot be
    ├── NotLoggedIn        401  4401
    ├── NotAllowed         403  4403
    ├── NotFound           404  4400   not there, or not yours to know of
    ├── Gone               410  4400   it was good once: used up, expired or taken back
    ├── Conflict           409  4409   it collides with what is there now
    ├── TooLarge           413  4413
    ├── Misdirected        421  4400   the Host is not one of this server's names
    ├── Unprocessable      422  4400   well-formed, but refused
    ├── TooFast            429  4429   with `retry_after` seconds
    └── Unavailable        503  4503   the server cannot do it safely now; nothing was changed
        └── Broken         503  4503   and somebody has to mend something: the log has a line of it
"""

from __future__ import annotations

from typing import Any, ClassVar


class CodeTogetherError(Exception):
    """Base of all; `code` may be narrowed by whoever raises it. `details` are extra public fields of the error body."""

    status: ClassVar[int] = 500
    close_code: ClassVar[int] = 4503
    default_code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.details = details


class Malformed(CodeTogetherError):
    status = 400
    close_code = 4400
    default_code = "malformed"


class BadChanges(Malformed):
    default_code = "bad_changes"


class NotLoggedIn(CodeTogetherError):
    status = 401
    close_code = 4401
    default_code = "not_logged_in"


class NotAllowed(CodeTogetherError):
    status = 403
    close_code = 4403
    default_code = "not_allowed"


class NotFound(CodeTogetherError):
    status = 404
    close_code = 4400
    default_code = "not_found"


class Conflict(CodeTogetherError):
    status = 409
    close_code = 4409
    default_code = "conflict"


class Gone(CodeTogetherError):
    status = 410
    close_code = 4400
    default_code = "gone"


class TooLarge(CodeTogetherError):
    status = 413
    close_code = 4413
    default_code = "too_large"


class Misdirected(CodeTogetherError):
    status = 421
    close_code = 4400
    default_code = "unknown_host"


class Unprocessable(CodeTogetherError):
    status = 422
    close_code = 4400
    default_code = "unprocessable"


class TooFast(CodeTogetherError):
    status = 429
    close_code = 4429
    default_code = "too_fast"

    def __init__(self, message: str, *, retry_after: int = 1, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class Unavailable(CodeTogetherError):
    status = 503
    close_code = 4503
    default_code = "unavailable"


class Broken(Unavailable):
    """`why` is for the log alone: whoever brings this out of a worker process, or makes it in the server's own, writes the line."""

    default_code = "broken"

    def __init__(self, message: str, *, code: str | None = None, why: str = "", **details: Any) -> None:
        super().__init__(message, code=code, **details)
        self.why = why
