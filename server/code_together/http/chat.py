"""The session's chat over HTTP; what is posted reaches everyone in the room."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from code_together.http.access import GRANT
from code_together.http.accounts import author
from code_together.http.bodies import Body, json_response, page_limit, query_number, read_body
from code_together.http.keys import CHAT
from code_together.session.authors import rfc3339
from code_together.storage.chat import ChatMessage


class NewMessage(Body):
    text: str


async def list_messages(request: web.Request) -> web.Response:
    """A page, newest last; `next` is the `before` of the earlier page, null when there is none."""
    session = request[GRANT].session.id
    before = query_number(request, "before")
    messages, following = await request.app[CHAT].page(session, before, page_limit(request))
    return json_response({"messages": [_describe(request, m) for m in messages], "next": following})


async def post_message(request: web.Request) -> web.Response:
    body = await read_body(request, NewMessage)
    grant = request[GRANT]
    room = await grant.room()
    message = await room.post_chat(grant.account.id, body.text)
    return json_response(_describe(request, message), status=201)


def _describe(request: web.Request, message: ChatMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "author": author(request, message.account),
        "at": rfc3339(message.at),
        "text": message.text,
    }
