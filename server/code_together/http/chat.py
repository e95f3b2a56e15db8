"""The session's chat over HTTP; what is posted, changed or deleted reaches everyone in the room."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from aiohttp import web

from code_together.errors import Malformed, NotFound
from code_together.http.access import GRANT
from code_together.http.bodies import Body, json_response, page_limit, query_number, read_body
from code_together.http.description import answers
from code_together.http.keys import CHAT, HOST
from code_together.http.throttle import CHAT_THROTTLE
from code_together.rooms.chat import Message, describe
from code_together.session.roles import Action, allows
from code_together.storage.chat import ChatMessage, Unread

_LONGEST_QUERY = 200


class NewMessage(Body):
    text: str
    key: str | None = None


class ChangedMessage(Body):
    text: str


class Read(Body):
    id: int


class MessagesPage(TypedDict):
    """`newer` is not there for a search."""

    messages: list[Message]
    next: int | None
    newer: NotRequired[int | None]


class ReadSoFar(TypedDict):
    """`id` is that of the last message that was read, `unread` and `mentions` how many came since."""

    id: int
    unread: int
    mentions: int


@answers(gives=MessagesPage, numbers=("before", "after", "around"))
async def list_messages(request: web.Request) -> web.Response:
    """`GET …/chat?before=|after=|around=&limit=&q=`: a page, newest last. With `q`: what is found, newest first.

    `next` is the `before` of the earlier page, `newer` the `after` of the later one; null when there is none.
    """
    session, chat = request[GRANT].session.id, request.app[CHAT]
    places = {name: query_number(request, name) for name in ("before", "after", "around")}
    query = request.query.get("q")
    if sum(place is not None for place in places.values()) > 1 or (
        query is not None and (places["after"] or places["around"])
    ):
        raise Malformed("Give one of before, after and around; with q only before.")
    if query is not None:
        if len(query) > _LONGEST_QUERY:
            raise Malformed(f"A search in the chat may have {_LONGEST_QUERY} characters.")
        found, following = await chat.search(session, query, places["before"], page_limit(request))
        return json_response(MessagesPage(messages=_describe(request, found), next=following))
    page = await chat.page(session, page_limit(request), **places)
    return json_response(
        MessagesPage(messages=_describe(request, page.messages), next=page.older, newer=page.newer)
    )


@answers(201, 200, takes=NewMessage, gives=Message, refuses=(429,))
async def post_message(request: web.Request) -> web.Response:
    """`POST …/chat`: 201; 200 for a message that was there already, by its key."""
    body = await read_body(request, NewMessage)
    grant = request[GRANT]
    request.app[CHAT_THROTTLE].take(str(grant.account.id))
    message, fresh = await (await grant.room()).chat.post(grant.account.id, body.text, body.key)
    return json_response(describe(message, request.app[HOST]), status=201 if fresh else 200)


@answers(takes=ChangedMessage, gives=Message, refuses=(409, 429))
async def edit_message(request: web.Request) -> web.Response:
    """`PATCH …/chat/{id}`: one's own alone."""
    body = await read_body(request, ChangedMessage)
    grant = request[GRANT]
    request.app[CHAT_THROTTLE].take(str(grant.account.id))
    message = await (await grant.room()).chat.edit(grant.account.id, _id(request), body.text)
    return json_response(describe(message, request.app[HOST]))


@answers(204, refuses=(429,))
async def delete_message(request: web.Request) -> web.Response:
    """`DELETE …/chat/{id}`: one's own; an owner's way to moderate is that owners may delete anyone's."""
    grant = request[GRANT]
    request.app[CHAT_THROTTLE].take(str(grant.account.id))
    of_others = allows(grant.role, Action.OWN)
    await (await grant.room()).chat.delete(grant.account.id, _id(request), of_others=of_others)
    return web.Response(status=204)


@answers(gives=ReadSoFar)
async def get_read(request: web.Request) -> web.Response:
    """`GET …/chat/read`: how far one has read, and what is new since."""
    grant = request[GRANT]
    return json_response(_read(await request.app[CHAT].unread(grant.session.id, grant.account)))


@answers(takes=Read, gives=ReadSoFar)
async def mark_read(request: web.Request) -> web.Response:
    """`POST …/chat/read`: one's own place in the chat, which everyone who may read has."""
    body = await read_body(request, Read)
    grant = request[GRANT]
    return json_response(
        _read(await (await grant.room()).chat.mark_read(grant.account, max(0, min(body.id, 2**53))))
    )


def _id(request: web.Request) -> int:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise NotFound("There is no such message in this chat.", code="no_message")
    return int(text)


def _describe(request: web.Request, messages: list[ChatMessage]) -> list[Message]:
    return [describe(message, request.app[HOST]) for message in messages]


def _read(unread: Unread) -> ReadSoFar:
    return {"id": unread.read, "unread": unread.unread, "mentions": unread.mentions}
