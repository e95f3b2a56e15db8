"""Comments in live sessions: what is said, and what is told of it."""

from __future__ import annotations

import asyncio

from code_together.config import Settings
from tests.compat.running import git
from tests.live import Person
from tests.rooms.talk import listed, replace, say, words


async def test_fresh_text(people: tuple[Person, Person], session: str) -> None:
    """CM1, CM4: to comment on what was just typed commits it first; everyone hears of it, at the version that they have."""
    ann, bob = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    await replace(tab, peer, "two", "two!")
    made = await say(bob, session)
    then = await ann.get(f"/api/sessions/{session}/files/a.py?revision={made['revision']}")
    assert made["said"]["quote"] in then.decode() == str(peer.text)
    told = await tab.expect("comment")
    assert {key: told[key] for key in made} == made
    assert words(peer, told["anchor"]) == "two!"


async def test_many_at_once(people: tuple[Person, Person], session: str, settings: Settings) -> None:
    """CM7, NO4: what many say in the same moment, typing meanwhile, is all there, once, in the database and in Git."""
    ann, bob = people
    tab = await ann.tab(session)
    peer = await tab.open("a.py")

    async def type_on() -> None:
        for number in range(30):
            await tab.type(peer, 0, f"{number}\n")
            await asyncio.sleep(0.01)

    said = [say(who, session, f"{who.name} {i}", path="a.py", anchor={"doc": peer.doc, "version": 0, "from": 9, "to": 12})
            for who in (ann, bob) for i in range(30)]  # fmt: skip
    made, _ = await asyncio.gather(asyncio.gather(*said), type_on())
    await tab.saved(peer)
    found = await listed(ann, session)
    assert {comment["id"] for comment in found} == {comment["id"] for comment in made}
    assert {words(peer, comment["anchor"]) for comment in found} == {"two"}
    repository = str(settings.data / f"{session}.git")
    lines = [git("notes", "--ref=devtools/discuss", "show", commit, at=repository).splitlines()
             for commit in {comment["revision"] for comment in made}]  # fmt: skip
    assert sum(map(len, lines)) == len({line for each in lines for line in each}) == 60
