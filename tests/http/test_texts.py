"""Texts of revisions over HTTP, and what nobody outside sees of them, of differences and of blame."""

from __future__ import annotations

import pytest

from tests.conftest import Browser, Server, Start
from tests.http.test_revisions import asked, change


@pytest.fixture
async def ann(server: Server) -> Browser:
    return await server.sign_up("ann", display_name="Ann Ortega")


@pytest.fixture
async def session(ann: Browser) -> str:
    return await ann.new_session()


async def test_a_file_to_read(ann: Browser, session: str) -> None:
    """LK4, LK5: a file as it was, with the colours of its code when they are asked for; without a revision as it is now."""
    first = await change(ann, session, "src/a.py", "return 1\n")
    second = await change(ann, session, "src/a.py", "x = 2\n")
    old = await asked(ann, session, "texts/src/a.py", revision=first, colors=1)
    roles = old.pop("roles")
    assert [[roles[role] for role in line[1::2]] for line in old["colors"]] == [["keyword", "", "number"], []]
    assert old.pop("colors") == [[6, 1, 1, 0, 1, 3], []]
    assert old == {
        "path": "src/a.py",
        "revision": first,
        "text": "return 1\n",
        "encoding": "utf-8",
        "size": 9,
        "cut": False,
        "language": "Python",
    }
    new = await asked(ann, session, "texts/src/a.py")
    assert (new["revision"], new["text"], new["colors"]) == (second, "x = 2\n", None)


async def test_colours_that_take_too_long(start: Start) -> None:
    """LK4: a text that keeps a lexer busy is given without colours, soon, and the next has its colours again."""
    server = await start(color_seconds=2.0)
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    hostile = "".join(f"{'a' * 9_000}{number}\n" for number in range(50))
    revision = await change(ann, session, "Makefile", hostile)
    slow = await asked(ann, session, "texts/Makefile", revision=revision, colors=1)
    assert (slow["colors"], slow["language"], slow["text"]) == (None, None, hostile)
    for _ in range(20):  # a new process starts meanwhile
        await change(ann, session, "a.py", "1\n")
        if (await asked(ann, session, "texts/a.py", colors=1))["colors"] is not None:
            break
    else:
        pytest.fail("Nothing has colours any more.")


async def test_ids_and_paths_from_outside(server: Server, ann: Browser, session: str) -> None:
    """LK7: ids that are unknown, foreign or no ids at all are not there, and neither are paths; nobody else sees any of it."""
    revision = await change(ann, session, "a.py", "1\n")
    other = await ann.new_session("Other")
    foreign = await change(ann, other, "a.py", "2\n")
    base = f"/api/sessions/{session}"
    for id in ("0" * 40, "HEAD", "main", "--output=x", revision[:7], foreign, "-"):
        for path in (
            f"revisions/{id}/diff",
            f"revisions/{revision}/diff?base={id}",
            f"texts/a.py?revision={id}",
        ):
            assert (await ann.get(f"{base}/{path}")).status == 404, path
        assert (await ann.get(f"{base}/blame/a.py?revision={id}")).status == 404
    for what in ("texts", "blame"):
        for path, status in (("nothing", 404), ("--help", 404), (".git/config", 422)):
            answer = await ann.get(f"{base}/{what}/{path}?revision={revision}")
            assert answer.status == status, (what, path)
    for wrong in ("after=0", "after=-1", "after=x"):
        assert (await ann.get(f"{base}/revisions/{revision}/diff?{wrong}")).status == 400
    bob = await server.sign_up("bob")
    for path in (f"revisions/{revision}/diff", "texts/a.py", "blame/a.py"):
        assert (await bob.get(f"{base}/{path}")).status == 404
