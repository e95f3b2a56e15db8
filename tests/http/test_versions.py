"""Named versions over HTTP, live, and in clones."""

from __future__ import annotations

from pathlib import Path

from tests.clones import Clone
from tests.conftest import Server
from tests.docs.test_live_protocol import check
from tests.live import Person


async def test_naming(server: Server, tmp_path: Path) -> None:
    """NV1, NV2, NV4: any revision can be named; the name is in lists, on every screen at once, and in clones as an annotated tag."""
    ann, bob = await Person.sign_up(server.url, "ann"), await Person.sign_up(server.url, "bob")
    session = await ann.new_session(a_py="one\n")
    await ann.let_in(session, "bob")
    first = await ann.commit(session)
    await ann.put(f"/api/sessions/{session}/files/a.py", b"two\n", 200)
    second = await ann.commit(session)
    tab = await ann.tab(session)
    api = f"/api/sessions/{session}/versions"
    made = await bob.post(api, {"revision": first, "name": "Hand-in 1: über uns"})
    assert await tab.expect("named") == {
        "type": "named",
        "revision": first,
        "names": ["Hand-in 1: über uns"],
    }
    check(tab.seen["named"][0])
    assert (made["tag"], made["revision"]) == ("Hand-in-1-über-uns", first)
    assert made["by"] == {"name": "bob", "display_name": "Bob", "email": "bob@code.test"}
    assert await bob.post(api, {"revision": first, "name": "Hand-in 1: über uns"}) == made
    await ann.post(f"/api/sessions/{session}/revisions", {"name": "Now"})
    assert {v["name"]: v["revision"] for v in (await ann.get(api))["versions"]} == {
        "Now": second,
        "Hand-in 1: über uns": first,
    }
    copy = await Clone.of(ann, session, tmp_path / "clone")
    tags = (
        await copy.git("tag", "-n", "--format=%(objecttype) %(refname:short) %(taggername): %(subject)")
    ).stdout
    assert tags.splitlines() == ["tag Hand-in-1-über-uns Bob: Hand-in 1: über uns", "tag Now Ann: Now"]
    assert (await copy.git("rev-parse", "Hand-in-1-über-uns^{commit}")).stdout.strip() == first
    await copy.git("fsck", "--strict")
    await ann.close()
    await bob.close()


async def test_renaming_and_removing(server: Server, tmp_path: Path) -> None:
    """NV2, NV3: a name can be changed and taken away; the revision stays, and everybody sees it."""
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="one\n")
    first = await ann.commit(session)
    tab = await ann.tab(session)
    api = f"/api/sessions/{session}/versions"
    await ann.post(api, {"revision": first, "name": "First"})
    renamed = await ann.call("PATCH", f"{api}/First", 200, json={"name": "The first"})
    assert (renamed["tag"], renamed["name"]) == ("The-first", "The first")
    # The same ref for another name.
    same = await ann.call("PATCH", f"{api}/The-first", 200, json={"name": "The: first"})
    assert (same["tag"], same["name"]) == ("The-first", "The: first")
    copy = await Clone.of(ann, session, tmp_path / "clone")
    assert (await copy.git("ls-remote", "--tags", "origin")).stdout.split()[1::2] == [
        "refs/tags/The-first",
        "refs/tags/The-first^{}",
    ]
    await ann.call("DELETE", f"{api}/The-first", 204)
    await ann.call("DELETE", f"{api}/The-first", 404)
    await ann.call("PATCH", f"{api}/The-first", 404, json={"name": "x"})
    await tab.until(lambda: [one["names"] for one in tab.seen["named"]][-1:] == [[]], "the name's end")
    assert (await ann.get(f"/api/sessions/{session}/revisions/{first}"))["names"] == []
    assert (await ann.get(api))["versions"] == []
    await ann.close()


