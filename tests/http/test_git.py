from __future__ import annotations

import asyncio
import gzip
import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import encode_basic_auth

from code_together.git import transport
from code_together.http.git_process import CLONES
from code_together.http.keys import ACCOUNTS
from code_together.storage.accounts import Account
from tests.clones import run_git
from tests.conftest import PASSWORD, Browser, Server, Start


def with_login(url: str, name: str = "ann", password: str = PASSWORD) -> str:
    return url.replace("://", f"://{name}:{password.replace(' ', '%20')}@")


class Source:
    """A session of ann's with three revisions in it."""

    def __init__(self, server: Server, ann: Browser, session: str) -> None:
        self.server = server
        self.ann = ann
        self.session = session
        self.url = f"{server.url}/git/{session}.git"


@pytest.fixture
async def source(server: Server) -> Source:
    return await _source(server)


async def _source(server: Server) -> Source:
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    for text in (b"one\n", b"two\n", b"three\n" * 10_000):
        answer = await ann.send("PUT", f"/api/sessions/{session}/files/main.py", data=text)
        assert answer.status < 300, answer
    return Source(server, ann, session)


async def test_head(source: Source) -> None:
    """GT3: HEAD is answered without a body."""
    path = f"/git/{source.session}.git/info/refs?service=git-upload-pack"
    answer = await source.ann.send(
        "HEAD", path, headers={"Authorization": encode_basic_auth("ann", PASSWORD)}
    )
    assert (answer.status, answer.body) == (200, b"")
    assert (await source.ann.get("/api/me")).status == 200


