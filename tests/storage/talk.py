"""Comments for the tests of their index."""

from __future__ import annotations

from dataclasses import replace

from code_together.session.lines import LineRange
from code_together.storage.commentrows import Comment, Spot
from code_together.storage.comments import Comments
from tests.storage.conftest import Store

PLACE = Spot((4, 7), LineRange(2, 1, 2, 4))


def comment(number: int, account: int, **fields: object) -> Comment:
    """A thread; its id is its number."""
    id = f"{number:040x}"
    made = Comment(
        id=id, commit="c" * 40, line="{}", parent=None, thread=id, account=account, author="ann@host", at=float(number),
        edited_at=None, newest=number, text=f"number {number}", resolved=None, settled=False, deleted=False, revision="c" * 40,
        said_path="a.py", said=PLACE, quote="one", document=1, path="a.py",
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


async def filled(store: Store, comments: Comments, count: int) -> tuple[str, int]:
    """A session with so many threads, and who said them."""
    ann = await store.account()
    session = await store.session(ann)
    for number in range(1, count + 1):
        assert await comments.add(session, comment(number, ann.id), ann.id, "{}", [], 1000) is None
    return session, ann.id
