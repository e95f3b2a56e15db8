"""A session that is lost with its server, and made again from a mirror clone and people's accounts."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Any

from code_together.config import Settings
from code_together.http.app import serving
from code_together.rooms.verification import verify
from tests.clones import run_git
from tests.docs.pages import page
from tests.live import PASSWORD, Person


async def run(command: str, folder: Path, person: Person, session: str) -> None:
    """A command of the page, with this server's address, and the password that git would ask for."""
    login = f"{person.name}:{PASSWORD.replace(' ', '%20')}@"
    address = person.url.replace("://", f"://{login}")
    command = command.replace("http://ann@127.0.0.1:8080", address).replace("SESSION", session)
    program, *words = shlex.split(command)
    assert program == "git"
    ran = await run_git(folder, *words)
    assert ran.returncode == 0, ran.stderr


async def told(person: Person, session: str) -> dict[str, Any]:
    where = f"/api/sessions/{session}"
    found: dict[str, Any] = {}
    for file in (await person.get(f"{where}/files"))["files"]:
        found[file["path"]] = await person.get(f"{where}/files/{file['path']}")
        found[f"blame {file['path']}"] = await person.get(f"{where}/blame/{file['path']}")
    found["revisions"] = await person.get(f"{where}/revisions?people=1&limit=100")
    found["comments"] = [
        {
            name: said[name]
            for name in ("id", "parent", "path", "revision", "range", "said", "text", "mentions", "resolved")
        }
        | {"by": said["author"]["email"], "at": said["at"][:19]}
        for said in (await person.get(f"{where}/comments"))["comments"]
    ]
    return found


async def test_rebuilt_from_a_mirror(settings: Settings, tmp_path: Path) -> None:
    """BK7: texts, history, names and comments of a lost session come back by the page's push of a mirror clone, for the accounts of the database."""
    clone, push = (command for command in page("docs/howto/back-up.md").commands if "lost.git" in command)
    async with serving(settings) as server:
        ann, bob = await Person.sign_up(server.url, "ann"), await Person.sign_up(server.url, "bob")
        lost = await ann.new_session(a_py="one\ntwo\nthree\n")
        await ann.let_in(lost, "bob")
        for number, person in enumerate((ann, bob)):
            tab = await person.tab(lost)
            peer = await tab.open("a.py")
            await tab.type(peer, 0, f"by {number}\n")
            await tab.saved(peer)
        where = f"/api/sessions/{lost}"
        await ann.post(f"{where}/revisions", {"name": "First draft"})
        said = {"path": "a.py", "range": {"start_line": 2, "end_line": 3}, "text": "Why, @bob?"}
        first = await ann.post(f"{where}/comments", said)
        await bob.post(f"{where}/comments", {"parent": first["id"], "text": "Because."})
        before = await told(ann, lost)
        await run(clone, tmp_path, ann, lost)
        await ann.close()
        await bob.close()
    shutil.rmtree(settings.data / f"{lost}.git")
    async with serving(settings) as server:
        ann, bob = await Person.log_in(server.url, "ann"), await Person.log_in(server.url, "bob")
        await ann.call("DELETE", f"/api/sessions/{lost}", 204)
        session = await ann.new_session()
        await ann.let_in(session, "bob")
        await run(push, tmp_path, ann, session)
        assert await told(ann, session) == before
        assert await told(bob, session) == before
        await ann.close()
        await bob.close()
    faults: list[str] = []
    assert (await verify(settings, faults.append, lambda _: None)).faults == 0, faults
