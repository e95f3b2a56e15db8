"""The command line, as a shell sees it."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from code_together import __version__
from code_together.cli import main
from code_together.config import Settings
from code_together.errors import Gone, NotLoggedIn
from code_together.storage.accounts import Account, Accounts
from code_together.storage.audit import Audit
from code_together.storage.database import Database
from code_together.storage.logins import Logins
from code_together.storage.resets import Resets

COMMAND = [sys.executable, "-m", "code_together"]
SETTINGS = Settings(bcrypt_cost=4)
PASSWORD = "correct horse"
EVERY = "0.0.0.0"  # noqa: S104


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def run(*arguments: str | Path, given: str | bytes | None = None, **environment: str) -> Result:
    environment = {"CODE_TOGETHER_BCRYPT_COST": "4", **environment}
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=given, env=environment)


def add(data: Path, name: str, *options: str, password: str = PASSWORD) -> Result:
    return run("user", "add", name, "--password-stdin", "--data", data, *options, given=f"{password}\n")


def accounts_in(data: Path) -> list[Account]:
    database = Database.open_beside(data)
    try:
        return asyncio.run(Accounts(database, SETTINGS).all())
    finally:
        database.close()


def authenticate(data: Path, name: str, password: str) -> Account:
    database = Database.open_beside(data)
    try:
        return asyncio.run(Accounts(database, SETTINGS).authenticate(name, password))
    finally:
        database.close()


def refused(result: Result, status: int, sentence: str) -> None:
    assert result.exit_code == status, result.output
    assert sentence in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (" \n", "There is no access token."),
        ("ct_one\nct_two", "What CODE_TOGETHER_TOKEN holds is no access token"),
        ("ct_é", "What CODE_TOGETHER_TOKEN holds is no access token"),
    ],
)
def test_sync_without_a_token(tmp_path: Path, token: str, sentence: str) -> None:
    """SY8: no token is told from one that cannot be; from a file, too. No folder is made."""
    folder, file = tmp_path / "work", tmp_path / "token"
    refused(run("sync", "http://localhost/s/x", folder, CODE_TOGETHER_TOKEN=token), 2, sentence)
    file.write_text(token)
    file.chmod(0o600)
    result = run("sync", "http://localhost/s/x", folder, "--token-file", file)
    refused(result, 2, sentence.replace("CODE_TOGETHER_TOKEN", str(file)))
    assert not folder.exists()


@pytest.mark.parametrize("there", ["", "deep", "deep/work", "deep/work/mine"])
def test_sync_that_does_not_begin(tmp_path: Path, there: str) -> None:
    """SY1: of the folders that it made for nothing none stays; what was there does."""
    (tmp_path / there).mkdir(parents=True, exist_ok=True)
    before = sorted(tmp_path.rglob("*"))
    result = run("sync", "http://localhost:1/s/x", tmp_path / "deep/work", "--once", CODE_TOGETHER_TOKEN="x")
    refused(result, 1, "The server cannot be reached")
    assert sorted(tmp_path.rglob("*")) == before


def test_user_add(data: Path) -> None:
    """The first account from the shell is an administrator, later ones are if asked for."""
    assert add(data, "ann").stdout == "ann can log in now, and is an administrator.\n"
    assert add(data, "bob").stdout == "bob can log in now.\n"
    assert add(data, "eve", "--admin").exit_code == 0
    assert [(account.name, account.admin) for account in accounts_in(data)] == [
        *(("ann", True), ("bob", False), ("eve", True))
    ]
    assert authenticate(data, "bob", "correct horse").name == "bob"


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("Ann", "correct horse", "A name has 1 to 32 small letters"),
        ("ann", "12345678", "first that anyone would try"),
        ("ann", "", "needs at least 8"),
    ],
)
def test_user_add_refused(data: Path, name: str, password: str, sentence: str) -> None:
    """A name or password that cannot be: exit 2 and the sentence on standard error; no account is made."""
    refused(add(data, name, password=password), 2, sentence)
    assert accounts_in(data) == []


def test_user_add_taken(data: Path) -> None:
    """A name that is taken is the state's doing, not the caller's: exit 1."""
    add(data, "ann")
    refused(add(data, "ann"), 1, "The name ann is taken")


@pytest.mark.parametrize(
    ("line", "password"),
    [
        ("correct horse\r\nsecond line\n", "correct horse"),
        (" correct horse ", " correct horse "),
        ("пароль 😀 лето\n", "пароль 😀 лето"),
    ],
)
def test_password_from_standard_input(data: Path, line: str, password: str) -> None:
    """One line is read; its end is taken off and nothing else."""
    assert run("user", "add", "ann", "--password-stdin", "--data", data, given=line.encode()).exit_code == 0
    authenticate(data, "ann", password)


def test_password_not_text(data: Path) -> None:
    """A password that is not UTF-8 is refused with a sentence."""
    result = run("user", "add", "ann", "--password-stdin", "--data", data, given=b"\xff\xfe horse and cart\n")
    refused(result, 2, "not UTF-8")


def test_no_terminal(data: Path) -> None:
    """Without a terminal and without --password-stdin: exit 2 and a sentence that says what to do."""
    refused(run("user", "add", "ann", "--data", data, given="correct horse\n"), 2, "--password-stdin")
    assert not data.exists()


def test_password_at_a_terminal(data: Path) -> None:
    """At a terminal the password is asked for twice and not shown."""
    terminal, other = pty.openpty()
    child = subprocess.Popen(
        [*COMMAND, "user", "add", "ann", "--data", str(data)],
        stdin=other,
        stdout=other,
        stderr=other,
        env={**os.environ, "CODE_TOGETHER_BCRYPT_COST": "4", "TERM": "dumb"},
        start_new_session=True,
    )
    os.close(other)
    shown = ""

    def wait_for(text: str) -> None:
        nonlocal shown
        deadline = time.monotonic() + 20
        while text not in shown and time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    shown += os.read(terminal, 1000).decode()
                except OSError:  # the other end is closed
                    break
        assert text in shown

    try:
        wait_for("Password: ")
        os.write(terminal, b"correct horse\n")
        wait_for("Once more: ")
        os.write(terminal, b"correct horse\n")
        wait_for("ann can log in now")
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.wait()
        os.close(terminal)
    assert "horse" not in shown
    authenticate(data, "ann", "correct horse")


def test_user_passwd(data: Path) -> None:
    """AC4: a new password from the shell ends every login of the account."""
    add(data, "ann")
    database = Database.open_beside(data)
    secret = asyncio.run(Logins(database, SETTINGS).create(1, "", ""))
    result = run("user", "passwd", "ann", "--password-stdin", "--data", data, given="other horse\n")
    assert result.exit_code == 0
    assert asyncio.run(Logins(database, SETTINGS).find(secret)) is None
    database.close()
    authenticate(data, "ann", "other horse")
    with pytest.raises(NotLoggedIn):
        authenticate(data, "ann", "correct horse")


def test_user_list_and_disable(data: Path) -> None:
    """The list has a line an account, with tabs; a disabled account is marked and cannot log in."""
    add(data, "ann")
    add(data, "bob")
    assert run("user", "disable", "bob", "--data", data).stdout == "bob cannot log in any more.\n"
    assert run("user", "list", "--data", data).stdout == "ann\tann\tadmin\nbob\tbob\tdisabled\n"
    with pytest.raises(NotLoggedIn):
        authenticate(data, "bob", "correct horse")


@pytest.mark.parametrize("command", ["passwd", "disable"])
def test_unknown_user(data: Path, command: str) -> None:
    """An account that is not there: exit 1 and a sentence."""
    add(data, "ann")
    options = ["--password-stdin"] if command == "passwd" else []
    result = run("user", command, "nobody", *options, "--data", data, given="correct horse\n")
    refused(result, 1, "There is no account nobody.")


def test_user_while_the_server_runs(data: Path) -> None:
    """Accounts can be made while a server has the data folder, and it sees them."""
    server = Database.open(data)
    assert add(data, "ann").exit_code == 0
    found = asyncio.run(Accounts(server, SETTINGS).all())
    server.close()
    assert [account.name for account in found] == ["ann"]


def test_options_from_the_environment(data: Path, tmp_path: Path) -> None:
    """Every option is read from CODE_TOGETHER_<OPTION> too; the command line wins."""
    environment = {"CODE_TOGETHER_DATA": str(data), "CODE_TOGETHER_PASSWORD_STDIN": "1"}
    assert run("user", "add", "ann", given="correct horse\n", **environment).exit_code == 0
    assert run("user", "list", **environment).stdout == "ann\tann\tadmin\n"
    assert run("user", "list", "--data", tmp_path / "other", **environment).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (["--lan", "--host", "127.0.0.1"], {}, "--lan is for the whole network, and --host 127.0.0.1 for"),
        (["--lan"], {"CODE_TOGETHER_HOST": "localhost"}, "--host localhost for this machine alone"),
        ([], {"CODE_TOGETHER_LAN": "maybe"}, "'--lan'"),
        (["--tls", "on"], {}, "it takes auto, off, or CERT,KEY"),
        (["--tls", "cert.pem"], {}, "CERT,KEY"),
        (["--tls", "nowhere.pem,nokey.pem"], {}, "nowhere.pem, and there is no such file"),
        (["--port", "99999"], {}, "'--port'"),
        (["--port", "http"], {}, "'--port'"),
        ([], {"CODE_TOGETHER_PORT": "http"}, "CODE_TOGETHER_PORT"),
        (["--registration", "never"], {}, "'--registration'"),
        ([], {"CODE_TOGETHER_WINDOW_PAUSE": "soon"}, "CODE_TOGETHER_WINDOW_PAUSE is 'soon'"),
        ([], {"CODE_TOGETHER_BCRYPT_COST": "99"}, "CODE_TOGETHER_BCRYPT_COST"),
        ([], {"CODE_TOGETHER_REGISTRATON": "closed"}, "Is CODE_TOGETHER_REGISTRATION meant?"),
        (
            [],
            {"CODE_TOGETHER_XYZZY": "1"},
            "CODE_TOGETHER_XYZZY is in the environment, and is no setting. Else",
        ),
        (["--nonsense"], {}, "--nonsense"),
        (["--data", __file__], {}, "'--data'"),
    ],
)
def test_bad_options(arguments: list[str], environment: dict[str, str], sentence: str) -> None:
    """Bad options: exit 2 and a sentence that names the option, and no server."""
    refused(run("serve", *arguments, **environment), 2, sentence)


def test_help_has_the_table_of_settings() -> None:
    """The help of an option is the settings table's."""
    text = " ".join(run("serve", "--help").stdout.split())
    assert "The port to listen on; 0 takes a free one. Default: 8080." in text
    assert "--lan" in text
    assert run("--version").stdout.split()[-1] == __version__
    assert "CODE_TOGETHER_<NAME>" in " ".join(run("--help").stdout.split())


