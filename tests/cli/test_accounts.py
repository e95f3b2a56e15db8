"""Accounts from the shell."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest

from code_together.errors import Gone, NotLoggedIn
from code_together.storage.accounts import Accounts
from code_together.storage.audit import Audit
from code_together.storage.database import Database
from code_together.storage.logins import Logins
from code_together.storage.resets import Resets
from tests.cli.shell import COMMAND, PASSWORD, SETTINGS, accounts_in, add, authenticate, refused, run


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
