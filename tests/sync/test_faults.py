"""What goes wrong outside: killed clients, hostile servers, certificates."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from code_together.errors import NotAllowed, Unavailable, Unprocessable
from code_together.sync.line import address
from tests.conftest import Start
from tests.live import Person
from tests.sync.conftest import Place, Running

ROUNDS = int(os.environ.get("KILL_ROUNDS", "3"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)


@pytest.mark.long
async def test_killed_again_and_again(place: Place) -> None:
    """SY4: kill -9 at random moments while both sides edit, also the folder while nobody runs: each token is there once."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    await place.put("a.txt", "".join(f"line {i}\n" for i in range(30)))
    root = place.tmp_path / "here"
    tab = await place.ann.tab(place.session)
    peer = await tab.open("a.txt")
    tokens: list[str] = []

    def save() -> None:
        path = root / "a.txt"
        if path.exists():
            lines = path.read_text().splitlines(keepends=True)
            tokens.append(f"<here {len(tokens)}>")
            at = lines.index("line 20\n") if "line 20\n" in lines else len(lines)
            lines.insert(at, tokens[-1] + "\n")
            new = root / ".a.txt.swp"
            new.write_text("".join(lines))
            new.replace(path)

    for _ in range(ROUNDS):
        process = await place.process(root)
        end = asyncio.get_running_loop().time() + rng.uniform(0.7, 3.0)
        while asyncio.get_running_loop().time() < end:
            tokens.append(f"<tab {len(tokens)}>")
            await tab.type(peer, 0, tokens[-1] + "\n")
            await asyncio.sleep(rng.uniform(0.02, 0.2))
        save()
        await asyncio.sleep(rng.uniform(0.0, 0.6))
        process.kill()
        await process.communicate()
        save()
    process = await place.process(root, "--once")
    said = (await asyncio.wait_for(process.communicate(), 30))[0].decode()
    assert process.returncode == 0, said
    await tab.saved(peer)
    text = (root / "a.txt").read_text()
    await place.has("a.txt", text.encode())
    counts = Counter(text.splitlines())
    assert {token: counts[token] for token in tokens if counts[token] != 1} == {}
    assert {counts[f"line {i}"] for i in range(30)} == {1}
    assert sorted(path.name for path in root.iterdir()) == [".code-together-sync", "a.txt"]
    print(f"{ROUNDS} kills, {len(tokens)} tokens")


async def test_interrupted(place: Place) -> None:
    """SY2: Ctrl-C sends what was just saved, and leaves with 0."""
    await place.put("a.txt", "x\n")
    root = place.tmp_path / "here"
    process = await place.process(root)
    assert process.stdout is not None
    while not (await asyncio.wait_for(process.stdout.readline(), 15)).startswith(b"in step"):
        pass
    (root / "a.txt").write_text("y\n")
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 15) == 0
    assert await place.bytes("a.txt") == b"y\n"


HOSTILE = ["../x", "a/../../x", "/abs", ".git/hooks/x", "a/.git/config", ".code-together-sync"]


@pytest.fixture
async def hostile() -> AsyncIterator[str]:
    """A server whose session has files where none may be; gives the session's address."""

    async def live(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            said = frame.json()
            if said["type"] == "hello":
                about = {"id": "s", "title": "Trap", "visibility": "private", "archived": False}
                you = {"name": "ann", "role": "owner"}
                files = [{"path": path, "size": 1, "binary": i % 2 > 0} for i, path in enumerate(HOSTILE)]
                files.append({"path": "good", "size": 1, "binary": False})
                await socket.send_json(
                    {"type": "welcome", "client": "c", "session": about, "you": you, "files": files}
                )
            elif said["type"] == "open":
                # answers with another path than was asked for
                opened = {"doc": 1, "path": "../evil", "version": 0, "text": "x", "seq": 0}
                await socket.send_json({"type": "opened", "format": "utf-8", "read_only": False, **opened})
            elif said["type"] == "ping":
                await socket.send_json({"type": "pong"})
        return socket

    async def anything(request: web.Request) -> web.Response:
        return web.Response(body=b"\0trap")

    app = web.Application()
    app.router.add_get("/api/sessions/s/live", live)
    app.router.add_get("/api/sessions/s/files/{path:.*}", anything)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("/s/s"))
    await server.close()


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


async def test_hostile_server(hostile: str, tmp_path: Path) -> None:
    """SY7: a server that lies about paths writes nothing outside of the folder, and nothing into `.git`."""
    root = tmp_path / "deep" / "here"
    root.parent.mkdir()
    here = Running(hostile, root, "token")
    await here.not_in_step(*sorted([*HOSTILE, "good"]))
    for path in [*HOSTILE, "../evil"]:
        await here.heard(repr(path))
    await here.stop()
    assert files_below(tmp_path) == {"deep/here/.code-together-sync"}


async def test_tls(start: Start, tmp_path: Path) -> None:
    """SY8: over TLS with a certificate that only --ca knows; without it the client refuses."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
            ),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    server = await start(tls=f"{certificate},{key}")
    ann = Person(server.url, "ann")
    await ann.http.close()
    import aiohttp

    from code_together.sync.line import trust

    ann.http = aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True), connector=aiohttp.TCPConnector(ssl=trust(certificate))
    )
    await ann.post("/api/accounts", {"name": "ann", "password": "four teal kites"}, 201)
    place = Place(server, ann, await ann.new_session(), tmp_path)
    await place.put("a.txt", "x\n")
    await place.put("b.png", b"\0")
    here = await place.sync(ca=certificate)
    await here.in_step()
    assert here.text("a.txt") == "x\n"
    (here.root / "a.txt").write_text("y\n")
    await place.has("a.txt", b"y\n")
    await here.stop()
    with pytest.raises(NotAllowed, match="--ca"):
        await (await place.sync("other")).end()
    await ann.close()


async def test_no_tls_where_the_address_says_so(place: Place) -> None:
    """SY8: `https://` of a server that does not encrypt is told from one that cannot be reached."""
    place.url = place.url.replace("http://", "https://")
    here = await place.sync(token="x", once=True)
    with pytest.raises(Unavailable, match=r"does not speak TLS .* begins with http://\."):
        await here.end()


async def test_connection_is_ended(place: Place) -> None:
    """SY4: what is saved while the server has ended the connection is sent on the next."""
    await place.put("a.txt", "x\n")
    here = await place.sync()
    await here.in_step()
    from code_together.http.keys import REGISTRY

    room = await place.server.app[REGISTRY].room(place.session)
    for connection in list(room.connections):
        connection.end(1001, "")
    (here.root / "a.txt").write_text("y\n")
    await place.has("a.txt", b"y\n")


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("http://h:8080/s/abc", ("http://h:8080", "abc")),
        ("https://h/s/abc/history?x=1", ("https://h", "abc")),
        ("http://h/git/abc.git", ("http://h", "abc")),
        ("ftp://h/s/abc", None),
        ("http://h/", None),
        ("http://ann:secret@h/s/abc", None),
        ("http://h/s/..%2f", None),
    ],
)
def test_addresses(url: str, known: tuple[str, str] | None) -> None:
    """SY8: a page's and a clone's address name a session; one with a token in it is refused."""
    if known is None:
        with pytest.raises(Unprocessable):
            address(url)
    else:
        assert address(url) == known