async def test_a_relative_data_folder(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GT1: a clone works wherever the data folder was said to be, as with the default `repos`."""
    monkeypatch.chdir(tmp_path)
    source = await _source(await start(data=Path("repos")))
    ran = await run_git(tmp_path, "clone", "-q", with_login(source.url), "copy")
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("protocol", ["0", "1", "2"])
async def test_clone(source: Source, tmp_path: Path, protocol: str) -> None:
    """Point 4: a clone over every version of the protocol is whole and sound, and can be fetched into."""
    ran = await run_git(
        tmp_path, "-c", f"protocol.version={protocol}", "clone", "-q", with_login(source.url), "copy"
    )
    assert ran.returncode == 0, ran.stderr
    copy = tmp_path / "copy"
    assert (copy / "main.py").read_bytes() == b"three\n" * 10_000
    assert (await run_git(copy, "fsck", "--strict")).returncode == 0
    assert len((await run_git(copy, "log", "--format=%h")).stdout.split()) == 3
    await source.ann.send("PUT", f"/api/sessions/{source.session}/files/new.py", data=b"new\n")
    pulled = await run_git(copy, "-c", f"protocol.version={protocol}", "pull", "-q")
    assert pulled.returncode == 0, pulled.stderr
    assert (copy / "new.py").read_bytes() == b"new\n"


async def test_version_2_is_spoken(source: Source, tmp_path: Path) -> None:
    """The Git-Protocol header reaches git: version 2 is answered, and another value is not passed on."""
    traced = await run_git(tmp_path, "ls-remote", with_login(source.url), GIT_TRACE_PACKET="1")
    assert "< version 2" in traced.stderr
    assert "refs/heads/main" in traced.stdout
    for strange in ("version=2:$(x)", "version=3", "version=2\tx", "x"):
        answer = await source.ann.get(
            f"/git/{source.session}.git/info/refs?service=git-upload-pack",
            headers={"Authorization": encode_basic_auth("ann", PASSWORD), "Git-Protocol": strange},
        )
        assert answer.status == 200
        assert answer.body.startswith(b"001e# service=git-upload-pack\n0000")
        assert answer.headers["Content-Type"] == "application/x-git-upload-pack-advertisement"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_shallow_and_partial(source: Source, tmp_path: Path) -> None:
    """Shallow clones have as many revisions as asked for, partial ones no file that is not looked at."""
    ran = await run_git(tmp_path, "clone", "-q", "--depth=1", with_login(source.url), "shallow")
    assert ran.returncode == 0, ran.stderr
    assert (await run_git(tmp_path / "shallow", "rev-list", "--count", "HEAD")).stdout == "1\n"
    ran = await run_git(
        tmp_path, "clone", "--no-checkout", "--filter=blob:none", with_login(source.url), "partial"
    )
    assert ran.returncode == 0, ran.stderr
    assert "filtering not recognized" not in ran.stderr
    missing = await run_git(tmp_path / "partial", "rev-list", "--objects", "--missing=print", "HEAD")
    assert missing.stdout.count("\n?") == 3
    assert (await run_git(tmp_path / "partial", "checkout", "-q", "main")).returncode == 0


async def test_empty_session(server: Server, tmp_path: Path) -> None:
    """A session without a revision can be cloned."""
    ann = await server.sign_up("ann")
    url = f"{server.url}/git/{await ann.new_session()}.git"
    ran = await run_git(tmp_path, "clone", with_login(url), "copy")
    assert ran.returncode == 0, ran.stderr
    assert "empty repository" in ran.stderr


async def test_large_fetch_request_is_inflated(source: Source, tmp_path: Path) -> None:
    """A client with many commits of its own sends its request gzipped, and is answered."""
    await run_git(tmp_path, "clone", "-q", with_login(source.url), "copy")
    copy = tmp_path / "copy"
    stream = b"".join(
        b"commit refs/heads/b%d\ncommitter x <x@x> %d +0000\ndata 0\n\n" % (number, 4_000_000_000 + number)
        for number in range(300)
    )
    done = await asyncio.to_thread(
        subprocess.run, ["git", "-C", str(copy), "fast-import", "--quiet"], input=stream, capture_output=True
    )
    assert done.returncode == 0
    await source.ann.send("PUT", f"/api/sessions/{source.session}/files/new.py", data=b"new\n")
    fetched = await run_git(copy, "fetch", GIT_TRACE_CURL="1", GIT_TRACE_CURL_NO_DATA="1")
    assert fetched.returncode == 0, fetched.stderr
    assert "content-encoding: gzip" in fetched.stderr.lower()
    assert "main" in fetched.stderr


async def test_clone_is_never_older_than_the_screen(start: Start, tmp_path: Path) -> None:
    """GT1: what was typed a moment ago and is in no revision yet is in the clone."""
    server = await start(window_pause=600.0, window_longest=600.0)
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    await ann.send("PUT", f"/api/sessions/{session}/files/main.py", data=b"one\n")
    async with ann.http.ws_connect(f"/api/sessions/{session}/live") as socket:
        await socket.send_json({"type": "hello", "protocol": 1})
        await socket.send_json({"type": "open", "path": "main.py"})
        while (opened := await socket.receive_json())["type"] != "opened":
            pass
        push = {"type": "push", "doc": opened["doc"], "version": 0, "seq": 1, "changes": [[4, [0, "two"]]]}
        await socket.send_json(push)
        while (await socket.receive_json())["type"] != "updates":
            pass
        ran = await run_git(tmp_path, "clone", "-q", with_login(f"{server.url}/git/{session}.git"), "copy")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "copy" / "main.py").read_bytes() == b"one\ntwo"


async def test_credentials(source: Source, tmp_path: Path) -> None:
    """GT2: a password or a token with its name; nothing else, a cookie least of all, and 401 asks for them."""
    refs = f"/git/{source.session}.git/info/refs?service=git-upload-pack"
    bare = await source.ann.get(refs)
    assert bare.status == 401
    assert bare.headers["WWW-Authenticate"].startswith('Basic realm="')
    made = (await source.ann.post("/api/tokens", {"label": "x", "scope": "read"})).json
    await source.server.sign_up("bob")
    for name, password, status in (
        ("ann", PASSWORD, 200),
        ("ann", made["token"], 200),
        ("ann", "wrong password", 401),
        ("bob", made["token"], 401),
        ("", made["token"], 401),
        ("nobody", PASSWORD, 401),
    ):
        answer = await source.server.browser().get(
            refs, headers={"Authorization": encode_basic_auth(name, password)}
        )
        assert answer.status == status, name
    for header in (f"Bearer {made['token']}", "Basic", "Basic !", "Basic /w==", "Digest x"):
        assert (await source.ann.get(refs, headers={"Authorization": header})).status == 401
    ran = await run_git(tmp_path, "clone", with_login(source.url, "ann", made["token"]), "copy")
    assert ran.returncode == 0, ran.stderr
    ran = await run_git(tmp_path, "clone", with_login(source.url, "ann", "wrong"), "other")
    assert ran.returncode != 0
    assert "Authentication failed" in ran.stderr


async def test_wrong_passwords_are_throttled(start: Start, tmp_path: Path) -> None:
    """AC5: git is no way around the throttle; git shows why."""
    server = await start(login_attempts_per_account=2)
    source = await _source(server)
    for _ in range(2):
        await server.browser().log_in("ann", "wrong password")
    ran = await run_git(tmp_path, "clone", with_login(source.url), "copy")
    assert ran.returncode != 0
    assert "Too many failed logins" in ran.stderr


async def test_foreign_session(source: Source, tmp_path: Path) -> None:
    """GT2: who is no member gets 404, and git shows the sentence; a session open to the LAN can be cloned by all."""
    await source.server.sign_up("bob")
    ran = await run_git(tmp_path, "clone", with_login(source.url, "bob"), "copy")
    assert ran.returncode != 0
    assert "not found" in ran.stderr
    await source.ann.patch(f"/api/sessions/{source.session}", {"visibility": "lan"})
    ran = await run_git(tmp_path, "clone", with_login(source.url, "bob"), "copy")
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    "path",
    ["/config", "/HEAD", "/objects/info/packs", "/info/refs", "/info/refs?service=git-upload-archive",
     "/info/refs?service=git-upload-pack&service=git-receive-pack", "/../code_together.db", "/git-upload-pack/x", ""],
)  # fmt: skip
async def test_nothing_else_is_served(source: Source, path: str) -> None:
    """GT3: three endpoints, and no file of a repository."""
    headers = {"Authorization": encode_basic_auth("ann", PASSWORD)}
    assert (await source.ann.get(f"/git/{source.session}.git{path}", headers=headers)).status == 404


@pytest.mark.parametrize("packed", [True, False])
async def test_bodies_are_bounded(start: Start, packed: bool) -> None:
    """GT4: what git would get is counted after inflating; beyond the limit it is 413, and no process is left."""
    source = await _source(await start(git_request_bytes=100_000))
    body = b"0" * 3_000_000
    headers = {"Authorization": encode_basic_auth("ann", PASSWORD)}
    if packed:
        body = gzip.compress(body)
        assert len(body) < 100_000
        headers["Content-Encoding"] = "gzip"
    answer = await source.ann.send(
        "POST", f"/git/{source.session}.git/git-upload-pack", data=io.BytesIO(body), headers=headers
    )
    assert answer.status == 413
    assert not processes(f"{source.session}.git")


@pytest.mark.parametrize("protocol", ["version=0", "version=2"])
@pytest.mark.parametrize("service", ["git-upload-pack", "git-receive-pack"])
async def test_bombs(source: Source, service: str, protocol: str, caplog: pytest.LogCaptureFixture) -> None:
    """GT4: a request that unfolds, and that git gave up on at its beginning, is answered with what git says, not with an error of ours."""
    headers = {"Authorization": encode_basic_auth("ann", PASSWORD), "Content-Encoding": "gzip"}
    headers["Git-Protocol"] = protocol
    body = gzip.compress(b"0" * 60_000_000, 1)
    answer = await source.ann.send(
        "POST", f"/git/{source.session}.git/{service}", data=io.BytesIO(body), headers=headers
    )
    assert answer.status in (200, 400, 413)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_what_is_no_request(source: Source) -> None:
    """A body that git does not understand is refused, and the server stays well."""
    path = f"/git/{source.session}.git/git-upload-pack"
    headers = {"Authorization": encode_basic_auth("ann", PASSWORD)}
    answer = await source.ann.send("POST", path, data=b"nonsense", headers=headers)
    assert answer.status == 400
    broken = {**headers, "Content-Encoding": "gzip"}
    assert (await source.ann.send("POST", path, data=b"nonsense", headers=broken)).status == 400
    assert (await source.ann.get("/healthz")).status == 200


async def test_slow_git_is_stopped(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """GT4: after its time git is killed with all that it started, and the client hears of it."""
    source = await _source(await start(git_seconds=0.5))
    _slow_git(monkeypatch)
    headers = {"Authorization": encode_basic_auth("ann", PASSWORD)}
    answer = await source.ann.get(
        f"/git/{source.session}.git/info/refs?service=git-upload-pack", headers=headers
    )
    assert answer.status == 503
    assert not sleepers()


async def test_git_ends_with_its_client(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """GT4: when the client goes, git is killed with all that it started, even if it says nothing."""
    _slow_git(monkeypatch)
    headers = {"Authorization": encode_basic_auth("ann", PASSWORD)}
    asking = asyncio.create_task(
        source.ann.get(f"/git/{source.session}.git/info/refs?service=git-upload-pack", headers=headers)
    )
    await _until(sleepers)
    asking.cancel()
    await _until(lambda: not sleepers())


async def test_no_more_at_once_than_allowed(start: Start, tmp_path: Path) -> None:
    """Further clones wait for their turn, and get it."""
    source = await _source(await start(git_clones=1))
    ran = await asyncio.gather(
        *(run_git(tmp_path, "clone", "-q", with_login(source.url), f"copy{number}") for number in range(4))
    )
    assert [each.returncode for each in ran] == [0] * 4
    assert source.server.app[CLONES]._value == 1


async def _until(happens: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not happens():  # noqa: ASYNC110 - another process's state tells nobody
            await asyncio.sleep(0.05)


_SLEEP = f"83.{os.getpid()}"


def _slow_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """In git's place, a process that starts another and says nothing."""
    program = f"import subprocess; subprocess.run(['sleep', '{_SLEEP}'])"

    def slow(path: str, *, advertise: bool, protocol: str | None) -> tuple[list[str], dict[str, str]]:
        return [sys.executable, "-c", program], transport.environment()

    monkeypatch.setattr(transport, "upload_pack", slow)


def sleepers() -> list[int]:
    return processes(_SLEEP)


def processes(words: str) -> list[int]:
    """The processes with these words in their command."""
    listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    found = [line.split(None, 1) for line in listed.splitlines()]
    return [int(pid) for pid, command in found if words in command]


async def test_a_right_password_is_hashed_once(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clone costs one slow hash; a password that was changed, also by the shell, is checked again and refused."""
    accounts = source.server.app[ACCOUNTS]
    checked = []
    check = accounts.authenticate

    async def counted(name: str, password: str) -> Account:
        checked.append(name)
        return await check(name, password)

    monkeypatch.setattr(accounts, "authenticate", counted)
    assert (await run_git(tmp_path, "clone", with_login(source.url), "copy")).returncode == 0
    assert checked == ["ann"]
    ann = await accounts.by_name("ann")
    assert ann is not None
    await accounts.set_password(ann.id, "nine green lamps")
    assert (await run_git(tmp_path, "clone", with_login(source.url), "other")).returncode != 0
    await accounts.set_password(ann.id, PASSWORD)
    await accounts.disable(ann.id)
    assert (await run_git(tmp_path, "clone", with_login(source.url), "third")).returncode != 0