@pytest.mark.parametrize(
    ("arguments", "environment", "host", "tls", "lan"),
    [
        ([], {}, "127.0.0.1", "off", False),
        (["--host", "::1"], {}, "::1", "off", False),
        (["--tls", "auto"], {}, "127.0.0.1", "auto", False),
        (["--host", EVERY], {}, EVERY, "auto", False),
        (["--host", EVERY, "--tls", "off"], {}, EVERY, "off", False),
        ([], {"CODE_TOGETHER_HOST": "192.168.1.5"}, "192.168.1.5", "auto", False),
        ([], {"CODE_TOGETHER_HOST": "::", "CODE_TOGETHER_TLS": "off"}, "::", "off", False),
        (["--lan"], {}, EVERY, "auto", True),
        (["--lan", "--host", "192.168.1.5"], {}, "192.168.1.5", "auto", True),
        (["--lan", "--tls", "off"], {}, EVERY, "off", True),
        ([], {"CODE_TOGETHER_LAN": "1"}, EVERY, "auto", True),
        ([], {"CODE_TOGETHER_TOKEN": "x", "CODE_TOGETHER_ONCE": "1"}, "127.0.0.1", "off", False),
    ],
)
def test_encrypted_beyond_loopback(
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    environment: dict[str, str],
    host: str,
    tls: str,
    lan: bool,
) -> None:
    """NW1: beyond loopback the server encrypts unless it is told not to; --lan is every address."""
    from code_together.http import app

    given: list[Settings] = []
    monkeypatch.setattr(app, "run", lambda settings, _: given.append(settings) or 0)
    assert run("serve", *arguments, **environment).exit_code == 0
    (settings,) = given
    assert (settings.host, settings.tls, settings.lan) == (host, tls, lan)


