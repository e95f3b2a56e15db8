"""What a token may do, and what becomes of it while the client runs."""

from __future__ import annotations

import pytest

from code_together.errors import CodeTogetherError
from tests.live import Person
from tests.sync.conftest import Place


async def test_a_token_that_only_reads(place: Place) -> None:
    """SY8: with a token that may only read what others do comes here; that nothing is sent is said at once."""
    await place.put("a.txt", "x\n")
    here = await place.sync(token=await place.token(place.ann, "read"))
    await here.heard("what is changed here is not sent to this session: you may only look at it")
    await here.in_step()
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    await tab.type(peer, 0, "typed ")
    await here.has("a.txt", "typed x\n")
    (here.root / "new.txt").write_text("new\n")
    await here.heard("new.txt: new here and not sent")
    assert await place.paths() == ["a.txt"]
    await here.not_in_step("new.txt")
    assert await here.stop() == ["new.txt"]


async def test_the_reason_is_said_each_time(place: Place) -> None:
    """SY11: of a file that somebody who may only look has edited before, the reason is said the next time, too."""
    await place.put("a.txt", "x\n")
    await place.put("b.bin", b"\0")
    token = await place.token(place.ann, "read")
    first = await place.sync(token=token)
    await first.in_step()
    assert await first.stop() == []
    (first.root / "a.txt").write_text("mine\n")
    (first.root / "b.bin").write_bytes(b"\0mine")
    for _ in range(2):
        here = await place.sync(token=token, once=True)
        assert await here.end() == ["a.txt", "b.bin"]
        for path in ("a.txt", "b.bin"):
            assert f"{path}: changed here and not sent: you may only look at this session" in here.said


async def test_a_role_that_changes(place: Place) -> None:
    """SY8: who loses the right to edit while it runs is told so, and what they changed is sent when they have it again."""
    await place.put("a.txt", "x\n")
    bob = await Person.sign_up(place.server.url, "bob")
    await place.ann.let_in(place.session, "bob")
    here = await place.sync("bob", bob)
    await here.in_step()
    await place.ann.let_in(place.session, "bob", "viewer")
    await here.heard("you may only look at it")
    (here.root / "a.txt").write_text("mine\n")
    (here.root / "b.txt").write_text("b\n")
    await here.heard("b.txt: new here and not sent")
    await place.ann.let_in(place.session, "bob", "editor")
    await here.heard("you may edit this session")
    await place.has("a.txt", b"mine\n")
    await place.has("b.txt", b"b\n")
    assert await here.stop() == []
    await bob.close()


async def test_an_archived_session(place: Place) -> None:
    """SY8: an archived session takes nothing; when it is taken out of the archive what waited is sent."""
    await place.put("a.txt", "x\n")
    here = await place.sync()
    await here.in_step()
    about = f"/api/sessions/{place.session}"
    await place.ann.call("PATCH", about, 200, json={"archived": True})
    (here.root / "a.txt").write_text("y\n")
    (here.root / "b.txt").write_text("b\n")
    await here.heard("it is archived")
    await here.heard("a.txt: changed here and not sent: the session is archived")
    await here.heard("b.txt: new here and not sent: the session is archived")
    assert not [line for line in here.said if "only look" in line]
    await place.ann.call("PATCH", about, 200, json={"archived": False})
    await place.has("a.txt", b"y\n")
    await place.has("b.txt", b"b\n")
    assert await here.stop() == []


async def test_a_deleted_session(place: Place) -> None:
    """SY8: when the session is deleted it ends with a sentence, and the files stay."""
    await place.put("a.txt", "x\n")
    here = await place.sync()
    await here.in_step()
    await place.ann.call("DELETE", f"/api/sessions/{place.session}", 204)
    with pytest.raises(CodeTogetherError, match=r"deleted"):
        await here.end()
    assert here.text("a.txt") == "x\n"


async def test_a_withdrawn_token(place: Place) -> None:
    """SY8: when the token is withdrawn it ends with a sentence, and what was changed here stays."""
    await place.put("a.txt", "x\n")
    made = await place.ann.post("/api/tokens", {"label": "sync", "scope": "write"})
    here = await place.sync(token=made["token"])
    await here.in_step()
    await place.ann.call("DELETE", f"/api/tokens/{made['id']}", 204)
    (here.root / "b.txt").write_text("b\n")
    with pytest.raises(CodeTogetherError, match=r"[Tt]he access token"):
        await here.end()
    assert here.text("b.txt") == "b\n"
    assert here.text("a.txt") == "x\n"
    again = await place.sync(token=made["token"])
    with pytest.raises(CodeTogetherError, match=r"does not know the access token, or its time is over"):
        await again.end()
