"""Access tokens: what scripts and git log in with."""

from __future__ import annotations

from typing import TypedDict

from aiohttp import web

from code_together.errors import NotFound
from code_together.http.audit import note
from code_together.http.bodies import Body, json_response, read_body
from code_together.http.description import answers
from code_together.http.keys import REGISTRY, TOKENS
from code_together.http.login import IDENTITY
from code_together.session.authors import Moment, rfc3339
from code_together.storage.tokens import Scope, Token


class NewToken(Body):
    label: str
    scope: Scope
    expires_days: float | None = None


class ListedToken(TypedDict):
    id: int
    label: str
    scope: Scope
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None


class Tokens(TypedDict):
    tokens: list[ListedToken]


class MadeToken(TypedDict):
    id: int
    token: str


@answers(gives=Tokens)
async def list_tokens(request: web.Request) -> web.Response:
    """`GET /api/tokens`: one's access tokens, without their secrets."""
    tokens = await request.app[TOKENS].list(request[IDENTITY].account.id)
    return json_response(Tokens(tokens=[_describe(token) for token in tokens]))


@answers(201, takes=NewToken, gives=MadeToken, refuses=(409,))
async def create_token(request: web.Request) -> web.Response:
    """The token itself is in this answer and never again. One that a token asks for ends when that does, at the latest."""
    body = await read_body(request, NewToken)
    account, made_with = request[IDENTITY].account, request[IDENTITY].token
    id, secret = await request.app[TOKENS].create(
        account.id, body.label, body.scope, body.expires_days, made_with
    )
    await note(request, "token_made", target=account.name, detail=body.scope)
    return json_response(MadeToken(id=id, token=secret), status=201)


@answers(204)
async def delete_token(request: web.Request) -> web.Response:
    """`DELETE /api/tokens/{id}`: it is worth nothing from now on."""
    text = request.match_info["id"]
    known = text.isascii() and text.isdigit() and len(text) <= 18
    if not known or not await request.app[TOKENS].delete(request[IDENTITY].account.id, int(text)):
        raise NotFound("You have no such token.")
    await request.app[REGISTRY].token_ended(int(text))
    await note(request, "token_ended", target=request[IDENTITY].account.name)
    return web.Response(status=204)


def _describe(token: Token) -> ListedToken:
    return {
        "id": token.id,
        "label": token.label,
        "scope": token.scope,
        "created_at": rfc3339(token.created_at),
        "expires_at": None if token.expires_at is None else rfc3339(token.expires_at),
        "last_used_at": None if token.last_used_at is None else rfc3339(token.last_used_at),
    }