def test_second_server(data: Path) -> None:
    """JR5: a second server on a data folder ends with status 1 and a sentence that names the first."""
    first = Database.open(data)
    first.describe_lock("http://127.0.0.1:8080")
    second = subprocess.run(
        [*COMMAND, "serve", "--data", data, "--port", "0"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    first.close()
    assert second.returncode == 1
    assert f"in use by another server (pid {os.getpid()}, http://127.0.0.1:8080)" in second.stderr
    assert "Traceback" not in second.stderr
    assert second.stdout == ""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_serve(data: Path, how: signal.Signals) -> None:
    """The server says where it is to be found, in one line, and leaves with status 0 when it is asked to."""
    with subprocess.Popen(
        [*COMMAND, "serve", "--data", data, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        try:
            line = server.stdout.readline()
            assert re.fullmatch(r"Serving on http://127\.0\.0\.1:\d+\n", line)
            assert f"pid {server.pid}" in (data / "lock").read_text()
            server.send_signal(how)
            rest, _ = server.communicate(timeout=10)
        finally:
            server.kill()
    assert server.returncode == 0
    assert rest == ""


def test_user_enable(data: Path) -> None:
    """AM6: an account that was disabled from the shell is enabled from there, and logs in again."""
    add(data, "ann")
    run("user", "disable", "ann", "--data", data)
    with pytest.raises(NotLoggedIn):
        authenticate(data, "ann", PASSWORD)
    assert run("user", "enable", "ann", "--data", data).stdout == "ann can log in again.\n"
    assert authenticate(data, "ann", PASSWORD).name == "ann"
    refused(run("user", "enable", "nobody", "--data", data), 1, "There is no account nobody.")


def test_user_reset(data: Path) -> None:
    """AM6: the link that the shell prints gives a new password once; a disabled account gets none."""
    add(data, "ann")
    said = run("user", "reset", "ann", "--data", data).stdout
    secret = said.splitlines()[-1].removeprefix("/reset#")
    database = Database.open_beside(data)
    try:
        resets = Resets(database, SETTINGS, Accounts(database, SETTINGS))
        assert asyncio.run(resets.use(secret, "another horse here"))[0].name == "ann"
        with pytest.raises(Gone):
            asyncio.run(resets.use(secret, "a third horse here"))
    finally:
        database.close()
    assert authenticate(data, "ann", "another horse here").name == "ann"
    run("user", "disable", "ann", "--data", data)
    refused(run("user", "reset", "ann", "--data", data), 1, "ann is disabled; enable the account first.")
    refused(run("user", "reset", "nobody", "--data", data), 1, "There is no account nobody.")


def test_user_admin(data: Path) -> None:
    """AM6: an account becomes an administrator from the shell, and is one no longer."""
    add(data, "ann")
    add(data, "bob")
    assert run("user", "admin", "bob", "--data", data).stdout == "bob is an administrator now.\n"
    assert run("user", "list", "--data", data).stdout == "ann\tann\tadmin\nbob\tbob\tadmin\n"
    assert (
        run("user", "admin", "bob", "--off", "--data", data).stdout == "bob is no administrator any more.\n"
    )
    assert run("user", "list", "--data", data).stdout == "ann\tann\tadmin\nbob\tbob\n"
    said = run("user", "admin", "bob", "--off", "--data", data).stdout
    assert said == "bob is no administrator; nothing was changed.\n"
    said = run("user", "admin", "ann", "--data", data).stdout
    assert said == "ann is an administrator already; nothing was changed.\n"


def test_audit_of_the_shell(data: Path) -> None:
    """AM8: what was done from the shell is in the audit log, as done by nobody's account."""
    add(data, "ann")
    run("user", "passwd", "ann", "--password-stdin", "--data", data, given="another horse here\n")
    run("user", "disable", "ann", "--data", data)
    run("user", "enable", "ann", "--data", data)
    database = Database.open_beside(data)
    try:
        entries, _ = asyncio.run(Audit(database, SETTINGS).page(None, 10))
    finally:
        database.close()
    assert [(entry.actor, entry.action, entry.target) for entry in reversed(entries)] == [
        (None, "account_made", "ann"),
        (None, "password_changed", "ann"),
        (None, "account_disabled", "ann"),
        (None, "account_enabled", "ann"),
    ]


LOOKING = [
    ["user", "list"],
    ["user", "passwd", "ann", "--password-stdin"],
    ["user", "disable", "ann"],
    ["user", "enable", "ann"],
    ["user", "admin", "ann"],
    ["user", "reset", "ann"],
]
ADDING = ["user", "add", "bob", "--password-stdin"]


def every(data: Path, backup: Path) -> Iterator[tuple[list[str], Result]]:
    """Every command that opens a data folder, on this one."""
    for command in [*LOOKING, ADDING, ["backup", str(backup)], ["verify"], ["serve", "--port", "0"]]:
        yield command, run(*command, "--data", data, given=f"{PASSWORD}\n")


@pytest.mark.parametrize("command", LOOKING)
def test_no_data_folder(tmp_path: Path, command: list[str]) -> None:
    """JR11: a mistyped --data makes no data folder and touches no other: exit 1 and a sentence."""
    other = tmp_path / "other"
    other.mkdir(mode=0o755)
    for data in (tmp_path / "none", other):
        refused(run(*command, "--data", data, given=f"{PASSWORD}\n"), 1, f"There is no data folder {data}")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
    assert not list(other.iterdir())
    assert other.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("how", ["emptied", "removed", "without lock"])
def test_lost_database(data: Path, tmp_path: Path, how: str) -> None:
    """JR10: where there are sessions and no database any more no command makes a new one, which would hide them all."""
    add(data, "ann")
    (data / "aaaaaaaaaaaa.git").mkdir()
    file = data / "code_together.db"
    if how == "emptied":
        file.write_bytes(b"")
    else:
        file.unlink()
    if how == "without lock":
        (data / "lock").unlink()
    for command, result in every(data, tmp_path / "new.backup"):
        assert result.exit_code == 1, command
        assert "is missing or empty. Nothing was made." in result.stderr, command
        assert result.stdout == "", command
        assert not file.exists() or not file.stat().st_size, command
    assert not (tmp_path / "new.backup").exists()


@pytest.mark.parametrize("damage", ["header", "pages"])
def test_damaged_database(data: Path, tmp_path: Path, damage: str) -> None:
    """JR10: every command says of a damaged database that it is damaged, and what to do; nothing is written to it."""
    add(data, "ann")
    file = data / "code_together.db"
    content = bytearray(file.read_bytes())
    if damage == "header":
        content[:100] = bytes(100)
    else:
        content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    for command, result in every(data, tmp_path / "new.backup"):
        assert result.exit_code == 1, command
        assert isinstance(result.exception, SystemExit), command
        if command == ["verify"]:
            assert "Fault: database" in result.stdout
        else:
            assert f"The database {file} is damaged" in result.stderr, (command, result.output)
        assert file.read_bytes() == content, command
    assert not (tmp_path / "new.backup").exists()


def test_broken_off_restore(data: Path, tmp_path: Path) -> None:
    """BK8: what a killed restore left is served by nobody: every command says to restore again."""
    (data / "restoring").mkdir(parents=True)
    (data / "lock").touch()
    for command, result in every(data, tmp_path / "new.backup"):
        refused(result, 1, f"A restore into {data} was broken off")
        assert not (data / "code_together.db").exists(), command
