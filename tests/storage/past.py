"""Sessions with a history in the index, made of few words."""

from __future__ import annotations

from collections.abc import Sequence

from code_together.session.authors import Person
from code_together.session.revisions import FileStat, Revision
from code_together.storage.wanted import Wanted

from .conftest import Store

ANN, BOB, CLEO = (Person(name.title(), f"{name}@host") for name in ("ann", "bob", "cleo"))
SERVER = Person("code_together", "server@host")


def changed(path: str, added: int = 1, removed: int = 0) -> FileStat:
    return FileStat(path, added, removed)


def moved(path: str, old: str) -> FileStat:
    return FileStat(path, 0, 0, "renamed", old)


def revision(
    number: int, *files: FileStat, author: Person = ANN, people: Sequence[Revision] = (), message: str = ""
) -> Revision:
    """The one with this number, a minute after the one before."""
    authors = [one.authors[0] for one in people] or [author]
    parents = [f"r{number - 1}", *(one.id for one in people[-1:])] if number else []
    return Revision(
        f"r{number}", parents, authors, 60.0 * number, message or f"Number {number}", [*files], [*people]
    )


def person(number: int, who: Person, *files: FileStat) -> Revision:
    """That person's commit of the revision with this number."""
    return Revision(f"r{number}-{who.email}", [f"r{number - 1}"], [who], 60.0 * number, "Mine", [*files])


async def index(store: Store, revisions: Sequence[Revision]) -> str:
    """A session whose index has these revisions, given oldest first."""
    session = await store.session(await store.account())
    await store.revisions.begin(session, revisions[-1].id)
    await store.revisions.add_older(session, revisions[::-1], None)
    return session


async def ids(store: Store, session: str, wanted: Wanted, limit: int = 100) -> list[str]:
    """All that are wanted, page by page."""
    found: list[str] = []
    start: str | None = None
    while True:
        page, following = await store.revisions.page(session, start, limit, wanted)
        found += [one.revision.id for one in page]
        if following is None:
            return found
        assert len(page) == limit
        start = following
