"""The chat of a live session: what everyone hears of it."""

from __future__ import annotations

import asyncio

import pytest

from tests.live import Person


@pytest.fixture
async def session(people: tuple[Person, Person]) -> str:
    """Ann's session, in which Bob is an editor."""
    ann, _ = people
    id = await ann.new_session()
    await ann.let_in(id, "bob")
    return id


async def test_changes_are_told(people: tuple[Person, Person], session: str) -> None:
    """CH4: who is there hears of a message's new text, and that it was deleted; a message sent again is told once."""
    ann, bob = people
    b = await bob.tab(session)
    path = f"/api/sessions/{session}/chat"
    id = (await ann.post(path, {"text": "one", "key": "k"}))["id"]
    await ann.post(path, {"text": "one", "key": "k"}, 200)
    said = await b.expect("chat")
    assert (said["text"], said["edited_at"], said["deleted"]) == ("one", None, False)
    await ann.call("PATCH", f"{path}/{id}", 200, json={"text": "uno"})
    edited = await b.expect("chat_changed")
    assert (edited["id"], edited["text"], edited["author"]["name"]) == (id, "uno", "ann")
    assert edited["edited_at"] is not None
    await ann.call("DELETE", f"{path}/{id}", 204)
    deleted = await b.expect("chat_changed", 2)
    assert (deleted["id"], deleted["text"], deleted["deleted"]) == (id, "", True)
    assert len(b.seen["chat"]) == 1


async def test_reading_is_told_to_ones_own_windows(people: tuple[Person, Person], session: str) -> None:
    """CH6: what is read in one window is read in the other; nobody else hears how far one has read."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    path = f"/api/sessions/{session}/chat"
    id = (await ann.post(path, {"text": "@bob look"}))["id"]
    await bob.post(f"{path}/read", {"id": id}, 200)
    read = await b.expect("chat_read")
    assert {key: read[key] for key in ("id", "unread", "mentions")} == {"id": id, "unread": 0, "mentions": 0}
    await a.send({"type": "ping"})
    await a.expect("pong")
    assert not a.seen["chat_read"]


async def test_typing(people: tuple[Person, Person], session: str) -> None:
    """CH7: who types is told to everyone, several in one message, each once a second; it is not kept."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    for _ in range(50):
        await a.send({"type": "typing"})
        await b.send({"type": "typing"})
    told = await a.expect("typing")
    assert told["people"] == [
        {"name": "ann", "display_name": "Ann"},
        {"name": "bob", "display_name": "Bob"},
    ] or told["people"] == [{"name": "bob", "display_name": "Bob"}, {"name": "ann", "display_name": "Ann"}]
    await asyncio.sleep(0.6)
    assert len(a.seen["typing"]) == 1
    late = await ann.tab(session)
    assert not late.seen["typing"]
    assert (await ann.get(f"/api/sessions/{session}/chat"))["messages"] == []


async def test_a_message_ends_the_typing(people: tuple[Person, Person], session: str) -> None:
    """CH7: who has said it is no longer typing it."""
    ann, bob = people
    a, b = await ann.tab(session), await bob.tab(session)
    await b.send({"type": "typing"})
    await b.send({"type": "chat", "text": "there"})
    await a.expect("chat")
    await asyncio.sleep(0.5)
    assert not a.seen["typing"]


async def test_viewers_and_archives(people: tuple[Person, Person], session: str) -> None:
    """CH7: who may not write in the chat is not seen to type in it."""
    ann, bob = people
    a = await ann.tab(session)
    await ann.let_in(session, "bob", "viewer")
    b = await bob.tab(session)
    await b.send({"type": "typing"})
    error = await b.expect("error")
    assert (error["code"], error["fatal"]) == ("read_only", False)
    await ann.call("PATCH", f"/api/sessions/{session}", 200, json={"archived": True})
    await a.send({"type": "typing"})
    assert (await a.expect("error"))["code"] == "archived"
    await asyncio.sleep(0.4)
    assert not a.seen["typing"]
