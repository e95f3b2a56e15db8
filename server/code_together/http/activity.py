"""Who edited how much when."""

from __future__ import annotations

from typing import TypedDict

from aiohttp import web

from code_together.http.access import GRANT
from code_together.http.bodies import json_response, query_number
from code_together.http.description import answers
from code_together.http.revisions import author_of, wanted_of
from code_together.rooms import history
from code_together.session.authors import Author, Moment, rfc3339

_BUCKETS = 60
_MOST_BUCKETS = 500


class Share(TypedDict):
    """`author` is a place in the answer's `authors`."""

    author: int
    revisions: int
    added: int
    removed: int


class Bucket(TypedDict):
    at: Moment
    edits: list[Share]


# `from` is a word of Python
Activity = TypedDict(
    "Activity",
    {
        "from": Moment,
        "to": Moment,
        "seconds": float,
        "revisions": int,
        "complete": bool,
        "authors": list[Author],
        "buckets": list[Bucket],
    },
)


@answers(gives=Activity)
async def get_activity(request: web.Request) -> web.Response:
    """`GET …/activity?path=&author=&from=&to=&buckets=&q=`: who edited how much when."""
    room = await request[GRANT].room()
    buckets = min(query_number(request, "buckets") or _BUCKETS, _MOST_BUCKETS)
    activity, complete = await history.activity(room, wanted_of(request, room, "from", "to"), buckets)
    people = {edit.person.email: edit.person for edit in activity.edits}
    places = {email: place for place, email in enumerate(people)}
    edits: dict[int, list[Share]] = {}
    for edit in activity.edits:
        share = Share(
            author=places[edit.person.email],
            revisions=edit.revisions,
            added=edit.added,
            removed=edit.removed,
        )
        edits.setdefault(edit.bucket, []).append(share)
    body: Activity = {
        "from": rfc3339(activity.since),
        "to": rfc3339(activity.until),
        "seconds": activity.seconds,
        "revisions": activity.revisions,
        "complete": complete,
        "authors": [author_of(room, person) for person in people.values()],
        "buckets": [
            {"at": rfc3339(activity.since + bucket * activity.seconds), "edits": made}
            for bucket, made in edits.items()
        ],
    }
    return json_response(body)
