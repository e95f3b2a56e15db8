"""Comments over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.conftest import Browser, Server, Start

TEXT = b"def term():\n    return 1\n\nprint(term())\n"


@pytest.fixture
async def ann(server: Server) -> Browser:
    return await server.sign_up("ann", display_name="Ann Ortega")


@pytest.fixture
async def session(ann: Browser) -> str:
    id = await ann.new_session()
    assert (await ann.put(f"/api/sessions/{id}/files/src/a.py", data=TEXT)).status == 201
    return id


def lines(start: int, end: int | None = None, **columns: int) -> dict[str, int]:
    return {"start_line": start, "end_line": end or start, **columns}


async def say(who: Browser, session: str, text: str = "Why?", **fields: Any) -> dict[str, Any]:
    body = {"path": "src/a.py", "range": lines(2), **fields} if "parent" not in fields else fields
    answer = await who.post(f"/api/sessions/{session}/comments", {"text": text, **body})
    assert answer.status == 201, answer
    return dict(answer.json)


async def listed(who: Browser, session: str, query: str = "") -> list[dict[str, Any]]:
    answer = await who.get(f"/api/sessions/{session}/comments{query}")
    assert answer.status == 200, answer
    return list(answer.json["comments"])


async def test_a_comment(ann: Browser, session: str) -> None:
    """CM1: a comment has its place, its revision, and the text that it speaks of; a list gives it again."""
    made = await say(ann, session, "Why **1**? <b>&\n")
    assert made["text"] == "Why **1**? <b>&"
    assert made["range"] == {"start_line": 2, "start_column": 1, "end_line": 2, "end_column": 13}
    assert made["said"]["quote"] == "    return 1"
    assert made["author"] == {"name": "ann", "display_name": "Ann Ortega", "email": "ann@code.test"}
    assert (made["resolved"], made["outdated"], made["deleted"], made["parent"]) == (
        False,
        False,
        False,
        None,
    )
    head = (await ann.get(f"/api/sessions/{session}/revisions")).json["revisions"][0]["id"]
    assert made["revision"] == head
    assert await listed(ann, session) == [made]


async def test_threads(ann: Browser, server: Server, session: str) -> None:
    """CM9: lists have whole threads, the newest first; answers follow their thread's place and state; filters and pages."""
    bob = await server.member(ann, session, "bob", "commenter")
    made = [await say(ann, session, f"number {n}", range=lines(n % 4 + 1)) for n in range(5)]
    reply = await say(bob, session, "answer", parent=made[1]["id"])
    again = await say(ann, session, "to the answer", parent=reply["id"])
    assert (reply["thread"], again["thread"], again["parent"]) == (made[1]["id"], made[1]["id"], reply["id"])
    assert reply["range"] == made[1]["range"]
    found = [one["text"] for one in await listed(ann, session)]
    assert found == ["number 4", "number 3", "number 2", "number 1", "answer", "to the answer", "number 0"]
    address = f"/api/sessions/{session}/comments"
    assert (await bob.patch(f"{address}/{made[1]['id']}", {"resolved": True})).json["resolved"] is True
    answer = await ann.get(f"{address}?open=1")
    assert [one["text"] for one in answer.json["comments"]] == [
        "number 4",
        "number 3",
        "number 2",
        "number 0",
    ]
    assert (answer.json["open"], answer.json["unread"]) == (4, 0)
    settled = [one["text"] for one in await listed(ann, session, "?open=0")]
    assert settled == ["number 1", "answer", "to the answer"]
    said_there = [one["text"] for one in await listed(ann, session, f"?revision={made[0]['revision']}")]
    assert said_there == found
    assert [one["text"] for one in await listed(bob, session, "?mine=1")] == [
        "number 1",
        "answer",
        "to the answer",
    ]
    assert {one["resolved"] for one in await listed(bob, session, "?mine=1")} == {True}
    assert len(await listed(bob, session, "?path=src/a.py")) == 7
    assert await listed(bob, session, "?path=a.py") == []
    thread = (await bob.get(f"{address}/{reply['id']}")).json["comments"]
    assert [one["text"] for one in thread] == ["number 1", "answer", "to the answer"]
    seen: list[str] = []
    query = "?limit=2"
    while True:
        page = (await ann.get(address + query)).json
        seen += [one["text"] for one in page["comments"]]
        if page["next"] is None:
            break
        query = f"?limit=2&before={page['next']}"
    assert seen == found


