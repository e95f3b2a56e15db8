"""The index of comments."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from code_together.errors import TooLarge
from code_together.storage.comments import Comments
from tests.storage.conftest import Store
from tests.storage.talk import comment, filled


async def test_one(store: Store, comments: Comments) -> None:
    """CM7: a comment is kept with the line that makes it, once; another session does not have it."""
    session, ann = await filled(store, comments, 1)
    one = comment(1, ann)
    assert await comments.get(session, one.id) == one
    assert await comments.get("other", one.id) is None
    assert await comments.add(session, one, ann, "{}", [], 1000) == one
    (waiting,) = await comments.lines.waiting(session, 10)
    assert (waiting.account, waiting.commit, waiting.line, waiting.extra) == (ann, one.commit, one.line, "{}")
    await comments.lines.written(session, [waiting], ("d" * 40, "e" * 40))
    assert await comments.lines.waiting(session, 10) == []
    assert await comments.lines.refs(session) == ("d" * 40, "e" * 40)
    with pytest.raises(TooLarge):
        await comments.add(session, comment(2, ann), ann, "{}", [], 1)


async def test_pages(store: Store, comments: Comments) -> None:
    """CM9: pages of whole threads follow each other without gap or repetition, the newest first; what is deleted is left out."""
    session, ann = await filled(store, comments, 5)
    first = comment(2, ann)
    for number in (10, 11):
        reply = replace(comment(number, ann), thread=first.id, parent=first.id)
        await comments.add(session, reply, ann, "{}", [], 1000)
    await comments.change(session, replace(first, deleted=True, text=""), ann, "{}", "{}", [])
    await comments.change(session, replace(comment(3, ann), deleted=True, text=""), ann, "{}", "{}", [])
    await comments.change(session, replace(comment(4, ann), settled=True, resolved=True), ann, "{}", "{}", [])
    seen, before = [], None
    while True:
        page, before = await comments.page(session, 2, before=before)
        seen.append([int(one.id, 16) for one in page])
        if before is None:
            break
    assert seen == [[5, 4], [2, 10, 11, 1]]
    assert await comments.count_open(session) == 3
    page, _ = await comments.page(session, 9, open=True, path="a.py")
    assert [int(one.id, 16) for one in page] == [5, 2, 10, 11, 1]
    resolved, _ = await comments.page(session, 9, open=False)
    assert [int(one.id, 16) for one in resolved] == [4]
    said, _ = await comments.page(session, 9, revision=comment(5, ann).commit, of=ann)
    assert 5 in [int(one.id, 16) for one in said]
    assert (await comments.page(session, 9, revision="f" * 40))[0] == []
    assert (await comments.page(session, 9, path="b.py"))[0] == []
    assert (await comments.page(session, 9, of=ann + 1))[0] == []


@pytest.mark.long
async def test_ten_thousand(store: Store, comments: Comments) -> None:
    """CM9: with 10,000 comments a page, the counts and a filter take milliseconds each, not a walk through all."""
    ann = (await store.account()).id
    session = await store.session(await store.accounts.by_id(ann))  # type: ignore[arg-type]
    rows = [
        (comment(number, ann, path=f"{number % 50}.py"), [ann] if number % 100 == 0 else [])
        for number in range(1, 10_001)
    ]
    await comments.lines.read_anew(session, rows, unread=True)
    began = time.process_time()
    page, before = await comments.page(session, 50)
    await comments.page(session, 50, before=before, open=True)
    await comments.page(session, 50, path="7.py", of=ann)
    assert await comments.count_open(session) == 10_000
    assert len(await comments.mentions.unread(session, ann)) == 100
    assert len(page) == 50
    assert time.process_time() - began < 5  # of the processor, however busy it is with others
