"""Where the texts of comments are."""

from __future__ import annotations

from dataclasses import replace

from code_together.storage.commentplaces import Placed
from code_together.storage.commentrows import Comment
from code_together.storage.comments import Comments
from tests.storage.conftest import Store
from tests.storage.talk import PLACE, comment, filled


async def test_places(store: Store, comments: Comments) -> None:
    """CM2: places are noted for whole threads, and stay when a comment is read anew from Git."""
    session, ann = await filled(store, comments, 2)
    one = comment(1, ann)
    await comments.places.place(
        session, [Placed(one.id, 7, "b.py", 3, PLACE), Placed(comment(2, ann).id, 7, "b.py", 3, None)]
    )
    placed = await comments.get(session, one.id)
    assert placed == replace(one, document=7, path="b.py", version=3, place=PLACE)
    for document, path, found in ((7, "b.py", [2]), (8, "b.py", [2, 1]), (8, "c.py", [])):
        lost = await comments.places.outdated(session, document, path, 10)
        assert [int(comment.id, 16) for comment in lost] == found
    await comments.places.move(session, {7: "c.py"})
    assert await comments.places.documents(session) == [(7, "c.py")]
    rows: list[tuple[Comment, list[int]]] = [(replace(one, text="anew"), [])]
    await comments.lines.read_anew(session, rows, unread=True)
    assert await comments.get(session, one.id) == replace(placed, path="c.py"), "its line waits"
    await comments.lines.written(session, await comments.lines.waiting(session, 9), (None, None))
    await comments.lines.read_anew(session, rows, gone=[comment(2, ann).id], unread=True)
    assert await comments.get(session, one.id) == replace(placed, text="anew", path="c.py")
    assert await comments.get(session, comment(2, ann).id) is None
    assert [int(found.id, 16) for found in await comments.places.anchored(session, 7, "x")] == [1]