async def test_who_may(ann: Browser, server: Server, session: str) -> None:
    """CM5: viewers read; commenters say, answer and settle; authors alone edit; authors and owners delete."""
    address = f"/api/sessions/{session}/comments"
    people = {
        role: await server.member(ann, session, role, role) for role in ("viewer", "commenter", "editor")
    }
    mine = await say(people["commenter"], session)
    assert len(await listed(people["viewer"], session)) == 1
    for who in (people["editor"], ann):
        refused = await who.patch(f"{address}/{mine['id']}", {"text": "mine now"})
        assert (refused.status, refused.error) == (403, "not_yours")
    refused = await people["editor"].delete(f"{address}/{mine['id']}")
    assert (refused.status, refused.error) == (403, "not_yours")
    for resolved in (True, False):
        settled = await people["editor"].patch(f"{address}/{mine['id']}", {"resolved": resolved})
        assert (settled.status, settled.json["resolved"]) == (200, resolved)
    edited = await people["commenter"].patch(f"{address}/{mine['id']}", {"text": "better"})
    assert (edited.json["text"], edited.json["id"], bool(edited.json["edited_at"])) == (
        "better",
        mine["id"],
        True,
    )
    assert edited.json["author"]["name"] == "commenter"
    assert (await ann.delete(f"{address}/{mine['id']}")).status == 204
    assert await listed(ann, session) == []
    assert (await ann.get(f"{address}/{mine['id']}")).status == 404
    assert (await people["commenter"].patch(f"{address}/{mine['id']}", {"text": "back"})).status == 404


async def test_a_deleted_comment_with_answers(ann: Browser, session: str) -> None:
    """CM5: what was answered stays, under a comment without its text; when the answers go too the thread is gone."""
    address = f"/api/sessions/{session}/comments"
    first = await say(ann, session, "secret")
    reply = await say(ann, session, "answer", parent=first["id"])
    await ann.delete(f"{address}/{first['id']}")
    found = await listed(ann, session)
    assert [(one["text"], one["deleted"]) for one in found] == [("", True), ("answer", False)]
    await ann.delete(f"{address}/{reply['id']}")
    assert await listed(ann, session) == []
    assert (await ann.get(address)).json["open"] == 0


async def test_mentions(ann: Browser, server: Server, session: str) -> None:
    """CM6: a member that is named has an unread mention until it reads it; an edit calls only whom it newly names."""
    bob = await server.member(ann, session, "bob", "viewer")
    await server.sign_up("eve")
    made = await say(ann, session, "@bob @eve @ann look")
    assert made["mentions"] == ["bob", "ann"]
    where = f"/api/sessions/{session}"
    answer = (await bob.get(f"{where}/mentions")).json
    assert [one["id"] for one in answer["comments"]] == [made["id"]]
    assert (answer["unread"], answer["comments"][0]["unread"], answer["next"]) == (1, True, None)
    assert (await ann.get(f"{where}/mentions")).json["unread"] == 0
    assert [one["id"] for one in await listed(bob, session, "?mine=1")] == [made["id"]]
    read = await bob.post(f"{where}/mentions/read", {"comments": [made["id"], "0" * 40]})
    assert (read.status, read.json) == (200, {"unread": 0})
    await ann.patch(f"{where}/comments/{made['id']}", {"text": "@bob look again"})
    assert (await bob.get(f"{where}/comments")).json["unread"] == 0
    await say(ann, session, "and here @bob", parent=made["id"])
    assert (await bob.get(f"{where}/comments")).json["unread"] == 1
    assert (await bob.post(f"{where}/mentions/read", {})).json == {"unread": 0}
    assert [one["text"] for one in (await bob.get(f"{where}/mentions?limit=1")).json["comments"]] == [
        "and here @bob"
    ]


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"text": ""}, 422, "bad_comment"),
    ({"text": " \x00\n"}, 422, "bad_comment"),
    ({"text": "x" * 10_001}, 422, "bad_comment"),
    ({"path": "b.py"}, 404, "no_document"),
    ({"path": "../etc/passwd"}, 404, "no_document"),
    ({"path": "image"}, 409, "not_text"),
    ({"path": None}, 422, "bad_field"),
    ({"range": None}, 422, "bad_field"),
    ({"range": lines(99)}, 422, "bad_range"),
    ({"range": lines(2, 1)}, 422, "bad_range"),
    ({"range": lines(0)}, 422, "bad_range"),
    ({"range": {"start_line": 1}}, 422, "bad_field"),
    ({"range": lines(1, start_column=99)}, 422, "bad_range"),
    ({"range": lines(10**18)}, 422, "bad_range"),
    ({"revision": "HEAD"}, 404, "no_revision"),
    ({"revision": "--upload-pack=x"}, 404, "no_revision"),
    ({"revision": "0" * 40}, 404, "no_revision"),
    ({"parent": "0" * 40}, 404, "no_comment"),
    ({"parent": "main"}, 404, "no_comment"),
    ({"extra": 1}, 422, "bad_field"),
    ({"anchor": {"doc": 1, "version": 0, "from": 0}}, 422, "bad_field"),
    ({"range": None, "anchor": {"doc": 99, "version": 0, "from": 0, "to": 1}}, 404, "no_document"),
]  # fmt: skip


