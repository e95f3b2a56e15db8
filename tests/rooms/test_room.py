"""Rooms, through the live protocol of a running server: joining, typing, roles, carets, chat, and what is refused."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType

from code_together.errors import Unavailable
from code_together.http.keys import REGISTRY
from code_together.rooms import messages
from tests.conftest import Start
from tests.live import Person, Tab

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture
async def session(people: tuple[Person, Person]) -> str:
    ann, bob = people
    id = await ann.new_session(a_py="one\ntwo\n")
    await ann.let_in(id, "bob")
    return id


async def test_two_people_type_at_once(people: tuple[Person, Person], session: str) -> None:
    """SQ2, RM2: both type into the same place without waiting for each other; both end with the same text."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    for i in range(50):
        await a.type(pa, 0, f"a{i} ")
        await b.type(pb, len(pb.text), f"b{i} ")
        await b.type(pb, 0, "é😀")
    await asyncio.gather(a.saved(pa), b.saved(pb))
    await a.until(lambda: pa.version == 150, "all updates")
    await b.until(lambda: pb.version == 150, "all updates")
    assert str(pa.text) == str(pb.text)
    listed = await ann.get(f"/api/sessions/{session}/files/a.py")
    assert listed.decode() == str(pa.text)


async def test_one_after_another(server: Any, session: str) -> None:
    """RM1: what many tasks want of a room is done in its turns, not in theirs, one after another, in the order in which it came."""
    room = await server.app[REGISTRY].room(session)
    done: list[int] = []

    def work(number: int) -> None:
        assert asyncio.current_task() is None
        done.append(number)

    await asyncio.gather(*(room.turns.perform(partial(work, number)) for number in range(100)))
    assert done == list(range(100))


async def test_a_room_that_ends_answers_who_waits(server: Any, session: str) -> None:
    """RM1: whoever waits for a turn when the room ends is told, and nothing of theirs is done."""
    room = await server.app[REGISTRY].room(session)
    done: list[int] = []
    waiting = [asyncio.create_task(room.turns.perform(partial(done.append, number))) for number in range(3)]
    asyncio.get_running_loop().call_soon(room.fail, RuntimeError("for the test"))
    await asyncio.sleep(0)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(one, Unavailable) and one.code for one in outcomes] == ["room_failed"] * 3
    assert done == []


async def test_who_is_here(people: tuple[Person, Person], session: str) -> None:
    """The welcome names files, people and one's role; others hear who comes and goes."""
    ann, bob = people
    a = await ann.tab(session)
    b = await bob.tab(session)
    welcome = b.seen["welcome"][0]
    assert welcome["you"]["name"] == "bob"
    assert welcome["you"]["role"] == "editor"
    assert [file["path"] for file in welcome["files"]] == ["a.py"]
    assert {person["name"] for person in welcome["people"]} == {"ann", "bob"}
    await a.until(lambda: len(a.seen["people"][-1:] and a.seen["people"][-1]["people"]) == 2, "bob")
    await b.disconnect()
    await a.until(lambda: len(a.seen["people"][-1]["people"]) == 1, "bob to leave")


