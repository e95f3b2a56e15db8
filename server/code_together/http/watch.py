"""Logins and tokens that end without a request: by the command line beside the server, or because their time is over (AM6)."""

from __future__ import annotations

import asyncio
import logging
import time

from aiohttp import web

from code_together.errors import CodeTogetherError
from code_together.http.keys import ACCOUNTS, DATABASE, LOGINS, REGISTRY, TOKENS

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
"""Between looks whether another process has written."""
_LONGEST_SECONDS = 60.0
"""Between looks at the logins when none has: they may expire."""


async def watch(app: web.Application) -> None:
    """Looks at them for ever."""
    seen, looked_at = -1, time.monotonic()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        try:
            written = await app[DATABASE].others_wrote()
            if written != seen or time.monotonic() - looked_at > _LONGEST_SECONDS:
                await end_what_ended(app)
                seen, looked_at = written, time.monotonic()
        except CodeTogetherError as error:  # a full disk, a busy command line: looked again in a second
            log.warning("logins not looked at", extra={"fields": {"why": error.message}})


async def end_what_ended(app: web.Application) -> None:
    """Closes the live connections whose login or token has ended, or whose account is disabled."""
    registry = app[REGISTRY]
    logins, tokens, accounts = registry.connected()
    for account in await app[ACCOUNTS].disabled_among(accounts):
        await registry.account_disabled(
            account
        )  # before their logins, which have ended with them: this is the reason
    for login in logins - await app[LOGINS].standing(logins):
        await registry.login_ended(login)
    for token in tokens - await app[TOKENS].standing(tokens):
        await registry.token_ended(token)
