"""Which revisions are found."""

from __future__ import annotations

from code_together.session.authors import Person
from code_together.storage.wanted import Wanted

from .conftest import Store
from .past import ANN, BOB, CLEO, SERVER, changed, ids, index, person, revision


async def test_filters(store: Store) -> None:
    """HI6: what is asked for together is wanted together; an author's file is one that they themselves edited."""
    session = await index(
        store,
        [
            revision(0, changed("a"), author=ANN, message="Import"),
            revision(1, changed("a"), author=BOB, message="Straße 100%"),
            revision(2, people=[person(2, ANN, changed("a")), person(2, BOB, changed("b"))]),
            revision(3, changed("b"), author=Person("Ann Other Name", ANN.email)),
        ],
    )
    assert await ids(store, session, Wanted(emails=(ANN.email,))) == ["r3", "r2", "r0"]
    assert await ids(store, session, Wanted(emails=(ANN.email, BOB.email))) == ["r3", "r2", "r1", "r0"]
    assert await ids(store, session, Wanted(emails=(CLEO.email,))) == []
    assert await ids(store, session, Wanted(emails=(SERVER.email,))) == []
    assert await ids(store, session, Wanted(path="a", emails=(BOB.email,))) == ["r1"]
    assert await ids(store, session, Wanted(since=60.0, until=180.0)) == ["r2", "r1"]
    assert await ids(store, session, Wanted(text="STRASSE 1")) == ["r1"]
    assert await ids(store, session, Wanted(text="%")) == ["r1"]
    assert await ids(store, session, Wanted(text="import", emails=(ANN.email,), until=1.0)) == ["r0"]


async def test_the_beginning_of_an_id(store: Store) -> None:
    """HI6: words that an id begins with find it too, if they are long enough to mean one."""
    session = await index(store, [revision(n, changed("a")) for n in range(1_001)])
    assert await ids(store, session, Wanted(text="R1000")) == ["r1000"]
    assert await ids(store, session, Wanted(text="r99")) == []
    assert await ids(store, session, Wanted(path="a", text="r100")) == ["r1000", "r100"]
