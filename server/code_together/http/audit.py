"""Noting in the audit log what a request did."""

from __future__ import annotations

from aiohttp import web

from code_together.http.access import GRANT
from code_together.http.keys import AUDIT
from code_together.http.login import IDENTITY
from code_together.storage.audit import Action
from code_together.storage.sessions import SessionRow


async def note(
    request: web.Request,
    action: Action,
    *,
    actor: str | None = None,
    session: SessionRow | None = None,
    target: str | None = None,
    detail: str | None = None,
) -> None:
    """`actor` and `session` are those of the request where they are not given."""
    if actor is None:
        actor = request[IDENTITY].account.name
    if session is None and GRANT in request:
        session = request[GRANT].session
    about = None if session is None else (session.id, session.title)
    await request.app[AUDIT].add(action, actor, session=about, target=target, detail=detail)