async def test_bad_input(ann: Browser, session: str) -> None:
    """CM10: what cannot be is refused with its code, and changes nothing."""
    await ann.put(f"/api/sessions/{session}/files/image", data=b"\0\1")
    address = f"/api/sessions/{session}/comments"
    for fields, status, code in WRONG:
        body = {"text": "x", "path": "src/a.py", "range": lines(1), **fields}
        answer = await ann.post(address, {key: value for key, value in body.items() if value is not None})
        assert (answer.status, answer.error) == (status, code), fields
    made = await say(ann, session)
    for change, status in (
        ({}, 422),
        ({"text": "x", "resolved": True}, 422),
        ({"resolved": "yes"}, 422),
        ({"text": ""}, 422),
    ):
        assert (await ann.patch(f"{address}/{made['id']}", change)).status == status
    reply = await say(ann, session, parent=made["id"])
    assert (await ann.patch(f"{address}/{reply['id']}", {"resolved": True})).error == "not_a_thread"
    for id in ("x", "0" * 40, made["id"].upper(), made["id"] + "0", "..%2f" + made["id"]):
        for method in ("GET", "PATCH", "DELETE"):
            answer = await ann.send(method, f"{address}/{id}", json={"text": "x"})
            assert answer.status == 404, (method, id)
    for query in ("?limit=0", "?open=2", "?limit=x"):
        assert (await ann.get(address + query)).status == 400
    for query in (
        "?before=nonsense",
        f"?before={'0' * 40}",
        "?revision=--output%3Dx",
        f"?revision={'0' * 40}",
    ):
        assert (await ann.get(address + query)).status == 404, query
    assert (await ann.get(f"{address}?path=..%2Fx")).error == "bad_path"
    assert len(await listed(ann, session)) == 2


async def test_other_sessions(ann: Browser, server: Server, session: str) -> None:
    """CM10: a comment of another session is not there, whoever asks for it (Z2 of the attacks: IDOR)."""
    made = await say(ann, session)
    bob = await server.sign_up("bob")
    other = await bob.new_session()
    for method, body in (
        ("GET", None),
        ("PATCH", {"text": "x"}),
        ("PATCH", {"resolved": True}),
        ("DELETE", None),
    ):
        for who in (bob, ann):
            answer = await who.send(method, f"/api/sessions/{other}/comments/{made['id']}", json=body)
            assert answer.status == 404
    answer = await bob.post(f"/api/sessions/{other}/comments", {"text": "x", "parent": made["id"]})
    assert (answer.status, answer.error) == (404, "no_comment")
    await bob.put(f"/api/sessions/{other}/files/src/a.py", data=TEXT)
    body = {"text": "x", "path": "src/a.py", "range": lines(1), "revision": made["revision"]}
    assert (await bob.post(f"/api/sessions/{other}/comments", body)).error == "no_revision"
    assert len(await listed(ann, session)) == 1


async def test_limits(start: Start) -> None:
    """CM10: comments of a session and comments a minute are bounded."""
    server = await start(comments_per_session=2, comments_per_account=4)
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    await ann.put(f"/api/sessions/{session}/files/src/a.py", data=TEXT)
    await say(ann, session, "one")
    await say(ann, session, "two")
    body = {"text": "three", "path": "src/a.py", "range": lines(1)}
    full = await ann.post(f"/api/sessions/{session}/comments", body)
    assert (full.status, full.error) == (413, "too_many_comments")
    await ann.post(f"/api/sessions/{session}/comments", body)
    fast = await ann.post(f"/api/sessions/{session}/comments", body)
    assert (fast.status, fast.error) == (429, "too_fast")


