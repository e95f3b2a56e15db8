"""`user`: accounts from the shell, also while the server runs."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from code_together import config
from code_together.cli.options import data_option, option, refuse
from code_together.errors import Conflict, NotFound

if TYPE_CHECKING:
    from code_together.storage.accounts import Account, Accounts
    from code_together.storage.audit import Audit
    from code_together.storage.logins import Logins
    from code_together.storage.resets import Resets

T = TypeVar("T")

_password_stdin = option(
    "password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)


@click.group()
def user() -> None:
    """Accounts from the shell, also while the server runs."""


@user.command()
@click.argument("name")
@option("admin", is_flag=True, help="Make it an administrator; the first account is one anyway.")
@_password_stdin
@data_option
def add(name: str, admin: bool, password_stdin: bool, data: Path | None) -> None:
    """Make the account NAME."""
    password = _password(password_stdin)

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> Account:
        account = await accounts.create(name, password, admin=admin or None)
        await audit.add("account_made", None, target=name)
        return account

    account = _run(data, work, make=True)
    click.echo(f"{account.name} can log in now{', and is an administrator' if account.admin else ''}.")


@user.command()
@click.argument("name")
@_password_stdin
@data_option
def passwd(name: str, password_stdin: bool, data: Path | None) -> None:
    """Give the account NAME another password, and end its logins."""
    password = _password(password_stdin)

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> None:
        account = await _named(accounts, name)
        await accounts.set_password(account.id, password)
        await logins.end_all(account.id)
        await audit.add("password_changed", None, target=name)

    _run(data, work)
    click.echo(f"{name} has a new password; every browser must log in again.")


@user.command("list")
@data_option
def list_accounts(data: Path | None) -> None:
    """List the accounts: name, display name, and what is special about them, with tabs between."""
    for account in _run(data, lambda accounts, *_: accounts.all()):
        marks = [mark for mark, holds in (("admin", account.admin), ("disabled", account.disabled)) if holds]
        click.echo("\t".join([account.name, account.display_name, ",".join(marks)]).rstrip("\t"))


@user.command()
@click.argument("name")
@data_option
def disable(name: str, data: Path | None) -> None:
    """Keep the account NAME from logging in. What it wrote stays."""

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> None:
        await accounts.disable((await _named(accounts, name)).id)
        await audit.add("account_disabled", None, target=name)

    _run(data, work)
    click.echo(f"{name} cannot log in any more.")


@user.command()
@click.argument("name")
@data_option
def enable(name: str, data: Path | None) -> None:
    """Let the account NAME log in again."""

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> None:
        await accounts.disable((await _named(accounts, name)).id, False)
        await audit.add("account_enabled", None, target=name)

    _run(data, work)
    click.echo(f"{name} can log in again.")


@user.command()
@click.argument("name")
@option("off", is_flag=True, help="Make it an administrator no longer.")
@data_option
def admin(name: str, off: bool, data: Path | None) -> None:
    """Make the account NAME an administrator."""

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> bool:
        account = await _named(accounts, name)
        if account.admin != off:
            return False
        await accounts.appoint(account.id, not off)
        await audit.add("admin_taken" if off else "admin_given", None, target=name)
        return True

    if _run(data, work):
        click.echo(f"{name} is {'no administrator any more' if off else 'an administrator now'}.")
    else:
        click.echo(
            f"{name} is {'no administrator' if off else 'an administrator already'}; nothing was changed."
        )


@user.command()
@click.argument("name")
@data_option
def reset(name: str, data: Path | None) -> None:
    """Make a one-time link by which the account NAME sets a new password."""

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> tuple[str, float]:
        account = await _named(accounts, name)
        if account.disabled:
            raise Conflict(f"{name} is disabled; enable the account first.", code="disabled")
        made = await resets.create(account.id)
        await audit.add("reset_link_made", None, target=name)
        return made

    secret, expires_at = _run(data, work)
    until = datetime.fromtimestamp(expires_at).astimezone().isoformat(" ", "minutes")
    click.echo(
        f"{name} sets a new password at the server's address with this behind it, once, until {until}:"
    )
    click.echo(f"/reset#{secret}")


def _run(
    data: Path | None,
    work: Callable[[Accounts, Logins, Audit, Resets], Awaitable[T]],
    *,
    make: bool = False,
) -> T:
    """Do something with the accounts of the data folder, which may be made first, beside its server if there is one."""
    import sqlite3

    from code_together.storage.accounts import Accounts
    from code_together.storage.audit import Audit
    from code_together.storage.database import Database
    from code_together.storage.datafolder import cannot_be_opened
    from code_together.storage.logins import Logins
    from code_together.storage.resets import Resets

    settings = config.from_environment(os.environ, data=data)
    database = Database.open_beside(settings.data, make=make)

    async def run() -> T:
        accounts = Accounts(database, settings)
        resets = Resets(database, settings, accounts)
        return await work(accounts, Logins(database, settings), Audit(database, settings), resets)

    try:
        return asyncio.run(run())
    except sqlite3.Error as error:
        raise cannot_be_opened(settings.data.absolute(), error) from error
    finally:
        database.close()


async def _named(accounts: Accounts, name: str) -> Account:
    account = await accounts.by_name(name)
    if account is None:
        raise NotFound(f"There is no account {name}.")
    return account


def _password(from_stdin: bool) -> str:
    if from_stdin:
        try:
            return sys.stdin.buffer.readline().decode("utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            refuse("The password on standard input is not UTF-8.")
    if not sys.stdin.isatty():
        refuse("There is no terminal to ask for the password on; give it with --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt="Once more"))
