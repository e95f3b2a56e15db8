"""A session with one file, and what two people say of it; for the tests of comments."""

from __future__ import annotations

from typing import Any

from code_together.ot.sections import units
from tests.live import Peer, Person, Tab

TEXT = "zero\none\ntwo\nthree\n"


def line(number: int) -> dict[str, int]:
    return {"start_line": number, "end_line": number}


async def say(who: Person, session: str, text: str = "Why?", **fields: Any) -> dict[str, Any]:
    body = {"text": text, **fields} if {"anchor", "parent"} & fields.keys() else {
        "text": text, "path": "a.py", "range": line(3), **fields}  # fmt: skip
    made: dict[str, Any] = await who.post(f"/api/sessions/{session}/comments", body)
    return made


async def listed(who: Person, session: str, query: str = "") -> list[dict[str, Any]]:
    return list((await who.get(f"/api/sessions/{session}/comments{query}"))["comments"])


async def one(who: Person, session: str) -> dict[str, Any]:
    (found,) = await listed(who, session)
    return found


async def replace(tab: Tab, peer: Peer, old: str, new: str) -> None:
    text = str(peer.text)
    at = units(text[: text.index(old)])
    peer.edit(at, at + len(old), new)
    await tab.flush(peer)
    await tab.saved(peer)


def words(peer: Peer, anchor: dict[str, int]) -> str:
    assert anchor["version"] == peer.version
    return peer.text.slice(anchor["from"], anchor["to"])