async def test_a_returning_client(people: tuple[Person, Person], session: str) -> None:
    """RM9, SQ3: after a break the missed updates come without the text, and what was not confirmed is applied once."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    await a.type(pa, 0, "x")
    await a.saved(pa)
    await b.until(lambda: pb.version == 1, "x")
    await b.disconnect()
    pb.edit(0, 0, "offline ")
    await a.type(pa, 0, "y")
    await a.saved(pa)
    await b.connect()
    await b.saved(pb)
    assert b.seen["opened"][-1].get("text") is None
    await a.until(lambda: pa.version == 3, "bob's edit")
    assert str(pa.text) == str(pb.text)
    assert str(pb.text).count("offline ") == 1


async def test_a_push_twice(people: tuple[Person, Person], session: str) -> None:
    """SQ3: the same push again is applied once."""
    ann, _ = people
    a = await ann.tab(session)
    pa = await a.open("a.py")
    pa.edit(0, 0, "x")
    push = pa.push()
    await a.send(push)
    await a.saved(pa)
    await a.send(push)
    await a.send({"type": "ping"})
    await a.expect("pong")
    assert pa.version == 1
    assert not a.seen["error"]


async def test_a_forged_client_id(people: tuple[Person, Person], session: str) -> None:
    """RM4: a client id is honoured only for the account that it was issued to; another gets a fresh one."""
    ann, bob = people
    a = await ann.tab(session)
    b = await bob.tab(session, client=a.client)
    assert b.client != a.client
    c = await ann.tab(session, client="never issued")
    assert c.client not in (a.client, "never issued")


async def test_one_connection_a_client(people: tuple[Person, Person], session: str) -> None:
    """RM4: who comes again with an id takes it over; the older connection is closed with 4409."""
    ann, _ = people
    a = await ann.tab(session)
    again = await ann.tab(session, client=a.client)
    assert again.client == a.client
    assert await a.closed() == 4409


async def refused(tab: Tab, message: dict[str, Any] | str, code: str, close: int | None = 4400) -> None:
    await tab.send(message)
    error = await tab.expect("error")
    assert error["code"] == code, error
    assert error["fatal"] is (close is not None)
    if close is not None:
        assert await tab.closed() == close


def push(doc: int, *changes: Any, version: Any = 0, seq: Any = 1) -> dict[str, Any]:
    return {"type": "push", "doc": doc, "version": version, "seq": seq, "changes": list(changes)}


@pytest.mark.parametrize(
    ("bad", "code", "close"),
    [
        ("{", "malformed", 4400),
        ("[" * 100_000, "malformed", 4400),
        ('{"type":"nothing"}', "malformed", 4400),
        (push(0, [-3, [0, "x"], 14]), "bad_changes", 4400),
        (push(0, [5.5, 2.5]), "bad_changes", 4400),
        (push(0, [True, 7]), "bad_changes", 4400),
        (push(0, [2**40]), "bad_changes", 4400),
        (push(0, [7]), "bad_changes", 4400),
        (push(0, [8, [0, "a\nb"]]), "bad_changes", 4400),
        (push(0, [8, [0, "\0"]]), "bad_changes", 4400),
        (push(0, [0, 8]), "bad_changes", 4400),
        (push(0, [[0], 8]), "bad_changes", 4400),
        (push(0, "x"), "bad_changes", 4400),
        (push(0, [8], version=1), "bad_version", 4400),
        (push(0, [8], version=-1), "bad_version", 4400),
        (push(0, [8], version=True), "malformed", 4400),
        (push(0, [8], seq=2), "sequence_gap", 4409),
        (push(0, [8], seq=0), "malformed", 4400),
        (push(999, [8]), "no_document", None),
        ({"type": "hello", "protocol": 1}, "malformed", 4400),
        ({"type": "open", "path": "none.py"}, "no_document", None),
        ({"type": "chat", "text": " "}, "bad_chat", None),
    ],
    ids=lambda value: ascii(value)[:60],
)
async def test_what_is_refused(
    people: tuple[Person, Person], session: str, bad: Any, code: str, close: int | None
) -> None:
    """RM5, SQ5: what is malformed gets the error and changes nothing; the other person in the room notices nothing."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    if isinstance(bad, dict) and bad.get("doc") == 0:
        bad = {**bad, "doc": pb.doc}
    await refused(b, bad, code, close)
    await a.type(pa, 0, "z")
    await a.saved(pa)
    assert (pa.version, str(pa.text)) == (1, "zone\ntwo\n")
    assert a.close_code is None
    assert not a.seen["error"]
    assert pb.version in (0, 1)


async def test_lone_surrogates(people: tuple[Person, Person], session: str) -> None:
    """OT3: an escaped lone surrogate is a change that is none, as the table of errors says."""
    _, bob = people
    b = await bob.tab(session)
    pb = await b.open("a.py")
    await refused(b, json.dumps(push(pb.doc, [8, [0, "\ud83d"]])), "bad_changes")


async def test_before_hello(people: tuple[Person, Person], session: str) -> None:
    """RM4: nothing is taken before hello, and only protocol 1 is spoken."""
    ann, _ = people
    tab = Tab(ann, session)
    for first, code in (
        ('{"type":"ping"}', "malformed"),
        ('{"type":"hello","protocol":2}', "unknown_protocol"),
    ):
        tab.seen.clear()
        tab.socket = await ann.http.ws_connect(f"{ann.url}/api/sessions/{session}/live")
        await tab.send(first)
        error = json.loads((await tab.socket.receive()).data)
        assert (error["code"], error["fatal"]) == (code, True)
        assert (await tab.socket.receive()).data == 4400


