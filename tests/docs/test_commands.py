"""Every command that a page shows is run, or is of a kind that is checked in another way."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

import click
import pytest

from code_together import cli, config
from tests.conftest import PASSWORD, Browser, Server, Start
from tests.docs.pages import ROOT, page, pages

COMMANDS = sorted({command for one in pages() for command in one.commands})
# What changes the machine, or takes very long; their programs are not ours.
OF_THE_SYSTEM = (
    "apt-get install ",
    "openssl req ",
    "git config --global ",
    "tar -czf ",
    "update-ca-certificates",
    "docker compose -f deploy/compose.yaml ",
    "systemctl ",
    "journalctl ",
    "useradd ",
    "runuser -u code-together -- env CODE_TOGETHER_DATA=/var/lib/code-together/repos /opt/code-together/bin/code-together user ",
    "python3 -m venv /opt/code-together",
    "/opt/code-together/bin/pip install ",
    "install -m 644 deploy/code-together",
    "install -m 600 /dev/null /etc/code-together.env",
    "install -m 644 ca.crt /usr/local/share/ca-certificates/",
)
_ASSIGNMENTS = re.compile(r"^(?:[A-Z_]+=\S+ )+")

MAKE = [command for command in COMMANDS if re.match(r"make\b", _ASSIGNMENTS.sub("", command))]
USERS = [
    command
    for command in COMMANDS
    if "code-together user " in command and not command.startswith(("docker ", "runuser "))
]
MIRRORS = [command for command in COMMANDS if "lost.git" in command]  # tests/faults/test_mirror.py
CLONES = [command for command in COMMANDS if command.startswith("git clone ") and command not in MIRRORS]
TRUSTING = [command for command in COMMANDS if command.startswith("git -c http.sslCAInfo=ca.crt clone ")]
IN_A_CLONE = [
    command for command in COMMANDS if re.match(r"git (log|blame|pull|fetch|notes|config --add)\b", command)
]
FIRST_PUSHES = [command for command in COMMANDS if " together" in command and command.startswith("git ")]
IN_THE_DATA = [command for command in COMMANDS if command.startswith("git -C repos/")]
SCRIPTS = [command for command in COMMANDS if command.startswith("curl ") and "-X" in command]
LOOKS = [command for command in COMMANDS if command.startswith("curl -s http://127.0.0.1:8080/")]
SYNCS = [command for command in COMMANDS if command.startswith(("code-together sync ", "install -m 600 "))]
VERIFICATIONS = [command for command in COMMANDS if command == "code-together verify"]
BACKUPS = [command for command in COMMANDS if re.match(r"code-together (backup|restore) ", command)]
TOOLS = [command for command in COMMANDS if re.match(r"\.venv/bin/|cd web && npm ", command)]


def test_kinds() -> None:
    """No page shows a command that is of none of these kinds."""
    known = {*MAKE, *USERS, *CLONES, *IN_A_CLONE, *FIRST_PUSHES, *IN_THE_DATA, *SCRIPTS, *SYNCS, *TOOLS}
    known |= {*VERIFICATIONS, *LOOKS, *BACKUPS, *MIRRORS, *TRUSTING}
    assert [one for one in COMMANDS if one not in known and not one.startswith(OF_THE_SYSTEM)] == []


@pytest.mark.parametrize("command", MAKE)
def test_make(command: str) -> None:
    """`make` is given targets that the Makefile has, and options that `serve` takes."""
    _, *words = shlex.split(_ASSIGNMENTS.sub("", command))
    makefile = (ROOT / "Makefile").read_text()
    for word in words:
        if word.startswith("ARGS="):
            given = shlex.split(word.removeprefix("ARGS="))
            serve = cli.main.commands["serve"]
            assert serve.make_context("serve", list(given)).params, given
        else:
            assert re.search(rf"^{re.escape(word)}:.*##", makefile, re.MULTILINE), word


def test_make_help() -> None:
    """What README says of `make help` is there: the two commands and the rest, each with a sentence."""
    makefile = (ROOT / "Makefile").read_text()
    assert {"help", "run", "test"} <= set(re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE))


def test_tools() -> None:
    """Tests, scripts and modules that the contributors' page runs are there."""
    scripts = json.loads((ROOT / "web" / "package.json").read_text())["scripts"]
    for command in TOOLS:
        if command.startswith("cd web && npm "):
            assert command.removeprefix("cd web && npm ").removeprefix("run ") in scripts
        elif "pytest" in command:
            assert (ROOT / command.split()[1]).is_dir(), command
        elif module := re.fullmatch(r"\.venv/bin/python -m (tests\.[a-z0-9.]+)", command):
            assert (ROOT / module[1].replace(".", "/")).with_suffix(".py").is_file(), command
        else:
            assert command == ".venv/bin/python -m code_together.config > docs/reference/settings.md"
            assert (ROOT / "docs/reference/settings.md").read_text() == config.as_markdown()