async def test_said_twice(ann: Browser, session: str) -> None:
    """CM7: the same said twice within a second, as by a double click, is one comment."""
    made = [await say(ann, session, "twice") for _ in range(2)]
    ids = {one["id"] for one in made}
    assert [one["id"] for one in await listed(ann, session)] == sorted(
        ids, key=[one["id"] for one in made][::-1].index
    )
    if made[0]["at"][:19] == made[1]["at"][:19]:
        assert len(ids) == 1


async def test_a_key(ann: Browser, server: Server, session: str) -> None:
    """CM11: what is sent again with its key is made once, also an answer, and from whatever state the text is in; a key is one's own."""
    address = f"/api/sessions/{session}/comments"
    made = await say(ann, session, "first", key="k1")
    again = await ann.post(address, {"text": "other", "path": "gone.py", "range": lines(99), "key": "k1"})
    assert (again.status, again.json) == (200, made)
    reply = await say(ann, session, "answer", parent=made["id"], key="k2")
    again = await ann.post(address, {"text": "answer", "parent": made["id"], "key": "k2"})
    assert (again.status, again.json) == (200, reply)
    bob = await server.member(ann, session, "bob", "commenter")
    assert (await say(bob, session, "mine", key="k1"))["id"] != made["id"]
    both = await asyncio.gather(
        *(
            ann.post(address, {"text": f"at once {n}", "path": "src/a.py", "range": lines(1), "key": "k3"})
            for n in range(4)
        )
    )
    assert len({one.json["id"] for one in both}) == 1
    assert len(await listed(ann, session)) == 4
    for key in ("", "x" * 65):
        refused = await ann.post(address, {"text": "x", "parent": made["id"], "key": key})
        assert (refused.status, refused.json["error"]["code"]) == (422, "bad_comment")


async def test_places_in_a_revision(ann: Browser, server: Server, session: str) -> None:
    """CM12: in a revision's text stand the threads that were said there, and those whose text can be found in it; nothing on another line."""
    url = f"/api/sessions/{session}"
    old = await say(ann, session, "of the old text", range=lines(2))
    first = old["revision"]
    now = TEXT.replace(b"return 1", b"return 2").replace(b"def", b"import sys\n\n\ndef")
    assert (await ann.put(f"{url}/files/src/a.py", data=now)).status in (200, 204)
    new = await say(ann, session, "of the new one", range=lines(7))
    gone = await say(ann, session, "is not there before", range=lines(1))

    async def there(revision: str, query: str = "?path=src/a.py") -> dict[str, tuple[int, bool, bool]]:
        answer = await ann.get(f"{url}/revisions/{revision}/comments{query}")
        assert answer.status == 200, answer
        assert answer.json["next"] is None
        return {
            one["id"]: (one["range"]["start_line"], one["resolved"], one["said"])
            for one in answer.json["threads"]
        }

    assert await there(first) == {old["id"]: (2, False, True), new["id"]: (4, False, False)}
    found = await there(new["revision"])
    assert found[new["id"]] == (7, False, True)
    assert found[gone["id"]] == (1, False, True)
    assert found[old["id"]] == (5, False, False)
    made = await say(ann, session, "in the history", revision=first, range=lines(4))
    assert (made["revision"], made["range"]["start_line"]) == (first, 7)
    assert (await there(first))[made["id"]] == (4, False, True)
    assert (await there(new["revision"]))[made["id"]] == (7, False, False)
    await ann.patch(f"{url}/comments/{old['id']}", {"resolved": True})
    assert (await there(first))[old["id"]] == (2, True, True)
    page = (await ann.get(f"{url}/revisions/{first}/comments?path=src/a.py&limit=1")).json
    assert page["next"] is not None
    listed_ = (await ann.get(f"{url}/revisions?limit=50")).json["revisions"]
    assert {one["id"]: one["comments"] for one in listed_ if one["comments"]} == {
        first: 2,
        new["revision"]: 2,
    }
    for revision, query, status in (
        ("--help", "?path=src/a.py", 404),
        ("f" * 40, "?path=src/a.py", 404),
        (first, "?path=../etc/passwd", 422),
        (first, "", 422),
        (first, "?path=src/a.py&before=x", 404),
    ):
        answer = await ann.get(f"{url}/revisions/{revision}/comments{query}")
        assert answer.status == status, (revision, query, answer)
    mallory = await server.sign_up("mallory")
    assert (await mallory.get(f"{url}/revisions/{first}/comments?path=src/a.py")).status == 404
