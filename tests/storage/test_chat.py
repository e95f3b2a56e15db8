"""The chat of a session."""

from __future__ import annotations

import sqlite3
import time

import pytest

from code_together.errors import CodeTogetherError, Conflict, NotAllowed, NotFound, Unprocessable
from code_together.storage.chat import Chat, ChatPage, Unread, mentions

from .conftest import Store


async def test_add(store: Store) -> None:
    """A message is kept as it was typed, with who said it and when."""
    ann = await store.account()
    session = await store.session(ann)
    message, fresh = await store.chat.add(session, ann.id, " hello,\n\tworld \1😀 <b>")
    assert fresh
    assert message.text == " hello,\n\tworld \1😀 <b>"
    assert message.account == ann
    assert abs(message.at - time.time()) < 60
    assert (message.edited_at, message.deleted) == (None, False)
    assert await store.chat.page(session, 10) == ChatPage([message], None, None)


async def test_sent_again(store: Store) -> None:
    """CH2: a message that is sent again with its key is kept once; keys are the account's own, and of one session."""
    ann, bob = await store.account(), await store.account("bob")
    session, other = await store.session(ann), await store.session(ann)
    first, _ = await store.chat.add(session, ann.id, "hello", "k")
    assert await store.chat.add(session, ann.id, "hello?", "k") == (first, False)
    assert (await store.chat.add(session, bob.id, "hello", "k"))[1]
    assert (await store.chat.add(other, ann.id, "hello", "k"))[1]
    assert len((await store.chat.page(session, 10)).messages) == 2
    for key in ("", "k" * 65):
        with pytest.raises(Unprocessable):
            await store.chat.add(session, ann.id, "hello", key)


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
        page = await store.chat.page(session, 3, before=before)
        pages.append(texts(page))
        if (before := page.older) is None:
            break
    assert pages == [["4", "5", "6"], ["1", "2", "3"], ["0"]]
    page = await store.chat.page(session, 7)
    assert (len(page.messages), page.older, page.newer) == (7, None, None)


async def test_pages_both_ways(store: Store) -> None:
    """CH3: a page lies before or after a message, or around one; both of its ends say whether there is more."""
    ann = await store.account()
    session, other = await store.session(ann), await store.session(ann)
    ids = []
    for n in range(9):
        ids.append((await store.chat.add(session, ann.id, f"message {n}"))[0].id)
        await store.chat.add(other, ann.id, "elsewhere")

    async def look(**place: int) -> tuple[str, int | None, int | None]:
        page = await store.chat.page(session, 4, **place)
        older, newer = (None if end is None else ids.index(end) for end in (page.older, page.newer))
        return "".join(texts(page)), older, newer

    assert await look() == ("5678", 5, None)
    assert await look(before=ids[5]) == ("1234", 1, 4)
    assert await look(before=ids[1]) == ("0", None, 0)
    assert await look(after=ids[4]) == ("5678", 5, None)
    assert await look(after=ids[1]) == ("2345", 2, 5)
    assert await look(around=ids[4]) == ("2345", 2, 5)
    assert await look(around=ids[0]) == ("01", None, 1)
    assert await look(around=ids[8]) == ("678", 6, None)
    empty = await store.chat.page(session, 4, after=ids[8])
    assert (empty.messages, empty.newer) == ([], None)


def texts(page: ChatPage) -> list[str]:
    return [message.text.removeprefix("message ") for message in page.messages]


async def test_edit(store: Store) -> None:
    """CH4: one's own message gets another text, and says when; nobody else's does, and no other session's."""
    ann, bob = await store.account(), await store.account("bob")
    session, other = await store.session(ann), await store.session(ann)
    message, _ = await store.chat.add(session, ann.id, "hello")
    edited = await store.chat.edit(session, message.id, ann.id, "hullo")
    assert (edited.id, edited.text, edited.at) == (message.id, "hullo", message.at)
    assert edited.edited_at is not None
    refusals: list[tuple[str, int, int, str, type[CodeTogetherError]]] = [
        (session, message.id, bob.id, "hi", NotAllowed),
        (other, message.id, ann.id, "hi", NotFound),
        (session, message.id + 1, ann.id, "hi", NotFound),
        (session, message.id, ann.id, " ", Unprocessable),
    ]
    for where, id, who, text, error in refusals:
        with pytest.raises(error):
            await store.chat.edit(where, id, who, text)
    assert await store.chat.page(session, 10) == ChatPage([edited], None, None)


async def test_delete(store: Store) -> None:
    """CH4: a deleted message's text is gone and its place stays. Its author can say it again; what an owner deleted stays so."""
    ann, bob = await store.account(), await store.account("bob")
    session = await store.session(ann)
    message, _ = await store.chat.add(session, bob.id, "hello")
    with pytest.raises(NotAllowed):
        await store.chat.delete(session, message.id, ann.id, of_others=False)
    gone = await store.chat.delete(session, message.id, bob.id, of_others=False)
    assert (gone.text, gone.deleted) == ("", True)
    back = await store.chat.edit(session, message.id, bob.id, "hello")
    assert (back.text, back.deleted) == ("hello", False)
    await store.chat.delete(session, message.id, ann.id, of_others=True)
    await store.chat.delete(session, message.id, bob.id, of_others=False)
    with pytest.raises(Conflict) as caught:
        await store.chat.edit(session, message.id, bob.id, "hello")
    assert caught.value.code == "message_deleted"
    with pytest.raises(NotFound):
        await store.chat.delete(session, message.id + 1, ann.id, of_others=True)


