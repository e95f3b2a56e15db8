"""The command line, as a shell sees it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from code_together.cli import main
from code_together.config import Settings
from code_together.storage.accounts import Account, Accounts
from code_together.storage.database import Database

COMMAND = [sys.executable, "-m", "code_together"]
SETTINGS = Settings(bcrypt_cost=4)
PASSWORD = "correct horse"


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