async def test_clashes_and_bad_names(server: Server) -> None:
    """NV3: two revisions never have one name, in either case; names that say nothing and revisions that are none are refused."""
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="one\n")
    first = await ann.commit(session)
    await ann.put(f"/api/sessions/{session}/files/a.py", b"two\n", 200)
    second = await ann.commit(session)
    other = await ann.new_session(b_py="b\n")
    foreign = await ann.commit(other)
    api = f"/api/sessions/{session}/versions"
    await ann.post(api, {"revision": first, "name": "Alpha 1"})
    await ann.post(api, {"revision": second, "name": "Beta"})
    for name in ("Alpha 1", "alpha 1", " ALPHA  1 "):
        error = (await ann.post(api, {"revision": second, "name": name}, 409))["error"]
        assert error["code"] == "name_taken"
        await ann.post(f"/api/sessions/{session}/revisions", {"name": name}, 409)
        await ann.call("PATCH", f"{api}/Beta", 409, json={"name": name})
    # Another name of the same form has a ref of its own.
    assert (await ann.post(api, {"revision": second, "name": "Alpha: 1"}))["tag"] == "Alpha-1-2"
    assert (await ann.post(api, {"revision": second, "name": "alpha-1"}))["tag"] == "alpha-1-3"
    for name in ("", "   ", "x" * 201, "\u200b\u0007", "…", "🎉"):
        error = (await ann.post(api, {"revision": first, "name": name}, 422))["error"]
        assert error["code"] == "bad_name"
    for name in ("", "x" * 201, "…"):
        await ann.post(f"/api/sessions/{session}/revisions", {"name": name}, 422)
    await ann.post(api, {"revision": first, "name": "x" * 200})
    for revision in (foreign, "0" * 40, "main", "--delete", first[:7], "é", ""):
        error = (await ann.post(api, {"revision": revision, "name": "Good"}, 404))["error"]
        assert error["code"] == "no_revision"
    for tag in ("none", "../heads/main", "Alpha-1^{}", "-d", "a%00b"):
        await ann.call("DELETE", f"{api}/{tag}", 404)
    assert len((await ann.get(api))["versions"]) == 5
    await ann.close()


async def test_a_clash_commits_nothing(server: Server) -> None:
    """NV3: saving by a name that another revision has leaves the window open."""
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="one\n")
    await ann.post(f"/api/sessions/{session}/revisions", {"name": "Done"})
    tab = await ann.tab(session)
    peer = await tab.open("a.py")
    await tab.type(peer, 0, "more ")
    await tab.saved(peer)
    error = (await ann.post(f"/api/sessions/{session}/revisions", {"name": "done", "message": "x"}, 409))[
        "error"
    ]
    assert error["code"] == "name_taken"
    assert [one["message"] for one in (await ann.get(f"/api/sessions/{session}/revisions"))["revisions"]] == [
        "Add a.py"
    ]
    made = await ann.post(
        f"/api/sessions/{session}/revisions", {"name": "Done, really", "message": "Say more"}
    )
    newest = (await ann.get(f"/api/sessions/{session}/revisions"))["revisions"][0]
    assert (newest["id"], newest["message"], newest["names"]) == (made["id"], "Say more", ["Done, really"])
    assert made["committed"] is True
    await ann.close()


async def test_a_message_that_comes_too_late(server: Server) -> None:
    """NV6: where the window has closed before, the newest revision gets the name and keeps its message, and the answer says so."""
    ann = await Person.sign_up(server.url, "ann")
    session = await ann.new_session(a_py="one\n")
    named = await ann.post(f"/api/sessions/{session}/revisions", {"name": "Done", "message": "Too late"})
    [newest] = (await ann.get(f"/api/sessions/{session}/revisions"))["revisions"]
    assert named == {"id": newest["id"], "committed": False}
    assert (newest["message"], newest["names"]) == ("Add a.py", ["Done"])
    again = await ann.post(f"/api/sessions/{session}/revisions", {"message": "Too late"}, 200)
    assert again == named
    await ann.close()