async def test_no_hello(start: Start, tmp_path: Path) -> None:
    """RM4: a connection that says nothing is told so after a while, and closed; one that said hello is not."""
    server = await start(data=tmp_path / "other", hello_seconds=0.2)
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="one\n")
    tab = await ann.tab(session)
    silent = await ann.http.ws_connect(f"{ann.url}/api/sessions/{session}/live")
    error = json.loads((await silent.receive()).data)
    assert (error["code"], "within 0.2 seconds" in error["message"]) == ("malformed", True)
    assert (await silent.receive()).data == 4400
    await tab.send({"type": "ping"})
    await tab.expect("pong")
    await ann.close()


@pytest.mark.parametrize("ended", ["logout", "disabled", "token", "deleted"])
async def test_what_ended_before_hello(people: tuple[Person, Person], session: str, ended: str) -> None:
    """RM6: between the handshake and hello a login, an account, a token or the session ends: nothing can be typed, and it is said why."""
    ann, bob = people  # the first account is an admin
    await ann.let_in(session, "bob")
    who = bob
    if ended == "token":
        token = await bob.post("/api/tokens", {"label": "script", "scope": "write"})
        who = Person(bob.url, "bob")
        who.http.headers["Authorization"] = f"Bearer {token['token']}"
    tab = Tab(who, session)
    tab.socket = await who.http.ws_connect(f"{bob.url}/api/sessions/{session}/live")
    match ended:
        case "logout":
            await bob.call("POST", "/api/logout", 204)
        case "disabled":
            await ann.call("PATCH", "/api/admin/accounts/bob", 200, json={"disabled": True})
        case "token":
            await bob.call("DELETE", f"/api/tokens/{token['id']}", 204)
        case "deleted":
            await ann.call("DELETE", f"/api/sessions/{session}", 204)
    for message in ({"type": "hello", "protocol": 1}, {"type": "open", "path": "a.py"}):
        await tab.send(message)
    said = []
    while (frame := await tab.socket.receive()).type == WSMsgType.TEXT:
        said.append(json.loads(frame.data))
    assert not [one for one in said if one["type"] == "opened"]
    assert said[-1]["type"] == "error"
    why = (said[-1]["code"], said[-1].get("reason"), frame.data)
    assert (
        why
        == {
            "logout": ("logged_out", None, 4401),
            "disabled": ("logged_out", "disabled", 4401),
            "token": ("logged_out", None, 4401),
            "deleted": ("no_session", None, 4400),
        }[ended]
    )
    if who is not bob:
        await who.close()


async def test_viewers_may_only_look(people: tuple[Person, Person], session: str) -> None:
    """RM6, RM7: a demoted editor's push is refused and changes nothing; a removed one's connection is closed."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    await ann.let_in(session, "bob", "viewer")
    assert (await b.expect("role"))["role"] == "viewer"
    await b.send(push(pb.doc, [8, [0, "x"]]))
    error = await b.expect("error")
    assert (error["code"], error["fatal"], error["doc"]) == ("read_only", False, pb.doc)
    await b.send({"type": "chat", "text": "hello"})
    assert (await b.expect("error", 2))["code"] == "read_only"
    await a.type(pa, 0, "z")
    await b.until(lambda: pb.version == 1, "ann's edit")
    await ann.call("DELETE", f"/api/sessions/{session}/members/bob", 204)
    assert await b.closed() == 4403
    await bob.get(f"/api/sessions/{session}/files", 404)


async def test_logging_out_closes_connections(people: tuple[Person, Person], session: str) -> None:
    """RM6, AC4: a log-out closes the login's connections with 4401."""
    _, bob = people
    b = await bob.tab(session)
    await bob.call("POST", "/api/logout", 204)
    assert await b.closed() == 4401


async def test_ending_a_token_closes_its_connections(people: tuple[Person, Person], session: str) -> None:
    """RM6: the end of an access token closes the connections that came with it, and no others."""
    ann, bob = people
    a = await ann.tab(session)
    token = await bob.post("/api/tokens", {"label": "script", "scope": "write"})
    script = Person(bob.url, "bob")
    script.http.headers["Authorization"] = f"Bearer {token['token']}"
    b = await script.tab(session)
    await bob.call("DELETE", f"/api/tokens/{token['id']}", 204)
    assert await b.closed() == 4401
    await a.send('{"type":"ping"}')
    await a.expect("pong")
    await script.close()