async def run(command: str, folder: Path, **environment: str) -> str:
    """What a shell prints for the command. It has nothing of this machine's configuration, and our program by its name."""
    bin = folder / "bin"
    bin.mkdir(exist_ok=True)
    program = bin / "code-together"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m code_together "$@"\n')
    program.chmod(0o700)
    process = await asyncio.create_subprocess_shell(
        command,
        cwd=folder,
        env={
            "PATH": f"{bin}:{os.environ['PATH']}",
            "HOME": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C.UTF-8",
            "CODE_TOGETHER_BCRYPT_COST": "4",
            **environment,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await asyncio.wait_for(process.communicate(), 60))[0].decode()
    assert process.returncode == 0, f"{command}\n{said}"
    return said


async def test_user_commands(tmp_path: Path) -> None:
    """Every account command of the pages works, on a data folder of its own."""
    for i, command in enumerate(USERS):
        data = str(tmp_path / f"data{i}")
        if not re.search(r"user add ann", command):
            made = "echo 'a first password' | code-together user add ann --password-stdin"
            await run(made, tmp_path, CODE_TOGETHER_DATA=data)
        if re.search(r"user (add|passwd) \w+$", command):  # would ask on the terminal
            command = f"echo 'four teal kites' | {command} --password-stdin"
        said = await run(command, tmp_path, CODE_TOGETHER_DATA=data)
        name = "dan" if "for name" in command else "ann"
        assert name in said, (command, said)


async def test_verify(tmp_path: Path) -> None:
    """The page's look at a data folder works."""
    made = "echo 'a first password' | code-together user add ann --password-stdin"
    await run(made, tmp_path, CODE_TOGETHER_DATA=str(tmp_path / "data"))
    for command in VERIFICATIONS:
        said = await run(command, tmp_path, CODE_TOGETHER_DATA=str(tmp_path / "data"))
        assert said.startswith("Checked 0 sessions: ")
    assert VERIFICATIONS


async def test_backups(tmp_path: Path) -> None:
    """Every backup of the pages is written, and what is restored makes a data folder on another machine."""
    here, there = str(tmp_path / "data"), str(tmp_path / "there")
    await run(
        "echo 'a first password' | code-together user add ann --password-stdin",
        tmp_path,
        CODE_TOGETHER_DATA=here,
    )
    for command in sorted(BACKUPS):  # backups first
        data = here if " backup " in command else there
        assert "0 sessions in " in await run(command, tmp_path, CODE_TOGETHER_DATA=data)
    assert (tmp_path / "there" / "code_together.db").is_file()


def test_options_are_described() -> None:
    """The page of the command line names every command and option that there is, and none that is not."""
    text = page("docs/reference/command-line.md").text
    there: set[str] = set()
    for name, command in cli.main.commands.items():
        assert f"code-together {name}" in text
        parts = command.commands.values() if isinstance(command, click.Group) else [command]
        for part in parts:
            assert part.name is not None
            assert re.search(rf"`(code-together )?{part.name}\b", text), part.name
            options = [one for one in part.params if isinstance(one, click.Option) and not one.hidden]
            there |= {spelling for option in options for spelling in option.opts}
    assert there - {"--help", "-h"} == set(re.findall(r"--[a-z][a-z-]+", text))


@pytest.fixture
async def ann(server: Server) -> Browser:
    return await server.sign_up("ann", display_name="Ann Ortega")


@pytest.fixture
async def session(ann: Browser) -> str:
    id = await ann.new_session("Expression parser")
    answer = await ann.send("PUT", f"/api/sessions/{id}/files/src/parser.py", data=b"print(1)\n")
    assert answer.status == 201
    said = {"path": "src/parser.py", "range": {"start_line": 1, "end_line": 1}, "text": "Why?"}
    assert (await ann.post(f"/api/sessions/{id}/comments", said)).status == 201
    return id


async def test_git_commands(server: Server, session: str, settings: config.Settings, tmp_path: Path) -> None:
    """Every git command of the pages works against a running server: clones, what is done in one, and a look at the server's own."""
    for command in CLONES:
        place = tmp_path / f"clone{CLONES.index(command)}"
        place.mkdir()
        where = f"//ann:{quote(PASSWORD)}@{urlsplit(server.url).netloc}/"
        there = re.sub(r"//(NAME@HOST|ann@127\.0\.0\.1:8080)/", where, command).replace("SESSION", session)
        await run(there, place)
        clone = place / session
        assert (clone / "src" / "parser.py").read_text() == "print(1)\n"
        for inside in IN_A_CLONE:
            said = await run(inside, clone)
            silent = inside.startswith(("git pull", "git fetch", "git config"))
            shown = ('"Why?"',) if "notes" in inside else ("Add parser.py", "Ann Ortega")
            assert silent or any(text in said for text in shown), (inside, said)
    (tmp_path / "repos").symlink_to(settings.data)
    for command in IN_THE_DATA:
        await run(command.replace("SESSION", session), tmp_path)
    assert CLONES
    assert IN_A_CLONE
    assert IN_THE_DATA


async def test_clone_over_tls(start: Start, settings: config.Settings, tmp_path: Path) -> None:
    """NW4: with the authority's certificate, as the page says, git clones from a server that made its own."""
    server = await start(tls="auto")
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    assert (await ann.send("PUT", f"/api/sessions/{session}/files/a.txt", data=b"one")).status == 201
    (tmp_path / "ca.crt").write_bytes((await ann.get("/ca.crt")).body)
    for command in TRUSTING:
        where = f"//ann:{quote(PASSWORD)}@{urlsplit(server.url).netloc}/"
        await run(command.replace("//NAME@HOST/", where).replace("SESSION", session), tmp_path)
        assert (tmp_path / session / "a.txt").read_text() == "one"
    assert TRUSTING


async def test_scripts(server: Server, ann: Browser, session: str) -> None:
    """A script of the pages does what it says: its request, sent by other means than curl, is answered."""
    made = await ann.post("/api/tokens", {"label": "Script", "scope": "write"})
    for command in SCRIPTS:
        words = shlex.split(command.replace("TOKEN", made.json["token"]).replace("SESSION", session))
        method, header, url = words[words.index("-X") + 1], words[words.index("-H") + 1], words[-1]
        name, _, value = header.partition(": ")
        path = url.removeprefix("http://HOST")
        answer = await server.browser().send(method, path, headers={name: value}, data=b"print(2)\n")
        assert answer.status == 200, (command, answer)
        assert (await ann.get(path)).body == b"print(2)\n"


async def test_looks(server: Server) -> None:
    """What the pages look at on the server's own machine is there, without a login."""
    for command in LOOKS:
        path = command.removeprefix("curl -s http://127.0.0.1:8080")
        assert (await server.browser().get(path)).status == 200
    assert LOOKS


def numbers_named(text: str) -> set[str]:
    return set(re.findall(r"\bcode_together_[a-z_]+", text)) - {"code_together_", "code_together_ca"}


async def test_numbers_to_watch(server: Server) -> None:
    """OB2: every number that the page says to watch is one that the server gives."""
    await server.browser().get("/healthz")
    given = (await server.browser().get("/metrics")).body.decode()
    watched = page("docs/howto/watch-a-server.md").text.partition("## What to watch")[2]
    assert numbers_named(watched)
    assert numbers_named(watched) - numbers_named(given) == set()


async def test_sync(server: Server, ann: Browser, session: str, tmp_path: Path) -> None:
    """The page's way to a folder in step works, the token in a file of one's own."""
    made = await ann.post("/api/tokens", {"label": "Editor", "scope": "write"})
    for command in sorted(SYNCS, reverse=True):
        there = command.replace("http://HOST", server.url).replace("SESSION", session)
        await run(there + " --once" * there.startswith("code-together"), tmp_path)
        (tmp_path / ".code-together-token").write_text(made.json["token"] + "\n")
    assert (tmp_path / "work" / "src" / "parser.py").read_text() == "print(1)\n"


async def test_first_push(server: Server, ann: Browser, tmp_path: Path) -> None:
    """An existing repository comes into an empty session by the commands of the page, with its tags."""
    session = await ann.new_session()
    identity = ["-c", "user.name=x", "-c", "user.email=x@x"]
    for words in (
        ["init", "-q", "-b", "main"],
        [*identity, "commit", "-q", "--allow-empty", "-m", "Old"],
        ["tag", "old"],
        *(
            shlex.split(
                command.replace("http://NAME@HOST", server.url.replace("://", f"://ann:{quote(PASSWORD)}@"))
                .replace("SESSION", session)
                .removeprefix("git ")
            )
            for command in sorted(FIRST_PUSHES, key=lambda command: "push" in command)
        ),
    ):
        git = await asyncio.create_subprocess_exec(
            "git", *words, cwd=tmp_path, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
        )
        assert await git.wait() == 0, words
    (revision,) = (await ann.get(f"/api/sessions/{session}/revisions")).json["revisions"]
    assert (revision["message"], revision["names"]) == ("Old", ["old"])
