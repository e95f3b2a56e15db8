"""The list of revisions over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conftest import Browser, Server


async def change(browser: Browser, session: str, path: str, text: str) -> str:
    """A file has this text; gives the revision that it makes."""
    answer = await browser.send("PUT", f"/api/sessions/{session}/files/{path}", data=text.encode())
    assert answer.status in (200, 201), answer
    return str(answer.json["revision"])


async def asked(browser: Browser, session: str, what: str = "revisions", **query: str | int) -> Any:
    answer = await browser.get(f"/api/sessions/{session}/{what}?{urlencode(query)}")
    assert answer.status == 200, answer
    return answer.json


async def titles(browser: Browser, session: str, **query: str) -> list[str]:
    return [one["message"] for one in (await asked(browser, session, **query))["revisions"]]


@pytest.fixture
async def ann(server: Server) -> Browser:
    return await server.sign_up("ann", display_name="Ann Ortega")


@pytest.fixture
async def session(ann: Browser) -> str:
    return await ann.new_session()


async def test_the_list(ann: Browser, session: str) -> None:
    """HI1: each revision has its authors, time, message, names, files and what each author did; pages follow each other."""
    assert await asked(ann, session) == {"revisions": [], "next": None}
    first = await change(ann, session, "a.py", "1\n2\n")
    second = await change(ann, session, "a.py", "1\nzwei\n")
    await ann.post(f"/api/sessions/{session}/revisions", {"name": "First green"})
    page = await asked(ann, session, limit=1)
    author = {"name": "ann", "display_name": "Ann Ortega", "email": "ann@code.test"}
    [newest] = page["revisions"]
    assert newest.pop("at").endswith("Z")
    assert newest == {
        "id": second,
        "parents": [first],
        "authors": [author],
        "shares": [[1, 1]],
        "people": 0,
        "message": "Replace a.py",
        "names": ["First green"],
        "files": [{"path": "a.py", "added": 1, "removed": 1}],
        "comments": 0,
    }
    assert page["next"] == first
    page = await asked(ann, session, limit=1, before=page["next"])
    assert ([one["id"] for one in page["revisions"]], page["next"]) == ([first], None)
    one = await asked(ann, session, f"revisions/{second}")
    assert (one["id"], one["names"], one["files"]) == (second, ["First green"], newest["files"])


async def test_one_file(ann: Browser, session: str) -> None:
    """HI5: the list of a file goes back through its rename, with the path that it had in each revision."""
    await change(ann, session, "a.py", "1\n2\n3\n")
    await change(ann, session, "b.py", "other\n")
    await ann.patch(f"/api/sessions/{session}/files/a.py", {"path": "src/a.py"})
    await change(ann, session, "src/a.py", "1\n2\n")
    page = await asked(ann, session, path="src/a.py")
    assert [(one["message"], one["path"]) for one in page["revisions"]] == [
        ("Replace a.py", "src/a.py"),
        ("Move a.py to src/a.py", "src/a.py"),
        ("Add a.py", "a.py"),
    ]
    assert page["revisions"][1]["files"] == [
        {"path": "src/a.py", "added": 0, "removed": 0, "old_path": "a.py"}
    ]
    assert await titles(ann, session, path="b.py") == ["Add b.py"]
    assert await titles(ann, session, path="never.py") == []


async def test_filters(server: Server, ann: Browser, session: str) -> None:
    """HI6: by author (an account's name or an address), by words of the message, by a stretch of time."""
    bob = await server.member(ann, session, "bob", "editor")
    await change(ann, session, "a.py", "1\n")
    await change(bob, session, "b.py", "1\n")
    assert await titles(ann, session, author="bob") == ["Add b.py"]
    assert await titles(ann, session, author="ann@code.test") == ["Add a.py"]
    assert await titles(ann, session, author="nobody") == []
    both = await ann.get(f"/api/sessions/{session}/revisions?author=ann&author=bob")
    assert len(both.json["revisions"]) == 2
    assert await titles(ann, session, q="ADD B") == ["Add b.py"]
    [newest, _] = (await asked(ann, session))["revisions"]
    assert await titles(ann, session, until=newest["at"], since="2020-01-01T00:00:00+02:00") in (
        [],
        ["Add a.py"],
    )
    assert await titles(ann, session, until="2020-01-01T00:00:00Z") == []
    assert len(await titles(ann, session, since="2020-01-01T00:00:00Z")) == 2


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("before=main", 404),
        ("before=--output%3Dx", 404),
        (f"before={'0' * 40}", 404),
        ("before=", 404),
        ("since=yesterday", 400),
        ("since=2026-11-23", 400),
        ("until=2026-11-23T00:00:00", 400),
        ("until=9999-12-31T23:59:59-23:59", 400),
        ("until=9999-12-31T23:59:59Z&since=0001-01-01T00:00:00Z", 200),
        ("limit=0", 400),
        ("q=" + "x" * 2_000, 400),
        ("&".join(["author=a"] * 60), 400),
        ("path=..%2F..%2Fetc%2Fpasswd", 422),
        ("path=.git%2Fconfig", 422),
        ("path=%00", 422),
        ("q=%ED%A0%80&author=%ED%A0%80", 400),
        ("q=%00&author=%00", 200),
        ("author=nobody", 200),
        ("q=%25&path=%27%3B--", 200),
    ],
)
async def test_bad_input(ann: Browser, session: str, query: str, status: int) -> None:
    """What is malformed is refused with a sentence; what is only odd finds nothing."""
    await change(ann, session, "a.py", "1\n")
    answer = await ann.get(f"/api/sessions/{session}/revisions?{query}")
    assert answer.status == status, answer
    assert status != 200 or "until" in query or answer.json["revisions"] == []
    if "before" not in query and "limit" not in query:
        query = query.replace("since", "from").replace("until", "to")
        assert (await ann.get(f"/api/sessions/{session}/activity?{query}")).status == status