async def test_search(store: Store) -> None:
    """CH5: a search finds messages with all its words in any case, newest first, page by page, in this session, not deleted ones."""
    ann = await store.account()
    session, other = await store.session(ann), await store.session(ann)
    said = ["the LEXER", "Straße 100%", "lexer and parser", "a_b", "lexer, the old one"]
    ids = [(await store.chat.add(session, ann.id, text))[0].id for text in said]
    await store.chat.add(other, ann.id, "lexer")

    async def find(query: str, before: int | None = None, limit: int = 10) -> tuple[list[int], int | None]:
        found, following = await store.chat.search(session, query, before, limit)
        return [ids.index(message.id) for message in found], following

    assert await find("lexer") == ([4, 2, 0], None)
    assert await find("the  Lexer") == ([4, 0], None)
    assert await find("STRASSE") == ([1], None)
    assert await find("0%") == ([1], None)
    assert await find("%") == ([1], None)
    assert await find("_") == ([3], None)
    assert await find("nothing") == ([], None)
    assert await find("  ") == ([], None)
    first, following = await find("lexer", None, 2)
    assert first == [4, 2]
    assert await find("lexer", following, 2) == ([0], None)
    await store.chat.delete(session, ids[2], ann.id, of_others=False)
    assert await find("lexer") == ([4, 0], None)


async def test_search_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """CH5: one search looks at so many messages, and says from where the next goes on."""
    monkeypatch.setattr("code_together.storage.chat._SEARCHED_MESSAGES", 3)
    ann = await store.account()
    session = await store.session(ann)
    ids = [(await store.chat.add(session, ann.id, f"message {n}"))[0].id for n in range(7)]
    found, before = await store.chat.search(session, "message 0", None, 10)
    assert (found, before) == ([], ids[4])
    found, before = await store.chat.search(session, "message 0", before, 10)
    assert (found, before) == ([], ids[1])
    found, before = await store.chat.search(session, "message 0", before, 10)
    assert ([message.id for message in found], before) == ([ids[0]], None)


async def test_unread(store: Store) -> None:
    """CH6: what others said since one last read is counted, and what of it names one; one's place never goes back."""
    ann, bob = await store.account(), await store.account("bob")
    session = await store.session(ann)
    before, _ = await store.chat.add(session, ann.id, "before bob came, @bob")
    assert await store.chat.unread(session, bob) == Unread(before.id, 0, 0)
    await store.sessions.set_role(session, bob.id, "editor")
    assert await store.chat.unread(session, bob) == Unread(before.id, 0, 0)
    ids = []
    for who, text in ((ann, "one"), (ann, "two, @bob"), (bob, "@bob myself"), (ann, "@bobby")):
        ids.append((await store.chat.add(session, who.id, text))[0].id)
    assert await store.chat.unread(session, bob) == Unread(before.id, 3, 1)
    assert await store.chat.mark_read(session, bob, ids[0]) == Unread(ids[0], 2, 1)
    assert await store.chat.mark_read(session, bob, before.id) == Unread(ids[0], 2, 1)
    await store.chat.delete(session, ids[1], ann.id, of_others=False)
    assert await store.chat.unread(session, bob) == Unread(ids[0], 1, 0)
    assert await store.chat.mark_read(session, bob, 10**9) == Unread(ids[3], 0, 0)
    assert (await store.chat.unread(session, ann)).unread == 1


async def test_unread_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """CH6: the count ends at a number that nobody reads exactly."""
    monkeypatch.setattr(Chat, "MOST_UNREAD", 2)
    ann, bob = await store.account(), await store.account("bob")
    session = await store.session(ann)
    await store.sessions.set_role(session, bob.id, "viewer")
    for _ in range(4):
        await store.chat.add(session, ann.id, "@bob")
    unread = await store.chat.unread(session, bob)
    assert (unread.unread, unread.mentions) == (2, 2)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("@bob", True),
        ("hi @bob, look", True),
        ("(@bob)", True),
        ("**@bob**", True),
        ("@bob's", True),
        ("@bobby", False),
        ("@bob-2", False),
        ("ann@bob", False),
        ("x/@bob", False),
        ("@@bob", False),
        ("bob", False),
        ("@Bob", False),
    ],
)
def test_mentions(text: str, is_one: bool) -> None:
    """CH6: `@name` names somebody where it stands as a word of its own."""
    assert mentions(text, "bob") is is_one


@pytest.mark.parametrize("text", ["", " \n\t", "x" * 10_001, "half \ud83d", "a\0b"])
async def test_refused(store: Store, text: str) -> None:
    """A message that is blank, too long or not text is refused with a sentence and not kept."""
    ann = await store.account()
    session = await store.session(ann)
    with pytest.raises(Unprocessable) as caught:
        await store.chat.add(session, ann.id, text)
    assert caught.value.code == "bad_chat"
    assert await store.chat.page(session, 10) == ChatPage([], None, None)


async def test_unknown_session(store: Store) -> None:
    """There is no message without a session."""
    with pytest.raises(sqlite3.IntegrityError):
        await store.chat.add("nothing", (await store.account()).id, "hello")
