"""The chat of a session."""

from __future__ import annotations

import sqlite3
import time

import pytest

from code_together.errors import Unprocessable

from .conftest import Store


async def test_add(store: Store) -> None:
    """A message is kept as it was typed, with who said it and when."""
    ann = await store.account()
    session = await store.session(ann)
    message = await store.chat.add(session, ann.id, " hello,\n\tworld \0😀 <b>")
    assert message.text == " hello,\n\tworld \0😀 <b>"
    assert message.account == ann
    assert abs(message.at - time.time()) < 60
    assert await store.chat.page(session, None, 10) == ([message], None)


async def test_pages(store: Store) -> None:
    """Pages go back from the newest without gap or overlap, newest last; the last page says that it is."""
    ann = await store.account()
    session, other = await store.session(ann), await store.session(ann)
    for n in range(7):
        await store.chat.add(session, ann.id, f"message {n}")
        await store.chat.add(other, ann.id, "elsewhere")
    pages: list[list[str]] = []
    before: int | None = None
    while True:
        messages, before = await store.chat.page(session, before, 3)
        pages.append([message.text.removeprefix("message ") for message in messages])
        if before is None:
            break
    assert pages == [["4", "5", "6"], ["1", "2", "3"], ["0"]]
    messages, before = await store.chat.page(session, None, 7)
    assert (len(messages), before) == (7, None)


@pytest.mark.parametrize("text", ["", " \n\t", "x" * 10_001, "half \ud83d"])
async def test_refused(store: Store, text: str) -> None:
    """A message that is blank, too long or not text is refused with a sentence and not kept."""
    ann = await store.account()
    session = await store.session(ann)
    with pytest.raises(Unprocessable) as caught:
        await store.chat.add(session, ann.id, text)
    assert caught.value.code == "bad_chat"
    assert await store.chat.page(session, None, 10) == ([], None)


async def test_unknown_session(store: Store) -> None:
    """There is no message without a session."""
    with pytest.raises(sqlite3.IntegrityError):
        await store.chat.add("nothing", (await store.account()).id, "hello")
