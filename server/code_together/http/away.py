"""What happened while one was away, for the page that welcomes back."""

from __future__ import annotations

from typing import TypedDict

from aiohttp import web

from code_together.http.access import GRANT
from code_together.http.bodies import json_response
from code_together.http.description import answers
from code_together.rooms import away
from code_together.session.authors import Author, Moment, account_name, author_body, rfc3339


class FileOfOthers(TypedDict):
    path: str
    added: int | None
    removed: int | None


class OtherPerson(TypedDict):
    author: Author
    files: list[FileOfOthers]


class WhileAway(TypedDict):
    """`revision` is what one has seen, `newest` what there is; `more`: others did more than is said."""

    since: Moment | None
    revision: str | None
    newest: str | None
    people: list[OtherPerson]
    more: bool


@answers(gives=WhileAway, texts=("since",))
async def get_away(request: web.Request) -> web.Response:
    """`GET …/away?since=`: what others did since one was last there, or since a revision."""
    grant = request[GRANT]
    room = await grant.room()
    found = await away.while_away(room, grant.account.id, grant.account.name, request.query.get("since"))
    return json_response(
        WhileAway(
            since=None if found.at is None else rfc3339(found.at),
            revision=found.seen,
            newest=found.newest,
            people=[
                OtherPerson(
                    author=author_body(
                        account_name(one.author.email, room.around.host), one.author.name, one.author.email
                    ),
                    files=[
                        FileOfOthers(path=file.path, added=file.added, removed=file.removed)
                        for file in one.files
                    ],
                )
                for one in found.people
            ],
            more=found.more,
        )
    )