async def test_carets_follow(people: tuple[Person, Person], session: str) -> None:
    """RM8: carets are told to others at the present version, clamped, and go with their owner."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    await a.type(pa, 0, "xx")
    await b.until(lambda: pb.version == 1, "xx")
    await b.send({"type": "select", "doc": pb.doc, "version": 0, "ranges": [[3, 10**9]]})
    told = await a.expect("selections")
    assert (told["doc"], told["version"]) == (pa.doc, 1)
    assert [(s["name"], s["ranges"]) for s in told["selections"]] == [("bob", [[5, 10]])]
    await b.disconnect()
    gone = await a.expect("selections", 2)
    assert gone["selections"][0]["ranges"] == []


async def test_views(people: tuple[Person, Person], session: str) -> None:
    """PR3: what somebody sees of a text is mapped and clamped as a caret is, told without one too, and to who opens the text later."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa, pb = await a.open("a.py"), await b.open("a.py")
    await a.type(pa, 0, "xx")
    await b.until(lambda: pb.version == 1, "xx")
    await b.send({"type": "select", "doc": pb.doc, "version": 0, "ranges": [], "view": [3, 10**9]})
    [told] = (await a.expect("selections"))["selections"]
    assert (told["ranges"], told["view"]) == ([], [5, 10])
    await a.type(pa, 0, "yy")
    later = await ann.tab(session)
    await later.open("a.py")
    [told] = (await later.expect("selections"))["selections"]
    assert told["view"] == [7, 12]
    await b.send({"type": "select", "doc": pb.doc, "version": 1, "ranges": []})
    [told] = (await a.expect("selections", 2))["selections"]
    assert "view" not in told


async def test_chat_is_kept(people: tuple[Person, Person], session: str) -> None:
    """A chat message reaches everyone and is there again later."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    await b.send({"type": "chat", "text": "hello <b>"})
    message = await a.expect("chat")
    assert message["author"]["name"] == "bob"
    assert message["text"] == "hello <b>"
    page = await ann.get(f"/api/sessions/{session}/chat")
    assert [m["text"] for m in page["messages"]] == ["hello <b>"]
    assert page["messages"][0]["id"] == message["id"]


async def test_flood(people: tuple[Person, Person], session: str) -> None:
    """RM5: who floods the connection is told and closed with 4429; others notice nothing."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    for _ in range(3_000):
        await b.send('{"type":"ping"}')
    assert await b.closed() == 4429
    assert b.seen["error"][0]["code"] == "too_fast"
    await a.send('{"type":"ping"}')
    await a.expect("pong")


async def test_a_long_message(people: tuple[Person, Person], session: str) -> None:
    """A message above the limit gets 4413; one just below, a paste of 5 MB, is taken."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    pa = await a.open("a.py")
    await a.type(pa, 0, "p" * 5_000_000)
    await a.saved(pa)
    pb = await b.open("a.py")
    assert len(pb.text) == 5_000_008
    await b.send(push(pb.doc, [len(pb.text), [0, "x" * 17_000_000]], version=pb.version))
    assert await b.closed() == 4413
    assert b.seen["error"][0]["code"] == "message_too_large"


async def test_a_slow_reader(people: tuple[Person, Person], session: str) -> None:
    """RM3: a reader that does not read is dropped, the others go on, and it can come back."""
    ann, bob = people
    a = await ann.tab(session)
    pa = await a.open("a.py")
    b = await bob.tab(session)
    await b.open("a.py")
    await b.stop_reading()
    for _ in range(40):
        await a.type(pa, 0, "x" * 1_000_000)
        await a.saved(pa)
        if len(pa.text) > 8_000_000:
            pa.edit(0, 8_000_000, "")
            await a.flush(pa)
            await a.saved(pa)
    await a.until(lambda: len(a.seen["people"][-1]["people"]) == 1, "bob to be dropped")
    c = await bob.tab(session)
    pc = await c.open("a.py")
    assert str(pc.text) == str(pa.text)


async def test_a_pong_comes_after_what_was_sent_before_its_ping(
    people: tuple[Person, Person], session: str
) -> None:
    """RM2: also where both are taken in one turn, whose updates are told together."""
    ann, _ = people
    a = await ann.tab(session)
    pa = await a.open("a.py")
    await a.stop_reading()
    length = len(pa.text)
    for seq in range(1, 21):
        changes = [[0, "x"], length + seq - 1]
        await a.send({"type": "push", "doc": pa.doc, "version": seq - 1, "seq": seq, "changes": [changes]})
        await a.send({"type": "ping"})
        told: list[str] = []
        async with asyncio.timeout(10):
            while "pong" not in told:
                told.append((await a.socket.receive_json())["type"])
        assert "updates" in told


async def test_a_line_that_breaks_while_texts_are_on_their_way(
    people: tuple[Person, Person], session: str
) -> None:
    """RM3: who goes away with texts that were asked for unread is gone for everyone."""
    ann, bob = people
    a = await ann.tab(session)
    pa = await a.open("a.py")
    for _ in range(9):
        await a.type(pa, 0, "x" * 1_000_000)
        await a.saved(pa)
    b = await bob.tab(session)
    await a.until(lambda: len(a.seen["people"][-1:] and a.seen["people"][-1]["people"]) == 2, "bob")
    await b.stop_reading()
    for _ in range(3):
        await b.send({"type": "open", "path": "a.py"})
        await asyncio.sleep(0.2)
    connection = b.socket._response.connection
    assert connection is not None
    assert connection.transport is not None
    connection.transport.abort()
    await a.until(lambda: len(a.seen["people"][-1]["people"]) == 1, "bob to be gone")


async def test_archived_while_people_type(people: tuple[Person, Person], session: str) -> None:
    """AM2: once a session is archived its sockets hear of it, pushes and chat are refused and change nothing, what
    was typed before is committed; taken out of the archive one goes on where one was."""
    ann, bob = people
    path = f"/api/sessions/{session}"
    a, b = await ann.tab(session), await bob.tab(session)
    pb = await b.open("a.py")
    await b.type(pb, 0, "x")
    await b.saved(pb)
    await ann.call("PATCH", path, 200, json={"archived": True})
    await b.until(lambda: bool(b.seen["session"]), "the news")
    assert b.seen["session"][-1]["session"]["archived"] is True
    changes = [[[0, "y"], len(pb.text)]]
    await b.send({"type": "push", "doc": pb.doc, "version": pb.version, "seq": 2, "changes": changes})
    await b.send({"type": "chat", "text": "hi"})
    await b.until(lambda: len(b.seen["error"]) == 2, "two refusals")
    assert {error["code"] for error in b.seen["error"]} == {"archived"}
    assert await ann.get(f"{path}/files/a.py") == b"xone\ntwo\n"
    await a.until(lambda: bool(a.seen["revision"]), "the revision of what was typed before")
    late = await bob.tab(session)
    assert late.seen["welcome"][0]["session"]["archived"] is True
    await late.open("a.py")
    assert late.seen["opened"][0]["read_only"] is True
    await ann.call("PATCH", path, 200, json={"archived": False})
    await b.until(lambda: len(b.seen["session"]) == 2, "the news")
    pb.edit(0, 0, "y")
    await b.send(pb.push())
    await a.until(lambda: len(a.seen["revision"]) == 2, "another revision")
    assert await ann.get(f"{path}/files/a.py") == b"yxone\ntwo\n"


async def test_a_room_opens_archived(people: tuple[Person, Person], server: Any) -> None:
    """AM2: a session that was archived before its room was opened is read-only from the start."""
    ann, _ = people
    id = await ann.new_session()
    await ann.call("PATCH", f"/api/sessions/{id}", 200, json={"archived": True})
    assert server.app[REGISTRY].live(id) is None
    assert (await server.app[REGISTRY].room(id)).archived


async def test_many_documents_are_opened_together(
    people: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RM11: who opens very many files gets them in the order in which they were asked for, and no message is looked at again for each of them."""
    ann, _ = people
    session = await ann.new_session()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zip:
        for number in range(200):
            zip.writestr(f"{number:03}.txt", f"text {number}\n")
        zip.writestr("050.png", b"\x89PNG\0\0")
    headers = {"Content-Type": "application/zip"}
    await ann.call("POST", f"/api/sessions/{session}/import", 201, data=archive.getvalue(), headers=headers)
    tab = await ann.tab(session)
    handle, looks = messages.handle, 0

    def counting(*given: Any) -> None:
        nonlocal looks
        looks += 1
        handle(*given)

    monkeypatch.setattr(messages, "handle", counting)
    wanted = [f"{number:03}.txt" for number in range(200)]
    for path in [*wanted[:50], "050.png", *wanted[50:]]:
        await tab.send({"type": "open", "path": path})
    await tab.until(lambda: len(tab.peers) == 200, "all texts")
    assert [peer.path for peer in tab.peers.values()] == wanted
    assert [error["code"] for error in tab.seen["error"]] == ["not_text"]
    assert looks < 200 * 200 / 8
